package web

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// accessField is how the form names the permission for a version.
const accessField = "access-"

// NewTokenForm is the form of a new token.
func (w *Web) NewTokenForm(c echo.Context) error {
	return w.showTokenForm(c, http.StatusOK, tokens.Form{Key: rand.Text(), Team: models.Team{ID: c.QueryParam("team")}}, nil)
}

func (w *Web) showTokenForm(c echo.Context, status int, f tokens.Form, chosen map[string]models.Access) error {
	actor := guard.Actor(c)
	can, err := w.Tokens.Form(c.Request().Context(), actor, f.Team.ID)
	if err != nil {
		return err
	}
	f.Tenant, f.TenantName, f.Team, f.Days = actor.Tenant().Slug, actor.Tenant().Name, can.Team, actor.Tenant().TokenDays
	for _, t := range can.Teams {
		if len(can.Teams) > 1 {
			f.Teams = append(f.Teams, ui.SegLink{Text: t.Name, URL: tokensURL(c) + "/new" + query("team", t.ID), Current: t.ID == can.Team.ID})
		}
	}
	f.Choices, f.MinDate, f.MaxDate = lifetimes(w.Clock.Now(), f.Days)
	f.Expires = lifetimeChosen(f.Expires, f.Days)
	for _, a := range can.APIs {
		f.APIs = append(f.APIs, reach(a, chosen[a.VersionID]))
	}
	for _, a := range can.Others {
		f.Others = append(f.Others, ui.Link{Text: a.Name, URL: apiURL(c, a.Slug) + "/subscribe"})
	}
	p := w.page(c, "New token")
	p.Scripts = []string{"perm.js"}
	return render(c, status, f.Page(p))
}

// lifetimes are the choices of how long a token lives. Those beyond the tenant's
// longest are there, disabled, with the reason.
func lifetimes(now time.Time, most int) (choices []ui.Option, least, last string) {
	for _, days := range []int{1, 7, 30, 60, 90} {
		o := ui.Option{Value: strconv.Itoa(days), Label: ui.Plural(days, "day"), Note: ui.Date(now.AddDate(0, 0, days))}
		if days > most {
			o.Disabled, o.Note = true, "more than "+ui.Plural(most, "day")
		}
		choices = append(choices, o)
	}
	end := now.AddDate(0, 0, most).UTC()
	choices = append(choices, ui.Option{Value: "date", Label: "On a date", Note: "until " + ui.Date(end)})
	return choices, now.UTC().Format(time.DateOnly), end.Format(time.DateOnly)
}

// lifetimeChosen is what is chosen at first: 30 days, or the longest that is allowed.
func lifetimeChosen(chosen string, most int) string {
	if chosen != "" {
		return chosen
	}
	if most < 30 {
		return "1"
	}
	return "30"
}

// reach says what each choice would allow.
func reach(a portal.ReachableAPI, chosen models.Access) tokens.Reach {
	var reads, writes []string
	for _, o := range a.Operations {
		name := o.Summary
		if name == "" {
			name = o.Key
		}
		if o.Class == models.ClassRead {
			reads = append(reads, name)
		} else {
			writes = append(writes, name)
		}
	}
	r := tokens.Reach{
		Name: a.API.Name, Version: a.Version.Name, Plan: a.Plan.Name + " plan, " + ui.Rates(a.Plan), Field: accessField + a.VersionID, Value: string(chosen),
		Reads: "Can do what only reads: " + some(reads) + ". Can’t change anything.",
	}
	r.Writes = "Can do everything: read, and " + some(writes) + "."
	if len(writes) == 0 {
		r.Writes = "The same as read: nothing in this API changes anything."
	}
	if r.Value == "" {
		r.Value = string(models.AccessNone)
	}
	return r
}

// some names the first few of a list: "a, b, c and 6 more".
func some(names []string) string {
	const most = 3
	if len(names) == 0 {
		return "nothing"
	}
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}

// CreateToken answers the form. The secret lives in this answer only: there is no
// redirect, and nothing of it in the session (R4).
func (w *Web) CreateToken(c echo.Context) error {
	f := tokens.Form{Team: models.Team{ID: c.FormValue("team")}, Name: c.FormValue("name"), Description: c.FormValue("description"),
		Expires: c.FormValue("expires"), Date: c.FormValue("date"), Key: c.FormValue("key")}
	access := map[string]models.Access{}
	for name, values := range c.Request().PostForm {
		if version, ok := strings.CutPrefix(name, accessField); ok {
			access[version] = models.Access(values[0])
		}
	}
	token, secret, err := w.Tokens.Create(c.Request().Context(), guard.Actor(c), portal.NewToken{
		Team: f.Team.ID, Name: f.Name, Description: f.Description, Expires: onDate(f.Expires, f.Date), Access: access, Key: f.Key,
	})
	if problems, status, ok := proofFields(err); ok && fault.Code(err) != "already_created" {
		f.Problems = problems
		return w.showTokenForm(c, status, f, access)
	}
	if err != nil {
		return err
	}
	page, err := w.created(c, token.ID)
	if err != nil {
		return err
	}
	page.Secret = secret.Reveal()
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, http.StatusCreated, page.Page(w.page(c, page.Name)))
}

// onDate is how long a token lives: days, or a date.
func onDate(choice, date string) string {
	if choice == "date" {
		return date
	}
	return choice
}

// created is the page of a token that was just made, without its secret.
func (w *Web) created(c echo.Context, id string) (page tokens.Created, err error) {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d, _, err := w.Tokens.Callers(ctx, actor, id)
	if err != nil {
		return page, err
	}
	call, err := w.Tokens.FirstCall(ctx, actor, id, w.Gateway.String())
	return tokens.Created{
		Tenant: actor.Tenant().Slug, Row: tokenRow(c, tokensURL(c), d), Summary: may(d), Curl: call.Curl, CallPath: call.Path,
		Done: tokensURL(c), Now: w.Clock.Now(),
	}, err
}

// TestToken makes the first call with a token that was just made. Its secret comes
// in the form and goes to the gateway; nothing keeps it. htmx gets the panel that it
// came from, whose form holds the secret still; a whole page is another than the
// one that showed it, and does not show it again (R4).
func (w *Web) TestToken(c echo.Context) error {
	ctx, actor, id, secret := c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("secret")
	if err := w.Tokens.CheckSecret(ctx, actor, id, secret); err != nil {
		return err
	}
	page, err := w.created(c, id)
	if err != nil {
		return err
	}
	if page.CallPath == "" || w.Tester == nil {
		return fault.New(fault.Conflict, "nothing_to_call", "There is no call that this token could make just to see that it works.")
	}
	test := w.Tester.Test(ctx, page.CallPath, secret)
	test.Path = page.CallPath
	page.Test = &test
	c.Response().Header().Set("Cache-Control", "no-store")
	if !isHTMX(c) {
		return render(c, http.StatusOK, page.Tested(w.page(c, page.Name)))
	}
	page.Secret = secret
	return render(c, http.StatusOK, page.TestPanel())
}
