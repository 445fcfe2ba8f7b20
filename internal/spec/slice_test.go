package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

const sliceDocument = `
openapi: 3.0.3
info: {title: T, version: '1', x-logo: {url: 'https://evil.example/l.png'}}
servers: [{url: 'https://evil.example'}]
security: [{oauth: [a]}]
tags: [{name: one}, {name: two}]
externalDocs: {url: 'https://evil.example/d'}
paths:
  /a/{id}:
    servers: [{url: 'https://evil.example/item'}]
    parameters: [{$ref: '#/components/parameters/Id'}, {$ref: 'other.yaml#/Far'}]
    get:
      tags: [one]
      servers: [{url: 'https://evil.example/op'}]
      security: [{key: []}]
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}
        '404': {$ref: '#/paths/~1b/get/responses/404'}
    post:
      tags: [two]
      callbacks: {done: {'{$request.body#/url}': {post: {servers: [{url: 'https://evil.example/c'}], responses: {}}}}}
      requestBody: {content: {application/json: {schema: {$ref: 'https://evil.example/s.json'}}}}
      responses: {'200': {description: ok, links: {next: {operationId: x, server: {url: 'https://evil.example/n'}}}}}
  /b:
    get: {responses: {'404': {description: gone, content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {$ref: '#/components/schemas/Name'}}
  schemas:
    Name: {type: string}
    Problem: {type: object, properties: {$ref: {type: string}, servers: {type: string}, x-kept: {type: string}}}
    Tree: {discriminator: {propertyName: k, mapping: {b: Branch}}, properties: {left: {$ref: '#/components/schemas/Tree'}}}
    Branch: {allOf: [{$ref: '#/components/schemas/Tree'}]}
    Unused: {type: string}
  securitySchemes:
    oauth: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://evil.example/o', scopes: {a: A}}}}
    key: {type: apiKey, in: header, name: X-Evil}
`

func keysAt(n *node, steps ...string) []string {
	found, whole := n.at(steps)
	if !whole {
		return nil
	}
	return found.keys
}

func TestSliceHoldsWhatTheOperationNeeds(t *testing.T) {
	out, err := Slice([]byte(sliceDocument), "GET /a/{id}")
	if err != nil {
		t.Fatal(err)
	}
	root, _, err := parseJSON(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := keysAt(root, "paths"); !slices.Equal(got, []string{"/a/{id}"}) {
		t.Errorf("paths %v", got)
	}
	if got := keysAt(root, "paths", "/a/{id}"); slices.Contains(got, "post") || !slices.Contains(got, "get") {
		t.Errorf("path item %v", got)
	}
	if got := keysAt(root, "components", "schemas"); !slices.Equal(got, []string{"Name", "Problem", "Tree", "Branch"}) {
		t.Errorf("schemas %v", got)
	}
	if tags, _ := root.at([]string{"tags"}); tags == nil || len(tags.items) != 1 {
		t.Errorf("tags of other operations are kept: %s", out)
	}
	requireSelfContained(t, out)
	if strings.Contains(string(out), "other.yaml") {
		t.Errorf("an external reference is kept: %s", out)
	}
	if _, err := Slice([]byte(sliceDocument), "GET /none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if out, err := SliceTag([]byte(sliceDocument), "two"); err != nil || !strings.Contains(string(out), `"post"`) || strings.Contains(string(out), `"get"`) {
		t.Errorf("tag: %s, %v", out, err)
	}
}

// requireSelfContained says that examine finds no reference that leads nowhere.
func requireSelfContained(t *testing.T, raw []byte) {
	t.Helper()
	d, err := examine(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Problems {
		if strings.Contains(p.Message, "reference") || p.Severity == Fault {
			t.Errorf("%+v", p)
		}
	}
}

// R105: what is tried goes to the gateway and nowhere else.
func TestForTryPointsOnlyAtTheGateway(t *testing.T) {
	for _, key := range []string{"GET /a/{id}", "POST /a/{id}", "GET /b"} {
		out, err := Slice([]byte(sliceDocument), key)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = ForTry(out, "http://gw.test/t/a/v1/"); err != nil {
			t.Fatal(err)
		}
		root, _, err := parseJSON(out)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(out); strings.Contains(s, "evil.example\"") || strings.Contains(s, "evil.example/") && !strings.Contains(s, "Not in the document") ||
			strings.Contains(s, "X-Evil") || strings.Contains(s, "x-logo") {
			t.Errorf("%s: %s", key, s)
		}
		for _, item := range root.get("paths").items {
			for _, field := range []string{"get", "post"} {
				if op := item.get(field); op != nil && op.str("operationId") == "" {
					t.Errorf("%s has no operationId, without which Swagger UI does not call it", field)
				}
			}
		}
		if s := servers(root.get("servers")); len(s) != 1 || s[0].URL != "http://gw.test/t/a/v1" {
			t.Errorf("servers %v", s)
		}
		if got := keysAt(root, "components", "securitySchemes"); !slices.Equal(got, []string{"gatehouse"}) {
			t.Errorf("schemes %v", got)
		}
		if got := keysAt(root, "components", "schemas", "Problem", "properties"); key == "GET /b" && !slices.Equal(got, []string{"$ref", "servers", "x-kept"}) {
			t.Errorf("properties that look like fields are lost: %v", got)
		}
		requireSelfContained(t, out)
	}
}

func TestWholeKeepsEverythingButWhereToCall(t *testing.T) {
	out, err := Whole([]byte(sliceDocument), "http://gw.test/t/a/v1")
	if err != nil {
		t.Fatal(err)
	}
	d, err := examine(out)
	if err != nil || len(d.Operations) != 3 || d.Servers[0].URL != "http://gw.test/t/a/v1" || d.Schemes[0].Name != "gatehouse" {
		t.Errorf("%+v, %v", d, err)
	}
	root, _, _ := parseJSON(out)
	if got := keysAt(root, "components", "schemas"); !slices.Contains(got, "Unused") {
		t.Errorf("schemas %v", got)
	}
	for _, p := range d.Operations {
		if strings.Contains(string(p.Detail), `"key"`) {
			t.Errorf("%s has a security of its own", p.Key)
		}
	}
}

// Every operation of every real document has a slice that stands by itself.
func TestSlicesOfTheCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB of documents")
	}
	for _, row := range corpusRows(t) {
		raw, err := os.ReadFile(filepath.Join(corpus, row.file))
		if err != nil {
			t.Fatal(err)
		}
		if slow > 1 && len(raw) > 1<<20 {
			continue
		}
		parsed, err := accepted(raw)
		if err != nil {
			continue // refused, as TestCorpus shows
		}
		places := parsed.places()
		for i, p := range places {
			if i%max(1, len(places)/2) != 0 {
				continue
			}
			key := p.name + " " + p.template
			start := time.Now()
			out, err := Slice(raw, key)
			if err != nil {
				t.Fatalf("%s %s: %v", row.file, key, err)
			}
			cut := time.Since(start)
			try, err := ForTry(out, "http://localhost:8081/t/a/v1")
			if err != nil {
				t.Fatalf("%s %s: %v", row.file, key, err)
			}
			if i == 0 {
				t.Logf("%s: %d KiB of %d KiB in %v", row.file, len(try)>>10, len(raw)>>10, cut)
			}
			again, err := examine(try)
			if err != nil || len(again.Operations) != 1 || again.Operations[0].Key != key {
				t.Fatalf("%s %s: %v %v", row.file, key, err, again.Problems)
			}
			if strings.Contains(fmt.Sprint(again.Problems), "The reference") {
				t.Errorf("%s %s: %v", row.file, key, again.Problems)
			}
		}
	}
}

