package api

import (
	"context"
	"io"
	"net/http"
	"path"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/spec"
)

// readMost is how long a document's sender waits for it to be read.
const readMost = time.Minute

// documentTypes are what a document may be declared as; its own first
// character says whether it is JSON or YAML.
var documentTypes = []string{"application/json", "application/yaml", "text/yaml", "application/octet-stream"}

// documentJSON is what was understood of a document.
type documentJSON struct {
	Operations int           `json:"operations" example:"15"`
	Warnings   []warningJSON `json:"warnings"`                                                // what is odd, and did not keep the document out
	Revision   string        `json:"revision" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // what publishing puts in force
} // @name DocumentRead

// warningJSON is one thing that is odd about a document.
type warningJSON struct {
	Line    int    `json:"line" example:"12"`                     // 1-based; 0 where it is about the whole document
	Pointer string `json:"pointer" example:"/paths/~1berths/get"` // JSON pointer, RFC 6901
	Message string `json:"message"`
} // @name DocumentWarning

func warningsFrom(problems []spec.Problem) []warningJSON {
	out := []warningJSON{}
	for _, p := range problems {
		if p.Severity == spec.Warning {
			out = append(out, warningJSON{p.Line, p.Pointer, p.Message})
		}
	}
	return out
}

// PutDocument stores an OpenAPI document.
//
//	@Summary   Upload a document
//	@ID        putDocument
//	@Tags      apis
//	@Description  Sends an OpenAPI document (3.0, 3.1 or 3.2; JSON or YAML, at most 32 MiB) as it is. API and version are made as drafts where they do not exist. The document becomes the version's newest draft; publishing puts it in force. The same document again changes nothing. A document with faults is refused with a field for each of them. Scope: apis:write and apis:read.
//	@Accept    application/json,application/yaml,text/yaml,application/octet-stream
//	@Param     tenant   path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api      path  string  true  "slug of the API"  example(berths)
//	@Param     version  path  string  true  "name of the version"  example(v1)
//	@Success   200  {object}  documentJSON  "the document is the version's newest"
//	@Success   201  {object}  documentJSON  "the version was made"
//	@Header    201  {string}  Location  "the version's address"
//	@Failure   400,401,403,404,409,413,415,422,503  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/document [put]
func (a *API) PutDocument(c echo.Context) error {
	if err := mediaType(c, documentTypes...); err != nil {
		return err
	}
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), readMost)
	defer cancel()
	created, revision, problems, err := a.APIs.PutDocument(ctx, guard.Actor(c), c.Param("api"), c.Param("version"), raw)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		c.Response().Header().Set("Location", path.Dir(c.Request().URL.Path))
	}
	return c.JSON(status, documentJSON{revision.Operations, warningsFrom(problems), revision.ID})
}

// ReadDocument gives a version's newest document back.
//
//	@Summary   Download a document
//	@ID        readDocument
//	@Tags      apis
//	@Description  The newest document of a version, a draft too, byte for byte as it was uploaded. Scope: apis:read.
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
