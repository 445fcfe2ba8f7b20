package spec

import (
	"strings"
	"testing"
)

func operationOf(t *testing.T, raw, key string) (Operation, Detail) {
	t.Helper()
	d, err := examine([]byte(raw))
	if err != nil || len(d.Faults()) > 0 {
		t.Fatalf("%v %v", err, d.Faults())
	}
	o, ok := d.Operation(key)
	if !ok {
		t.Fatalf("no %s", key)
	}
	detail, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	return o, detail
}

func TestSamplesOfOtherBodies(t *testing.T) {
	document := func(media, schema string) string {
		return `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"put":{"requestBody":{"content":{"` + media +
			`":{"schema":` + schema + `}}},"responses":{}},"head":{"responses":{}}}}}`
	}
	for name, tt := range map[string]struct{ raw, key, want string }{
		"an encoded form": {document("application/x-www-form-urlencoded", `{"type":"object","properties":{"a b":{"type":"string","example":"c&d"}}}`),
			"PUT /a", "curl -X PUT 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\" \\\n  -H 'Content-Type: application/x-www-form-urlencoded' \\\n  --data-urlencode 'a+b=c&d'"},
		"a file": {document("image/png", `{"type":"string","format":"binary"}`),
			"PUT /a", "curl -X PUT 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\" \\\n  -H 'Content-Type: image/png' \\\n  --data-binary @body.png"},
		"no body": {document("image/png", "{}"), "HEAD /a", "curl --head 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\""},
	} {
		t.Run(name, func(t *testing.T) {
			o, d := operationOf(t, tt.raw, tt.key)
			if got := Samples(o, d, "http://gw/", "not a name")[0].Code; got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	for name, tt := range map[string]struct{ schema, request, answer string }{
		"its own example first":     {`{"type":"object","example":{"b":1,"a":2}}`, `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		"read-only only in answers": {`{"properties":{"id":{"type":"integer","readOnly":true},"pw":{"type":"string","writeOnly":true}}}`, `{"pw":"string"}`, `{"id":1}`},
		"a format's value":          {`{"type":"array","items":{"type":"string","format":"date"}}`, `["2026-01-31"]`, `["2026-01-31"]`},
		"limits are kept":           {`{"properties":{"n":{"type":"number","minimum":5},"s":{"type":"string","minLength":8},"t":{"type":"string","maxLength":2}}}`, `{"n":5,"s":"stringst","t":"st"}`, `{"n":5,"s":"stringst","t":"st"}`},
		"the first of an enum":      {`{"type":"string","enum":["x","y"]}`, `"x"`, `"x"`},
		"parts of allOf together":   {`{"allOf":[{"properties":{"a":{"type":"boolean"}}},{"properties":{"b":{"const":3}}}]}`, `{"a":true,"b":3}`, `{"a":true,"b":3}`},
		"the first branch of oneOf": {`{"oneOf":[{"type":"integer"},{"type":"string"}]}`, `1`, `1`},
		"a tree ends":               {`{"$ref":"#/components/schemas/Tree"}`, `{"name":"string"}`, `{"name":"string"}`},
	} {
		t.Run(name, func(t *testing.T) {
			raw := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"requestBody":{"content":{"application/json":{"schema":` + tt.schema +
				`}}}}}},"components":{"schemas":{"Tree":{"properties":{"name":{"type":"string"},"left":{"$ref":"#/components/schemas/Tree"}}}}}}`
			_, d := operationOf(t, raw, "GET /a")
			if got := string(d.Body.Media[0].Example(true)); got != tt.request {
				t.Errorf("request %s, want %s", got, tt.request)
			}
			if got := string(d.Body.Media[0].Example(false)); got != tt.answer {
				t.Errorf("answer %s, want %s", got, tt.answer)
			}
		})
	}
}

func TestSampleHeadersStayOnTheirLine(t *testing.T) {
	raw := `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[{"name":"X\r\nY","in":"header","required":true,"schema":{"type":"string"},"example":"1\r\nEvil: 2"}],"responses":{}}}}}`
	o, d := operationOf(t, raw, "GET /a")
	for _, s := range Samples(o, d, "http://gw", "") {
		if strings.Contains(s.Code, "\nEvil") || strings.Contains(s.Code, `\nEvil`) {
			t.Errorf("%s breaks the header:\n%s", s.Language, s.Code)
		}
	}
}
