package reference

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/spec"
)

func textOf(t *testing.T, raw, key string) string {
	t.Helper()
	o, ok := read(t, raw).Operation(key)
	if !ok {
		t.Fatalf("no %s", key)
	}
	d, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	return Text{API: "Pets v1", BaseURL: "https://gw/t/pets/v1", PageURL: "https://p/a", DocumentURL: "https://p/a.json", IndexURL: "https://p/llms.txt",
		Operation: o, Detail: d, Sample: spec.Samples(o, d, "https://gw/t/pets/v1", "")[0]}.Markdown()
}

func TestAPageAsMarkdown(t *testing.T) {
	got := textOf(t, `{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"paths":{"/pets/{id}":{"put":{"summary":"Change | a *pet*","description":"Some **prose**.","deprecated":true,
		"parameters":[{"name":"id|x","in":"query","required":true,"description":"One | two\n[x](y)","schema":{"type":"string","enum":["a|b","c"]}}],
		"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string","maxLength":5},
			"owner":{"type":"object","properties":{"email":{"type":"string","readOnly":true}}}}}}}},
		"responses":{"200":{"description":"Done"},"404":{"description":"None"}}}}}}`, "PUT /pets/{id}")
	for _, want := range []string{
		"# Change \\| a pet\n", "> Pets v1: `PUT https://gw/t/pets/v1/pets/{id}`\n", "**Deprecated.**", "Some **prose**.", "It needs the permission to write.",
		"| `id\\|x` | query | string | yes | One \\| two x One of: a\\|b, c. |\n",
		"## Body\n\nRequired.\n\n`application/json`: object\n\n- `name` (string, required): Up to 5 characters.\n- `owner` (object)\n  - `email` (string): Read-only.\n",
		"### 200\n\nDone\n", "### 404\n\nNone\n", "```sh\ncurl -X PUT 'https://gw/t/pets/v1/pets/id", "- [All operations](https://p/llms.txt)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "shortened") {
		t.Error("shortened")
	}
}

// A page has its limits, and says that it has met them.
func TestAHugePageAsMarkdownIsShort(t *testing.T) {
	var parameters, properties []string
	for i := range 400 {
		parameters = append(parameters, fmt.Sprintf(`{"name":"p%d","in":"query","schema":{"type":"string"}}`, i))
		properties = append(properties, fmt.Sprintf(`"m%d":{"type":"object","properties":{"x":{"$ref":"#/components/schemas/Tree"}}}`, i))
	}
	got := textOf(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"description":"`+strings.Repeat("word ", 5000)+`","parameters":[`+strings.Join(parameters, ",")+
		`],"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{`+strings.Join(properties, ",")+`}}}}},"responses":{"200":{"description":"x"}}}}},
		"components":{"schemas":{"Tree":{"type":"object","properties":{"l":{"$ref":"#/components/schemas/Tree"},"r":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}}}}}}}`, "POST /a")
	if len(got) > 2*textMost || !strings.Contains(got, "This page is shortened") || !strings.Contains(got, "[All operations]") {
		t.Errorf("%d bytes, ending in %.300s", len(got), got[max(0, len(got)-300):])
	}
}
