package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var deviceLink = regexp.MustCompile(`>https?://[^<]*(/link/[^<]+)<`)

// R24, R32, R34: a link for another device is made with a passkey, is shown once, may be
// looked at, and adds one passkey: it signs nobody in.
func TestAPasskeyFromAnotherDevice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := k.Person("Partner", models.NotStaff)
		make := func() string {
			t.Helper()
			page := b.Post("/account/passkeys/link", url.Values{"step_up": {b.StepUp(models.AccountUse, "passkey.link")}})
			expect(t, page, http.StatusCreated, "<svg class=\"qr\"", "Works once, until")
			return deviceLink.FindStringSubmatch(page.Body)[1]
		}
		expect(t, b.Post("/account/passkeys/link", nil), http.StatusForbidden, "Confirm this with your passkey.")
		first := make()
		path := make()
		expect(t, k.Visitor().Get(first), http.StatusGone) // the newer one took its place
		phone := k.Visitor()
		for range 100 {
			expect(t, phone.Do(http.MethodHead, path, nil), http.StatusOK)
		}
		expect(t, phone.Get(path), http.StatusOK, "Add a passkey on this device", b.User.Email)
		expect(t, phone.Post(path+"/begin", url.Values{"name": {""}}), http.StatusUnprocessableEntity)
		expect(t, phone.EnrolDevice(path, "Phone"), http.StatusOK, "/login?done=added")
		expect(t, phone.Get("/account"), http.StatusSeeOther)
		k.Mail(b.User.Email, "passkey was added")
		expect(t, phone.Post(path+"/begin", url.Values{"name": {"Again"}}), http.StatusGone)
		expect(t, phone.SignIn(), http.StatusOK)
		expect(t, phone.Get("/account"), http.StatusOK, "Phone", "Added by link")
	})
}

// R32: who added or removed a passkey is offered to end the other sessions; passkeys
// have names; the last one goes only where recovery codes are left, and of two that
// are removed at once one stays.
func TestTheLastPasskeyStays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		b := k.Person("Partner", models.NotStaff)
		b.Elsewhere().SignIn()
		expect(t, b.AddPasskey("Phone", b.StepUp(models.AccountUse, "passkey.add")), http.StatusOK)
		expect(t, b.Get("/account?passkeys=changed"), http.StatusOK, "Your other sessions go on", "End all others")
		keys := passkeys(t, k, b)
		one := "/account/passkeys/" + keys[1].ID
		expect(t, b.Get(one), http.StatusOK, "Stays on one device", "Phone")
		expect(t, b.Post(one, url.Values{"name": {" "}}), http.StatusUnprocessableEntity, "Name the passkey")
		expect(t, b.Post(one, url.Values{"name": {"Old phone"}}), http.StatusSeeOther)
		expect(t, b.Get("/account"), http.StatusOK, "Old phone")
		stranger := k.Person("Somebody else", models.NotStaff)
		expect(t, stranger.Get(one), http.StatusNotFound)
		expect(t, stranger.Post(one, url.Values{"name": {"Mine"}}), http.StatusNotFound)

		removed := make(chan error, len(keys))
		var wg sync.WaitGroup
		for _, key := range keys {
			actor := k.Proven(k.Actor(b, ""), models.AccountUse, key.ID)
			wg.Go(func() { removed <- k.Portal.Accounts.RemovePasskey(t.Context(), actor, key.ID) })
		}
		wg.Wait()
		close(removed)
		for err := range removed {
			if err != nil && fault.Code(err) != "last_passkey" {
				t.Error(err)
			}
		}
		left := passkeys(t, k, b)
		if len(left) != 1 {
			t.Fatalf("%d passkeys are left", len(left))
		}
		actor := k.Actor(b, "")
		if _, err := k.Portal.Accounts.MakeRecoveryCodes(t.Context(), k.Proven(actor, models.AccountUse, portal.RecoveryCodesObject)); err != nil {
			t.Fatal(err)
		}
		if err := k.Portal.Accounts.RemovePasskey(t.Context(), k.Proven(actor, models.AccountUse, left[0].ID), left[0].ID); err != nil {
			t.Errorf("with recovery codes the last one stays: %v", err)
		}
	})
}

