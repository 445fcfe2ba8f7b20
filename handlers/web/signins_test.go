package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// house is a server with two tenants and a provider for each.
type house struct {
	*testkit.Kit
	aa, bb     *testkit.Place
	own, other *testkit.Issuer
	now        *clock.Manual
	id, rival  string // of the providers of aa and bb
}

func newHouse(t *testing.T, o store.Options) *house {
	t.Helper()
	h := &house{own: testkit.NewIssuer(t), other: testkit.NewIssuer(t), now: clock.NewManual(time.Now().UTC())}
	h.Kit = testkit.Prepare(t, t.TempDir(), o)
	h.AllowIssuers(h.own, h.other)
	h.Clock = h.now
	h.Start()
	t.Cleanup(h.Stop)
	h.aa, h.bb = h.Place("aa", true), h.Place("bb", false)
	h.id = h.provide(t, h.aa.Admin, "/t/aa/admin/settings/sign-in", models.TenantConfigure, h.own, "engineers = api_manager\nboard = admin\nguests = partner")
	h.rival = h.provide(t, h.bb.Admin, "/t/bb/admin/settings/sign-in", models.TenantConfigure, h.other, "engineers = admin")
	return h
}

func providerForm(i *testkit.Issuer, roles string) url.Values {
	return url.Values{"name": {"Acme account"}, "issuer": {i.URL}, "client_id": {i.ClientID}, "client_secret": {i.Secret},
		"groups_claim": {"groups"}, "roles": {roles}, "enabled": {"on"}, "sign_up": {"on"}, "revision": {"0"}}
}

var doorShape = regexp.MustCompile(`/login/with/([0-9a-f-]{36})`)

// provide sets a provider up, and returns its id.
func (h *house) provide(t *testing.T, by *testkit.Browser, base string, action models.Action, i *testkit.Issuer, roles string) string {
	t.Helper()
	form := providerForm(i, roles)
	if strings.HasPrefix(base, "/support") {
		form.Del("sign_up")
	}
	expect(t, by.Post(base, form), http.StatusForbidden, "Confirm this with your passkey")
	form.Set("step_up", by.StepUp(action, "provider"))
	expect(t, by.Post(base, form), http.StatusSeeOther)
	a := by.Get(base)
	expect(t, a, http.StatusOK, "Callback address", i.ClientID)
	if strings.Contains(a.Body, i.Secret) {
		t.Error("the secret stands on the page") // R107
	}
	return doorShape.FindStringSubmatch(a.Body)[1]
}

var onward = regexp.MustCompile(`0; url=(.*)`)

// depart begins a sign-in in a browser and returns the address at the provider.
func depart(t *testing.T, b *testkit.Browser, path string, form url.Values) string {
	t.Helper()
	a := b.Post(path, form)
	expect(t, a, http.StatusOK, "Your browser goes there by itself")
	address := onward.FindStringSubmatch(a.Header.Get("Refresh"))
	if address == nil || !strings.Contains(a.Body, html.EscapeString(address[1])) {
		t.Fatalf("no address to go on to: %q", a.Header.Get("Refresh"))
	}
	return address[1]
}

// through signs a browser in by a provider, and returns the answer to its return.
func (h *house) through(t *testing.T, b *testkit.Browser, i *testkit.Issuer, id string) testkit.Answer {
	t.Helper()
	back := i.Visit(t, depart(t, b, "/login/with/"+id, url.Values{"next": {"/"}}))
	return b.Get(back.RequestURI())
}

// link links a person who has a passkey, under the identity that the provider has now.
func (h *house) link(t *testing.T, b *testkit.Browser, i *testkit.Issuer, id string) {
	t.Helper()
	address := depart(t, b, "/account/identities/"+id, url.Values{"step_up": {b.StepUp(models.AccountUse, "identity.link")}})
	a := b.Get(i.Visit(t, address).RequestURI())
	expect(t, a, http.StatusSeeOther)
	expect(t, b.Get("/account"), http.StatusOK, "is linked to Acme account")
}

func (h *house) check(t *testing.T) {
	t.Helper()
	if _, err := h.Portal.Providers.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// eachHouse runs a test in a house on every database.
func eachHouse(t *testing.T, run func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, o store.Options) { run(t, newHouse(t, o)) })
}

