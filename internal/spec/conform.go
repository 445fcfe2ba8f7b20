package spec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pb33f/jsonschema/v6"
	failure "github.com/pb33f/jsonschema/v6/kind"
	"github.com/pb33f/libopenapi/datamodel"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// conform compares the document with the OpenAPI Initiative's own JSON Schema of
// its version. What it finds is reported but never refuses the document: real
// ones break the letter of the specification all the time.
func (s *source) conform() error {
	schema, err := official[s.dialect]()
	if err != nil {
		return err
	}
	failed, ok := schema.Validate(s.root.plain()).(*jsonschema.ValidationError)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for _, leaf := range leaves(failed) {
		at := (*path)(nil)
		for _, step := range leaf.InstanceLocation {
			at = at.to(step)
		}
		msg, repair := plainWords(leaf)
		if key := at.String() + msg; !seen[key] {
			seen[key] = true
			n, _ := s.root.at(leaf.InstanceLocation)
			s.warn(n, at, "%s", msg).by("%s", repair)
		}
	}
	return nil
}

// official are the schemas of the specification, compiled when first needed.
var official = [...]func() (*jsonschema.Schema, error){
	v30: sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(datamodel.OpenAPI3SchemaData) }),
	v31: sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(datamodel.OpenAPI31SchemaData) }),
	v32: sync.OnceValues(func() (*jsonschema.Schema, error) { return compile(datamodel.OpenAPI32SchemaData) }),
}

func compile(published string) (*jsonschema.Schema, error) {
	const address = "openapi.json"
	decoded, err := jsonschema.UnmarshalJSON(strings.NewReader(published))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // no scheme: loads nothing
	if err := c.AddResource(address, decoded); err != nil {
		return nil, err
	}
	return c.Compile(address)
}

// leaves are the failures that mean something: of alternatives, those of the
// branch that the author most likely meant.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	switch e.ErrorKind.(type) {
	case *failure.OneOf, *failure.AnyOf:
		var best []*jsonschema.ValidationError
		for _, cause := range e.Causes {
			if branch := leaves(cause); best == nil || likelier(branch, best) {
				best = branch
			}
		}
		return best
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

// likelier prefers the branch that got deeper into the document, and then the
// one with fewer failures; one that misses "$ref" was never meant.
func likelier(a, b []*jsonschema.ValidationError) bool {
	if wa, wb := wantsRef(a), wantsRef(b); wa != wb {
		return wb
	}
	if da, db := deepest(a), deepest(b); da != db {
		return da > db
	}
	return len(a) < len(b)
}

func wantsRef(branch []*jsonschema.ValidationError) bool {
	return slices.ContainsFunc(branch, func(e *jsonschema.ValidationError) bool {
		r, ok := e.ErrorKind.(*failure.Required)
		return ok && slices.Contains(r.Missing, "$ref")
	})
}

func deepest(branch []*jsonschema.ValidationError) (depth int) {
	for _, e := range branch {
		depth = max(depth, len(e.InstanceLocation))
	}
	return depth
}

var english = message.NewPrinter(language.English)

// plainWords says what is wrong with the value at the error's place, and how it
// is mended where that is known.
func plainWords(e *jsonschema.ValidationError) (wrong, repair string) {
	what := "The document"
	if n := len(e.InstanceLocation); n > 0 {
		what = fmt.Sprintf("%q", clip(e.InstanceLocation[n-1]))
	}
	switch k := e.ErrorKind.(type) {
	case *failure.Required:
		return fmt.Sprintf("%s lacks the required field %s.", what, quoted(k.Missing)), add(k.Missing)
	case *failure.AdditionalProperties:
		return fmt.Sprintf("%s has the field %s, which OpenAPI does not know here.", what, quoted(k.Properties)), remove(k.Properties)
	case *failure.FalseSchema:
		return fmt.Sprintf("OpenAPI does not know the field %s here.", what), remove(e.InstanceLocation[max(0, len(e.InstanceLocation)-1):])
	case *failure.Type:
		return fmt.Sprintf("%s must be of type %s, and is %s.", what, strings.Join(k.Want, " or "), k.Got), like(k.Want)
	case *failure.Enum:
		return fmt.Sprintf("%s has a value that OpenAPI does not know here.", what), fmt.Sprintf("Write one of %s.", values(k.Want))
	case *failure.Const:
		return fmt.Sprintf("%s has a value that OpenAPI does not know here.", what), fmt.Sprintf("Write %s.", values([]any{k.Want}))
	case *failure.Pattern:
		return fmt.Sprintf("%s has the form %q, which must match %q.", what, clip(k.Got), clip(k.Want)), ""
	case *failure.OneOf, *failure.Not:
		return fmt.Sprintf("%s has fields that exclude each other, such as \"schema\" beside \"content\", or \"example\" beside \"examples\".", what), "Keep one of the two, and remove the other."
	}
	return fmt.Sprintf("%s: %s.", what, clip(e.ErrorKind.LocalizedString(english))), ""
}

// known are values for fields that documents lack often.
var known = map[string]string{
	"description": `"description": ""`, "responses": `"responses": {"200": {"description": "OK"}}`, "version": `"version": "1.0.0"`,
	"title": `"title": "Name of the API"`, "paths": `"paths": {}`, "required": `"required": true`, "info": `"info": {"title": "Name of the API", "version": "1.0.0"}`,
	"type": `"type": "string"`, "schema": `"schema": {"type": "string"}`, "content": `"content": {}`, "scopes": `"scopes": {}`,
	"name": `"name": "the name"`, "in": `"in": "query"`, "url": `"url": "https://api.example.com"`,
}

func add(fields []string) string {
	var out []string
	for _, f := range fields {
		text, ok := known[f]
		if !ok {
			return fmt.Sprintf("Add %s.", quoted(fields))
		}
		out = append(out, text)
	}
	return fmt.Sprintf("Write %s there.", strings.Join(out, ", "))
}

func remove(fields []string) string {
	if len(fields) != 1 {
		return "Remove them, or start their names with \"x-\"."
	}
	return fmt.Sprintf("Remove it, or write %q.", clip("x-"+fields[0]))
}

// like shows what a value of a type looks like.
func like(types []string) string {
	if len(types) != 1 {
		return ""
	}
	shapes := map[string]string{"string": `"text", in quotes`, "boolean": "true or false, without quotes", "object": "an object, like {}", "array": "a list, like []",
		"number": "a number, without quotes", "integer": "a whole number, without quotes"}
	if shape, ok := shapes[types[0]]; ok {
		return "Write " + shape + "."
	}
	return ""
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", clip(n))
	}
	return strings.Join(out, ", ")
}

func values(all []any) string {
	out := make([]string, len(all))
	for i, v := range all {
		b, _ := json.Marshal(v)
		out[i] = clip(string(b))
	}
	return strings.Join(out, ", ")
}
