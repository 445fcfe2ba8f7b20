package web

import (
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/publish"
)

// ShowVisibility is the form of who sees an API.
func (w *Web) ShowVisibility(c echo.Context) error {
	return w.visibility(c, http.StatusOK, publish.VisibilityForm{}, nil)
}

// SetVisibility says who sees an API. What takes it from somebody is saved by who
// has seen from whom; until then that is shown, and nothing is saved.
func (w *Web) SetVisibility(c echo.Context) error {
	ctx, actor, api := c.Request().Context(), guard.Actor(c), c.Param("api")
	params, err := c.FormParams()
	if err != nil {
		return err
	}
	to := models.Audience{Visibility: models.Visibility(c.FormValue("visibility")), Teams: params["team"]}
	form := publish.VisibilityForm{Find: c.FormValue("find"), Revision: number(c, "revision")}
	var p fault.Problems
	p.Add(utf8.RuneCountInString(form.Find) > publish.FindMost, "find", "Look for the teams by at most %d characters of their name.", publish.FindMost)
	if err := p.Err(); err != nil {
		form.Problems, _ = fieldsOf(err)
		return w.visibility(c, http.StatusUnprocessableEntity, form, &to)
	}
	if params.Has("look") {
		form.Looked = true
		return w.visibility(c, http.StatusOK, form, &to)
	}
	seen, err := w.APIs.Audience(ctx, actor, api, &to, "")
	if err != nil {
		return err
	}
	if to.Check() == nil && seen.Narrows() && c.FormValue("seen") != seen.Sight(to) {
		form.Seen = seen.Sight(to)
		return w.visibility(c, http.StatusOK, form, &to)
	}
	_, err = w.APIs.SetAudience(ctx, actor, api, form.Revision, to)
	if problems, ok := fieldsOf(err); ok {
		if form.Problems = problems; outrun(err) {
			form.Revision, form.Problems = seen.API.Revision, meanwhile(entry{"visibility", publish.VisibilityName(to.Visibility), publish.VisibilityName(seen.API.Visibility)})
		}
		return w.visibility(c, http.StatusUnprocessableEntity, form, &to)
	}
	if err != nil {
		return err
	}
	return done(c, "Saved. "+publish.VisibilityWords(to.Visibility, len(to.Teams)), tenantBase(c)+"/admin/apis/"+api)
}

// visibility shows the form with a choice, or with what is so now.
func (w *Web) visibility(c echo.Context, status int, form publish.VisibilityForm, to *models.Audience) error {
	find := form.Find
	if len(form.Problems) > 0 {
		find = ""
	}
	v, err := w.APIs.Audience(c.Request().Context(), guard.Actor(c), c.Param("api"), to, find)
	if err != nil {
		return err
	}
	form.Tenant, form.API, form.List = guard.Actor(c).Tenant().Slug, v.API.Name, tenantBase(c)+"/admin/apis"
	form.Back = form.List + "/" + v.API.Slug
	form.Visibility = v.API.Visibility
	if to != nil {
		form.Visibility = to.Visibility
	}
	if form.Revision == 0 {
		form.Revision = v.API.Revision
	}
	form.Teams, form.Found = teamNames(v.Teams), teamNames(v.Found)
	form.Subscribed, form.SubscribedAll = teamNames(v.Subscribed), v.SubscribedAll
	if form.Seen != "" {
		form.Losses = losses(v)
	}
	return render(c, status, publish.ShowVisibility(w.page(c, v.API.Name+" · Who sees it"), form))
}

func teamNames(teams []models.Team) (out []publish.TeamName) {
	for _, t := range teams {
		out = append(out, publish.TeamName{ID: t.ID, Name: t.Name})
	}
	return out
}

// losses are those from whom a choice takes an API, in sentences.
func losses(v portal.AudienceView) (out []string) {
	if v.Strangers {
		out = append(out, "Visitors who are not signed in.")
	}
	if v.Newcomers {
		out = append(out, "People who are signed in and in no team that sees it.")
	}
	if v.LosingAll > 0 {
		out = append(out, publish.TeamsInWords(teamNames(v.Losing), v.LosingAll))
	}
	return out
}
