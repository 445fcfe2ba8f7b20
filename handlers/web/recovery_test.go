package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R24, R29, R32, R33: a recovery code, made with a passkey and shown once, lets its
// person make a new passkey and do nothing else; all else that led into the account
// is over then.
func TestRecoveryByCode(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		b := p.Partner
		expect(t, b.Get("/account"), http.StatusOK, "Recovery codes", "You have none")
		expect(t, b.Post("/account/recovery-codes", nil), http.StatusForbidden, "Confirm this with your passkey.")
		wrong := b.StepUp(models.AccountUse, "passkey.add")
		expect(t, b.Post("/account/recovery-codes", url.Values{"step_up": {wrong}}), http.StatusForbidden)
		old := b.MakeRecoveryCodes()
		codes := b.MakeRecoveryCodes()
		if len(codes) != models.RecoveryCodesMade {
			t.Fatalf("%d codes", len(codes))
		}
		k.Mail(b.User.Email, "New recovery codes")
		again := b.Get("/account/recovery-codes")
		expect(t, again, http.StatusOK, "10 of 10 left")
		if strings.Contains(again.Body, codes[0]) || again.Header.Get("Cache-Control") != "no-store" {
			t.Error("the codes are shown twice, or kept by a cache")
		}
		plain := strings.ReplaceAll(codes[0], "-", "")
		if found := append(k.Grep(codes[0]), k.Grep(plain)...); len(found) > 0 {
			t.Errorf("a code stands in %v", found)
		}
		expect(t, b.Get("/notifications"), http.StatusOK, "You have new recovery codes", "Your account")

		lost := k.Visitor()
		expect(t, lost.Get("/login"), http.StatusOK, `href="/recover"`)
		for what, code := range map[string]string{"replaced": old[0], "unknown": "0000-0000-0000-0000-0000-0000"} {
			if a := lost.Recover(code); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.Body, "was not accepted") || strings.Contains(a.Body, code) {
				t.Errorf("a code that is %s: %d", what, a.StatusCode)
			}
		}
		if a := lost.Recover(codes[0][:28] + "?"); a.StatusCode != http.StatusUnprocessableEntity || strings.Contains(a.Body, codes[0][:28]) {
			t.Errorf("a mistyped code: %d", a.StatusCode)
		}
		entered := lost.Recover(strings.ToLower(plain))
		expect(t, entered, http.StatusSeeOther)
		if entered.Header.Get("Location") != "/recover/passkey" {
			t.Error(entered.Header)
		}
		k.Mail(b.User.Email, "recovery code of your account was used")
		expect(t, k.Visitor().Recover(codes[0]), http.StatusBadRequest)
		expect(t, b.Get("/account"), http.StatusOK, "9 of 10 left") // who is signed in stays so until there is a new passkey

		confined(t, lost)
		expect(t, lost.Get("/recover/passkey"), http.StatusOK, "Make a new passkey", b.User.Email)
		done := lost.MakeRecoveryPasskey("New phone")
		expect(t, done, http.StatusOK, "/login?done=recovered")
		expect(t, lost.Get("/recover/passkey"), http.StatusSeeOther)
		expect(t, b.Get("/account"), http.StatusSeeOther)
		expect(t, k.Visitor().Recover(codes[1]), http.StatusBadRequest)
		k.Mail(b.User.Email, "Your account was recovered")
		expect(t, lost.SignIn(), http.StatusOK)
		expect(t, lost.Get("/account"), http.StatusOK, "New phone", "Your account was recovered", "You have none", "Tokens can be made again")
		noTokens(t, k, p, lost)
	})
}

