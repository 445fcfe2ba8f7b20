package gateway_test

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
)

// ends is a version whose end is announced as in SECURITY 3.9.
func ends(s *setup) {
	s.version.Life = gateway.Life{
		Deprecated: time.Unix(1688169599, 0), Sunset: time.Date(2030, 6, 30, 23, 59, 59, 0, time.UTC),
		Page: portal + "/t/north-quay/apis/berths/v1/life", Successor: "v2", Reference: portal + "/t/north-quay/apis/berths/v2",
	}
}

// theirLinks are the links of announced, as they stand in answers.
var theirLinks = []string{
	`<http://portal.example/t/north-quay/apis/berths/v1/life>; rel="deprecation"; type="text/html"`,
	`<http://portal.example/t/north-quay/apis/berths/v1/life>; rel="sunset"; type="text/html"`,
	`<http://portal.example/t/north-quay/apis/berths/v2>; rel="successor-version"; type="text/html"`,
}

// R139: the exact headers, on every answer once it is known which version is called,
// in place of the upstream's own and beside its links; at the second of the sunset the
// gateway refuses by its own clock, with nobody's message.
func TestAVersionSaysThatItEnds(t *testing.T) {
	w := newWorld(t, ends)
	w.turn(time.Date(2030, 6, 30, 23, 59, 58, 999, time.UTC))
	w.upstream.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDeprecation: @1\r\nSunset: never\r\nLink: </next>; rel=\"next\"\r\n\r\nok")
	told := func(a *answer, links ...string) {
		t.Helper()
		if got := a.Header["Deprecation"]; !slices.Equal(got, []string{"@1688169599"}) {
			t.Errorf("Deprecation: %q", got)
		}
		if got := a.Header["Sunset"]; !slices.Equal(got, []string{"Sun, 30 Jun 2030 23:59:59 GMT"}) {
			t.Errorf("Sunset: %q", got)
		}
		if got := a.Header["Link"]; !slices.Equal(got, append(links, theirLinks...)) {
			t.Errorf("Link: %q", got)
		}
	}
	const target = "/north-quay/berths/v1/berths"
	answered := w.call("GET", target, bearer(good), "Origin: https://app.example")
	answered.want(200, "")
	told(answered, `</next>; rel="next"`)
	if exposed := answered.Header.Get("Access-Control-Expose-Headers"); !strings.HasSuffix(exposed, ", Deprecation, Sunset, Link") {
		t.Errorf("pages may read %q", exposed)
	}
	told(w.call("GET", target, bearer(good)), `</next>; rel="next"`) // nothing was added to what all answers share
	for _, refused := range []struct {
		method, target, bearer, code string
		status                       int
	}{
		{"GET", "/north-quay/berths/v1/nothing", bearer(good), "operation_not_found", 404},
		{"DELETE", target, bearer(good), "method_not_allowed", 405},
		{"POST", target, bearer(reader), "insufficient_scope", 403},
		{"GET", target, bearer(undecid), "subscription_pending", 403},
	} {
		a := w.call(refused.method, refused.target, refused.bearer)
		a.want(refused.status, refused.code)
		told(a)
	}
	for _, unknown := range []*answer{w.call("GET", target), w.call("GET", "/north-quay/berths/v9/berths", bearer(good))} {
		for _, name := range []string{"Deprecation", "Sunset", "Link"} {
			if got := unknown.Header[name]; got != nil {
				t.Errorf("%d %s: %q", unknown.StatusCode, name, got)
			}
		}
	}

	w.turn(time.Date(2030, 6, 30, 23, 59, 59, 0, time.UTC))
	before := len(w.upstream.requests())
	gone := w.call("GET", target, bearer(good))
	gone.want(http.StatusGone, "version_retired")
	told(gone)
	if !strings.Contains(string(gone.body), "Use v2: http://portal.example/t/north-quay/apis/berths/v2") {
		t.Errorf("it does not say where to go: %s", gone.body)
	}
	if len(w.upstream.requests()) != before {
		t.Error("a call after the end reached the upstream")
	}
	if r := w.last(); r.Version != berthsV1 || r.Outcome != "version_retired" {
		t.Errorf("recorded %+v", r)
	}
	w.call("GET", target, "Authorization: Bearer gth_nq_nothing").want(401, "invalid_token") // R11: not by who has no token
}