// The way in: linked from a passkey session only, good for its own tenant only, with
// groups, and out again when the provider says so.
func TestSigningInThroughAProvider(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		partner := h.aa.Partner
		email := partner.User.Email

		// The same address links nothing, and does not say that it has an account.
		h.own.Become("pat", email, true, "engineers")
		stranger := h.Visitor()
		expect(t, stranger.Get("/login?next=/t/aa/apis"), http.StatusOK, "Continue with Acme account")
		if a := stranger.Get("/login?next=/t/bb/apis"); strings.Contains(a.Body, "Continue with") { // R52
			t.Error("a tenant that is hidden shows its provider")
		}
		a := h.through(t, stranger, h.own, h.id)
		expect(t, a, http.StatusOK, "That the address is the same is not enough", "we wrote to")
		h.Mail(email, "You have an account already")
		expect(t, stranger.Get("/account"), http.StatusSeeOther)

		h.link(t, partner, h.own, h.id)
		b := h.Visitor()
		expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
		expect(t, b.Get("/account"), http.StatusOK, "Signed in through", "Acme account")
		expect(t, b.Get("/t/aa/admin/apis"), http.StatusOK) // by the group

		// R28-R60: nothing but the tenant of the provider.
		expect(t, b.Get("/t/bb"), http.StatusNotFound)
		expect(t, b.Get("/account/sessions"), http.StatusForbidden, "sign in with your passkey")
		expect(t, b.Post("/account", url.Values{"name": {"Other"}}), http.StatusForbidden)
		expect(t, b.Post("/account/passkeys/begin", url.Values{"name": {"x"}}), http.StatusForbidden)
		expect(t, b.Post("/account/first-passkey/begin", url.Values{"name": {"x"}}), http.StatusForbidden)
		expect(t, b.Post("/account/identities/"+h.id, url.Values{}), http.StatusForbidden)
		expect(t, partner.Get("/account/sessions"), http.StatusOK, "none: through Acme account")

		// A member of both has in bb what they have there, but not by aa's provider.
		h.Write(h.bb.Admin, h.bb.Tenant, func(tx *store.Tx) error {
			if err := tx.SetMember(partner.User.ID, models.RoleAdmin); err != nil {
				return err
			}
			return tx.RecordAs("member.join", "user", partner.User.ID, nil, nil, nil)
		})
		expect(t, partner.Get("/t/bb/admin/members"), http.StatusOK)
		expect(t, b.Get("/t/bb/admin/members"), http.StatusNotFound)
		if a := b.Get("/"); strings.Contains(a.Body, "/t/bb") {
			t.Error("the home shows another tenant")
		}

		// R24: what has to be confirmed is confirmed with a passkey, and can be.
		b.User = partner.User

		// Groups change at the next check.
		h.own.Groups("pat", "nobody")
		h.now.Advance(models.IdentityCheckEvery + time.Minute)
		h.check(t)
		expect(t, b.Get("/t/aa/admin/apis"), http.StatusForbidden)
		expect(t, b.Get("/t/aa/tokens"), http.StatusOK) // the team is not the provider's

		// A leaver: tokens and sessions at the next check, and passkey sessions in that tenant.
		if got := callWith(t, h.Kit, h.aa); got != http.StatusOK {
			t.Fatalf("the token calls: %d", got)
		}
		h.own.Leave("pat", true)
		h.now.Advance(models.IdentityCheckEvery + time.Minute)
		h.check(t)
		testkit.Eventually(t, "the token stops", func() bool {
			return callWith(t, h.Kit, h.aa) == http.StatusUnauthorized || callWith(t, h.Kit, h.aa) == http.StatusForbidden
		})
		expect(t, b.Get("/account"), http.StatusSeeOther)
		again := partner.Elsewhere()
		again.SignIn()
		if a := again.Get("/t/aa/tokens"); a.StatusCode == http.StatusOK && strings.Contains(a.Body, h.aa.Token.Name) {
			t.Error("who is gone sees the team's tokens")
		}
		expect(t, again.Get("/t/bb/admin/members"), http.StatusOK) // other tenants are not touched
		expect(t, again.Post("/account/identities/"+h.aa.ID+"/unlink", url.Values{"step_up": {again.StepUp(models.AccountUse, h.aa.ID)}}), http.StatusConflict, "not there any more")
		h.aa.Admin.SignIn()
		expect(t, h.aa.Admin.Get("/t/aa/admin/settings/sign-in"), http.StatusOK, "Gone")

		// Back again by a sign-in that the provider allows.
		h.own.Leave("pat", false)
		expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
		testkit.Eventually(t, "the token goes on", func() bool { return callWith(t, h.Kit, h.aa) == http.StatusOK })

		// R28: a disabled account stays disabled, whatever the provider says.
		op := h.Person("Olga Operator", models.StaffOperator)
		expect(t, op.Post("/support/people/"+partner.User.ID+"/disable", url.Values{"step_up": {op.StepUp(models.PersonManage, partner.User.ID)}}), http.StatusSeeOther)
		a = h.through(t, h.Visitor(), h.own, h.id)
		expect(t, a, http.StatusBadRequest, "You were not signed in")
		expect(t, op.Post("/support/people/"+partner.User.ID+"/enable", url.Values{"step_up": {op.StepUp(models.PersonManage, partner.User.ID)}}), http.StatusSeeOther)

		// Unlinking, with a passkey.
		again.SignIn()
		expect(t, again.Post("/account/identities/"+h.aa.ID+"/unlink", url.Values{}), http.StatusForbidden)
		expect(t, again.Post("/account/identities/"+h.aa.ID+"/unlink", url.Values{"step_up": {again.StepUp(models.AccountUse, h.aa.ID)}}), http.StatusSeeOther)
		expect(t, h.through(t, h.Visitor(), h.own, h.id), http.StatusOK, "No account here is linked")

		for _, secret := range []string{h.own.Secret} { // R107, R126
			if files := h.Grep(secret); len(files) > 0 {
				t.Errorf("the client secret stands in %v", files)
			}
		}
	})
}

