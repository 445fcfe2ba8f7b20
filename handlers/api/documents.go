package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/problem"
	"gatehouse/internal/sarif"
	"gatehouse/internal/spec"
	"gatehouse/models"
)

// answerMost is how long a document's sender waits for the answer, from the
// document's last byte on: a minute, less a second for the answer's way. The
// reader gives up before (spec.ReadTimeout), and says so. Together with bodyMost
// it is within the server's own time for an answer.
const answerMost = 59 * time.Second

// documentTypes are what a document may be declared as; the reader tells JSON
// from YAML by itself. The last one is what curl says of --data-binary unless
// it is told otherwise.
var documentTypes = []string{
	"application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain",
	"application/vnd.oai.openapi", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi+yaml",
	"application/octet-stream", "application/x-www-form-urlencoded", "application/zip",
}

// documentType is nil where a document may have come: declared as one of its
// types, or not declared at all.
func documentType(c echo.Context) error {
	if c.Request().Header.Get("Content-Type") == "" || mediaType(c, documentTypes...) == nil {
		return nil
	}
	return fault.New(fault.Unsupported, "unsupported_media_type",
		"Send the document itself, in UTF-8, as application/json or application/yaml, or several files as application/zip, or without a Content-Type.")
}

// documentJSON is what was understood of a document.
type documentJSON struct {
	Revision   string        `json:"revision" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // id, for publishing exactly this document
	Operations int           `json:"operations" example:"15"`
	Grave      int           `json:"grave" example:"0"` // problems that keep it from being published
	Internal   []string      `json:"internal"`          // operations that the document marks as internal, and that nobody gets: the first 1000
	Problems   []problemJSON `json:"problems"`          // what did not keep the document out, the worst first
} // @name DocumentRead

// problemJSON is one thing that is wrong with a document.
type problemJSON struct {
	Grade   string `json:"grade" enums:"fault,grave,warning"`           // refused; kept, and not to be published; neither
	Kind    string `json:"kind" example:"References"`                   // what it is about
	File    string `json:"file,omitempty" example:"schemas/berth.yaml"` // of an archive
	Line    int    `json:"line" example:"12"`                           // 1-based; 0 where it is about the whole document
	Column  int    `json:"column" example:"5"`                          // 1-based, in characters; 0 as line
	Pointer string `json:"pointer" example:"/paths/~1berths/get"`       // JSON pointer, RFC 6901
	Message string `json:"message" example:"The operation has no answer that is described."`
	Repair  string `json:"repair,omitempty" example:"Write \"/berths\"."` // how it is mended, where that is known
} // @name DocumentProblem

// refusedJSON is the answer to a document that is refused: a problem document with
// everything that is wrong, RFC 9457 §3.2.
type refusedJSON struct {
	problem.Document
	Problems []problemJSON `json:"problems"`
} // @name DocumentRefused

func problemsFrom(problems []spec.Problem) []problemJSON {
	out := make([]problemJSON, len(problems))
	for i, p := range problems {
		out[i] = problemJSON{string(p.Severity), p.Kind, p.File, p.Line, p.Column, p.Pointer, p.Message, p.Repair}
	}
	return out
}

func documentFrom(d spec.Document, r models.Revision) documentJSON {
	return documentJSON{r.ID, r.Operations, r.Grave, append([]string{}, d.Internal.Operations...), problemsFrom(d.Problems)}
}

// PutDocument stores an OpenAPI document.
//
//	@Summary   Upload a document
//	@ID        putDocument
//	@Tags      apis
//	@Description  Sends an OpenAPI document (3.0, 3.1 or 3.2; JSON or YAML, at most 32 MiB) as it is; Swagger 2.0 is read as OpenAPI 3.0, with a warning that says so. A zip archive of several files that refer to each other is made one document; its main file is named openapi.yaml or openapi.json. API and version are made as drafts where they do not exist. The document becomes the version's newest draft, the `draft` of the version; publishing puts it in force. The same document again changes nothing. A document with faults is refused with 422; problems says for each of them where it is and how it is mended. With grave problems it is kept, and can't be published. The document has a minute to arrive; the answer comes within a minute of its last byte. JSON and YAML are told apart by what is sent, whatever its Content-Type says. With `Prefer: respond-async` (RFC 7240) it is read in the background: the answer is 202, and the import at its Location tells what became of it. Scope: apis:write and apis:read.
//	@Accept    application/json,application/yaml
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Param     Prefer   header  string  false  "respond-async: answer at once"  example(respond-async)
//	@Success   200  {object}  documentJSON  "the document is the version's newest"
//	@Success   201  {object}  documentJSON  "the version was made"
//	@Header    201  {string}  Location  "the version's address"
//	@Success   202  {object}  importJSON  "it is read in the background"
//	@Header    202  {string}  Location  "the import's address"
//	@Failure   422  {object}  refusedJSON  "the document is refused"
//	@Failure   400,401,403,404,408,409,413,415,503  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/document [put]
func (a *API) PutDocument(c echo.Context) error {
	if err := documentType(c); err != nil {
		return err
	}
	if err := guard.Actor(c).May(models.APIReadAll); err != nil { // what is there already is found by reading
		return err
	}
	raw, err := body(c, bodyMost)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 { // the use case speaks of the form
		return invalid("document", "Send an OpenAPI document in JSON or YAML as the body.")
	}
	if wantsLater(c) {
		return a.later(c, raw)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerMost)
	defer cancel()
	created, revision, read, err := a.APIs.PutDocument(ctx, guard.Actor(c), c.Param("api"), c.Param("version"), raw)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && fault.Is(err, fault.Internal) {
		return fault.New(fault.Unavailable, "document_stopped", "The document was read, and not stored in time. Try again.").Because(err).After(time.Minute)
	}
	if fault.Code(err) == "document_refused" {
		return a.refused(c, fault.From(err), read.Problems)
	}
	if err != nil {
		return named(err, "slug", "api") // as the address calls it
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		c.Response().Header().Set("Location", path.Dir(c.Request().URL.Path))
	}
	return c.JSON(status, documentFrom(read, revision))
}

// refused answers as every refusal is answered, with the document's problems too.
func (a *API) refused(c echo.Context, e *fault.Error, problems []spec.Problem) error {
	id := guard.Request(c).ID
	problem.Log(c.Request(), e, id)
	c.Response().Header().Set("Content-Type", problem.MediaType)
	return c.JSON(problem.Status(e), refusedJSON{problem.Of(e, a.Origin.String(), id), problemsFrom(problems)})
}

// ReadRevision shows what was understood of a document of a version.
//
//	@Summary   Read the report of a document
//	@ID        readRevision
//	@Tags      apis
//	@Description  What was understood of one document of a version, and what is wrong with it; with `Accept: application/sarif+json` the latter in SARIF 2.1.0. Scope: apis:read.
//	@Param     tenant    path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api       path  string  true  "slug of the API"  example(berths)
//	@Param     version   path  string  true  "name of the version"  example(v1)
//	@Param     revision  path  string  true  "id of the document, as the version names it"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  documentJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/revisions/{revision} [get]
func (a *API) ReadRevision(c echo.Context) error {
	r, err := a.APIs.Understood(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("revision"))
	if err != nil {
		return err
	}
	if strings.Contains(c.Request().Header.Get("Accept"), sarif.Media) {
		raw, err := sarif.Of(r.Outline.Problems, func(p spec.Problem) string { return cmp.Or(p.File, "openapi."+r.Revision.Format) })
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, sarif.Media, raw)
	}
	return c.JSON(http.StatusOK, documentFrom(r.Outline, r.Revision))
}

// ReadDocument gives a version's newest document back.
//
//	@Summary   Download a document
//	@ID        readDocument
//	@Tags      apis
//	@Description  The newest document of a version, a draft too, byte for byte as it was uploaded; of an archive, the one document that its files make. Scope: apis:read.
//	@Produce   application/json,application/yaml
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   200  {string}  string  "the document"
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/document [get]
func (a *API) ReadDocument(c echo.Context) error {
	raw, revision, err := a.APIs.Document(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/"+revision.Format, raw)
}
