package session_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/session"
)

// browser keeps the cookie between requests, as one tab of one browser does.
type browser struct {
	*testing.T
	clock  *clock.Manual
	table  *table
	store  *session.Store
	cookie *http.Cookie
	set    string // the last Set-Cookie
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	rows := &table{rows: map[string]session.Row{}, clock: clk}
	store, err := session.New(rows, session.DefaultLimits(), clk)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{T: t, clock: clk, table: rows, store: store}
}

// do makes one request and keeps the cookie that comes back.
func (b *browser) do(method string, fn func(http.ResponseWriter, *http.Request, *session.Session), header ...string) {
	b.Helper()
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	s, err := b.store.Open(r)
	if err != nil {
		b.Fatal(err)
	}
	fn(w, r, s)
	for _, c := range w.Result().Cookies() {
		b.cookie, b.set = c, w.Header().Get("Set-Cookie")
		if c.MaxAge < 0 {
			b.cookie = nil
		}
	}
}

func (b *browser) signIn(user string, class session.Class) {
	b.Helper()
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := s.SignIn(w, r, user, class, session.From{ClientIP: "192.0.2.1", UserAgent: "test"}); err != nil {
			b.Fatal(err)
		}
	})
}

// user is who a request with this cookie comes from.
func (b *browser) user(method string, cookie *http.Cookie, header ...string) (id string) {
	b.Helper()
	tab := *b
	tab.cookie = cookie
	tab.do(method, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { id = s.UserID() }, header...)
	return id
}

// R35: the cookie to the letter, and nothing in the table that could be used as one.
func TestTheCookieAndTheRow(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	if want := "__Host-s=" + b.cookie.Value + "; Path=/; HttpOnly; Secure; SameSite=Lax"; b.set != want {
		t.Errorf("got  %s\nwant %s", b.set, want)
	}
	id, err := base64.RawURLEncoding.DecodeString(b.cookie.Value)
	if err != nil || len(id) != 32 {
		t.Errorf("id of %d bytes, %v", len(id), err)
	}
	sum := sha256.Sum256(id)
	for _, row := range b.table.rows {
		if !bytes.Equal(row.Hash, sum[:]) || bytes.Contains(row.Data, []byte(b.cookie.Value)) {
			t.Errorf("row %+v", row)
		}
		if got := b.user("GET", &http.Cookie{Name: session.CookieName, Value: base64.RawURLEncoding.EncodeToString(row.Hash)}); got != "" {
			t.Error("what the table holds signs in")
		}
	}
	if got := b.user("GET", b.cookie); got != "u1" {
		t.Errorf("signed in as %q", got)
	}
}

func TestAnyUserAgentCanBeStored(t *testing.T) {
	b := newBrowser(t)
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := s.Start(w, r, session.From{UserAgent: "\xff" + strings.Repeat("é", 500)}); err != nil {
			t.Fatal(err)
		}
	})
	for _, row := range b.table.rows {
		if !utf8.ValidString(row.UserAgent) || len(row.UserAgent) > 256 || row.UserAgent == "" {
			t.Errorf("got %q", row.UserAgent)
		}
	}
}

func TestCookiesThatAreNone(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	for _, v := range []string{"", "x", b.cookie.Value + "A", b.cookie.Value[:42], strings.Repeat("A", 43), b.cookie.Value + "=", strings.Repeat("A", 5000)} {
		if got := b.user("GET", &http.Cookie{Name: session.CookieName, Value: v}); got != "" {
			t.Errorf("%q signed in %q", v, got)
		}
	}
}

// R36: whoever planted a cookie has nothing after the sign-in.
func TestSigningInChangesTheID(t *testing.T) {
	b := newBrowser(t)
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := s.Start(w, r, session.From{}); err != nil || s.UserID() != "" || s.Class() != session.Visitor || s.Hash() == nil {
			t.Errorf("pre-session: %v", err)
		}
		s.Put("planted", "x")
		if err := s.Save(w, r); err != nil {
			t.Error(err)
		}
	})
	before := b.cookie
	b.signIn("u1", session.Member)
	if b.cookie.Value == before.Value || len(b.table.rows) != 1 {
		t.Errorf("%d rows, same id: %v", len(b.table.rows), b.cookie.Value == before.Value)
	}
	b.do("GET", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		if s.Value("planted") != "" {
			t.Error("what was planted is still there")
		}
	})
	if got := b.user("GET", before); got != "" {
		t.Errorf("the old id is %q", got)
	}
}

