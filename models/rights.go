package models

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Rights of a token: what it may call, and from where.
type Rights struct {
	Permissions []Permission
	AllowedIPs  []netip.Prefix // none is any address
}

// TokenWish is what somebody wants a token to be allowed, and an admin has to
// approve first. Until then the token goes on with what it has.
type TokenWish struct {
	Rights
	By string // user
	At time.Time
}

// For is the permission for a version; the zero Permission opens nothing.
func (r Rights) For(version string) Permission {
	for _, p := range r.Permissions {
		if p.VersionID == version {
			return p
		}
	}
	return Permission{VersionID: version}
}

// Versions that either of two rights has a permission for, in the order of their ids.
func (r Rights) Versions(other Rights) (ids []string) {
	for _, p := range slices.Concat(r.Permissions, other.Permissions) {
		ids = append(ids, p.VersionID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Opens reports whether the permission covers an operation. The gateway decides
// the same way, on what was compiled for it.
func (p Permission) Opens(o Operation) bool {
	switch p.Access {
	case AccessWrite:
		return true
	case AccessRead:
		return o.Class == ClassRead
	case AccessCustom:
		return slices.Contains(p.Operations, o.Key) || opensAny(p.Scopes, o.Scopes)
	}
	return false
}

// Widens reports whether a token could do anything with the rights after that it
// could not with those before. Operations are those in force, by version. It errs
// on the side of yes: what only a later document could tell apart is wider, and so
// are two halves of a network that become the whole.
func Widens(before, after Rights, operations map[string][]Operation) bool {
	return WidensFrom(before.AllowedIPs, after.AllowedIPs) || slices.ContainsFunc(after.Permissions, func(p Permission) bool {
		return WidensAt(before.For(p.VersionID), p, operations[p.VersionID])
	})
}

// WidensAt is Widens for one version, whose operations are given.
func WidensAt(before, after Permission, operations []Operation) bool {
	switch {
	case before.Access == AccessWrite || after.Access == AccessNone || after.Access == "":
		return false
	case after.Access == AccessWrite:
		return true
	case after.Access == AccessRead:
		return before.Access != AccessRead
	case len(after.Scopes) > 0 && (before.Access != AccessCustom || !containsAll(before.Scopes, after.Scopes)):
		return true // a scope opens what a later document puts behind it, too
	}
	return slices.ContainsFunc(after.Operations, func(key string) bool {
		if before.Access == AccessCustom && slices.Contains(before.Operations, key) {
			return false
		}
		return !slices.ContainsFunc(operations, func(o Operation) bool { return o.Key == key && before.Opens(o) })
	})
}

// WidensFrom reports whether a list of ranges lets addresses in that another did not.
func WidensFrom(before, after []netip.Prefix) bool {
	if len(before) == 0 {
		return false
	}
	return len(after) == 0 || slices.ContainsFunc(after, func(a netip.Prefix) bool {
		return !slices.ContainsFunc(before, func(b netip.Prefix) bool { return b.Bits() <= a.Bits() && b.Contains(a.Addr()) })
	})
}

// Same reports whether two rights allow the same, in the same words.
func (r Rights) Same(other Rights) bool {
	return r.text() == other.text()
}

func (r Rights) text() string {
	var lines []string
	for _, p := range r.Permissions {
		if p.Access != AccessNone {
			lines = append(lines, fmt.Sprintf("%s %s %q %q", p.VersionID, p.Access, sorted(p.Scopes), sorted(p.Operations)))
		}
	}
	slices.Sort(lines)
	var ips []string
	for _, ip := range r.AllowedIPs {
		ips = append(ips, ip.String())
	}
	return strings.Join(append(lines, sorted(ips)...), "\n")
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// RangesMost is how many ranges of addresses a token may be tied to.
const RangesMost = 50

// ParseRanges reads addresses and CIDR ranges (RFC 4632, RFC 4291 §2.3), IPv4 and
// IPv6, with blanks, commas or line ends between them. Bits behind the prefix are
// dropped, and an IPv4 address that is written as IPv6 is one of IPv4, as the
// gateway sees it (R77). Nothing is no range.
func ParseRanges(text string) ([]netip.Prefix, error) {
	var p fault.Problems
	var out []netip.Prefix
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	for _, w := range words {
		prefix, ok := parseRange(w)
		if !ok {
			p.Add(len(p) == 0, "ips", "%.60q is no address or range. Write them like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.", w)
			continue
		}
		if !slices.Contains(out, prefix) {
			out = append(out, prefix)
		}
	}
	p.Add(len(out) > RangesMost, "ips", "At most %d ranges; these are %d.", RangesMost, len(out))
	if len(p) > 0 {
		return nil, p.Err()
	}
	return out, nil
}

func parseRange(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if mapped := prefix.Addr(); mapped.Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, false // reaches beyond IPv4, where no call comes from
		}
		prefix = netip.PrefixFrom(mapped.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), true
}

// RangesText is what ParseRanges reads, one a line; a range of one address is
// written as that address.
func RangesText(ranges []netip.Prefix) string {
	var lines []string
	for _, r := range ranges {
		lines = append(lines, RangeText(r))
	}
	return strings.Join(lines, "\n")
}

// RangeText is one range, or the address that it holds.
func RangeText(r netip.Prefix) string {
	if r.IsSingleIP() {
		return r.Addr().String()
	}
	return r.String()
}
