package mock

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/spec"
)

// echoes are what an answer's object takes over from the call: what its path names,
// and what a body says, so that what was asked for is what comes back.
func (g *generator) echoes(depth int) map[string]json.RawMessage {
	if depth > 0 {
		return nil
	}
	out := map[string]json.RawMessage{}
	for name, v := range g.in.json {
		if len(v) > 0 && v[0] != '{' && v[0] != '[' && string(v) != "null" {
			out[name] = v
		}
	}
	names := slices.Sorted(maps.Keys(g.in.path))
	for _, name := range names {
		value := g.in.path[name]
		raw, _ := json.Marshal(value)
		out[name] = raw
		// Of /orders/{orderId} it is the order's id.
		plain := strings.ToLower(name)
		if _, own := g.in.path["id"]; !own && (strings.HasSuffix(plain, "id") && len(names) == 1) {
			out["id"] = raw
		}
	}
	return out
}

// fitting is what the call said as it can stand where the schema is, nil where it
// cannot: a path's "7" is 7 for an integer.
func fitting(raw json.RawMessage, s *spec.Schema) json.RawMessage {
	if len(s.Const) > 0 {
		return nil
	}
	var value json.RawMessage
	switch kind(s) {
	case "string":
		value = alike(raw, json.RawMessage(`""`))
	case "boolean":
		value = alike(raw, json.RawMessage("true"))
	case "integer", "number":
		value = alike(raw, json.RawMessage("0"))
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(e json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(e), value) }) {
		return nil
	}
	return value
}

// echo is an example with what the call says in place of what its own members say,
// where both are of the same kind.
func (g *generator) echo(example json.RawMessage) []byte {
	out := compact(nil, example)
	if len(out) == 0 || out[0] != '{' {
		return out
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(out, &members) != nil {
		return out
	}
	said := g.echoes(0)
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if was, there := members[name]; there {
			if value := alike(said[name], was); value != nil {
				out = replaceMember(out, name, value)
			}
		}
	}
	return out
}

// alike is a value in the kind of another one, nil where it has none.
func alike(value, was json.RawMessage) json.RawMessage {
	isBool := func(c byte) bool { return c == 't' || c == 'f' }
	switch c := was[0]; {
	case c == '"' && value[0] == '"', isBool(c) && isBool(value[0]):
		return value
	case c == '-' || c >= '0' && c <= '9':
		if value[0] == '-' || value[0] >= '0' && value[0] <= '9' {
			return value
		}
		plain := strings.Trim(string(value), `"`)
		if n, err := strconv.ParseInt(plain, 10, 64); err == nil && strconv.FormatInt(n, 10) == plain {
			return json.RawMessage(plain)
		}
	}
	return nil
}

// replaceMember puts a value in the place of a member of an object, in compact JSON.
func replaceMember(object []byte, name string, value json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return object
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return object
		}
		from := d.InputOffset() + 1 // behind the colon
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return object
		}
		if key == name {
			to := d.InputOffset()
			return slices.Concat(object[:from], value, object[to:])
		}
	}
	return object
}
