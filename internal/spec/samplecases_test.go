package spec

import "strings"

// biting would end a literal, or mean something, in some language.
const biting = "a'b\"c`d\\n$HOME ${x} $(id) %s %41 {y} \"\"\" \\u0022 \x00 é 注 😀 \u2028\u202e\ufeff */ #{z}\n@;&|<>\t end"

// bitingTame is biting where nothing is escaped.
const bitingTame = "a'b\"c`d\\n$HOME ${x} $(id) %s %41 {y} \"\"\" \\u0022  é 注 😀 \u2028\ufeff */ #{z}\n@;&|<>\t end"

func jsonOf(s string) string { return string(textNode(s).appendJSON(nil)) }

// sampleCase is an operation and the request that its samples are to make.
type sampleCase struct {
	name, operation string // "POST /path {…}"
	choice          Choice
	want            string
	noFetch         bool   // JavaScript's fetch refuses such calls
	fetched         string // what JavaScript's fetch makes of it, where it can't say all
}

func (c sampleCase) key() string {
	words := strings.SplitN(c.operation, " ", 3)
	return words[0] + " " + words[1]
}

func (c sampleCase) document() string {
	words := strings.SplitN(c.operation, " ", 3)
	return `{"openapi":"3.2.0","info":{"title":"t","version":"1"},"paths":{` + jsonOf(words[1]) + `:{"` + strings.ToLower(words[0]) + `":` + words[2] +
		`}},"components":{"schemas":{"Pet":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string","example":"a<b"},
		"tag":{"type":"array","items":{"type":"string"}}}}}}}`
}

// parameter writes one, with its example.
func parameterOf(name, in, style, explode, example string) string {
	return `{"name":"` + name + `","in":"` + in + `","required":true,"style":"` + style + `","explode":` + explode + `,"schema":{},"example":` + example + `}`
}

func parametersOf(all ...string) string {
	return `{"parameters":[` + strings.Join(all, ",") + `],"responses":{}}`
}

func bodyOf(media, content string) string {
	return `{"requestBody":{"required":true,"content":{"` + media + `":` + content + `}},"responses":{}}`
}

// partHeaders is a form whose parts have headers; some that are written from their
// own words, and one that a call can do without.
const partHeaders = `{"schema":{"type":"object","properties":{"meta":{"type":"object","properties":{"k":{"type":"string","const":"v"}}},
	"text":{"type":"string","const":"t"},"photo":{"type":"string","format":"binary"}}},"encoding":{
	"meta":{"contentType":"application/json","headers":{"X-Sum":{"required":true,"schema":{"type":"string"},"example":"a\"b\\c;d@,\u00e9"},"X-Spare":{"schema":{"type":"string"},"example":"s"}}},
	"text":{"headers":{"X-Sum":{"required":true,"schema":{"type":"array"},"example":["x","y"]},"Content-Disposition":{"required":true,"example":"evil"},"Content-Type":{"required":true,"example":"evil"}}},
	"photo":{"contentType":"image/png","headers":{"X-Sum":{"required":true,"schema":{"type":"integer","const":7}}}}}}`

const (
	aList   = `["x","y z","a,b"]`
	anObj   = `{"R":100,"G":"é/"}`
	aNested = `{"k":{"l":"v"},"n":[1,2]}`
)

