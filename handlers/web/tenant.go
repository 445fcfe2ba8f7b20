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

// tabs are the places of a tenant that the actor can go to.
func tabs(actor models.Actor, path string) []layout.Tab {
	base := "/t/" + actor.Tenant().Slug
	all := []struct {
		text, url string
		shown     bool
	}{
		{"Home", base, true},
		{"APIs", base + "/apis", true},
		{"Subscriptions", base + "/subscriptions", actor.Can(models.SubscriptionReadOwn)},
		{"Tokens", base + "/tokens", actor.Can(models.TokenReadOwn)},
		{"Usage", base + "/usage", actor.Can(models.TokenReadOwn)},
		{"Team", base + "/team", actor.Can(models.SubscriptionReadOwn)},
		{"Team", base + "/team/new", actor.Can(models.TeamFound) && !actor.Can(models.SubscriptionReadOwn) && actor.Role() == models.NoRole && !actor.Staff()},
		{"Overview", base + "/admin", actor.Can(models.SubscriptionReadAll)},
		{"Requests", base + "/admin/requests", actor.Can(models.SubscriptionReadAll)},
		{"Publish", base + "/admin/apis", actor.Can(models.APIReadAll)},
		{"All tokens", base + "/admin/tokens", actor.Can(models.TokenReadAll)},
		{"Alerts", base + "/admin/alerts", actor.Can(models.AlertRead)},
		{"Management tokens", base + "/admin/management-tokens", actor.Can(models.ManagementTokenReadOwn)},
		{"Clients", base + "/admin/clients", actor.Can(models.ClientRead)},
		{"Teams", base + "/admin/teams", actor.Can(models.TeamReadAll)},
		{"Members", base + "/admin/members", actor.Can(models.MemberRead)},
		{"Support access", base + "/admin/support", actor.Can(models.MemberRead)},
		{"Audit", base + "/admin/audit", actor.Can(models.AuditRead)},
		{"Settings", base + "/admin/settings", actor.Can(models.TenantConfigure)},
	}
	var out []layout.Tab
	current := -1
	for _, t := range all {
		if !t.shown {
			continue
		}
		// Guides are beside the APIs that they are about, recoveries beside members.
		at := strings.NewReplacer("/guides/", "/apis/", "/admin/recoveries/", "/admin/members/").Replace(path + "/")
		if at == t.url+"/" || t.url != base && strings.HasPrefix(at, t.url+"/") {
			current = len(out)
		}
		out = append(out, layout.Tab{Text: t.text, URL: t.url})
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
