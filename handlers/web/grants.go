package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/audit"
	"gatehouse/views/grants"
	"gatehouse/views/layout"
)

// SupportAccess shows a tenant who of the staff is, was or wants to be inside.
func (w *Web) SupportAccess(c echo.Context) error {
	actor := guard.Actor(c)
	access, err := w.Grants.InTenant(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, grants.InTenant(w.page(c, "Support access"), w.grantsData(access, actor, false)))
}

// ListGrants shows operators the grants in all tenants.
func (w *Web) ListGrants(c echo.Context) error {
	actor := guard.Actor(c)
	access, err := w.Grants.Oversee(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, grants.Overseen(w.console(c, "Grants"), w.grantsData(access, actor, true)))
}

func (w *Web) grantsData(a portal.StaffAccess, actor models.Actor, everywhere bool) grants.Data {
	now, inside := w.Clock.Now(), actor.Tenant().ID != ""
	d := grants.Data{MayDecide: w.Grants.MayDecide(actor), MayReview: !inside && actor.Can(models.GrantOversee), Everywhere: everywhere, Now: now}
	d.MayLook = inside && actor.Can(models.AuditRead) || d.MayReview
	for _, r := range a.Waiting {
		d.Waiting = append(d.Waiting, grantRequest(r, actor))
	}
	for _, r := range a.Settled {
		d.Settled = append(d.Settled, grantRequest(r, actor))
	}
	for _, v := range a.Standing {
		d.Standing = append(d.Standing, grants.Standing{ID: v.ID, Who: v.User.Name, Email: v.User.Email, Reason: v.Reason, By: v.Giver.Name,
			Since: v.CreatedAt, Reviewed: v.ReviewedAt, Due: v.ReviewDue(now), Place: grantPlace(v.Tenant, actor)})
	}
	for _, set := range []struct {
		rows []portal.GrantRow
		to   *[]grants.Visit
	}{{a.Live, &d.Live}, {a.Past, &d.Past}, {a.Emergencies, &d.Emergencies}} {
		for _, g := range set.rows {
			*set.to = append(*set.to, w.grantVisit(g, actor))
		}
	}
	return d
}

// grantPlace is a tenant, with the address of its pages about staff for who looks.
func grantPlace(t models.Tenant, actor models.Actor) grants.Place {
	p := grants.Place{Name: t.Name, Slug: t.Slug, Colour: t.Colour, Base: "/support/tenants/" + t.Slug}
	if actor.Tenant().ID != "" {
		p.Base, p.Field = "/t/"+t.Slug+"/admin/support", t.Slug
	}
	return p
}

func grantRequest(r portal.GrantRequestRow, actor models.Actor) grants.Request {
	return grants.Request{ID: r.ID, Who: r.User.Name, Email: r.User.Email, Level: r.Level, Reason: r.Reason, Ticket: r.Ticket, Minutes: r.Minutes,
		At: r.CreatedAt, Until: r.AnswerBy, State: r.State, Decider: r.Decider.Name, Note: r.Note, Own: r.UserID == actor.User(), Place: grantPlace(r.Tenant, actor)}
}

func (w *Web) grantVisit(g portal.GrantRow, actor models.Actor) grants.Visit {
	v := grants.Visit{ID: g.ID, Who: g.User.Name, Email: g.User.Email, Level: g.Level, Reason: g.Reason, Ticket: g.Ticket, Since: g.CreatedAt, Until: g.ExpiresAt,
		Ended: g.EndedAt, EndedBy: g.Ender.Name, Seen: g.SeenAt, Live: g.Live(w.Clock.Now()), Emergency: g.Emergency, Standing: g.StandingID != "",
		Own: g.UserID == actor.User(), Review: g.Review, ReviewedBy: g.Reviewer.Name, ReviewedAt: g.ReviewedAt, Place: grantPlace(g.Tenant, actor)}
	if g.GivenBy != g.UserID {
		v.By = g.Giver.Name
	}
	return v
}

// frame is the page around what is shown in a tenant and, to staff, outside of it.
func (w *Web) frame(c echo.Context, title string) layout.Page {
	if guard.Actor(c).Tenant().ID != "" {
		return w.page(c, title)
	}
	return w.console(c, title)
}

// GrantRequest is the page on which a request is answered.
func (w *Web) GrantRequest(c echo.Context) error {
	return w.showGrantRequest(c, http.StatusOK, grants.Answer{})
}

func (w *Web) showGrantRequest(c echo.Context, status int, a grants.Answer) error {
	actor := guard.Actor(c)
	row, err := w.Grants.Request(c.Request().Context(), actor, c.Param("slug"), c.Param("id"))
	if err != nil {
		return err
	}
	a.Request, a.Now = grantRequest(row, actor), w.Clock.Now()
	return render(c, status, grants.Decide(w.frame(c, row.User.Name+" asks to enter"), a))
}

