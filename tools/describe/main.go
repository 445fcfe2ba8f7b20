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
	required, err := requiredOf(dirs)
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
		if list, ok := strings.CutSuffix(name, "List"); ok && required[list] != nil {
			s["required"] = []string{"items"}
		} else if len(required[name]) > 0 {
			s["required"] = required[name]
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

// finish mends one operation.
func finish(o object) {
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

// requiredOf are the fields that are always there, by the name of the schema.
func requiredOf(dirs []string) (map[string][]string, error) {
	out := map[string][]string{"ProblemField": {"name", "message"}}
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
	out["UsageSlot"] = append(out["UsageSlot"], out["UsageCounts"]...)
	return out, nil
}

func structs(f *ast.File, out map[string][]string) {
	ast.Inspect(f, func(n ast.Node) bool {
		t, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		s, ok := t.Type.(*ast.StructType)
		if name := named.FindStringSubmatch(t.Comment.Text()); ok && name != nil {
			out[name[1]] = always(s)
		}
		return false
	})
}

func always(s *ast.StructType) (names []string) {
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(f.Tag.Value)
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if !strings.Contains(options, "omitempty") {
			names = append(names, name)
		}
	}
	return names
}
