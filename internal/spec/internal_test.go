package spec

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// canaries is a document all of whose internal parts hold the word "canary", and
// none of whose public ones do.
const canaries = `openapi: 3.1.0
info: {title: Ships, version: "1"}
x-gatehouse-note: canary
tags:
  - {name: ships}
  - {name: canary ops, description: canary}
  - {name: canary tag, x-internal: true}
  - {name: canary child, parent: canary tag}
x-tagGroups:
  - {name: Public, tags: [ships, canary ops]}
  - {name: canary group, tags: [canary tag]}
security:
  - oauth: [ships:read]
paths:
  /ships:
    parameters:
      - {name: canaryShared, in: header, x-internal: true, schema: {type: string}}
      - {$ref: '#/components/parameters/canaryParam'}
    get:
      operationId: listShips
      tags: [ships]
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: canaryDebug, in: query, x-internal: true, schema: {type: boolean}}
      responses:
        "200":
          description: OK
          links:
            canaryLink: {operationId: canaryPurge}
            plain: {operationId: listShips}
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Ship'}}
              example: [{id: 1, canaryCost: 7, owner: {name: Ada, id: canary}}]
              examples:
                one: {value: [{id: 1, canaryCost: 8}]}
                text: {value: '{"canaryCost": 9}'}
                shared: {$ref: '#/components/examples/Shared'}
            text/xml:
              schema: {$ref: '#/paths/~1canary~1{id}/delete/responses/200/content/text~1xml/schema'}
    post:
      x-internal: true
      operationId: canaryPost
      tags: [canary ops]
      security: [{oauth: [canary:write]}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/CanaryBody'}}}}
      responses: {"200": {description: canary}}
  /canary/{id}:
    x-visibility: Private
    delete:
      operationId: canaryPurge
      tags: [ships]
      responses: {"200": {description: canary, content: {text/xml: {schema: {type: string, description: canary}}}}}
  /canary/tagged:
    get: {tags: [ships, canary child], responses: {}}
  /canary/shared:
    $ref: '#/components/pathItems/canaryItem'
  /ports/{port}:
    get:
      x-gatehouse-visibility: public
      x-internal: true
      x-risk-level: High
      tags: [ships]
      responses:
        "200": {$ref: '#/components/responses/Port'}
webhooks:
  canaryHook:
    post: {x-internal: true, responses: {}}
  arrived:
    post: {responses: {"200": {description: OK}}}
components:
  parameters:
    canaryParam: {name: canaryParam, in: query, x-visibility: hidden, schema: {type: string}}
  pathItems:
    canaryItem:
      get: {x-internal: true, responses: {}}
  examples:
    Shared: {value: [{id: 2, canaryCost: 1}]}
    Canary: {x-internal: true, value: 1}
  responses:
    Port:
      description: OK
      content:
        application/json:
          schema:
            oneOf: [{$ref: '#/components/schemas/Ship'}, {$ref: '#/components/schemas/CanaryKind'}]
            discriminator: {propertyName: kind, mapping: {ship: '#/components/schemas/Ship', canary: '#/components/schemas/CanaryKind'}}
  schemas:
    Ship:
      type: object
      required: [id, canaryCost, owner]
      properties:
        id: {type: integer}
        kind: {type: string}
        canaryCost: {type: number, x-internal: true}
        canaryDetail: {$ref: '#/components/schemas/CanaryDetail'}
        owner: {$ref: '#/components/schemas/Owner'}
      example: {id: 1, canaryCost: 3}
    Owner:
      allOf:
        - type: object
          required: [canaryId]
          properties: {name: {type: string}, id: {type: string, x-internal: true}}
    CanaryDetail: {type: object, x-internal: true, properties: {more: {$ref: '#/components/schemas/CanaryDeep'}}}
    CanaryDeep: {type: string, description: canary}
    CanaryBody: {type: object, properties: {canary: {$ref: '#/components/schemas/CanaryInner'}, ship: {$ref: '#/components/schemas/Ship'}}}
    CanaryInner: {type: string}
    CanaryKind: {type: object, x-internal: "true"}
    Unused: {type: object, properties: {a: {type: string}}}
  securitySchemes:
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: https://id.example.com, scopes: {ships:read: Read ships, "canary:write": canary}}}
`

// What is marked as internal is in nothing that is made of a document for partners:
// rows, details, slices, downloads.
func TestInternalPartsAreInNothing(t *testing.T) {
	canaries := strings.Replace(canaries, "required: [canaryId]", "required: [id]", 1)
	d, err := testReader(t).Read(t.Context(), []byte(canaries))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range d.Operations {
		keys = append(keys, o.Key)
	}
	if want := []string{"GET /ships", "GET /ports/{port}"}; !slices.Equal(keys, want) {
		t.Fatalf("operations %q, want %q", keys, want)
	}
	if want := []string{"POST /ships", "DELETE /canary/{id}", "GET /canary/tagged", "GET /canary/shared"}; !slices.Equal(d.Internal.Operations, want) || d.Internal.Count != 4 || d.Internal.Parts < 6 {
		t.Errorf("internal: %+v, want %q", d.Internal, want)
	}
	if d.Operations[1].Risk != "high" || d.Operations[0].Risk != "" {
		t.Errorf("risks: %q %q", d.Operations[0].Risk, d.Operations[1].Risk)
	}
	if len(d.Grave()) > 0 {
		t.Errorf("grave: %+v", d.Grave())
	}
	outputs := map[string][]byte{}
	d.Problems, d.Internal = nil, Internal{} // for the owner
	outputs["outline"], _ = json.Marshal(d)
	for _, o := range d.Operations {
		outputs["detail of "+o.Key], _ = json.Marshal(o)
		slice, err := Slice([]byte(canaries), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		outputs["slice of "+o.Key] = slice
		if outputs["try of "+o.Key], err = ForTry(slice, "https://gateway.example"); err != nil {
			t.Fatal(err)
		}
	}
	for name, make := range map[string]func() ([]byte, error){
		"tag":    func() ([]byte, error) { return SliceTag([]byte(canaries), "ships") },
		"whole":  func() ([]byte, error) { return Whole([]byte(canaries), "https://gateway.example") },
		"public": func() ([]byte, error) { return public([]byte(canaries)) },
	} {
		if outputs[name], err = make(); err != nil {
			t.Fatal(err)
		}
	}
	for name, out := range outputs {
		if i := strings.Index(strings.ToLower(string(out)), "canary"); i >= 0 {
			t.Errorf("%s: …%s…", name, out[max(0, i-60):min(len(out), i+60)])
		}
		for _, mark := range []string{"x-internal", "x-visibility", "x-gatehouse-visibility"} {
			if strings.Contains(string(out), mark) {
				t.Errorf("%s says %s", name, mark)
			}
		}
	}
	for _, want := range []string{`"Unused"`, `"plain"`, `"arrived"`, `"kind"`, `"Shared"`, `"ships:read"`} {
		if !strings.Contains(string(outputs["public"]), want) {
			t.Errorf("%s went too: %s", want, outputs["public"])
		}
	}
	for _, key := range []string{"POST /ships", "DELETE /canary/{id}", "GET /canary/shared"} {
		if _, err := Slice([]byte(canaries), key); err == nil {
			t.Errorf("%s has a slice", key)
		}
	}
}

// public is the document as it is compared: servers, security and all.
func public(raw []byte) ([]byte, error) {
	s, err := accepted(raw)
	if err != nil {
		return nil, err
	}
	c := newCopier(s)
	c.all = true
	return c.document(func(place) bool { return true }).appendJSON(nil), nil
}