// AnswerGrantRequest approves or declines what somebody asks for.
func (w *Web) AnswerGrantRequest(c echo.Context) error {
	actor, answer, note := guard.Actor(c), c.FormValue("answer"), c.FormValue("note")
	if answer != "approve" && answer != "decline" {
		return fault.New(fault.Invalid, "invalid_input", "Choose to approve or to decline.")
	}
	row, err := w.Grants.Decide(c.Request().Context(), actor, c.Param("slug"), c.Param("id"), answer == "approve", note)
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		return w.showGrantRequest(c, status, grants.Answer{Note: note, Problems: problems})
	}
	if answer == "approve" {
		return done(c, row.User.Name+" can enter "+row.Tenant.Name+" now.", grantPlace(row.Tenant, actor).Base)
	}
	return done(c, "You declined. "+row.User.Name+" was told.", grantPlace(row.Tenant, actor).Base)
}

// WithdrawGrantRequest takes back what the staff person asked for.
func (w *Web) WithdrawGrantRequest(c echo.Context) error {
	slug := c.Param("slug")
	if err := w.Grants.Withdraw(c.Request().Context(), guard.Actor(c), slug); err != nil {
		return err
	}
	return done(c, "You took your request back.", "/support/tenants/"+slug)
}

// EndGrant ends a grant or a standing view at once.
func (w *Web) EndGrant(c echo.Context) error {
	ctx, actor, slug := c.Request().Context(), guard.Actor(c), c.Param("slug")
	back, own := "/support/tenants/"+slug, false
	if t := actor.Tenant(); t.ID != "" {
		back = "/t/" + t.Slug + "/admin/support"
		own = actor.Grant() != nil && actor.Grant().ID == c.FormValue("grant")
	}
	if id := c.FormValue("standing"); id != "" {
		if err := w.Grants.EndStanding(ctx, actor, slug, id); err != nil {
			return err
		}
		return done(c, "The standing view was ended.", back)
	}
	if err := w.Grants.End(ctx, actor, slug, c.FormValue("grant")); err != nil {
		return err
	}
	if own { // an operator who ended their own grant is not inside any more
		back = "/support"
	}
	return done(c, "The grant was ended. With their next click they are outside.", back)
}

// KeepStanding notes that a standing view is still needed.
func (w *Web) KeepStanding(c echo.Context) error {
	slug := c.Param("slug")
	if err := w.Grants.KeepStanding(c.Request().Context(), guard.Actor(c), slug, c.FormValue("standing")); err != nil {
		return err
	}
	return done(c, "Noted: it is still needed.", "/support/tenants/"+slug)
}

// Grant is the page of one grant, with what was done under it.
func (w *Web) Grant(c echo.Context) error { return w.showGrant(c, http.StatusOK, "", nil) }

func (w *Web) showGrant(c echo.Context, status int, note string, problems []fault.Field) error {
	actor := guard.Actor(c)
	row, events, err := w.Grants.Visit(c.Request().Context(), actor, c.Param("slug"), c.Param("id"))
	if err != nil {
		return err
	}
	inside := actor.Tenant().ID != ""
	s := grants.Seen{Visit: w.grantVisit(row, actor), MayDecide: w.Grants.MayDecide(actor), MayReview: !inside && actor.Can(models.GrantOversee),
		Note: note, Problems: problems, Now: w.Clock.Now()}
	s.Log = audit.Data{Now: s.Now}
	for _, e := range events {
		event := auditEvent(e, "/t/"+row.Tenant.Slug+"/admin/audit")
		if !inside {
			event.ObjectURL = "" // who stands outside does not read the tenant's log
		}
		s.Log.Events = append(s.Log.Events, event)
	}
	return render(c, status, grants.Did(w.frame(c, row.User.Name), s))
}

// ReviewGrant keeps what an operator found out about an emergency.
func (w *Web) ReviewGrant(c echo.Context) error {
	slug, note := c.Param("slug"), c.FormValue("note")
	if err := w.Grants.Review(c.Request().Context(), guard.Actor(c), slug, c.Param("id"), note); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showGrant(c, formStatus(err), note, problems)
		}
		return err
	}
	return done(c, "The review was kept.", "/support/grants")
}

// keptNot are the fields of forms that nobody typed.
var keptNot = []string{"tenant", "step_up", "back", "revision", "seen"}

// GrantEnded is what is said to staff who go on in a tenant after their grant has ended:
// it says so, and gives back what they had typed (R58).
func (w *Web) GrantEnded(c echo.Context, e guard.EndedGrant) grants.Late {
	r, g := c.Request(), e.Grant
	l := grants.Late{Name: e.Tenant.Name, Slug: e.Tenant.Slug, Ended: g.ExpiresAt, Level: g.Level, Now: w.Clock.Now(), Wrote: r.Method == http.MethodPost}
	if g.EndedAt != nil {
		l.Ended, l.By, l.Self = *g.EndedAt, true, g.EndedBy == g.UserID
	}
	if !l.Wrote {
		return l
	}
	for name, values := range r.PostForm {
		text := strings.TrimSpace(strings.Join(values, "\n"))
		if text != "" && !slices.Contains(keptNot, name) && !strings.Contains(name, "secret") && !strings.Contains(name, "password") && !strings.Contains(name, "value") {
			l.Typed = append(l.Typed, grants.Field{Name: name, Value: text})
		}
	}
	slices.SortFunc(l.Typed, func(a, b grants.Field) int { return strings.Compare(a.Name, b.Name) })
	return l
}
