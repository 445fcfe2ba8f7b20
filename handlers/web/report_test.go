package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// faulty has a grave problem, warnings of two kinds, and more of one kind than a
// page lists.
func faulty() string {
	doc := `openapi: 3.0.3
info: {title: Faulty, version: "1"}
paths:
  /orders/{id}:
    get:
      operationId: same
      responses: {"200": {description: ok}}
  /orders/{number}:
    get:
      operationId: same
      parameters: [{name: number, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: "<b>bold</b>"}}
`
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		doc += "  /" + name + "/{x}:\n    get: {responses: {'200': {description: ok}}}\n"
	}
	return doc
}

// Every problem of a document stands in its report with its grade, place, words,
// repair and the lines around it; with a grave one it is a draft and no more.
func TestADocumentsReport(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	version := "/t/nq/admin/apis/orders/versions/v1"
	a := upload(t, p.Manager, version, faulty(), http.StatusSeeOther)
	page := a.Header.Get("Location")
	report := p.Manager.Get(page)
	has(t, report, 200, "It can&#39;t be published as it is", "Grave", "can never be called: GET /orders/{id} comes first", "Give it a path of its own",
		"Line 9, column 5", "/paths/~1orders~1{number}/get", `<mark><span class="ln">9</span>    get:`, "The operationId", "same2", "Show all 27", "&lt;b&gt;bold")
	hasNot(t, report, `action="`+version+`/publish"`)
	for name, want := range map[string][]string{"report.json": {`"line": 9`, `"pointer": "/paths/~1orders~1{number}/get"`}, "report.sarif": {`"startLine": 9`, `"version": "2.1.0"`, `"uri": "openapi.yaml"`}} {
		has(t, report, 200, page+"/"+name)
		file := p.Auditor.Get(page + "/" + name)
		has(t, file, 200, append(want, "can never be called: GET /orders/{id} comes first")...)
		header(t, file, "Content-Disposition", `attachment; filename="orders-v1-`+name+`"`)
	}
	asked := k.Visitor().Do(http.MethodGet, "/api/v1/tenants/nq/apis/orders/versions/v1/revisions/"+page[strings.LastIndex(page, "/")+1:], nil,
		"Authorization", "Bearer "+p.ManagementSecret.Reveal(), "Accept", "application/sarif+json")
	header(t, asked, "Content-Type", "application/sarif+json")
	has(t, asked, 200, `"startLine": 9`)
	has(t, p.Manager.Get(version), 200, "can&#39;t be published", "would harm your partners")
	has(t, p.Manager.Get(page+"?grade=grave"), 200, "can never be called")
	hasNot(t, p.Manager.Get(page+"?grade=grave"), "is not declared")
	all := p.Manager.Get(page + "?grade=warning&kind=Path+parameters")
	has(t, all, 200, "/z/{x}", "is not declared")
	hasNot(t, all, "Show all", "can never be called")
	has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {page[strings.LastIndex(page, "/")+1:]}, "accept_breaking": {"on"}}), http.StatusConflict, "1 grave problem in it would harm your partners")
	has(t, k.Visitor().Get("/t/nq/apis/orders/v1"), 200, "List orders") // the one in force stays
	refused := upload(t, p.Manager, version, strings.Replace(faulty(), "  /a/{x}", "  a/{x}", 1), http.StatusUnprocessableEntity,
		"The document can&#39;t be imported", "does not start with a slash", "Write &#34;/a/{x}&#34;", `<mark><span class="ln">13</span>  a/{x}:`)
	hasNot(t, refused, "Show all")
	mended := strings.Replace(faulty(), "  /orders/{number}:", "  /orders/{number}/again:", 1)
	page = upload(t, p.Manager, version, mended, http.StatusSeeOther).Header.Get("Location")
	has(t, p.Manager.Get(page), 200, `action="`+version+`/publish"`, "none is grave")
	has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {page[strings.LastIndex(page, "/")+1:]}, "accept_breaking": {"on"}}), http.StatusSeeOther)
}
