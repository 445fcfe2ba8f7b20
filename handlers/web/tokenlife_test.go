package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// counted waits until the calls so far are in the usage.
func counted(t *testing.T, k *testkit.Kit) {
	t.Helper()
	if err := k.Usage.Folder.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// R15: an expired token stays where it was, with what happened: the last call
// before, the first one that was refused, and the way on.
func TestAnExpiredTokenSaysWhatHappened(t *testing.T) {
	t.Run("that worked until then", func(t *testing.T) { expires(t, false) })
	t.Run("that was paused", func(t *testing.T) { expires(t, true) })
}

func expires(t *testing.T, paused bool) {
	now := clock.NewManual(time.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("port", true)
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Fatalf("a live token: %d", got)
	}
	at := "/t/port/tokens/" + p.Token.ID
	expect(t, p.Partner.Get(at), http.StatusOK, "Put its end into your calendar")
	if paused {
		expect(t, p.Partner.Post(at+"/pause", url.Values{"reason": {"Holidays."}}), http.StatusSeeOther)
	}
	now.Set(p.Token.ExpiresAt.Add(time.Minute))
	testkit.Eventually(t, "an answer of a gateway that knows the time", func() bool {
		return call(t, k, p, http.MethodGet, p.Secret.Reveal()) == http.StatusUnauthorized
	})
	counted(t, k)
	var token models.Token
	testkit.Eventually(t, "the first refused call", func() bool {
		token, _ = k.Portal.Tokens.One(context.Background(), k.Actor(p.Partner, p.Slug), p.Token.ID)
		return token.RefusedAt != nil
	})
	b := p.Partner.Elsewhere()
	b.SignIn()
	page := b.Get(at)
	expect(t, page, http.StatusOK, "This token expired", "Last used before that on", "from 127.0.0.1", "GET /port/orders/v1/orders",
		"the first call was refused on", token.RefusedID, `href="`+at+`/rotate"`, "Renew")
	if strings.Contains(page.Body, "Resume") || strings.Contains(page.Body, at+"/pause") || strings.Contains(page.Body, "into your calendar") {
		t.Error("an expired token is offered what it has no use for")
	}
	expect(t, b.Get("/t/port/tokens?state=ended"), http.StatusOK, "ci", "Expired")
	admin := p.Admin.Elsewhere()
	admin.SignIn()
	expect(t, admin.Get("/t/port/admin/tokens/"+p.Token.ID), http.StatusOK, "This token expired", "the first call was refused on")
}

// Issue "scope diet": what a token does not use is taken away with one click, now
// or with its next rotation; nothing is given by that.
func TestATokenIsNarrowed(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	secret, at := p.Secret.Reveal(), "/t/port/tokens/"+p.Token.ID
	for range 2 {
		call(t, k, p, http.MethodGet, secret)
	}
	counted(t, k)
	expect(t, p.Partner.Get(at), http.StatusOK, "May call 4 operations, used 1", "counted on 1 day", "Used (1)", "Not used (3)", "2 calls on 1 day")
	form := p.Partner.Get(at + "/narrow")
	expect(t, form, http.StatusOK, "Called seldom; look twice.", "3 operations not called", "A job that runs once a month may be missing.")
	ticked := regexp.MustCompile(`value="(\S+ [^"]+)" checked`).FindAllStringSubmatch(form.Body, -1)
	if len(ticked) != 1 || ticked[0][1] != p.Version.ID+" GET /orders" {
		t.Fatalf("ticked: %q", ticked)
	}
	revision := func() string {
		return regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(p.Partner.Get(at + "/narrow").Body)[1]
	}
	send := func(when string, rev string, keep ...string) testkit.Answer {
		v := url.Values{"when": {when}, "revision": {rev}}
		for _, key := range keep {
			v.Add("keep", p.Version.ID+" "+key)
		}
		return p.Partner.Post(at+"/narrow", v)
	}
	all := []string{"GET /orders", "POST /orders", "GET /orders/{id}", "DELETE /orders/{id}"}
	expect(t, send("now", revision()), http.StatusUnprocessableEntity, "Keep at least one operation")
	expect(t, send("now", revision(), all...), http.StatusUnprocessableEntity, "Leave out at least one operation")
	expect(t, send("now", "99", "GET /orders"), http.StatusConflict, "Somebody else changed this token")

	expect(t, send("rotation", revision(), "GET /orders", "GET /orders/{id}"), http.StatusSeeOther)
	expect(t, p.Partner.Get(at), http.StatusOK, "With its next rotation it is left 2 operations.", "May call 4 operations")
	if got := call(t, k, p, http.MethodPost, secret); got != http.StatusOK {
		t.Errorf("a plan took something away already: %d", got)
	}
	expect(t, p.Partner.Post(at+"/narrow/undo", url.Values{"revision": {revision()}}), http.StatusSeeOther)
	if strings.Contains(p.Partner.Get(at).Body, "With its next rotation it") {
		t.Error("the plan is there still")
	}
	expect(t, send("rotation", revision(), "GET /orders"), http.StatusSeeOther)
	expect(t, send("now", revision(), "GET /orders", "GET /orders/{id}"), http.StatusSeeOther)
	if get, post := call(t, k, p, http.MethodGet, secret), call(t, k, p, http.MethodPost, secret); get != http.StatusOK || post != http.StatusForbidden {
		t.Errorf("after that GET gives %d and POST %d", get, post)
	}
	expect(t, send("now", revision(), all...), http.StatusUnprocessableEntity) // which would widen it
	expect(t, send("now", revision(), "GET /orders", "POST /orders"), http.StatusSeeOther)
	if get, post := call(t, k, p, http.MethodGet, secret), call(t, k, p, http.MethodPost, secret); get != http.StatusOK || post != http.StatusForbidden {
		t.Errorf("naming what is closed: GET gives %d and POST %d", get, post)
	}
	token, err := k.Portal.Tokens.One(context.Background(), k.Actor(p.Partner, p.Slug), p.Token.ID)
	if err != nil || len(token.Narrowing) != 0 {
		t.Errorf("%v: a plan that was overtaken stays: %+v", err, token.Narrowing)
	}
	expect(t, p.Partner.Get(at), http.StatusOK, "May call 1 operation, used all")
	if n := events(t, k, k.Actor(p.Admin, p.Slug), "token.narrow", p.Token.ID); n != 5 {
		t.Errorf("%d events in the audit log", n)
	}
}

// R24: what the program has paused is woken with a passkey, on the token's page.
func TestWakingATokenTakesAPasskey(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	at := "/t/port/tokens/" + p.Token.ID
	changeToken(k, p, func(token *models.Token, _ time.Time) {
		token.State, token.Cause, token.Reason = models.TokenPaused, models.CauseUnused, "Unused since spring."
	})
	expect(t, p.Partner.Get(at), http.StatusOK, "Unused since spring.", `data-stepup="token.edit_own"`, `data-object="`+p.Token.ID, "Wake it")
	expect(t, p.Partner.Post(at+"/resume", nil), http.StatusForbidden, "passkey")
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
		t.Errorf("a paused token: %d", got)
	}
	expect(t, p.Partner.Post(at+"/resume", url.Values{"step_up": {p.Partner.StepUp(models.TokenEditOwn, p.Token.ID)}}), http.StatusSeeOther)
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Errorf("a woken token: %d", got)
	}
}

