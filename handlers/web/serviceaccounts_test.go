package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// serviceOf makes a service account of the place's team and returns its address.
func serviceOf(t *testing.T, k *testkit.Kit, p *testkit.Place, people ...*testkit.Browser) (at, id string) {
	t.Helper()
	form := url.Values{"name": {"Invoice run"}, "purpose": {"Writes invoices."}}
	for _, b := range people {
		form.Add("person", b.User.ID)
	}
	made := p.Partner.Post("/t/"+p.Slug+"/team/"+p.Team.ID+"/services/new", form)
	expect(t, made, http.StatusSeeOther)
	at = made.Header.Get("Location")
	return at, at[strings.LastIndexByte(at, '/')+1:]
}

// colleagueOf is a further member of the place's team.
func colleagueOf(k *testkit.Kit, p *testkit.Place, name string, role models.TeamRole) *testkit.Browser {
	b := k.Person(name, models.NotStaff)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, b.User.ID, role) })
	return b
}

// serviceToken makes a token of a service account and returns its page and its secret.
func serviceToken(t *testing.T, p *testkit.Place, b *testkit.Browser, service string) (at, secret string) {
	t.Helper()
	made := b.Post("/t/"+p.Slug+"/tokens", url.Values{"team": {p.Team.ID}, "service": {service}, "key": {b.User.ID}, "name": {"Nightly"}, "expires": {"30"},
		"access-" + p.Version.ID: {"read"}, "step_up": {b.StepUp(models.TokenCreate, service)}})
	expect(t, made, http.StatusCreated)
	secret = anySecret.FindString(made.Body)
	return tokenAt.FindStringSubmatch(b.Get("/t/" + p.Slug + "/team/" + p.Team.ID + "/services/" + service).Body)[1], secret
}

var (
	anySecret = regexp.MustCompile(`gth_[0-9a-z]+_[0-9A-Za-z_]{30,}`)
	tokenAt   = regexp.MustCompile(`href="(/t/[a-z]+/tokens/[0-9a-f-]{36})"`)
)

// introspect asks as the place's client what a token is.
func introspect(t *testing.T, k *testkit.Kit, p *testkit.Place, secret string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, k.PortalURL.JoinPath("/oauth/introspect").String(), strings.NewReader(url.Values{"token": {secret}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(p.Client.ID, p.ClientSecret.Reveal())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// R16, R24: a service account's tokens are made by those who answer for it, go on when
// their maker leaves, while the maker's own end, and stop at once when it is disabled.
func TestAServiceAccountSurvivesItsMaker(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		made, plain := colleagueOf(k, p, "Maker", models.TeamMember), colleagueOf(k, p, "Plain member", models.TeamMember)
		at, service := serviceOf(t, k, p, made)

		form := url.Values{"team": {p.Team.ID}, "service": {service}, "key": {"k"}, "name": {"Nightly"}, "expires": {"30"}, "access-" + p.Version.ID: {"read"}}
		form.Set("step_up", plain.StepUp(models.TokenCreate, service))
		expect(t, plain.Post("/t/nq/tokens", form), http.StatusNotFound) // it is not theirs to choose
		form.Set("step_up", made.StepUp(models.TokenCreate, p.Team.ID))
		expect(t, made.Post("/t/nq/tokens", form), http.StatusForbidden, "passkey")
		token, secret := serviceToken(t, p, made, service)
		form.Del("service")
		form.Set("key", "own")
		form.Set("step_up", made.StepUp(models.TokenCreate, p.Team.ID))
		own := made.Post("/t/nq/tokens", form)
		expect(t, own, http.StatusCreated)
		ownSecret := anySecret.FindString(own.Body)
		for _, s := range []string{secret, ownSecret} {
			if got := call(t, k, p, http.MethodGet, s); got != http.StatusOK {
				t.Fatalf("before: %d", got)
			}
		}

		expect(t, plain.Get(token), http.StatusOK, "Invoice run")
		expect(t, plain.Get(token+"/rotate"), http.StatusForbidden)
		expect(t, plain.Post(token+"/rotate", url.Values{"overlap": {"0s"}, "key": {"x"}, "step_up": {plain.StepUp(models.TokenRotate, token[strings.LastIndexByte(token, '/')+1:])}}), http.StatusForbidden)
		expect(t, p.Admin.Get("/t/nq/admin/tokens?owner="+service), http.StatusOK, "Nightly", "Invoice run", "service account")
		expect(t, p.Admin.Get("/t/nq/admin/tokens?owner=invoice"), http.StatusOK, "Nightly")

		expect(t, made.Get("/t/nq/team/"+p.Team.ID+"/leave"), http.StatusOK, "Invoice run", "owners of the team answer")
		expect(t, made.Post("/t/nq/team/"+p.Team.ID+"/leave", nil), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, ownSecret); got != http.StatusUnauthorized {
			t.Errorf("the maker's own token after they left: %d", got)
		}
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
			t.Errorf("the service account's after its maker left: %d", got)
		}
		k.Mail(p.Partner.User.Email, "You answer for a service account now")
		expect(t, p.Partner.Get(at), http.StatusOK, p.Partner.User.Name)
		expect(t, p.Partner.Get(token), http.StatusOK, "Made by Maker")

		expect(t, plain.Post(at+"/disable", nil), http.StatusForbidden)
		expect(t, p.Partner.Post(at+"/disable", nil), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusUnauthorized {
			t.Errorf("a disabled service account's: %d", got)
		}
		form.Set("service", service)
		form.Set("step_up", p.Partner.StepUp(models.TokenCreate, service))
		expect(t, p.Partner.Post("/t/nq/tokens", form), http.StatusConflict, "disabled")
		expect(t, p.Partner.Post(at+"/enable", nil), http.StatusForbidden, "passkey")
		expect(t, p.Partner.Post(at+"/enable", url.Values{"step_up": {p.Partner.StepUp(models.ServiceManage, service)}}), http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, secret); got != http.StatusOK {
			t.Errorf("enabled again: %d", got)
		}
	})
}

// All who answer for a service account hear of its tokens, and its maker only where
// they answer for it; introspection names it as the subject.
func TestWhoHearsOfAServiceAccount(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		one, two := colleagueOf(k, p, "First to answer", models.TeamMember), colleagueOf(k, p, "Second to answer", models.TeamMember)
		_, service := serviceOf(t, k, p, one, two)
		token, secret := serviceToken(t, p, p.Partner, service)
		for _, b := range []*testkit.Browser{one, two} {
			k.Mail(b.User.Email, "New token: Nightly")
		}
		answer := introspect(t, k, p, secret)
		if !strings.Contains(answer, `"sub":"`+service+`"`) {
			t.Error(answer)
		}
		id := token[strings.LastIndexByte(token, '/')+1:]
		expect(t, p.Admin.Post("/t/nq/admin/tokens/"+id+"/revoke", url.Values{"cause": {"leaked"}, "reason": {"It was in a log."}}), http.StatusSeeOther)
		for _, b := range []*testkit.Browser{one, two} {
			k.Mail(b.User.Email, "Token revoked: Nightly")
			expect(t, b.Get("/notifications"), http.StatusOK, "Token Nightly was revoked")
		}
		if body := p.Partner.Get("/notifications").Body; strings.Contains(body, "Token Nightly was revoked") {
			t.Error("who made it and does not answer for it was told")
		}
	})
}
