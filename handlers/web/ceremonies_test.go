package web_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R21: of many finishes of one ceremony at once, one counts: one session, one
// proof, one passkey. The others are refused before anything is noted of them.
func TestOneFinishOfACeremonyCounts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		stepUp := url.Values{"action": {models.AccountUse.String()}, "object": {"passkey.add"}}
		for name, tt := range map[string]struct {
			begin          func(b *testkit.Browser) (path, answer string)
			noted          string
			sessions, keys int // more of them
		}{
			"signing in": {func(b *testkit.Browser) (string, string) {
				return "/login/finish", b.Assert(b.Post("/login/begin", nil))
			}, "session.start", 1, 0},
			"a step-up": {func(b *testkit.Browser) (string, string) {
				b.SignIn()
				return "/step-up/finish", b.Assert(b.Post("/step-up/begin", stepUp))
			}, "session.step_up", 0, 0},
			"a new passkey": {func(b *testkit.Browser) (string, string) {
				b.SignIn()
				expect(t, b.Post("/account/passkeys", url.Values{"step_up": {b.StepUp(models.AccountUse, "passkey.add")}}), http.StatusSeeOther)
				return "/account/passkeys/finish", b.Attest(b.Post("/account/passkeys/begin", url.Values{"name": {"Phone"}}))
			}, "passkey.add", 0, 1},
		} {
			t.Run(name, func(t *testing.T) {
				p := k.Person(name, models.NotStaff)
				b := p.Elsewhere()
				path, answer := tt.begin(b)
				sessions, keys, noted := standing(t, k, p, tt.noted)
				const many = 8
				status := make(chan int, many)
				var wg sync.WaitGroup
				for range many {
					tab := p.Elsewhere() // of the same browser: with its cookie
					tab.SetCookie(b.Cookie())
					wg.Go(func() { status <- tab.PostJSON(path, answer).StatusCode })
				}
				wg.Wait()
				close(status)
				won := 0
				for s := range status {
					switch s {
					case http.StatusOK:
						won++
					case http.StatusBadRequest, http.StatusUnauthorized: // the ceremony is gone, or with it the session's id
					default:
						t.Errorf("a late finish is answered %d", s)
					}
				}
				afterwards, moreKeys, moreNoted := standing(t, k, p, tt.noted)
				if won != 1 || moreNoted != noted+1 {
					t.Errorf("%d finishes counted, %d are in the audit log", won, moreNoted-noted)
				}
				if afterwards != sessions+tt.sessions || moreKeys != keys+tt.keys {
					t.Errorf("%d sessions became %d, %d passkeys %d", sessions, afterwards, keys, moreKeys)
				}
			})
		}
	})
}

// standing counts a person's sessions and passkeys, and how often an action of
// the installation is in the audit log.
func standing(t *testing.T, k *testkit.Kit, b *testkit.Browser, action string) (sessions, keys, noted int) {
	t.Helper()
	rows, err := k.Store.Sessions(t.Context(), b.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	actor := k.Actor(b, "")
	list, err := k.Portal.Accounts.Passkeys(t.Context(), actor)
	if err != nil {
		t.Fatal(err)
	}
	err = k.Store.As(t.Context(), actor, func(r store.Tenant) error {
		events, err := r.AuditEvents(store.AuditFilter{Action: action, Limit: 100})
		noted = len(events)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(rows), len(list), noted
}

// R22: a passkey that asked for neither finger nor PIN makes no account, signs
// nobody in, confirms nothing and adds no other passkey.
func TestADeviceThatVerifiesNobody(t *testing.T) {
	k := testkit.New(t)
	p := k.Person("Partner", models.NotStaff)
	careless := p.Elsewhere()
	careless.SignIn()
	expect(t, careless.Post("/account/passkeys", url.Values{"step_up": {careless.StepUp(models.AccountUse, "passkey.add")}}), http.StatusSeeOther)
	careless.AskNothing()
	sessions, keys, noted := standing(t, k, p, "session.step_up")
	refused := func(what string, a testkit.Answer) {
		t.Helper()
		if a.StatusCode != http.StatusBadRequest || a.Code() != "passkey_refused" {
			t.Errorf("%s: %d %s", what, a.StatusCode, a.Body)
		}
	}
	stepUp := url.Values{"action": {models.TokenCreate.String()}, "object": {"team"}}
	refused("a step-up", careless.PostJSON("/step-up/finish", careless.Assert(careless.Post("/step-up/begin", stepUp))))
	refused("a new passkey", careless.PostJSON("/account/passkeys/finish",
		careless.Attest(careless.Post("/account/passkeys/begin", url.Values{"name": {"Phone"}}))))
	signsIn := p.Elsewhere()
	signsIn.AskNothing()
	refused("signing in", signsIn.SignIn())
	expect(t, signsIn.Get("/account"), http.StatusSeeOther)

	k.Visitor().Post("/signup", address("new@partner.example"))
	link := k.LinkIn(k.Mail("new@partner.example", "Confirm"))
	newcomer := k.Visitor()
	newcomer.AskNothing()
	refused("an account", newcomer.PostJSON(link+"/finish", newcomer.Attest(newcomer.Post(link+"/begin", url.Values{"name": {"Newcomer"}}))))
	expect(t, newcomer.Get("/account"), http.StatusSeeOther)

	if s, n, more := standing(t, k, p, "session.step_up"); s != sessions || n != keys || more != noted {
		t.Errorf("%d sessions became %d, %d passkeys %d, %d step-ups %d", sessions, s, keys, n, noted, more)
	}
	// The control: the same with a device that asks.
	expect(t, p.Elsewhere().SignIn(), http.StatusOK)
	k.Visitor().Enrol(link, url.Values{"name": {"Newcomer"}})
}
