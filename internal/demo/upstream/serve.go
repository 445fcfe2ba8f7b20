package upstream

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// answer does what the operation's shape says. The engine is locked.
func (e *Engine) answer(c *call) *answer {
	if missing := e.missing(c); missing != nil {
		return missing
	}
	if faults := e.unknown(c); len(faults) > 0 {
		return refusal(c.op, http.StatusUnprocessableEntity, sentence(faults), faults...)
	}
	kept := c.op.Key() + " " + c.key
	if c.key != "" {
		if first, again := e.first.get(kept); again {
			return &first
		}
	}
	a := e.act(c)
	if c.key != "" && a.status < 300 {
		e.first.put(kept, *a)
	}
	return a
}

func (e *Engine) act(c *call) *answer {
	op := c.op
	item := e.item(c)
	t := e.tableOf(op.answer)
	switch _, items := op.list(); {
	case op.media != "" && op.media != "application/json":
		return c.ok(op.example)
	case items != nil && (op.method == "GET" || op.method == "POST" && op.success == 200 && t == nil):
		return e.page(c)
	case op.method == "POST" && op.success == 201 && t != nil:
		return e.create(c, t)
	case op.method == "DELETE" && item != nil:
		return e.end(c, item)
	case op.method == "GET" && item != nil && op.verb == "":
		return c.ok(e.seen(item))
	case op.method != "GET" && item != nil && e.rowOf(t, item):
		return e.change(c, item)
	}
	return e.single(c)
}

// missing is the 404 of a path that names something that is not there.
func (e *Engine) missing(c *call) *answer {
	for _, segment := range c.op.segments {
		if !isParam(segment) {
			continue
		}
		id := c.params[paramName(segment)]
		if t := e.owner(paramName(segment)); t != nil && t.find(id) == nil {
			kind := strings.ReplaceAll(snake(t.schema.name), "_", " ")
			return refusal(c.op, http.StatusNotFound, fmt.Sprintf("There is no %s %s.", kind, id))
		}
	}
	return nil
}

// unknown are ids in the body that nothing has.
func (e *Engine) unknown(c *call) (faults []wrong) {
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		id, isText := c.body[name].(string)
		if t := e.owner(name); isText && t != nil && t.find(id) == nil {
			faults = append(faults, wrong{name, fmt.Sprintf("%q is not known", id)})
		}
	}
	return faults
}

// item is the row that the path's last parameter names.
func (e *Engine) item(c *call) *record {
	for _, segment := range slices.Backward(c.op.segments) {
		if isParam(segment) {
			if t := e.owner(paramName(segment)); t != nil {
				return t.find(c.params[paramName(segment)])
			}
			return nil
		}
	}
	return nil
}

// seen brings a row up to date: what is watched all the time was seen just now.
func (e *Engine) seen(r *record) *record {
	if _, watched := r.values["seen_at"]; watched {
		r.set("seen_at", e.options.Clock.Now().UTC().Format(time.RFC3339))
	}
	return r
}

func (e *Engine) rowOf(t *table, item *record) bool {
	return t != nil && slices.Contains(t.rows, item)
}

func (c *call) ok(body any) *answer {
	return newAnswer(c.op.success, c.op.media, body)
}

func (e *Engine) create(c *call, t *table) *answer {
	row := e.newRow(t, e.given(c, t.schema))
	a := c.ok(row)
	if t.key != "" {
		a.location = c.path + "/" + fmt.Sprint(row.values[t.key])
	}
	if c.query.Get("dry_run") != "true" {
		t.add(row)
	}
	return a
}

// given are the fields that a new row takes from its request.
func (e *Engine) given(c *call, s *schema) map[string]any {
	fixed := map[string]any{}
	for _, name := range []string{"state", "status"} {
		if p := s.property(name); p != nil && len(p.enum) > 0 {
			fixed[name] = p.enum[0]
		}
	}
	for name, v := range c.params {
		fixed[name] = v
	}
	for name, v := range c.body {
		fixed[name] = v
	}
	return fixed
}

// ends are the states of things that were deleted but are still shown.
var ends = []string{"cancelled", "withdrawn", "voided", "lifted"}

func (e *Engine) end(c *call, item *record) *answer {
	field, states := stateOf(c.op.answer)
	for _, state := range states {
		if slices.Contains(ends, fmt.Sprint(state)) {
			return e.enter(c, item, field, state)
		}
	}
	for _, t := range e.tables {
		t.remove(item)
	}
	return c.ok(item)
}

// change merges the body into the row; an action like /confirm also sets the
// state that its name tells.
func (e *Engine) change(c *call, item *record) *answer {
	field, states := stateOf(c.op.answer)
	for _, state := range states {
		if isAction(c.op, fmt.Sprint(state)) {
			return e.enter(c, item, field, state)
		}
	}
	merge(item, c)
	return c.ok(item)
}

// enter sets a state. To enter it twice is a conflict, where one is documented.
func (e *Engine) enter(c *call, item *record, field string, state any) *answer {
	if item.values[field] == state && slices.Contains(c.op.errors, http.StatusConflict) {
		return refusal(c.op, http.StatusConflict, fmt.Sprintf("It is %s already.", strings.ReplaceAll(fmt.Sprint(state), "_", " ")))
	}
	merge(item, c)
	item.set(field, state)
	return c.ok(item)
}

func isAction(op *operation, state string) bool {
	stem := op.verb[:min(len(op.verb), 6)]
	return stem != "" && strings.Contains(state, stem)
}

func stateOf(s *schema) (field string, states []any) {
	if s == nil {
		return "", nil
	}
	for _, name := range []string{"state", "status"} {
		if p := s.property(name); p != nil {
			return name, p.enum
		}
	}
	return "", nil
}

func merge(item *record, c *call) {
	for _, p := range c.op.answer.properties {
		if v, given := c.body[p.name]; given {
			item.set(p.name, v)
		}
	}
}

// single is a thing that a path has one of, or an answer computed from the
// question: made from the path's name, with what the body says on top.
func (e *Engine) single(c *call) *answer {
	if c.op.answer == nil {
		return c.ok(nil)
	}
	if v, written := e.set.get(c.path); written && c.op.method == "GET" {
		return c.ok(v)
	}
	g := e.generator(c.op.answer, c.path)
	g.fixed = e.given(c, c.op.answer)
	for name, values := range c.query {
		g.fixed[name] = values[0]
	}
	r := g.object(c.op.answer)
	merge(r, c)
	if c.op.method == "PUT" {
		e.set.put(c.path, r)
	}
	return c.ok(r)
}
