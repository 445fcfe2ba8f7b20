package upstream

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// wrong is one field at fault, as the problem documents list it.
type wrong struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// check compares a value, decoded with json.Number, with its schema.
func (s *schema) check(field string, v any) []wrong {
	if s == nil || v == nil && s.nullable {
		return nil
	}
	var message string
	switch s.kind {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			return []wrong{{field, "must be an object"}}
		}
		return s.checkObject(field, m)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return []wrong{{field, "must be a list"}}
		}
		return s.checkList(field, list)
	case "string":
		message = s.checkString(v)
	case "integer", "number":
		message = s.checkNumber(v)
	case "boolean":
		if _, ok := v.(bool); !ok {
			message = "must be true or false"
		}
	}
	if message == "" && s.enum != nil && !slices.Contains(s.enum, v) {
		message = fmt.Sprintf("must be one of %v", s.enum)
	}
	if message != "" {
		return []wrong{{field, message}}
	}
	return nil
}

func (s *schema) checkObject(field string, m map[string]any) (faults []wrong) {
	within := func(name string) string {
		if field == "" {
			return name
		}
		return field + "." + name
	}
	for _, name := range s.required {
		if _, there := m[name]; !there {
			faults = append(faults, wrong{within(name), "is missing"})
		}
	}
	if len(m) < s.minSize {
		faults = append(faults, wrong{field, fmt.Sprintf("needs at least %d field", s.minSize)})
	}
	for _, p := range s.properties {
		if v, there := m[p.name]; there {
			faults = append(faults, p.schema.check(within(p.name), v)...)
		}
	}
	if s.closed {
		for name := range m {
			if s.property(name) == nil {
				faults = append(faults, wrong{within(name), "is not a field of this"})
			}
		}
	}
	slices.SortStableFunc(faults, func(a, b wrong) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

func (s *schema) checkList(field string, list []any) (faults []wrong) {
	if len(list) < s.minSize || len(list) > s.maxSize {
		return []wrong{{field, fmt.Sprintf("must have %d to %d entries", s.minSize, s.maxSize)}}
	}
	for i, v := range list {
		faults = append(faults, s.items.check(fmt.Sprintf("%s[%d]", field, i), v)...)
	}
	return faults
}

func (s *schema) checkString(v any) string {
	t, ok := v.(string)
	if !ok {
		return "must be text"
	}
	switch n := utf8.RuneCountInString(t); {
	case n < s.minSize:
		return fmt.Sprintf("must have at least %d characters", s.minSize)
	case n > s.maxSize:
		return fmt.Sprintf("must have at most %d characters", s.maxSize)
	case s.pattern != nil && !s.pattern.MatchString(t):
		return "must match " + s.pattern.String()
	}
	switch s.format {
	case "date-time":
		if _, err := time.Parse(time.RFC3339, t); err != nil {
			return "must be a time like 2026-11-23T17:15:00Z"
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, t); err != nil {
			return "must be a day like 2026-11-23"
		}
	case "uuid":
		if !uuidForm.MatchString(t) {
			return "must be a UUID"
		}
	}
	return ""
}

func (s *schema) checkNumber(v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return "must be a number"
	}
	f, err := n.Float64()
	switch {
	case err != nil:
		return "must be a number"
	case s.kind == "integer" && f != math.Trunc(f):
		return "must be a whole number"
	case f < s.min:
		return "must be at least " + strconv.FormatFloat(s.min, 'f', -1, 64)
	case f > s.max:
		return "must be at most " + strconv.FormatFloat(s.max, 'f', -1, 64)
	case s.step > 0 && math.Mod(f, s.step) != 0:
		return "must be in steps of " + strconv.FormatFloat(s.step, 'f', -1, 64)
	}
	return ""
}

// checkText compares a parameter's text with its schema.
func (s *schema) checkText(name, t string) []wrong {
	var v any = t
	switch s.kind {
	case "integer", "number":
		v = json.Number(t)
	case "boolean":
		if t == "true" || t == "false" {
			v = t == "true"
		}
	}
	return s.check(name, v)
}
