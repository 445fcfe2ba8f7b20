package gateway_test

import (
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
)

// seen gathers what the gateway tells.
type seen struct {
	mu  sync.Mutex
	all []gateway.Sighting
}

func (s *seen) tell(one gateway.Sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, one)
}

// take returns what was told since the last time.
func (s *seen) take() []gateway.Sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// R8, R11: a token in the wrong place is refused in the same way whatever it is
// worth, and told of where it could be used by whoever reads it there.
func TestExposedTokens(t *testing.T) {
	var told seen
	w := newWorld(t, func(s *setup) { s.config.Sightings, s.config.Clock = told.tell, clock.System })
	put := func(n byte, state gateway.TokenState, expires time.Duration) keys.Secret {
		secret := keys.Derive(keys.Access, "nq", [32]byte{0, n})
		w.g.Tokens.Put(keys.Digest(pepper, secret.SHA256()), gateway.TokenRecord{ID: uuid(n), Tenant: northQ, Team: carriers, Expires: time.Now().Add(expires), State: state})
		return secret
	}
	tokens := map[string]struct {
		secret keys.Secret
		told   bool
	}{
		"live": {good, true}, "paused": {put(200, gateway.Held, time.Hour), true}, "not approved yet": {put(201, gateway.Waiting, time.Hour), true},
		"revoked": {put(202, gateway.Revoked, time.Hour), false}, "replaced": {put(203, gateway.Replaced, time.Hour), false},
		"expired": {put(204, gateway.Live, -time.Minute), false}, "unknown": {revoked, false}, "management": {manager, false},
	}
	const form = "application/x-www-form-urlencoded"
	places := map[string]struct {
		where  string
		ask    func(r *http.Request, secret string)
		body   string
		status int
	}{
		"in the query":          {gateway.InAddress, func(r *http.Request, s string) { r.URL.RawQuery = "access_token=" + s }, "", 401},
		"escaped in the query":  {gateway.InAddress, func(r *http.Request, s string) { r.URL.RawQuery = "a=1&q=%67" + s[1:] }, "", 401},
		"in the path":           {gateway.InAddress, func(r *http.Request, s string) { r.URL.Path += "/" + s }, "", 401},
		"in another header":     {gateway.InHeader, func(r *http.Request, s string) { r.Header.Set("X-Api-Key", s) }, "", 401},
		"in a cookie":           {gateway.InCookie, func(r *http.Request, s string) { r.Header.Set("Cookie", "a=b; token="+s) }, "", 401},
		"in a form":             {gateway.InForm, func(r *http.Request, _ string) { r.Header.Set("Content-Type", form+"; charset=utf-8") }, "a=1&access_token=TOKEN&b=2", 401},
		"beside a good one":     {gateway.InAddress, func(r *http.Request, s string) { r.URL.RawQuery = "q=" + s; r.Header.Set("Authorization", "Bearer "+s) }, "", 400},
		"where it belongs":      {"", func(r *http.Request, s string) { r.Header.Set("Authorization", "token "+s) }, "", 401},
		"in a body of JSON":     {"", func(r *http.Request, _ string) { r.Header.Set("Content-Type", "application/json") }, `{"access_token":"TOKEN"}`, 401},
		"in a form that is big": {"", func(r *http.Request, _ string) { r.Header.Set("Content-Type", form) }, strings.Repeat("a", 8<<10) + "&access_token=TOKEN", 401},
		"behind other tokens":   {"", func(r *http.Request, _ string) { r.Header.Set("Content-Type", form) }, "a=gth_nq_&b=gthm_&c=gth", 401},
	}
	ask := func(place string, secret string) (int, string) {
		t.Helper()
		p := places[place]
		r, err := http.NewRequest("POST", "http://"+w.address+"/north-quay/berths/v1/berths", strings.NewReader(strings.ReplaceAll(p.body, "TOKEN", secret)))
		if err != nil {
			t.Fatal(err)
		}
		p.ask(r, secret)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, strings.ReplaceAll(string(raw), answer.Header.Get("Gatehouse-Request-Id"), "") + answer.Header.Get("Www-Authenticate") + strconv.Itoa(len(answer.Header))
	}
	for place, p := range places {
		first := ""
		for name, token := range tokens {
			status, text := ask(place, token.secret.Reveal())
			if status != p.status {
				t.Errorf("%s %s: %d, want %d: %s", name, place, status, p.status, text)
			}
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%s %s is answered otherwise:\n%s\n%s", name, place, text, first)
			}
			exposed := 0
			for _, s := range told.take() {
				if s.Kind != gateway.SeenExposed || s.Where != p.where || s.RequestID == "" || s.Token.Tenant != northQ {
					t.Errorf("%s %s: told %+v", name, place, s)
				}
				exposed++
			}
			if want := token.told && p.where != ""; (exposed == 1) != want || exposed > 1 {
				t.Errorf("%s %s: told %d times", name, place, exposed)
			}
		}
	}
	if strings.Contains(w.log.String(), good.Reveal()[8:]) {
		t.Error("a token is in the log")
	}
}

// Looking into a form does not make the gateway wait for whoever sends it slowly.
func TestAFormThatDoesNotCome(t *testing.T) {
	w := newWorld(t, func(s *setup) { s.config.Clock = clock.System })
	body, send := io.Pipe()
	defer send.Close()
	r, err := http.NewRequest("POST", "http://"+w.address+"/north-quay/berths/v1/berths", body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 100
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	began := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized || time.Since(began) > 20*time.Second {
		t.Errorf("%d after %v", answer.StatusCode, time.Since(began))
	}
}

// R11, R150: a token over plain http is told of while it can be used, or may be again;
// who sends one that opens nothing learns nothing by that.
func TestTokensOverPlainHTTPAreToldOf(t *testing.T) {
	var told seen
	w := newWorld(t, func(s *setup) {
		s.config.Sightings, s.config.Clock = told.tell, clock.System
		s.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} // whose word about TLS counts
	})
	for n, tt := range []struct {
		state   gateway.TokenState
		expires time.Duration
		status  int
		exposed bool
	}{
		{gateway.Live, time.Hour, 400, true}, {gateway.Held, time.Hour, 401, true}, {gateway.Waiting, time.Hour, 401, true},
		{gateway.Held, -time.Hour, 401, false}, {gateway.Revoked, time.Hour, 401, false}, {gateway.Replaced, time.Hour, 401, false},
	} {
		id := byte(210 + n)
		secret := keys.Derive(keys.Access, "nq", [32]byte{0, id})
		w.g.Tokens.Put(keys.Digest(pepper, secret.SHA256()), gateway.TokenRecord{ID: uuid(id), Tenant: northQ, Team: carriers, Expires: time.Now().Add(tt.expires), State: tt.state})
		for scheme, exposed := range map[string]bool{"http": tt.exposed, "https": false} {
			a := w.call("GET", "/north-quay/berths/v1/berths", "Authorization: Bearer "+secret.Reveal(), "X-Forwarded-Proto: "+scheme)
			if scheme == "http" && a.StatusCode != tt.status {
				t.Errorf("%d over http: %d, want %d", n, a.StatusCode, tt.status)
			}
			times := 0
			for _, s := range told.take() {
				if s.Kind == gateway.SeenExposed && s.Where == gateway.InPlainHTTP && s.Token.ID == uuid(id) {
					times++
				}
			}
			if want := map[bool]int{true: 1}[exposed]; times != want {
				t.Errorf("%d over %s: told %d times, want %d", n, scheme, times, want)
			}
		}
	}
}
