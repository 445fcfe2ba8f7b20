package gateway

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// rightsKey is the canonical text of rights: equal rights, equal key.
type rightsKey string

func (r *Rights) key() rightsKey {
	if r == nil {
		return ""
	}
	var b strings.Builder
	for _, g := range r.Grants {
		fmt.Fprintf(&b, "%x %d %q %q\n", g.Version, g.Access, g.Scopes, g.Operations)
	}
	fmt.Fprint(&b, r.Prefixes)
	return rightsKey(b.String())
}

// clone makes a copy that whoever gave r can no longer change.
func (r *Rights) clone() *Rights {
	if r == nil {
		return &Rights{}
	}
	c := &Rights{Grants: slices.Clone(r.Grants), Prefixes: slices.Clone(r.Prefixes)}
	for i, g := range c.Grants {
		c.Grants[i].Scopes, c.Grants[i].Operations = slices.Clone(g.Scopes), slices.Clone(g.Operations)
	}
	return c
}

// For returns the grant for a version; the zero Grant opens nothing.
func (r *Rights) For(version ID) Grant {
	for i := range r.Grants {
		if r.Grants[i].Version == version {
			return r.Grants[i]
		}
	}
	return Grant{}
}

// From reports whether the token may be used from the address.
func (r *Rights) From(ip netip.Addr) bool {
	if len(r.Prefixes) == 0 {
		return true
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(r.Prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Opens reports whether the grant covers the operation.
func (g Grant) Opens(op *Operation) bool {
	switch g.Access {
	case Write:
		return true
	case Read:
		return !op.Write
	case Custom:
		return slices.Contains(g.Operations, op.Key) || opensAny(g.Scopes, op.Scopes)
	}
	return false
}

// String is what the upstream is told in Gatehouse-Scopes: "read", "read write",
// or the scopes that a custom grant names.
func (g Grant) String() string {
	switch g.Access {
	case Write:
		return "read write"
	case Read:
		return "read"
	case Custom:
		return strings.Join(g.Scopes, " ")
	}
	return ""
}

// opensAny reports whether scopes hold one of the sets.
func opensAny(scopes []string, sets [][]string) bool {
	return slices.ContainsFunc(sets, func(set []string) bool { return len(set) > 0 && containsAll(scopes, set) })
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}
