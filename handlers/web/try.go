package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/try"
	"gatehouse/views/ui"
)

// trying is what a try page is about: one operation or all of a tag, at the API
// itself or at its mock.
type trying struct {
	portal.Edition
	base string // address of the version's documentation
	tag  string // "" is one operation
	slug string // of the operation, also the one that a tag was chosen from
	mock bool
}

func (w *Web) trying(c echo.Context) (t trying, err error) {
	t.Edition, err = w.APIs.Edition(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	t.base = apiURL(c, t.Slug) + "/" + t.Version.Name
	t.tag, t.slug, t.mock = c.QueryParam("tag"), c.QueryParam("operation"), c.QueryParam("to") == "mock" && t.mocked()
	if len(t.Tagged(t.tag)) == 0 {
		t.tag = ""
	}
	if t.slug == "" && t.tag != "" {
		t.slug = t.Tagged(t.tag)[0].Slug
	} else if t.slug == "" && len(t.Operations) > 0 {
		t.slug = t.Operations[0].Slug
	}
	return t, err
}

// mocked reports whether the version's mock can be called.
func (t trying) mocked() bool { return t.Version.Mock && t.Version.Live() }

// address of the page, or of what belongs to it, with one thing chosen otherwise.
func (t trying) address(page, tag string, mock bool) string {
	q := url.Values{"operation": {t.slug}}
	if tag != "" {
		q.Set("tag", tag)
	}
	if mock {
		q.Set("to", "mock")
	}
	return t.base + page + "?" + q.Encode()
}

// operations are those that the page shows.
func (t trying) operations() []models.Operation {
	if t.tag != "" {
		return t.Tagged(t.tag)
	}
	for _, o := range t.Operations {
		if o.Slug == t.slug {
			return []models.Operation{o}
		}
	}
	return nil
}

// callURL is where the page's calls go.
func (w *Web) tryCalls(c echo.Context, t trying) string {
	if t.mock {
		return w.mockURL(c, t.Slug, t.Version.Name)
	}
	return w.callURL(c, t.Slug, t.Version.Name)
}

// Try is the page with Swagger UI on one operation, or on all of a tag. Its calls
// go to the gateway with a token that the page's script asks for.
func (w *Web) Try(c echo.Context) error {
	t, err := w.trying(c)
	if err != nil {
		return err
	}
	op, err := w.APIs.Operation(c.Request().Context(), guard.Actor(c), t.Edition, t.slug)
	if err != nil {
		return err
	}
	shown := t.operations()
	p := try.Page{
		Tenant: guard.Actor(c).Tenant().Slug,
		Crumbs: append(crumbs(c, t.Edition)[:2], ui.Link{Text: t.Version.Name, URL: t.base}, ui.Link{Text: "Try"}),
		Title:  "Try “" + spec.Line(op.Title()) + "”", Method: op.Method, Path: op.Path, BaseURL: w.tryCalls(c, t),
		Reference: t.base + "/operations/" + op.Slug, Spec: t.address("/try/openapi.json", t.tag, t.mock), Mock: t.mock,
		Gateway: w.Gateway.Scheme + "://" + w.Gateway.Host, Held: held(c, t), Explain: answersURL(c) + "/",
		Usage:  tenantBase(c) + "/usage?" + map[bool]string{false: "calls=tries", true: "calls=mock"}[t.mock],
		Limits: limitsURL(c, t), Subscribe: subscribeURL(c, t.Edition),
	}
	if t.tag != "" {
		p.Title, p.Path, p.Many = "Try “"+spec.Line(t.tag)+"”", "", true
	}
	if p.Switches = tagSwitch(t, op); len(shown) > portal.TryTagMost {
		p.Spec, p.Held, p.TooMany = "", nil, t.choices(shown)
		p.Most = portal.TryTagMost
	}
	if t.mocked() {
		p.Ways = []ui.SegLink{{Text: "The API", URL: t.address("/try", t.tag, false), Current: !t.mock}, {Text: "The mock", URL: t.address("/try", t.tag, true), Current: t.mock}}
	}
	if p.Held == nil {
		p.TokenURL = t.base + "/try/token" + query("to", map[bool]string{true: "mock"}[t.mock])
	}
	frame := w.page(c, p.Title+" · "+t.Name)
	frame.Styles, frame.Wide = []string{"swagger-ui.css"}, true
	if p.Spec != "" {
		frame.Scripts = []string{"swagger-ui-bundle.js", "try.js"}
	}
	return render(c, http.StatusOK, try.Show(frame, p))
}

// tagSwitch leads from one operation to all of its tag, and back.
func tagSwitch(t trying, op spec.Operation) []ui.SegLink {
	tag := t.tag
	if tag == "" && len(op.Tags) > 0 {
		tag = op.Tags[0]
	}
	n := len(t.Tagged(tag))
	if n < 2 {
		return nil
	}
	return []ui.SegLink{{Text: "This operation", URL: t.address("/try", "", t.mock), Current: t.tag == ""},
		{Text: "All of " + spec.Line(tag), Count: strconv.Itoa(n), URL: t.address("/try", tag, t.mock), Current: t.tag != ""}}
}

// choices are operations of which one can be tried.
func (t trying) choices(all []models.Operation) (out []try.Choice) {
	for _, o := range all {
		one := t
		one.slug = o.Slug
		title := spec.Line(o.Summary)
		if title == "" {
			title = o.Path
		}
		out = append(out, try.Choice{Method: o.Method, Title: title, URL: one.address("/try", "", t.mock)})
	}
	return out
}

func subscribeURL(c echo.Context, e portal.Edition) string {
	return apiURL(c, e.Slug) + "/subscribe?" + url.Values{"version": {e.Version.Name}}.Encode()
}

// limitsURL is where the reader sees what their plan allows, and asks for more.
func limitsURL(c echo.Context, t trying) string {
	if s, ok := t.Standing(); ok {
		return tenantBase(c) + "/subscriptions/" + s.ID
	}
	return apiURL(c, t.Slug)
}

// held says what is missing before the reader can call, and holds the buttons
// that get it; nil where nothing is.
func held(c echo.Context, t trying) *try.Held {
	actor, e := guard.Actor(c), t.Edition
	switch {
	case e.Version.State == models.VersionRetired:
		return &try.Held{Title: "This version is retired", Text: "It is no longer answered. The API’s page lists newer ones.", Button: ui.Link{Text: "See versions", URL: apiURL(c, e.Slug)}}
	case !e.Version.Live():
		return &try.Held{Title: "This version is a draft", Text: "It can be called once it is published."}
	case !actor.SignedIn():
		return &try.Held{Title: "Sign in to try it", Text: "You come back to this page. Until then you can read what the operation takes and answers.",
			Button: ui.Link{Text: "Sign in", URL: "/login?" + url.Values{"next": {c.Request().URL.RequestURI()}}.Encode()}}
	case t.mock && actor.Can(models.TryCall):
		return nil
	}
	h := heldBack(c, t)
	if h != nil && t.mocked() && actor.Can(models.TryCall) {
		h.Mock = t.address("/try", t.tag, true)
		h.Text += " The mock answers meanwhile."
	}
	return h
}

// heldBack is what keeps a reader who is signed in from calling the API itself.
func heldBack(c echo.Context, t trying) *try.Held {
	actor, e := guard.Actor(c), t.Edition
	s, ok := e.Standing()
	switch {
	case !ok && actor.Can(models.JoinRequest):
		return &try.Held{Title: "Calls are for partners", Text: "You can read what the operation takes and answers. Become a partner first.", Button: ui.Link{Text: "How to become one", URL: tenantBase(c) + "/join"}}
	case !ok && !actor.Can(models.SubscriptionRequest):
		return &try.Held{Title: "Calls are for partners", Text: "You are here as staff, by a grant. You can read what the operation takes and answers."}
	case !ok && t.mock:
		return &try.Held{Title: "Calls are made by teams", Text: "Ask for access: that makes your team, and the mock answers it at once, while the request waits.", Button: ui.Link{Text: "Subscribe", URL: subscribeURL(c, e)}}
	case !ok:
		return &try.Held{Title: "You need a subscription", Text: "Choose a plan of " + e.Name + " first. Some plans are open at once.", Button: ui.Link{Text: "Subscribe", URL: subscribeURL(c, e)}}
	case s.State == models.SubscriptionPending:
		return &try.Held{Title: "Your request is waiting for a decision", Text: "You are told as soon as it is approved; then you can call.", Button: ui.Link{Text: "See the request", URL: limitsURL(c, t)}}
	case s.State == models.SubscriptionPaused:
		return &try.Held{Title: "Your subscription is paused", Text: "Calls are refused until it is resumed. The reason stands on its page.", Button: ui.Link{Text: "See the subscription", URL: limitsURL(c, t)}}
	}
	return nil
}

// TryOpenAPI is the slice of the document that the try page works on.
func (w *Web) TryOpenAPI(c echo.Context) error {
	t, err := w.trying(c)
	if err != nil {
		return err
	}
	doc, err := w.APIs.TrySlice(c.Request().Context(), guard.Actor(c), t.Edition, t.operations(), w.tryCalls(c, t))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/json", doc)
}