// R139: an operation that is deprecated in the document says so by itself, with the
// day and the page of its own; the others of the version do not. Where the version was
// deprecated before, it speaks for all.
func TestAnOperationSaysThatItIsDeprecated(t *testing.T) {
	day := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	const own, versions = `<p/operations/get-berths>; rel="deprecation"; type="text/html"`, `<p/life>; rel="deprecation"; type="text/html"`
	sunset := `<p/life>; rel="sunset"; type="text/html"`
	for name, c := range map[string]struct {
		life       gateway.Life
		list, one  string // Deprecation of either operation
		says, said []string
	}{
		"by itself":                   {gateway.Life{Page: "p/life"}, "@1893553445", "", []string{own}, nil},
		"before its version":          {gateway.Life{Page: "p/life", Deprecated: day.Add(time.Hour)}, "@1893553445", "@1893557045", []string{own}, []string{versions}},
		"with its version":            {gateway.Life{Page: "p/life", Deprecated: day}, "@1893553445", "@1893553445", []string{versions}, []string{versions}},
		"after its version":           {gateway.Life{Page: "p/life", Deprecated: day.Add(-time.Hour)}, "@1893549845", "@1893549845", []string{versions}, []string{versions}},
		"of a version that ends":      {gateway.Life{Page: "p/life", Deprecated: day.Add(time.Hour), Sunset: day.Add(2 * time.Hour)}, "@1893553445", "@1893557045", []string{own, sunset}, []string{versions, sunset}},
		"in a version that was ended": {gateway.Life{Page: "p/life", Sunset: day.AddDate(1, 0, 0)}, "@1893553445", "", []string{own, sunset}, []string{sunset}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) {
				s.version.Life = c.life
				s.version.Operations[0].Deprecated, s.version.Operations[0].Page = day, "p/operations/get-berths"
			})
			w.upstream.answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDeprecation: @1\r\n\r\n")
			list, one := w.call("GET", "/north-quay/berths/v1/berths", bearer(good)), w.call("GET", "/north-quay/berths/v1/berths/7", bearer(good))
			if got := list.Header.Get("Deprecation"); got != c.list || !slices.Equal(list.Header["Link"], c.says) {
				t.Errorf("the deprecated one: %q %q", got, list.Header["Link"])
			}
			if c.one == "" && c.life.Sunset.IsZero() {
				c.one = "@1" // nothing is known here, so the upstream's own word is passed on
			}
			if got := one.Header.Get("Deprecation"); got != c.one || !slices.Equal(one.Header["Link"], c.said) {
				t.Errorf("the other one: %q %q", got, one.Header["Link"])
			}
		})
	}
}

// turn sets the clock, without the gateway's knowledge growing old.
func (w *world) turn(at time.Time) {
	w.clock.Advance(at.Sub(w.clock.Now()))
	w.g.SetFresh(at)
	w.fillUntil(at.Add(time.Hour))
}

// What is not announced is not said, and what cannot be is left out: a date of
// deprecation behind the sunset, as RFC 9745 forbids it.
func TestWhatIsNotAnnouncedIsNotSaid(t *testing.T) {
	day := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		life                gateway.Life
		deprecation, sunset string
		links               int
	}{
		"nothing":                        {gateway.Life{Page: "p"}, "", "", 0},
		"a date to come":                 {gateway.Life{Deprecated: day, Page: "p"}, "@1893553445", "", 1},
		"both, without a way on":         {gateway.Life{Deprecated: day, Sunset: day, Page: "p"}, "@1893553445", "Wed, 02 Jan 2030 03:04:05 GMT", 2},
		"retired before its deprecation": {gateway.Life{Deprecated: day.Add(time.Second), Sunset: day, Page: "p"}, "", "Wed, 02 Jan 2030 03:04:05 GMT", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *setup) { s.version.Life = c.life })
			w.upstream.answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			a := w.call("GET", "/north-quay/berths/v1/berths", bearer(good))
			a.want(200, "")
			if a.Header.Get("Deprecation") != c.deprecation || a.Header.Get("Sunset") != c.sunset || len(a.Header["Link"]) != c.links {
				t.Errorf("%v", a.Header)
			}
		})
	}
	w := newWorld(t)
	w.upstream.does(func(c net.Conn, r *http.Request, _ string) {
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDeprecation: @5\r\n\r\n"))
	})
	if got := w.call("GET", "/north-quay/berths/v1/berths", bearer(good)).Header.Get("Deprecation"); got != "@5" {
		t.Errorf("what an upstream says of an operation of its own came as %q", got)
	}
}
