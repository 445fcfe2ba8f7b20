package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/views/dev"
)

// Mailbox shows the demo's mails. Its route exists in the demo only.
func (w *Web) Mailbox(c echo.Context) error {
	return render(c, http.StatusOK, dev.Mailbox(w.page(c, "Mailbox"), w.Mails(), w.Clock.Now()))
}
