package spec

import (
	"slices"
	"strings"
)

// python uses the standard library: it runs where nothing is installed.
func (c call) python() string {
	var b, data code
	imports := []string{"import os", "import sys", "import urllib.error", "import urllib.request"}
	headers := c.allHeaders()
	switch p := c.body; {
	case p.file != "":
		data.line("with open(", longQuote(p.file), ", \"rb\") as file:\n    body = file.read()")
	case p.json != nil:
		imports = append(imports, "import json")
		data.line("body = json.dumps(", p.json.pretty(pythonWords, ""), ").encode()")
	case p.text != "":
		data.line("body = (\n    ", joined(p.text, "\n    ", longQuote), "\n).encode()")
	case len(p.pairs) > 0:
		imports = append(imports, "import urllib.parse")
		data.line("body = urllib.parse.urlencode([")
		for _, f := range p.pairs {
			data.line("    (", longQuote(f[0]), ", ", longQuote(f[1]), "),")
		}
		data.line("]).encode()")
	case len(p.parts) > 0:
		imports = append(imports, "import uuid")
		pythonParts(&data, p.parts)
	}
	slices.Sort(imports)
	b.line(strings.Join(imports, "\n"), "\n")
	b.WriteString(data.Builder.String())
	b.line("request = urllib.request.Request(\n    ", longQuote(c.url), ",\n    method=", longQuote(c.method), ",\n    headers={")
	b.line("        \"Authorization\": \"Bearer \" + os.environ[\"", c.token, "\"],")
	if len(c.body.parts) > 0 {
		b.line("        \"Content-Type\": \"multipart/form-data; boundary=\" + boundary,")
	}
	for _, h := range headers {
		b.line("        ", longQuote(h[0]), ": ", longQuote(h[1]), ",")
	}
	b.line("    },")
	if !c.body.none() {
		b.line("    data=body,")
	}
	b.line(")\ntry:\n    with urllib.request.urlopen(request, timeout=30) as response:")
	b.line("        print(response.status, response.read().decode(errors=\"replace\"))")
	b.line("except urllib.error.HTTPError as error:")
	b.line("    sys.exit(f\"{error.code} {error.read().decode(errors='replace')}\")")
	return b.String()
}

func pythonParts(b *code, parts []part) {
	b.line("fields = [  # name, file name, media type, content, more headers")
	for _, p := range parts {
		file, content := `""`, longQuote(p.text)+".encode()"
		if p.file != "" {
			file, content = longQuote(p.file), "open("+longQuote(p.file)+", \"rb\").read()"
		}
		b.line("    (", longQuote(p.name), ", ", file, ", ", longQuote(p.media), ", ", content, ", ", pythonHeaders(p), "),")
	}
	b.line(`]
boundary = uuid.uuid4().hex
body = b""
for name, file, media, content, more in fields:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if file:
        head += f'; filename="{file}"'
    if media:
        head += f"\r\nContent-Type: {media}"
    for key, value in more:
        head += f"\r\n{key}: {value}"
    body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
body += f"--{boundary}--\r\n".encode()`)
}

// pythonHeaders are the headers of a part as a list of pairs.
func pythonHeaders(p part) string {
	all := make([]string, len(p.headers))
	for i, h := range p.headers {
		all[i] = "(" + longQuote(h[0]) + ", " + longQuote(h[1]) + ")"
	}
	return "[" + strings.Join(all, ", ") + "]"
}
