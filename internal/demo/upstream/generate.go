package upstream

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// generator makes values that fit a schema. The same seed and name make the
// same values, so that a restart answers as the run before it did.
type generator struct {
	e     *Engine
	rng   *rand.Rand
	at    time.Time     // the times of one object ascend in the order of its fields
	step  time.Duration // between two times; 0 draws it
	fixed map[string]any
	own   string // the field that holds the object's own id
}

func (e *Engine) generator(s *schema, name string) *generator {
	h := fnv.New64a()
	h.Write([]byte(name))
	g := &generator{e: e, rng: rand.New(rand.NewPCG(e.options.Seed, h.Sum64())), fixed: map[string]any{}}
	g.at = e.day.Add(-time.Duration(g.rng.Int64N(int64(30 * 24 * time.Hour))))
	if firstIsAhead(s) {
		g.at = e.day.Add(time.Duration(g.rng.Int64N(int64(7 * 24 * time.Hour))))
	}
	return g
}

// ahead are names of times that lie in the future when they are written.
var ahead = []string{"due_at", "starts_at", "slot_starts_at", "gate_closes_at", "not_before", "expected_on", "on"}

func firstIsAhead(s *schema) bool {
	if s == nil {
		return false
	}
	for _, p := range s.properties {
		if p.schema.format == "date-time" || p.schema.format == "date" {
			return slices.Contains(ahead, p.name)
		}
	}
	return false
}

func (g *generator) object(s *schema) *record {
	r := newRecord()
	for _, p := range s.properties {
		if v, set := g.fixed[p.name]; set {
			r.set(p.name, v)
			continue
		}
		if !s.needs(p.name) && g.rng.IntN(7) == 0 {
			continue
		}
		r.set(p.name, g.value(p.name, p.schema))
	}
	return r
}

func (g *generator) value(name string, s *schema) any {
	if s.nullable && g.rng.IntN(5) == 0 {
		return nil
	}
	if len(s.enum) > 0 {
		if g.rng.IntN(2) == 0 { // the first is the usual one
			return s.enum[0]
		}
		return s.enum[g.rng.IntN(len(s.enum))]
	}
	switch s.kind {
	case "object":
		inner := *g
		inner.fixed = nil
		r := inner.object(s)
		g.at = inner.at
		return r
	case "array":
		return g.list(s)
	case "integer", "number":
		return g.number(s)
	case "boolean":
		return (g.rng.IntN(4) == 0) != (s.fallback == true)
	}
	return g.text(name, s)
}

func (g *generator) list(s *schema) []any {
	n := min(max(1+g.rng.IntN(4), s.minSize), s.maxSize)
	inner := *g
	inner.fixed, inner.step = nil, 15*time.Minute
	list := make([]any, 0, n)
	for range n {
		list = append(list, inner.value("", s.items))
	}
	return list
}

func (g *generator) number(s *schema) any {
	low, high := s.min, s.max
	if math.IsInf(low, -1) {
		low = 0
	}
	if math.IsInf(high, 1) {
		high = low + 500
	}
	f := low + g.rng.Float64()*(high-low)
	if s.step > 0 {
		f = min(math.Ceil(f/s.step)*s.step, math.Floor(high/s.step)*s.step)
	}
	if s.kind == "integer" {
		return int64(math.Round(f))
	}
	return math.Round(f*10) / 10
}

func (g *generator) text(name string, s *schema) string {
	if owner := g.e.owner(name); owner != nil && name != g.own && len(owner.rows) > 0 {
		row := owner.rows[g.rng.IntN(len(owner.rows))]
		return fmt.Sprint(row.values[owner.key])
	}
	switch s.format {
	case "date-time":
		return g.moment(name).Format(time.RFC3339)
	case "date":
		return g.moment(name).Format(time.DateOnly)
	case "uuid":
		return uuid(g.rng)
	case "decimal":
		return fmt.Sprintf("%d.%02d", 20+g.rng.IntN(160), g.rng.IntN(100))
	}
	if len(s.examples) > 0 {
		return fmt.Sprint(s.examples[g.rng.IntN(len(s.examples))])
	}
	return "text"
}

func (g *generator) moment(name string) time.Time {
	t := g.at
	switch {
	case name == "at" && g.step > 0:
		g.at = t.Add(time.Second)
	case g.step > 0:
		g.at = t.Add(g.step)
	default:
		g.at = t.Add(5*time.Minute + time.Duration(g.rng.Int64N(int64(3*time.Hour))))
	}
	if slices.Contains(ahead, name) || name == "ends_at" {
		t = t.Truncate(15 * time.Minute)
	}
	return t.Truncate(time.Second)
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newID is the nth id of a kind, in the form of the schema's example: STS-3
// makes STS-1, STS-2 …, off_01JD4V8QK2 makes others of its length.
func newID(s *schema, n int, rng *rand.Rand) string {
	if s.format == "uuid" {
		return uuid(rng)
	}
	example := "item-1"
	if len(s.examples) > 0 {
		example = fmt.Sprint(s.examples[0])
	}
	if prefix, rest, ok := strings.Cut(example, "_"); ok && strings.ContainsAny(rest, crockford[10:]) {
		id := []byte(prefix + "_01J")
		for len(id) < len(example) {
			id = append(id, crockford[rng.IntN(len(crockford))])
		}
		return string(id)
	}
	head := strings.TrimRight(example, "0123456789")
	tail := example[len(head):]
	if len(tail) <= 3 {
		return fmt.Sprintf("%s%0*d", head, len(tail), n+1)
	}
	var start int64
	fmt.Sscanf(tail, "%d", &start)
	return fmt.Sprintf("%s%0*d", head, len(tail), start+int64(n)*7)
}

func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}
