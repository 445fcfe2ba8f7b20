package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/try"
	"gatehouse/views/ui"
)

// Try is the page with Swagger UI on one operation. Its calls go to the gateway
// with a token that the page's script asks for.
func (w *Web) Try(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	e, err := w.APIs.Edition(ctx, actor, c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	slug := c.QueryParam("operation")
	if slug == "" && len(e.Operations) > 0 {
		slug = e.Operations[0].Slug
	}
	op, err := w.APIs.Operation(ctx, actor, e, slug)
	if err != nil {
		return err
	}
	base := apiURL(c, e.Slug) + "/" + e.Version.Name
	p := try.Page{
		Crumbs: append(crumbs(c, e)[:2], ui.Link{Text: e.Version.Name, URL: base}, ui.Link{Text: "Try"}),
		Title:  "Try “" + spec.Line(op.Title()) + "”", Method: op.Method, Path: op.Path, BaseURL: w.callURL(c, e.Slug, e.Version.Name),
		Reference: base + "/operations/" + op.Slug, Spec: base + "/try/openapi.json?" + url.Values{"operation": {op.Slug}}.Encode(),
		Gateway: w.Gateway.Scheme + "://" + w.Gateway.Host, Held: held(c, e),
	}
	if p.Held == nil {
		p.TokenURL = base + "/try/token"
	}
	frame := w.page(c, p.Title+" · "+e.Name)
	frame.Styles, frame.Scripts = []string{"swagger-ui.css"}, []string{"swagger-ui-bundle.js", "try.js"}
	return render(c, http.StatusOK, try.Show(frame, p))
}

// held says what is missing before the reader can call, and holds the button
// that gets it; nil where nothing is.
func held(c echo.Context, e portal.Edition) *try.Held {
	actor := guard.Actor(c)
	if !e.Version.Live() {
		return &try.Held{Title: "This version is a draft", Text: "It can be called once it is published."}
	}
	if !actor.SignedIn() {
		return &try.Held{Title: "Sign in to try it", Text: "You come back to this page. Until then you can read what the operation takes and answers.",
			Button: ui.Link{Text: "Sign in", URL: "/login?" + url.Values{"next": {c.Request().URL.RequestURI()}}.Encode()}}
	}
	ask := apiURL(c, e.Slug) + "/subscribe?" + url.Values{"version": {e.Version.Name}}.Encode()
	s, ok := e.Standing()
	switch {
	case !ok && !actor.Can(models.SubscriptionRequest):
		return &try.Held{Title: "Calls are for partners", Text: "You are here as staff, by a grant. You can read what the operation takes and answers."}
	case !ok:
		return &try.Held{Title: "You need a subscription", Text: "Choose a plan of " + e.Name + " first. Some plans are open at once.", Button: ui.Link{Text: "Subscribe", URL: ask}}
	case s.State == models.SubscriptionPending:
		return &try.Held{Title: "Your request is waiting for a decision", Text: "You are told as soon as it is approved; then you can call.", Button: ui.Link{Text: "See subscriptions", URL: tenantBase(c) + "/subscriptions"}}
	case s.State == models.SubscriptionPaused:
		return &try.Held{Title: "Your subscription is paused", Text: "Calls are refused until it is resumed. The reason stands on its page.", Button: ui.Link{Text: "See subscriptions", URL: tenantBase(c) + "/subscriptions"}}
	}
	return nil
}

// TryOpenAPI is the slice of the document that the try page works on.
func (w *Web) TryOpenAPI(c echo.Context) error {
	api, version, slug := c.Param("api"), c.Param("version"), c.QueryParam("operation")
	if slug == "" {
		return fault.Missing("operation")
	}
	doc, err := w.APIs.Slice(c.Request().Context(), guard.Actor(c), api, version, slug, w.callURL(c, api, version))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/json", doc)
}
