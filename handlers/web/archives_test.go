package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/archive"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// offer sends an archive as browsers send a file, and returns where it leads.
func offer(t *testing.T, b *testkit.Browser, file string) testkit.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("archive", "nq.gatehouse.zip")
	_, _ = part.Write([]byte(file))
	_ = form.Close()
	return b.Do(http.MethodPost, "/support/import", &body, "Content-Type", form.FormDataContentType())
}

// partsOf are the rows of an archive by part, sorted: the databases order letters differently.
func partsOf(t *testing.T, file string) map[string][]string {
	t.Helper()
	a, err := archive.Open(strings.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, p := range a.Manifest.Parts {
		for line, err := range a.Lines(p.Name) {
			if err != nil {
				t.Fatal(err)
			}
			out[p.Name] = append(out[p.Name], string(line))
		}
		slices.Sort(out[p.Name])
	}
	return out
}

// fingerprint is what an installation tells about the key with which it signs.
func fingerprint(t *testing.T, k *testkit.Kit) string {
	t.Helper()
	f, err := k.Portal.Archives.Fingerprint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// exported is the archive of a place, made by its admin.
func exported(t *testing.T, b *testkit.Browser, slug string) string {
	t.Helper()
	a := b.Post("/t/"+slug+"/admin/settings/archive", url.Values{"step_up": {b.StepUp(models.TenantExport, slug)}})
	expect(t, a, http.StatusOK)
	if got := a.Header.Get("Content-Type") + a.Header.Get("Cache-Control"); got != "application/zipno-store" {
		t.Errorf("sent as %s", got)
	}
	return a.Body
}

// A tenant goes from an installation on one database to another on each: whole,
// suspended, with its audit log verifiable, and without a token that works (R3, R13,
// R14), a secret (R107) or a right that nobody accepted.
func TestATenantGoesToAnotherInstallation(t *testing.T) {
	from := testkit.New(t)
	p := from.Place("nq", true)
	from.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGuide(&models.Guide{ID: models.NewID(), Slug: "start", Title: "Start", Body: "Begin here.", ShownTitle: "Start", ShownBody: "Begin here.", PublishedAt: &p.CreatedAt})
	})
	expect(t, p.Admin.Get("/t/nq/admin/settings"), http.StatusOK, "/t/nq/admin/settings/archive")
	expect(t, p.Admin.Get("/t/nq/admin/settings/archive"), http.StatusOK, fingerprint(t, from))
	expect(t, p.Admin.Post("/t/nq/admin/settings/archive", nil), http.StatusForbidden, "Confirm this with your passkey") // R24
	expect(t, p.Manager.Post("/t/nq/admin/settings/archive", nil), http.StatusForbidden)
	file := exported(t, p.Admin, "nq")
	parts := partsOf(t, file)
	for name, rows := range parts {
		for _, row := range rows {
			for _, secret := range []string{p.Secret.Reveal(), p.ManagementSecret.Reveal(), p.ClientSecret.Reveal(), testkit.UpstreamCredential} {
				if strings.Contains(row, secret) {
					t.Errorf("a secret stands in %s", name)
				}
			}
		}
	}

	run := func(t *testing.T, k *testkit.Kit) {
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
		expect(t, o.Get("/support"), http.StatusOK, "/support/import")
		expect(t, s.Get("/support/import"), http.StatusForbidden)
		expect(t, offer(t, s, file), http.StatusForbidden)
		expect(t, offer(t, o, ""), http.StatusUnprocessableEntity, "Choose the file")
		expect(t, offer(t, o, file[:len(file)-1]), http.StatusUnprocessableEntity, "refused")
		expect(t, offer(t, o, strings.Replace(file, "PK", "pk", 1)), http.StatusUnprocessableEntity, "does not fit")

		led := offer(t, o, file)
		expect(t, led, http.StatusSeeOther)
		at := led.Header.Get("Location")
		id := at[strings.LastIndexByte(at, '/')+1:]
		form := func(fingerprint string) url.Values {
			return url.Values{"fingerprint": {fingerprint}, "slug": {"quay"}, "code": {"qy"}}
		}
		if page := o.Get(at); page.StatusCode != http.StatusOK || strings.Contains(page.Body, fingerprint(t, from)) || !strings.Contains(page.Body, "Nothing is imported yet") {
			t.Errorf("the page before the import: %d, or it shows what is to be typed", page.StatusCode)
		}
		expect(t, o.Post(at, form(fingerprint(t, k))), http.StatusUnprocessableEntity, "not the fingerprint", `value="quay"`)
		expect(t, o.Post(at, form(fingerprint(t, from))), http.StatusForbidden, "Confirm this with your passkey", `value="quay"`) // R24
		if _, err := k.Store.TenantBySlug(t.Context(), "quay"); err == nil {
			t.Fatal("it was imported without a passkey")
		}
		confirmed := form(fingerprint(t, from))
		confirmed.Set("step_up", o.StepUp(models.TenantCarry, id))
		expect(t, o.Post(at, confirmed), http.StatusOK, "Tenant nq is here", "/support/tenants/quay", "arrive revoked", "enter the credential of its upstream")
		expect(t, o.Get(at), http.StatusNotFound)

		here, err := k.Store.TenantBySlug(t.Context(), "quay")
		if err != nil || here.State != models.TenantSuspended || here.ID != p.Tenant.ID || here.Code != "qy" {
			t.Fatalf("%+v %v", here, err)
		}
		verified := func() {
			t.Helper()
			reports, err := app.VerifyAudit(t.Context(), k.Config)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range reports {
				if r.Exit() != 0 || r.Name == "quay" && int(r.Imported) != len(parts["audit"]) {
					t.Errorf("%s, %d of %d imported", r, r.Imported, len(parts["audit"]))
				}
			}
		}
		verified()

		// Nobody is in it, not who has the same id or address here.
		q := &testkit.Place{Tenant: here}
		r := k.Person("nq partner", models.NotStaff) // an address that is in the archive
		resume := url.Values{"state_reason": {"It is set up."}, "step_up": {o.StepUp(models.TenantSuspend, "quay")}}
		expect(t, o.Post("/support/tenants/quay/resume", resume), http.StatusSeeOther)
		if got := call(t, k, q, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Errorf("an old token meets %d", got)
		}
		if places, err := k.Portal.Accounts.Places(t.Context(), k.Actor(r, "")); err != nil || len(places) != 0 {
			t.Errorf("the archive gave rights: %v %v", places, err)
		}
		expect(t, r.Get("/t/quay/apis/orders/v1"), http.StatusOK, "List orders")
		expect(t, r.Get("/t/quay/guides/start"), http.StatusOK, "Begin here.")

		// The operator invites the admin, who invites the others.
		a := k.Person("nq admin", models.NotStaff)
		invite := url.Values{"admin_email": {a.User.Email}, "step_up": {o.StepUp(models.AdminInvite, "quay")}}
		expect(t, o.Post("/support/tenants/quay/admin", invite), http.StatusSeeOther)
		expect(t, a.Post(k.LinkIn(k.Mail(a.User.Email, "Invitation to"))+"/accept", nil), http.StatusSeeOther)
		expect(t, a.Get("/t/quay/admin/members"), http.StatusOK, "Came with the archive", "nq-partner@test.example", p.Team.Name)
		expect(t, a.Get("/t/quay/admin/members/bulk?arrivals=1"), http.StatusOK, "nq-partner@test.example, partner", "nq-manager@test.example, api_manager")
		invited := url.Values{"email": {r.User.Email}, "role": {"partner"}, "step_up": {a.StepUp(models.MemberManage, "quay")}}
		expect(t, a.Post("/t/quay/admin/members", invited), http.StatusSeeOther)
		expect(t, r.Post(k.LinkIn(k.Mail(r.User.Email, "Invitation to"))+"/accept", nil), http.StatusSeeOther)
		if got := k.Actor(r, "quay").TeamRole(p.Team.ID); got != models.TeamOwner {
			t.Errorf("who came back is %q in their team", got)
		}
		verified()

		// Out again, the same rows come, but for what is said to change.
		again := partsOf(t, exported(t, a, "quay"))
		changed := map[string]bool{"tenant": true, "people": true, "audit": true, "audit_checkpoints": true, "tokens": true, "team_domains": true}
		upstream := regexp.MustCompile(`"upstream":"[^"]*"`) // which may not be called from there
		for i, row := range parts["versions"] {
			parts["versions"][i] = upstream.ReplaceAllString(row, `"upstream":""`)
		}
		for name := range parts {
			if !changed[name] && !slices.Equal(parts[name], again[name]) {
				t.Errorf("%s was\n%s\nand is\n%s", name, strings.Join(parts[name], "\n"), strings.Join(again[name], "\n"))
			}
		}
		if len(again["tokens"]) != len(parts["tokens"]) {
			t.Error("tokens were lost")
		}
		for _, event := range parts["audit"] {
			if !slices.Contains(again["audit"], event) {
				t.Errorf("an event was lost: %s", event)
			}
		}

		// There is one of it, here and where it comes from.
		led = offer(t, o, file)
		expect(t, led, http.StatusSeeOther)
		expect(t, o.Get(led.Header.Get("Location")), http.StatusOK, "This very tenant is here already")
		back := from.Person("O"+models.NewID()[24:], models.StaffOperator)
		expect(t, offer(t, back, exported(t, a, "quay")), http.StatusSeeOther)
	}
	testkit.Each(t, run)
}

