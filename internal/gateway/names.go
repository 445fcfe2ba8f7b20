package gateway

import (
	"net/http"
	"strconv"
	"strings"
)

// Families of header names that say who is calling or where a call comes from.
// Proxies and frameworks read them in many spellings (X-Portal-Subject,
// X_Portal_Subject, X.Portal.Subject), so names are compared by their letters
// and digits alone (R75).
var claimFamilies = []string{
	"gatehouse", "xportal", "remoteuser", "xremoteuser", "xwebauth", "xforwarded", "xrealip", "forwarded", "xaccel", "xsendfile",
	"xoriginal", "xrewriteurl", "xhttpmethod", "xmethodoverride", "xclientip", "trueclientip",
}

// Names that mean framing or identity; in an odd spelling they are aliases that
// some server would take for the real one.
var framing = map[string]bool{
	"contentlength": true, "transferencoding": true, "authorization": true, "cookie": true, "host": true,
	"connection": true, "upgrade": true, "te": true, "trailer": true, "expect": true, "via": true,
}

// Headers of one connection (RFC 9110 §7.6.1), and what the gateway answers or
// sets itself. Accept-Encoding stays: bodies pass as they are (R92).
var notForwarded = setOf(
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Http2-Settings", "Expect", "Authorization", "Content-Length", "Host", "Via", "Cookie", "Alt-Used",
)

// Headers of an upstream that must not act on the gateway's origin or tell about
// the upstream's inside (R82), and those of its connection.
var notReturned = setOf(
	"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Service-Worker-Allowed", "X-Sendfile",
	"Server", "X-Powered-By", "Via", "Alt-Svc", "Nel", "Report-To", "Reporting-Endpoints", "Expect-Ct", "Refresh",
	"Surrogate-Control", "Cdn-Cache-Control", "Ratelimit", "Ratelimit-Policy",
	"Www-Authenticate", // asks for a credential that is not the client's to give
)

var returnedNever = []string{"gatehouse", "xportal", "xaccel", "accesscontrol", "publickey", "proxy"}

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// claims reports whether a name belongs to a family, or is framing in disguise.
func claims(name string) bool {
	switch name[0] | 0x20 {
	case 'g', 'x', 'r', 'f', 't':
		if inFamily(name, claimFamilies) {
			return true
		}
	}
	return odd(name) && (framing[letters(name)] || inFamily(name, claimFamilies))
}

func inFamily(name string, families []string) bool {
	plain := letters(name)
	for _, f := range families {
		if strings.HasPrefix(plain, f) {
			return true
		}
	}
	return false
}

// odd reports whether a name has other characters than letters, digits and hyphens.
func odd(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c != '-' && !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			return true
		}
	}
	return false
}

// letters of a name, lower-cased, with its digits and nothing else.
func letters(name string) string {
	var room [64]byte
	out := room[:0]
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= '0' && c <= '9' {
			out = append(out, c)
		} else if c |= 0x20; c >= 'a' && c <= 'z' {
			out = append(out, c)
		}
	}
	return string(out)
}

// sameLetters reports whether two names have the same letters and digits, in
// whatever case and with whatever else between them.
func sameLetters(a, b string) bool {
	for {
		a, b = toLetter(a), toLetter(b)
		if a == "" || b == "" {
			return a == b
		}
		if a[0]|0x20 != b[0]|0x20 {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

// toLetter cuts what stands before the first letter or digit.
func toLetter(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			return name[i:]
		}
	}
	return ""
}

// maxHops is how many gateways a call may pass through before it counts as a loop (R100).
const maxHops = 3

// hops is how many gateways a call has come through, by both ways of counting.
func hops(h http.Header) int {
	n := 0
	for _, via := range h["Via"] {
		n += strings.Count(via, pseudonym)
	}
	if v := h["Gatehouse-Hop"]; len(v) > 0 {
		if hop, err := strconv.Atoi(v[0]); err == nil {
			n = max(n, hop)
		}
	}
	return n
}

// pseudonym in Via, RFC 9110 §7.6.3.
const pseudonym = "gatehouse"
