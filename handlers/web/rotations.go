package web

import (
	"crypto/rand"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// sameLifetime is the choice of a successor that lives as long as the old one.
const sameLifetime = "same"

// RotateForm is the page that makes a new secret of a token.
func (w *Web) RotateForm(c echo.Context) error {
	return w.showRotate(c, http.StatusOK, tokens.Rotate{Key: rand.Text(), Problems: w.tooSoon(c)})
}

func (w *Web) showRotate(c echo.Context, status int, r tokens.Rotate) error {
	actor := guard.Actor(c)
	row, callers, err := w.Rotations.Form(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	r.Tenant, r.TenantName, r.Days, r.Row, r.Now = actor.Tenant().Slug, actor.Tenant().Name, actor.Tenant().TokenDays, tokenRow(c, tokensURL(c), row), w.Clock.Now()
	for _, u := range callers {
		r.Callers = append(r.Callers, tokens.Caller{IP: u.IP.Unmap().String(), Agent: u.Agent, Last: u.Last, Calls: u.Calls})
	}
	if r.Overlap == "" {
		r.Overlap = string(models.OverlapQuiet)
	}
	if r.Expires == "" {
		r.Expires = sameLifetime
	}
	choices, least, last := lifetimes(r.Now, r.Days)
	span := min(row.Span(), r.Now.AddDate(0, 0, r.Days).Sub(r.Now))
	same := ui.Option{Value: sameLifetime, Label: "As before", Note: ui.Span(span) + ", until " + ui.Date(r.Now.Add(span))}
	r.Choices, r.MinDate, r.MaxDate = append([]ui.Option{same}, choices...), least, last
	return render(c, status, r.Page(w.page(c, "Rotate "+row.Name)))
}

// RotateToken answers the form. The new secret lives in this answer only (R4).
func (w *Web) RotateToken(c echo.Context) error {
	f := tokens.Rotate{Overlap: c.FormValue("overlap"), Expires: c.FormValue("expires"), Date: c.FormValue("date"), Key: c.FormValue("key")}
	in := portal.NewRotation{Token: c.Param("id"), Overlap: f.Overlap, Expires: onDate(f.Expires, f.Date), Key: f.Key}
	if f.Expires == sameLifetime {
		in.Expires = ""
	}
	made, secret, err := w.Rotations.Rotate(c.Request().Context(), guard.Actor(c), in)
	if problems, status, ok := proofFields(err); ok && fault.Code(err) != "already_created" && fault.Code(err) != "not_rotatable" {
		f.Problems = problems
		return w.showRotate(c, status, f)
	}
	if err != nil {
		return err
	}
	page, err := w.created(c, made.New.ID)
	if err != nil {
		return err
	}
	page.Secret, page.Old = secret.Reveal(), made.Leaves()
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, http.StatusCreated, page.Page(w.page(c, page.Name)))
}

// RetireToken ends the old one of two that work.
func (w *Web) RetireToken(c echo.Context) error {
	if err := w.Rotations.RetireNow(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "The old secret is retired. Calls with it are refused from now on.", tokensURL(c)+"/"+c.Param("id"))
}

// pairOf says in a list which of two that work a token is.
func pairOf(r portal.TokenRow) string {
	switch {
	case r.Other == nil:
		return ""
	case r.RetireAt != nil:
		return "…" + r.Other.Hint + " takes its place"
	}
	return "takes the place of …" + r.Other.Hint
}

// addKin adds what a token replaced, what replaced it, and what was seen of that.
func addKin(c echo.Context, page *tokens.Detail, base string, d portal.TokenDetail) {
	code := guard.Actor(c).Tenant().Code
	side := func(s portal.PairSide) tokens.Side {
		out := tokens.Side{Token: s.Token, Code: code, URL: base + "/" + s.ID, LastAt: s.Last.At, Agent: s.Last.Agent, Calls: s.Calls, More: s.More}
		if s.Last.IP.IsValid() {
			out.From = s.Last.IP.Unmap().String()
		}
		for _, u := range s.Callers {
			caller := tokens.PairCaller{IP: u.IP, Agent: u.Agent, Calls: u.Calls, Last: u.Last}
			for _, o := range u.Operations {
				title := d.Names[o]
				if title == "" {
					title = o
				}
				caller.Operations = append(caller.Operations, title)
			}
			out.Callers = append(out.Callers, caller)
		}
		return out
	}
	if p := d.Kin.Pair; p != nil {
		page.Pair = &tokens.Pair{Since: p.Since, Old: side(p.Old), New: side(p.New)}
	}
	for _, t := range d.Kin.Family {
		page.Family = append(page.Family, tokens.Kin{Row: tokens.Row{Token: t, Code: code, URL: base + "/" + t.ID}})
	}
	if next := d.Next(d.ID); next != nil {
		page.NextURL = base + "/" + next.ID
	}
	for _, a := range d.Kin.Alerts {
		alert := tokens.Alert{Alert: a, Title: portal.AlertTitle(a.Kind)}
		if guard.Actor(c).Can(models.AlertRead) && base == allTokensURL(c) {
			alert.URL = alertsURL(c) + "/" + a.ID
		}
		page.Alerts = append(page.Alerts, alert)
	}
}
