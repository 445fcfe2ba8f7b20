package web

import (
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/archives"
	"gatehouse/views/ui"
)

// archiveSending is how long an archive may take on its way to a browser.
const archiveSending = 15 * time.Minute

// ExportTenant is the page on which an admin makes the archive of their tenant.
func (w *Web) ExportTenant(c echo.Context) error { return w.showExportTenant(c, http.StatusOK, nil) }

func (w *Web) showExportTenant(c echo.Context, status int, problems []fault.Field) error {
	t, base := guard.Actor(c).Tenant(), tenantBase(c)+"/admin/settings"
	return w.showArchive(c, status, archives.Export{Action: base + "/archive", Slug: t.Slug, Name: t.Name, Inside: true, Needs: models.TenantExport, Back: base,
		Crumbs: []ui.Link{{Text: "Settings", URL: base}, {Text: "Archive"}}, Problems: problems})
}

func (w *Web) showArchive(c echo.Context, status int, e archives.Export) (err error) {
	if e.Fingerprint, err = w.Archives.Fingerprint(c.Request().Context()); err != nil {
		return err
	}
	page := w.console
	if e.Inside {
		page = w.page
	}
	return render(c, status, e.Page(page(c, "Archive")))
}

// TenantFile is the archive.
func (w *Web) TenantFile(c echo.Context) error {
	f, err := w.Archives.Export(c.Request().Context(), guard.Actor(c))
	if problems, status, ok := archiveFields(err); ok {
		return w.showExportTenant(c, status, problems)
	}
	if err != nil {
		return err
	}
	return sendArchive(c, f)
}

// TakeOut is the page on which an operator makes the archive of a tenant that is not active.
func (w *Web) TakeOut(c echo.Context) error { return w.showTakeOut(c, http.StatusOK, nil) }

func (w *Web) showTakeOut(c echo.Context, status int, problems []fault.Field) error {
	t, _, err := w.Tenants.Find(c.Request().Context(), guard.Actor(c), c.Param("slug"))
	if err != nil {
		return err
	}
	door := "/support/tenants/" + t.Slug
	return w.showArchive(c, status, archives.Export{Action: door + "/archive-file", Slug: t.Slug, Name: t.Name, Needs: models.TenantCarry, Back: door + "/state",
		Crumbs: []ui.Link{{Text: "Tenants", URL: "/support"}, {Text: t.Name, URL: door}, {Text: "Archive"}}, Problems: problems})
}

// TakenOut is the archive.
func (w *Web) TakenOut(c echo.Context) error {
	f, err := w.Archives.ExportFrom(c.Request().Context(), guard.Actor(c), c.Param("slug"))
	if problems, status, ok := archiveFields(err); ok {
		return w.showTakeOut(c, status, problems)
	}
	if err != nil {
		return err
	}
	return sendArchive(c, f)
}

// archiveFields is proofFields, also for what stands against the whole.
func archiveFields(err error) (problems []fault.Field, status int, ok bool) {
	if problems, status, ok = proofFields(err); ok {
		return problems, status, ok
	}
	switch fault.Code(err) {
	case "archive_busy":
		return []fault.Field{{Message: fault.From(err).Message}}, http.StatusTooManyRequests, true
	case "archive_refused", "tenant_is_here", "export_is_the_admins":
		return []fault.Field{{Message: fault.From(err).Message}}, formStatus(err), true
	}
	return nil, 0, false
}

// sendArchive sends a file that is made and whole. What breaks off on the way has no
// signature at its end and is refused by whoever gets it.
func sendArchive(c echo.Context, f *portal.ArchiveFile) error {
	defer func() {
		if err := f.Close(); err != nil {
			slog.ErrorContext(c.Request().Context(), "removing an archive that was sent", "error", err)
		}
	}()
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(clock.System.Now().Add(archiveSending)) // the connection knows no other clock
	h := c.Response().Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	h.Set("Cache-Control", "no-store")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, f)
	return nil
}

