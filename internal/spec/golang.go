package spec

import (
	"slices"
	"strings"
)

func (c call) golang() string {
	var b, body code
	imports := []string{"fmt", "io", "log", "net/http", "os", "time"}
	reader := "nil"
	switch p := c.body; {
	case p.file != "":
		reader = "body"
		body.line("\tbody, err := os.Open(", goText(p.file), ")")
		goCheck(&body)
		body.line("\tdefer body.Close()")
	case p.text != "":
		imports, reader = append(imports, "strings"), "strings.NewReader(body)"
		body.line("\tbody := ", goText(p.text))
	case len(p.pairs) > 0:
		imports, reader = append(imports, "net/url", "strings"), "strings.NewReader(form.Encode())"
		body.line("\tform := url.Values{}")
		for _, f := range p.pairs {
			body.line("\tform.Add(", goText(f[0]), ", ", goText(f[1]), ")")
		}
	case len(p.parts) > 0:
		imports, reader = append(imports, "bytes", "mime/multipart", "net/textproto"), "&body"
		body.line("\tvar body bytes.Buffer")
		body.line("\tform := multipart.NewWriter(&body)")
		for _, f := range p.parts {
			goPart(&body, f)
		}
		body.line("\tif err := form.Close(); err != nil {\n\t\tlog.Fatal(err)\n\t}")
	}
	slices.Sort(imports)
	b.line("package main\n\nimport (\n\t\"", strings.Join(imports, "\"\n\t\""), "\"\n)\n")
	b.line("func main() {")
	b.WriteString(body.Builder.String())
	b.line("\treq, err := http.NewRequest(", goText(c.method), ", ", goText(c.url), ", ", reader, ")")
	goCheck(&b)
	b.line("\treq.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"", c.token, "\"))")
	if len(c.body.parts) > 0 {
		b.line("\treq.Header.Set(\"Content-Type\", form.FormDataContentType())")
	}
	for _, h := range c.allHeaders() {
		b.line("\treq.Header.Set(", goText(h[0]), ", ", goText(h[1]), ")")
	}
	b.line("\n\tclient := &http.Client{Timeout: 30 * time.Second}")
	b.line("\tresp, err := client.Do(req)")
	goCheck(&b)
	b.line("\tdefer resp.Body.Close()")
	b.line("\tanswer, err := io.ReadAll(resp.Body)")
	goCheck(&b)
	b.line("\tif resp.StatusCode >= 400 {\n\t\tlog.Fatalf(\"%s: %s\", resp.Status, answer)\n\t}")
	b.line("\tfmt.Println(resp.Status, string(answer))\n}")
	if len(c.body.parts) > 0 {
		b.line("\n", goAdd)
	}
	return b.String()
}

func goCheck(b *code) { b.line("\tif err != nil {\n\t\tlog.Fatal(err)\n\t}") }

func goPart(b *code, p part) {
	if p.file != "" {
		b.line("\taddFile(form, ", goText(p.name), ", ", goText(p.file), ", ", goText(p.media), goHeaders(p), ")")
		return
	}
	b.line("\tadd(form, ", goText(p.name), ", \"\", ", goText(p.media), ", []byte(", goText(p.text), ")", goHeaders(p), ")")
}

// goHeaders are the headers of a part as more arguments.
func goHeaders(p part) (out string) {
	for _, h := range p.headers {
		out += ", [2]string{" + goText(h[0]) + ", " + goText(h[1]) + "}"
	}
	return out
}

// goAdd is in samples whose form has parts with types, which mime/multipart has
// no short way for. addFile is used or not: Go allows functions that are not.
const goAdd = `func addFile(form *multipart.Writer, name, file, contentType string, more ...[2]string) {
	content, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	add(form, name, file, contentType, content, more...)
}

func add(form *multipart.Writer, name, file, contentType string, content []byte, more ...[2]string) {
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf("form-data; name=\"%s\"", name))
	if file != "" {
		header.Set("Content-Disposition", fmt.Sprintf("form-data; name=\"%s\"; filename=\"%s\"", name, file))
	}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	for _, h := range more {
		header.Set(h[0], h[1])
	}
	part, err := form.CreatePart(header)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		log.Fatal(err)
	}
}`