// A slice of JSON is cut from what it needs alone, and is the same as one of the whole.
func TestASliceOfJSONIsThatOfTheWhole(t *testing.T) {
	for name, doc := range map[string]string{
		"of every kind": toJSON(t, sliceDocument), "escaped": strings.ReplaceAll(toJSON(t, sliceDocument), "/", `\/`),
		"spaced":            indented(t, sliceDocument),
		"a hidden mapping":  `{"openapi":"3.0.0","info":{},"paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/components/responses/A"}}}}},"components":{"responses":{"A":{"description":"a","content":{"a/b":{"schema":{"\u0064iscriminator":{"propertyName":"x","mapping":{"b":"B"}}}}}}},"schemas":{"B":{"type":"string"}}}}`,
		"a shared path":     `{"openapi":"3.1.0","info":{},"paths":{"/a":{"$ref":"#/paths/~1b"},"/b":{"get":{"responses":{}}}}}`,
		"an anchor":         `{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{"responses":{"200":{"content":{"a/b":{"schema":{"$ref":"#here"}}}}}}}},"components":{"schemas":{"A":{"$anchor":"here"}}}}`,
		"twice":             `{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{"responses":{}}},"/a":{"get":{"summary":"b","responses":{}}}}}`,
		"one thing in many": `{"paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/x-mine/r"}}}}},"x-mine":{"r":{"description":"r"}},"info":{"title":"t"},"openapi":"3.0.1"}`,
	} {
		s, err := accepted([]byte(doc))
		if err != nil {
			t.Fatal(name, err)
		}
		for _, p := range s.places() {
			key := p.name + " " + p.template
			got, err := Slice([]byte(doc), key)
			if err != nil {
				t.Fatal(name, err)
			}
			want, err := slice([]byte(doc), func(other place) bool { return other.name+" "+other.template == key })
			if err != nil || string(got) != string(want) {
				t.Errorf("%s, %s:\n%s\nwant %s", name, key, got, want)
			}
		}
	}
}

func toJSON(t *testing.T, doc string) string {
	t.Helper()
	p, err := parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return string(p.root.appendJSON(nil))
}

func indented(t *testing.T, doc string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(toJSON(t, doc)), "\n", "\t"); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What is looked through without being parsed may be anything.
func FuzzReduced(f *testing.F) {
	for _, s := range []string{`{"openapi":"3.1.0","paths":{"/a":{"get":{"$ref":"#/components/schemas/A"}}},"components":{"schemas":{"A":{}}}}`, `{"paths":{"/a":{"x":"#/x-a`, `{"a":"\\\""}`, `{"components":{"a":[]}}`, "{"} {
		f.Add([]byte(s), "/a")
	}
	f.Fuzz(func(t *testing.T, raw []byte, template string) {
		less, ok := reduced(raw, []string{template})
		if !ok || !json.Valid(raw) {
			return
		}
		if !json.Valid(less) {
			t.Errorf("%s\nis no JSON any more: %s", raw, less)
		}
	})
}