var sampleCases = []sampleCase{
	{name: "paths, simple", operation: `GET /s/{a}/{b}/{c}/{d} ` + parametersOf(
		parameterOf("a", "path", "simple", "false", `"a/b c"`), parameterOf("b", "path", "simple", "false", aList),
		parameterOf("c", "path", "simple", "false", anObj), parameterOf("d", "path", "simple", "true", anObj)),
		want: "GET /s/a%2Fb%20c/x,y%20z,a%2Cb/R,100,G,%C3%A9%2F/R=100,G=%C3%A9%2F"},
	{name: "paths, label", operation: `GET /l/{a}/{b}/{c}/{d} ` + parametersOf(
		parameterOf("a", "path", "label", "false", `"a"`), parameterOf("b", "path", "label", "false", aList),
		parameterOf("c", "path", "label", "true", aList), parameterOf("d", "path", "label", "true", anObj)),
		want: "GET /l/.a/.x,y%20z,a%2Cb/.x.y%20z.a%2Cb/.R=100.G=%C3%A9%2F"},
	{name: "paths, matrix", operation: `GET /m/{a}/{b}/{c}/{d} ` + parametersOf(
		parameterOf("a", "path", "matrix", "false", `"v"`), parameterOf("b", "path", "matrix", "false", aList),
		parameterOf("c", "path", "matrix", "true", aList), parameterOf("d", "path", "matrix", "true", anObj)),
		want: "GET /m/;a=v/;b=x,y%20z,a%2Cb/;c=x;c=y%20z;c=a%2Cb/;R=100;G=%C3%A9%2F"},
	{name: "paths that would be others", operation: `GET /p/{a}/{b}/it's%2fa%zz[1] ` + parametersOf(
		parameterOf("a", "path", "simple", "false", `".."`), parameterOf("b", "path", "simple", "false", `""`)),
		want: "GET /p/a/b/it's%2fa%25zz%5B1%5D"},
	{name: "queries, form", operation: `GET /f ` + parametersOf(
		parameterOf("a", "query", "form", "true", aList), parameterOf("b", "query", "form", "false", aList),
		parameterOf("c", "query", "form", "true", anObj), parameterOf("d", "query", "form", "false", anObj), parameterOf("e[]", "query", "form", "true", `""`)),
		want: "GET /f?a=x&a=y%20z&a=a%2Cb&b=x,y%20z,a%2Cb&R=100&G=%C3%A9%2F&d=R,100,G,%C3%A9%2F&e%5B%5D="},
	{name: "queries, other styles", operation: `GET /q ` + parametersOf(
		parameterOf("a", "query", "spaceDelimited", "false", aList), parameterOf("b", "query", "pipeDelimited", "false", aList),
		parameterOf("c", "query", "deepObject", "true", aNested)),
		want: "GET /q?a=x%20y%20z%20a%2Cb&b=x%7Cy%20z%7Ca%2Cb&c%5Bk%5D%5Bl%5D=v&c%5Bn%5D=1&c%5Bn%5D=2"},
	{name: "queries, reserved and in JSON", operation: `GET /r {"parameters":[
		{"name":"a","in":"query","required":true,"allowReserved":true,"schema":{},"example":"/x?y=z&q:(1)[2]#'%41"},
		{"name":"b","in":"query","required":true,"content":{"application/json":{"example":{"k":[1,"&"]}}}}],"responses":{}}`,
		want: "GET /r?a=/x?y%3Dz%26q:(1)%5B2%5D%23%27%41&b=%7B%22k%22%3A%5B1%2C%22%5Cu0026%22%5D%7D"},
	{name: "a whole query that is a form", operation: `GET /w {"parameters":[{"name":"w","in":"querystring","required":true,
		"content":{"application/x-www-form-urlencoded":{"example":{"a":"b c","l":[1,2]}}}}],"responses":{}}`,
		want: "GET /w?a=b%20c&l=1&l=2"},
	{name: "a whole query that is JSON", operation: `GET /w {"parameters":[{"name":"w","in":"querystring","required":true,
		"content":{"application/json":{"example":{"a":1}}}}],"responses":{}}`,
		want: "GET /w?%7B%22a%22%3A1%7D"},
	{name: "headers and cookies", operation: `GET /h ` + parametersOf(
		parameterOf("X-Text", "header", "simple", "false", jsonOf(biting)), parameterOf("X-List", "header", "simple", "false", aList),
		parameterOf("X-Object", "header", "simple", "true", `{"R":100}`), parameterOf("X-Empty", "header", "simple", "false", `""`),
		parameterOf("Host", "header", "simple", "false", `"evil"`), parameterOf("Authorization", "header", "simple", "false", `"evil"`),
		parameterOf("c", "cookie", "form", "true", `"a b;c"`), parameterOf("d", "cookie", "form", "false", `["x","y"]`)),
		want: "GET /h\nCookie: c=a%20b%3Bc; d=x%2Cy\nX-Empty: \nX-List: x,y z,a,b\nX-Object: R=100\n" +
			"X-Text: a'b\"c`d\\n$HOME ${x} $(id) %s %41 {y} \"\"\" \\u0022 %C3%A9 %E6%B3%A8 %F0%9F%98%80 %E2%80%A8%E2%80%AE%EF%BB%BF */ #{z} @;&|<> end"},
	{name: "hostile names and values", operation: `GET /x ` + parametersOf(
		`{"name":`+jsonOf("n"+biting)+`,"in":"query","required":true,"schema":{},"example":`+jsonOf(biting)+`}`),
		want: "GET /x?" + percent("n"+biting, "") + "=" + percent(biting, "")},
	{name: "only what is required", operation: `GET /o {"parameters":[{"name":"a","in":"query","schema":{},"example":1}],"responses":{}}`, want: "GET /o"},
	{name: "all parameters", operation: `GET /o {"parameters":[{"name":"a","in":"query","schema":{},"example":1}],"responses":{}}`,
		choice: Choice{All: true}, want: "GET /o?a=1"},
	{name: "no body", operation: `DELETE /d {"responses":{}}`, want: "DELETE /d"},
	{name: "a HEAD", operation: `HEAD /d ` + bodyOf("application/json", `{"example":1}`), want: "HEAD /d"},
	{name: "a POST of nothing", operation: `POST /d {"responses":{}}`, want: "POST /d"},
	{name: "a GET with a body", operation: `GET /g ` + bodyOf("application/json", `{"example":{"a":1}}`), noFetch: true,
		want: "GET /g\napplication/json\n{\"a\":1}"},
	{name: "a QUERY", operation: `QUERY /g ` + bodyOf("application/json", `{"example":{"a":1}}`), want: "QUERY /g\napplication/json\n{\"a\":1}"},
	{name: "JSON", operation: `POST /j ` + bodyOf("application/json", `{"example":{"text":`+jsonOf(biting)+`,`+jsonOf(biting)+`:[],"on":true,"none":null,"n":-7.5,"__proto__":{"x":1},"o":{}}}`),
		want: "POST /j\napplication/json\n" + `{"__proto__":{"x":1},` + jsonOf(biting) + `:[],"n":-7.5,"none":null,"o":{},"on":true,"text":` + jsonOf(biting) + `}`},
	{name: "JSON with numbers that are no doubles", operation: `PATCH /j ` + bodyOf("application/merge-patch+json", `{"example":{"n":123456789012345678901,"m":1e400}}`),
		want: "PATCH /j\napplication/merge-patch+json\n" + `{"m":1e400,"n":123456789012345678901}`},
	{name: "JSON that is a text", operation: `PUT /j ` + bodyOf("application/json", `{"example":`+jsonOf(biting)+`}`), want: "PUT /j\napplication/json\n" + jsonOf(biting)},
	{name: "a named example in a chosen type", operation: `POST /j {"requestBody":{"content":{"application/json":{"example":1},"application/vnd.x+json":{
		"examples":{"one":{"value":1},"two":{"value":{"two":2}}}}}},"responses":{}}`, choice: Choice{Media: "application/vnd.x+json", Example: "two"},
		want: "POST /j\napplication/vnd.x+json\n{\"two\":2}"},
	{name: "a long body from a file", operation: `PUT /j ` + bodyOf("application/json", `{"example":"`+strings.Repeat("long ", 2000)+`"}`),
		want: "PUT /j\napplication/json\n[\"from a file\"]"},
	{name: "a form", operation: `POST /e ` + bodyOf(formMedia, `{"example":{"a b":`+jsonOf(biting)+`,"l":["x","y,z"],"o":{"k":1},"c":["p","q"],"d":{"k":"v"}},
		"encoding":{"c":{"style":"form","explode":false},"d":{"style":"deepObject","explode":true}}}`),
		want: "POST /e\n" + formMedia + "\n" + `map["a b":["` + goQuoted(bitingTame) + `"] "c":["p,q"] "d[k]":["v"] "l":["x" "y,z"] "o":["{\"k\":1}"]]`},
	{name: "a form in parts", operation: `POST /u ` + bodyOf(multipartMedia, `{"schema":{"type":"object","properties":{
		"text":{"type":"string","const":`+jsonOf(biting)+`},"at":{"type":"string","const":"@x;type=y"},"meta":{"type":"object","properties":{"k":{"type":"string","const":"a\"b\\;c"}}},
		"xml":{"type":"string","const":"<a/>"},"photo":{"type":"array","items":{"type":"string","format":"binary"},"example":["1","2"]},"doc":{"type":"string","contentMediaType":"application/octet-stream"}}},
		"encoding":{"photo":{"contentType":"image/png, image/jpeg"},"xml":{"contentType":"application/xml"}}}`),
		want: "POST /u\n" + multipartMedia + "\ntext " + strings.Join(strings.Fields(goQuote(bitingTame)), " ") + "\nat \"@x;type=y\"\n" +
			`meta application/json "{\"k\":\"a\\\"b\\\\;c\"}"` + "\nxml application/xml \"<a/>\"\n" +
			`photo photo.png image/png "\x00\n\xff of photo.png"` + "\n" + `photo photo2.png image/png "\x00\n\xff of photo2.png"` + "\n" +
			`doc doc.bin application/octet-stream "\x00\n\xff of doc.bin"`},
	{name: "headers of parts", operation: `POST /u ` + bodyOf(multipartMedia, partHeaders),
		want:    "POST /u\n" + multipartMedia + "\n" + `meta application/json X-Sum=a"b\c;d@,%C3%A9 "{\"k\":\"v\"}"` + "\n" + `text X-Sum=x,y "t"` + "\n" + `photo photo.png image/png X-Sum=7 "\x00\n\xff of photo.png"`,
		fetched: "POST /u\n" + multipartMedia + "\n" + `meta application/json "{\"k\":\"v\"}"` + "\n" + `text "t"` + "\n" + `photo photo.png image/png "\x00\n\xff of photo.png"`},
	{name: "all headers of parts", operation: `POST /u ` + bodyOf(multipartMedia, `{"example":{"text":"t"},"encoding":{"text":{"headers":{"X-Spare":{"schema":{"type":"integer","const":5}}}}}}`),
		choice: Choice{All: true}, want: "POST /u\n" + multipartMedia + "\n" + `text X-Spare=5 "t"`, fetched: "POST /u\n" + multipartMedia + "\n" + `text "t"`},
	{name: "a form in parts without any", operation: `POST /u ` + bodyOf(multipartMedia, `{"schema":{"type":"object"}}`), want: "POST /u"},
	{name: "a form without fields", operation: `POST /u ` + bodyOf(formMedia, `{"schema":{"type":"object"}}`), want: "POST /u"},
	{name: "a file", operation: `PUT /b ` + bodyOf("image/*", `{}`), want: "PUT /b\nimage/png\n" + `"\x00\r\n\xff of body.png"`},
	{name: "text", operation: `PUT /t ` + bodyOf("text/plain", `{"example":`+jsonOf("@"+biting)+`}`), want: "PUT /t\ntext/plain\n" + goQuote("@"+bitingTame)},
	{name: "XML by example", operation: `PUT /t ` + bodyOf("application/xml", `{"example":"<a b='c'>\n</a>\n"}`), want: "PUT /t\napplication/xml\n" + `"<a b='c'>\n</a>\n"`},
	{name: "XML by schema", operation: `PUT /t ` + bodyOf("application/xml", `{"schema":{"$ref":"#/components/schemas/Pet"}}`),
		want: "PUT /t\napplication/xml\n" + `"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Pet>\n  <id>1</id>\n  <name>a&lt;b</name>\n  <tag>string</tag>\n</Pet>"`},
	{name: "JSON lines", operation: `PUT /t ` + bodyOf("application/x-ndjson", `{"example":[{"a":1},2]}`), want: "PUT /t\napplication/x-ndjson\n" + `"{\"a\":1}\n2\n"`},
}