// RFC 5545: a calendar file has an event for each end, with alarms, in lines of at
// most 75 bytes; nothing that a person wrote becomes a line of its own.
func TestTheEndsAsACalendar(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	changeToken(k, p, func(token *models.Token, _ time.Time) {
		token.Name = "Kran, „Süd“; \\ tägliche Übergabe\r\nBEGIN:VALARM\rEND:VEVENT"
	})
	read := func(path string) string {
		t.Helper()
		a := p.Partner.Get(path)
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
		if strings.Contains(strings.ReplaceAll(a.Body, "\r\n", ""), "\n") || !strings.HasSuffix(a.Body, "END:VCALENDAR\r\n") {
			t.Error("lines do not end in CR LF")
		}
		for line := range strings.SplitSeq(a.Body, "\r\n") {
			if len(line) > 75 {
				t.Errorf("%d bytes: %s", len(line), line)
			}
		}
		return strings.ReplaceAll(a.Body, "\r\n ", "")
	}
	one := read("/t/port/tokens/" + p.Token.ID + "/expiry.ics")
	page := k.PortalURL.String() + "/t/port/tokens/" + p.Token.ID
	for _, want := range []string{
		"UID:" + p.Token.ID + "@" + k.PortalURL.Hostname(), "DTSTART:" + p.Token.ExpiresAt.Format("20060102T150405Z"),
		`SUMMARY:Token Kran\, „Süd“\; \\ tägliche Übergabe  BEGIN:VALARM END:VEVENT of Tenant port expires`,
		"TRIGGER:-P14D", "TRIGGER:-P7D", "TRIGGER:-P1D", "ACTION:DISPLAY", "URL:" + page,
	} {
		if !strings.Contains(one, "\r\n"+want+"\r\n") {
			t.Errorf("%q is missing in\n%s", want, one)
		}
	}
	if n := strings.Count(one, "\r\nBEGIN:VALARM\r\n"); n != 3 {
		t.Errorf("%d alarms of a token that lives 30 days", n)
	}
	if all := read("/t/port/tokens/expiry.ics"); strings.Count(all, "BEGIN:VEVENT\r\n") != 1 || strings.Contains(all, p.Secret.Reveal()) {
		t.Errorf("all of one's own: %s", all)
	}
}

