package spec

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is internal stays so wherever it is marked, and whatever leads to it: each
// document says "canary" where nobody may see it, and nowhere else.
func TestInternalPlaces(t *testing.T) {
	const rest = `"responses":{"200":{"description":"OK"}}`
	const public = `"/p":{"get":{"operationId":"pub","tags":["t"],` + rest + `}}`
	document := func(paths, more string) string {
		return `{"openapi":"3.1.0","info":{"title":"a","version":"1"},"tags":[{"name":"t"},{"name":"canarytag","x-internal":true}],"paths":{` + paths + `}` + more + `}`
	}
	for name, raw := range map[string]string{
		"a webhook with an internal tag":               document(public, `,"webhooks":{"canaryHook":{"post":{"tags":["canarytag"],`+rest+`}}}`),
		"one of two webhooks with a name":              document(public, `,"webhooks":{"hook":{"get":{`+rest+`},"post":{"summary":"canary","tags":["canarytag"],`+rest+`}}}`),
		"a marked webhook of 3.0":                      strings.Replace(document(public, `,"x-webhooks":{"canaryHook":{"x-internal":true,"post":{`+rest+`}}}`), "3.1.0", "3.0.3", 1),
		"a tagged webhook of 3.0":                      strings.Replace(document(public, `,"x-webhooks":{"canaryHook":{"post":{"tags":["canarytag"],`+rest+`}}}`), "3.1.0", "3.0.3", 1),
		"a callback":                                   document(`"/p":{"get":{"callbacks":{"canaryCb":{"x-internal":true,"{$request.query.url}":{"post":{`+rest+`}}}},`+rest+`}}`, ``),
		"the operation of a callback":                  document(`"/p":{"get":{"callbacks":{"canaryCb":{"{$request.query.canary}":{"post":{"x-internal":true,`+rest+`}}}},`+rest+`}}`, ``),
		"a callback with an internal tag":              document(`"/p":{"get":{"callbacks":{"canaryCb":{"{$request.query.canary}":{"post":{"tags":["canarytag"],`+rest+`}}}},`+rest+`}}`, ``),
		"a shared callback":                            document(`"/p":{"get":{"callbacks":{"canaryCb":{"$ref":"#/components/callbacks/CanaryC"}},`+rest+`}}`, `,"components":{"callbacks":{"CanaryC":{"x-internal":true,"{$request.query.url}":{"post":{`+rest+`}}}}}`),
		"a link by operationId":                        document(`"/p":{"get":{"responses":{"200":{"description":"OK","links":{"canaryLink":{"operationId":"canaryOp"}}}}}},"/c":{"get":{"operationId":"canaryOp","x-internal":true,`+rest+`}}`, ``),
		"a link by reference":                          document(`"/p":{"get":{"responses":{"200":{"description":"OK","links":{"canaryLink":{"operationRef":"#/paths/~1canary/get"}}}}}},"/canary":{"get":{"x-internal":true,`+rest+`}}`, ``),
		"a link into an internal path":                 document(`"/p":{"get":{"responses":{"200":{"description":"OK","links":{"canaryLink":{"operationRef":"#/paths/~1canary/get"}}}}}},"/canary":{"x-internal":true,"get":{`+rest+`}}`, ``),
		"a shared link":                                document(`"/p":{"get":{"responses":{"200":{"description":"OK","links":{"canaryLink":{"$ref":"#/components/links/CanaryL"}}}}}},"/c":{"get":{"operationId":"canaryOp","x-internal":true,`+rest+`}}`, `,"components":{"links":{"CanaryL":{"operationId":"canaryOp"}}}`),
		"scopes":                                       document(public+`,"/c":{"get":{"x-internal":true,"security":[{"o":["canary:read"]}],`+rest+`}}`, `,"components":{"securitySchemes":{"o":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://x.example","scopes":{"canary:read":"canary"}}}}}}`),
		"a scheme that only internal operations have":  document(public+`,"/c":{"get":{"x-internal":true,"security":[{"canaryScheme":[]}],`+rest+`}}`, `,"components":{"securitySchemes":{"canaryScheme":{"type":"apiKey","in":"header","name":"X-Canary"}}}`),
		"a server":                                     document(public, `,"servers":[{"url":"https://canary.example","x-internal":true},{"url":"https://ok.example"}]`),
		"marked by yes":                                document(public+`,"/canary":{"get":{"x-internal":"yes",`+rest+`}}`, ``),
		"marked by 1":                                  document(public+`,"/canary":{"get":{"x-internal":1,`+rest+`}}`, ``),
		"marked by an object":                          document(public+`,"/canary":{"get":{"x-internal":{"canary":"x"},`+rest+`}}`, ``),
		"properties of an internal part in an example": document(`"/p":{"get":{"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"},"example":{"a":1,"canaryB":2}}}}}}}`, `,"components":{"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/CanaryB"},{"type":"object","properties":{"a":{"type":"integer"}}}]},"CanaryB":{"x-internal":true,"type":"object","properties":{"canaryB":{"type":"integer"}}}}}`),
		"a reference into an internal schema":          document(`"/p":{"get":{"responses":{"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/CanaryB/properties/x"}}}}}}}`, `,"components":{"schemas":{"CanaryB":{"x-internal":true,"type":"object","properties":{"x":{"type":"integer","description":"canary"}}}}}`),
		"a header and a response":                      document(`"/p":{"get":{"responses":{"200":{"description":"OK","headers":{"X-Canary":{"x-internal":true,"schema":{"type":"string"}}}},"500":{"x-internal":true,"description":"canary"}}}}`, ``),
		"Swagger 2.0":                                  `{"swagger":"2.0","info":{"title":"a","version":"1"},"tags":[{"name":"canarytag","x-internal":true}],"paths":{"/p":{"post":{"tags":["t"],"parameters":[{"name":"canaryF","in":"formData","type":"string","x-internal":true},{"name":"f","in":"formData","type":"string"},{"name":"canaryQ","in":"query","type":"string","x-internal":true},{"$ref":"#/parameters/CanaryP"}],"responses":{"200":{"description":"OK","schema":{"$ref":"#/definitions/D"},"examples":{"application/json":{"a":1,"canaryI":2}}}}},"get":{"x-internal":true,"summary":"canary","parameters":[{"in":"body","name":"b","schema":{"$ref":"#/definitions/CanaryX"}}],"responses":{"200":{"description":"ok"}}}},"/canary":{"x-internal":true,"get":{"responses":{"200":{"description":"ok"}}}},"/canary2":{"get":{"tags":["canarytag"],"responses":{"200":{"description":"ok"}}}},"/b":{"post":{"parameters":[{"in":"body","x-internal":true,"name":"canaryBody","description":"canary","schema":{"type":"object","properties":{"canary":{"type":"string"}}}}],"responses":{"200":{"description":"ok"}}}},"/f":{"post":{"parameters":[{"$ref":"#/parameters/CanaryForm"},{"in":"formData","name":"g","type":"string"}],"responses":{"200":{"description":"ok"}}}}},"parameters":{"CanaryForm":{"name":"canaryForm","in":"formData","type":"string","x-internal":true},"CanaryP":{"name":"canaryP","in":"query","type":"string","x-internal":true}},"definitions":{"D":{"type":"object","properties":{"a":{"type":"integer"},"canaryI":{"type":"integer","x-internal":true}}},"CanaryX":{"type":"object"}}}`,
	} {
		t.Run(name, func(t *testing.T) { hidesCanaries(t, []byte(raw)) })
	}
}

