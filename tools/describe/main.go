// Describe finishes what swag wrote of the management API, which says less
// than its comments do: errors are problem documents, a field without omitempty
// is always there, and names are for readers.
//
//	go run ./tools/describe IN.json OUT.json DIR…
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "describe:", err)
		os.Exit(1)
	}
}

// object is a JSON object; it is written with its names sorted.
type object = map[string]any

func run(in, out string, dirs []string) error {
	raw, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var d object
	if err := json.Unmarshal(rename(raw), &d); err != nil {
		return err
	}
	types, err := typesOf(dirs)
	if err != nil {
		return err
	}
	delete(d, "externalDocs") // swag leaves an empty one
	for _, path := range d["paths"].(object) {
		for _, operation := range path.(object) {
			finish(operation.(object))
		}
	}
	for name, schema := range d["components"].(object)["schemas"].(object) {
		s := schema.(object)
		delete(s, "description") // swag takes that of a field that has the schema
		if list, ok := strings.CutSuffix(name, "List"); ok && types[list] != nil {
			s["required"] = []string{"items"}
		} else if t := types[name]; t != nil {
			t.describe(s)
		}
		for _, p := range s["properties"].(object) {
			delete(p.(object), "uniqueItems")
		}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return err
	}
	return os.WriteFile(out, text.Bytes(), 0o644)
}

var generic = regexp.MustCompile(`api\.listJSON-(\w+)`)

// rename gives schemas that come from Go's names the names of the rest.
func rename(raw []byte) []byte {
	raw = generic.ReplaceAll(raw, []byte("${1}List"))
	return bytes.ReplaceAll(raw, []byte("fault.Field"), []byte("ProblemField"))
}

// everywhere are the refusals that every operation can meet, whatever it does:
// two credentials, and a database that does not answer.
var everywhere = []int{http.StatusBadRequest, http.StatusServiceUnavailable}

// finish mends one operation.
func finish(o object) {
	for _, code := range everywhere {
		if status := strconv.Itoa(code); o["responses"].(object)[status] == nil {
			o["responses"].(object)[status] = object{}
		}
	}
	if body, ok := o["requestBody"].(object); ok {
		body["required"] = true
		for _, media := range body["content"].(object) {
			if ref, ok := media.(object)["schema"].(object); ok && ref["$ref"] != nil {
				delete(ref, "summary") // it says "body"
				delete(ref, "description")
			}
		}
	}
	for status, response := range o["responses"].(object) {
		code, err := strconv.Atoi(status)
		if err != nil || code < 400 {
			continue
		}
		r := response.(object)
		r["description"] = http.StatusText(code) // swag takes that of the first in the list
		r["content"] = object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}
	}
}

var named = regexp.MustCompile(`@name (\w+)`)

// described is what the source says of a schema.
type described struct {
	words    string
	required []string          // fields that are always there
	fields   map[string]string // comments, by the name of the field
}

// describe adds it. A field that is a schema of its own keeps its own words beside
// it, which OpenAPI 3.1 allows and swag does not write.
func (t *described) describe(schema object) {
	if t.words != "" {
		schema["description"] = t.words
	}
	if len(t.required) > 0 {
		schema["required"] = t.required
	}
	for name, p := range schema["properties"].(object) {
		if field := p.(object); field["$ref"] != nil && t.fields[name] != "" {
			field["description"] = t.fields[name]
		}
	}
}

// typesOf are the types that the source gives the name of a schema.
func typesOf(dirs []string) (map[string]*described, error) {
	out := map[string]*described{"ProblemField": {words: "One input that is wrong.", required: []string{"name", "message"}}}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			structs(f, out)
		}
	}
	out["UsageSlot"].required = append(out["UsageSlot"].required, out["UsageCounts"].required...)
	return out, nil
}

func structs(f *ast.File, out map[string]*described) {
	ast.Inspect(f, func(n ast.Node) bool {
		g, ok := n.(*ast.GenDecl)
		if !ok {
			return true
		}
		for _, spec := range g.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			s, ok := t.Type.(*ast.StructType)
			if name := named.FindStringSubmatch(t.Comment.Text()); ok && name != nil {
				out[name[1]] = fieldsOf(s)
				out[name[1]].words = sentence(t.Name.Name, g.Doc.Text())
			}
		}
		return false
	})
}

// sentence makes a description of a doc comment: what "rateJSON allows …" begins
// with is Go's name, and "is" goes with it.
func sentence(name, doc string) string {
	words := strings.TrimPrefix(strings.Join(strings.Fields(doc), " "), name+" ")
	words = strings.TrimPrefix(words, "is ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func fieldsOf(s *ast.StructType) *described {
	d := &described{fields: map[string]string{}}
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if !strings.Contains(options, "omitempty") {
			d.required = append(d.required, name)
		}
		d.fields[name] = strings.TrimSpace(f.Comment.Text())
	}
	return d
}
