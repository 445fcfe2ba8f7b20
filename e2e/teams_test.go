package e2e

import (
	"gatehouse/e2e/drive"
)

// team looks at what an admin does for a team, and at the link that a person of it
// gets when a token was prepared for them.
func (w *walk) team(admin, partner *drive.Person, name string) {
	w.Helper()
	admin.Open("/t/northquay/admin/teams")
	admin.Press("Halden Freight")
	admin.Arrives("/t/northquay/admin/teams/.+")
	team := drive.JS[string](admin, `location.pathname`)
	w.at(admin, "/t/:tenant/admin/teams/:id/owner", team+"/owner")
	admin.Open(team)
	admin.Press("Prepare a token for " + name)
	admin.Arrives(team + "/members/.+/tokens")
	if !drive.JS[bool](admin, `(() => {
		const form = new FormData(document.querySelector("main [name=name]").form);
		for (const [k, v] of Object.entries({ name: "Night job", expires: "7", purpose: "Reads cranes.", [document.querySelector("main [name^=access-]").name]: "read" })) form.set(k, v);
		return fetch(location.pathname, { method: "POST", body: new URLSearchParams(form) }).then((r) => r.ok && r.redirected);
	})()`) {
		w.Errorf("no token was prepared at %s", admin.Path())
		return
	}
	partner.Open("/dev/mailbox")
	link := `[...document.querySelectorAll("a[href*='/claims/']")].map((a) => a.href)`
	if !partner.Waits(link+`.length > 0`) || len(drive.JS[[]string](partner, link)) == 0 {
		partner.Reload()
	}
	if found := drive.JS[[]string](partner, link); len(found) > 0 {
		w.at(partner, "/t/:tenant/claims/:secret", found[0])
	}
}

// service looks at what stands before a service account that is disabled.
func (w *walk) service(p *drive.Person) {
	w.Helper()
	p.Open("/t/northquay/team")
	path := drive.JS[string](p, `[...document.querySelectorAll("main a[href*='/services/']")].map((a) => a.pathname).find((path) => !path.endsWith("/new")) ?? ""`)
	if path == "" {
		w.Errorf("%s has no service account", p.Name)
		return
	}
	p.Open(path + "/disable")
	p.Leaves(func() { p.Press("Disable it") })
	w.at(p, "/t/:tenant/team/:id/services/:service/enable", path+"/enable")
}

// at looks at a page of the sitemap to which a link leads in some states only.
func (w *walk) at(p *drive.Person, pattern, address string) {
	w.Helper()
	p.Open(address)
	w.look(p, p.Name+" at "+address)
	w.visited[pattern]++
}
