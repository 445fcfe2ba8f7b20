package web

import (
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/views/found"
	"gatehouse/views/layout"
	"gatehouse/views/ui"
)

// Found is the form for whoever found a token.
func (w *Web) Found(c echo.Context) error {
	return w.showFound(c, http.StatusOK, found.Form{})
}

func (w *Web) showFound(c echo.Context, status int, f found.Form) error {
	f.Most = ui.Number(portal.LeakMost)
	return render(c, status, found.Report(w.foundPage(c, "I found a token"), f))
}

// foundPage is about no tenant: which one a token is of, nobody is told.
func (w *Web) foundPage(c echo.Context, title string) layout.Page {
	p := w.page(c, title)
	p.Brand = ui.Brand{Name: "Gatehouse", Mark: "gatehouse"}
	return p
}

// ReportFound takes what somebody found. The tokens are not shown again, not even
// where something is wrong with the form.
func (w *Web) ReportFound(c echo.Context) error {
	form := found.Form{Where: c.FormValue("where")}
	var tokens []portal.Finding
	text := c.FormValue("secret")
	for place := range keys.Find(text) {
		tokens = append(tokens, portal.Finding{Secret: text[place.Start:place.End], Where: form.Where})
	}
	var p fault.Problems
	p.Add(len(tokens) == 0, "secret", "There is no token in this. One begins with gth_ or gthm_ and is copied whole, with the last letter. Please paste it again.")
	p.Add(len(tokens) > portal.LeakMost, "secret", "These are %d tokens; please send at most %d at once.", len(tokens), portal.LeakMost)
	p.Add(utf8.RuneCountInString(form.Where) > found.WhereMost, "where", "At most %d characters.", found.WhereMost)
	err := p.Err()
	if err == nil {
		err = w.Leaks.Report(c.Request().Context(), guard.Actor(c), tokens)
	}
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		form.Where, form.Problems = keys.Mask(form.Where), problems
		return w.showFound(c, formStatus(err), form)
	}
	return done(c, "", "/found/thanks")
}

// FoundThanks says thank you, and nothing about what was reported.
func (w *Web) FoundThanks(c echo.Context) error {
	return render(c, http.StatusOK, found.Thanks(w.foundPage(c, "Thank you")))
}
