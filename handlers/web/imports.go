package web

import (
	"cmp"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/problem"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/publish"
)

// ImportWait is how long an upload is waited for before its progress is shown:
// most documents are read by then.
const ImportWait = time.Second

// PutDocument takes an uploaded or pasted document, which becomes a draft once it
// is read.
func (w *Web) PutDocument(c echo.Context) error {
	raw, err := documentOf(c)
	if err != nil {
		return err
	}
	ctx, actor := c.Request().Context(), guard.Actor(c)
	in, err := w.Imports.Begin(ctx, actor, c.Param("api"), c.Param("version"), models.ImportUpload, raw)
	if e := fault.From(err); err != nil && e.Kind == fault.TooLarge {
		problem.Log(c.Request(), e, guard.Request(c).ID)
		return w.refusedDocument(c, problem.Status(e), []fault.Field{{Name: "document", Message: e.Message}}, publish.Report{})
	}
	if problems, ok := fieldsOf(err); ok {
		return w.refusedDocument(c, http.StatusUnprocessableEntity, problems, publish.Report{})
	}
	if err != nil {
		return err
	}
	row, err := w.Imports.Await(ctx, actor, in.ID, w.ImportWait)
	switch {
	case err != nil:
		return err
	case !row.Done():
		return done(c, "", importURL(c, in.ID))
	case row.State == models.ImportStored:
		return done(c, understood(row.Found), revisionURL(c, row.Import))
	}
	return w.refusedDocument(c, http.StatusUnprocessableEntity, []fault.Field{{Name: "document", Message: row.Message}}, publish.ReportOf(raw, row.Found, publish.Filter{}))
}

// understood says what became of a document that was stored.
func understood(problems []spec.Problem) string {
	if (spec.Document{Problems: problems}).Grave() != nil {
		return "The document is kept as a draft. It can't be published as it is; its report says why."
	}
	return "The document was understood. Partners see it when it is published."
}

// refusedDocument is the form again, with what was pasted and what is wrong with it.
func (w *Web) refusedDocument(c echo.Context, status int, problems []fault.Field, found publish.Report) error {
	return w.adminVersion(c, status, func(v *publish.Workbench) {
		v.Document = publish.DocumentForm{Text: c.FormValue("document"), Problems: problems, Refused: found}
	})
}

func importURL(c echo.Context, id string) string {
	return versionURL(c, c.Param("version")) + "/imports/" + id
}

func revisionURL(c echo.Context, in models.Import) string {
	return versionURL(c, in.Version) + "/revisions/" + *in.RevisionID
}

// documentOf is the file of the form, or what was pasted.
func documentOf(c echo.Context) ([]byte, error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return []byte(c.FormValue("document")), nil
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, spec.MaxBytes+1))
}

// Import is how far a document is. Once it is stored it leads there.
func (w *Web) Import(c echo.Context) error {
	ctx, actor, api, name := c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")
	row, err := w.Imports.Show(ctx, actor, c.Param("import"))
	if err != nil {
		return err
	}
	if row.API != api || row.Version != name {
		return fault.Missing("import")
	}
	if row.State == models.ImportStored {
		return follow(c, "", "", revisionURL(c, row.Import))
	}
	one, err := w.APIs.Show(ctx, actor, api)
	if err != nil {
		return err
	}
	base := tenantBase(c) + "/admin/apis"
	i := publish.Import{List: base, APIURL: base + "/" + api, Base: versionURL(c, name), URL: importURL(c, row.ID), API: one.API, Import: row.Import,
		Report: publish.ReportOf(row.Text, row.Found, publish.Filter{}), Tenant: actor.Tenant().Slug, By: row.By, Now: w.Clock.Now()}
	if row.Text != nil && utf8.Valid(row.Text) && actor.Can(models.APIManage) {
		i.Again = &publish.DocumentForm{Text: string(row.Text), Refused: i.Report, Problems: []fault.Field{{Name: "document", Message: row.Message}}}
	}
	return render(c, http.StatusOK, publish.ShowImport(w.page(c, "Import · "+one.Name+" "+name), i))
}

func sourceForm(s *models.Source) publish.SourceForm {
	if s == nil {
		return publish.SourceForm{Schedule: string(models.ScheduleDaily)}
	}
	return publish.SourceForm{Stored: s, URL: s.URL, Schedule: string(s.Schedule)}
}

// SetSource says from which URL the document comes, and fetches it.
func (w *Web) SetSource(c echo.Context) error {
	address, schedule := c.FormValue("url"), cmp.Or(c.FormValue("schedule"), string(models.ScheduleOff))
	_, in, err := w.Imports.SetSource(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), address, models.Schedule(schedule))
	if problems, ok := fieldsOf(err); ok {
		return w.adminVersion(c, http.StatusUnprocessableEntity, func(v *publish.Workbench) {
			v.Source.URL, v.Source.Schedule, v.Source.Problems = address, schedule, problems
		})
	}
	if err != nil {
		return err
	}
	return w.fetched(c, in)
}

// FetchSource looks at the URL of the document now.
func (w *Web) FetchSource(c echo.Context) error {
	in, err := w.Imports.FetchAgain(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if problems, ok := fieldsOf(err); ok {
		return w.adminVersion(c, http.StatusConflict, func(v *publish.Workbench) { v.Source.Problems = problems })
	}
	if err != nil {
		return err
	}
	return w.fetched(c, in)
}

// fetched leads to what came from a URL, or to how far it is.
func (w *Web) fetched(c echo.Context, in models.Import) error {
	row, err := w.Imports.Await(c.Request().Context(), guard.Actor(c), in.ID, w.ImportWait)
	if err != nil {
		return err
	}
	if row.State == models.ImportStored {
		return done(c, "The document was fetched and understood. Partners see it when it is published.", revisionURL(c, row.Import))
	}
	return done(c, "", importURL(c, in.ID))
}

// DeleteSource forgets the URL of the document.
func (w *Web) DeleteSource(c echo.Context) error {
	if err := w.Imports.DeleteSource(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version")); err != nil {
		return err
	}
	return done(c, "The URL is forgotten. The documents that came from it stay.", versionURL(c, c.Param("version")))
}
