package mock

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/spec"
)

func limitOf(s *spec.Schema, name string) string {
	for _, l := range s.Limits {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// bound is a limit that is a whole number, -1 where there is none.
func bound(s *spec.Schema, name string) int {
	n, err := strconv.ParseFloat(limitOf(s, name), 64)
	if err != nil || n < 0 || n > 1<<30 {
		return -1
	}
	return int(n)
}

// span is from where to where a number may be. OpenAPI 3.0 has exclusive bounds
// as booleans beside the others, later dialects as numbers of their own.
func span(s *spec.Schema, low, high float64) (float64, float64) {
	step := 1.0
	if kind(s) == "number" {
		step = 0.01
	}
	read := func(name string) (v float64, exclusive, ok bool) {
		if v, err := strconv.ParseFloat(limitOf(s, "exclusive"+strings.ToUpper(name[:1])+name[1:]), 64); err == nil {
			return v, true, true
		}
		v, err := strconv.ParseFloat(limitOf(s, name), 64)
		return v, limitOf(s, "exclusive"+strings.ToUpper(name[:1])+name[1:]) == "true", err == nil
	}
	v, exclusive, hasLow := read("minimum")
	if hasLow {
		if low = v; exclusive {
			low += step
		}
		high = low + 1000
	}
	if v, exclusive, ok := read("maximum"); ok {
		if high = v; exclusive {
			high -= step
		}
		if !hasLow {
			low = min(low, high-1000)
			if v >= 0 {
				low = max(low, 0)
			}
		}
	}
	return low, max(low, high)
}

func (g *generator) integer(s *spec.Schema) int64 {
	low, high := span(s, 1, 10_000)
	low, high = math.Ceil(clamp(low)), math.Floor(clamp(high))
	n := int64(low)
	if width := int64(high) - n; width > 0 {
		n += g.Int64N(width + 1)
	}
	if step, err := strconv.ParseInt(limitOf(s, "multipleOf"), 10, 64); err == nil && step > 0 && step < 1<<52 {
		if up := (n + step - 1) / step * step; float64(up) <= high || n <= 0 {
			return up
		}
		return n / step * step
	}
	return n
}

// clamp keeps a number where JSON's readers agree about it (RFC 8259 §6).
// What is no number at all is 0.
func clamp(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return min(max(f, -1<<52), 1<<52)
}

func (g *generator) number(s *spec.Schema) float64 {
	low, high := span(s, 0, 1000)
	low, high = clamp(low), clamp(high)
	n := low + g.Float64()*(high-low)
	if step, err := strconv.ParseFloat(limitOf(s, "multipleOf"), 64); err == nil && step > 0 && !math.IsInf(step, 0) && !math.IsInf(n/step, 0) {
		return clamp(math.Floor(n/step) * step)
	}
	return min(max(math.Round(n*100)/100, low), high)
}

// formats make texts of what JSON Schema and OpenAPI name. Names and addresses are
// those that the RFCs keep for examples.
var formats = map[string]func(*generator) string{
	"uuid": func(g *generator) string {
		a, b := g.Uint64(), g.Uint64()
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
	},
	"date-time":     func(g *generator) string { return g.moment().Format(time.RFC3339) },
	"date":          func(g *generator) string { return g.moment().Format(time.DateOnly) },
	"time":          func(g *generator) string { return g.moment().Format("15:04:05Z") },
	"duration":      func(g *generator) string { return fmt.Sprintf("PT%dM", 1+g.IntN(600)) },
	"email":         func(g *generator) string { return g.word() + "." + g.word() + "@example.com" },
	"idn-email":     func(g *generator) string { return g.word() + "@example.com" },
	"hostname":      func(g *generator) string { return g.word() + ".example.com" },
	"idn-hostname":  func(g *generator) string { return g.word() + ".example.com" },
	"uri":           func(g *generator) string { return "https://example.com/" + g.word() + "/" + strconv.Itoa(g.IntN(1000)) },
	"url":           func(g *generator) string { return "https://example.com/" + g.word() },
	"iri":           func(g *generator) string { return "https://example.com/" + g.word() },
	"uri-reference": func(g *generator) string { return "/" + g.word() },
	"uri-template":  func(g *generator) string { return "/" + g.word() + "/{id}" },
	"json-pointer":  func(g *generator) string { return "/" + g.word() },
	"ipv4":          func(g *generator) string { return fmt.Sprintf("192.0.2.%d", 1+g.IntN(254)) },
	"ipv6":          func(g *generator) string { return fmt.Sprintf("2001:db8::%x", 1+g.IntN(0xffff)) },
	"byte":          func(g *generator) string { return base64.StdEncoding.EncodeToString([]byte(g.word() + " " + g.word())) },
	"base64url":     func(g *generator) string { return base64.RawURLEncoding.EncodeToString([]byte(g.word())) },
	"binary":        func(g *generator) string { return g.word() + " " + g.word() },
	"decimal":       func(g *generator) string { return fmt.Sprintf("%d.%02d", g.IntN(1000), g.IntN(100)) },
	"int64":         func(g *generator) string { return strconv.Itoa(1 + g.IntN(1<<30)) },
}

// moment of the first half of 2026, always the same for the same call.
func (g *generator) moment() time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.IntN(180*86400)) * time.Second)
}

