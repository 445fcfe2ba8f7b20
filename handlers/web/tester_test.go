package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/clock"
)

// R4: a secret that is tested goes to the gateway and nowhere else, and whatever
// answers is read no further than it is shown.
func TestSecretsGoToTheGatewayAlone(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	written := make(chan int64, 1)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
			return
		}
		n, _ := io.Copy(w, io.LimitReader(zeros{}, 1<<30))
		written <- n
	}))
	t.Cleanup(gateway.Close)
	at, err := url.Parse(gateway.URL)
	if err != nil {
		t.Fatal(err)
	}
	tester := NewGatewayTester(at, clock.System)
	if got := tester.Test(t.Context(), "/moved", "secret"); got.Status != http.StatusFound {
		t.Errorf("a redirect: %+v", got)
	}
	if got := tester.Test(t.Context(), "/endless", "secret"); len(got.Body) > previewMost+len("\n…") {
		t.Errorf("%d bytes are shown", len(got.Body))
	}
	if n := <-written; n > 256<<20 {
		t.Errorf("%d bytes were taken", n)
	}
	// http.ProxyFromEnvironment reads the environment once and spares this machine,
	// so the transport itself is asked.
	transport, own := tester.Client.Transport.(*http.Transport)
	if !own || transport.Proxy != nil || tester.Client.Timeout == 0 {
		t.Error("the environment may name a proxy for secrets, or the call may take for ever")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, strings.Repeat("0", len(p))), nil }