// callWith is the status of a call with the tenant's token.
func callWith(t *testing.T, k *testkit.Kit, p *testkit.Place) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/"+p.Slug+"/orders/v1/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// What comes back is believed only if it is the answer to this very sign-in, of this
// provider, in this browser, once.
func TestAnswersOfProvidersThatAreNotBelieved(t *testing.T) {
	h := newHouse(t, store.Options{})
	h.own.Become("pat", h.aa.Partner.User.Email, true)
	h.link(t, h.aa.Partner, h.own, h.id)
	file := h.aa.Partner.Post("/account/export", url.Values{"step_up": {h.aa.Partner.StepUp(models.AccountUse, portal.AccountExport)}})
	expect(t, file, http.StatusOK, `"linked_identities"`, `"subject":"pat"`) // R4
	begin := func(t *testing.T) (*testkit.Browser, *url.URL) {
		b := h.Visitor()
		return b, h.own.Visit(t, depart(t, b, "/login/with/"+h.id, url.Values{}))
	}
	with := func(u *url.URL, name, value string) string {
		q := u.Query()
		q.Set(name, value)
		return u.Path + "?" + q.Encode()
	}
	out := func(t *testing.T, b *testkit.Browser, path string, texts ...string) {
		t.Helper()
		expect(t, b.Get(path), http.StatusBadRequest, append(texts, "You were not signed in")...)
		expect(t, b.Get("/account"), http.StatusSeeOther)
	}
	t.Run("another state", func(t *testing.T) {
		b, back := begin(t)
		out(t, b, with(back, "state", "x"))
		expect(t, b.Get(back.RequestURI()), http.StatusSeeOther) // its own still counts
	})
	t.Run("another browser", func(t *testing.T) { // R40
		_, back := begin(t)
		out(t, h.Visitor(), back.RequestURI())
		other, _ := begin(t)
		out(t, other, back.RequestURI())
	})
	t.Run("a second time", func(t *testing.T) { // R21
		b, back := begin(t)
		expect(t, b.Get(back.RequestURI()), http.StatusSeeOther)
		expect(t, b.Get(back.RequestURI()), http.StatusBadRequest, "finished already")
	})
	t.Run("a code that was used", func(t *testing.T) {
		b, back := begin(t)
		expect(t, b.Get(back.RequestURI()), http.StatusSeeOther)
		again, fresh := begin(t)
		out(t, again, with(fresh, "code", back.Query().Get("code")))
	})
	t.Run("the code of another browser", func(t *testing.T) { // RFC 7636: the verifier does not fit
		_, foreign := begin(t)
		b, back := begin(t)
		out(t, b, with(back, "code", foreign.Query().Get("code")))
	})
	t.Run("too late", func(t *testing.T) {
		b, back := begin(t)
		h.now.Advance(11 * time.Minute)
		out(t, b, back.RequestURI(), "took too long")
	})
	t.Run("of another issuer", func(t *testing.T) { // RFC 9207
		b, back := begin(t)
		out(t, b, with(back, "iss", h.other.URL), "of another provider")
	})
	t.Run("at the address of another provider", func(t *testing.T) { // RFC 9700 §4.4
		b, back := begin(t)
		out(t, b, strings.Replace(back.RequestURI(), h.id, h.rival, 1), "of another provider")
	})
	t.Run("an error", func(t *testing.T) {
		b, back := begin(t)
		out(t, b, back.Path+"?"+url.Values{"state": {back.Query().Get("state")}, "error": {"access_denied"}, "error_description": {"<script>alert(1)</script>"}}.Encode(), "declined")
	})
	for name, alter := range map[string]func(claims map[string]any){
		"an ID token of another issuer":      func(c map[string]any) { c["iss"] = h.other.URL },
		"an ID token for another client":     func(c map[string]any) { c["aud"] = []string{"other"} },
		"an ID token for two clients":        func(c map[string]any) { c["aud"], c["azp"] = []string{"gatehouse", "other"}, "other" },
		"an ID token of another sign-in":     func(c map[string]any) { c["nonce"] = "x" },
		"an ID token that is too old":        func(c map[string]any) { c["exp"] = 1 },
		"an ID token without a nonce":        func(c map[string]any) { delete(c, "nonce") },
		"an ID token of somebody else’s key": func(map[string]any) {},
	} {
		t.Run(name, func(t *testing.T) {
			b, back := begin(t)
			h.own.Alter(h.own.Forge(t, strings.Contains(name, "key"), alter))
			defer h.own.Alter(nil)
			out(t, b, back.RequestURI(), "ID token")
		})
	}
	t.Run("untouched", func(t *testing.T) { // so that the above fail for their own reasons
		b, back := begin(t)
		h.own.Alter(h.own.Forge(t, false, func(map[string]any) {}))
		defer h.own.Alter(nil)
		expect(t, b.Get(back.RequestURI()), http.StatusSeeOther)
	})
	t.Run("of a tenant that turned its provider off", func(t *testing.T) {
		b, back := begin(t)
		in := h.Visitor()
		expect(t, h.through(t, in, h.own, h.id), http.StatusSeeOther)
		h.aa.Admin.SignIn()
		form := providerForm(h.own, "")
		form.Set("revision", "1")
		form.Del("enabled")
		form.Set("step_up", h.aa.Admin.StepUp(models.TenantConfigure, "provider"))
		expect(t, h.aa.Admin.Post("/t/aa/admin/settings/sign-in", form), http.StatusSeeOther)
		expect(t, b.Get(back.RequestURI()), http.StatusNotFound)
		expect(t, in.Get("/account"), http.StatusSeeOther) // its sessions end
		expect(t, h.Visitor().Get("/login/with/"+h.id), http.StatusNotFound)
	})
}

