package upstream

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Bounds of what one engine keeps: the oldest goes when a new one comes.
const (
	rowsOfRoot  = 20 // made at the start for kinds that refer to nothing
	rowsOfChild = 120
	maxRows     = 500
	maxKept     = 500 // settings made by PUT, and answers by Idempotency-Key
)

// table holds all objects of one schema. Lists, items and lists below an item
// show the same rows, filtered; so they can't disagree.
type table struct {
	schema *schema
	key    string    // field of the id; empty for what is only listed
	rows   []*record // what was made by calls first, the newest of them at the top
	made   int
	filled bool
}

// findTables makes a table of every schema that is listed, or is read by its
// id at the end of a path.
func (e *Engine) findTables() {
	for _, op := range e.operations {
		if op.method == "GET" {
			if _, items := op.list(); items != nil {
				e.addTable(items)
			}
		}
	}
	for _, op := range e.operations {
		last := op.segments[len(op.segments)-1]
		if op.answer == nil || op.answer.name == "" || !isParam(last) {
			continue
		}
		t := e.addTable(op.answer)
		t.key = "id"
		if name := paramName(last); t.schema.property(name) != nil {
			t.key = name
		}
		e.owners[paramName(last)] = t
	}
	for _, t := range e.tables {
		if name := snake(t.schema.name) + "_id"; t.key == "" && t.schema.property(name) != nil {
			t.key = name
			e.owners[name] = t
		}
	}
}

func (e *Engine) addTable(s *schema) *table {
	for _, t := range e.tables {
		if t.schema == s {
			return t
		}
	}
	t := &table{schema: s}
	e.tables = append(e.tables, t)
	return t
}

func (e *Engine) tableOf(s *schema) *table {
	for _, t := range e.tables {
		if t.schema == s {
			return t
		}
	}
	return nil
}

// owner is the table whose ids a parameter or field of this name holds: both
// crane_id and crane hold a crane's.
func (e *Engine) owner(name string) *table {
	if t := e.owners[name]; t != nil {
		return t
	}
	return e.owners[name+"_id"]
}

func (e *Engine) fill(t *table) {
	if t.filled {
		return
	}
	t.filled = true // before its owners, so that two kinds may refer to each other
	count := rowsOfRoot
	for _, p := range t.schema.properties {
		if owner := e.owner(p.name); owner != nil && owner != t {
			e.fill(owner)
			count = rowsOfChild
		}
	}
	for range count {
		t.rows = append(t.rows, e.newRow(t, nil))
	}
}

func (e *Engine) newRow(t *table, fixed map[string]any) *record {
	g := e.generator(t.schema, fmt.Sprintf("%s/%d", t.schema.name, t.made))
	g.own = t.key
	if fixed != nil {
		g.fixed = fixed
		g.at = e.options.Clock.Now().UTC()
	}
	if t.key != "" {
		g.fixed[t.key] = newID(t.schema.property(t.key), t.made, g.rng)
	}
	t.made++
	return g.object(t.schema)
}

func (t *table) add(r *record) {
	t.rows = slices.Insert(t.rows[:min(len(t.rows), maxRows-1)], 0, r)
}

func (t *table) find(id string) *record {
	for _, r := range t.rows {
		if t.key != "" && r.values[t.key] == id {
			return r
		}
	}
	return nil
}

func (t *table) remove(r *record) {
	t.rows = slices.DeleteFunc(t.rows, func(other *record) bool { return other == r })
}

func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