// confined fails where somebody in a recovery session gets anywhere. The matrix asks
// all routes.
func confined(t *testing.T, b *testkit.Browser) {
	t.Helper()
	for _, path := range []string{"/", "/account", "/t/aa", "/t/aa/tokens", "/login", "/recover", "/notifications", "/signup", "/docs/api"} {
		if a := b.Get(path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/recover/passkey" {
			t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	for path, form := range map[string]url.Values{
		"/step-up/begin": {"action": {"account.use"}, "object": {"passkey.add"}}, "/account/passkeys/begin": {"name": {"Mine"}},
		"/account": {"name": {"Mallory"}}, "/t/aa/tokens": {}, "/login/begin": {}, "/account/recovery-codes": {}, "/recover": {"code": {"x"}},
	} {
		if a := b.Do(http.MethodPost, path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded", "Accept", "application/json"); a.Code() != "recovery_only" || a.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %d %s", path, a.StatusCode, a.Code())
		}
	}
}

// noTokens fails where a person who was just recovered makes a token or a new secret.
func noTokens(t *testing.T, k *testkit.Kit, p *testkit.Place, b *testkit.Browser) {
	t.Helper()
	form := url.Values{"name": {"Mine"}, "expires": {"30"}, "team": {p.Team.ID}, "access-" + p.Version.ID: {"read"}, "key": {"k1"},
		"step_up": {b.StepUp(models.TokenCreate, p.Team.ID)}}
	expect(t, b.Get("/t/aa/tokens/new"), http.StatusOK, "Tokens can be made with it again from")
	expect(t, b.Post("/t/aa/tokens", form), http.StatusConflict, "Tokens can be made with it again from")
	rotate := url.Values{"overlap": {"0"}, "expires": {"same"}, "key": {"k2"}, "step_up": {b.StepUp(models.TokenRotate, p.Token.ID)}}
	expect(t, b.Post("/t/aa/tokens/"+p.Token.ID+"/rotate", rotate), http.StatusConflict, "Tokens can be made with it again from")
}

// R33: of several uses of a code at once, one counts.
func TestOneUseOfARecoveryCodeCounts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		code := k.Person("Partner", models.NotStaff).MakeRecoveryCodes()[0]
		status := make(chan int, 8)
		var wg sync.WaitGroup
		for range cap(status) {
			b := k.Visitor()
			wg.Go(func() { status <- b.Recover(code).StatusCode })
		}
		wg.Wait()
		close(status)
		won := 0
		for s := range status {
			switch s {
			case http.StatusSeeOther:
				won++
			case http.StatusBadRequest:
			default:
				t.Errorf("answered %d", s)
			}
		}
		if won != 1 {
			t.Errorf("%d uses counted", won)
		}
	})
}

// R28, R29: nobody gets back into an account that was shut, nor learns that there is
// one; and nobody guesses for long.
func TestRecoveryTellsNothing(t *testing.T) {
	k := testkit.New(t)
	b := k.Person("Partner", models.NotStaff)
	codes := b.MakeRecoveryCodes()
	shut := func(state models.UserState) {
		k.Write(b, models.Tenant{}, func(tx *store.Tx) error {
			u, err := tx.LockUser(b.User.ID)
			if err != nil {
				return err
			}
			u.State = state
			return tx.UpdateUser(u)
		})
	}
	shut(models.UserDisabled)
	known, unknown := k.Visitor().Recover(codes[0]), k.Visitor().Recover("0000-0000-0000-0000-0000-0000")
	if known.StatusCode != http.StatusBadRequest || said(known) != said(unknown) {
		t.Errorf("a code of a disabled account: %d\n%s\nof nobody: %d\n%s", known.StatusCode, said(known), unknown.StatusCode, said(unknown))
	}
	shut(models.UserActive) // the control: the code was not used up
	expect(t, k.Visitor().Recover(codes[0]), http.StatusSeeOther)
	for range 8 {
		expect(t, k.Visitor().Recover(keys.NewRecoveryCode().Reveal()), http.StatusBadRequest)
	}
	if a := k.Visitor().Recover(codes[1]); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after ten refusals: %d", a.StatusCode)
	}
}

// said is a page without what differs from request to request.
func said(a testkit.Answer) string {
	return strings.ReplaceAll(a.Body, a.Header.Get("Gatehouse-Request-Id"), "")
}

// R33: a recovery session lasts 15 minutes, and tokens wait for a day.
func TestRecoveryTakesItsTime(t *testing.T) {
	now := clock.NewManual(clock.System.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", true)
	codes := p.Partner.MakeRecoveryCodes()
	late := k.Visitor()
	expect(t, late.Recover(codes[0]), http.StatusSeeOther)
	now.Advance(15 * time.Minute)
	expect(t, late.MakeRecoveryPasskey("Late"), http.StatusSeeOther) // to the sign-in page
	b := k.Visitor()
	expect(t, b.Recover(codes[1]), http.StatusSeeOther)
	now.Advance(14 * time.Minute)
	expect(t, b.MakeRecoveryPasskey("In time"), http.StatusOK)
	expect(t, b.SignIn(), http.StatusOK)
	noTokens(t, k, p, b)
	now.Advance(models.AfterRecovery)
	expect(t, b.SignIn(), http.StatusOK)
	form := url.Values{"name": {"Mine"}, "expires": {"30"}, "team": {p.Team.ID}, "access-" + p.Version.ID: {"read"}, "key": {"k3"},
		"step_up": {b.StepUp(models.TokenCreate, p.Team.ID)}}
	expect(t, b.Post("/t/aa/tokens", form), http.StatusCreated)
}
