package spec

import (
	"fmt"
	"strings"
	"testing"
)

// Each part of Swagger 2.0 becomes what OpenAPI 3.0 has in its place.
func TestSwaggerIsConverted(t *testing.T) {
	in := func(operation string) string { return `{"swagger":"2.0","paths":{"/a":{"post":{` + operation + `}}}}` }
	for name, tt := range map[string]struct{ in, want string }{
		"an address":             {`{"swagger":"2.0","host":"h:8443","basePath":"/v1/","schemes":["https","http"],"paths":{}}`, `"servers":[{"url":"https://h:8443/v1"},{"url":"http://h:8443/v1"}]`},
		"an address of no host":  {`{"swagger":"2.0","basePath":"/v1","paths":{}}`, `"servers":[{"url":"/v1"}]`},
		"a host alone":           {`{"swagger":2,"host":"h","paths":{}}`, `"servers":[{"url":"https://h"}]`},
		"an operation's schemes": {`{"swagger":"2.0","host":"h","paths":{"/a":{"get":{"schemes":["wss"]}}}}`, `"get":{"servers":[{"url":"wss://h"}]}`},
		"a definition":           {`{"swagger":"2.0","paths":{},"definitions":{"A":{"properties":{"b":{"$ref":"#/definitions/A"}}}}}`, `"components":{"schemas":{"A":{"properties":{"b":{"$ref":"#/components/schemas/A"}}}}}`},
		"a nullable reference":   {`{"swagger":"2.0","paths":{},"definitions":{"A":{"$ref":"#/definitions/B","x-nullable":true}}}`, `"A":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/B"}]}`},
		"a nullable value":       {`{"swagger":"2.0","paths":{},"definitions":{"A":{"type":"string","x-nullable":true}}}`, `{"type":"string","nullable":true}`},
		"a list of types":        {`{"swagger":"2.0","paths":{},"definitions":{"A":{"type":["null","string"]}}}`, `{"type":"string","nullable":true}`},
		"a discriminator":        {`{"swagger":"2.0","paths":{},"definitions":{"A":{"discriminator":"kind"}}}`, `"discriminator":{"propertyName":"kind"}`},
		"what only looks alike":  {`{"swagger":"2.0","paths":{},"definitions":{"A":{"example":{"discriminator":"kind","x-nullable":true}}}}`, `"example":{"discriminator":"kind","x-nullable":true}`},
		"a query parameter":      {in(`"parameters":[{"name":"q","in":"query","type":"integer","maximum":3,"required":true,"x-a":1}]`), `"parameters":[{"name":"q","in":"query","required":true,"x-a":1,"schema":{"type":"integer","maximum":3}}]`},
		"a list with commas":     {in(`"parameters":[{"name":"q","in":"query","type":"array","items":{"type":"string","collectionFormat":"csv"}}]`), `{"name":"q","in":"query","style":"form","explode":false,"schema":{"type":"array","items":{"type":"string"}}}`},
		"a list of many":         {in(`"parameters":[{"name":"q","in":"query","type":"array","collectionFormat":"multi"}]`), `"style":"form","explode":true`},
		"a list with pipes":      {in(`"parameters":[{"name":"q","in":"query","type":"array","collectionFormat":"pipes"}]`), `"style":"pipeDelimited","explode":false`},
		"a list with spaces":     {in(`"parameters":[{"name":"q","in":"query","type":"array","collectionFormat":"ssv"}]`), `"style":"spaceDelimited","explode":false`},
		"a body":                 {in(`"consumes":["a/b","c/d"],"parameters":[{"in":"body","name":"x","required":true,"description":"d","schema":{"type":"string"}}],"responses":{}`), `"post":{"requestBody":{"required":true,"description":"d","content":{"a/b":{"schema":{"type":"string"}},"c/d":{"schema":{"type":"string"}}}},"responses":{}}`},
		"a shared body":          {`{"swagger":"2.0","consumes":["a/b"],"parameters":{"P":{"in":"body","schema":{"type":"string"}}},"paths":{"/a":{"parameters":[{"$ref":"#/parameters/P"}],"put":{}}}}`, `"/a":{"put":{"requestBody":{"content":{"a/b":{"schema":{"type":"string"}}}}}}`},
		"a shared parameter":     {`{"swagger":"2.0","parameters":{"P":{"in":"query","name":"p","type":"string"}},"paths":{"/a":{"parameters":[{"$ref":"#/parameters/P"}]}}}`, `"components":{"parameters":{"P":{"in":"query","name":"p","schema":{"type":"string"}}}}`},
		"a form":                 {in(`"parameters":[{"in":"formData","name":"f","type":"string","required":true,"description":"d"}]`), `"requestBody":{"required":true,"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{"f":{"type":"string","description":"d"}},"required":["f"]}}}}`},
		"a file":                 {in(`"consumes":["application/x-www-form-urlencoded"],"parameters":[{"in":"formData","name":"f","type":"file"}]`), `"multipart/form-data":{"schema":{"type":"object","properties":{"f":{"type":"string","format":"binary"}}}}`},
		"a response":             {in(`"produces":["a/b"],"responses":{"200":{"description":"d","schema":{"type":"string"},"examples":{"a/b":"x","c/d":1},"headers":{"H":{"type":"integer","description":"h"}}}}`), `{"description":"d","headers":{"H":{"description":"h","schema":{"type":"integer"}}},"content":{"a/b":{"schema":{"type":"string"},"example":"x"},"c/d":{"schema":{"type":"string"},"example":1}}}`},
		"a file as response":     {in(`"responses":{"200":{"description":"d","schema":{"type":"file"}}}`), `"content":{"application/octet-stream":{"schema":{"type":"string","format":"binary"}}}`},
		"a shared response":      {`{"swagger":"2.0","responses":{"R":{"description":"d"}},"paths":{"/a":{"get":{"responses":{"404":{"$ref":"#/responses/R"}}}}}}`, `"404":{"$ref":"#/components/responses/R"}`},
		"basic authentication":   {`{"swagger":"2.0","paths":{},"securityDefinitions":{"b":{"type":"basic","description":"d"}}}`, `"b":{"type":"http","scheme":"basic","description":"d"}`},
		"OAuth":                  {`{"swagger":"2.0","paths":{},"securityDefinitions":{"o":{"type":"oauth2","flow":"accessCode","authorizationUrl":"https://a","tokenUrl":"https://t","scopes":{"r":"read"}}}}`, `"o":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"https://a","tokenUrl":"https://t","scopes":{"r":"read"}}}}`},
		"a reference into what moved": {`{"swagger":"2.0","paths":{"/a":{"get":{"responses":{"200":{"schema":{"properties":{"x":{"$ref":"#/paths/~1a/get/responses/200/schema"}}}}}}}}}`,
			`"components":{"schemas":{"inline1":{"properties":{"x":{"$ref":"#/components/schemas/inline1"}}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			out := string(p.root.appendJSON(nil))
			if !strings.Contains(out, tt.want) || !strings.HasPrefix(out, `{"openapi":"3.0.4"`) {
				t.Errorf("got  %s\nwant %s", out, tt.want)
			}
			if len(p.notes) == 0 || !strings.Contains(p.notes[0].Message, "converted to OpenAPI") {
				t.Errorf("no note: %v", p.notes)
			}
		})
	}
}

const swaggerDoc = `swagger: "2.0"
info: {title: Berths, version: "1"}
host: berths.example
consumes: [application/json]
produces: [application/json]
paths:
  /berths:
    get:
      operationId: list
      tags: [berths]
      parameters:
        - {name: sort, in: query, type: array, items: {type: string}, collectionFormat: tsv}
      responses:
        200: {description: ok, schema: {type: array, items: {$ref: "#/definitions/Berth"}}}
    post:
      operationId: make
      parameters:
        - {name: berth, in: body, required: true, schema: {$ref: "#/definitions/Berth"}}
      responses:
        201: {description: made, schema: {$ref: "#/definitions/Missing"}}
definitions:
  Berth: {type: object, properties: {id: {type: string, x-nullable: true}}}
`

// What is stored is the original; pages, slices and downloads show the converted
// document, and the report the lines of the file.
func TestSwaggerIsConvertedWhereverItIsRead(t *testing.T) {
	d, err := testReader(t).Read(t.Context(), []byte(swaggerDoc))
	if err != nil || len(d.Operations) != 2 || d.OpenAPIVersion != "3.0.4" || d.Format != "yaml" || d.Servers[0].URL != "https://berths.example" {
		t.Fatalf("%+v, %v", d, err)
	}
	report := ""
	for _, p := range d.Problems {
		report += fmt.Sprintf("%d %s %s\n", p.Line, p.Pointer, p.Message)
	}
	for _, want := range []string{"1 /openapi This Swagger 2.0 document was converted", "3 /servers", `12 /paths/~1berths/get/parameters "collectionFormat" became`, `separated by tabs`,
		`20 /paths/~1berths/post/responses/201/content/application~1json/schema/$ref The reference "#/components/schemas/Missing" names nothing`, `21 /components/schemas "definitions"`} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	slice, err := Slice([]byte(swaggerDoc), "POST /berths")
	if err != nil || !strings.Contains(string(slice), `"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Berth"}}}}`) {
		t.Errorf("%s, %v", slice, err)
	}
	if _, err := ForTry(slice, "https://g.example"); err != nil {
		t.Error(err)
	}
	whole, err := Whole([]byte(swaggerDoc), "https://g.example")
	if again, _ := examine(whole); err != nil || len(again.Operations) != 2 || len(again.Faults()) > 0 || strings.Contains(string(whole), "berths.example") {
		t.Errorf("%s, %v, %v", whole, err, again.Problems)
	}
}

// R101, R102: a conversion ends, is bounded, and what it makes can be read again.
func FuzzSwagger(f *testing.F) {
	f.Add([]byte(swaggerDoc))
	f.Add([]byte(sharedBodies()[:200]))
	f.Add([]byte(`{"swagger":"2.0","paths":{"/a":{"$ref":"#/paths/~1a","parameters":[{"$ref":"#/parameters/p"}]}},"parameters":{"p":{"$ref":"#/parameters/p"}},"definitions":{"A":{"$ref":"#/definitions/A/x"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parse(raw)
		if err != nil || p.root.str("openapi") != convertedTo {
			return
		}
		if _, err := parse(p.root.appendJSON(nil)); err != nil {
			t.Fatalf("what was made cannot be read: %v", err)
		}
	})
}
