package spec

import (
	"strconv"
	"strings"
	"testing"
)

// R101, R103: what a document says of itself is short where many stand together, and
// leads nowhere that it does not name.
func TestHostileWords(t *testing.T) {
	long := strings.Repeat("long ", 50_000)
	raw := `{"openapi":"3.1.0","info":{"title":"` + long + `","version":"` + long + `","termsOfService":"https://good.example@evil.example/","license":{"name":"x","url":"javascript:alert(1)"}},
		"tags":[{"name":"t","summary":"` + long + `"}` + tags(40, long[:40_000]) + `],"paths":{"/a":{"get":{"summary":"` + long + `","externalDocs":{"url":"https://u:p@evil.example"},"responses":{"200":{"description":"ok",
		"content":{"application/json":{"examples":{"a":{"externalValue":"https://good.example@evil.example/"},"b":{"externalValue":"javascript:alert(1)"},"c":{"externalValue":"https://good.example/"}}}}}}}}}}`
	d, err := examine([]byte(raw))
	if err != nil || len(d.Faults()) > 0 {
		t.Fatalf("%v %v", err, d.Faults())
	}
	for name, text := range map[string]string{"title": d.Title, "version": d.Version, "summary": d.Operations[0].Summary, "tag": d.Tags[0].Summary} {
		if len(text) > 1010 {
			t.Errorf("the %s has %d bytes", name, len(text))
		}
	}
	prose := 0
	for _, tag := range d.Tags {
		prose += len(tag.Description)
	}
	if prose > outlineProse+10 || prose < outlineProse/2 {
		t.Errorf("the tags are described in %d bytes", prose)
	}
	detail, err := d.Operations[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	links := []string{d.TermsURL, d.Licence.URL, detail.DocsURL}
	for _, e := range detail.Responses[0].Media[0].Examples {
		if links = append(links, e.External); e.Name == "c" && e.External != "https://good.example/" {
			t.Errorf("a plain address became %q", e.External)
		}
	}
	if all := strings.Join(links, ""); all != "https://good.example/" {
		t.Errorf("leads to %q", links)
	}
	d, err = examine([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/` + strings.Repeat("a", 5000) + `":{"get":{}}}}`))
	if err != nil || len(d.Faults()) != 1 || !strings.Contains(d.Faults()[0].Message, "longer than 4000 bytes") {
		t.Errorf("a path of 5,000 bytes: %v %v", err, d.Faults())
	}
}

func tags(n int, description string) (out string) {
	for i := range n {
		out += `,{"name":"t` + strconv.Itoa(i) + `","description":"` + description + `"}`
	}
	return out
}
