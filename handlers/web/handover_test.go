package web_test

import (
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

// onTwoHosts runs a test against a server with a tenant on each of two own hosts.
func onTwoHosts(t *testing.T, o store.Options, run func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place)) {
	n, c := testkit.NewNameserver(t), clock.NewManual(time.Now())
	t.Helper()
	k := testkit.Prepare(t, t.TempDir(), o)
	k.Clock, k.Config.DNS = c, n.Addr
	k.Start()
	t.Cleanup(k.Stop)
	p, other := k.Place("nq", true), k.Place("grid", true)
	prove(t, k, n, p, ownName)
	prove(t, k, n, other, "other.example.org")
	run(t, k, c, p, other)
}

// location is where a redirect leads, without the origin.
func location(t *testing.T, a testkit.Answer) string {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %d, want a redirect: %.300s", a.Request.URL.Path, a.StatusCode, a.Body)
	}
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// Reading on the own host, signing in by way of the portal's, coming back, signing out.
func TestSigningInOnAnOwnHost(t *testing.T) {
	onTwoHosts(t, store.Options{}, func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place) {
		own := p.Partner.On(ownName)
		expect(t, own.Get("/t/nq"), http.StatusOK, "Sign in")
		if at := location(t, own.Get("/t/nq/subscriptions")); at != "/login?next=%2Ft%2Fnq%2Fsubscriptions" {
			t.Errorf("without a session: %q", at)
		}
		form := own.AsksHandOver("/t/nq/subscriptions")
		nobody := k.Visitor()
		if at := location(t, nobody.Get("/hand-over?"+form.Encode())); !strings.HasPrefix(at, "/login?next=%2Ft%2Fnq%2Fhand-over") {
			t.Errorf("nobody is signed in, and goes to %q", at)
		}
		page := p.Partner.Get(location(t, p.Partner.Get("/hand-over?"+form.Encode())))
		expect(t, page, http.StatusOK, "Go on as "+p.Partner.User.Email)
		if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://"+ownName+":"+k.PortalURL.Port()+";") {
			t.Errorf("the form may lead to: %s", csp)
		}
		answer := own.Get(p.Partner.Carry("nq", form))
		if location(t, answer) != "/t/nq/subscriptions" {
			t.Errorf("signing in leads to %s", answer.Header.Get("Location"))
		}
		if set := strings.Join(answer.Header.Values("Set-Cookie"), "\n"); !regexp.MustCompile(`__Host-s=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax`).MatchString(set) || strings.Contains(set, "Domain") { // R35
			t.Errorf("cookies: %s", set)
		}
		expect(t, own.Get("/t/nq/subscriptions"), http.StatusOK, "Orders")
		expect(t, p.Partner.Get("/account/sessions"), http.StatusOK, "on "+ownName)

		// R24: no passkey, so nothing that demands one; not even with a proof of the portal's host.
		proof := p.Partner.StepUp(models.TokenCreate, "")
		expect(t, own.Post("/t/nq/tokens", url.Values{"step_up": {proof}}), http.StatusNotFound)
		// R39: another site's form, and that of a tenant's other host.
		expect(t, own.Do(http.MethodPost, "/t/nq/subscriptions/"+p.Subscription.ID+"/withdraw", strings.NewReader("tenant=nq"), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-site"), http.StatusForbidden)
		for origin, status := range map[string]int{own.Host: http.StatusSeeOther, k.PortalURL.Host: http.StatusForbidden, "other.example.org:" + k.PortalURL.Port(): http.StatusForbidden} {
			a := own.Do(http.MethodPost, "/theme", strings.NewReader("theme=dark"), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "-", "Origin", "http://"+origin)
			if a.StatusCode != status {
				t.Errorf("a form from %s: %d", origin, a.StatusCode)
			}
		}

		if at := location(t, own.Post("/logout", nil)); at != "/signed-out" {
			t.Errorf("signing out leads to %q", at)
		}
		expect(t, own.Get("/signed-out"), http.StatusOK, "signed out of "+ownName, k.PortalURL.String()+"/account/sessions")
		if at := location(t, own.Get("/t/nq/subscriptions")); !strings.HasPrefix(at, "/login") {
			t.Errorf("after signing out: %q", at)
		}
		expect(t, p.Partner.Get("/t/nq/subscriptions"), http.StatusOK)
		// A form may lead to no other host, so who sends one now gets a link.
		lost := own.Do(http.MethodPost, "/t/nq/subscriptions/"+p.Subscription.ID+"/withdraw", strings.NewReader("tenant=nq"), "Content-Type", "application/x-www-form-urlencoded", "Referer", "http://"+own.Host+"/t/nq/subscriptions")
		expect(t, lost, http.StatusUnauthorized, `href="/login?lost=1&amp;next=%2Ft%2Fnq%2Fsubscriptions"`)
	})
}

