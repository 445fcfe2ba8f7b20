package portal

import (
	"strings"
	"testing"
)

// R55
func TestCanonicalHost(t *testing.T) {
	never := []string{"portal.company.example.com", "api.company.example.com"}
	for in, want := range map[string]string{
		"developers.example.com": "developers.example.com", "Developers.Example.COM.": "developers.example.com", " dev.example.co.uk ": "dev.example.co.uk",
		"entwickler.bücher.de": "entwickler.xn--bcher-kva.de", "xn--bcher-kva.de": "xn--bcher-kva.de", "example.com": "example.com",
		"company.example.com": "company.example.com", "notportal.company.example.com": "notportal.company.example.com",

		"": "", "developers": "", ".": "", "developers..example.com": "", ".example.com": "", "-dev.example.com": "", "dev_1.example.com": "",
		"https://dev.example.com": "", "dev.example.com:443": "", "dev.example.com/x": "", "a@dev.example.com": "", "*.example.com": "", "dev.exam ple.com": "", "dev.\x00example.com": "",
		strings.Repeat("a", 64) + ".example.com": "", strings.Repeat("a.", 130) + "example.com": "",
		"192.0.2.7": "", "[2001:db8::1]": "", "2001:db8::1": "", "0x7f.1": "", "dev.0x7f": "", "127.1": "", "１２７.0.0.1": "", "0177.0.0.1": "",
		"com": "", "co.uk": "", "github.io": "", "s3.amazonaws.com": "",
		"localhost": "", "dev.localhost": "", "dev.test": "", "dev.internal": "", "printer.local": "", "router.home.arpa": "", "x.onion": "", "dev.example": "", "dev.invalid": "",
		"portal.company.example.com": "", "PORTAL.company.example.com.": "", "a.portal.company.example.com": "", "api.company.example.com": "",
	} {
		got, err := canonicalHost(in, never, false)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	if got, err := canonicalHost("dev.localhost", []string{"localhost"}, true); got != "dev.localhost" || err != nil {
		t.Errorf("in the demo: %q, %v", got, err)
	}
}

// What is taken as a host stays what it is, and is nothing that a browser reads as
// something else.
func FuzzCanonicalHost(f *testing.F) {
	for _, s := range []string{"developers.example.com", "Bücher.de.", "1.2.3.4", "a b.example.com", "dev.example.com:80", "[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := canonicalHost(s, nil, false)
		if err != nil {
			return
		}
		if again, err := canonicalHost(host, nil, false); again != host || err != nil {
			t.Errorf("%q became %q, which became %q, %v", s, host, again, err)
		}
		if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || !strings.Contains(host, ".") {
			t.Errorf("%q became %q", s, host)
		}
	})
}
