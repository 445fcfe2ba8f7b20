package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/views/deciding"
)

// Deciding is the page on which one says how one hears of requests, and who
// decides while one is away.
func (w *Web) Deciding(c echo.Context) error {
	return w.showDeciding(c, http.StatusOK, func(*deciding.Data) {})
}

func (w *Web) showDeciding(c echo.Context, status int, with func(*deciding.Data)) error {
	actor := guard.Actor(c)
	p, err := w.Members.Deciding(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	now := w.Clock.Now().UTC()
	d := deciding.Data{
		Tenant: actor.Tenant().Slug, User: actor.User(), Daily: p.Daily, Hour: portal.DailyHour, MayName: p.MayName, StandIn: p.StandIn, Named: p.Named,
		Deputy: p.Deputy, Choices: p.Choices, StandsIn: p.StandsIn, First: now.Format(time.DateOnly), Now: now,
	}
	with(&d)
	return render(c, status, d.Page(w.page(c, "Your part in requests")))
}

func decidingURL(c echo.Context) string { return tenantBase(c) + "/admin/requests/deciding" }

// HearOfRequests sets whether one hears of requests once a day.
func (w *Web) HearOfRequests(c echo.Context) error {
	daily := c.FormValue("daily") != ""
	if err := w.Members.HearDaily(c.Request().Context(), guard.Actor(c), daily); err != nil {
		return err
	}
	message := "You get an e-mail for each request."
	if daily {
		message = "You get one e-mail a day with all that waits."
	}
	return done(c, message, decidingURL(c))
}

// NameStandIn lets somebody decide in one's place for a while.
func (w *Web) NameStandIn(c echo.Context) error {
	if err := w.nameStandIn(c); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		return w.showDeciding(c, status, func(d *deciding.Data) {
			d.Problems, d.Chosen, d.First, d.Last = problems, c.FormValue("deputy"), c.FormValue("from"), c.FormValue("until")
		})
	}
	return done(c, "They decide in your place for that time, and are told so.", decidingURL(c))
}

func (w *Web) nameStandIn(c echo.Context) error {
	from, err := endOf(c.FormValue("from"), "from")
	if err != nil {
		return err
	}
	until, err := endOf(c.FormValue("until"), "until")
	switch {
	case err != nil:
		return err
	case from == nil || until == nil:
		return w.Members.NameStandIn(c.Request().Context(), guard.Actor(c), c.FormValue("deputy"), time.Time{}, time.Time{})
	}
	return w.Members.NameStandIn(c.Request().Context(), guard.Actor(c), c.FormValue("deputy"), from.AddDate(0, 0, -1), *until)
}

// EndStandIn ends it at once.
func (w *Web) EndStandIn(c echo.Context) error {
	if err := w.Members.EndStandIn(c.Request().Context(), guard.Actor(c)); err != nil {
		return err
	}
	return done(c, "Nobody decides in your place any more.", decidingURL(c))
}
