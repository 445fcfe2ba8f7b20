package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func address(email string) url.Values { return url.Values{"email": {email}} }

// R29, R34, R36: a sign-up is proven by a link in a mail, which looking at does
// not use up and which works once; nobody learns who has an account.
func TestSignUp(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		known := k.Person("Known person", models.NotStaff)
		b, other := k.Visitor(), k.Visitor()
		bad := b.Post("/signup", address("no address"))
		expect(t, bad, http.StatusUnprocessableEntity, `value="no address"`, "This is not an e-mail address.")
		one, two := b.Post("/signup", address("new@partner.example")), other.Post("/signup", address(known.User.Email))
		if one.StatusCode != http.StatusSeeOther || one.Header.Get("Location") != two.Header.Get("Location") || one.Body != two.Body {
			t.Errorf("a new address %d %q, a known one %d %q", one.StatusCode, one.Header.Get("Location"), two.StatusCode, two.Header.Get("Location"))
		}
		if link := k.LinkIn(k.Mail(known.User.Email, "account already")); link != "/login" {
			t.Errorf("the mail to a known address leads to %s", link)
		}
		link := k.LinkIn(k.Mail("new@partner.example", "Confirm"))
		for range 20 {
			expect(t, k.Visitor().Get(link), http.StatusOK, "new@partner.example", "Create your passkey")
		}
		nameless := b.Post(link+"/begin", url.Values{"name": {""}})
		if nameless.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("an account without a name: %d %s", nameless.StatusCode, nameless.Body)
		}
		planted := b.Cookie()
		done := b.Enrol(link, url.Values{"name": {"New partner"}})
		if b.Cookie() == planted || planted == "" {
			t.Error("the session before signing in goes on after it")
		}
		if set := done.Header.Get("Set-Cookie"); !strings.HasSuffix(set, "; Path=/; HttpOnly; Secure; SameSite=Lax") || !strings.HasPrefix(set, "__Host-s=") {
			t.Errorf("R35: Set-Cookie: %s", set)
		}
		expect(t, b.Get("/account"), http.StatusOK, "New partner", "new@partner.example")
		expect(t, k.Visitor().Get(link), http.StatusGone, "This link works no more", "/signup")
		expect(t, k.Visitor().Get("/link/none"), http.StatusNotFound, "There is no such link")
		if again := k.Visitor().Post(link+"/begin", url.Values{"name": {"Second"}}); again.StatusCode != http.StatusGone {
			t.Errorf("a used link begins a ceremony: %d", again.StatusCode)
		}
	})
}

// Whoever signs up from a page is on it in the end, on whatever device they open
// the mail; who has an account already comes there by signing in.
func TestSignUpLeadsBack(t *testing.T) {
	k := testkit.New(t)
	k.Place("port", true)
	const next = "/t/port/apis/orders/subscribe?plan=free"
	sent := k.Visitor().Post("/signup", url.Values{"email": {"new@partner.example"}, "next": {next}})
	expect(t, k.Visitor().Get(sent.Header.Get("Location")), http.StatusOK, "/signup?next="+url.QueryEscape(next))
	phone := k.Visitor()
	done := phone.Enrol(k.LinkIn(k.Mail("new@partner.example", "Confirm")), url.Values{"name": {"New partner"}})
	expect(t, done, http.StatusOK, `{"location":"`+next+`"}`)

	k.Visitor().Post("/signup", url.Values{"email": {"new@partner.example"}, "next": {next}})
	if link := k.LinkIn(k.Mail("new@partner.example", "account already")); link != "/login?next="+url.QueryEscape(next) {
		t.Errorf("the mail to a known address leads to %s", link)
	}
	k.Visitor().Post("/signup", url.Values{"email": {"other@partner.example"}, "next": {"//evil.example"}})
	done = k.Visitor().Enrol(k.LinkIn(k.Mail("other@partner.example", "Confirm")), url.Values{"name": {"Other partner"}})
	expect(t, done, http.StatusOK, `{"location":"/"}`)
}

