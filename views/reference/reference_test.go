package reference

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/spec"
	"gatehouse/views/ui"

	"golang.org/x/net/html"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "read-document" {
		os.Exit(spec.ChildMain(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func read(t *testing.T, raw string) spec.Document {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d, err := spec.NewReader(self, "read-document").Read(t.Context(), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func page(t *testing.T, d spec.Document, key string) Page {
	t.Helper()
	o, ok := d.Operation(key)
	if !ok {
		t.Fatalf("no %s", key)
	}
	detail, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	p := Page{
		Crumbs: []ui.Link{{Text: "APIs", URL: "/t/a/apis"}, {Text: d.Title}}, Total: len(d.Operations), FilterURL: "/f",
		Groups: Groups(d, "", o.Slug, func(slug string) string { return "/r/" + slug }), BaseURL: "http://gw/t/a/v1",
		Operation: o, Detail: detail, Samples: spec.Samples(o, detail, "http://gw/t/a/v1", ""), TryURL: "/try",
	}
	for i, s := range p.Samples {
		p.Languages = append(p.Languages, ui.SegLink{Text: s.Title, URL: "?lang=" + s.Language, Current: i == 0})
	}
	return p
}

func show(t *testing.T, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := Show(p).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>`

const document = `{"openapi":"3.1.0","info":{"title":"EVIL","version":"1"},"tags":[{"name":"EVIL"},{"name":"empty"}],
"paths":{"/offers/{id}/EVIL":{"put":{"summary":"Place an EVIL","description":"EVIL\n\n[x](javascript:alert(1))","tags":["EVIL"],"deprecated":true,
"externalDocs":{"url":"javascript:alert(1)"},
"parameters":[{"name":"id","in":"path","required":true,"description":"EVIL","schema":{"type":"string","enum":["EVIL"]}}],
"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Offer"}}}},
"responses":{"200":{"description":"EVIL","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Offer"}}}},"4XX":{"description":""}}}},
"/zones":{"get":{"responses":{"204":{"description":""}}}}},
"components":{"schemas":{"Offer":{"type":"object","required":["slots"],"properties":{
"slots":{"type":"array","maxItems":96,"description":"EVIL","items":{"type":"object","properties":{"power":{"type":"integer","minimum":100,"maximum":50000,"multipleOf":10,"default":200}}}},
"parent":{"$ref":"#/components/schemas/Offer"},"by":{"oneOf":[{"title":"EVIL","type":"object","properties":{"a":{"type":"string"}}},{"type":"string","format":"uuid"}]}}}}}}`

func TestReferenceShowsTheOperation(t *testing.T) {
	d := read(t, strings.ReplaceAll(document, "EVIL", "offer"))
	out := show(t, page(t, d, "PUT /offers/{id}/offer"))
	for _, want := range []string{
		"<h1>Place an offer</h1>", `<span class="base">http://gw/t/a/v1</span>/offers/{id}/offer`, "This operation is deprecated.",
		"path · string", `<span class="p-name">slots</span> <span class="p-type">array of object</span> <span class="req">required</span>`,
		"Between 100 and 50,000. In steps of 10.", "default 200", "Offer, as above", "one of: offer", "string · uuid", "curl -X PUT",
		"needs write", "2 operations", `<h3>offer <span class="faint num">1</span></h3>`, `aria-current="page"`, "Other operations", "Any other answer", `href="/try"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(out, "empty") {
		t.Error("shows a tag without operations")
	}
	if out := show(t, page(t, d, "GET /zones")); !strings.Contains(out, "No Content") || !strings.Contains(out, "No body.") || !strings.Contains(out, "needs read") || !strings.Contains(out, "curl &#39;http://gw/t/a/v1/zones&#39;") {
		t.Errorf("zones: %s", out)
	}
}

// R103: what customers write runs nothing and loads nothing.
func TestReferenceTamesHostileDocuments(t *testing.T) {
	d := read(t, strings.ReplaceAll(document, "EVIL", evil))
	out := show(t, page(t, d, d.Operations[0].Key))
	z := html.NewTokenizer(strings.NewReader(out))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		if slices.Contains([]string{"script", "img", "style", "iframe"}, tok.Data) {
			t.Errorf("<%s>", tok.Data)
		}
		for _, a := range tok.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.Contains(strings.ToLower(a.Val), "javascript:") {
				t.Errorf("<%s %s=%q>", tok.Data, a.Key, a.Val)
			}
		}
	}
	if z.Err() != io.EOF {
		t.Error(z.Err())
	}
}

func TestFilter(t *testing.T) {
	d := read(t, strings.ReplaceAll(document, "EVIL", "offer"))
	count := func(filter string) (n int) {
		for _, g := range Groups(d, filter, "", func(string) string { return "" }) {
			n += len(g.Items)
		}
		return n
	}
	for filter, want := range map[string]int{"": 2, "PLACE offer": 1, "get": 1, "zones": 1, "zones put": 0} {
		if got := count(filter); got != want {
			t.Errorf("%q finds %d, want %d", filter, got, want)
		}
	}
}

func TestLimitWords(t *testing.T) {
	for want, limits := range map[string][]spec.Limit{
		"":                                       nil,
		"Up to 200 characters.":                  {{Name: "maxLength", Value: "200"}},
		"2 to 1,000 elements. No element twice.": {{Name: "minItems", Value: "2"}, {Name: "maxItems", Value: "1000"}, {Name: "uniqueItems", Value: "true"}},
		"More than 0.":                           {{Name: "exclusiveMinimum", Value: "0"}},
		"At least 1. Exclusive.":                 {{Name: "minimum", Value: "1"}, {Name: "exclusiveMinimum", Value: "true"}},
		"Matches ^100% %s$.":                     {{Name: "pattern", Value: "^100% %s$"}},
	} {
		if got := limitWords(&spec.Schema{Limits: limits}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
