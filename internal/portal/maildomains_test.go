package portal

import (
	"strings"
	"testing"

	"gatehouse/models"
)

func TestCanonicalDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Company.Example": "company.example", "@company.example": "company.example", "company.example.": "company.example", " mail.company.example ": "mail.company.example",
		"bücher.example": "xn--bcher-kva.example", "company.co.uk": "company.co.uk",
		"": "", "company": "", "co.uk": "", "gmail.com": "", "mail.gmail.com": "", "yahoo.co.jp": "", "gmx.net": "", "a@b.example": "", "192.0.2.7": "",
		"_dmarc.company.example": "", "company..example": "", "company.example/x": "", "com\x00pany.example": "", "github.io": "",
	} {
		got, err := canonicalDomain(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

// What is taken as a domain is the part behind the @ of addresses as we keep them, and
// stays what it is.
func FuzzCanonicalDomain(f *testing.F) {
	for _, s := range []string{"company.example", "Bücher.example.", "@x.co.uk", "gmail.com", "1.2.3.4", "a b.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		domain, err := canonicalDomain(s)
		if err != nil {
			return
		}
		again, err := canonicalDomain(domain)
		if err != nil || again != domain {
			t.Errorf("%q is %q, which is %q: %v", s, domain, again, err)
		}
		email, err := models.CanonicalEmail("a@" + domain)
		if err != nil || (models.User{Email: email}).EmailDomain() != domain || strings.ToLower(domain) != domain {
			t.Errorf("%q is no domain of an address: %q, %v", domain, email, err)
		}
	})
}
