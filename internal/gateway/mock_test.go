package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/gateway"
)

// parrot is a mocker that answers with what it was asked.
type parrot struct{}

func (parrot) Mock(_ context.Context, c gateway.MockCall) (gateway.MockAnswer, error) {
	switch {
	case c.Operation == "any":
		return gateway.MockAnswer{}, errors.New("not today")
	case c.Query == "misfit":
		return gateway.MockAnswer{Misfit: "The query parameter \"x\" is missing."}, nil
	}
	return gateway.MockAnswer{Status: 200, Body: []byte(c.Operation + " " + c.Path + " " + string(c.Body) + c.Header.Get("Authorization")), Header: http.Header{
		"Content-Type": {"text/html"}, "Set-Cookie": {"a=b"}, "Gatehouse-Error": {"forged"}, "X-Total": {"3"}}}, nil
}

// A mock's every answer is marked, refusals and those of strangers too; nothing of a
// call reaches the upstream; calls count for no plan.
func TestEveryAnswerOfAMockIsMarked(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.config.Mocker = parrot{}
		s.version.Mock, s.version.Audience, s.version.Teams = true, gateway.ForTeams, []gateway.ID{carriers, waiting}
	})
	const base = "/-/mock/north-quay/berths/v1"
	for _, tt := range []struct {
		name, method, path string
		header             string
		status             int
		code, words        string
	}{
		{"an answer", "GET", base + "/berths/7", bearer(good), 200, "", "one /berths/7 "},
		{"to who is not approved", "GET", base + "/berths", bearer(undecid), 200, "", "list"},
		{"to who may only read", "POST", base + "/berths", bearer(reader), 200, "", "add"},
		{"of another tenant", "GET", base + "/berths", bearer(foreign), 404, "api_not_found", ""},
		{"from elsewhere", "GET", base + "/berths", bearer(bound), 403, "address_not_allowed", ""},
		{"to nobody", "GET", base + "/berths", "", 401, "authentication_required", ""},
		{"with a token that was never there", "GET", base + "/berths", bearer(revoked), 401, "invalid_token", ""},
		{"that does not fit", "GET", base + "/berths?misfit", bearer(good), 400, "mock_mismatch", "is missing"},
		{"of no operation", "GET", base + "/cranes", bearer(good), 404, "operation_not_found", ""},
		{"of no version", "GET", "/-/mock/north-quay/berths/v9/berths", bearer(good), 404, "api_not_found", ""},
		{"of nothing", "GET", "/-/mock/", bearer(good), 404, "api_not_found", ""},
		{"of a bad path", "GET", base + "//berths", bearer(good), 400, "ambiguous_path", ""},
		{"that cannot be made", "GET", base + "/any/a/b", bearer(good), 500, "gateway_error", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.header != "" {
				headers = []string{tt.header}
			}
			a := w.call(tt.method, tt.path, headers...)
			if a.Response == nil || a.StatusCode != tt.status || tt.code != "" && a.code() != tt.code || !strings.Contains(string(a.body), tt.words) {
				t.Fatalf("answered %v %s", a.Response, a.body)
			}
			h := a.Header
			if h.Get("Gatehouse-Mock") != "true" || h.Get("Gatehouse-Error") != tt.code || h.Get("Set-Cookie") != "" || strings.Contains(string(a.body), good.Reveal()) {
				t.Errorf("%v", h)
			}
			if tt.code == "" && (h.Get("Content-Security-Policy") == "" || h.Get("X-Total") != "3" || !strings.Contains(h.Get("RateLimit-Policy"), "mock-minute")) {
				t.Errorf("%v", h)
			}
		})
	}
	if n := len(w.upstream.requests()); n != 0 {
		t.Errorf("the upstream was called %d times", n)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.records {
		if !r.Mock || r.Price != 0 || r.Subscription != (gateway.ID{}) {
			t.Errorf("recorded as %+v", r)
		}
	}
}

// A token has 120 calls a minute to mocks, whatever its team's plan says.
func TestMocksHaveALimitOfTheirOwn(t *testing.T) {
	w := newWorld(t, func(s *setup) {
		s.config.Mocker = parrot{}
		s.version.Mock = true
	})
	for i := range 120 {
		if a := w.call("GET", "/-/mock/north-quay/berths/v1/berths", bearer(good)); a.StatusCode != 200 {
			t.Fatalf("call %d: %d", i, a.StatusCode)
		}
	}
	if a := w.call("GET", "/-/mock/north-quay/berths/v1/berths", bearer(good)); a.StatusCode != 429 || a.code() != "rate_limited" || a.Header.Get("Retry-After") == "" {
		t.Errorf("then %d %s", a.StatusCode, a.body)
	}
	for name, secret := range map[string]string{"another token": bearer(reader), "the API itself": bearer(good)} {
		path := "/-/mock/north-quay/berths/v1/berths"
		if name == "the API itself" {
			path = "/north-quay/berths/v1/berths"
		}
		if a := w.call("GET", path, secret); a.StatusCode != 200 || (a.Header.Get("Gatehouse-Mock") != "") != (name == "another token") {
			t.Errorf("%s: %d %v", name, a.StatusCode, a.Header)
		}
	}
}
