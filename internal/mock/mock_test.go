package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/internal/mock"
	"gatehouse/internal/spec"
)

// operation is one that answers 200 with a schema.
func operation(t testing.TB, path string, schema *spec.Schema) *mock.Operation {
	t.Helper()
	return described(t, path, spec.Detail{Responses: []spec.Response{{Status: "200", Media: []spec.Media{{Type: "application/json", Schema: schema}}}}})
}

func described(t testing.TB, path string, d spec.Detail) *mock.Operation {
	t.Helper()
	detail, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(spec.Operation{Key: "GET " + path, Method: "GET", Path: path, Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	op, err := mock.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func get(path string) gateway.MockCall {
	return gateway.MockCall{Method: "GET", Path: path, Header: http.Header{}}
}

// Values fit what their schemas say of them.
func TestValues(t *testing.T) {
	limits := func(pairs ...string) (out []spec.Limit) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, spec.Limit{Name: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	str := func(format string, l ...spec.Limit) *spec.Schema {
		return &spec.Schema{Types: []string{"string"}, Format: format, Limits: l}
	}
	for _, tt := range []struct {
		name   string
		schema *spec.Schema
		want   string // a regular expression
	}{
		{"uuid", str("uuid"), `^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$`},
		{"moment", str("date-time"), `^"2026-0[1-7]-\d\dT\d\d:\d\d:\d\dZ"$`},
		{"day", str("date"), `^"2026-0[1-7]-\d\d"$`},
		{"mail", str("email"), `^"[a-z.]+@example\.com"$`},
		{"address", str("ipv4"), `^"192\.0\.2\.\d+"$`},
		{"address of six", str("ipv6"), `^"2001:db8::[0-9a-f]+"$`},
		{"bytes", str("byte"), `^"[A-Za-z0-9+/]+=*"$`},
		{"link", str("uri"), `^"https://example\.com/`},
		{"pattern", str("", limits("pattern", "^[A-Z]{3}(-[0-9]+)?$")...), `^"[A-Z]{3}(-[0-9]+)?"$`},
		{"a pattern that Go does not know", str("", limits("pattern", "(?!x)y")...), `^"[a-z]+"$`},
		{"short", str("", limits("maxLength", "2")...), `^"..?"$`},
		{"long", str("", limits("minLength", "60")...), `^".{60,}"$`},
		{"enum", &spec.Schema{Enum: []json.RawMessage{[]byte("1"), []byte(`"b"`)}}, `^(1|"b")$`},
		{"const", &spec.Schema{Const: []byte(`"c"`)}, `^"c"$`},
		{"integer", &spec.Schema{Types: []string{"integer"}, Limits: limits("minimum", "5", "maximum", "6")}, `^[56]$`},
		{"open bounds", &spec.Schema{Types: []string{"integer"}, Limits: limits("exclusiveMinimum", "5", "exclusiveMaximum", "7")}, `^6$`},
		{"open bounds of 3.0", &spec.Schema{Types: []string{"integer"}, Limits: limits("minimum", "5", "exclusiveMinimum", "true", "maximum", "6")}, `^6$`},
		{"steps", &spec.Schema{Types: []string{"integer"}, Limits: limits("multipleOf", "100", "minimum", "1", "maximum", "900")}, `^[1-9]00$`},
		{"negative", &spec.Schema{Types: []string{"number"}, Limits: limits("maximum", "-1")}, `^-`},
		{"list", &spec.Schema{Types: []string{"array"}, Items: str(""), Limits: limits("minItems", "4", "maxItems", "4")}, `^\["[a-z]+"(,"[a-z]+"){3}\]$`},
		{"tuple", &spec.Schema{Types: []string{"array"}, Prefix: []*spec.Schema{{Const: []byte("1")}, {Const: []byte("2")}}}, `^\[1,2\]$`},
		{"alternatives", &spec.Schema{OneOf: []*spec.Schema{{Const: []byte("1")}, {Const: []byte("2")}}}, `^[12]$`},
		{"a discriminator", &spec.Schema{Discriminator: &spec.Discriminator{Property: "kind", Mapping: []spec.Mapped{{Value: "cat", Named: spec.Named{Name: "Cat"}}}},
			OneOf: []*spec.Schema{{Name: "Cat", Types: []string{"object"}, Properties: []spec.Property{{Name: "kind", Schema: str("")}}}}}, `^\{"kind":"cat"\}$`},
		{"parts", &spec.Schema{AllOf: []*spec.Schema{{Properties: []spec.Property{{Name: "a", Schema: &spec.Schema{Const: []byte("1")}}}}, {Properties: []spec.Property{{Name: "b", Schema: &spec.Schema{Const: []byte("2")}}}}}}, `^\{"a":1,"b":2\}$`},
		{"nothing", &spec.Schema{Nothing: true}, `^null$`},
		{"other names", &spec.Schema{Types: []string{"object"}, Additional: &spec.Schema{Const: []byte("1")}}, `^\{"[a-z]+":1(,"[a-z]+":1)?\}$`},
		{"inside itself", &spec.Schema{Types: []string{"object"}, Properties: []spec.Property{{Name: "a", Schema: &spec.Schema{Recursive: true}}, {Name: "b", Required: true, Schema: &spec.Schema{Types: []string{"array"}, Items: &spec.Schema{Recursive: true}}}}}, `^\{"b":\[\]\}$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			op, want := operation(t, "/x/{n}", tt.schema), regexp.MustCompile(tt.want)
			for i := range 50 {
				if a := op.Answer(get(fmt.Sprintf("/x/%d", i))); !want.Match(a.Body) {
					t.Fatalf("%s, want %s", a.Body, tt.want)
				}
			}
		})
	}
}

// The media type is what the caller accepts most, JSON where that is one.
func TestNegotiation(t *testing.T) {
	op := described(t, "/x", spec.Detail{Responses: []spec.Response{{Status: "2XX", Media: []spec.Media{
		{Type: "text/csv", Examples: []spec.Example{{Text: "a,b"}}}, {Type: "application/vnd.x+json", Schema: &spec.Schema{Const: []byte("1")}}, {Type: "image/*"}}}}})
	for accept, want := range map[string]string{
		"": "application/vnd.x+json", "*/*": "application/vnd.x+json", "text/*": "text/csv", "text/csv;q=0.5, application/*;q=0.4": "text/csv",
		"application/xml": "application/vnd.x+json", "text/csv;q=0, */*": "application/vnd.x+json", "nonsense": "application/vnd.x+json", "TEXT/CSV": "text/csv",
	} {
		c := get("/x")
		c.Header.Set("Accept", accept)
		if a := op.Answer(c); a.Header.Get("Content-Type") != want || a.Status != 200 {
			t.Errorf("%q: %d %s, want %s", accept, a.Status, a.Header.Get("Content-Type"), want)
		}
	}
}

// An example is taken as it is, but for what the call names.
func TestExamplesTakeTheIDOfTheCall(t *testing.T) {
	op := described(t, "/orders/{orderId}", spec.Detail{Responses: []spec.Response{{Status: "200", Media: []spec.Media{{Type: "application/json",
		Examples: []spec.Example{{Name: "one", Value: []byte(`{"id": 7, "orderId": "o-7", "of": {"id": 9}}`)}}}}}}})
	if a := op.Answer(get("/orders/12")); string(a.Body) != `{"id":12,"orderId":"12","of":{"id":9}}` {
		t.Errorf("%s", a.Body)
	}
	if a := op.Answer(get("/orders/o-%22")); string(a.Body) != `{"id":7,"orderId":"o-\"","of":{"id":9}}` {
		t.Errorf("%s", a.Body)
	}
}

// Whatever an operation and a call are, the answer is one: valid, the same again,
// and no larger than it may be.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{`{"types":["object"],"properties":[{"name":"id","required":true,"schema":{"types":["integer"]}}]}`,
		`{"types":["array"],"items":{"types":["string"],"limits":[{"name":"pattern","value":"^(a|b{2,5})+[^x]*$"}]},"limits":[{"name":"minItems","value":"1e3"}]}`,
		`{"one_of":[{"name":"A","types":["object"]}],"discriminator":{"property":"k","mapping":[{"value":"a","name":"A"}]}}`, `{"limits":[{"name":"minimum","value":"1e400"}],"types":["integer"]}`,
		`{"types":["number"],"limits":[{"name":"multipleOf","value":"1e-300"}]}`, `{"enum":[1,null,{"a":1}]}`, `{"examples":["\u0000"]}`} {
		if err := json.Unmarshal([]byte(s), &spec.Schema{}); err != nil {
			f.Fatal(s, err) // else it would be passed over
		}
		f.Add([]byte(s), "/x/7?a=b", []byte(`{"id":7}`), "status=200, example=a", "text/*;q=0.3")
	}
	f.Fuzz(func(t *testing.T, schema []byte, target string, body []byte, prefer, accept string) {
		s := &spec.Schema{}
		if json.Unmarshal(schema, s) != nil || holed(s) {
			t.Skip()
		}
		op := operation(t, "/x/{id}", s)
		path, query, _ := strings.Cut(target, "?")
		c := gateway.MockCall{Method: "POST", Path: path, Query: query, Body: body, Header: http.Header{
			"Content-Type": {"application/json"}, "Prefer": {prefer}, "Accept": {accept}}}
		a := op.Answer(c)
		if a.Misfit != "" {
			return
		}
		if !json.Valid(a.Body) || len(a.Body) > 256<<10 || a.Status < 200 || a.Status > 599 {
			t.Fatalf("%d, %d bytes: %.300s", a.Status, len(a.Body), a.Body)
		}
		if again := op.Answer(c); !bytes.Equal(again.Body, a.Body) {
			t.Errorf("%.200s\nthen %.200s", a.Body, again.Body)
		}
	})
}

// holed reports whether a schema has a hole where another one must be: package
// spec makes none.
func holed(s *spec.Schema) bool {
	raw, err := json.Marshal(s)
	return err != nil || bytes.Contains(raw, []byte("null"))
}

// What a hostile document describes is answered at once, too. R101
func TestHostileDescriptionsAreCheap(t *testing.T) {
	text := func(name, value string) *spec.Schema {
		return &spec.Schema{Types: []string{"string"}, Limits: []spec.Limit{{Name: name, Value: value}}}
	}
	nothing := `\b`
	for range 30 { // each level matches nothing several times
		nothing = "(" + nothing + `\b)+`
	}
	many := "/" + strings.Repeat("{x}", 8000)
	for name, tt := range map[string]struct {
		op   *mock.Operation
		path string
	}{
		"a pattern that matches nothing again and again": {operation(t, "/a", text("pattern", nothing)), "/a"},
		"a path of parameters alone":                     {operation(t, many, text("minLength", "1")), "/" + strings.Repeat("y", 16_000)},
		"numbers that are none":                          {operation(t, "/a", &spec.Schema{Types: []string{"number"}, Limits: []spec.Limit{{Name: "minimum", Value: "NaN"}, {Name: "multipleOf", Value: "Inf"}}}), "/a"},
		"steps at the end of integers":                   {operation(t, "/a", &spec.Schema{Types: []string{"integer"}, Limits: []spec.Limit{{Name: "multipleOf", Value: "9223372036854775807"}}}), "/a"},
		"a required member of which nothing is known": {described(t, "/a", spec.Detail{Body: &spec.Body{Required: true, Media: []spec.Media{{Type: "application/json",
			Schema: &spec.Schema{Types: []string{"object"}, Properties: []spec.Property{{Name: "a", Required: true}}}}}}}), "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan gateway.MockAnswer, 1)
			go func() {
				call := get(tt.path)
				call.Header.Set("Content-Type", "application/json")
				call.Body = []byte(`{"b":1}`)
				done <- tt.op.Answer(call)
			}()
			select {
			case a := <-done:
				if a.Misfit == "" && len(a.Body) > 0 && !json.Valid(a.Body) {
					t.Errorf("answers %.200s", a.Body)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("it takes seconds")
			}
		})
	}
}

// Parameters share a segment with each other and with text, as the shortest that fits.
func TestParametersWithinSegments(t *testing.T) {
	for _, tt := range []struct{ template, path, want string }{
		{"/a/{id}.{ext}", "/a/7.tar.gz", `{"ext":"tar.gz","id":"7"}`},
		{"/a/{x}{y}", "/a/ab%20c", `{"x":"a","y":"b c"}`},
		{"/a/x{x}-{y}z", "/a/x--1-z", `{"x":"-","y":"1-"}`},
		{"/a/x{x}z", "/a/xz", `{}`},
	} {
		names := regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(tt.template, -1)
		s := &spec.Schema{Types: []string{"object"}}
		for _, n := range names {
			s.Properties = append(s.Properties, spec.Property{Name: n[1], Required: true, Schema: &spec.Schema{Types: []string{"string"}}})
		}
		var got map[string]string
		if err := json.Unmarshal(operation(t, tt.template, s).Answer(get(tt.path)).Body, &got); err != nil {
			t.Fatal(err)
		}
		if tt.want == "{}" {
			continue // made up
		}
		if b, _ := json.Marshal(got); string(b) != tt.want {
			t.Errorf("%s of %s: %s, want %s", tt.path, tt.template, b, tt.want)
		}
	}
}