// hidesCanaries looks for the word in all that is made of a document for readers.
func hidesCanaries(t *testing.T, raw []byte) {
	t.Helper()
	d, err := testReader(t).Read(t.Context(), raw)
	if err != nil {
		t.Fatal(err, d.Problems)
	}
	d.Problems, d.Internal = nil, Internal{} // for the owner
	outputs := map[string]any{"outline": d, "schemas": d.Schemas, "webhooks": d.Hooks, "operations": d.Operations}
	add := func(name string, out []byte, err error) {
		t.Helper()
		if outputs[name] = string(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	const gateway = "https://gateway.example"
	parts := map[string]func() ([]byte, error){"": func() ([]byte, error) { return raw, nil }}
	for _, o := range d.Operations {
		parts[o.Key] = func() ([]byte, error) { return Slice(raw, o.Key) }
		for _, tag := range o.Tags {
			parts[tag] = func() ([]byte, error) { return SliceTag(raw, tag) }
		}
	}
	for name, make := range parts {
		part, err := make()
		if err != nil {
			t.Fatal(name, err)
		}
		whole, err := Whole(part, gateway)
		add("document "+name, whole, err)
		yaml, err := WholeYAML(part, gateway)
		add("YAML "+name, yaml, err)
		try, err := ForTry(part, gateway)
		add("try "+name, try, err)
	}
	outputs["comparison"], err = testReader(t).Compare(t.Context(), []byte(`{"openapi":"3.0.3","info":{"title":"a","version":"1"},"paths":{}}`), raw)
	if err != nil {
		t.Error(err)
	}
	for name, made := range outputs {
		out, _ := json.Marshal(made)
		if i := strings.Index(strings.ToLower(string(out)), "canary"); i >= 0 {
			t.Errorf("%s: …%s…", name, out[max(0, i-80):min(len(out), i+60)])
		}
	}
}