func passkeys(t *testing.T, k *testkit.Kit, b *testkit.Browser) []models.Passkey {
	t.Helper()
	keys, err := k.Portal.Accounts.Passkeys(t.Context(), k.Actor(b, ""))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// R24: the audit event of what was confirmed names the assertion that confirmed it,
// and no other event does.
func TestTheAuditLogNamesTheAssertion(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	auditor := p.Auditor.User.ID
	expect(t, p.Admin.Post("/t/aa/admin/members/"+auditor, url.Values{"role": {"api_manager"}, "step_up": {p.Admin.StepUp(models.MemberManage, auditor)}}), http.StatusSeeOther)
	p.Admin.MakeRecoveryCodes()
	expect(t, p.Admin.Post("/account", url.Values{"name": {"Renamed"}}), http.StatusSeeOther)
	named := regexp.MustCompile(`"assertion":"sha256:[0-9a-f]{64}"`)
	for action, tenant := range map[string]string{"member.role": "aa", "recovery_codes.make": "", "account.rename": ""} {
		err := k.Store.As(t.Context(), k.Actor(p.Admin, tenant), func(r store.Tenant) error {
			events, err := r.AuditEvents(store.AuditFilter{Action: action, Limit: 1})
			if err != nil || len(events) != 1 {
				t.Fatal(events, err)
			}
			if want := action != "account.rename"; named.Match(events[0].Details) != want {
				t.Errorf("%s: %s", action, events[0].Details)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// R26: where the installation wants it, staff use passkeys that stay on one device:
// another one is refused when it is made, when it signs in, and when it confirms.
func TestStaffPasskeysStayOnOneDevice(t *testing.T) {
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.Config.StaffDeviceBound = true
	k.Start()
	t.Cleanup(k.Stop)
	staff := k.Person("Support", models.StaffSupport)
	codes := staff.MakeRecoveryCodes()
	refused := func(what string, a testkit.Answer) {
		t.Helper()
		if a.StatusCode != http.StatusUnprocessableEntity || a.Code() != "passkey_synced" {
			t.Errorf("%s: %d %.200s", what, a.StatusCode, a.Body)
		}
	}
	proof := staff.StepUp(models.AccountUse, "passkey.add")
	staff.Sync()
	refused("a synced passkey is added", staff.AddPasskey("Cloud", proof))
	recovers := k.Visitor()
	recovers.Sync()
	expect(t, recovers.Recover(codes[0]), http.StatusSeeOther)
	refused("a synced passkey is made by a recovery", recovers.MakeRecoveryPasskey("Cloud"))

	partner := k.Visitor() // the control: others may, and become no staff with it
	partner.Sync()
	k.Visitor().Post("/signup", address("new@partner.example"))
	link := k.LinkIn(k.Mail("new@partner.example", "Confirm"))
	expect(t, partner.Enrol(link, url.Values{"name": {"Newcomer"}}), http.StatusOK)
	expect(t, partner.Get("/account"), http.StatusOK, "Synced by its provider")
	operator := k.Person("Operator", models.StaffOperator)
	expect(t, operator.Post("/support/staff", url.Values{"email": {"new@partner.example"}, "step_up": {operator.StepUp(models.StaffManage, "")}}), http.StatusSeeOther)
	invitation := k.LinkIn(k.Mail("new@partner.example", "Invitation to the support staff"))
	expect(t, partner.Post(invitation+"/accept", nil), http.StatusConflict, "Add one to your account first")
}

// R27: a passkey whose counter goes back is refused to staff, and told to everybody.
func TestACopiedPasskey(t *testing.T) {
	k := testkit.New(t)
	for _, staff := range []models.StaffRole{models.NotStaff, models.StaffSupport} {
		b := k.Person("Person "+string(staff), staff)
		copied := b.Elsewhere()
		for range 3 {
			b.StepUp(models.AccountUse, "passkey.add")
		}
		want := http.StatusOK
		if staff != models.NotStaff {
			want = http.StatusForbidden
		}
		expect(t, copied.SignIn(), want)
		k.Mail(b.User.Email, "may have been copied")
		if want == http.StatusOK {
			expect(t, b.Get("/notifications"), http.StatusOK, "may have been copied")
		}
		err := k.Store.As(t.Context(), k.Actor(b, ""), func(r store.Tenant) error {
			events, err := r.AuditEvents(store.AuditFilter{Action: "passkey.clone_suspected", Limit: 10})
			noted := 0
			for _, e := range events {
				if e.Actor == "user:"+b.User.ID {
					noted++
				}
			}
			if noted != 1 {
				t.Errorf("%s: %d times in the audit log", b.User.Name, noted)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
