package testkit

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Upstream is a tenant's system: it answers every call with what it was sent.
type Upstream struct {
	*httptest.Server
	mu        sync.Mutex
	calls     []Seen
	documents http.HandlerFunc // for what lies under /documents/
}

// Seen is a call as the upstream saw it.
type Seen struct {
	Method string      `json:"method"`
	Target string      `json:"target"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

func newUpstream(t testing.TB) *Upstream {
	u := &Upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(u.answer))
	t.Cleanup(u.Close)
	return u
}

// Publish has the upstream answer for what lies under /documents/.
func (u *Upstream) Publish(documents http.HandlerFunc) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.documents = documents
}

func (u *Upstream) answer(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	documents := u.documents
	u.mu.Unlock()
	if documents != nil && strings.HasPrefix(r.URL.Path, "/documents/") {
		documents(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	seen := Seen{r.Method, r.RequestURI, r.Header.Clone(), string(body)}
	u.mu.Lock()
	u.calls = append(u.calls, seen)
	u.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(seen)
}

// Calls that were made so far.
func (u *Upstream) Calls() []Seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]Seen(nil), u.calls...)
}
