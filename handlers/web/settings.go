package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
	"gatehouse/views/settings"
)

// Settings is the page of who sees a tenant, and of its policy.
func (w *Web) Settings(c echo.Context) error {
	return render(c, http.StatusOK, settings.Settings(w.page(c, "Settings"), settingsOf(guard.Actor(c).Tenant())))
}

// settingsOf is the form as a tenant is now.
func settingsOf(t models.Tenant) settings.Form {
	return settings.Form{
		Slug: t.Slug, Code: t.Code, Public: t.Public, SelfApproval: t.SelfApproval,
		TokenDays: strconv.Itoa(t.TokenDays), EscalateDays: strconv.Itoa(t.EscalateDays), Revision: strconv.Itoa(t.Revision),
	}
}

// Configure changes them.
func (w *Web) Configure(c echo.Context) error {
	actor := guard.Actor(c)
	form := settings.Form{
		Slug: actor.Tenant().Slug, Code: actor.Tenant().Code,
		Public: c.FormValue("public") != "", SelfApproval: c.FormValue("self_approval") != "",
		TokenDays: c.FormValue("token_days"), EscalateDays: c.FormValue("escalate_days"), Revision: c.FormValue("revision"),
	}
	days, _ := strconv.Atoi(strings.TrimSpace(form.TokenDays)) // 0 is refused by Tenant.Check
	escalate, err := strconv.Atoi(strings.TrimSpace(form.EscalateDays))
	if err != nil {
		escalate = -1 // refused by Tenant.Check
	}
	revision, _ := strconv.Atoi(form.Revision) // 0 is never the present one
	_, err = w.Tenants.Configure(c.Request().Context(), actor, models.Tenant{
		Public: form.Public, SelfApproval: form.SelfApproval,
		TokenDays: days, EscalateDays: escalate, Revision: revision,
	})
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		form.Problems = problems
		if now := settingsOf(actor.Tenant()); outrun(err) {
			form.Revision, form.Problems = now.Revision, meanwhile(entry{"public", onOff(form.Public), onOff(now.Public)},
				entry{"token_days", form.TokenDays, now.TokenDays}, entry{"self_approval", onOff(form.SelfApproval), onOff(now.SelfApproval)},
				entry{"escalate_days", form.EscalateDays, now.EscalateDays})
		}
		return render(c, formStatus(err), settings.Settings(w.page(c, "Settings"), form))
	}
	return done(c, "The settings were saved.", "/t/"+form.Slug+"/admin/settings")
}
