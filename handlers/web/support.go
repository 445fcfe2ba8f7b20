package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/support"
)

const (
	tenantsPage = 25
	recentMost  = 6
)

// console is the frame of the staff's pages.
func (w *Web) console(c echo.Context, title string) layout.Page {
	p, actor, path := w.page(c, title), guard.Actor(c), c.Request().URL.Path
	p.Sub, p.Home = "Support console", "/support"
	p.Search = layout.Search{Action: "/support", Label: "Go to a tenant"}
	for _, t := range []struct {
		text, url string
		needs     models.Action
	}{
		{"Tenants", "/support", models.TenantDirectory},
		{"Jobs", "/support/jobs", models.JobsRead},
		{"Staff", "/support/staff", models.StaffManage},
		{"Audit", "/support/audit", models.InstallationAuditRead},
	} {
		if actor.Can(t.needs) {
			current := path == t.url || t.url != "/support" && strings.HasPrefix(path, t.url+"/") || t.url == "/support" && strings.HasPrefix(path, "/support/tenants")
			p.Tabs = append(p.Tabs, layout.Tab{Text: t.text, URL: t.url, Current: current})
		}
	}
	return p
}

// Support finds tenants, as one types.
func (w *Web) Support(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d := support.Console{Text: strings.TrimSpace(c.QueryParam("q")), MayCreate: actor.Can(models.TenantCreate), Now: w.Clock.Now()}
	f := portal.DirectoryFilter{Text: d.Text, After: c.QueryParam("after"), Limit: tenantsPage + 1}
	found, err := w.Tenants.Directory(ctx, actor, f)
	if err != nil {
		return err
	}
	grants, tenants, err := w.Grants.Recent(ctx, actor)
	if err != nil {
		return err
	}
	live := visits(&d, grants, tenants)
	if len(found) > tenantsPage {
		found = found[:tenantsPage]
		d.Next = directoryURL(d.Text, found[len(found)-1].Slug)
	}
	if f.After != "" {
		d.First = directoryURL(d.Text, "")
	}
	for _, t := range found {
		d.Tenants = append(d.Tenants, consoleTenant(t, live[t.ID]))
	}
	if isHTMX(c) {
		return render(c, http.StatusOK, support.Tenants(d))
	}
	page := w.console(c, "Tenants")
	page.Search.Action = "" // the page has a search of its own
	return render(c, http.StatusOK, support.All(page, d))
}

func directoryURL(text, after string) string {
	q := url.Values{}
	if text != "" {
		q.Set("q", text)
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/support"
	}
	return "/support?" + q.Encode()
}

// visits fills in where the staff person is and was, each tenant once, and
// returns the live grants by tenant.
func visits(d *support.Console, grants []models.Grant, tenants map[string]models.Tenant) map[string]*models.Grant {
	live := map[string]*models.Grant{}
	for _, g := range grants {
		t := tenants[g.TenantID]
		v := support.Visit{Name: t.Name, Slug: t.Slug, Colour: t.Colour, Grant: g}
		if g.Live(d.Now) && live[g.TenantID] == nil {
			live[g.TenantID] = &g
			d.Grants = append(d.Grants, v)
		}
		if len(d.Recent) < recentMost && !slices.ContainsFunc(d.Recent, func(r support.Visit) bool { return r.Slug == t.Slug }) {
			d.Recent = append(d.Recent, v)
		}
	}
	return live
}

func consoleTenant(t models.Tenant, g *models.Grant) support.Tenant {
	return support.Tenant{Name: t.Name, Slug: t.Slug, Colour: t.Colour, State: t.State, Public: t.Public, Grant: g}
}

// TenantDoor shows a tenant from outside: how to get in.
func (w *Web) TenantDoor(c echo.Context) error { return w.showDoor(c, http.StatusOK, support.Door{}) }

func (w *Web) showDoor(c echo.Context, status int, d support.Door) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	tenant, hasAdmin, err := w.Tenants.Find(ctx, actor, c.Param("slug"))
	if err != nil {
		return err
	}
	grants, _, err := w.Grants.Recent(ctx, actor)
	if err != nil {
		return err
	}
	d.Now, d.HasAdmin = w.Clock.Now(), hasAdmin
	d.MayGive, d.MayInvite = actor.Can(models.GrantGive), actor.Can(models.AdminInvite)
	d.MaySuspend, d.Tenant = actor.Can(models.TenantSuspend), consoleTenant(tenant, nil)
	for _, g := range grants {
		if g.TenantID == tenant.ID && g.Live(d.Now) {
			d.Tenant.Grant = &g
			break
		}
	}
	d.Enter.Minutes, d.Give.Minutes = orElse(d.Enter.Minutes, "60"), orElse(d.Give.Minutes, "60")
	d.Give.Level = orElse(d.Give.Level, string(models.GrantSupport))
	return render(c, status, support.At(w.console(c, tenant.Name), d))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// EnterTenant gives the staff person a grant to look.
func (w *Web) EnterTenant(c echo.Context) error {
	form := support.GrantForm{Reason: c.FormValue("reason"), Minutes: c.FormValue("minutes")}
	minutes, _ := strconv.Atoi(form.Minutes) // 0 is refused by Grant.Check
	tenant, err := w.Grants.Enter(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Reason, minutes)
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showDoor(c, status, support.Door{Enter: form})
	}
	return done(c, "You are in "+tenant.Name+" now.", "/t/"+tenant.Slug)
}

// GiveGrant lets another staff person do more in a tenant.
func (w *Web) GiveGrant(c echo.Context) error {
	form := support.GrantForm{Email: c.FormValue("email"), Level: c.FormValue("level"), Reason: c.FormValue("give_reason"), Minutes: c.FormValue("give_minutes")}
	minutes, _ := strconv.Atoi(form.Minutes) // 0 is refused by Grant.Check
	tenant, err := w.Grants.Give(c.Request().Context(), guard.Actor(c), c.Param("slug"), form.Email, models.GrantLevel(form.Level), form.Reason, minutes)
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = renamed(problems, map[string]string{"reason": "give_reason", "minutes": "give_minutes"})
		return w.showDoor(c, status, support.Door{Give: form})
	}
	return done(c, form.Email+" has the grant "+form.Level+" in "+tenant.Name+" now.", "/support/tenants/"+tenant.Slug)
}

// renamed gives problems the names that their fields have on this page.
func renamed(problems []fault.Field, names map[string]string) []fault.Field {
	out := slices.Clone(problems)
	for i, p := range out {
		out[i].Name = orElse(names[p.Name], p.Name)
	}
	return out
}

// LeaveTenant ends the staff person's grant. Their rights change, so their
// session's id does, too (R36).
func (w *Web) LeaveTenant(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Grants.Leave(c.Request().Context(), actor); err != nil {
		return err
	}
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "You left "+actor.Tenant().Name+".", "/support")
}