// A new person: the address is proven by mail in the same browser, the account is good
// for its tenant alone until it has a passkey of its own, which is made once so.
func TestAnAccountMadeThroughAProvider(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.own.Become("nora", "nora@acme.example", false, "guests")
		a := h.through(t, h.Visitor(), h.own, h.id)
		expect(t, a, http.StatusOK, "can invite you") // the provider does not vouch for the address
		h.own.Become("nora", "nora@acme.example", true, "guests")
		b := h.Visitor()
		expect(t, h.through(t, b, h.own, h.id), http.StatusOK, "nora@acme.example")
		path := h.LinkIn(h.Mail("nora@acme.example", "Finish your account"))
		expect(t, b.Get(path), http.StatusOK, "Make my account") // R34: a GET uses nothing up
		expect(t, h.Visitor().Post(path+"/provider", nil), http.StatusBadRequest, "another browser")
		expect(t, b.Post(path+"/provider", nil), http.StatusSeeOther)
		expect(t, b.Post(path+"/provider", nil), http.StatusBadRequest)
		expect(t, b.Get("/t/aa/apis/orders/subscribe"), http.StatusOK)
		expect(t, b.Get("/account"), http.StatusOK, "Your first passkey")
		expect(t, b.Post("/step-up/begin", url.Values{"action": {"account.use"}, "object": {"x"}}), http.StatusConflict, "has none yet")
		// R24: the first passkey is enrolment, the second needs the first.
		expect(t, b.FirstPasskey("Laptop"), http.StatusOK)
		expect(t, b.Post("/account/first-passkey/begin", url.Values{"name": {"Phone"}}), http.StatusForbidden)
		expect(t, b.Get("/account/sessions"), http.StatusForbidden)
		whole := b.Elsewhere()
		whole.SignIn()
		expect(t, whole.Get("/account"), http.StatusOK, "Laptop")
		h.Mail("nora@acme.example", "passkey was added")

		// R54: where neither a group nor the policy lets somebody in, no mail is sent.
		signUp(t, h.Kit, h.aa, models.SignUpInvite, "")
		h.own.Become("otto", "otto@acme.example", true, "nobody")
		expect(t, h.through(t, h.Visitor(), h.own, h.id), http.StatusOK, "can invite you")
	})
}

