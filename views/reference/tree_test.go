package reference

import (
	"fmt"
	"strings"
	"testing"
)

// Every keyword of both dialects is there to be read.
func TestWhatATreeShows(t *testing.T) {
	const parts = `"Pet":{"type":"object","properties":{"name":{"type":"string"}}},"Cat":{"allOf":[{"$ref":"#/components/schemas/Pet"},{"type":"object","properties":{"lives":{"type":"integer"}}}]},"Tree":{"type":"object","properties":{"left":{"$ref":"#/components/schemas/Tree"}}}`
	for name, tt := range map[string]struct {
		version, schema string
		want            []string
	}{
		"nullable, 3.0":                     {"3.0.3", `{"type":"string","nullable":true}`, []string{"string or null"}},
		"nullable, 3.1":                     {"3.1.0", `{"type":["string","null"]}`, []string{"string or null"}},
		"nullable by anyOf":                 {"3.1.0", `{"anyOf":[{"type":"integer"},{"type":"null"}]}`, []string{"integer or null"}},
		"const":                             {"3.1.0", `{"const":"x7"}`, []string{"always x7"}},
		"enum, 3.0":                         {"3.0.3", `{"type":"string","enum":["a1","b2"]}`, []string{"<code>a1</code>", "<code>b2</code>"}},
		"enum with descriptions":            {"3.1.0", `{"enum":["a1"],"x-enum-descriptions":["First of all"]}`, []string{"<code>a1</code> First of all"}},
		"enum with descriptions by value":   {"3.0.3", `{"type":"string","enum":["a1"],"x-enumDescriptions":{"a1":"First of all"}}`, []string{"<code>a1</code> First of all"}},
		"enum with names":                   {"3.0.3", `{"type":"integer","enum":[1,2],"x-enum-varnames":["ONE","TWO"]}`, []string{"<code>2</code> TWO"}},
		"example, 3.0":                      {"3.0.3", `{"type":"string","example":"ex1"}`, []string{"For example", "<code>ex1</code>"}},
		"examples, 3.1":                     {"3.1.0", `{"type":"string","examples":["ex1","ex2"]}`, []string{"<code>ex2</code>"}},
		"default":                           {"3.0.3", `{"type":"string","default":"dd"}`, []string{"default dd"}},
		"a format":                          {"3.0.3", `{"type":"string","format":"date-time"}`, []string{"string · date-time"}},
		"limits of numbers, 3.0":            {"3.0.3", `{"type":"number","minimum":1,"exclusiveMinimum":true,"multipleOf":5}`, []string{"Exclusive.", "In steps of 5."}},
		"limits of numbers, 3.1":            {"3.1.0", `{"type":"number","exclusiveMinimum":1,"maximum":9}`, []string{"More than 1.", "At most 9."}},
		"limits of texts":                   {"3.0.3", `{"type":"string","minLength":2,"maxLength":3,"pattern":"^q"}`, []string{"2 to 3 characters.", "Matches ^q."}},
		"limits of lists":                   {"3.0.3", `{"type":"array","items":{"type":"string"},"minItems":2,"uniqueItems":true}`, []string{"array of string", "At least 2 elements.", "No element twice."}},
		"limits of objects":                 {"3.0.3", `{"type":"object","minProperties":2,"properties":{"a":{"type":"string"}}}`, []string{"At least 2 members."}},
		"read-only, write-only, deprecated": {"3.0.3", `{"type":"object","properties":{"a":{"type":"string","readOnly":true},"b":{"type":"string","writeOnly":true},"c":{"type":"string","deprecated":true}}}`, []string{"read-only", "write-only", "deprecated"}},
		"allOf of components":               {"3.0.3", `{"$ref":"#/components/schemas/Cat"}`, []string{"Includes", `href="/v/schemas/Pet">Pet</a>`, "lives", ">name<", `href="/v/schemas/Cat">Cat</a>`}},
		"allOf that clashes":                {"3.0.3", `{"type":"string","allOf":[{"type":"integer"}]}`, []string{"and: form 1"}},
		"oneOf with a discriminator": {"3.0.3", `{"oneOf":[{"$ref":"#/components/schemas/Pet"},{"$ref":"#/components/schemas/Cat"}],"discriminator":{"propertyName":"kind","mapping":{"meow":"#/components/schemas/Cat"}}}`,
			[]string{"one of: Pet", "one of: Cat", "<code>kind</code> says which form it is", "<code>meow</code>", `/v/schemas/Cat">Cat`}},
		"a discriminator's default": {"3.2.0", `{"oneOf":[{"$ref":"#/components/schemas/Pet"}],"discriminator":{"propertyName":"kind","defaultMapping":"#/components/schemas/Pet"}}`, []string{"Any other value: Pet"}},
		"anyOf":                     {"3.1.0", `{"anyOf":[{"type":"string"},{"type":"object","properties":{"zz":{"type":"string"}}}]}`, []string{"any of: form 1", "any of: form 2", "zz"}},
		"not":                       {"3.0.3", `{"not":{"type":"integer"}}`, []string{">not<", "integer"}},
		"if, then, else":            {"3.1.0", `{"type":"object","if":{"required":["a"]},"then":{"properties":{"bb":{"type":"string"}}},"else":{"properties":{"cc":{"type":"string"}}}}`, []string{">if<", ">then<", "bb", ">else<", "cc"}},
		"recursion leads on":        {"3.0.3", `{"$ref":"#/components/schemas/Tree"}`, []string{"Tree, as above", `href="/v/schemas/Tree">Tree</a>`}},
		"additionalProperties":      {"3.0.3", `{"type":"object","additionalProperties":{"type":"integer"}}`, []string{"any name", "integer"}},
		"a closed object":           {"3.0.3", `{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}`, []string{"No other members."}},
		"patternProperties":         {"3.1.0", `{"type":"object","patternProperties":{"^x-":{"type":"integer"}}}`, []string{"names like ^x-"}},
		"propertyNames":             {"3.1.0", `{"type":"object","propertyNames":{"pattern":"^[a-z]+$"}}`, []string{"every name", "Matches ^[a-z]+$."}},
		"prefixItems":               {"3.1.0", `{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"unevaluatedItems":{"type":"boolean"}}`, []string{"element 1", "element 2", "any other element"}},
		"contains":                  {"3.1.0", `{"type":"array","contains":{"type":"integer"},"minContains":2}`, []string{"some element", "At least 2 such elements."}},
		"dependentRequired":         {"3.1.0", `{"type":"object","properties":{"a":{"type":"string"}},"dependentRequired":{"a":["b","c"]}}`, []string{"these must be too", "b, c"}},
		"dependentSchemas":          {"3.1.0", `{"type":"object","dependentSchemas":{"a":{"properties":{"dd":{"type":"string"}}}}}`, []string{"where a is there", "dd"}},
		"unevaluatedProperties":     {"3.1.0", `{"type":"object","unevaluatedProperties":{"type":"integer"}}`, []string{"any other name"}},
		"none unevaluated":          {"3.1.0", `{"type":"object","properties":{"a":{"type":"string"}},"unevaluatedProperties":false}`, []string{"No other members."}},
		"content in a text":         {"3.1.0", `{"type":"string","contentMediaType":"application/json","contentEncoding":"base64","contentSchema":{"type":"object","properties":{"ee":{"type":"string"}}}}`, []string{"Holds application/json.", "Encoded as base64.", "inside the text", "ee"}},
		"XML":                       {"3.0.3", `{"type":"object","properties":{"a":{"type":"string","xml":{"name":"A","attribute":true}}}}`, []string{"In XML: name A, attribute."}},
		"what is said beside a ref": {"3.1.0", `{"$ref":"#/components/schemas/Pet","description":"Mine alone"}`, []string{"Mine alone", "/v/schemas/Pet"}},
		"a ref that leads nowhere":  {"3.0.3", `{"type":"object","properties":{"a":{"$ref":"#/components/schemas/Gone"}}}`, []string{"Gone, not in the document"}},
		"a comment and a link":      {"3.1.0", `{"type":"object","properties":{"a":{"type":"string","$comment":"Later","externalDocs":{"url":"https://example.com/more"}}}}`, []string{"Comment: Later", "https://example.com/more"}},
		"nothing at all":            {"3.1.0", `{"type":"object","properties":{"a":false}}`, []string{"nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, fmt.Sprintf(`{"openapi":%q,"info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"summary":"S","requestBody":{"content":{"application/json":{"schema":%s}}},"responses":{"200":{"description":"d"}}}}},"components":{"schemas":{%s}}}`,
				tt.version, tt.schema, parts))
			p := page(t, d, "POST /a")
			p.BaseAt = "/v"
			body := show(t, p)
			for _, want := range tt.want {
				if !strings.Contains(body, want) {
					t.Errorf("lacks %q in %s", want, body[strings.Index(body, `id="body"`):])
				}
			}
		})
	}
}

// Examples of every kind are shown; what lies elsewhere is named, not fetched.
func TestExamplesOfEveryKind(t *testing.T) {
	d := read(t, `{"openapi":"3.2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"summary":"S",
	"parameters":[{"name":"q","in":"query","schema":{"type":"string"},"example":"para"}],
	"requestBody":{"content":{"application/json":{"schema":{"type":"object"},"examples":{
		"val":{"summary":"By value","description":"Some **words**","value":{"k":"v1"}},"far":{"externalValue":"https://example.com/far.json"},
		"data":{"dataValue":{"k":"v2"}},"sent":{"serializedValue":"k=v3"}}}}},"responses":{"200":{"description":"d"}}}}}}`)
	body := show(t, page(t, d, "POST /a"))
	for _, want := range []string{"<code>para</code>", "By value", "<strong>words</strong>", "v1", "https://example.com/far.json", "does not fetch", "v2", "k=v3"} {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %q", want)
		}
	}
}