// R36 as settled: ten seconds of reads for the other tabs.
func TestRenewingKeepsTheOldIDForReads(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Staff)
	before := b.cookie
	b.clock.Advance(10 * time.Minute)
	var created time.Time
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		created = s.CreatedAt()
		s.Put("kept", "yes")
		if err := s.Save(w, r); err != nil {
			t.Error(err)
		}
		if err := s.Renew(w, r); err != nil {
			t.Fatal(err)
		}
	})
	b.do("GET", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		if s.UserID() != "u1" || s.Value("kept") != "yes" || !s.CreatedAt().Equal(created) || s.Class() != session.Staff {
			t.Errorf("after renewing: %q %q %s", s.UserID(), s.Value("kept"), s.CreatedAt())
		}
	})
	if b.cookie.Value == before.Value {
		t.Error("same id")
	}
	b.clock.Advance(session.Overlap - time.Second)
	for method, want := range map[string]string{"GET": "u1", "HEAD": "u1", "POST": "", "DELETE": "", "PATCH": ""} {
		if got := b.user(method, before); got != want {
			t.Errorf("%s with the old id after 9 s: %q", method, got)
		}
	}
	b.clock.Advance(time.Second)
	if got := b.user("GET", before); got != "" {
		t.Errorf("after 10 s: %q", got)
	}
	if got := b.user("POST", b.cookie); got != "u1" {
		t.Errorf("the new id: %q", got)
	}
}

func TestAnIDIsRenewedOnce(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	tab := *b
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		tab.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			if err := s.Renew(w, r); err != nil {
				t.Fatal(err)
			}
		})
		if err := s.Renew(w, r); !fault.Is(err, fault.Conflict) {
			t.Errorf("the second of two at once: %v", err)
		}
	})
	if len(b.table.rows) != 2 {
		t.Errorf("%d rows", len(b.table.rows))
	}
}

// R36: what was marked gets another id with the next request, once, and goes on.
func TestAMarkedSessionIsRenewed(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	follow := func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		t.Helper()
		if err := s.Follow(w, r); err != nil || s.UserID() != "u1" {
			t.Errorf("%q, %v", s.UserID(), err)
		}
	}
	before := b.cookie.Value
	b.do("GET", follow)
	if b.cookie.Value != before {
		t.Error("renewed without a reason")
	}
	for hash, row := range b.table.rows {
		row.Renew = true
		b.table.rows[hash] = row
	}
	tab := *b
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		tab.do("GET", follow) // two at once: one of them renews
		follow(w, r, s)
	})
	after := tab.cookie.Value
	if after == before || b.cookie.Value != before {
		t.Error("not renewed once")
	}
	tab.do("POST", follow)
	if tab.cookie.Value != after {
		t.Error("renewed again")
	}
}

// R37: idle and absolute ends, to the second.
func TestSessionsEnd(t *testing.T) {
	for _, tt := range []struct {
		class          session.Class
		idle, absolute time.Duration
	}{{session.Member, time.Hour, 24 * time.Hour}, {session.Staff, 15 * time.Minute, 12 * time.Hour}} {
		t.Run(string(tt.class), func(t *testing.T) {
			b := newBrowser(t)
			b.signIn("u1", tt.class)
			b.clock.Advance(tt.idle - time.Second)
			if b.user("GET", b.cookie) == "" { // and this request starts the idle time again
				t.Error("signed out a second early")
			}
			b.clock.Advance(tt.idle)
			if b.user("GET", b.cookie) != "" {
				t.Error("still signed in after the idle time")
			}

			b = newBrowser(t)
			b.signIn("u1", tt.class)
			end := b.clock.Now().Add(tt.absolute)
			for b.clock.Now().Add(10 * time.Minute).Before(end) {
				b.clock.Advance(10 * time.Minute)
				if b.user("GET", b.cookie) == "" {
					t.Fatalf("signed out at %s", b.clock.Now())
				}
			}
			b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) { // renewing is no way around it
				if err := s.Renew(w, r); err != nil {
					t.Fatal(err)
				}
			})
			b.clock.Set(end.Add(-time.Second))
			if b.user("GET", b.cookie) == "" {
				t.Error("signed out a second early")
			}
			b.clock.Set(end)
			if b.user("GET", b.cookie) != "" {
				t.Error("still signed in after the absolute time")
			}
		})
	}
}

