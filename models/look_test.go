package models

import (
	"net/url"
	"strings"
	"testing"
)

// Links at the foot lead to other sites and to mail, and run nothing.
func FuzzFooterLink(f *testing.F) {
	for _, address := range []string{"https://a.example/imprint?x=1#y", "http://a.example", "mailto:a@a.example", "javascript:alert(1)", "JAVASCRIPT:alert(1)",
		"java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//a.example", "/t/aa", "https://", "https://a@b.example", "https:\\\\a.example", "mailto:", "mailto:a@b.example?bcc=c@d.example", "https://a.example/\u202e"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if !linkFit(address) {
			return
		}
		u, err := url.Parse(address)
		if err != nil || strings.ContainsAny(address, " \t\r\n\x00") {
			t.Fatalf("%q", address)
		}
		switch {
		case (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil:
		case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") && u.RawQuery == "":
		default:
			t.Errorf("%q is taken", address)
		}
	})
}

func TestFooterLinks(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.example/imprint?x=1#y": true, "http://a.example": true, "mailto:a@a.example": true,
		"javascript:alert(1)": false, "JaVaScript:alert(1)": false, "java\nscript:alert(1)": false, " https://a.example": false, "data:text/html,x": false, "//a.example": false,
		"/t/aa": false, "https://": false, "https://a@b.example": false, "mailto:": false, "mailto:a@b.example?bcc=c@d.example": false, "": false,
		"https://a.example/" + strings.Repeat("x", 500): false,
	} {
		if linkFit(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

// Two looks differ in what their forms would show, and in nothing else.
func TestDiffers(t *testing.T) {
	a := Look{Name: "A", Colour: "#000000", Links: []FooterLink{{"Terms", "https://a.example"}}, Logo: []byte{1}}
	if d := a.Differs(a); len(d) != 0 {
		t.Errorf("it differs from itself: %v", d)
	}
	b := a
	b.Tagline, b.Links, b.Logo, b.ID, b.Revision = "New", nil, []byte{2}, "other", 9
	var fields []string
	for _, d := range a.Differs(b) {
		fields = append(fields, d.Field)
	}
	if got := strings.Join(fields, " "); got != "tagline links logo" {
		t.Errorf("they differ in %s", got)
	}
}