// A code is good once, for a minute, on its host, in the browser that asked for it; a
// session on its host alone.
func TestCodesAndSessionsStayOnTheirHost(t *testing.T) {
	onTwoHosts(t, store.Options{}, func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place) {
		central := p.Partner
		refused := func(what string, b *testkit.Browser, path string) {
			t.Helper()
			if a := b.Get(path); a.StatusCode != http.StatusForbidden || b.Cookie() != "" {
				t.Errorf("%s: %d, cookie %q: %.200s", what, a.StatusCode, b.Cookie(), a.Body)
			}
		}
		own := central.On(ownName)
		path := central.Carry("nq", own.AsksHandOver("/"))
		refused("another browser, which holds no nonce", central.On(ownName), path) // login CSRF
		stranger := central.On(ownName)
		stranger.AsksHandOver("/")
		refused("another browser with a nonce of its own", stranger, path)
		there := central.On("other.example.org")
		there.AsksHandOver("/")
		refused("another host", there, path)
		refused("no code", own, "/sign-in")
		refused("a code that was never made", own, "/sign-in?code=ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if next := location(t, own.Get(path)); next != "/t/nq" {
			t.Errorf("the code itself leads to %q", next)
		}
		again := central.On(ownName)
		refused("a code that was used", again, path)

		late := central.On(ownName)
		path = central.Carry("nq", late.AsksHandOver("/"))
		c.Advance(portal.CodeLifetime)
		refused("after a minute", late, path)
		path = central.Carry("nq", late.AsksHandOver("//evil.example"))
		c.Advance(portal.CodeLifetime - time.Second)
		if next := location(t, late.Get(path)); next != "/t/nq" { // R45
			t.Errorf("within a minute: %q", next)
		}

		// A code for another host, another tenant, or without a nonce is not made.
		form := central.On(ownName).AsksHandOver("/")
		expect(t, central.Post("/t/grid/hand-over", form), http.StatusNotFound)
		expect(t, central.Post("/t/nq/hand-over", url.Values{"host": {"evil.example"}, "nonce": form["nonce"]}), http.StatusNotFound)
		expect(t, central.Post("/t/nq/hand-over", url.Values{"host": {ownName}, "nonce": {"short"}}), http.StatusBadRequest)
		expect(t, k.Visitor().Get("/hand-over?host=evil.example"), http.StatusNotFound)

		// The cookies of one host on the others.
		for what, b := range map[string]*testkit.Browser{"the portal's host": k.Visitor(), "another own host": k.Visitor().On("other.example.org")} {
			b.SetCookie(own.Cookie())
			slug := map[bool]string{true: "nq", false: "grid"}[b.Host == ""]
			if at := location(t, b.Get("/t/"+slug+"/subscriptions")); !strings.HasPrefix(at, "/login") {
				t.Errorf("%s: %q", what, at)
			}
		}
		planted := k.Visitor().On(ownName)
		planted.SetCookie(central.Cookie())
		if at := location(t, planted.Get("/t/nq/subscriptions")); !strings.HasPrefix(at, "/login") {
			t.Errorf("the portal's session on the own host: %q", at)
		}
		// R126, R35: neither a code nor a nonce nor a session stands in the database.
		for _, secret := range []string{strings.TrimPrefix(path, "/sign-in?code="), own.Cookie()} {
			if files := k.Grep(secret); len(files) > 0 {
				t.Errorf("%s stands in %v", secret, files)
			}
		}
	})
}

