package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/settings"
)

// TokenPolicy is the page of how a tenant treats its tokens, with what that would do.
func (w *Web) TokenPolicy(c echo.Context) error {
	tenant := guard.Actor(c).Tenant()
	forecast, err := w.TokenPolicies.Forecast(c.Request().Context(), guard.Actor(c), tenant.TokenPolicy)
	if err != nil {
		return err
	}
	f := policyForm(tenant)
	f.Forecast = forecastOf(c, forecast)
	return w.showPolicy(c, http.StatusOK, f)
}

func (w *Web) showPolicy(c echo.Context, status int, f settings.Tokens) error {
	tenant := guard.Actor(c).Tenant()
	f.Slug, f.TokenDays, f.Now = tenant.Slug, tenant.TokenDays, w.Clock.Now()
	return render(c, status, settings.TokenPolicy(w.page(c, "Token policy"), f))
}

// policyForm is the form as a tenant's policy is now.
func policyForm(t models.Tenant) settings.Tokens {
	p := t.TokenPolicy
	return settings.Tokens{
		Unused: strconv.Itoa(p.UnusedDays), Pause: strconv.Itoa(p.PauseDays), Revoke: strconv.Itoa(p.RevokeDays), Rotate: strconv.Itoa(p.RotateDays),
		SelfRotation: p.SelfRotation, Approval: p.Approval, Leak: string(p.Leak), Revision: strconv.Itoa(t.Revision),
	}
}

// SetTokenPolicy saves a policy. Where its days are others and it would pause or
// revoke tokens, the page says so first, and saves what it has said.
func (w *Web) SetTokenPolicy(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	f := settings.Tokens{
		Unused: c.FormValue("unused_days"), Pause: c.FormValue("pause_days"), Revoke: c.FormValue("revoke_days"), Rotate: c.FormValue("rotate_days"),
		SelfRotation: c.FormValue("self_rotation") != "", Approval: c.FormValue("approval") != "", Leak: c.FormValue("leak"), Revision: c.FormValue("revision"),
	}
	policy := models.TokenPolicy{
		UnusedDays: daysOf(f.Unused), PauseDays: daysOf(f.Pause), RevokeDays: daysOf(f.Revoke), RotateDays: daysOf(f.Rotate),
		SelfRotation: f.SelfRotation, Approval: f.Approval, Leak: models.LeakAction(f.Leak),
	}
	revision, _ := strconv.Atoi(f.Revision) // 0 is never the present one
	forecast, err := w.TokenPolicies.Forecast(ctx, actor, policy)
	if err == nil {
		days, now := daysIn(policy), daysIn(actor.Tenant().TokenPolicy)
		f.Forecast = forecastOf(c, forecast)
		if f.Forecast.Paused+f.Forecast.Ended > 0 && days != now && c.FormValue("seen") != days {
			f.Seen = days
			return w.showPolicy(c, http.StatusOK, f)
		}
		_, err = w.TokenPolicies.Set(ctx, actor, policy, revision)
	}
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		f.Problems = problems
		if now := policyForm(actor.Tenant()); outrun(err) {
			f.Revision, f.Problems = now.Revision, meanwhile(entry{"unused_days", f.Unused, now.Unused}, entry{"pause_days", f.Pause, now.Pause},
				entry{"revoke_days", f.Revoke, now.Revoke}, entry{"rotate_days", f.Rotate, now.Rotate}, entry{"self_rotation", onOff(f.SelfRotation), onOff(now.SelfRotation)},
				entry{"approval", onOff(f.Approval), onOff(now.Approval)}, entry{"leak", f.Leak, now.Leak})
		}
		return w.showPolicy(c, formStatus(err), f)
	}
	return done(c, "The policy was saved. Nothing is paused or revoked before its people were told.", tenantBase(c)+"/admin/settings/tokens")
}

// daysOf is a number of days that somebody typed, or one that no policy takes.
func daysOf(typed string) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil {
		return -1
	}
	return n
}

// daysIn are the days of a policy, to compare it with another.
func daysIn(p models.TokenPolicy) string {
	return fmt.Sprint(p.UnusedDays, "/", p.PauseDays, "/", p.RevokeDays, "/", p.RotateDays)
}

func forecastOf(c echo.Context, f portal.Forecast) settings.Forecast {
	out := settings.Forecast{Until: f.Until, Paused: f.Paused, Ended: f.Ended, Looked: f.Looked, More: f.More}
	for _, r := range f.Fates {
		row := settings.Fate{Name: r.Name, URL: allTokensURL(c) + "/" + r.ID, Owner: r.Owner.Name, What: "paused, unused", At: r.When()}
		switch {
		case r.Pause.IsZero():
			row.What = "revoked, unused"
		case r.Cause == models.CauseAged:
			row.What = "paused, too old"
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
