package web

import (
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/views/requests"
)

// AskPartner puts a question about a request.
func (w *Web) AskPartner(c echo.Context) error {
	_, err := w.Subscriptions.Ask(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("message"))
	return w.onRequest(c, err, "The question was sent. They are told here and by e-mail; the request waits as before.", nil)
}

// ApprovePlanChange lets a wish for another plan come true.
func (w *Web) ApprovePlanChange(c echo.Context) error {
	_, err := w.Subscriptions.ApprovePlan(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("seen"))
	return w.onRequest(c, err, "The new plan counts from now on. They are told here and by e-mail.", wishReason)
}

// DenyPlanChange refuses it.
func (w *Web) DenyPlanChange(c echo.Context) error {
	_, err := w.Subscriptions.DenyPlan(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("seen"), c.FormValue("reason"))
	return w.onRequest(c, err, "The change was denied; the old plan goes on. They are told here and by e-mail.", wishReason)
}

// wishReason tells the message about another plan from the one about the request:
// they stand on one page.
var wishReason = map[string]string{"reason": "wish-reason"}

// EndOnDay sets the last day of access.
func (w *Web) EndOnDay(c echo.Context) error {
	ends, err := endOf(c.FormValue("until"), "until")
	if err == nil {
		_, err = w.Subscriptions.EndOn(c.Request().Context(), guard.Actor(c), c.Param("id"), ends)
	}
	message := "The last day was set. They are told here and by e-mail."
	if ends == nil {
		message = "Access has no last day now. They are told here and by e-mail."
	}
	return w.onRequest(c, err, message, map[string]string{"ends_at": "until"})
}

// HandToTeam gives a subscription to another team.
func (w *Web) HandToTeam(c echo.Context) error {
	_, err := w.Subscriptions.Transfer(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("team"))
	return w.onRequest(c, err, "The subscription was handed over. Both teams are told here and by e-mail.", nil)
}

// onRequest answers a form that stands on the page of one request.
func (w *Web) onRequest(c echo.Context, err error, message string, names map[string]string) error {
	if err == nil {
		return done(c, message, requestsURL(c)+"/"+c.Param("id"))
	}
	problems, ok := fieldsOf(err)
	if !ok {
		return err
	}
	return w.showRequests(c, formStatus(err), c.Param("id"), func(i *requests.Inbox) {
		i.Problems = renamed(problems, names)
		i.One.Problems = i.Problems
		i.One.Message, i.One.Until = c.FormValue("message"), orElse(c.FormValue("until"), i.One.Until)
		i.One.Typed.Team, i.One.WishReason = c.FormValue("team"), c.FormValue("reason")
	})
}
