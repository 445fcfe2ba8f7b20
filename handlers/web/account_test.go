package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)

// with is somebody's passkey in another browser, which says itself so.
func with(b *testkit.Browser, agent string) *testkit.Browser {
	other := b.Elsewhere()
	other.Agent = agent
	return other
}

// told counts a person's mails whose subject has a text.
func told(k *testkit.Kit, to, subject string) (n int) {
	for _, m := range k.Mailbox.Messages() {
		if m.To == to && strings.Contains(m.Subject, subject) {
			n++
		}
	}
	return n
}

// R38: the list says with what, from where and by which passkey; a browser that was
// not seen with the account is told of once, here and by mail, and again after it
// was not seen for long.
func TestSignInFromANewPlace(t *testing.T) {
	c := clock.NewManual(time.Now())
	k := testkit.NewAt(t, c)
	b := k.Person("Partner", models.NotStaff)
	const subject = "Sign-in from a new place"
	if a := b.Elsewhere().SignIn(); a.StatusCode != http.StatusOK {
		t.Fatal(a.Status)
	}
	phone := with(b, safari)
	phone.SignIn()
	mail := k.Mail(b.User.Email, subject)
	if !strings.Contains(mail.Text, "Safari on iPhone") || !strings.HasSuffix(mail.Link, "/account/sessions") {
		t.Errorf("the mail: %s\n%s", mail.Link, mail.Text)
	}
	expect(t, b.Get("/notifications"), http.StatusOK, "Safari on iPhone at 127.0.0.1", "Your account", "/account/sessions")
	expect(t, b.Get("/account/sessions"), http.StatusOK, "Safari on iPhone", "127.0.0.1, network 127.0.0.0/24", "Added by link", "This one", "End all others")
	with(b, safari).SignIn()
	with(b, firefox).SignIn()
	k.Mail(b.User.Email, "Firefox on Linux")
	if n := told(k, b.User.Email, subject); n != 2 {
		t.Errorf("two new browsers, and %d mails", n)
	}
	c.Advance(models.PlaceSeen + time.Hour)
	with(b, safari).SignIn()
	testkit.Eventually(t, "a browser that was not seen for 90 days is told of again", func() bool { return told(k, b.User.Email, subject) == 3 })
}

// R38: an admin ends the sessions of who has a role in the tenant, an operator
// everybody's; nobody else does, and nobody elsewhere is touched.
func TestSessionsEndedByOthers(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, other := k.Place("port", true), k.Place("other", true)
		operator := k.Person("Operator", models.StaffOperator)
		auditor := "/t/port/admin/members/" + p.Auditor.User.ID
		expect(t, p.Admin.Get(auditor), http.StatusOK, "End all their sessions")
		second := p.Auditor.Elsewhere()
		second.SignIn()
		for name, a := range map[string]testkit.Answer{
			"an auditor":               p.Auditor.Post(auditor+"/sessions/end", nil),
			"an admin elsewhere":       other.Admin.Post("/t/other/admin/members/"+p.Auditor.User.ID+"/sessions/end", nil),
			"an admin, of a partner":   p.Admin.Post("/t/port/admin/members/"+p.Partner.User.ID+"/sessions/end", nil),
			"an admin, on the console": p.Admin.Post("/support/people/"+p.Auditor.User.ID+"/sessions/end", nil),
		} {
			if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
		expect(t, p.Auditor.Get("/account"), http.StatusOK)
		expect(t, p.Admin.Post(auditor+"/sessions/end", nil), http.StatusSeeOther)
		expect(t, p.Auditor.Get("/account"), http.StatusSeeOther)
		expect(t, second.Get("/account"), http.StatusSeeOther)
		expect(t, p.Admin.Get("/account"), http.StatusOK)

		found := operator.Get("/support/people?email=" + url.QueryEscape(strings.ToUpper(p.Partner.User.Email)))
		expect(t, found, http.StatusSeeOther)
		expect(t, operator.Get(found.Header.Get("Location")), http.StatusOK, p.Partner.User.Email, "Disable this account")
		expect(t, operator.Get("/support/people?email=nobody@test.example"), http.StatusUnprocessableEntity, "Nobody here has this address.")
		expect(t, operator.Post("/support/people/"+p.Partner.User.ID+"/sessions/end", nil), http.StatusSeeOther)
		expect(t, p.Partner.Get("/account"), http.StatusSeeOther)
	})
}

// askAddress asks for another address, with a step-up.
func askAddress(b *testkit.Browser, email string) testkit.Answer {
	return b.Post("/account/email", url.Values{"email": {email}, "step_up": {b.StepUp(models.AccountUse, "email")}})
}