// While a provider does not answer nobody is cut off; after a day its sessions end. The
// last admin stays, whatever the provider says.
func TestAProviderThatDoesNotAnswer(t *testing.T) {
	h := newHouse(t, store.Options{})
	h.own.Become("ada", "ada@acme.example", true, "board")
	h.aa.Admin.SignIn()
	h.link(t, h.aa.Admin, h.own, h.id)
	b := h.Visitor()
	expect(t, h.through(t, b, h.own, h.id), http.StatusSeeOther)
	h.own.Down(true)
	for range 23 {
		h.now.Advance(time.Hour - 2*time.Minute)
		h.check(t)
		expect(t, b.Get("/account"), http.StatusOK)
	}
	h.aa.Admin.SignIn()
	expect(t, h.aa.Admin.Get("/t/aa/admin/settings/sign-in"), http.StatusOK, "Does not answer")
	expect(t, h.aa.Admin.Post("/t/aa/admin/settings/sign-in/test", nil), http.StatusUnprocessableEntity, "could not be used")
	h.now.Advance(2 * time.Hour)
	h.check(t)
	expect(t, b.Get("/account"), http.StatusSeeOther)
	expect(t, h.Visitor().Post("/login/with/"+h.id, url.Values{}), http.StatusServiceUnavailable, "does not answer")

	h.own.Down(false)
	h.own.Leave("ada", true)
	h.check(t)
	h.aa.Admin.SignIn()
	expect(t, h.aa.Admin.Get("/t/aa/admin/members"), http.StatusOK) // R57
	expect(t, h.aa.Admin.Post("/t/aa/admin/settings/sign-in/test", nil), http.StatusOK, "The provider answers", "offline_access")
	expect(t, h.aa.Admin.Post("/t/aa/admin/settings/sign-in/people/"+h.aa.Admin.User.ID+"/release", nil), http.StatusForbidden)
	expect(t, h.aa.Admin.Post("/t/aa/admin/settings/sign-in/people/"+h.aa.Admin.User.ID+"/release", url.Values{"step_up": {h.aa.Admin.StepUp(models.TenantConfigure, h.aa.Admin.User.ID)}}), http.StatusSeeOther)
}

// The staff's own provider opens the console, gives and takes staff roles by groups, and
// nobody's tenants.
func TestTheProviderOfTheStaff(t *testing.T) {
	h := newHouse(t, store.Options{})
	op := h.Person("Olga Operator", models.StaffOperator)
	id := h.provide(t, op, "/support/sign-in", models.InstallationConfigure, h.other, "helpdesk = support\nroot = operator")
	h.other.Become("sam", "sam@staff.example", true, "helpdesk")
	sam := h.Person("Sam Support", models.StaffSupport)
	h.link(t, sam, h.other, id)
	b := h.Visitor()
	expect(t, b.Get("/login"), http.StatusOK, "Continue with Acme account")
	a := h.through(t, b, h.other, id)
	expect(t, a, http.StatusSeeOther)
	if a.Header.Get("Location") != "/support" {
		t.Errorf("on to %s", a.Header.Get("Location"))
	}
	expect(t, b.Get("/support"), http.StatusOK)
	expect(t, b.Get("/support/staff"), http.StatusForbidden)
	expect(t, b.Get("/t/bb"), http.StatusNotFound)
	// A partner who is no staff does not come in by it.
	h.other.Become("zoe", "zoe@staff.example", true)
	expect(t, h.through(t, h.Visitor(), h.other, id), http.StatusOK, "No account here is linked")
	// Gone: no staff any more.
	h.other.Leave("sam", true)
	h.now.Advance(models.IdentityCheckEvery + time.Minute)
	h.check(t)
	expect(t, b.Get("/support"), http.StatusSeeOther)
	sam.SignIn()
	expect(t, sam.Get("/support"), http.StatusForbidden)
	// The only operator stays (R57).
	op.SignIn()
	people, _, err := h.Portal.Staff.List(t.Context(), h.Actor(op, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		if u.ID != op.User.ID {
			expect(t, op.Post("/support/staff/"+u.ID, url.Values{"role": {"none"}, "step_up": {op.StepUp(models.StaffManage, u.ID)}}), http.StatusSeeOther)
		}
	}
	h.other.Become("olga", "olga@staff.example", true)
	h.link(t, op, h.other, id)
	h.other.Leave("olga", true)
	h.now.Advance(models.IdentityCheckEvery + time.Minute)
	h.check(t)
	op.SignIn()
	expect(t, op.Get("/support/staff"), http.StatusOK)
}