// UploadArchive is the page on which an archive is brought.
func (w *Web) UploadArchive(c echo.Context) error { return w.showUploadArchive(c, http.StatusOK, nil) }

func (w *Web) showUploadArchive(c echo.Context, status int, problems []fault.Field) error {
	return render(c, status, archives.Upload(w.console(c, "Import a tenant"), problems))
}

// OfferArchive checks an archive, and leads to what is in it.
func (w *Web) OfferArchive(c echo.Context) error {
	header, err := c.FormFile("archive")
	if err != nil || header.Size == 0 {
		return w.showUploadArchive(c, http.StatusUnprocessableEntity, []fault.Field{{Name: "archive", Message: "Choose the file."}})
	}
	id, err := w.offer(c, header)
	if problems, status, ok := archiveFields(err); ok {
		return w.showUploadArchive(c, status, problems)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/support/import/"+id)
}

func (w *Web) offer(c echo.Context, header *multipart.FileHeader) (string, error) {
	file, err := header.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	return w.Archives.Offer(c.Request().Context(), guard.Actor(c), io.ReaderAt(file), header.Size)
}

// OfferedArchive shows what is in an archive.
func (w *Web) OfferedArchive(c echo.Context) error {
	b, err := w.Archives.Look(c.Request().Context(), guard.Actor(c), c.Param("id"), portal.ArchiveChoice{})
	if err != nil {
		return err
	}
	var taken []fault.Field // nothing was typed yet
	for _, p := range b.Problems {
		if p.Name != "fingerprint" {
			taken = append(taken, p)
		}
	}
	return w.showOffered(c, http.StatusOK, b, portal.ArchiveChoice{Slug: b.Choice.Slug, Code: b.Choice.Code}, taken)
}

func (w *Web) showOffered(c echo.Context, status int, b portal.Bringing, typed portal.ArchiveChoice, problems []fault.Field) error {
	m := b.Manifest
	exported, _ := time.Parse(time.RFC3339, m.ExportedAt)
	d := archives.Bringing{ID: c.Param("id"), Name: m.Tenant.Name, Origin: m.Origin, Exported: ui.Date(exported), TheirSlug: m.Tenant.Slug, TheirCode: m.Tenant.Code,
		Places: b.Places, Known: b.Known, Anew: b.Anew, There: b.There, Tried: c.Request().Method == http.MethodPost, Fingerprint: typed.Fingerprint, Slug: typed.Slug, Code: typed.Code, Problems: problems}
	for _, part := range []struct{ name, what string }{
		{"apis", "APIs"}, {"versions", "Versions"}, {"revisions", "Documents"}, {"guides", "Guides"}, {"plans", "Plans"}, {"teams", "Teams"},
		{"service_accounts", "Service accounts"}, {"subscriptions", "Subscriptions"}, {"tokens", "Tokens"}, {"incidents", "Incidents"}, {"audit", "Audit events"},
	} {
		d.Counts = append(d.Counts, archives.Count{What: part.what, N: m.Rows(part.name)})
	}
	return render(c, status, d.Page(w.console(c, "Import a tenant")))
}

// ImportTenant brings the tenant of an archive in.
func (w *Web) ImportTenant(c echo.Context) error {
	choice := portal.ArchiveChoice{Fingerprint: c.FormValue("fingerprint"), Slug: strings.TrimSpace(c.FormValue("slug")), Code: strings.TrimSpace(c.FormValue("code"))}
	b, tenant, err := w.Archives.Confirm(c.Request().Context(), guard.Actor(c), c.Param("id"), choice)
	if problems, status, ok := archiveFields(err); ok && b.Manifest.Format > 0 {
		return w.showOffered(c, status, b, choice, problems)
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, archives.Brought{Name: tenant.Name, Slug: tenant.Slug, Anew: b.Anew}.Page(w.console(c, "Imported")))
}
