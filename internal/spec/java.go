package spec

import (
	"slices"
	"strings"
)

// java is for version 11 and later.
func (c call) java() string {
	var b, before code
	imports := []string{"java.net.URI", "java.net.http.HttpClient", "java.net.http.HttpRequest", "java.net.http.HttpResponse", "java.time.Duration"}
	publisher := "HttpRequest.BodyPublishers.noBody()"
	switch p := c.body; {
	case p.file != "":
		imports = append(imports, "java.nio.file.Path")
		publisher = "HttpRequest.BodyPublishers.ofFile(Path.of(" + javaQuote(p.file) + "))"
	case p.text != "":
		publisher = "HttpRequest.BodyPublishers.ofString(" + joined(p.text, "\n                        + ", javaQuote) + ")"
	case len(p.pairs) > 0:
		imports = append(imports, "java.net.URLEncoder", "java.nio.charset.StandardCharsets", "java.util.StringJoiner")
		before.line("        StringJoiner form = new StringJoiner(\"&\");")
		for _, f := range p.pairs {
			before.line("        form.add(pair(", javaQuote(f[0]), ", ", javaQuote(f[1]), "));")
		}
		publisher = "HttpRequest.BodyPublishers.ofString(form.toString())"
	case len(p.parts) > 0:
		imports = append(imports, "java.io.ByteArrayOutputStream", "java.nio.charset.StandardCharsets", "java.util.UUID")
		if p.readsFile() {
			imports = append(imports, "java.nio.file.Files", "java.nio.file.Path")
		}
		javaParts(&before, p.parts)
		publisher = "HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())"
	}
	slices.Sort(imports)
	b.line("import ", strings.Join(imports, ";\nimport "), ";\n")
	b.line("public class Example {\n    public static void main(String[] args) throws Exception {")
	b.WriteString(before.Builder.String())
	b.line("        HttpRequest request = HttpRequest.newBuilder(URI.create(", javaQuote(c.url), "))")
	b.line("                .header(\"Authorization\", \"Bearer \" + System.getenv(\"", c.token, "\"))")
	if len(c.body.parts) > 0 {
		b.line("                .header(\"Content-Type\", \"multipart/form-data; boundary=\" + boundary)")
	}
	for _, h := range c.allHeaders() {
		b.line("                .header(", javaQuote(h[0]), ", ", javaQuote(h[1]), ")")
	}
	b.line("                .timeout(Duration.ofSeconds(30))")
	b.line("                .method(", javaQuote(c.method), ", ", publisher, ")\n                .build();")
	b.line("        HttpResponse<String> response = HttpClient.newHttpClient()\n                .send(request, HttpResponse.BodyHandlers.ofString());")
	b.line("        if (response.statusCode() >= 400) {\n            System.err.println(response.statusCode() + \" \" + response.body());\n            System.exit(1);\n        }")
	b.line("        System.out.println(response.statusCode() + \" \" + response.body());\n    }")
	switch {
	case len(c.body.pairs) > 0:
		b.line("\n", javaPair)
	case len(c.body.parts) > 0:
		b.line("\n", javaPart)
	}
	b.line("}")
	return b.String()
}

func javaParts(b *code, parts []part) {
	b.line("        String boundary = UUID.randomUUID().toString();\n        ByteArrayOutputStream body = new ByteArrayOutputStream();")
	for _, p := range parts {
		content := javaQuote(p.text) + ".getBytes(StandardCharsets.UTF_8)"
		if p.file != "" {
			content = "Files.readAllBytes(Path.of(" + javaQuote(p.file) + "))"
		}
		b.line("        part(body, boundary, ", javaQuote(p.name), ", ", javaQuote(p.file), ", ", javaQuote(p.media), ", ", content, javaHeaders(p), ");")
	}
	b.line("        body.writeBytes((\"--\" + boundary + \"--\\r\\n\").getBytes(StandardCharsets.UTF_8));")
}

// javaHeaders are the headers of a part as more arguments.
func javaHeaders(p part) (out string) {
	for _, h := range p.headers {
		out += ", " + javaQuote(h[0]+": "+h[1])
	}
	return out
}

const javaPair = `    static String pair(String name, String value) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8) + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }`

const javaPart = `    static void part(ByteArrayOutputStream body, String boundary, String name, String file, String type, byte[] content, String... more) {
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"";
        if (!file.isEmpty()) {
            head += "; filename=\"" + file + "\"";
        }
        if (!type.isEmpty()) {
            head += "\r\nContent-Type: " + type;
        }
        for (String header : more) {
            head += "\r\n" + header;
        }
        body.writeBytes((head + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        body.writeBytes(content);
        body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }`
