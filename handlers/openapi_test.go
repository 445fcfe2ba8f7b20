package handlers_test

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/spec"
	"gatehouse/openapi"
)

var parameter = regexp.MustCompile(`:(\w+)`)

// The description of the management API names every address of the sitemap that
// takes a token, and no other; and its scopes are those of the table.
func TestDescription(t *testing.T) {
	d, err := spec.Own(openapi.Management)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range d.Warnings() {
		t.Errorf("line %d: %s", w.Line, w.Message)
	}
	described := map[string]spec.Operation{}
	for _, o := range d.Operations {
		described[o.Key] = o
	}
	site := &url.URL{Scheme: "https", Host: "portal.example"}
	for _, row := range handlers.Sitemap(handlers.Options{Portal: site, Gateway: site}) {
		if row.Rule.By != guard.Management && row.Rule.By != guard.Bearer && row.Rule.By != guard.Operator {
			continue
		}
		key := row.Method + " " + parameter.ReplaceAllString(row.Path, "{$1}")
		o, ok := described[key]
		if !ok {
			t.Errorf("%s is not described; add its comment and run make generate", key)
			continue
		}
		delete(described, key)
		detail, err := o.Open()
		if err != nil {
			t.Fatal(err)
		}
		if scope := row.Rule.Needs.Scope(); !strings.Contains(detail.Description, scope) {
			t.Errorf("%s does not say that it takes the scope %s", key, scope)
		}
	}
	for key := range described {
		t.Errorf("%s is described and not there", key)
	}
}

// The description is what its comments make of it.
func TestDescriptionIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("writes the description anew, which takes some seconds")
	}
	out := filepath.Join(t.TempDir(), "management.json")
	generate := exec.CommandContext(t.Context(), "../tools/openapi", out)
	generate.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath") // the race detector is for our tests, not for the tools
	if log, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, log)
	}
	fresh, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh, openapi.Management) {
		t.Error("openapi/management.json is not what the comments say; run make generate")
	}
}