var words = strings.Fields("amber anchor basin beacon birch bridge canal cedar cobalt copper delta ember fjord garnet harbor indigo " +
	"juniper kestrel lagoon lantern maple meadow nickel north ocean olive orchid pebble quartz quay raven ridge river " +
	"saffron silver slate sparrow summit tidal timber umber valley violet walnut west willow winter zephyr")

func (g *generator) word() string { return words[g.IntN(len(words))] }

// text makes one that fits format, pattern or lengths, as well as that can be done.
func (g *generator) text(s *spec.Schema, name string) string {
	if format := formats[s.Format]; format != nil {
		return format(g)
	}
	low, high := bound(s, "minLength"), bound(s, "maxLength")
	if pattern := limitOf(s, "pattern"); pattern != "" {
		if out, ok := g.matching(pattern); ok {
			return out
		}
	}
	out := g.word()
	switch plain := strings.ToLower(name); {
	case plain == "id" || strings.HasSuffix(name, "Id") || strings.HasSuffix(plain, "_id"):
		out = fmt.Sprintf("%s-%04d", out, g.IntN(10_000))
	case strings.Contains(plain, "email"):
		out = formats["email"](g)
	case strings.HasSuffix(plain, "url") || strings.HasSuffix(plain, "uri"):
		out = formats["uri"](g)
	case strings.Contains(plain, "description") || strings.Contains(plain, "message") || plain == "title" || plain == "detail":
		out = strings.ToUpper(out[:1]) + out[1:] + " " + g.word() + " " + g.word()
	}
	for low > 0 && utf8.RuneCountInString(out) < min(low, 4096) {
		out += "-" + g.word()
	}
	if high >= 0 && utf8.RuneCountInString(out) > high {
		out = string([]rune(out)[:high])
	}
	return out
}

// matching makes a text of a regular expression. ECMA's dialect has things that
// Go's has not; then, and where it grows too long, ok is false.
func (g *generator) matching(pattern string) (_ string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	b := &spelling{}
	ok = g.spell(b, re.Simplify(), 0)
	return b.String(), ok && b.Len() <= 1024 && utf8.ValidString(b.String())
}

// spelling is a text that grows, with the steps that were taken: an expression can
// repeat nothing as often as it likes.
type spelling struct {
	strings.Builder
	steps int
}

func (g *generator) spell(b *spelling, re *syntax.Regexp, depth int) bool {
	if b.steps++; depth > 100 || b.Len() > 1024 || b.steps > 10_000 {
		return false
	}
	each := func(n int) bool {
		for range n {
			if !g.spell(b, re.Sub[0], depth+1) {
				return false
			}
		}
		return true
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		return g.spellClass(b, re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + g.IntN(26)))
	case syntax.OpStar:
		return each(g.IntN(4))
	case syntax.OpPlus:
		return each(1 + g.IntN(4))
	case syntax.OpQuest:
		return each(g.IntN(2))
	case syntax.OpRepeat:
		return each(re.Min + g.IntN(max(min(re.Max, re.Min+4)-re.Min, 0)+1))
	case syntax.OpCapture:
		return each(1)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !g.spell(b, sub, depth+1) {
				return false
			}
		}
	case syntax.OpAlternate:
		return g.spell(b, re.Sub[g.IntN(len(re.Sub))], depth+1)
	case syntax.OpNoMatch:
		return false
	}
	return true // the rest is anchors, which take no room
}

// spellClass writes one character of a class, a readable one where there is one.
func (g *generator) spellClass(b *spelling, ranges []rune) bool {
	var readable []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := max(ranges[i], '!'); r <= min(ranges[i+1], '~'); r++ {
			readable = append(readable, r)
		}
	}
	switch {
	case len(readable) > 0:
		b.WriteRune(readable[g.IntN(len(readable))])
	case len(ranges) > 0:
		b.WriteRune(ranges[0])
	default:
		return false
	}
	return true
}
