package web_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// stepped starts a server whose clock the test moves, on every database there is.
func stepped(t *testing.T, run func(t *testing.T, k *testkit.Kit, now *clock.Manual)) {
	one := func(t *testing.T, o store.Options) {
		now := clock.NewManual(time.Now().Truncate(time.Second))
		k := testkit.Prepare(t, t.TempDir(), o)
		k.Clock = now
		k.Start()
		t.Cleanup(k.Stop)
		run(t, k, now)
	}
	t.Run("sqlite", func(t *testing.T) { one(t, store.Options{}) })
	if os.Getenv(storetest.PostgresVariable) != "" {
		t.Run("postgres", func(t *testing.T) { one(t, storetest.Postgres(t)) })
	}
}

// answered calls until the gateway has caught up with the clock, and says what it answers then.
func answered(t *testing.T, k *testkit.Kit, p *testkit.Place, secret string) (status int) {
	t.Helper()
	testkit.Eventually(t, "an answer of the gateway", func() bool {
		status = call(t, k, p, http.MethodGet, secret)
		return status != http.StatusServiceUnavailable
	})
	return status
}

var (
	shownSecret = regexp.MustCompile(`gth_port_[0-9A-Za-z]{36}`)
	shownToken  = regexp.MustCompile(`/t/port/tokens/([0-9a-f-]{36})/test`)
)

// rotated rotates a token on its page, and returns the successor and its secret.
func rotated(t *testing.T, b *testkit.Browser, id, overlap string) (next, secret string) {
	t.Helper()
	page := b.Get("/t/port/tokens/" + id + "/rotate")
	expect(t, page, http.StatusOK, "How long the old secret goes on", "Make the new secret")
	a := b.Post("/t/port/tokens/"+id+"/rotate", url.Values{"overlap": {overlap}, "expires": {"same"}, "step_up": {b.StepUp(models.TokenRotate, id)}})
	expect(t, a, http.StatusCreated, "It is shown only this once", "The old one, …")
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the secret may be kept in a cache")
	}
	return shownToken.FindStringSubmatch(a.Body)[1], shownSecret.FindString(a.Body)
}

// R17: both secrets work during the overlap, and to the second no longer; rotated
// twice the first dies at once; with no overlap the old one dies with the answer.
func TestOverlapsEndToTheSecond(t *testing.T) {
	stepped(t, func(t *testing.T, k *testkit.Kit, now *clock.Manual) {
		p := k.Place("port", true)
		first := p.Secret.Reveal()
		second, secondSecret := rotated(t, p.Partner, p.Token.ID, "1h")
		now.Advance(time.Hour - time.Second)
		for name, secret := range map[string]string{"old": first, "new": secondSecret} {
			if got := answered(t, k, p, secret); got != http.StatusOK {
				t.Errorf("a second before the end the %s one: %d", name, got)
			}
		}
		expect(t, p.Partner.Get("/t/port/tokens"), http.StatusOK, "Rotating", "takes its place", "takes the place of")
		now.Advance(time.Second)
		if old, next := answered(t, k, p, first), answered(t, k, p, secondSecret); old != http.StatusUnauthorized || next != http.StatusOK {
			t.Errorf("at the end: old %d, new %d", old, next)
		}

		third, thirdSecret := rotated(t, p.Partner, second, "72h")
		_, fourthSecret := rotated(t, p.Partner, third, "24h")
		if two, three, four := answered(t, k, p, secondSecret), answered(t, k, p, thirdSecret), answered(t, k, p, fourthSecret); two != 401 || three != 200 || four != 200 {
			t.Errorf("rotated twice: %d, %d, %d", two, three, four)
		}
		expect(t, p.Partner.Get("/t/port/tokens/"+second), http.StatusOK, "A newer token took the place of this one")

		b := p.Partner
		a := b.Post("/t/port/tokens/"+third+"/rotate", url.Values{"overlap": {"0"}, "expires": {"same"}, "step_up": {b.StepUp(models.TokenRotate, third)}})
		expect(t, a, http.StatusConflict, "Another token has taken the place of this one already")
	})
}

// R17: a token that expired can be renewed for a month, without an overlap, so that
// expiry is no dead end; the successor has a life of its own.
func TestAnExpiredTokenIsRenewed(t *testing.T) {
	stepped(t, func(t *testing.T, k *testkit.Kit, now *clock.Manual) {
		p, id := k.Place("port", true), ""
		id = p.Token.ID
		now.Advance(40 * 24 * time.Hour)
		p.Partner.SignIn()
		expect(t, p.Partner.Get("/t/port/tokens/"+id), http.StatusOK, "Renew")
		expect(t, p.Partner.Get("/t/port/tokens/"+id+"/rotate"), http.StatusOK, "The old secret does not work any more")
		proof := func() []string { return []string{p.Partner.StepUp(models.TokenRotate, id)} }
		form := url.Values{"overlap": {"24h"}, "expires": {"7"}, "step_up": proof()}
		expect(t, p.Partner.Post("/t/port/tokens/"+id+"/rotate", form), http.StatusUnprocessableEntity, "nothing to overlap")
		form = url.Values{"overlap": {"0"}, "expires": {"7"}, "step_up": proof()}
		a := p.Partner.Post("/t/port/tokens/"+id+"/rotate", form)
		expect(t, a, http.StatusCreated)
		if got := answered(t, k, p, shownSecret.FindString(a.Body)); got != http.StatusOK {
			t.Errorf("the renewed one: %d", got)
		}
	})
}