// R24, R29, R34, R62: another address is asked for with a passkey, proven by a link
// in the session of its account, told to both, and taken back by the old one, which
// is nobody else's until then.
func TestChangeOfAddress(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b, other := k.Person("Partner", models.NotStaff), k.Person("Somebody else", models.NotStaff)
		old, next := b.User.Email, "moved@partner.example"
		expect(t, b.Post("/account/email", url.Values{"email": {next}}), http.StatusForbidden, `value="`+next+`"`)
		expect(t, askAddress(b, old), http.StatusUnprocessableEntity, "This is your address already.")
		expect(t, askAddress(b, "nonsense"), http.StatusUnprocessableEntity, "This is not an e-mail address.")
		expect(t, askAddress(b, other.User.Email), http.StatusSeeOther)
		k.Mail(other.User.Email, "account already")
		expect(t, askAddress(b, next), http.StatusSeeOther)
		first := k.LinkIn(k.Mail(next, "Confirm your new"))
		expect(t, askAddress(b, "third@partner.example"), http.StatusSeeOther)
		expect(t, k.Visitor().Get(first), http.StatusGone)
		link := k.LinkIn(k.Mail("third@partner.example", "Confirm your new"))

		expect(t, k.Visitor().Get(link), http.StatusOK, "Sign in")
		if a := k.Visitor().Post(link+"/begin", url.Values{"name": {"Thief"}}); a.StatusCode != http.StatusNotFound {
			t.Errorf("the link begins a passkey: %d", a.StatusCode)
		}
		expect(t, other.Get(link), http.StatusOK, "You are signed in as "+other.User.Email)
		if a := other.Ask(http.MethodPost, link+"/email", "Accept", "application/json"); a.Code() != "link_not_yours" {
			t.Errorf("somebody else confirms: %d %s", a.StatusCode, a.Body)
		}
		for _, wrong := range []string{"/accept", "/undo"} {
			if a := b.Post(link+wrong, nil); a.StatusCode < 400 {
				t.Errorf("%s of a link for an address: %d", wrong, a.StatusCode)
			}
		}
		expect(t, b.Get(link), http.StatusOK, "third@partner.example", "Change the address")
		expect(t, b.Post(link+"/email", nil), http.StatusSeeOther)
		expect(t, b.Post(link+"/email", nil), http.StatusGone)
		expect(t, b.Get("/account"), http.StatusOK, "third@partner.example")
		expect(t, b.Get("/notifications"), http.StatusOK, "Your address was changed")
		k.Mail("third@partner.example", "your account’s address now")
		undo := k.LinkIn(k.Mail(old, "address of your account was changed"))

		k.Visitor().Post("/signup", address(old))
		k.Mail(old, "kept for now")
		askAddress(other, old)
		testkit.Eventually(t, "somebody who wants the old address is told so there", func() bool { return told(k, old, "kept for now") == 2 })

		for range 3 {
			expect(t, k.Visitor().Get(undo), http.StatusOK, old, "Undo the change")
		}
		expect(t, b.Get("/account"), http.StatusOK)
		expect(t, k.Visitor().Post(undo+"/undo", nil), http.StatusOK, "yours again")
		expect(t, b.Get("/account"), http.StatusSeeOther)
		expect(t, k.Visitor().Post(undo+"/undo", nil), http.StatusGone)
		k.Mail(old, "has this address again")
		k.Mail("third@partner.example", "not your account")
		b.SignIn()
		expect(t, b.Get("/account"), http.StatusOK, old)
	})
}

// R28, R62: an address is kept for 7 days; its link undoes what came after it, and
// nothing for whom an operator shut out.
func TestUndoOfAnAddress(t *testing.T) {
	c := clock.NewManual(time.Now())
	k := testkit.NewAt(t, c)
	move := func(b *testkit.Browser, to string) (undo string) {
		t.Helper()
		from := k.Actor(b, "").Account().Email
		expect(t, askAddress(b, to), http.StatusSeeOther)
		expect(t, b.Post(k.LinkIn(k.Mail(to, "Confirm your new"))+"/email", nil), http.StatusSeeOther)
		return k.LinkIn(k.Mail(from, "address of your account was changed"))
	}
	b := k.Person("Twice", models.NotStaff)
	first := move(b, "one@thief.example")
	c.Advance(time.Minute)
	second := move(b, "two@thief.example")
	expect(t, k.Visitor().Post(first+"/undo", nil), http.StatusOK)
	if a := k.Visitor().Post(second+"/undo", nil); a.StatusCode != http.StatusGone {
		t.Errorf("the address in between takes the account back: %d", a.StatusCode)
	}
	b.SignIn()
	expect(t, b.Get("/account"), http.StatusOK, b.User.Email)

	gone := k.Person("Shut out", models.NotStaff)
	undo := move(gone, "shut@partner.example")
	k.Write(gone, models.Tenant{}, func(tx *store.Tx) error {
		u, err := tx.LockUser(gone.User.ID)
		if err != nil {
			return err
		}
		u.State = models.UserDisabled
		return tx.UpdateUser(u)
	})
	expect(t, k.Visitor().Post(undo+"/undo", nil), http.StatusGone)

	late := k.Person("Late", models.NotStaff)
	undo = move(late, "late@partner.example")
	c.Advance(7*24*time.Hour - time.Minute)
	expect(t, k.Visitor().Get(undo), http.StatusOK)
	c.Advance(time.Minute)
	expect(t, k.Visitor().Post(undo+"/undo", nil), http.StatusGone)
	k.Visitor().Post("/signup", address(late.User.Email))
	k.Visitor().Enrol(k.LinkIn(k.Mail(late.User.Email, "Confirm your e-mail")), url.Values{"name": {"Somebody new"}})
}
