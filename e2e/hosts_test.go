package e2e

import (
	"net/url"
	"strings"

	"gatehouse/e2e/drive"
	"gatehouse/internal/testkit"
)

// ownHost lets an admin prove a host name of the tenant's own, and a partner read there,
// sign in by way of the portal's host, come back, and sign out.
func (w *walk) ownHost(admin, partner *drive.Person, n *testkit.Nameserver) {
	w.Helper()
	const page, host = "/t/northquay/admin/settings/host", "developers.localhost"
	admin.Open("/t/northquay/admin/settings")
	admin.Press("Own host name")
	admin.Arrives(page)
	w.look(admin, "no host name yet")
	admin.Fills("Host name", "Developers.localhost.")
	admin.Press("Enter it")
	admin.Sees("Now prove that the name is yours", "Waits for its record")
	w.look(admin, "a host name that waits for its record")
	text := func(id string) string {
		return drive.JS[string](admin, `document.getElementById("`+id+`").textContent`)
	}
	n.Set(text("record-name"), text("record-value"))
	admin.Press("Check now")
	admin.Sees(host+" is proven.", "Since")
	w.look(admin, "a host name that is proven")
	w.visited["/t/:tenant/admin/settings/host"]++

	central, err := url.Parse(partner.Portal)
	if err != nil {
		w.Fatal(err)
	}
	own := "http://" + host + ":" + central.Port()
	at := func(origin string) {
		w.Helper()
		if got := drive.JS[string](partner, `location.origin`); got != origin {
			w.Errorf("%s is at %s, not at %s", partner.Name, got, origin)
		}
	}
	partner.Open(own)
	partner.Arrives("/t/northquay")
	partner.Sees("Sign in", "Northquay Ports")
	w.look(partner, "home on the own host")
	partner.Open(own + "/t/northquay/apis/equipment/v2") // with its scripts and styles
	at(own)
	partner.Press("Sign in")
	partner.Arrives("/t/northquay/hand-over.*")
	at(partner.Portal)
	w.look(partner, "going on to the own host")
	partner.Press("Go on as")
	partner.Arrives("/t/northquay/apis/equipment/v2")
	at(own)
	partner.SeesNot("Sign in")
	partner.Open(own + "/t/northquay/subscriptions")
	at(own)
	partner.Sees("Equipment")
	partner.Press("Tokens")
	partner.Arrives("/t/northquay/tokens")
	at(partner.Portal)
	partner.Open("/account/sessions")
	partner.Sees("on " + host)
	partner.Open(own + "/t/northquay")
	partner.SignsOut()
	partner.Arrives("/signed-out")
	at(own)
	w.look(partner, "signed out on the own host")
	partner.Open("/t/northquay/subscriptions") // still signed in there
	at(partner.Portal)
	partner.Sees("Equipment")

	// With no session anywhere: the passkey is asked for on the portal's host.
	partner.ForgetsSession()
	partner.Open(own + "/t/northquay/apis")
	partner.SignsInHere()
	partner.Sees("Go on to " + host)
	at(partner.Portal)
	partner.Press("Go on as")
	partner.Arrives("/t/northquay/apis")
	at(own)
	if cookies := drive.JS[string](partner, `document.cookie`); strings.Contains(cookies, "__Host-") {
		w.Errorf("a script reads %s", cookies)
	}
	partner.ForgetsSession()
	partner.SignsIn()
	for _, p := range []string{"/t/:tenant/hand-over", "/signed-out"} {
		w.visited[p]++
	}
}
