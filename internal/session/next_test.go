package session_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/session"
)

// R45
func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/t/acme/tokens":                "/t/acme/tokens",
		"/search?q=a%20b#top":           "/search?q=a%20b#top",
		"/x?next=//e":                   "/x?next=//e",
		"/":                             "/",
		"":                              "/",
		"//e":                           "/",
		`/\e`:                           "/",
		"/\t/e":                         "/",
		"/\n/e":                         "/",
		"/%09/e":                        "/",
		"/%2f%2fe":                      "/",
		"/%5ce":                         "/",
		"/#%0x":                         "/",
		"/%zz":                          "/",
		"https:e":                       "/",
		"https://e":                     "/",
		"https://portal.test@e":         "/",
		"javascript:alert(1)":           "/",
		"e":                             "/",
		" /e":                           "/",
		"/é":                            "/",
		"/" + strings.Repeat("a", 3000): "/",
	} {
		if got := session.SafeNext(next); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

func FuzzSafeNext(f *testing.F) {
	f.Add("/t/acme?x=1")
	f.Fuzz(func(t *testing.T, next string) {
		got := session.SafeNext(next)
		u, err := http.NewRequest("GET", "https://portal.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		there, err := u.URL.Parse(got)
		if err != nil || there.Host != "portal.test" || there.Scheme != "https" {
			t.Errorf("%q leads to %v, %v", next, there, err)
		}
	})
}
