package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/support"
)

const installationURL = "/support/installation"

// Installation shows what holds for all tenants: what operators set while the server
// runs, and what it was started with.
func (w *Web) Installation(c echo.Context) error { return w.showInstallation(c, http.StatusOK, nil) }

// showInstallation shows the page as it is, but for the form that was just sent.
func (w *Web) showInstallation(c echo.Context, status int, sent func(*support.Installation)) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	set, err := w.Portal.Installation.Settings(ctx, actor)
	if err != nil {
		return err
	}
	configured, err := w.Portal.Installation.Configured(ctx, actor)
	if err != nil {
		return err
	}
	d := support.Installation{Said: set.Said, Sessions: support.SessionsFormOf(set.Sessions), Defaults: support.DefaultsFormOf(set.Defaults),
		Changed: set.Changed, Configured: configured, Now: w.Clock.Now()}
	if sent != nil {
		sent(&d)
	}
	return render(c, status, support.Settings(w.console(c, "Installation"), d))
}

// answerInstallation leads back to the page, or shows it with what is wrong.
func (w *Web) answerInstallation(c echo.Context, err error, outcome string, sent func(*support.Installation, []fault.Field)) error {
	if err == nil {
		return done(c, outcome, installationURL)
	}
	problems, status, ok := proofFields(err)
	if !ok {
		return err
	}
	return w.showInstallation(c, status, func(d *support.Installation) { sent(d, problems) })
}

// ConfigureInstallation changes what is said to everybody.
func (w *Web) ConfigureInstallation(c echo.Context) error {
	said := models.Installation{Banner: c.FormValue("banner"), Contact: c.FormValue("contact")}
	err := w.Portal.Installation.Configure(c.Request().Context(), guard.Actor(c), said)
	return w.answerInstallation(c, err, "Saved. Every page says it from now on.", func(d *support.Installation, p []fault.Field) { d.Said, d.Problems = said, p })
}

// LimitSessions changes when people are signed out.
func (w *Web) LimitSessions(c echo.Context) error {
	f := support.SessionsForm{MemberIdle: c.FormValue("member_idle"), MemberAbsolute: c.FormValue("member_absolute"), StaffIdle: c.FormValue("staff_idle"), StaffAbsolute: c.FormValue("staff_absolute")}
	limits := models.SessionLimits{Member: models.SessionLimit{Idle: daysOf(f.MemberIdle), Absolute: daysOf(f.MemberAbsolute)},
		Staff: models.SessionLimit{Idle: daysOf(f.StaffIdle), Absolute: daysOf(f.StaffAbsolute)}}
	err := w.Portal.Installation.LimitSessions(c.Request().Context(), guard.Actor(c), limits)
	return w.answerInstallation(c, err, "Saved. Who was signed in for longer is asked for their passkey at their next click.", func(d *support.Installation, p []fault.Field) { d.Sessions, d.SessionsProblems = f, p })
}

// SetTenantDefaults changes what new tenants begin with.
func (w *Web) SetTenantDefaults(c echo.Context) error {
	f := support.DefaultsForm{Colour: strings.ToLower(strings.TrimSpace(c.FormValue("colour"))), Public: c.FormValue("public") != "", SignUp: c.FormValue("sign_up"), EscalateDays: c.FormValue("escalate_days"),
		TokenDays: c.FormValue("token_days"), Unused: c.FormValue("unused_days"), Pause: c.FormValue("pause_days"), Revoke: c.FormValue("revoke_days"), Rotate: c.FormValue("rotate_days"),
		SelfRotation: c.FormValue("self_rotation") != "", Approval: c.FormValue("approval") != "", Leak: c.FormValue("leak")}
	defaults := models.TenantDefaults{Colour: f.Colour, Public: f.Public, SignUp: models.SignUpPolicy(f.SignUp), EscalateDays: daysOf(f.EscalateDays),
		TokenDays: daysOf(f.TokenDays), UnusedDays: daysOf(f.Unused), PauseDays: daysOf(f.Pause), RevokeDays: daysOf(f.Revoke), RotateDays: daysOf(f.Rotate),
		SelfRotation: f.SelfRotation, Approval: f.Approval, Leak: models.LeakAction(f.Leak)}
	err := w.Portal.Installation.SetDefaults(c.Request().Context(), guard.Actor(c), defaults)
	return w.answerInstallation(c, err, "Saved. New tenants begin with this; those that are there stay as they are.", func(d *support.Installation, p []fault.Field) { d.Defaults, d.DefaultsProblems = f, p })
}

// Health shows operators how the installation is.
func (w *Web) Health(c echo.Context) error {
	health, err := w.Portal.Installation.Health(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, support.Health(w.console(c, "Health"), health))
}
