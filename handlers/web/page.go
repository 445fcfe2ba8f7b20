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
	if actor.SignedIn() {
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
	p.Tenant, p.Home = t.Slug, "/t/"+t.Slug
	p.Brand, p.ThemeURL = Brand(t), themeURL(t)
	if len(t.Logo) > 0 {
		p.IconURL = logoURL(t)
	}
	p.Search = layout.Search{Action: "/t/" + t.Slug + "/apis", Label: "Search APIs"}
	p.Tabs = tabs(actor, path)
	if g := actor.Grant(); g != nil {
		p.Grant = &layout.Grant{
			Level: string(g.Level), Reason: g.Reason, SwitchURL: "/support", LeaveURL: "/t/" + t.Slug + "/leave",
			MinutesLeft: int(actor.GrantLeft(w.Clock.Now()).Round(time.Minute) / time.Minute),
		}
	}
}

// countAlerts puts the number of open alerts to the tab that leads to them.
func (w *Web) countAlerts(c echo.Context, p *layout.Page) {
	for i, t := range p.Tabs {
		if t.URL != alertsURL(c) {
			continue
		}
		if n, err := w.Alerts.Open(c.Request().Context(), guard.Actor(c)); err == nil {
			p.Tabs[i].Count = int(n)
		}
	}
}

// Brand is how a tenant is shown.
func Brand(t models.Tenant) ui.Brand {
	b := ui.Brand{Name: t.Name}
	if len(t.Logo) > 0 {
		b.LogoURL = logoURL(t)
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
	}
	return "No role"
}

// fingerprint names content in an address that never changes.
func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

func logoURL(t models.Tenant) string {
	return "/t/" + t.Slug + "/logo/" + fingerprint(t.Logo)
}