// R118: one address gets so many mails in an hour, and whoever asks is not told.
func TestSignUpMailsAreLimited(t *testing.T) {
	k := testkit.New(t)
	b := k.Visitor()
	for range 25 {
		if a := b.Post("/signup", address("flooded@partner.example")); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("asked once more: %d", a.StatusCode)
		}
	}
	b.Post("/signup", address("last@partner.example"))
	k.Mail("last@partner.example", "Confirm")
	n := 0
	for _, m := range k.Mailbox.Messages() {
		if m.To == "flooded@partner.example" {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d mails went to one address", n)
	}
}

// R21, R28, R29, R40, R45: who signs in, and who does not.
func TestSignIn(t *testing.T) {
	k := testkit.New(t)
	p := k.Person("Partner", models.NotStaff)

	t.Run("a person comes in and on to where they wanted, if that is here", func(t *testing.T) {
		for next, want := range map[string]string{
			"/account?x=1": "/account?x=1", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", "/%2f%2fevil.example": "/", "/%09/evil": "/",
		} {
			b := p.Elsewhere()
			answer := b.Assert(b.Post("/login/begin", nil))
			done := b.PostJSON("/login/finish?next="+url.QueryEscape(next), answer)
			expect(t, done, http.StatusOK, `{"location":"`+want+`"}`)
		}
	})
	t.Run("an answer counts once", func(t *testing.T) {
		b := p.Elsewhere()
		answer := b.Assert(b.Post("/login/begin", nil))
		expect(t, b.PostJSON("/login/finish", answer), http.StatusOK)
		if a := b.PostJSON("/login/finish", answer); a.StatusCode != http.StatusBadRequest {
			t.Errorf("again: %d", a.StatusCode)
		}
	})
	t.Run("two tabs of a browser do not disturb each other", func(t *testing.T) {
		b := p.Elsewhere()
		first := b.Post("/login/begin", nil)
		b.Post("/login/begin", nil)
		expect(t, b.PostJSON("/login/finish", b.Assert(first)), http.StatusOK)
	})
	t.Run("an answer counts in the browser that was asked", func(t *testing.T) {
		b, thief := p.Elsewhere(), p.Elsewhere()
		answer := b.Assert(b.Post("/login/begin", nil))
		thief.Post("/login/begin", nil)
		if a := thief.PostJSON("/login/finish", answer); a.Code() != "passkey_refused" {
			t.Errorf("in another browser: %d %s", a.StatusCode, a.Body)
		}
	})
	t.Run("an unknown passkey and a disabled account are told the same", func(t *testing.T) {
		gone := k.Person("Disabled", models.NotStaff)
		k.Write(gone, models.Tenant{}, func(tx *store.Tx) error {
			u := gone.User
			u.State = models.UserDisabled
			return tx.UpdateUser(u)
		})
		expect(t, gone.Get("/account"), http.StatusSeeOther)
		disabled := gone.Elsewhere().SignIn()
		stranger := testkit.New(t).Person("From another installation", models.NotStaff)
		b := k.Visitor()
		foreign := b.PostJSON("/login/finish", stranger.Assert(b.Post("/login/begin", nil)))
		if disabled.Code() != "passkey_refused" || disabled.Detail() != foreign.Detail() || disabled.StatusCode != foreign.StatusCode {
			t.Errorf("disabled: %d %s\nunknown: %d %s", disabled.StatusCode, disabled.Detail(), foreign.StatusCode, foreign.Detail())
		}
		if !strings.Contains(foreign.Detail(), "unknown here") {
			t.Errorf("an unknown passkey is told: %s", foreign.Detail())
		}
	})
}

