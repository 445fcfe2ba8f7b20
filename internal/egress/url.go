package egress

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"gatehouse/internal/fault"
)

// Ports above 1023 on which services listen that must not be talked to by
// accident: databases, caches, container and cluster control.
var deniedPorts = []uint16{1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5984, 6379, 6443, 7000, 7001, 9042, 9092, 9200, 9300, 10250, 11211, 15672, 27017}

// CheckURL reads the base URL of an upstream or the like (R99) and returns it in
// canonical form: lower-case scheme and host, A-labels, no default port, no slash
// at the end. The fault says what is wrong, for whoever typed it.
func (p *Policy) CheckURL(raw string) (*url.URL, error) {
	if reason := oddText(raw); reason != "" {
		return nil, wrong(reason)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, wrong("This is no URL. Write it like https://api.example.com/v1.")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, wrong("The URL has to begin with https://.")
	case u.User != nil:
		return nil, wrong("The URL must not hold a user name or password; store the credential in its own field.")
	case u.Host == "" || u.Opaque != "":
		return nil, wrong("The URL has no host. Write it like https://api.example.com/v1.")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, wrong("The URL must not have a query.")
	}
	host, err := p.hostOf(u)
	if err != nil {
		return nil, err
	}
	path, err := pathOf(u)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: host, Path: path, RawPath: path}, nil // RawPath keeps !'()* as they are
}

func oddText(raw string) string {
	if len(raw) > 2000 {
		return "The URL is longer than 2,000 characters."
	}
	if strings.ContainsAny(raw, "#") {
		return "The URL must not have a fragment (#)."
	}
	for _, c := range raw {
		if c <= ' ' || c == 0x7f || c == '\\' || c == '<' || c == '>' || c == '"' {
			return "The URL holds a space, a backslash or another character that no URL has."
		}
	}
	return ""
}

// hostOf checks host and port and returns them in canonical form.
func (p *Policy) hostOf(u *url.URL) (string, error) {
	port, err := portOf(u)
	if err != nil {
		return "", err
	}
	text, suffix := u.Hostname(), ""
	if (u.Scheme == "https" && port != 443) || (u.Scheme == "http" && port != 80) {
		suffix = ":" + strconv.Itoa(int(port))
	}
	if a, err := netip.ParseAddr(text); err == nil {
		if err := p.literal(a, port, u.Scheme); err != nil {
			return "", err
		}
		if a = a.Unmap(); a.Is6() {
			return "[" + a.String() + "]" + suffix, nil
		}
		return a.String() + suffix, nil
	}
	if strings.HasPrefix(u.Host, "[") {
		return "", wrong("What is in the brackets is no IPv6 address.")
	}
	name, err := p.nameOf(text, port, u.Scheme)
	return name + suffix, err
}

func (p *Policy) literal(a netip.Addr, port uint16, scheme string) error {
	switch use := specialUse(a); {
	case p.allowed(a, port):
		return nil
	case a.Zone() != "":
		return wrong("An IPv6 address with a zone (%) cannot be reached from here.")
	case use != "":
		return wrong("This address is not globally reachable (" + use + "). An operator can allow it in GATEHOUSE_UPSTREAM_ALLOW.")
	case scheme == "http" && !p.PlainHTTP:
		return wrong("The URL has to begin with https://.")
	case !goodPort(port):
		return wrong("This port is not allowed: use 443, 80, or one above 1023 that is no database or control port.")
	}
	return nil
}

func (p *Policy) nameOf(text string, port uint16, scheme string) (string, error) {
	name, err := idna.Lookup.ToASCII(strings.ToLower(text))
	if err != nil || len(name) > 253 || strings.HasSuffix(name, ".") || strings.Contains(name, "..") || strings.ContainsAny(name, "%_") {
		return "", wrong("The host is no valid name.")
	}
	labels := strings.Split(name, ".")
	if slices.ContainsFunc(labels, func(l string) bool { return len(l) > 63 }) {
		return "", wrong("The host is no valid name.")
	}
	last := labels[len(labels)-1]
	if last == "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", wrong("The host looks like an address in an unusual form. Write it as four decimal numbers.")
	}
	if slices.ContainsFunc(p.OwnHosts, func(own string) bool { return strings.EqualFold(own, name) }) {
		return "", wrong("This is an address of this installation itself; a call would go round in circles.")
	}
	operator := slices.ContainsFunc(p.Allow, func(a Allowed) bool { return a.Port == port })
	switch {
	case inside(name) && !operator:
		return "", wrong("The name belongs to an internal network. An operator can allow its addresses in GATEHOUSE_UPSTREAM_ALLOW.")
	case scheme == "http" && !p.PlainHTTP && !operator:
		return "", wrong("The URL has to begin with https://.")
	case !goodPort(port) && !operator:
		return "", wrong("This port is not allowed: use 443, 80, or one above 1023 that is no database or control port.")
	}
	return name, nil
}

func portOf(u *url.URL) (uint16, error) {
	text := u.Port()
	if text == "" {
		if strings.HasSuffix(u.Host, ":") {
			return 0, wrong("There is a colon behind the host, but no port.")
		}
		return map[string]uint16{"https": 443, "http": 80}[u.Scheme], nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, wrong("The port has to be between 1 and 65535.")
	}
	return uint16(n), nil
}

func goodPort(port uint16) bool {
	return port == 443 || port == 80 || port >= 1024 && !slices.Contains(deniedPorts, port)
}

// pathOf is the path without a slash at the end. It may hold nothing that
// servers read in different ways, and nothing that the gateway would not send.
func pathOf(u *url.URL) (string, error) {
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if strings.ContainsAny(path, "%;") || strings.Contains(path, "//") {
		return "", wrong("The path must not have escapes, semicolons or empty segments.")
	}
	if strings.Trim(path, pathCharacters) != "" {
		return "", wrong("The path may hold letters, digits and -._~!$&'()*+,=:@/ alone.")
	}
	for s := range strings.SplitSeq(path, "/") {
		if s == "." || s == ".." {
			return "", wrong("The path must not have dot segments.")
		}
	}
	return path, nil
}

// pathCharacters are those of RFC 3986's pchar that everybody reads alike.
const pathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@/"

func wrong(reason string) error {
	return fault.New(fault.Invalid, "url_not_allowed", "%s", reason).WithFields(fault.Field{Name: "url", Message: reason})
}
