package e2e

import (
	"strings"

	"gatehouse/e2e/drive"
	"gatehouse/internal/testkit"
)

// provider lets an admin set up the tenant's own identity provider, a partner link
// themselves and come in by it, and somebody who is new be told what to do.
func (w *walk) provider(admin, partner, stranger *drive.Person, issuer *testkit.Issuer) {
	w.Helper()
	const page = "/t/northquay/admin/settings/sign-in"
	admin.Open("/t/northquay/admin/settings")
	admin.Press("Sign-in through your company")
	admin.Arrives(page)
	w.look(admin, "no provider yet")
	fill := func(address string) {
		w.Helper()
		admin.Fills("Name", "Quay account")
		admin.Fills("Issuer", address)
		admin.Fills("Client id", issuer.ClientID)
		admin.Fills("Client secret", issuer.Secret)
		admin.Fills("Claim that holds the groups", "groups")
		admin.Fills("Roles of groups", "guests = partner")
		admin.Ticks("People without an account")
		admin.Ticks("In use")
	}
	admin.Expect("422 (Unprocessable")
	fill("ftp://issuer.example")
	admin.Leaves(func() { admin.Press("Save") })
	w.look(admin, "a provider that can't be one")
	fill(issuer.URL)
	admin.Leaves(func() { admin.Press("Save") })
	admin.Sees("The provider was saved")
	w.look(admin, "a provider")
	admin.Leaves(func() { admin.Press("Test it") })
	admin.Sees("The provider answers")
	w.look(admin, "a provider that was tested")
	door := drive.JS[string](admin, `[...document.querySelectorAll("code")].map((e) => e.textContent).find((s) => /\/login\/with\/[^/]+$/.test(s)) ?? ""`)
	if door == "" || !strings.HasPrefix(door, admin.Portal) {
		w.Errorf("the page names no door: %q", door)
		return
	}

	issuer.Become("pat", "pat@quay.example", true, "guests")
	partner.Open("/account")
	partner.Press("Link Quay account")
	partner.Sees("is linked to Quay account")
	w.look(partner, "an account that is linked to a provider")
	partner.ForgetsSession()
	w.at(partner, "/login/with/:id", door)
	partner.Press("Continue with Quay account")
	partner.Arrives(`/t/northquay(\?.*)?`)
	partner.Sees("New token")
	w.look(partner, "home of who came by a provider")
	partner.Expect("403 (Forbidden)")
	partner.Open("/account/sessions")
	w.look(partner, "what a sign-in by a provider does not open")
	partner.ForgetsSession()
	partner.SignsIn()

	issuer.Become("newcomer", "newcomer@quay.example", true, "guests")
	stranger.Open(door)
	stranger.Press("Continue with Quay account")
	stranger.Sees("One step is left", "newcomer@quay.example")
	w.accessible(w.T, stranger, "who is new and came by a provider") // which the first answer alone says
	stranger.Expect("400 (Bad Request)")
	stranger.Open(door + "/callback?error=access_denied&state=none")
	stranger.Sees("Try again")
	w.look(stranger, "who comes from a provider without having gone there")
	admin.Reload()
	admin.Sees("There")
	w.look(admin, "who is linked to a provider")
}
