package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/ui"
)

// destination is somewhere in a tenant to which its navigation leads.
type destination struct {
	group, icon, text, url string
	shown                  bool
}

// navigation leads through a tenant: tabs for all, and for those who run it one that
// opens the list at the side of their own pages. Both are what the actor may see.
func navigation(actor models.Actor, path string) (tabs []layout.Tab, side []ui.SideItem) {
	base := "/t/" + actor.Tenant().Slug
	run := base + "/admin"
	var admin layout.Tab
	for _, p := range here([]destination{
		{"", "pulse", "Overview", run, actor.Can(models.SubscriptionReadAll)},
		{"Access", "inbox", "Requests", run + "/requests", actor.Can(models.SubscriptionReadAll)},
		{"Access", "key", "All tokens", run + "/tokens", actor.Can(models.TokenReadAll)},
		{"Access", "warn", "Alerts", run + "/alerts", actor.Can(models.AlertRead)},
		{"Portal", "api", "Publish", run + "/apis", actor.Can(models.APIReadAll)},
		{"Portal", "webhook", "Clients", run + "/clients", actor.Can(models.ClientRead)},
		{"Portal", "play", "Management tokens", run + "/management-tokens", actor.Can(models.ManagementTokenReadOwn)},
		{"People", "team", "Teams", run + "/teams", actor.Can(models.TeamReadAll)},
		{"People", "person", "Members", run + "/members", actor.Can(models.MemberRead)},
		{"People", "shield", "Support access", run + "/support", actor.Can(models.MemberRead)},
		{"Tenant", "list", "Audit", run + "/audit", actor.Can(models.AuditRead)},
		{"Tenant", "gear", "Settings", run + "/settings", actor.Can(models.TenantConfigure)},
	}, run, path) {
		if side = append(side, p); admin.URL == "" {
			admin = layout.Tab{Text: "Admin", URL: p.URL}
		}
	}
	for _, p := range here([]destination{
		{"", "", "Home", base, true},
		{"", "", "APIs", base + "/apis", true},
		{"", "", "Subscriptions", base + "/subscriptions", actor.Can(models.SubscriptionReadOwn)},
		{"", "", "Tokens", base + "/tokens", actor.Can(models.TokenReadOwn)},
		{"", "", "Usage", base + "/usage", actor.Can(models.TokenReadOwn)},
		{"", "", "Team", base + "/team", actor.Can(models.SubscriptionReadOwn)},
		{"", "", "Team", base + "/team/new", actor.Can(models.TeamFound) && !actor.Can(models.SubscriptionReadOwn) && actor.Role() == models.NoRole && !actor.Staff()},
	}, base, path) {
		tabs = append(tabs, layout.Tab{Text: p.Text, URL: p.URL, Current: p.Current})
	}
	inside := strings.HasPrefix(path+"/", run+"/")
	if admin.URL != "" {
		admin.Current = inside
		tabs = append(tabs, admin)
	}
	if !inside {
		side = nil
	}
	return tabs, side
}

// here are the places that are shown, of which the one that a path is in is current.
// Root is the place that everything else is in.
func here(all []destination, root, path string) (out []ui.SideItem) {
	// Guides are beside the APIs that they are about, recoveries beside members.
	at := strings.NewReplacer("/guides/", "/apis/", "/admin/recoveries/", "/admin/members/").Replace(path + "/")
	current := -1
	for _, p := range all {
		if !p.shown {
			continue
		}
		if at == p.url+"/" || p.url != root && strings.HasPrefix(at, p.url+"/") {
			current = len(out)
		}
		out = append(out, ui.SideItem{Group: p.group, Icon: p.icon, Text: p.text, URL: p.url})
	}
	if current >= 0 {
		out[current].Current = true
	}
	return out
}

func themeURL(t models.Tenant) string {
	_, hash, err := ui.ThemeCSS(t.Colour)
	if err != nil {
		return ""
	}
	return "/t/" + t.Slug + "/theme." + hash + ".css"
}

// Theme is the stylesheet that sets a tenant's colour. Its address names its content.
func (w *Web) Theme(c echo.Context) error {
	return sendTheme(c, guard.Actor(c).Tenant())
}

// Logo is a tenant's picture. Its address names its content.
func (w *Web) Logo(c echo.Context) error {
	return sendLogo(c, guard.Actor(c).Tenant())
}

// Icon is the picture in the browser's tab of a tenant without a logo. Its address
// names its content.
func (w *Web) Icon(c echo.Context) error {
	t := guard.Actor(c).Tenant()
	svg := ui.IconSVG(t.Name, t.Slug, t.Colour)
	if c.Param("file") != fingerprint([]byte(svg))+".svg" {
		return fault.Missing("page")
	}
	immutable(c)
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(svg))
}

// immutable lets the reader's browser, and nobody else's cache, keep what an address names.
func immutable(c echo.Context) {
	c.Response().Header().Set("Cache-Control", "private, max-age=31536000, immutable")
}
