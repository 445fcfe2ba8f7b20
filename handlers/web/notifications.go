package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/models"
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
		row := notifications.Row{Title: r.Title, Body: r.Body, URL: r.Link, Tenant: r.Tenant.Name, At: r.CreatedAt, Unread: r.ReadAt == nil}
		row.Icon, row.Tone = notificationSign(r.Kind)
		if row.Unread {
			d.Unread++
		}
		if r.Kind == models.NotifyAccount {
			row.Tenant = "Your account"
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
	case models.NotifyAccount:
		return "passkey", ui.Plain
	case models.NotifyToken:
		return "key", ui.Plain
	}
	return "bell", ui.Plain
}

// ReadNotifications marks everything as read up to the one that the person saw.
func (w *Web) ReadNotifications(c echo.Context) error {
	if err := w.Notifications.MarkRead(c.Request().Context(), guard.Actor(c), c.FormValue("up_to")); err != nil {
		return err
	}
	return done(c, "", "/notifications")
}