// What ends the session on the portal's host ends those that came from it; a renewal
// does not.
func TestAnOwnHostsSessionEndsWithItsParent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		onTwoHosts(t, o, func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place) {
			lives := func(b *testkit.Browser) bool { return b.Get("/t/nq/subscriptions").StatusCode == http.StatusOK }
			for what, end := range map[string]func(central *testkit.Browser){
				"signing out": func(b *testkit.Browser) { expect(t, b.Post("/logout", nil), http.StatusSeeOther) },
				"ending all others elsewhere": func(b *testkit.Browser) {
					elsewhere := b.Elsewhere()
					expect(t, elsewhere.SignIn(), http.StatusOK)
					expect(t, elsewhere.Post("/account/sessions/end", url.Values{"session": {"others"}}), http.StatusSeeOther)
				},
				"an admin": func(b *testkit.Browser) {
					expect(t, p.Admin.Post("/t/nq/admin/members/"+b.User.ID+"/sessions/end", url.Values{"step_up": {p.Admin.StepUp(models.MemberManage, b.User.ID)}}), http.StatusSeeOther)
				},
				"signing in anew": func(b *testkit.Browser) { expect(t, b.SignIn(), http.StatusOK) },
			} {
				central := p.Auditor
				expect(t, central.SignIn(), http.StatusOK)
				own := central.On(ownName)
				location(t, own.Get(central.Carry("nq", own.AsksHandOver("/t/nq/admin"))))
				expect(t, own.Get("/t/nq"), http.StatusOK, central.User.Email)
				central.StepUp(models.AccountUse, "x") // renews the parent (R36)
				c.Advance(time.Minute)
				if k.Store.Sweep(t.Context()); !strings.Contains(own.Get("/t/nq").Body, central.User.Email) {
					t.Fatalf("%s: a step-up ended the session", what)
				}
				if end(central); strings.Contains(own.Get("/t/nq").Body, central.User.Email) {
					t.Errorf("%s ends nothing on the own host", what)
				}
			}

			// R36: another role is another id, there too, and the session goes on.
			own := p.Manager.SignInOn("nq", ownName)
			id := own.Cookie()
			expect(t, p.Admin.Post("/t/nq/admin/members/"+p.Manager.User.ID, url.Values{"role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, p.Manager.User.ID)}}), http.StatusSeeOther)
			if expect(t, own.Get("/t/nq"), http.StatusOK, p.Manager.User.Email, "Auditor"); own.Cookie() == id {
				t.Error("the id did not change with the role")
			}

			// R37: who reads on the own host is not idle, and the end of the day is one for both.
			central := p.Partner
			expect(t, central.SignIn(), http.StatusOK)
			own = central.SignInOn("nq", ownName)
			for range 30 {
				c.Advance(47 * time.Minute)
				if !lives(own) {
					t.Fatal("not idle, and signed out")
				}
			}
			expect(t, central.Get("/account"), http.StatusOK)
			c.Advance(47 * time.Minute) // 24 hours and a half
			if lives(own) {
				t.Error("the session outlives a day")
			}

			// R38: who is disabled has no code either, and removing the host ends what is on it.
			expect(t, central.SignIn(), http.StatusOK)
			own = central.SignInOn("nq", ownName)
			expect(t, p.Admin.SignIn(), http.StatusOK)
			expect(t, p.Admin.Post("/t/nq/admin/settings/host/remove", url.Values{"step_up": {p.Admin.StepUp(models.HostManage, "nq")}}), http.StatusSeeOther)
			expect(t, own.Get("/t/nq/subscriptions"), http.StatusMisdirectedRequest)
			if n := count(t, k, "SELECT count(*) FROM sessions WHERE host <> ''"); n != 0 {
				t.Errorf("%d sessions are left on hosts that are gone", n)
			}
		})
	})
}

