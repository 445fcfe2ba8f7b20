package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// A document's problems come back with grade, place and repair, when it is refused,
// kept and read later; with a grave one it cannot be published.
func TestADocumentsProblems(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	m, version := p.manager, p.path+"/apis/berths/versions/v1"
	refused := m.want(http.StatusUnprocessableEntity, "PUT", version+"/document", "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  berths: {get: {responses: {}}}\n")
	for _, want := range []string{`"grade":"fault"`, `"line":4`, `"column":3`, `"pointer":"/paths/berths"`, `"repair":"Write \"/berths\"."`, `"type":"`, `"fields":`, "document_refused"} {
		if !strings.Contains(refused.raw, want) {
			t.Errorf("no %s in %s", want, refused.raw)
		}
	}
	if got := refused.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("refused as %s", got)
	}
	twins := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a/{x}: {get: {responses: {}}}\n  /a/{y}: {get: {responses: {}}, put: {x-internal: true, responses: {}}}\n"
	kept := m.want(http.StatusCreated, "PUT", version+"/document", twins)
	if kept.body["grave"] != float64(1) || kept.body["operations"] != float64(2) || !strings.Contains(kept.raw, `"internal":["PUT /a/{y}"]`) || !strings.Contains(kept.raw, "can never be called") {
		t.Errorf("kept: %s", kept.raw)
	}
	revision := m.draft(version)
	if read := m.want(http.StatusOK, "GET", fmt.Sprintf("%s/revisions/%v", version, revision), ""); read.raw != kept.raw {
		t.Errorf("read later: %s", read.raw)
	}
}

// Operation rules are read, weighed and replaced by who has seen them.
func TestOperationRules(t *testing.T) {
	k := testkit.New(t)
	p := newPlace(t, k, "acme")
	m, rules := p.manager, p.path+"/apis/berths/versions/v1/operation-rules"
	m.want(http.StatusCreated, "PUT", p.path+"/apis/berths/versions/v1/document", small)
	if got := m.want(http.StatusOK, "GET", rules, ""); got.raw != `{"rules":[],"scopes":[]}`+"\n" || got.Header.Get("ETag") != `"0"` {
		t.Errorf("nothing said: %s %s", got.raw, got.Header.Get("ETag"))
	}
	const change = `{"rules":[{"operation":"GET /berths","access":"write","scope":"berths:list"}],"scopes":[{"name":"berths:list","description":"List berths"},{"name":"unused","description":"x"}]}`
	m.want(http.StatusPreconditionRequired, "PUT", rules, change)
	if got := m.want(http.StatusOK, "POST", rules+"/what-if", change); got.body["tokens"] != float64(0) {
		t.Errorf("what if: %s", got.raw)
	}
	got := m.want(http.StatusOK, "PUT", rules, change, "If-Match", `"0"`)
	if !strings.Contains(got.raw, `"scope":"berths:list"`) || strings.Contains(got.raw, "unused") || got.Header.Get("ETag") != `"1"` {
		t.Errorf("put: %s %s", got.raw, got.Header.Get("ETag"))
	}
	if again := m.want(http.StatusOK, "GET", rules, ""); again.raw != got.raw {
		t.Errorf("read %s, put %s", again.raw, got.raw)
	}
	m.want(http.StatusPreconditionFailed, "PUT", rules, change, "If-Match", `"0"`)
	for _, bad := range []string{`{"rules":[{"operation":"GET /none","access":"read"}]}`, `{"rules":[{"operation":"GET /berths","access":"all"}]}`,
		`{"rules":[{"operation":"GET /berths","scope":"two words"}]}`, `{"rules":[{"operation":"GET /berths","access":"read"},{"operation":"GET /berths","access":"write"}]}`} {
		m.want(http.StatusUnprocessableEntity, "PUT", rules, bad, "If-Match", `"1"`)
	}
	m.want(http.StatusOK, "PUT", rules, `{"rules":[]}`, "If-Match", `"1"`)
}
