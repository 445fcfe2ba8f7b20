package spec

import (
	"strings"
)

// percent encodes all but the unreserved characters (RFC 3986 §2.3) and those in
// also; what is encoded already stays where % is among them.
func percent(s, also string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		keep := ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9' || strings.IndexByte("-._~", ch) >= 0
		if ch == '%' {
			keep = strings.Contains(also, "%") && isTriple(s[i:])
		} else if strings.IndexByte(also, ch) >= 0 {
			keep = true
		}
		if keep {
			b.WriteByte(ch)
		} else {
			b.Write([]byte{'%', digits[ch>>4], digits[ch&15]})
		}
	}
	return b.String()
}

// allowedReserved are the reserved characters that may stand in a query for
// themselves: not those that part its pairs or end it (OpenAPI, allowReserved),
// and not the quote, which browsers' clients encode anyhow.
const allowedReserved = ":/?@!$()*,;%"

func (p Parameter) escape(s string) string {
	if p.Reserved {
		return percent(s, allowedReserved)
	}
	return percent(s, "")
}

// inPath serialises a value in the parameter's style (RFC 6570 §3.2).
func (p Parameter) inPath(v *node) string {
	out := ""
	switch {
	case p.Media != "":
		out = percent(p.encoded(v), "")
	case p.Style == "label":
		between := ","
		if p.Explode {
			between = "."
		}
		out = "." + strings.Join(parts(v, p.Explode, p.escape), between)
	case p.Style == "matrix":
		out = p.matrix(v)
	default:
		out = p.simple(v, p.escape)
	}
	if strings.Trim(out, ".") == "" { // would be another path, or none
		return percent(p.Name, "")
	}
	return out
}

func (p Parameter) matrix(v *node) string {
	name := percent(p.Name, "")
	pair := func(name, value string) string {
		if value == "" {
			return ";" + name
		}
		return ";" + name + "=" + value
	}
	var b strings.Builder
	switch {
	case v.kind == list && p.Explode:
		for _, e := range v.items {
			b.WriteString(pair(name, p.escape(plainText(e))))
		}
	case v.kind == object && p.Explode:
		for i, key := range v.keys {
			b.WriteString(pair(p.escape(key), p.escape(plainText(v.items[i]))))
		}
	default:
		b.WriteString(pair(name, strings.Join(parts(v, false, p.escape), ",")))
	}
	return b.String()
}

// simple is the style of headers and of most paths: values with commas between.
func (p Parameter) simple(v *node, escape func(string) string) string {
	if p.Media != "" {
		return escape(p.encoded(v))
	}
	return strings.Join(parts(v, p.Explode, escape), ",")
}

// parts are what a style joins: one value, those of a list, or the names and
// values of an object, as name=value where it is exploded.
func parts(v *node, explode bool, escape func(string) string) (out []string) {
	switch v.kind {
	case list:
		for _, e := range v.items {
			out = append(out, escape(plainText(e)))
		}
	case object:
		for i, key := range v.keys {
			if explode {
				out = append(out, escape(key)+"="+escape(plainText(v.items[i])))
			} else {
				out = append(out, escape(key), escape(plainText(v.items[i])))
			}
		}
	default:
		out = []string{escape(v.value)}
	}
	return out
}

// pair is a name and a value that are not encoded yet; raw marks a value that is.
type pair struct {
	name, value string
	raw         bool
}

// pairs are the name=value pairs of a value in the parameter's style.
func (p Parameter) pairs(v *node) (out []pair) {
	switch {
	case p.Media != "":
		return []pair{{p.Name, p.encoded(v), false}}
	case p.Style == "deepObject" && (v.kind == object || v.kind == list):
		return deep(p.Name, v)
	case v.kind == object && p.Explode:
		for i, key := range v.keys {
			out = append(out, pair{key, plainText(v.items[i]), false})
		}
		return out
	case v.kind == list && p.Explode:
		for _, e := range v.items {
			out = append(out, pair{p.Name, plainText(e), false})
		}
		return out
	case (v.kind == list || v.kind == object) && len(v.items) == 0:
		return nil
	}
	between := map[string]string{"spaceDelimited": "%20", "pipeDelimited": "%7C"}[p.Style]
	if between == "" {
		between = ","
	}
	return []pair{{p.Name, strings.Join(parts(v, false, p.escape), between), true}}
}

// deep writes an object's members as name[member].
func deep(name string, v *node) (out []pair) {
	switch v.kind {
	case object:
		for i, key := range v.keys {
			out = append(out, deep(name+"["+key+"]", v.items[i])...)
		}
	case list:
		for _, e := range v.items {
			out = append(out, deep(name, e)...)
		}
	default:
		out = append(out, pair{name, v.value, false})
	}
	return out
}

// inQuery serialises a value as encoded name=value pairs.
func (p Parameter) inQuery(v *node) (out []string) {
	for _, one := range p.pairs(v) {
		value := one.value
		if !one.raw {
			value = p.escape(value)
		}
		out = append(out, percent(one.name, "")+"="+value)
	}
	return out
}

// asQuery is a value that is the whole query (in: querystring, OpenAPI 3.2).
func (p Parameter) asQuery(v *node) []string {
	if strings.HasPrefix(p.Media, formMedia) && v.kind == object {
		var out []string
		for _, one := range (Media{}).formPairs(v) {
			out = append(out, percent(one[0], "")+"="+percent(one[1], ""))
		}
		return out
	}
	return []string{percent(p.encoded(v), "")}
}

// inCookie serialises a value as cookie pairs (RFC 6265 §4.2).
func (p Parameter) inCookie(v *node) (out []string) {
	for _, one := range p.pairs(v) {
		value := one.value
		if !one.raw {
			value = percent(value, "")
		}
		out = append(out, percent(one.name, "")+"="+strings.ReplaceAll(value, ",", "%2C"))
	}
	return out
}

// encoded is a value in the media type of a parameter with content.
func (p Parameter) encoded(v *node) string {
	if v.kind == text && !IsJSON(p.Media) {
		return v.value
	}
	return string(v.appendJSON(nil))
}

// plainText is a value as styles write it. What is nested has no form of its own
// there and is written as JSON.
func plainText(v *node) string {
	if v.kind == list || v.kind == object {
		return string(v.appendJSON(nil))
	}
	return v.value
}