// A policy says what it would do before it is saved, and saves what it has said.
func TestAPolicySaysWhatItWouldDo(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	const at = "/t/port/admin/settings/tokens"
	expect(t, p.Admin.Get("/t/port/admin/settings"), http.StatusOK, `href="`+at+`"`)
	expect(t, p.Admin.Get(at), http.StatusOK, `name="unused_days"`, `value="90"`, "no token would be paused or revoked.")
	form := func(change ...string) url.Values {
		v := url.Values{"unused_days": {"7"}, "pause_days": {"3"}, "revoke_days": {"100"}, "rotate_days": {"0"}, "self_rotation": {"on"}, "leak": {"pause"}, "revision": {"1"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	policy := func() models.TokenPolicy {
		return k.Actor(p.Admin, p.Slug).Tenant().TokenPolicy
	}
	for field, wrong := range map[string]string{"unused_days": "6", "pause_days": "x", "revoke_days": "10", "rotate_days": "29", "leak": "shrug"} {
		expect(t, p.Admin.Post(at, form(field, wrong)), http.StatusUnprocessableEntity, "Nothing was changed", "Choose")
	}
	shown := p.Admin.Post(at, form())
	expect(t, shown, http.StatusOK, "Nothing is saved yet", "2 tokens would be paused, unless", "paused, unused", "Save it all the same")
	if policy() != models.DefaultTokenPolicy() {
		t.Fatalf("saved already: %+v", policy())
	}
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(shown.Body)[1]
	expect(t, p.Admin.Post(at, form("seen", seen, "pause_days", "2")), http.StatusOK, "Nothing is saved yet") // which is another one
	expect(t, p.Admin.Post(at, form("seen", seen, "revision", "9")), http.StatusConflict, "Somebody else changed this")
	expect(t, p.Admin.Post(at, form("seen", seen)), http.StatusSeeOther)
	if got := policy(); got.UnusedDays != 7 || got.PauseDays != 3 || got.Leak != models.LeakPause || got.UnusedFrom.IsZero() || !got.RotateFrom.IsZero() {
		t.Errorf("saved: %+v", got)
	}
	expect(t, p.Admin.Post(at, form("leak", "notify", "revision", "2")), http.StatusSeeOther) // the days are as they were
	if n := events(t, k, k.Actor(p.Admin, p.Slug), "tenant.token_policy", p.Tenant.ID); n != 2 {
		t.Errorf("%d events", n)
	}
}

// What an admin should look at: tokens that nothing uses, whose owner is gone, that
// may do much more than they do.
func TestTokensToLookAt(t *testing.T) {
	now := clock.NewManual(time.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("port", true)
	ctx := context.Background()
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant, err := tx.TenantByID(p.Tenant.ID)
		tenant.TokenDays = 366
		if err != nil {
			return err
		}
		return tx.UpdateTenant(tenant)
	})
	made := func(b *testkit.Browser, name string) (models.Token, string) {
		t.Helper()
		token, secret, err := k.Portal.Tokens.Create(ctx, k.Proven(k.Actor(b, p.Slug), models.TokenCreate, p.Team.ID), portal.NewToken{
			Team: p.Team.ID, Name: name, Expires: "366", Access: map[string]models.Access{p.Version.ID: models.AccessWrite}})
		if err != nil {
			t.Fatal(err)
		}
		return token, secret.Reveal()
	}
	gone := k.Person("Leaver", models.NotStaff)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, gone.User.ID, models.TeamMember) })
	made(gone, "of a leaver")
	made(p.Partner, "sleeper")
	_, busy := made(p.Partner, "busy")
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.DeleteMembership(p.Team.ID, gone.User.ID) })
	now.Advance(91 * 24 * time.Hour)
	testkit.Eventually(t, "a call", func() bool { return call(t, k, p, http.MethodGet, busy) == http.StatusOK })
	counted(t, k)
	now.Advance(13 * time.Hour) // the server may have looked before the call; what it saw holds for half a day
	for next := ""; ; {
		var err error
		if next, err = k.Portal.Watch.Look(ctx, p.Tenant.ID, next); err != nil {
			t.Fatal(err)
		}
		if next == "" {
			break
		}
	}
	admin := p.Admin.Elsewhere()
	admin.SignIn()
	for view, want := range map[string]string{"dormant": "sleeper", "orphaned": "of a leaver", "broad": "busy"} {
		page := admin.Get("/t/port/admin/tokens?view=" + view)
		expect(t, page, http.StatusOK, ">"+want+"</a>", fmt.Sprintf(`name="view" value="%s"`, view))
		for _, other := range []string{"sleeper", "of a leaver", "busy"} {
			if in := strings.Contains(page.Body, ">"+other+"</a>"); in != (other == want || view == "dormant" && other == "of a leaver") {
				t.Errorf("%s shows %s: %v", view, other, in)
			}
		}
	}
	overview := admin.Get("/t/port/admin").Body
	for view, n := range map[string]int{"dormant": 2, "orphaned": 1, "broad": 1} {
		if !regexp.MustCompile(fmt.Sprintf(`view=%s">%d `, view, n)).MatchString(overview) {
			t.Errorf("the overview does not count %d %s", n, view)
		}
	}
}
