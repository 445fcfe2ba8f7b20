package portal

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// hostMaxLen leaves room for the name of the record in front of it.
const hostMaxLen = 230

// reservedTLDs are names that mean something else on each network (RFC 2606, RFC 6761,
// RFC 6762, RFC 8375, RFC 9476), so that nobody can prove them to everybody.
var reservedTLDs = set("localhost local localdomain internal intranet private corp home lan test invalid example onion alt arpa")

// canonicalHost is the form in which a tenant's own host is kept and compared: ASCII,
// lower case, no dot at its end. Never are names under which this installation itself is
// reached, or that lie under them; local lets names of this machine pass, for the demo.
func canonicalHost(s string, never []string, local bool) (string, error) {
	refuse := func(message string, args ...any) (string, error) { return "", invalid("host", message, args...) }
	const like = "This is not a host name. It looks like developers.company.example: without https://, without a port and without a path."
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return refuse("An address cannot be used: people and their browsers need a name.")
	}
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil || len(ascii) > hostMaxLen || strings.Contains(ascii, "_") {
		return refuse(like)
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return refuse(like)
		}
	}
	last := labels[len(labels)-1]
	switch {
	case len(labels) == 1:
		return refuse("A name with one part cannot be proven. It looks like developers.company.example.")
	case strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x"): // browsers read it as an IPv4 address
		return refuse("An address cannot be used: people and their browsers need a name.")
	case local && last == "localhost":
		return ascii, nil
	case reservedTLDs[last]:
		return refuse("Names under .%s are reserved and cannot be proven.", last)
	}
	if _, err := publicsuffix.EffectiveTLDPlusOne(ascii); err != nil {
		return refuse("Everybody can have a name under %s, so it is nobody’s own.", ascii)
	}
	for _, name := range never {
		if name = strings.ToLower(name); ascii == name || strings.HasSuffix(ascii, "."+name) {
			return refuse("%s belongs to this installation itself.", ascii)
		}
	}
	return ascii, nil
}
