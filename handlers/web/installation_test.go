package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const installation = "/support/installation"

// What operators say stands on everybody's pages; what the server was started with is
// read without secrets; the page of its health says what to do (R24, R143).
func TestInstallation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support person", models.StaffSupport)
		said := url.Values{"banner": {"Work on <Sunday>."}, "contact": {"help@gatehouse.example"}}
		expect(t, s.Get(installation), http.StatusForbidden)
		expect(t, s.Post(installation, said), http.StatusForbidden)
		expect(t, o.Get(installation), http.StatusOK, "GATEHOUSE_DIR", "Said to everybody", "Built in; nobody has changed it.")
		expect(t, o.Post(installation, said), http.StatusForbidden, "Work on &lt;Sunday&gt;.") // without a passkey, and kept
		wrong := url.Values{"contact": {"javascript:alert(1)"}, "step_up": {o.StepUp(models.InstallationConfigure, "")}}
		expect(t, o.Post(installation, wrong), http.StatusUnprocessableEntity, "begins with https://")
		hasNot(t, k.Visitor().Get("/t/port"), "Sunday")
		said.Set("step_up", o.StepUp(models.InstallationConfigure, ""))
		expect(t, o.Post(installation, said), http.StatusSeeOther)
		for _, b := range []*testkit.Browser{k.Visitor(), p.Partner, p.Admin} {
			expect(t, b.Get("/t/port"), http.StatusOK, "Work on &lt;Sunday&gt;.", `href="mailto:help@gatehouse.example"`)
		}
		expect(t, o.Get(installation), http.StatusOK, "Set by "+o.User.Name)
		expect(t, o.Get("/support/audit"), http.StatusOK, "installation.configure")
		expect(t, o.Post(installation, url.Values{"step_up": {o.StepUp(models.InstallationConfigure, "")}}), http.StatusSeeOther)
		hasNot(t, k.Visitor().Get("/t/port"), "Sunday", "mailto:")
		expect(t, o.Get("/support/health"), http.StatusOK, "Database", "Gateway", "Data folder", "Jobs", "Mail", "Keys", "Audit checkpoints", "Backup", "Nobody has told of one yet.", "Last sign of life", "Alive")
		limits(t, k, p, o, s)
		defaults(t, k, o, s)
	})
}

