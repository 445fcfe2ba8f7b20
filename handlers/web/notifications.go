package web

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/account"
	"gatehouse/views/notifications"
	"gatehouse/views/ui"
)

// ListNotifications is the person's inbox.
func (w *Web) ListNotifications(c echo.Context) error {
	rows, err := w.Notifications.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	d := notifications.Data{Now: w.Clock.Now()}
	for _, r := range rows {
		row := notifications.Row{Title: r.Title, Body: r.Body, URL: r.Link, Tenant: cmp.Or(r.Tenant.Name, "Your account"), At: r.CreatedAt, Unread: r.ReadAt == nil}
		row.Icon, row.Tone = notificationSign(r.Kind)
		if row.Unread {
			d.Unread++
		}
		d.Rows = append(d.Rows, row)
	}
	if len(rows) > 0 {
		d.Newest = rows[0].ID
	}
	return render(c, http.StatusOK, notifications.Inbox(w.page(c, "Notifications"), d))
}

func notificationSign(kind models.NotificationKind) (icon string, tone ui.Tone) {
	switch kind {
	case models.NotifyRequested:
		return "inbox", ui.Info
	case models.NotifyDecided:
		return "check", ui.OK
	case models.NotifyQuota, models.NotifyVersion, models.NotifyIncident:
		return "warn", ui.Warn
	case models.NotifyMessage:
		return "mail", ui.Info
	case models.NotifyOverdue:
		return "hourglass", ui.Warn
	case models.NotifyDocument:
		return "book", ui.Info
	case models.NotifyTeam:
		return "team", ui.Plain
	case models.NotifyRecovery:
		return "warn", ui.Warn
	case models.NotifyToken:
		return "key", ui.Plain
	case models.NotifyAccount:
		return "shield", ui.Warn
	case models.NotifyPerson:
		return "person", ui.Info
	case models.NotifyHost:
		return "globe", ui.Warn
	}
	return "bell", ui.Plain
}

// Notices is the page on which the person chooses what they hear of, and how.
func (w *Web) Notices(c echo.Context) error {
	choices, err := w.Notifications.Choices(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.showNotices(c, http.StatusOK, choices, nil)
}

func (w *Web) showNotices(c echo.Context, status int, choices []models.NoticeChoice, problems []fault.Field) error {
	return render(c, status, account.Notices(w.page(c, "What you hear of"), account.NoticesData{Choices: choices, Hour: portal.DailyHour, Problems: problems}))
}

// ChooseNotices keeps what the person chose.
func (w *Web) ChooseNotices(c echo.Context) error {
	var choices []models.NoticeChoice
	for _, words := range models.NoticeCategories {
		name := string(words.Category)
		choices = append(choices, models.NoticeChoice{Category: words.Category, InApp: c.FormValue("app-"+name) != "",
			Mail: cmp.Or(models.MailChoice(c.FormValue("mail-"+name)), models.MailEach)})
	}
	if err := w.Notifications.Choose(c.Request().Context(), guard.Actor(c), choices); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showNotices(c, formStatus(err), choices, problems)
		}
		return err
	}
	return done(c, "Your choices count from now on.", "/account/notifications")
}

// ReadNotifications marks everything as read up to the one that the person saw.
func (w *Web) ReadNotifications(c echo.Context) error {
	if err := w.Notifications.MarkRead(c.Request().Context(), guard.Actor(c), c.FormValue("up_to")); err != nil {
		return err
	}
	return done(c, "", "/notifications")
}
