package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/drive"
)

// A demo that is stopped and started again goes on: the same tokens, the same
// passkeys, the same sessions. One that begins anew says that it does not know
// the passkey of before.
func TestTheDemoGoesOn(t *testing.T) {
	b, dir := chromium(t), t.TempDir()
	server := drive.Demo(t, dir)
	before := server.Ready
	p := b.Person(t, "partner", server.Portal)
	p.Enrols(before.People[0].EnrolURL, before.People[0].Email, before.People[0].Name)
	if status := callWith(t, before.ExampleCall, before.AccessToken); status != http.StatusOK {
		t.Fatalf("the printed call: %d", status)
	}
	p.Open("about:blank")              // where nothing is under way
	p.Expect("ERR_CONNECTION_REFUSED") // the browser fetches the icon when it likes
	server.Stop()
	begun := time.Now()
	server = drive.Demo(t, dir)
	t.Logf("started again in %s", time.Since(begun).Round(time.Millisecond))
	if server.AccessToken != before.AccessToken || server.ManagementToken != before.ManagementToken {
		t.Error("the tokens changed")
	}
	if status := callWith(t, server.ExampleCall, before.AccessToken); status != http.StatusOK {
		t.Errorf("the printed call after the second start: %d", status)
	}
	p.Portal = server.Portal
	p.Open("/account")
	p.Sees(before.People[0].Email)
	p.Open("about:blank")
	server.Stop()

	server = drive.Demo(t, t.TempDir())
	p.Portal = server.Portal
	p.Expect("400 (Bad Request)")
	p.Open("/login") // the browser offers the passkey at once
	p.Sees("unknown here")
}

func callWith(t *testing.T, address, token string) int {
	t.Helper()
	for tries := 0; ; tries++ {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		// The demo's upstreams fail now and then, as real ones do.
		if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 || tries == 5 {
			return resp.StatusCode
		}
	}
}

// Two tabs in two tenants never mix (R47), and a session that ended under a page
// leads to the sign-in and back, for requests of htmx too.
func TestTabsAndSessions(t *testing.T) {
	b := chromium(t)
	server := drive.Demo(t, t.TempDir())
	admin := server.People[1]
	one := b.Person(t, "admin", server.Portal)
	one.Enrols(admin.EnrolURL, admin.Email, admin.Name)
	two := one.Tab()
	one.Open("/t/northquay/admin/members")
	two.Open("/t/meridian")
	two.Sees("Meridian Grid")
	two.SeesNot("Northquay")
	one.Fills("E-mail", "auditor@northquay.example")
	one.Press("Send the invitation")
	one.Sees("auditor@northquay.example", "Northquay Ports")
	t.Run("a form of one tenant is not sent to another", func(t *testing.T) { // R47
		one.Expect("409 (Conflict)")
		one.Open("/t/northquay/apis/equipment/subscribe")
		drive.JS[bool](one, `document.querySelector("main form[method=post]").action = "/t/meridian/apis/flex/v2/subscribe", true`)
		drive.JS[bool](one, `document.querySelector("main form[method=post]").noValidate = true`)
		one.Press("Subscribe")
		one.Sees("belongs to another tenant")
	})
	t.Run("a look is seen before it is published", func(t *testing.T) { previewsALook(t, one) })
	t.Run("a session that ended leads to the sign-in", func(t *testing.T) {
		one.Open("/t/northquay/admin/settings/look")
		one.ForgetsSession()
		one.Expect("401 (Unauthorized)")
		drive.JS[bool](one, `window.before = true`)
		one.Fills("Colour", "#7c2d12") // asks for a preview
		// By way of /login, where the browser offers the passkey at once.
		if !one.Waits(`!window.before && location.pathname === "/t/northquay/admin/settings/look"`) {
			t.Errorf("the sign-in led to %s", one.Path())
		}
	})
	if path := two.Path(); !strings.HasPrefix(path, "/t/meridian") {
		t.Errorf("the other tab went to %s", path)
	}
}