// R37: limits that an operator lowers end sessions at their next request, also where
// the row says otherwise; raised again they bring none back that is over.
func TestLoweredLimitsEndSessions(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	b.clock.Advance(20 * time.Minute)
	b.table.limits = session.Limits{session.Member: {Idle: 20*time.Minute + time.Second, Absolute: time.Hour}}
	if b.user("GET", b.cookie) == "" {
		t.Error("signed out a second early")
	}
	b.clock.Advance(15 * time.Minute)
	b.table.limits = session.Limits{session.Member: {Idle: 15 * time.Minute, Absolute: time.Hour}}
	if b.user("GET", b.cookie) != "" {
		t.Error("a longer one goes on")
	}
	b.table.limits = nil
	b.signIn("u1", session.Member)
	b.table.limits = session.Limits{session.Member: {Idle: 5 * time.Minute, Absolute: 10 * time.Minute}}
	for range 3 {
		b.clock.Advance(4 * time.Minute)
		b.user("GET", b.cookie)
	}
	if b.user("GET", b.cookie) != "" {
		t.Error("it goes on after the lowered absolute time")
	}
	b.table.limits = session.Limits{session.Member: {Idle: 5 * time.Minute, Absolute: 10 * time.Minute}}
	b.signIn("u2", session.Member)
	for _, row := range b.table.rows {
		if row.UserID != nil && *row.UserID == "u2" && row.ExpiresAt.Sub(row.CreatedAt) != 5*time.Minute {
			t.Errorf("a new one lasts %s", row.ExpiresAt.Sub(row.CreatedAt))
		}
	}
}

// R37: a page that asks by itself keeps nobody signed in.
func TestPollingDoesNotExtendASession(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	for range 59 {
		b.clock.Advance(time.Minute)
		if b.user("GET", b.cookie, session.PollHeader, "1") != "u1" {
			t.Fatal("signed out early")
		}
	}
	b.clock.Advance(time.Minute)
	if b.user("GET", b.cookie, session.PollHeader, "1") != "" {
		t.Error("an hour of polling kept the session alive")
	}
}

func TestABusyPageDoesNotWriteEachTime(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	before := b.table.wrote
	for range 100 {
		b.clock.Advance(time.Second)
		b.user("GET", b.cookie)
	}
	if n := b.table.wrote - before; n > 4 {
		t.Errorf("%d writes in 100 s", n)
	}
}

// R35: a cookie that was signed out is worth nothing.
func TestSigningOut(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	before := b.cookie
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := s.SignOut(w, r); err != nil || s.Started() || s.UserID() != "" {
			t.Errorf("got %v", err)
		}
	})
	if len(b.table.rows) != 0 || b.user("GET", before) != "" {
		t.Error("the session lives on")
	}
	if b.set != "__Host-s=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" && !strings.Contains(b.set, "Max-Age=0") {
		t.Errorf("got %s", b.set)
	}
}

func TestFlashesAreShownOnceAndKeptInTheRow(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		for _, text := range []string{"1", "2", "3", "4", "5", "<b>6</b>"} {
			s.Flash("success", text)
		}
		if err := s.Save(w, r); err != nil {
			t.Fatal(err)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Error("a message went into a cookie")
		}
	})
	var got []session.Flash
	for range 2 {
		b.do("GET", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			got = append(got, s.Flashes()...)
			if err := s.Save(w, r); err != nil {
				t.Fatal(err)
			}
		})
	}
	if len(got) != 5 || got[0].Text != "2" || got[4] != (session.Flash{Kind: "success", Text: "<b>6</b>"}) {
		t.Errorf("got %v", got)
	}
	b.do("POST", func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Put("x", strings.Repeat("x", 10_000))
		if err := s.Save(w, r); err == nil {
			t.Error("a session took ten kilobytes")
		}
	})
}

func TestADatabaseThatIsDownSignsNobodyIn(t *testing.T) {
	b := newBrowser(t)
	b.signIn("u1", session.Member)
	b.table.down = errors.New("disk gone")
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(b.cookie)
	if s, err := b.store.Open(r); err == nil || s != nil {
		t.Errorf("got %v, %v", s, err)
	}
	w := httptest.NewRecorder()
	b.table.down = nil
	r = httptest.NewRequest("POST", "/", nil)
	s, err := b.store.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	b.table.down = errors.New("disk gone")
	if err := s.SignIn(w, r, "u1", session.Member, session.From{}); err == nil || w.Header().Get("Set-Cookie") != "" || s.UserID() != "" {
		t.Error("a session that was not stored was handed out")
	}
}

func TestLimitsNameEveryClass(t *testing.T) {
	limits := session.DefaultLimits()
	delete(limits, session.Staff)
	if _, err := session.New(&table{}, limits, clock.System); err == nil {
		t.Error("no limit for staff")
	}
	limits[session.Staff] = session.Limit{Idle: time.Hour, Absolute: time.Minute}
	if _, err := session.New(&table{}, limits, clock.System); err == nil {
		t.Error("an absolute time shorter than the idle time")
	}
}
