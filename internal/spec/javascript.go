package spec

import "slices"

// fetches reports whether fetch makes the call: it refuses some methods, and
// bodies with GET (Fetch standard, Request constructor).
func (c call) fetches() bool {
	return !slices.Contains([]string{"CONNECT", "TRACE", "TRACK"}, c.method) && (c.method != "GET" || c.body.none())
}

// javascript is a module for Node 18 and later.
func (c call) javascript() string {
	var b, before code
	body := ""
	switch p := c.body; {
	case p.file != "":
		body = "await readFile(" + jsonQuote(p.file) + ")"
	case p.json != nil:
		body = "JSON.stringify(" + p.json.pretty(scriptWords, "  ") + ")"
	case p.text != "":
		body = joined(p.text, " +\n    ", jsonQuote)
	case len(p.pairs) > 0:
		before.line("const body = new URLSearchParams();")
		for _, f := range p.pairs {
			before.line("body.append(", jsonQuote(f[0]), ", ", jsonQuote(f[1]), ");")
		}
		body = "body"
	case len(p.parts) > 0:
		before.line("const body = new FormData();")
		for _, f := range p.parts {
			for _, h := range f.headers { // its FormData has no place for them
				before.line("// This part's header ", jsonQuote(h[0]+": "+h[1]), " is left out: FormData sends none.")
			}
			before.line("body.append(", jsonQuote(f.name), ", ", scriptPart(f), ");")
		}
		body = "body"
	}
	if c.body.readsFile() {
		b.line("import { readFile } from \"node:fs/promises\";\n")
	}
	if before.Len() > 0 {
		b.WriteString(before.Builder.String())
	}
	b.line("const response = await fetch(", jsonQuote(c.url), ", {\n  method: ", jsonQuote(c.method), ",\n  headers: {")
	b.line("    Authorization: `Bearer ${process.env.", c.token, "}`,")
	for _, h := range c.allHeaders() {
		b.line("    ", jsonQuote(h[0]), ": ", jsonQuote(h[1]), ",")
	}
	b.line("  },")
	if body != "" {
		b.line("  body: ", body, ",")
	}
	b.line("  signal: AbortSignal.timeout(30_000),\n});")
	b.line("const answer = await response.text();")
	b.line("if (!response.ok) {\n  throw new Error(`${response.status} ${answer}`);\n}")
	b.line("console.log(response.status, answer);")
	return b.String()
}

// readsFile reports whether the body, or a part of it, is a file.
func (c content) readsFile() bool {
	return c.file != "" || slices.ContainsFunc(c.parts, func(p part) bool { return p.file != "" })
}

func scriptPart(p part) string {
	switch {
	case p.file != "":
		return "new Blob([await readFile(" + jsonQuote(p.file) + ")], { type: " + jsonQuote(p.media) + " }), " + jsonQuote(p.file)
	case p.media != "":
		return "new Blob([" + jsonQuote(p.text) + "], { type: " + jsonQuote(p.media) + " })"
	}
	return jsonQuote(p.text)
}