// R35, R38, R44: sessions end where and when their person says.
func TestSessions(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		here := k.Person("Partner", models.NotStaff)
		there, third := here.Elsewhere(), here.Elsewhere()
		there.SignIn()
		third.SignIn()
		expect(t, there.Get("/account"), http.StatusOK)
		page := here.Get("/account/sessions")
		ids := sessionIDs(page.Body)
		if len(ids) != 2 {
			t.Fatalf("%d other sessions are listed: %s", len(ids), page.Body)
		}
		expect(t, here.Post("/account/sessions/end", url.Values{"session": {ids[0]}}), http.StatusSeeOther)
		ended := 0
		for _, b := range []*testkit.Browser{there, third} {
			if b.Get("/account").StatusCode == http.StatusSeeOther {
				ended++
			}
		}
		if ended != 1 {
			t.Errorf("ending one session ended %d", ended)
		}
		stranger := k.Person("Somebody else", models.NotStaff)
		stranger.Post("/account/sessions/end", url.Values{"session": {ids[1]}})
		stranger.Post("/account/sessions/end", url.Values{"session": {"others"}})
		expect(t, here.Get("/account"), http.StatusOK)
		if n := len(sessionIDs(here.Get("/account/sessions").Body)); n != 1 {
			t.Errorf("somebody else ended a session: %d others are left", n)
		}
		expect(t, here.Post("/account/sessions/end", url.Values{"session": {"others"}}), http.StatusSeeOther)
		expect(t, here.Get("/account"), http.StatusOK)
		if n := len(sessionIDs(here.Get("/account/sessions").Body)); n != 0 {
			t.Errorf("%d other sessions are left", n)
		}
		cookie := here.Cookie()
		out := here.Post("/logout", nil)
		if out.StatusCode != http.StatusSeeOther || out.Header.Get("Clear-Site-Data") != `"cache", "storage"` {
			t.Errorf("signing out: %d %v", out.StatusCode, out.Header)
		}
		here.SetCookie(cookie)
		expect(t, here.Get("/account"), http.StatusSeeOther)
		if n := events(t, k, k.Actor(here, ""), "session.end", here.User.ID); n != 3 {
			t.Errorf("three times a session of theirs was ended; the audit log has %d", n)
		}
	})
}

// events counts what the audit log of the actor's chain says of an object.
func events(t *testing.T, k *testkit.Kit, actor models.Actor, action, object string) int {
	t.Helper()
	n := 0
	err := k.Store.As(t.Context(), actor, func(r store.Tenant) error {
		found, err := r.AuditEvents(store.AuditFilter{Action: action, ObjectID: object, Limit: 100})
		n = len(found)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func sessionIDs(page string) (ids []string) {
	for _, part := range strings.Split(page, `name="session" value="`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); id != "others" {
			ids = append(ids, id)
		}
	}
	return ids
}

// R24, R30, R32: passkeys come and go after a step-up; the last one stays, and
// their owner hears of it.
func TestPasskeys(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := k.Person("Partner", models.NotStaff)
		keys, err := k.Portal.Accounts.Passkeys(t.Context(), k.Actor(b, ""))
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		remove := "/account/passkeys/" + keys[0].ID + "/remove"
		expect(t, b.Get(remove), http.StatusOK, "Last used")
		last := b.Post(remove, url.Values{"step_up": {b.StepUp(models.AccountUse, keys[0].ID)}})
		expect(t, last, http.StatusConflict, "This is your only passkey.")

		if a := b.Post("/account/passkeys/begin", url.Values{"name": {"Phone"}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("a passkey is added without a step-up: %d", a.StatusCode)
		}
		if a := b.AddPasskey("Forged", "no-proof"); a.Code() != "step_up_required" {
			t.Errorf("a passkey is added with an invented proof: %d", a.StatusCode)
		}
		expect(t, b.AddPasskey("Phone", b.StepUp(models.AccountUse, "passkey.add")), http.StatusOK, `{"location":"/account?passkeys=changed"}`)
		k.Mail(b.User.Email, "passkey was added")
		expect(t, b.Get("/account"), http.StatusOK, "Phone", "The passkey was added.")
		if a := b.Post("/account/passkeys/begin", url.Values{"name": {"Third"}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("one step-up adds two passkeys: %d", a.StatusCode)
		}

		other := k.Person("Somebody else", models.NotStaff)
		if a := other.Post(remove, url.Values{"step_up": {other.StepUp(models.AccountUse, keys[0].ID)}}); a.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's passkey: %d", a.StatusCode)
		}
		wrong := b.StepUp(models.AccountUse, "passkey.add")
		if a := b.Post(remove, url.Values{"step_up": {wrong}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("removed with a step-up for something else: %d", a.StatusCode)
		}
		expect(t, b.Post(remove, url.Values{"step_up": {b.StepUp(models.AccountUse, keys[0].ID)}}), http.StatusSeeOther)
		k.Mail(b.User.Email, "passkey was removed")
		if a := b.Elsewhere().SignIn(); a.Code() != "passkey_refused" {
			t.Errorf("a removed passkey signs in: %d", a.StatusCode)
		}
	})
}
