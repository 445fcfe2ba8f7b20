package web

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/ui"
)

// page is the frame of a page: whose it is, who looks, where they are.
func (w *Web) page(c echo.Context, title string) layout.Page {
	actor, r := guard.Actor(c), c.Request()
	p := layout.Page{
		Title: title, Theme: theme(c), Path: r.URL.RequestURI(), RequestID: guard.Request(c).ID, Viewer: viewer(actor),
	}
	if s := guard.Session(c); s != nil {
		for _, f := range s.Flashes() {
			p.Flash, p.Warn = f.Text, f.Kind == flashWarning
		}
	}
	if said, err := w.Portal.Installation.Said(r.Context(), actor); err == nil {
		p.Banner, p.Contact = said.Banner, said.Contact
	}
	if actor.Can(models.AccountUse) {
		if n, err := w.Notifications.Unread(r.Context(), actor); err == nil {
			p.Unread = n
		}
	}
	if t := actor.Tenant(); t.ID != "" {
		w.dress(&p, actor, r.URL.Path)
		w.countAlerts(c, &p)
	}
	return p
}

// dress gives a page the look of its tenant, its tabs, and for staff the bar
// that says where they are.
func (w *Web) dress(p *layout.Page, actor models.Actor, path string) {
	t := actor.Tenant()
	dressIn(p, t)
	p.Search = layout.Search{Action: "/t/" + t.Slug + "/apis", Label: "Search APIs"}
	p.Tabs, p.Side = navigation(actor, path)
	w.acting(p, actor)
}

// acting puts the bar on a page that staff see inside a tenant, and the tenant's mark
// into the browser's tab (R60).
func (w *Web) acting(p *layout.Page, actor models.Actor) {
	t, g := actor.Tenant(), actor.Grant()
	if t.ID == "" || !actor.Staff() || g == nil && (actor.Role() != models.NoRole || len(actor.Teams()) > 0) {
		return // in their own right they are nobody's staff
	}
	p.Tenant, p.Brand, p.ThemeURL, p.IconURL = t.Slug, Brand(t), themeURL(t), iconURL(t)
	p.Staff = &layout.Staff{Pattern: ui.Pattern(t.Slug), EnterURL: "/support/tenants/" + t.Slug}
	if g != nil {
		p.Grant = &layout.Grant{
			Level: string(g.Level), Reason: g.Reason, SwitchURL: "/support", LeaveURL: "/t/" + t.Slug + "/leave",
			MinutesLeft: int(actor.GrantLeft(w.Clock.Now()).Round(time.Minute) / time.Minute),
		}
	}
}

// ErrorPage is the frame of an error: it asks the database nothing, which may
// be what failed.
func (w *Web) ErrorPage(c echo.Context) layout.Page {
	actor := guard.Actor(c)
	p := layout.Page{Theme: theme(c), Path: c.Request().URL.RequestURI(), RequestID: guard.Request(c).ID, Viewer: viewer(actor)}
	w.acting(&p, actor)
	return p
}

// dressIn gives a page the look of a tenant.
func dressIn(p *layout.Page, t models.Tenant) {
	p.Tenant, p.Home = t.Slug, "/t/"+t.Slug
	p.Brand, p.ThemeURL, p.IconURL, p.FootLinks = Brand(t), themeURL(t), iconURL(t), nil
	for _, l := range t.Links {
		p.FootLinks = append(p.FootLinks, ui.Link{Text: l.Text, URL: l.URL})
	}
}

// countAlerts puts the number of open alerts to the tab that leads to them, and to
// their place in the list at the side.
func (w *Web) countAlerts(c echo.Context, p *layout.Page) {
	if !guard.Actor(c).Can(models.AlertRead) {
		return
	}
	n, err := w.Alerts.Open(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return
	}
	p.Tabs[len(p.Tabs)-1].Count = int(n)
	for i, s := range p.Side {
		if s.URL == alertsURL(c) {
			p.Side[i].Count = int(n)
		}
	}
}

// Brand is how a tenant is shown.
func Brand(t models.Tenant) ui.Brand {
	b := ui.Brand{Name: t.Name}
	if len(t.Logo) > 0 {
		b.LogoURL = logoURL(t, t.Logo)
	}
	if len(t.LogoDark) > 0 {
		b.DarkURL = logoURL(t, t.LogoDark)
	}
	return b
}

func viewer(actor models.Actor) layout.Viewer {
	if !actor.SignedIn() {
		return layout.Viewer{}
	}
	u := actor.Account()
	v := layout.Viewer{SignedIn: true, Name: u.Name, Email: u.Email, Staff: actor.Staff()}
	switch {
	case actor.Role() != models.NoRole:
		v.Roles = RoleName(actor.Role()) + " of " + actor.Tenant().Name
	case u.Staff == models.StaffOperator:
		v.Roles = "Operator"
	case u.Staff == models.StaffSupport:
		v.Roles = "Support staff"
	}
	return v
}

// RoleName is a role in words.
func RoleName(r models.Role) string {
	switch r {
	case models.RoleAdmin:
		return "Admin"
	case models.RoleAPIManager:
		return "API manager"
	case models.RoleAuditor:
		return "Auditor"
	case models.RolePartner:
		return "Partner"
	}
	return "No role"
}

// fingerprint names content in an address that never changes.
func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// iconURL is the picture in the browser's tab: the tenant's logo, or its initials on
// its colour and its pattern.
func iconURL(t models.Tenant) string {
	if len(t.Logo) > 0 {
		return logoURL(t, t.Logo)
	}
	return "/t/" + t.Slug + "/icon/" + fingerprint([]byte(ui.IconSVG(t.Name, t.Slug, t.Colour))) + ".svg"
}

func logoURL(t models.Tenant, picture []byte) string {
	return "/t/" + t.Slug + "/logo/" + fingerprint(picture)
}
