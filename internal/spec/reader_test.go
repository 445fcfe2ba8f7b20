package spec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"gatehouse/internal/fault"
)

const small = "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\npaths:\n  /a:\n    get: {responses: {'200': {description: ok}}}\n"

// R101: whatever is uploaded, the answer is a sentence with the reason, and soon.
func TestReadRefusesWhatItCannotRead(t *testing.T) {
	wide := strings.Repeat("x", MaxBytes+1)
	for name, tt := range map[string]struct{ raw, code, says string }{
		"nothing":                      {"", "document_refused", "empty"},
		"white space":                  {" \n\t\n", "document_refused", "empty"},
		"plain text":                   {"hello", "document_refused", "not an OpenAPI document"},
		"a list":                       {"[1]", "document_refused", "not an OpenAPI document"},
		"a JSON Schema":                {`{"$schema":"x","type":"object"}`, "document_refused", `"openapi"`},
		"too many bytes":               {wide, "document_too_large", "32 MiB"},
		"JSON that ends early":         {`{"openapi":"3.0.0",` + "\n" + `"info":{`, "document_refused", "ends in the middle"},
		"JSON with a fault":            {"{\n\"openapi\": nope}", "document_refused", "line 2"},
		"JSON with more after the end": {`{"openapi":"3.0.0"} {}`, "document_refused", "after the end"},
		"two YAML documents":           {small + "---\n" + small, "document_refused", "more than one YAML document"},
		"YAML with a fault":            {"openapi: 3.0.0\n  x: y\n z", "document_refused", "line "},
		"thousands of brackets":        {strings.Repeat("[", 100_000), "document_refused", "64 levels"},
		"thousands of YAML brackets":   {"a: " + strings.Repeat("[", 100_000), "document_refused", ""},
		"thousands of YAML levels":     {deepYAML(2000), "document_refused", "64 levels"},
		"200 nested anchors":           {nestedAnchors(200), "document_refused", "64 levels"},
		"a bomb of aliases":            {bomb(), "document_refused", "aliases"},
		"too many values":              {`{"openapi":"3.0.0","x":[` + strings.Repeat("1,", maxValues) + "1]}", "document_refused", "2000000 values"},
		"an alias of itself":           {"openapi: 3.0.0\ninfo: &a {x: *a}\npaths: {}", "document_refused", "alias cycle"},
		"UTF-16":                       {utf16Of(small), "document_refused", "UTF-16"},
		"UTF-16 without a mark":        {utf16Of(small)[2:], "document_refused", "NUL"},
		"Latin-1":                      {"openapi: 3.0.0\ninfo:\n  title: Caf\xe9\n", "document_refused", "Line 3 has a byte that is not UTF-8"},
		"a zip archive that is none":   {"PK\x03\x04abc", "document_refused", "zip archive cannot be read"},
		"gzip":                         {"\x1f\x8babc", "document_refused", "compressed"},
		"Swagger 1.2":                  {`{"swagger":"1.2","paths":{}}`, "document_refused", "Swagger 1.2 is not supported"},
		"Swagger that grows too large": {sharedBodies(), "document_refused", "in several places"},
		"OpenAPI 4":                    {"openapi: 4.0.0\npaths: {}", "document_refused", `"4.0.0" is not supported`},
		"paths as a list":              {"openapi: 3.0.0\npaths: []", "document_refused", "must be an object"},
		"a path without a slash":       {"openapi: 3.0.0\npaths: {a: {}}", "document_refused", `Write "/a"`},
		"an operation that is none":    {"openapi: 3.0.0\npaths: {/a: {get: 1}}", "document_refused", "a number where an operation"},
		"a list as a name":             {"openapi: 3.0.0\n? [a]\n: b", "document_refused", "names must be text"},
		"too many operations":          {tooManyOperations(), "document_refused", "20000 operations"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := testReader(t).Read(t.Context(), []byte(tt.raw))
			if fault.Code(err) != tt.code || !strings.Contains(fault.From(err).Message, tt.says) {
				t.Errorf("got %v, want %s that says %q", err, tt.code, tt.says)
			}
			if took := time.Since(start); took > slow*5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// sharedBodies is a small document that says much once bodies stand where they are used.
func sharedBodies() string {
	var b strings.Builder
	b.WriteString(`{"swagger":"2.0","parameters":{"p":{"in":"body","name":"b","schema":{"enum":[` + strings.Repeat("1,", 10_000) + `1]}}},"paths":{`)
	for i := range 1000 {
		fmt.Fprintf(&b, `"/p%d":{"get":{"parameters":[{"$ref":"#/parameters/p"}]}},`, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "}}"
}

func deepYAML(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func nestedAnchors(n int) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.0\npaths: {}\nx0: &a0 {k: v}\n")
	for i := range n {
		fmt.Fprintf(&b, "x%d: &a%d {k: *a%d}\n", i+1, i+1, i)
	}
	return b.String()
}

func bomb() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.0\npaths: {}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	return b.String()
}

func utf16Of(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func tooManyOperations() string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{`)
	for i := range MaxOperations + 1 {
		fmt.Fprintf(&b, `"/p%d":{"get":{"responses":{}}},`, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "}}"
}

func TestReadAccepts(t *testing.T) {
	for name, raw := range map[string]string{
		"a byte order mark":       "\xef\xbb\xbf" + small,
		"carriage returns":        strings.ReplaceAll(small, "\n", "\r\n"),
		"YAML in JSON's brackets": "{openapi: 3.0.3, info: {title: t, version: '1'}, paths: {/a: {get: {responses: {'200': {description: ok}}}}}}",
		"JSON with surrogates":    `{"openapi":"3.1.0","info":{"title":"\ud83d\ude00","version":"1"},"paths":{"/a":{"get":{}}}}`,
		"a merged mapping":        "openapi: 3.0.3\nx-b: &b {responses: {'200': {description: ok}}}\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {<<: *b, summary: s}}}\n",
		"OpenAPI 3.2":             strings.Replace(small, "3.0.3", "3.2.0", 1),
	} {
		t.Run(name, func(t *testing.T) {
			d, err := testReader(t).Read(t.Context(), []byte(raw))
			if err != nil || len(d.Operations) != 1 || d.Operations[0].Key != "GET /a" {
				t.Errorf("got %+v, %v", d, err)
			}
		})
	}
}

// R101: no reference is fetched, whatever its form.
func TestReadFetchesNothing(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	for _, ref := range []string{server.URL + "/x.yaml", server.URL + "/x.json#/a", "file:///etc/passwd", "../../etc/passwd", "/etc/passwd", "//" + server.Listener.Addr().String()} {
		raw := fmt.Sprintf("openapi: 3.1.0\n$schema: %q\njsonSchemaDialect: %q\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters: [{$ref: %q}]\n      responses: {'200': {description: ok, content: {a/b: {schema: {$ref: %q}}}}}\n  /b: {$ref: %q}\n", ref, ref, ref, ref, ref)
		d, err := testReader(t).Read(t.Context(), []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprint(d.Problems), "points outside the document") {
			t.Errorf("%s: not reported: %v", ref, d.Problems)
		}
		if detail := string(d.Operations[0].Detail); strings.Contains(detail, "root:") {
			t.Errorf("%s was read: %s", ref, detail)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests were made", asked.Load())
	}
}

// R101: a child that takes too long or too much is ended, and says so.
func TestReadEndsWhatTakesTooMuch(t *testing.T) {
	raw := []byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{},"x":[` + strings.Repeat(`{"a":[1,2,3]},`, 390_000) + `1]}`)
	t.Run("memory", func(t *testing.T) {
		r := testReader(t)
		r.Memory = 100 << 20
		if _, err := r.Read(t.Context(), raw); fault.Code(err) != "document_too_heavy" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("time", func(t *testing.T) {
		r := testReader(t)
		r.Timeout = 50 * time.Millisecond
		if _, err := r.Read(t.Context(), raw); fault.Code(err) != "document_too_slow" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the caller is gone", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := testReader(t).Read(ctx, raw); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("others are being read", func(t *testing.T) {
		r := testReader(t)
		r.turn <- struct{}{}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Read(ctx, raw); fault.Code(err) != "document_queue" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a reader that breaks", func(t *testing.T) {
		if _, err := NewReader("/bin/false").Read(t.Context(), []byte(small)); fault.Code(err) != "document_unreadable" {
			t.Errorf("got %v", err)
		}
	})
}

func TestProblemsNameTheirPlace(t *testing.T) {
	raw := "openapi: 3.0.3\ninfo:\n  title: T\n  version: '1'\npaths:\n  /a/{id}:\n    get:\n      operationId: x\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/No'}\n"
	d, err := testReader(t).Read(t.Context(), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := []Problem{
		{Warning, "Path parameters", "", 7, 5, "/paths/~1a~1{id}/get", `GET /a/{id}: the path parameter {id} is not declared. Until it is, it is shown as a text.`,
			`Write {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}} into its "parameters".`},
		{Warning, "References", "", 14, 24, "/paths/~1a~1{id}/get/responses/200/content/application~1json/schema/$ref", `The reference "#/components/schemas/No" names nothing in the document. Pages show it as missing.`,
			`Define "No" in components.schemas.`},
	}
	if fmt.Sprint(d.Problems) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", d.Problems, want)
	}
}

// A template that the gateway's matcher cannot match is a fault, with its line.
func TestUnmatchablePathsAreFaults(t *testing.T) {
	for template, want := range map[string]string{
		"/tiles/{x}{y}": "nothing between them", "/tiles/{x}-{y}{z}": "nothing between them", "/{a}/{b": "does not close it", "/{a/b}": "does not close it",
		"/tiles/{z}-{x}.png": "", "/{a}/{b}": "", "/v{n}:go": "", "/plain": "",
	} {
		raw := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /ok: {get: {responses: {}}}\n  " + template + ":\n    get: {responses: {}}\n"
		_, err := testReader(t).Read(t.Context(), []byte(raw))
		if want == "" && err == nil {
			continue
		}
		if fields := fault.From(err).Fields; want == "" || len(fields) != 1 || !strings.HasPrefix(fields[0].Message, "Line 5: ") || !strings.Contains(fields[0].Message, want) {
			t.Errorf("%q: %v, want %q", template, err, want)
		}
	}
}

// Methods beside those with fields of their own (3.2) can be sent, and are there once.
func TestMethodsThatCannotBeSentAreFaults(t *testing.T) {
	for method, want := range map[string]string{
		"COPY": "", "M-SEARCH": "", " COPY": "no HTTP method", "CO PY": "no HTTP method", "A/B": "no HTTP method", "": "no HTTP method", "GET": "the field \"get\"", "query": "the field \"query\"",
	} {
		raw := "openapi: 3.2.0\ninfo: {title: T, version: '1'}\npaths:\n  /ok:\n    additionalOperations:\n      \"" + method + "\": {responses: {}}\n"
		_, err := testReader(t).Read(t.Context(), []byte(raw))
		if want == "" && err == nil {
			continue
		}
		if fields := fault.From(err).Fields; want == "" || len(fields) != 1 || !strings.HasPrefix(fields[0].Message, "Line 6: ") || !strings.Contains(fmt.Sprint(fields), want) {
			t.Errorf("%q: %v, want %q", method, err, want)
		}
	}
}

// The child's entry takes any bytes. R101, R102.
func FuzzExamine(f *testing.F) {
	for _, s := range []string{small, bomb(), nestedAnchors(3), canaries, "{}", `{"openapi":"3.0.0","paths":{"/0":{"$ref":""}}}`, `{"openapi":"3.1.0","paths":{"/a":{"$ref":"#/paths/~1a"}}}`,
		`{"swagger":"2.0","host":"h","paths":{"/a":{"parameters":[{"in":"body","schema":{"$ref":"#/definitions/A"}}],"post":{"consumes":["a/b"],"parameters":[{"in":"formData","name":"f","type":"file"},{"$ref":"#/parameters/q"}],"responses":{"200":{"schema":{"type":["string","null"]},"examples":{"a/b":1}},"400":{"$ref":"#/responses/r"}}}}},"parameters":{"q":{"in":"query","name":"q","type":"array","collectionFormat":"tsv","items":{"type":"string"}}},"responses":{"r":{"headers":{"H":{"type":"string"}}}},"definitions":{"A":{"discriminator":"k","allOf":[{"$ref":"#/definitions/A","x-nullable":true}]}},"securityDefinitions":{"o":{"type":"oauth2","flow":"application"},"b":{"type":"basic"}}}`,
		`{"openapi":"3.2.0","paths":{"/a":{"additionalOperations":{"COPY":{}},"query":{}}},"components":{"schemas":{"A":{"allOf":[{"$ref":"#/components/schemas/A"}]}}}}`,
		`{"openapi":"3.2.0","paths":{"/a":{"additionalOperations":{" 000":{}}}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := examine(raw)
		if err != nil {
			t.Fatal(err)
		}
		if d.OpenAPIVersion != "" && len(d.Faults()) == 0 {
			if _, err := public(raw); err != nil {
				t.Fatal(err)
			}
			Passages(raw, d.Problems)
		}
		for _, op := range d.Operations {
			detail, err := op.Open()
			if err != nil || len(op.Detail) > MaxDetail {
				t.Fatalf("%s: %d bytes, %v", op.Key, len(op.Detail), err)
			}
			Samples(op, detail, "http://localhost", "")
			slice, err := Slice(raw, op.Key)
			if err != nil {
				t.Fatalf("%s: %v", op.Key, err)
			}
			if _, err := ForTry(slice, "http://localhost"); err != nil {
				t.Fatalf("%s: %v", op.Key, err)
			}
		}
	})
}

// What a child writes for download is what this process would, and what it can't is
// no half of it.
func TestWriteWhole(t *testing.T) {
	raw := spoken("3.1.0", "summary: s")
	for yaml, want := range map[bool]func([]byte, string) ([]byte, error){false: Whole, true: WholeYAML} {
		var got bytes.Buffer
		if err := testReader(t).WriteWhole(t.Context(), bytes.NewReader(raw), yaml, "https://gw/\"a", &got); err != nil {
			t.Fatal(err)
		}
		if expected, err := want(raw, "https://gw/\"a"); err != nil || !bytes.Equal(got.Bytes(), expected) {
			t.Errorf("got %s, want %s, %v", got.Bytes(), expected, err)
		}
	}
	if err := testReader(t).WriteWhole(t.Context(), strings.NewReader("{"), false, "https://gw", io.Discard); !fault.Is(err, fault.Unavailable) {
		t.Errorf("of what is no document: %v", err)
	}
	r := testReader(t)
	r.writing <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.WriteWhole(ctx, bytes.NewReader(raw), false, "https://gw", io.Discard); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while another is written: %v", err)
	}
}
