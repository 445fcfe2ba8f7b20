package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	guides "gatehouse/docs"
	"gatehouse/internal/fault"
	"gatehouse/views/docs"
)

// Docs leads to the guides.
func (w *Web) Docs(c echo.Context) error {
	all, err := guides.Guides()
	if err != nil {
		return err
	}
	var cards []docs.Card
	for _, g := range all {
		cards = append(cards, docs.Card{Title: g.Title, Lead: g.Summary(), URL: "/docs/" + g.Slug})
	}
	cards = append(cards,
		docs.Card{Title: "Management API", Lead: "Every operation that a program can do with a management token.", URL: "/docs/api"},
		docs.Card{Title: "Error codes", Lead: "What each refusal means, and the way out.", URL: "/docs/errors"})
	return render(c, http.StatusOK, docs.Index(w.page(c, "Guides"), shelf(all, ""), cards))
}

// Guide is one guide.
func (w *Web) Guide(c echo.Context) error {
	all, err := guides.Guides()
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Slug == c.Param("guide") {
			return render(c, http.StatusOK, docs.Show(w.page(c, g.Title+" · Guides"),
				docs.Text{Shelf: shelf(all, g.Slug), Title: g.Title, Lead: g.Lead, Source: g.Text}))
		}
	}
	return fault.Missing("guide")
}

// shelf lists what there is to read; current is the last part of its address.
func shelf(all []guides.Guide, current string) (items docs.Shelf) {
	add := func(icon, text, slug string) {
		items = append(items, docs.Item(icon, text, "/docs/"+slug, slug == current))
	}
	for _, g := range all {
		title, _, _ := strings.Cut(g.Title, ":")
		add("book", title, g.Slug)
	}
	add("api", "Management API", "api")
	add("info", "Error codes", "errors")
	return items
}

// Errors lists all error codes.
func (w *Web) Errors(c echo.Context) error {
	all, err := guides.Guides()
	if err != nil {
		return err
	}
	var groups []docs.CodeGroup
	for _, g := range guides.Errors {
		group := docs.CodeGroup{Title: g.Title}
		for _, e := range g.Errors {
			group.Codes = append(group.Codes, docs.Code{Code: e.Code, Title: e.Title, URL: "/docs/errors/" + e.Code})
		}
		groups = append(groups, group)
	}
	return render(c, http.StatusOK, docs.Errors(w.page(c, "Error codes · Guides"), shelf(all, "errors"), groups))
}

// ErrorCode explains one error code.
func (w *Web) ErrorCode(c echo.Context) error {
	e, ok := guides.ErrorOf(c.Param("code"))
	if !ok {
		return fault.Missing("error code")
	}
	all, err := guides.Guides()
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, docs.Explain(w.page(c, e.Title+" · Error codes"),
		docs.Explanation{Shelf: shelf(all, "errors"), Code: e.Code, Title: e.Title, Happened: e.What, Remedy: e.Do}))
}
