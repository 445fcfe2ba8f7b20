package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/gateway"
	"gatehouse/internal/spec"
)

// input is a call, read as far as its answer depends on it.
type input struct {
	gateway.MockCall
	path  map[string]string // of the template, decoded
	query url.Values
	kind  string                     // media type of the body
	json  map[string]json.RawMessage // members of a body that is a JSON object
	bad   error                      // the body says it is JSON, and is not
}

func (op *Operation) input(c gateway.MockCall) *input {
	in := &input{MockCall: c, path: op.path.values(c.Path)}
	in.query, _ = url.ParseQuery(c.Query) // what cannot be read is not there
	in.kind, _, _ = mime.ParseMediaType(c.Header.Get("Content-Type"))
	if len(c.Body) > 0 && isJSON(in.kind) {
		var whole any
		if in.bad = json.Unmarshal(c.Body, &whole); in.bad == nil {
			_ = json.Unmarshal(c.Body, &in.json) // an array has no members
		}
	}
	return in
}

func isJSON(kind string) bool { return kind == "application/json" || strings.HasSuffix(kind, "+json") }

// misfit says in what the call does not fit the document, in broad strokes: what
// is missing or cannot be read. It is no validation: an API says more.
func (op *Operation) misfit(in *input) string {
	for _, p := range op.detail.Parameters {
		if p.Missing != "" {
			continue
		}
		value, there := in.parameter(p)
		switch {
		case !there && p.Required && p.In != "path" && p.In != "cookie":
			return fmt.Sprintf("The %s parameter %q is missing.", p.In, p.Name)
		case there && !readable(value, p.Schema):
			return fmt.Sprintf("The %s parameter %q must be %s.", p.In, p.Name, article(p.Schema.Types[0]))
		}
	}
	return op.bodyMisfit(in)
}

// parameter finds one; of what a style spreads over several names, any will do.
func (in *input) parameter(p spec.Parameter) (value string, there bool) {
	switch p.In {
	case "path":
		value, there = in.path[p.Name]
	case "query":
		if values, ok := in.query[p.Name]; ok {
			return values[0], true
		}
		if p.Style == "form" && p.Explode && p.Schema != nil && len(p.Schema.Properties) > 0 {
			return "", true // its members stand under their own names
		}
		for name := range in.query {
			if strings.HasPrefix(name, p.Name+"[") {
				return "", true
			}
		}
	case "querystring":
		return "", in.Query != ""
	case "header":
		if slices.Contains([]string{"Accept", "Content-Type", "Authorization"}, http.CanonicalHeaderKey(p.Name)) {
			return "", true // OpenAPI describes these elsewhere
		}
		if values := in.Header.Values(p.Name); len(values) > 0 {
			return "", true
		}
	}
	return value, there
}

// readable reports whether a value can be one of a schema: numbers and booleans
// are looked at, the rest is the API's to judge.
func readable(value string, s *spec.Schema) bool {
	if s == nil || len(s.Types) != 1 || value == "" {
		return true
	}
	var err error
	switch s.Types[0] {
	case "integer":
		_, err = strconv.ParseInt(value, 10, 64)
	case "number":
		_, err = strconv.ParseFloat(value, 64)
	case "boolean":
		_, err = strconv.ParseBool(value)
	}
	return err == nil
}

func article(kind string) string {
	if kind == "integer" {
		return "an integer"
	}
	return "a " + kind
}

func (op *Operation) bodyMisfit(in *input) string {
	b := op.detail.Body
	switch {
	case in.bad != nil:
		return "The body is not JSON: " + in.bad.Error() + "."
	case b == nil || b.Missing != "":
		return ""
	case len(in.Body) == 0:
		if b.Required {
			return "The body is missing."
		}
		return ""
	}
	var kinds []string
	for _, m := range b.Media {
		if in.kind != "" && matches(m.Type, in.kind) {
			return memberMisfit(in, m.Schema)
		}
		kinds = append(kinds, m.Type)
	}
	if len(kinds) == 0 {
		return ""
	}
	return fmt.Sprintf("The body is %s; the operation takes %s.", orNone(in.kind), strings.Join(kinds, ", "))
}

func orNone(kind string) string {
	if kind == "" {
		return "of no type: Content-Type is missing"
	}
	return kind
}

// memberMisfit names a required member that a JSON object lacks.
func memberMisfit(in *input, s *spec.Schema) string {
	if s == nil || !isJSON(in.kind) || len(s.Types) != 1 || s.Types[0] != "object" || s.Nullable {
		return ""
	}
	if in.json == nil && !bytes.Equal(bytes.TrimSpace(in.Body), []byte("{}")) {
		return "The body must be a JSON object."
	}
	for _, p := range s.Properties {
		if _, there := in.json[p.Name]; p.Required && (p.Schema == nil || !p.Schema.ReadOnly) && !there {
			return fmt.Sprintf("The body lacks %q.", p.Name)
		}
	}
	return ""
}

// template is a path template, taken apart at its slashes.
type template []segment

// segment has parameters between texts, of which there is one more; none where it
// has no parameter.
type segment struct{ names, between []string }

var parameterName = regexp.MustCompile(`\{([^{}]*)\}`)

func compileTemplate(path string) (t template) {
	path, _, _ = strings.Cut(path, "#")
	for text := range strings.SplitSeq(path, "/") {
		var s segment
		last := 0
		for _, at := range parameterName.FindAllStringSubmatchIndex(text, -1) {
			s.between = append(s.between, text[last:at[0]])
			s.names, last = append(s.names, text[at[2]:at[3]]), at[1]
		}
		s.between = append(s.between, text[last:])
		t = append(t, s)
	}
	return t
}

// values are the parameters of a path that matches.
func (t template) values(path string) map[string]string {
	out := map[string]string{}
	segments := strings.Split(path, "/")
	for i, text := range segments[:min(len(segments), len(t))] {
		for j, value := range t[i].match(text) {
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			out[t[i].names[j]] = value
		}
	}
	return out
}

// match gives each parameter the shortest text of one character or more with which
// the rest fits, in one pass: documents may have thousands of parameters. Nil where
// the text does not fit.
func (s segment) match(text string) (values []string) {
	text, fits := strings.CutPrefix(text, s.between[0])
	for i := range s.names {
		_, first := utf8.DecodeRuneInString(text)
		end := first + strings.Index(text[first:], s.between[i+1])
		if i == len(s.names)-1 { // takes all up to the segment's end
			end = len(strings.TrimSuffix(text, s.between[i+1]))
			fits = fits && strings.HasSuffix(text, s.between[i+1])
		}
		if !fits || first == 0 || end < first {
			return nil
		}
		values, text = append(values, text[:end]), text[end+len(s.between[i+1]):]
	}
	return values
}
