package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// changeToken changes the place's token past all use cases.
func changeToken(k *testkit.Kit, p *testkit.Place, change func(*models.Token, time.Time)) {
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		token, err := tx.LockToken(p.Token.ID)
		if err != nil {
			return err
		}
		change(&token, tx.Now())
		if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
			return err
		}
		return tx.UpdateToken(token)
	})
}

// R17, R18: a secret that was replaced is refused like any other, and whoever
// answers for it hears who still uses it; once, however often that happens.
func TestTheUseOfAReplacedTokenIsNoticed(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Fatalf("a live token: %d", got)
	}
	changeToken(k, p, func(token *models.Token, now time.Time) { token.RetireAt = &now })
	var alerts []models.Alert
	for range 3 {
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Fatalf("a replaced token: %d", got)
		}
	}
	admin := k.Actor(p.Admin, p.Slug)
	testkit.Eventually(t, "an alert with three sightings", func() bool {
		err := k.App.Store.As(context.Background(), admin, func(r store.Tenant) (err error) {
			alerts, err = r.Alerts(store.AlertFilter{Token: p.Token.ID, Open: true, Limit: 10})
			return err
		})
		return err == nil && len(alerts) == 1 && alerts[0].Sightings == 3
	})
	if a := alerts[0]; a.Kind != models.AlertRetired || a.ClientIP != "127.0.0.1" || a.UserAgent == "" || a.RequestID == "" {
		t.Errorf("the alert does not name its caller: %+v", a)
	}
	for name, b := range map[string]*testkit.Browser{"its owner": p.Partner, "the admin": p.Admin} {
		expect(t, b.Get("/notifications"), http.StatusOK, "A replaced token was used: "+p.Token.Name, "Seen from 127.0.0.1")
		if m := k.Mail(b.User.Email, "A replaced token was used"); m.Link == "" {
			t.Errorf("%s got no mail", name)
		}
	}
}

// R11, R13: what was revoked is answered as what never was; the first call that
// was refused is kept for the receipt, also where others were refused just before,
// while the token was paused.
func TestTheFirstRefusedCallIsKept(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	if err := k.App.Portal.AllTokens.Pause(context.Background(), k.Actor(p.Admin, p.Slug), p.Token.ID, "To look first."); err != nil {
		t.Fatal(err)
	}
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
		t.Fatalf("a paused token: %d", got)
	}
	if err := k.App.Portal.AllTokens.Revoke(context.Background(), k.Actor(p.Admin, p.Slug), p.Token.ID, models.CauseLeaked, "It was found in a log."); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Fatalf("a revoked token: %d", got)
		}
	}
	var token models.Token
	testkit.Eventually(t, "the first refused call", func() bool {
		err := k.App.Store.As(context.Background(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) (err error) {
			token, _, err = r.Token(p.Token.ID)
			return err
		})
		return err == nil && token.RefusedAt != nil
	})
	if token.RefusedID == "" || token.RefusedAt.Before(*token.RevokedAt) || token.ChangeSeq == 0 {
		t.Errorf("refused at %v as %q, revoked at %v by change %d", token.RefusedAt, token.RefusedID, token.RevokedAt, token.ChangeSeq)
	}
}

// R8, R150: where a token came in the wrong place, its owner and the admin hear
// where, once, and decide themselves what becomes of it.
func TestTheOwnerHearsOfAnExposedToken(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	at := k.GatewayURL.String() + "/port/orders/v1/orders"
	for range 2 {
		answer, err := http.Get(at + "?access_token=" + p.Secret.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Fatal(answer.Status)
		}
	}
	answer, err := http.PostForm(at, url.Values{"token": {p.Secret.Reveal()}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	var alerts []models.Alert
	testkit.Eventually(t, "an alert with three sightings", func() bool {
		err := k.App.Store.As(t.Context(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) (err error) {
			alerts, err = r.Alerts(store.AlertFilter{Token: p.Token.ID, Open: true, Limit: 10})
			return err
		})
		return err == nil && len(alerts) == 1 && alerts[0].Sightings == 3
	})
	if alerts[0].Kind != models.AlertExposed {
		t.Errorf("alert: %+v", alerts[0])
	}
	request := "/t/port/admin/requests/" + p.Subscription.ID
	expect(t, p.Admin.Get(request), http.StatusOK, "1 alert about its tokens")
	page := p.Manager.Get(request)
	if expect(t, page, http.StatusOK); strings.Contains(page.Body, "about its tokens") {
		t.Error("who may not read alerts is told how many there are")
	}
	for _, b := range []*testkit.Browser{p.Partner, p.Admin} {
		if m := k.Mail(b.User.Email, "A token was exposed"); !strings.Contains(m.Text, "address of a call") && !strings.Contains(m.Text, "in a form") {
			t.Errorf("told:\n%s", m.Text)
		}
	}
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Errorf("where it belongs: %d", got)
	}
}
