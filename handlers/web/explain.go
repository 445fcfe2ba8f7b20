package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/explain"
	"gatehouse/views/ui"
)

func answersURL(c echo.Context) string { return tenantBase(c) + "/requests" }

// FindRequest asks for a request id, and leads to what it stands for.
func (w *Web) FindRequest(c echo.Context) error {
	id := strings.ToLower(strings.TrimSpace(c.QueryParam("id")))
	if id != "" {
		return c.Redirect(http.StatusSeeOther, answersURL(c)+"/"+url.PathEscape(id))
	}
	return render(c, http.StatusOK, explain.Find{URL: answersURL(c)}.Page(w.page(c, "Explain an answer")))
}

// ExplainRequest says why a call was answered as it was. One that is not there and
// one that is somebody else's are the same.
func (w *Web) ExplainRequest(c echo.Context) error {
	x, err := w.Refusals.Explain(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if fault.Is(err, fault.NotFound) {
		f := explain.Find{URL: answersURL(c), ID: c.Param("id"), Problems: []fault.Field{{Name: "id",
			Message: "There is no answer with this id that you may read. The newest appear within seconds, and they are kept for 7 days."}}}
		return render(c, http.StatusNotFound, f.Page(w.page(c, "Explain an answer")))
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, w.answer(c, x).Page(w.page(c, x.Code.Title)))
}

// answer puts an explanation on its page.
func (w *Web) answer(c echo.Context, x portal.Explanation) explain.Answer {
	a := explain.Answer{Find: explain.Find{URL: answersURL(c), ID: x.RequestID}, Base: tokensURL(c), Status: x.Status, Title: x.Code.Title, Rule: x.Rule,
		Do: x.Code.Help, ResetsAt: x.ResetsAt, Method: x.Method, Path: x.Path, Operation: x.Operation, At: x.Start, From: x.IP.Unmap().String(),
		Agent: x.UserAgent, Token: x.Token.Name, Team: x.Token.Team.Name, Plan: x.Subscription.Plan.Name, Now: w.Clock.Now(),
		Sign: ui.Sign{Tone: ui.Bad, Icon: "ban", Word: "Refused"}}
	if x.Refused {
		a.CodeName = x.Code.Name
	} else {
		a.Sign = ui.Sign{Tone: ui.OK, Icon: "ok", Word: "Let through"}
	}
	switch {
	case x.Mock:
		a.Way = "To the mock"
	case x.Try:
		a.Way = "A try from the documentation"
	}
	if guard.Actor(c).Can(models.TokenReadAll) {
		a.Base = allTokensURL(c)
	}
	if x.Token.ID != "" {
		a.Back = a.Base + "/" + x.Token.ID
	}
	if x.API.ID != "" {
		a.API, a.APIURL = x.API.Name+" "+x.Version.Name, apiURL(c, x.API.Slug)
	}
	for _, l := range x.Refusal.Limits {
		a.Limits = append(a.Limits, explain.Limit{Name: l.Name, Allows: portal.Allows(l)})
	}
	return a
}
