package spec

import (
	"slices"
	"strconv"
	"strings"
)

// csharp is a program of top-level statements, for .NET 6 and later.
func (c call) csharp() string {
	var b, body code
	switch p := c.body; {
	case p.file != "":
		body.line("request.Content = new ByteArrayContent(await File.ReadAllBytesAsync(", longQuote(p.file), "));")
	case p.text != "":
		body.line("request.Content = new StringContent(", joined(p.text, "\n    + ", longQuote), ");")
	case len(p.pairs) > 0:
		body.line("request.Content = new FormUrlEncodedContent(new KeyValuePair<string, string>[]\n{")
		for _, f := range p.pairs {
			body.line("    new(", longQuote(f[0]), ", ", longQuote(f[1]), "),")
		}
		body.line("});")
	case len(p.parts) > 0:
		body.line("var form = new MultipartFormDataContent();")
		for i, f := range p.parts {
			csharpPart(&body, i+1, f)
		}
		body.line("request.Content = form;")
	}
	if c.body.text != "" || c.body.file != "" {
		body.line("request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(", longQuote(c.body.media), ");")
	}
	b.line("using System;\nusing System.Collections.Generic;\nusing System.IO;\nusing System.Net.Http;\nusing System.Net.Http.Headers;\n")
	b.line("using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };")
	b.line("using var request = new HttpRequestMessage(new HttpMethod(", longQuote(c.method), "), ", longQuote(c.url), ");")
	b.line("request.Headers.Authorization = new AuthenticationHeaderValue(\"Bearer\", Environment.GetEnvironmentVariable(\"", c.token, "\"));")
	for _, h := range c.headers {
		if ofContent(h[0]) {
			if !c.body.none() {
				body.line("request.Content.Headers.TryAddWithoutValidation(", longQuote(h[0]), ", ", longQuote(h[1]), ");")
			}
			continue
		}
		b.line("request.Headers.TryAddWithoutValidation(", longQuote(h[0]), ", ", longQuote(h[1]), ");")
	}
	b.WriteString(body.Builder.String())
	b.line("using var response = await client.SendAsync(request);")
	b.line("var answer = await response.Content.ReadAsStringAsync();")
	b.line("if (!response.IsSuccessStatusCode)\n{\n    Console.Error.WriteLine($\"{(int)response.StatusCode} {answer}\");\n    Environment.Exit(1);\n}")
	b.line("Console.WriteLine($\"{(int)response.StatusCode} {answer}\");")
	return b.String()
}

// ofContent reports whether .NET keeps a header with the body and not with the
// request.
func ofContent(header string) bool {
	header = strings.ToLower(header)
	return strings.HasPrefix(header, "content-") || slices.Contains([]string{"allow", "expires", "last-modified"}, header)
}

func csharpPart(b *code, n int, p part) {
	name := "part" + strconv.Itoa(n)
	content := "new StringContent(" + longQuote(p.text) + ")"
	if p.file != "" {
		content = "new ByteArrayContent(await File.ReadAllBytesAsync(" + longQuote(p.file) + "))"
	}
	b.line("var ", name, " = ", content, ";")
	if p.media == "" {
		b.line(name, ".Headers.ContentType = null;")
	} else {
		b.line(name, ".Headers.ContentType = MediaTypeHeaderValue.Parse(", longQuote(p.media), ");")
	}
	for _, h := range p.headers {
		b.line(name, ".Headers.TryAddWithoutValidation(", longQuote(h[0]), ", ", longQuote(h[1]), ");")
	}
	b.line("form.Add(", name, ", ", longQuote(p.name), fileArgument(p), ");")
}

func fileArgument(p part) string {
	if p.file == "" {
		return ""
	}
	return ", " + longQuote(p.file)
}