// counted makes it known that somebody counted calls all the time until now, as a
// server does that runs; what it counts is somebody else's.
func watchedFrom(t *testing.T, k *testkit.Kit, from, to time.Time) {
	t.Helper()
	other := gateway.Record{Tenant: [16]byte{1}, Token: [16]byte{2}, Start: from, Status: 200}
	later := other
	later.Start = to
	if err := k.Usage.Folder.Fold(t.Context(), slices.Values([]gateway.Record{other, later})); err != nil {
		t.Fatal(err)
	}
}

// The evidence: the old one goes when the new one was seen and it was silent itself
// for a day since, not before, and not because nobody was counting.
func TestARotationEndsOnEvidence(t *testing.T) {
	stepped(t, func(t *testing.T, k *testkit.Kit, now *clock.Manual) {
		p := k.Place("port", true)
		old := p.Secret.Reveal()
		next, secret := rotated(t, p.Partner, p.Token.ID, "silent")
		finish := func() {
			t.Helper()
			if err := k.Usage.Folder.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := k.Portal.Rotations.Finish(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		works := func(when string, want int) {
			t.Helper()
			finish()
			if got := answered(t, k, p, old); got != want {
				t.Errorf("%s the old one: %d, want %d", when, got, want)
			}
		}
		pass := func(d time.Duration) {
			t.Helper()
			from := now.Now()
			now.Advance(d)
			watchedFrom(t, k, from, now.Now())
		}
		begun := now.Now()
		pass(3 * 24 * time.Hour)
		p.Partner.SignIn()
		works("while the new one was not seen", 200)
		testkit.Eventually(t, "who uses the old one", func() bool { return strings.Contains(p.Partner.Get("/t/port/tokens/"+next).Body, "Go-http-client") })
		expect(t, p.Partner.Get("/t/port/tokens/"+next), http.StatusOK, "Rotation in progress", "not seen yet", "Go-http-client")
		if answered(t, k, p, secret) != http.StatusOK {
			t.Fatal("the new one does not work")
		}
		pass(24 * time.Hour)
		works("a day after both were used", 200) // which is a use
		now.Advance(48 * time.Hour)              // in which nobody counted
		finish()
		pass(12 * time.Hour)
		p.Partner.SignIn()
		page := p.Partner.Get("/t/port/tokens/" + p.Token.ID)
		expect(t, page, http.StatusOK, "Rotation in progress", "in use", "Retire the old one now")
		finish()
		works("after two days of which nothing is known", 200)
		pass(models.Silence)
		finish()
		if got := answered(t, k, p, old); got != http.StatusUnauthorized {
			t.Errorf("after a silent day: %d", got)
		}
		if got := answered(t, k, p, secret); got != http.StatusOK {
			t.Errorf("the new one: %d", got)
		}
		if now.Now().Sub(begun) >= p.Token.Span() {
			t.Fatal("the test took longer than the token lives")
		}
		p.Partner.SignIn()
		expect(t, p.Partner.Get("/notifications"), http.StatusOK, "Rotation finished: "+p.Token.Name)
		k.Mail(p.Partner.User.Email, "Rotation finished")
	})
}

// Whoever answers for a token sees who still uses the old secret, and closes the alert.
func TestAnAlertIsSeenAndClosed(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	next, _ := rotated(t, p.Partner, p.Token.ID, "24h")
	expect(t, p.Partner.Post("/t/port/tokens/"+next+"/retire", nil), http.StatusConflict, "No other token has taken the place of this one")
	expect(t, p.Partner.Post("/t/port/tokens/"+p.Token.ID+"/retire", nil), http.StatusSeeOther)
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
		t.Fatalf("the retired one: %d", got)
	}
	at := "/t/port/tokens/" + p.Token.ID
	testkit.Eventually(t, "the alert on the token's page", func() bool { return strings.Contains(p.Partner.Get(at).Body, "I know about it") })
	admin := p.Admin.Get("/t/port/admin/alerts")
	expect(t, admin, http.StatusOK, "A replaced token was used", "127.0.0.1", "Open")
	one := regexp.MustCompile(`/t/port/admin/alerts/[0-9a-f-]{36}`).FindString(admin.Body)
	expect(t, p.Auditor.Get(one), http.StatusOK, "Go-http-client", "What to do")
	if strings.Contains(p.Auditor.Get(one).Body, "Close the alert") {
		t.Error("an auditor is offered what they may not do")
	}
	expect(t, p.Admin.Post(one, url.Values{"note": {strings.Repeat("x", 600)}}), http.StatusUnprocessableEntity, "At most 500 characters")
	alert := regexp.MustCompile(`name="alert" value="([^"]+)"`).FindStringSubmatch(p.Partner.Get(at).Body)[1]
	expect(t, p.Partner.Post("/t/port/tokens/"+next+"/alerts", url.Values{"alert": {alert}}), http.StatusNotFound)
	expect(t, p.Partner.Post(at+"/alerts", url.Values{"alert": {alert}}), http.StatusSeeOther)
	expect(t, p.Admin.Post(one, url.Values{"note": {"Too late."}}), http.StatusConflict, "Somebody closed this alert already")
	expect(t, p.Admin.Get("/t/port/admin/alerts"), http.StatusOK, "Nothing to look at")
	expect(t, p.Admin.Get("/t/port/admin/alerts?show=all&kind=retired_token"), http.StatusOK, "Closed")
	expect(t, p.Admin.Get(one), http.StatusOK, "by "+p.Partner.User.Name)
}
