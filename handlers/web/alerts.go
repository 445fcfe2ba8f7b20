package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/alerts"
	"gatehouse/views/ui"
)

// alertRows is how many alerts a list shows at once.
const alertRows = 50

func alertsURL(c echo.Context) string { return tenantBase(c) + "/admin/alerts" }

// AlertList is what somebody has to look at.
func (w *Web) AlertList(c echo.Context) error {
	q := portal.AlertQuery{All: c.QueryParam("show") == "all", Kind: alertKind(c.QueryParam("kind")), After: c.QueryParam("after"), Limit: alertRows}
	page, err := w.Alerts.List(c.Request().Context(), guard.Actor(c), q)
	if err != nil {
		return err
	}
	l := alerts.List{Now: w.Clock.Now()}
	address := func(all bool, kind, after string) string {
		v := url.Values{}
		if all {
			v.Set("show", "all")
		}
		for name, value := range map[string]string{"kind": kind, "after": after} {
			if value != "" {
				v.Set(name, value)
			}
		}
		if len(v) == 0 {
			return alertsURL(c)
		}
		return alertsURL(c) + "?" + v.Encode()
	}
	l.States = []ui.SegLink{{Text: "Open", URL: address(false, q.Kind, ""), Current: !q.All}, {Text: "All", URL: address(true, q.Kind, ""), Current: q.All}}
	l.Kinds = []ui.SegLink{{Text: "Every kind", URL: address(q.All, "", ""), Current: q.Kind == ""}}
	for _, k := range models.AlertKinds {
		l.Kinds = append(l.Kinds, ui.SegLink{Text: portal.AlertTitle(k), URL: address(q.All, string(k), ""), Current: string(k) == q.Kind})
	}
	for _, r := range page.Rows {
		l.Rows = append(l.Rows, alertRow(c, r))
	}
	l.Filtered, l.Clear = q.Kind != "" || q.All, address(true, "", "")
	if page.More {
		l.Next = address(q.All, q.Kind, page.Rows[len(page.Rows)-1].ID)
	}
	if q.After != "" {
		l.First = address(q.All, q.Kind, "")
	}
	return render(c, http.StatusOK, l.Page(w.page(c, "Alerts")))
}

// alertKind is a kind that there is; an address with another shows all.
func alertKind(asked string) string {
	if !slices.Contains(models.AlertKinds, models.AlertKind(asked)) {
		return ""
	}
	return asked
}

func alertRow(c echo.Context, r portal.AlertRow) alerts.Row {
	row := alerts.Row{Alert: r.Alert, Title: r.Title, URL: alertsURL(c) + "/" + r.ID, Token: r.Token.Name, Team: r.Team.Name, Closer: r.Closer.Name}
	if r.TokenID != nil {
		row.TokenURL = allTokensURL(c) + "/" + *r.TokenID
	}
	return row
}

// ShowAlert is one of them.
func (w *Web) ShowAlert(c echo.Context) error {
	return w.showAlert(c, http.StatusOK, alerts.One{})
}

func (w *Web) showAlert(c echo.Context, status int, o alerts.One) error {
	actor := guard.Actor(c)
	row, err := w.Alerts.Show(c.Request().Context(), actor, c.Param("alert"))
	if err != nil {
		return err
	}
	o.Tenant, o.Base, o.Row, o.Now = actor.Tenant().Slug, alertsURL(c), alertRow(c, row), w.Clock.Now()
	o.MayClose = actor.Can(models.AlertClose) && row.Open()
	return render(c, status, o.Page(w.page(c, row.Title+" · Alerts")))
}

// CloseAlert says that somebody has looked at it.
func (w *Web) CloseAlert(c echo.Context) error {
	o := alerts.One{Note: c.FormValue("note")}
	err := w.Alerts.Close(c.Request().Context(), guard.Actor(c), c.Param("alert"), o.Note)
	if problems, ok := fieldsOf(err); err != nil && ok {
		o.Problems = problems
		return w.showAlert(c, formStatus(err), o)
	}
	if err != nil {
		return err
	}
	return done(c, "The alert is closed.", alertsURL(c))
}

// CloseOwnAlert is the same for an alert about a token of one's own team.
func (w *Web) CloseOwnAlert(c echo.Context) error {
	if err := w.Alerts.CloseOwn(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("alert")); err != nil {
		return err
	}
	return done(c, "The alert is closed.", tokensURL(c)+"/"+c.Param("id"))
}