// R37: limits are lowered by an operator with a passkey, within what is allowed. What
// lasted longer ends at its next request, also where its row still says otherwise, as
// another process may have written it.
func limits(t *testing.T, k *testkit.Kit, p *testkit.Place, o, s *testkit.Browser) {
	t.Helper()
	const at = installation + "/sessions"
	form := url.Values{"member_idle": {"10"}, "member_absolute": {"600"}, "staff_idle": {"15"}, "staff_absolute": {"720"}}
	idle := func(b *testkit.Browser, ago time.Duration) {
		rows, err := k.Store.Sessions(t.Context(), b.User.ID)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if err := k.Store.TouchSession(t.Context(), rows[0].Hash, k.Store.Now().Add(-ago), k.Store.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, s.Post(at, form), http.StatusForbidden)
	expect(t, o.Post(at, form), http.StatusForbidden, `name="member_idle"`, `value="10"`) // without a passkey, and kept
	for name, wrong := range map[string]string{"member_idle": "61", "member_absolute": "9", "staff_idle": "16", "staff_absolute": "soon"} {
		bad := url.Values{}
		for n, v := range form {
			bad[n] = v
		}
		bad.Set(name, wrong)
		bad.Set("step_up", o.StepUp(models.InstallationConfigure, models.SettingSessions))
		expect(t, o.Post(at, bad), http.StatusUnprocessableEntity, "Choose")
	}
	idle(p.Partner, 11*time.Minute)
	idle(p.Auditor, 9*time.Minute)
	form.Set("step_up", o.StepUp(models.InstallationConfigure, models.SettingSessions))
	expect(t, o.Post(at, form), http.StatusSeeOther)
	expect(t, p.Partner.Get("/account"), http.StatusSeeOther)
	expect(t, p.Auditor.Get("/account"), http.StatusOK)
	idle(p.Manager, 11*time.Minute) // after the change, by a process that knew nothing of it
	expect(t, p.Manager.Get("/account"), http.StatusSeeOther)
	expect(t, p.Admin.Get("/account"), http.StatusOK)
	expect(t, o.Get(installation), http.StatusOK, `value="600"`)
}

// New tenants begin with what operators chose; those that are there stay as they are.
func defaults(t *testing.T, k *testkit.Kit, o, s *testkit.Browser) {
	t.Helper()
	const at = installation + "/tenants"
	form := url.Values{"colour": {"#123456"}, "sign_up": {"approval"}, "escalate_days": {"5"}, "token_days": {"45"}, "unused_days": {"30"}, "pause_days": {"7"},
		"revoke_days": {"60"}, "rotate_days": {"40"}, "approval": {"on"}, "leak": {"pause"}}
	expect(t, s.Post(at, form), http.StatusForbidden)
	expect(t, o.Post(at, form), http.StatusForbidden, `value="45"`)
	form.Set("sign_up", "domain")
	form.Set("step_up", o.StepUp(models.InstallationConfigure, models.SettingTenantDefaults))
	expect(t, o.Post(at, form), http.StatusUnprocessableEntity, "domains are named by each tenant")
	form.Set("sign_up", "approval")
	form.Set("step_up", o.StepUp(models.InstallationConfigure, models.SettingTenantDefaults))
	expect(t, o.Post(at, form), http.StatusSeeOther)
	page := o.Get("/support/tenants/new")
	expect(t, page, http.StatusOK, `value="#123456"`)
	if strings.Contains(page.Body, `name="public" checked`) {
		t.Error("the form of a new tenant does not know the defaults")
	}
	expect(t, o.Post("/support/tenants/new", url.Values{"name": {"Fresh"}, "slug": {"fresh"}, "code": {"fr"}, "colour": {"#123456"}}), http.StatusSeeOther)
	fresh, err := k.Store.TenantBySlug(t.Context(), "fresh")
	if err != nil {
		t.Fatal(err)
	}
	policy := fresh.TokenPolicy
	if fresh.Public || fresh.SignUp != models.SignUpApproval || fresh.EscalateDays != 5 || fresh.TokenDays != 45 ||
		policy != (models.TokenPolicy{UnusedDays: 30, PauseDays: 7, RevokeDays: 60, RotateDays: 40, Approval: true, Leak: models.LeakPause}) {
		t.Errorf("it began as %+v", fresh)
	}
	old, err := k.Store.TenantBySlug(t.Context(), "port")
	if err != nil || old.TokenDays == 45 || !old.Public {
		t.Errorf("one that was there changed: %+v %v", old, err)
	}
}

// R4, R24: a token of an operator is made with a passkey, shown once, listed without its
// secret and revoked by any operator.
func TestOperatorTokens(t *testing.T) {
	k := testkit.New(t)
	o, other, s := k.Person("Operator", models.StaffOperator), k.Person("Another operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
	const at = installation + "/tokens"
	form := url.Values{"name": {"provisioning"}, "expires": {"30"}, "scope-tenants:read": {"on"}}
	expect(t, s.Get(at), http.StatusForbidden)
	expect(t, s.Post(at+"/new", form), http.StatusForbidden)
	expect(t, o.Get(at), http.StatusOK, "No tokens yet")
	expect(t, o.Get(at+"/new"), http.StatusOK, "tenants:write")
	expect(t, o.Post(at+"/new", form), http.StatusForbidden, "provisioning") // without a passkey, and kept
	form.Set("expires", "date")
	form.Set("date", k.Store.Now().AddDate(0, 0, 92).Format(time.DateOnly))
	form.Set("step_up", o.StepUp(models.OperatorTokenManage, ""))
	expect(t, o.Post(at+"/new", form), http.StatusUnprocessableEntity, "At most 90 days")
	form.Set("expires", "30")
	form.Set("step_up", o.StepUp(models.OperatorTokenManage, ""))
	made := o.Post(at+"/new", form)
	expect(t, made, http.StatusCreated, "gtho_gatehouse_", "shown only this once")
	secret := made.Body[strings.Index(made.Body, "gtho_gatehouse_"):]
	secret = secret[:len("gtho_gatehouse_")+36]
	if made.Header.Get("Cache-Control") != "no-store" {
		t.Error("a browser keeps the page of the secret")
	}
	expect(t, o.Post(at+"/new", form), http.StatusForbidden) // the passkey's word is used up
	list := other.Get(at)
	expect(t, list, http.StatusOK, "provisioning", "Active", o.User.Name)
	hasNot(t, list, secret)
	hasNot(t, o.Get("/support/audit"), secret)
	id := list.Body[strings.Index(list.Body, at+"/0")+len(at)+1:]
	id = id[:36]
	expect(t, s.Post(at+"/"+id+"/revoke", nil), http.StatusForbidden)
	for range 2 { // R14
		expect(t, other.Post(at+"/"+id+"/revoke", nil), http.StatusSeeOther)
	}
	expect(t, o.Get(at), http.StatusOK, "Revoked")
	expect(t, o.Get("/support/audit"), http.StatusOK, "operator_token.create", "operator_token.revoke")
}

// The address of a tenant with a slash behind it leads to it, for those who see it; a
// page about a grant stands under its own tab.
func TestSmallAddresses(t *testing.T) {
	k := testkit.New(t)
	k.Place("port", false)
	open, hidden := k.Place("open", true), k.Visitor()
	a := hidden.Get("/t/open/")
	expect(t, a, http.StatusSeeOther)
	if a.Header.Get("Location") != "/t/open" {
		t.Error(a.Header.Get("Location"))
	}
	expect(t, hidden.Get("/t/port/"), http.StatusNotFound)
	expect(t, hidden.Get("/t/nowhere/"), http.StatusNotFound)
	o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
	expect(t, s.Post("/support/tenants/open", url.Values{"level": {"view"}, "reason": {"ticket 1"}, "minutes": {"480"}, "step_up": {s.StepUp(models.GrantTake, "open")}}), http.StatusSeeOther)
	expect(t, s.Get("/t/open"), http.StatusOK, "8 hours left")
	grants, err := k.Portal.Grants.AtDoor(t.Context(), k.Actor(o, ""), open.Slug)
	if err != nil || len(grants.Live) != 1 {
		t.Fatal(grants, err)
	}
	page := o.Get("/support/tenants/open/grants/" + grants.Live[0].ID)
	expect(t, page, http.StatusOK, `href="/support/grants" aria-current="page"`)
	hasNot(t, page, `href="/support" aria-current="page"`)
}
