package spec

import (
	"net/url"
	"strings"
)

func (c call) curl() string {
	method := "-X " + shellWord(c.method) + " "
	switch {
	case c.method == "HEAD":
		method = "--head " // with -X HEAD curl waits for a body
	case c.method == "GET" && c.body.none(), c.method == "POST" && !c.body.none():
		method = ""
	}
	words := []string{"curl " + method + shell(c.url), `-H "Authorization: Bearer $` + c.token + `"`}
	for _, h := range c.allHeaders() {
		head := h[0] + ": " + h[1]
		if h[1] == "" {
			head = h[0] + ";" // curl's way to send an empty one
		}
		words = append(words, "-H "+shell(head))
	}
	b := c.body
	switch {
	case b.file != "":
		words = append(words, "--data-binary @"+b.file)
	case b.text != "":
		option := "--data "
		if strings.HasPrefix(b.text, "@") {
			option = "--data-raw " // @ would name a file
		}
		words = append(words, option+shell(b.text))
	}
	for _, p := range b.pairs { // curl encodes the value, and not the name
		words = append(words, "--data-urlencode "+shell(url.QueryEscape(p[0])+"="+p[1]))
	}
	for _, p := range b.parts {
		words = append(words, curlPart(p))
	}
	return strings.Join(words, " \\\n  ")
}

func curlPart(p part) string {
	if p.file == "" && p.media == "" && len(p.headers) == 0 {
		return "--form-string " + shell(p.name+"="+p.text)
	}
	field := p.name + "=@" + p.file
	if p.file == "" { // in quotes, or ; and @ would have a meaning
		field = p.name + "=" + curlQuote(p.text)
	}
	if p.media != "" {
		field += ";type=" + p.media
	}
	for _, h := range p.headers { // curl 7.84 and later
		field += ";headers=" + curlQuote(h[0]+": "+h[1])
	}
	return "-F " + shell(field)
}

// curlQuote is a text in the quotes of curl's forms.
func curlQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// shellWord leaves the usual methods bare.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return s
	}
	return shell(s)
}
