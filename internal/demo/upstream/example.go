package upstream

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Request is a call that an operation's document allows, ready to be sent to
// the gateway below the version's address.
type Request struct {
	Method string
	Path   string // escaped, begins with a slash, with its query
	Header http.Header
	Body   []byte // nil without one
}

// Example makes the nth valid request for an operation, named as in
// Operations, with ids that exist now. It is false for an operation that is
// not documented, or whose path has nothing left to name.
func (e *Engine) Example(key string, n uint64) (Request, bool) {
	return e.example(key, n, nil)
}

// WrongExample is an Example whose ids nothing has; the engine answers 404.
// It is false for an operation whose path names nothing.
func (e *Engine) WrongExample(key string, n uint64) (Request, bool) {
	if !strings.Contains(key, "{") {
		return Request{}, false
	}
	return e.example(key, n, absent)
}

// absent is an id of the same form that no table reaches.
func absent(id string) string {
	head := strings.TrimRight(id, "0123456789")
	switch digits := len(id) - len(head); {
	case digits == 0 || strings.Contains(head, "_01J") || strings.Count(id, "-") == 4:
		return id[:len(id)-3] + "000"
	case digits <= 3:
		return head + strings.Repeat("9", max(2, digits))
	default:
		return head + strings.Repeat("9", digits)
	}
}

func (e *Engine) example(key string, n uint64, spoil func(string) string) (Request, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.operations, func(op *operation) bool { return op.Key() == key })
	if i < 0 {
		return Request{}, false
	}
	op := e.operations[i]
	rng := rand.New(rand.NewPCG(e.options.Seed, n))
	path, ok := e.examplePath(op, rng, spoil)
	if !ok {
		return Request{}, false
	}
	r := Request{Method: op.method, Path: path + e.exampleQuery(op, rng), Header: http.Header{}}
	for _, p := range op.header {
		if p.required {
			r.Header.Set(p.name, uuid(rng))
		}
	}
	if op.body != nil {
		g := e.generator(op.body, fmt.Sprint(key, n))
		r.Body, _ = json.Marshal(bodyFor(g, op.body))
		r.Header.Set("Content-Type", "application/json")
	}
	return r, true
}

// bodyFor leaves out what clients may not set, and cursors, which only an
// answer can give.
func bodyFor(g *generator, s *schema) any {
	r, isObject := g.value("", s).(*record)
	if !isObject {
		return nil
	}
	body := newRecord()
	for _, name := range r.names {
		p := s.property(name)
		if !p.readOnly && name != "cursor" && !(p.format == "date-time" && (name == "from" || name == "to")) {
			body.set(name, r.values[name])
		}
	}
	if len(body.names) == 0 && len(s.properties) > 0 {
		p := s.properties[len(s.properties)-1]
		body.set(p.name, g.value(p.name, p.schema))
	}
	return body
}

func (e *Engine) examplePath(op *operation, rng *rand.Rand, spoil func(string) string) (string, bool) {
	row := e.exampleRow(op, rng)
	var b strings.Builder
	for _, segment := range op.segments {
		if isParam(segment) {
			id, ok := e.exampleID(paramName(segment), row, rng)
			if !ok {
				return "", false
			}
			if spoil != nil {
				id = spoil(id)
			}
			segment = url.PathEscape(id)
		}
		b.WriteString("/" + segment)
	}
	return b.String(), true
}

// exampleRow is a row of what the path's end names, in a state that the
// operation can still change.
func (e *Engine) exampleRow(op *operation, rng *rand.Rand) *record {
	for _, segment := range slices.Backward(op.segments) {
		t := e.owner(paramName(segment))
		if !isParam(segment) || t == nil || len(t.rows) == 0 {
			continue
		}
		field, states := stateOf(op.answer)
		start := rng.IntN(len(t.rows))
		for i := range t.rows {
			row := t.rows[(start+i)%len(t.rows)]
			state := fmt.Sprint(row.values[field])
			ended := op.method == "DELETE" && slices.Contains(ends, state)
			if !ended && (op.method == "GET" || len(states) == 0 || !isAction(op, state)) {
				return row
			}
		}
		return nil
	}
	return nil
}

func (e *Engine) exampleID(name string, row *record, rng *rand.Rand) (string, bool) {
	t := e.owner(name)
	switch {
	case t == nil:
		return "", false
	case row != nil && row.values[name] != nil:
		return fmt.Sprint(row.values[name]), true
	case row != nil && slices.Contains(t.rows, row):
		return fmt.Sprint(row.values[t.key]), true
	case row == nil || len(t.rows) == 0:
		return "", false
	}
	return fmt.Sprint(t.rows[rng.IntN(len(t.rows))].values[t.key]), true
}

// exampleQuery has what is required, and now and then a filter or a limit.
func (e *Engine) exampleQuery(op *operation, rng *rand.Rand) string {
	values := url.Values{}
	for _, p := range op.query {
		if slices.Contains([]string{"cursor", "page", "offset", "from", "to", "dry_run"}, p.name) {
			continue
		}
		if !p.required && rng.IntN(5) > 0 {
			continue
		}
		schema := p.schema
		if schema.kind == "array" {
			schema = schema.items
		}
		g := e.generator(schema, fmt.Sprint(op.path, p.name, rng.Uint64()))
		values.Set(p.name, fmt.Sprint(g.value(p.name, schema)))
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}
