package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// NewException is the form that gives a team other limits than its plan has.
func (w *Web) NewException(c echo.Context) error {
	return w.exceptionForm(c, http.StatusOK, nil)
}

// exceptionForm shows the form, as it was typed where it was.
func (w *Web) exceptionForm(c echo.Context, status int, typed *publish.ExceptionForm) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	api, plan, err := w.Plans.Show(ctx, actor, c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	_, teams, err := w.Plans.Exceptions(ctx, actor, api.Slug, plan.ID)
	if err != nil {
		return err
	}
	now := w.Clock.Now().UTC()
	f := publish.ExceptionForm{LimitsForm: limitsFormOf(plan), LastDay: now.AddDate(0, 0, 7).Format(time.DateOnly)}
	if typed != nil {
		f = *typed
	}
	f.Tenant, f.API, f.Plan, f.List = actor.Tenant().Slug, api.Name, plan.Name, tenantBase(c)+"/admin/apis/"+api.Slug
	f.Back = f.List + "/plans/" + plan.ID
	f.Action, f.First, f.Last = f.Back+"/exceptions/new", now.Format(time.DateOnly), now.Add(models.ExceptionMost).AddDate(0, 0, -1).Format(time.DateOnly)
	for _, t := range teams {
		f.Teams = append(f.Teams, ui.Option{Value: t.ID, Label: t.Name})
	}
	return render(c, status, publish.ShowException(w.page(c, "Exception · "+plan.Name), f))
}

// CreateException gives a team other limits.
func (w *Web) CreateException(c echo.Context) error {
	typed, plan := readLimits(c)
	form := publish.ExceptionForm{LimitsForm: typed, Team: c.FormValue("team"), LastDay: c.FormValue("last_day"), Reason: c.FormValue("reason")}
	in := portal.NewException{Team: form.Team, Limits: plan, Reason: form.Reason}
	if day, err := time.Parse(time.DateOnly, form.LastDay); err == nil { // the zero time is refused
		in.EndsAt = day.AddDate(0, 0, 1)
	}
	row, err := w.Plans.Except(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"), in)
	if problems, ok := fieldsOf(err); ok {
		form.Problems = problems
		return w.exceptionForm(c, http.StatusUnprocessableEntity, &form)
	}
	if err != nil {
		return err
	}
	return done(c, row.Team.Name+" has other limits now, until "+row.EndsAt.UTC().Format("2 January 2006 15:04 MST")+". Its owners were told.", planURL(c))
}

// EndException ends one before its time.
func (w *Web) EndException(c echo.Context) error {
	row, err := w.Plans.EndException(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("plan"), c.Param("id"))
	if err != nil {
		return err
	}
	return done(c, "The exception for "+row.Team.Name+" has ended; the plan holds again. Its owners were told.", planURL(c))
}

func planURL(c echo.Context) string {
	return tenantBase(c) + "/admin/apis/" + c.Param("api") + "/plans/" + c.Param("plan")
}
