package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// witness is a test that writes down what it is told instead of failing.
type witness struct {
	*testing.T
	heard []string
	after []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.heard = append(w.heard, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.after = append(w.after, f) }

// The control run: a page that breaks the rules fails the test that opens it.
func TestTheBrowserComplains(t *testing.T) {
	b := chromium(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'")
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!DOCTYPE html><title>Bad</title><link rel="icon" href="data:,"><p onclick="1">Bad</p><script>1</script><script src="/throws.js"></script><img src="/missing.png" alt="">`)
		case "/throws.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `throw new Error("thrown here")`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	w := &witness{T: t}
	p := b.Person(w, "witness", server.URL)
	p.Open("/")
	p.Sees("Bad")
	for i := len(w.after) - 1; i >= 0; i-- {
		w.after[i]()
	}
	heard := strings.Join(w.heard, "\n")
	for _, want := range []string{"Content Security Policy", "thrown here", "404 (Not Found)"} {
		if !strings.Contains(heard, want) {
			t.Errorf("nothing was said about %q; heard:\n%s", want, heard)
		}
	}
}
