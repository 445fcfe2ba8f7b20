package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/docs"
	"gatehouse/internal/spec"
	"gatehouse/internal/testkit"
	"gatehouse/openapi"
)

// Strangers read every guide, every error code and all of the management API's reference.
func TestDocs(t *testing.T) {
	k := testkit.New(t)
	b := k.Visitor()
	guides, err := docs.Guides()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"/docs": "Guides", "/docs/errors": "Error codes", "/docs/api": "What this token is"}
	for _, g := range guides {
		want["/docs/"+g.Slug] = "<h1>" + g.Title
	}
	for _, g := range docs.Errors {
		for _, e := range g.Errors {
			want["/docs/errors/"+e.Code] = "What to do"
		}
	}
	api, err := spec.Own(openapi.Management)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range api.Operations {
		want["/docs/api/operations/"+o.Slug] = "<h1>" + o.Summary
	}
	for path, text := range want {
		a := b.Get(path)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Body, text) {
			t.Errorf("%s: %d, wants %q", path, a.StatusCode, text)
		}
		if strings.Contains(a.Body, " style=") || strings.Contains(a.Body, "Try it</a>") {
			t.Errorf("%s has a style attribute, or a try page where there is none", path)
		}
	}
	for _, path := range []string{"/docs/nothing", "/docs/errors/nothing", "/docs/api/operations/nothing", "/docs/"} {
		if a := b.Get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if a := b.Get("/docs/api/openapi.json"); a.Body != string(openapi.Management) {
		t.Error("the document is not the one that is embedded")
	}
	// htmx swaps an operation into the page: no second frame.
	part := b.Do("GET", "/docs/api/operations/"+api.Operations[0].Slug, nil, "HX-Request", "true")
	if strings.Contains(part.Body, "<html") || !strings.Contains(part.Body, `id="operation"`) {
		t.Error("htmx gets a whole page")
	}
}
