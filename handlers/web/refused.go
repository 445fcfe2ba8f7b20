package web

import (
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/layout"
)

// WrongTenant is the page of a form that says another tenant than the path that it was
// sent to. Back is the page that the form was sent from.
func (w *Web) WrongTenant(c echo.Context, why guard.WrongTenant, back string) templ.Component {
	m := layout.Mixup{Here: place(why.Here), From: place(why.From)}
	if why.From.ID != "" && (back == m.From.URL || strings.HasPrefix(back, m.From.URL+"/")) {
		m.Back = back
	}
	page := w.ErrorPage(c)
	page.Title = "Another tenant’s form"
	return page.WrongTenant(m, guard.Request(c).ID)
}

func place(t models.Tenant) layout.Place {
	return layout.Place{Brand: Brand(t), Name: t.Name, Colour: t.Colour, URL: "/t/" + t.Slug}
}

// NameWanted asks a staff person who sent a form that breaks something for the name of
// the tenant that they are in, and holds what they sent.
func (w *Web) NameWanted(c echo.Context, typed string) templ.Component {
	r, tenant := c.Request(), guard.Actor(c).Tenant()
	sent := layout.Resent{Action: r.URL.RequestURI(), Typed: typed}
	for name, values := range r.PostForm {
		if name == "tenant" || name == guard.TypedName {
			continue
		}
		for _, v := range values {
			sent.Fields = append(sent.Fields, layout.Sent{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(sent.Fields, func(a, b layout.Sent) int { return strings.Compare(a.Name, b.Name) })
	if r.Header.Get("HX-Request") == "true" {
		return layout.NameForm(tenant.Slug, tenant.Name, sent)
	}
	page := w.ErrorPage(c)
	page.Title = "Is this the right tenant?"
	return page.NameWanted(sent)
}
