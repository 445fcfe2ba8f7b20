package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/views/ui"
)

// downloads are the document and its parts for an operation's page at base.
func downloads(base string, op spec.Operation) (links []ui.Link) {
	add := func(what string, query url.Values) {
		for _, format := range []string{"json", "yaml"} {
			address := base + "/openapi." + format
			if len(query) > 0 {
				address += "?" + query.Encode()
			}
			links = append(links, ui.Link{Text: what + ", " + strings.ToUpper(format), URL: address})
		}
	}
	add("This operation", url.Values{"operation": {op.Slug}})
	if len(op.Tags) > 0 {
		add("All of "+op.Tags[0], url.Values{"tag": {op.Tags[0]}})
	}
	add("Everything", nil)
	return append(links, ui.Link{Text: "Page as Markdown", URL: base + "/operations/" + op.Slug + ".md"}, ui.Link{Text: "llms.txt", URL: base + "/llms.txt"})
}

// OpenAPI is a version's document for download, whole or the part that the query
// names, with the gateway as its server (R105).
func (w *Web) OpenAPI(c echo.Context) error { return w.sendDocument(c, "json", "application/json") }

// OpenAPIYAML is the same in YAML.
func (w *Web) OpenAPIYAML(c echo.Context) error { return w.sendDocument(c, "yaml", "application/yaml") }

func (w *Web) sendDocument(c echo.Context, format, media string) error {
	api, version := c.Param("api"), c.Param("version")
	part := portal.DocumentPart{Operation: c.QueryParam("operation"), Tag: c.QueryParam("tag"), YAML: format == "yaml"}
	doc, sum, err := w.APIs.Download(c.Request().Context(), guard.Actor(c), api, version, part, w.callURL(c, api, version))
	if err != nil {
		return err
	}
	name := guard.Actor(c).Tenant().Slug + "-" + api + "-" + version
	if part := ui.ID(cmp.Or(part.Operation, part.Tag)); part != "" {
		name += "-" + part
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+".openapi."+format+`"`)
	return sendContent(c, media, doc, sum)
}

// sendTagged answers a program that may have what it asks for already (RFC 9110
// §13.1.2). What a reader sees depends on who it is: no shared cache keeps it, and
// of those who are signed in no cache at all (R43).
func sendTagged(c echo.Context, media string, body []byte) error {
	return sendContent(c, media, bytes.NewReader(body), sha256.Sum256(body))
}

func sendContent(c echo.Context, media string, body io.ReadSeeker, sum [sha256.Size]byte) error {
	h := c.Response().Header()
	h.Set("Content-Type", media)
	if !guard.Actor(c).SignedIn() {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, body)
	return nil
}