func count(t *testing.T, k *testkit.Kit, query string) (n int) {
	t.Helper()
	h, err := k.Store.Handles()
	if err == nil {
		err = h.Read.QueryRow(query).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Staff stay on the portal's host, where each page says in which tenant they are; a
// private tenant is there for its people alone; a suspended one answers as it does there.
func TestWhoIsOnAnOwnHost(t *testing.T) {
	onTwoHosts(t, store.Options{}, func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place) {
		staff := k.Person("Sam Staff", models.StaffSupport)
		form := staff.On(ownName).AsksHandOver("/t/nq/apis")
		if at := location(t, staff.Get("/t/nq/hand-over?"+form.Encode())); at != "/t/nq/apis" {
			t.Errorf("staff go to %q", at)
		}
		expect(t, staff.Post("/t/nq/hand-over", form), http.StatusForbidden)

		own := p.Partner.SignInOn("nq", ownName)
		operator := k.Person("Olga Operator", models.StaffOperator)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			tenant, err := tx.TenantByID(p.Tenant.ID)
			if err != nil {
				return err
			}
			tenant.Public = false
			return tx.UpdateTenant(tenant)
		})
		expect(t, own.Get("/t/nq"), http.StatusOK)
		expect(t, k.Visitor().On(ownName).Get("/t/nq"), http.StatusNotFound, "Sign in")
		outsider := k.Person("Otto Outsider", models.NotStaff)
		form = outsider.On(ownName).AsksHandOver("/t/nq")
		expect(t, outsider.Get(location(t, outsider.Get("/hand-over?"+form.Encode()))), http.StatusNotFound) // R52

		expect(t, operator.Post("/support/tenants/nq/suspend", url.Values{"state_reason": {"Invoice 12 is open."}, "confirm": {p.Tenant.Name}, "step_up": {operator.StepUp(models.TenantSuspend, "nq")}}), http.StatusSeeOther)
		central, there := p.Partner.Get("/t/nq"), own.Get("/t/nq")
		if central.StatusCode != there.StatusCode {
			t.Errorf("suspended: %d, on its own host %d", central.StatusCode, there.StatusCode)
		}
	})
}

// Every form on a page of an own host is sent to what answers there: the others, which
// need a passkey, are on the portal's host with their pages.
func TestFormsOfAnOwnHostAreAnsweredThere(t *testing.T) {
	onTwoHosts(t, store.Options{}, func(t *testing.T, k *testkit.Kit, c *clock.Manual, p, other *testkit.Place) {
		links, forms := regexp.MustCompile(`href="(/[^"#]*)`), regexp.MustCompile(`(?s)<form[^>]*>`)
		action := regexp.MustCompile(`action="([^"]*)"`)
		for _, who := range []*testkit.Browser{p.Partner, p.Admin, p.Auditor} {
			own := who.SignInOn("nq", ownName)
			seen, queue := map[string]bool{}, []string{"/t/nq"}
			for len(queue) > 0 && len(seen) < 300 {
				path := queue[0]
				if queue = queue[1:]; seen[path] {
					continue
				}
				seen[path] = true
				page := own.Get(path)
				if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
					if page.StatusCode >= 400 {
						t.Errorf("%s: %d", path, page.StatusCode)
					}
					continue
				}
				if strings.Contains(page.Body, "data-stepup") {
					t.Errorf("%s asks for a passkey, which is good on the portal's host alone", path)
				}
				for _, form := range forms.FindAllString(page.Body, -1) {
					to := action.FindStringSubmatch(form)
					if !strings.Contains(form, `method="post"`) || to == nil || to[1] == "/logout" {
						continue
					}
					if a := own.Do(http.MethodPost, to[1], strings.NewReader("tenant=x"), "Content-Type", "application/x-www-form-urlencoded"); a.StatusCode == http.StatusNotFound {
						t.Errorf("%s: a form is sent to %s, which is not there", path, to[1])
					}
				}
				for _, m := range links.FindAllStringSubmatch(page.Body, -1) {
					queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
				}
			}
			if len(seen) < 20 {
				t.Errorf("only %d addresses were seen", len(seen))
			}
		}
	})
}
