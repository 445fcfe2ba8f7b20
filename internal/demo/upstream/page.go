package upstream

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// page answers a list: the rows that the path and the conditions leave, from
// where the cursor, page or offset says.
func (e *Engine) page(c *call) *answer {
	field, items := c.op.list()
	t := e.tableOf(items)
	if t == nil {
		return e.single(c)
	}
	rows := []any{}
	for _, r := range t.rows {
		if e.below(c, t, r) && matches(c, items, r) {
			rows = append(rows, e.seen(r))
		}
	}
	limit := c.number(50, "limit", "per_page")
	start := c.number(0, "offset") + (c.number(1, "page")-1)*limit
	if cursor := c.condition("cursor"); cursor != "" {
		var ok bool
		if start, ok = readCursor(cursor); !ok {
			return refusal(c.op, http.StatusBadRequest, "cursor is not one of ours.", wrong{"cursor", "is not one of ours"})
		}
	}
	total := len(rows)
	end := min(start+limit, total)
	rows = rows[min(start, end):end]
	if field == "" {
		return c.ok(rows)
	}
	body := newRecord()
	for _, p := range c.op.answer.properties {
		switch p.name {
		case field:
			body.set(field, rows)
		case "next", "next_cursor":
			if end < total {
				body.set(p.name, writeCursor(end))
			} else if p.schema.nullable {
				body.set(p.name, nil)
			}
		case "total":
			body.set("total", total)
		case "page":
			body.set("page", c.number(1, "page"))
		case "per_page", "limit":
			body.set(p.name, limit)
		}
	}
	return c.ok(body)
}

// below tells whether a row hangs under what the path names.
func (e *Engine) below(c *call, t *table, r *record) bool {
	for name, id := range c.params {
		v, there := r.values[name]
		if !there {
			v, there = r.values[strings.TrimSuffix(name, "_id")]
		}
		if there && v != id || !there && t.schema.property(name) != nil {
			return false
		}
	}
	return true
}

var paging = []string{"limit", "per_page", "page", "offset", "cursor", "dry_run"}

func matches(c *call, s *schema, r *record) bool {
	conditions := map[string][]string{}
	for _, p := range c.op.query {
		conditions[p.name] = c.query[p.name]
	}
	for name, v := range c.body {
		conditions[name] = []string{fmt.Sprint(v)}
	}
	for name, values := range conditions {
		if len(values) > 0 && !slices.Contains(paging, name) && !meets(s, r, name, values) {
			return false
		}
	}
	return true
}

func meets(s *schema, r *record, name string, values []string) bool {
	switch name {
	case "from", "to":
		for _, p := range s.properties {
			if t, ok := r.values[p.name].(string); ok && p.schema.format == "date-time" {
				return (t >= values[0]) == (name == "from") // RFC 3339 in UTC sorts as text
			}
		}
		return true
	}
	if field, least := strings.CutPrefix(name, "min_"); least {
		limit, _ := strconv.ParseFloat(values[0], 64)
		got, err := strconv.ParseFloat(fmt.Sprint(r.values[field]), 64)
		return err == nil && got >= limit
	}
	if s.property(name) == nil {
		return true
	}
	return slices.Contains(values, fmt.Sprint(r.values[name]))
}

func (c *call) condition(name string) string {
	if v, given := c.body[name]; given {
		return fmt.Sprint(v)
	}
	return c.query.Get(name)
}

func (c *call) number(otherwise int, names ...string) int {
	for _, name := range names {
		if n, err := strconv.Atoi(c.condition(name)); err == nil {
			return n
		}
	}
	for _, p := range c.op.query {
		if n, documented := p.schema.fallback.(int); documented && slices.Contains(names, p.name) {
			return n
		}
	}
	return otherwise
}

type cursor struct {
	After int `json:"a"`
}

func writeCursor(after int) string {
	data, _ := json.Marshal(cursor{after})
	return base64.RawURLEncoding.EncodeToString(data)
}

func readCursor(t string) (int, bool) {
	data, err := base64.RawURLEncoding.DecodeString(t)
	var c cursor
	if err != nil || json.Unmarshal(data, &c) != nil || c.After < 0 {
		return 0, false
	}
	return c.After, true
}