// What is taken here is said by field, and the archive of an active tenant is its admins'.
func TestTheArchiveOfATenantThatIsNotActive(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	o := k.Person("Operator", models.StaffOperator)
	at := "/support/tenants/nq/archive-file"
	expect(t, o.Post(at, url.Values{"step_up": {o.StepUp(models.TenantCarry, "nq")}}), http.StatusConflict, "made by its admins")
	expect(t, turns(o, p, "suspend"), http.StatusSeeOther)
	expect(t, o.Get("/support/tenants/nq/state"), http.StatusOK, at)
	expect(t, o.Post(at, nil), http.StatusForbidden, "Confirm this with your passkey")
	made := o.Post(at, url.Values{"step_up": {o.StepUp(models.TenantCarry, "nq")}})
	expect(t, made, http.StatusOK)
	expect(t, o.Get("/support/audit"), http.StatusOK, "tenant.export")

	to := testkit.New(t)
	to.Place("nq", true)
	file, err := portal.ReadArchive(strings.NewReader(made.Body), int64(len(made.Body)))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = to.Portal.Archives.Import(t.Context(), models.NewProgram("command line", models.Tenant{}), file, portal.ArchiveChoice{Fingerprint: fingerprint(t, k)}, "")
	if err == nil || !strings.Contains(err.Error(), "check the marked fields") {
		t.Errorf("a slug that is taken: %v", err)
	}
	_, there, err := to.Portal.Archives.Import(t.Context(), models.NewProgram("command line", models.Tenant{}), file, portal.ArchiveChoice{Fingerprint: fingerprint(t, k), Slug: "quay", Code: "qy"}, "")
	if err != nil || there.Slug != "quay" {
		t.Errorf("as another: %v", err)
	}
}
