package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tree is the schema of the body in a document of a version, with components.
func tree(t *testing.T, version, schema, components string) *Schema {
	t.Helper()
	raw := fmt.Sprintf(`{"openapi":%q,"info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":%s}}},"responses":{}}}},"components":{"schemas":{%s}}}`,
		version, schema, components)
	_, d := operationOf(t, raw, "POST /a")
	return d.Body.Media[0].Schema
}

func TestSchemaTree(t *testing.T) {
	const pet = `"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"kind":{"type":"string"}}}`
	for name, tt := range map[string]struct{ version, schema, components, want string }{
		"nullable as 3.0 says it":        {"3.0.3", `{"type":"string","nullable":true}`, pet, `{"types":["string"],"nullable":true}`},
		"nullable as 3.1 says it":        {"3.1.0", `{"type":["string","null"]}`, pet, `{"types":["string"],"nullable":true}`},
		"nullable by oneOf":              {"3.1.0", `{"oneOf":[{"type":"integer"},{"type":"null"}]}`, pet, `{"types":["integer"],"nullable":true}`},
		"several types":                  {"3.1.0", `{"type":["string","integer"]}`, pet, `{"types":["string","integer"]}`},
		"constraints in a fixed order":   {"3.0.3", `{"type":"string","maxLength":9,"minLength":2,"pattern":"^a"}`, pet, `{"types":["string"],"limits":[{"name":"minLength","value":"2"},{"name":"maxLength","value":"9"},{"name":"pattern","value":"^a"}]}`},
		"numeric exclusive limits":       {"3.1.0", `{"type":"number","exclusiveMinimum":0}`, pet, `{"types":["number"],"limits":[{"name":"exclusiveMinimum","value":"0"}]}`},
		"a component has its name":       {"3.0.3", `{"$ref":"#/components/schemas/Pet"}`, pet, `{"name":"Pet","ref":"Pet","types":["object"],"properties":[{"name":"name","required":true,"schema":{"types":["string"]}},{"name":"kind","schema":{"types":["string"]}}],"required":["name"]}`},
		"words beside a reference":       {"3.1.0", `{"$ref":"#/components/schemas/N","description":"mine"}`, `"N":{"type":"integer","description":"its"}`, `{"name":"N","ref":"N","types":["integer"],"description":"mine"}`},
		"allOf is folded":                {"3.0.3", `{"allOf":[{"$ref":"#/components/schemas/Pet"},{"required":["age"],"properties":{"age":{"type":"integer"}}}]}`, pet, `{"includes":[{"name":"Pet","ref":"Pet"}],"types":["object"],"properties":[{"name":"name","required":true,"schema":{"types":["string"]}},{"name":"kind","schema":{"types":["string"]}},{"name":"age","required":true,"schema":{"types":["integer"]}}],"required":["name","age"]}`},
		"parts that clash are kept":      {"3.0.3", `{"type":"string","allOf":[{"type":"integer"}]}`, pet, `{"types":["string"],"all_of":[{"types":["integer"]}]}`},
		"branches and what chooses":      {"3.0.3", `{"oneOf":[{"$ref":"#/components/schemas/N"}],"discriminator":{"propertyName":"k","mapping":{"n":"#/components/schemas/N"}}}`, `"N":{"type":"integer"}`, `{"one_of":[{"name":"N","ref":"N","types":["integer"]}],"discriminator":{"property":"k","mapping":[{"value":"n","name":"N","ref":"N"}]}}`},
		"recursion is cut, with a name":  {"3.0.3", `{"$ref":"#/components/schemas/T"}`, `"T":{"properties":{"up":{"$ref":"#/components/schemas/T"}}}`, `{"name":"T","ref":"T","types":["object"],"properties":[{"name":"up","schema":{"name":"T","ref":"T","types":["object"],"recursive":true}}]}`},
		"a reference that leads nowhere": {"3.0.3", `{"$ref":"#/components/schemas/Gone"}`, pet, `{"name":"Gone","missing":"#/components/schemas/Gone"}`},
		"references in a circle":         {"3.0.3", `{"$ref":"#/components/schemas/A"}`, `"A":{"$ref":"#/components/schemas/B"},"B":{"$ref":"#/components/schemas/A"}`, `{"name":"A","missing":"a circle of references"}`},
		"maps and closed objects":        {"3.0.3", `{"type":"object","additionalProperties":{"type":"object","additionalProperties":false}}`, pet, `{"types":["object"],"additional":{"types":["object"],"closed":true}}`},
		"tuples":                         {"3.1.0", `{"prefixItems":[{"type":"string"}],"items":false}`, pet, `{"types":["array"],"items":{"nothing":true},"prefix":[{"types":["string"]}]}`},
		"values of every kind":           {"3.1.0", `{"enum":["a",1,null,{"x":[true]}],"default":1.50,"examples":["e"]}`, pet, `{"enum":["a",1,null,{"x":[true]}],"default":1.50,"examples":["e"]}`},
		"not":                            {"3.0.3", `{"not":{"type":"string"}}`, pet, `{"not":{"types":["string"]}}`},
		"read-only, write-only, old":     {"3.0.3", `{"type":"string","readOnly":true,"writeOnly":true,"deprecated":true}`, pet, `{"types":["string"],"deprecated":true,"read_only":true,"write_only":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(tree(t, tt.version, tt.schema, tt.components))
			if err != nil || string(got) != tt.want {
				t.Errorf("\ngot  %s\nwant %s\n%v", got, tt.want, err)
			}
		})
	}
}

// A schema that would be endless when written out still fits its page.
func TestDetailStaysSmall(t *testing.T) {
	var components []string
	for i := range 30 {
		var props []string
		for j := range 30 {
			props = append(props, fmt.Sprintf(`"p%d":{"$ref":"#/components/schemas/S%d"}`, j, (i+j+1)%30))
		}
		components = append(components, fmt.Sprintf(`"S%d":{"description":%q,"properties":{%s}}`, i, strings.Repeat("word ", 50), strings.Join(props, ",")))
	}
	s := tree(t, "3.0.3", `{"$ref":"#/components/schemas/S0"}`, strings.Join(components, ","))
	encoded, _ := json.Marshal(s)
	if len(encoded) > MaxDetail || len(s.Properties) != 30 || !s.Properties[0].Schema.Properties[0].Schema.Cut {
		t.Errorf("%d bytes, %d properties", len(encoded), len(s.Properties))
	}
}

const operationsDocument = `
openapi: 3.2.0
info: {title: T, version: '1'}
tags: [{name: b, description: B}]
security: [{o: [read]}, {k: []}]
components:
  securitySchemes:
    o: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://x', scopes: {read: Read it, write: Write it}}}}
    k: {type: apiKey, in: header, name: X}
paths:
  x-ignored: {get: {}}
  /a/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}, description: outer}
    get: {tags: [a], summary: ' Get ', parameters: [{name: q, in: query, schema: {type: integer}, description: inner}], responses: {}}
    delete: {tags: [b], security: [{o: [write, admin]}, {o: [root]}], deprecated: true, responses: {}}
    query: {responses: {}}
    additionalOperations: {COPY: {security: [{o: [read]}, {}], responses: {}}}
    x-get: {}
  /a-{id}: {get: {security: [], parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}}
  /linked: {$ref: '#/components/pathItems/P'}
`

func TestOperations(t *testing.T) {
	raw := strings.Replace(operationsDocument, "components:\n", "components:\n  pathItems: {P: {options: {responses: {}}}}\n", 1)
	d, err := examine([]byte(raw))
	if err != nil || len(d.Faults()) > 0 {
		t.Fatal(err, d.Faults())
	}
	var got []string
	for _, o := range d.Operations {
		got = append(got, fmt.Sprint(o.Key, " ", o.Slug, " ", o.Access, " ", o.Scopes))
	}
	want := []string{
		"GET /a/{id} get-a-id read [[read]]",
		"DELETE /a/{id} delete-a-id write [[write admin] [root]]",
		"QUERY /a/{id} query-a-id write [[read]]",
		"COPY /a/{id} copy-a-id write []", // may be anonymous
		"GET /a-{id} get-a-id-" + d.Operations[4].Slug[len("get-a-id-"):] + " read []",
		"OPTIONS /linked options-linked read [[read]]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\ngot  %q\nwant %q", got, want)
	}
	if fmt.Sprint(d.Tags) != "[{b  B  } {a    }]" || fmt.Sprint(d.Scopes) != "[{read Read it} {write Write it} {admin } {root }]" {
		t.Errorf("tags %v scopes %v", d.Tags, d.Scopes)
	}
	detail, err := d.Operations[0].Open()
	if err != nil || len(detail.Parameters) != 2 || detail.Parameters[1].Description != "inner" || detail.Parameters[1].Style != "form" || !detail.Parameters[1].Explode {
		t.Errorf("%+v %v", detail.Parameters, err)
	}
	if d.Operations[0].Title() != "Get" || d.Operations[3].Title() != "COPY /a/{id}" {
		t.Errorf("titles %q %q", d.Operations[0].Title(), d.Operations[3].Title())
	}
}

func TestMethodsThatCameLaterDoNotCountBefore(t *testing.T) {
	d, err := examine([]byte(strings.Replace(operationsDocument, "3.2.0", "3.1.0", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Operations {
		if o.Method == "QUERY" || o.Method == "COPY" {
			t.Errorf("%s in OpenAPI 3.1", o.Key)
		}
	}
}
