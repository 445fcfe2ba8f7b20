package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/subscriptions"
)

func subscriptionURL(c echo.Context) string { return tenantBase(c) + "/subscriptions/" + c.Param("id") }

// ShowSubscription is the page of one subscription.
func (w *Web) ShowSubscription(c echo.Context) error {
	return w.showSubscription(c, http.StatusOK, func(*subscriptions.One) {})
}

// showSubscription shows it; with puts in what was typed and what is wrong.
func (w *Web) showSubscription(c echo.Context, status int, with func(*subscriptions.One)) error {
	actor := guard.Actor(c)
	d, err := w.Subscriptions.OwnOne(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	o := subscriptions.One{Tenant: actor.Tenant().Slug, Row: subscriptionRow(c, d.SubscriptionRow), Said: said(d.Messages, d.Team.Name, actor.Tenant().Name),
		Plans: d.Plans, Takers: d.Takers, Ending: w.ending(c, d.API, d.Version, models.Version{}), Now: w.Clock.Now()}
	with(&o)
	return render(c, status, o.Page(w.page(c, d.API.Name+" "+d.Version.Name)))
}

// again shows a subscription after a form that could not be carried out, and
// passes on what is no form's business.
func (w *Web) again(c echo.Context, err error) error {
	problems, ok := fieldsOf(err)
	if !ok {
		return err
	}
	return w.showSubscription(c, formStatus(err), func(o *subscriptions.One) {
		o.Problems, o.Message, o.Plan, o.Why, o.Team = problems, c.FormValue("message"), c.FormValue("plan"), c.FormValue("why"), c.FormValue("team")
	})
}

// AnswerRequest writes to those who run the tenant.
func (w *Web) AnswerRequest(c echo.Context) error {
	if _, err := w.Subscriptions.Answer(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("message")); err != nil {
		return w.again(c, err)
	}
	return done(c, "Your message was sent. They are told here and by e-mail.", subscriptionURL(c))
}

// ChangePlan puts the subscription under another plan, or asks for it.
func (w *Web) ChangePlan(c echo.Context) error {
	row, err := w.Subscriptions.ChangePlan(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("plan"), c.FormValue("why"))
	if err != nil {
		return w.again(c, err)
	}
	message := "Plan " + row.Plan.Name + " counts from now on."
	if row.WantedPlanID != nil {
		message = "You asked for plan " + row.Wanted.Name + ". The old plan goes on until somebody decides; you are told here and by e-mail."
	}
	return done(c, message, subscriptionURL(c))
}

// KeepPlan takes the wish for another plan back.
func (w *Web) KeepPlan(c echo.Context) error {
	row, err := w.Subscriptions.KeepPlan(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return w.again(c, err)
	}
	return done(c, "The wish was taken back; plan "+row.Plan.Name+" goes on.", subscriptionURL(c))
}

// HandOver gives the subscription to another team of the person's.
func (w *Web) HandOver(c echo.Context) error {
	row, err := w.Subscriptions.Transfer(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("team"))
	if err != nil {
		return w.again(c, err)
	}
	return done(c, row.API.Name+" "+row.Version.Name+" is "+row.Team.Name+"’s now. Tokens of the other team are refused from now on.", subscriptionURL(c))
}
