package spec

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/leaveout"
)

// nasty would end a literal in some language if it were not quoted.
const nasty = "a'b\"c`d\\n$HOME ${x} %s {y} \"\"\" \\u0022 é 注 \u2028 */"

func operationOf(t *testing.T, raw, key string) (Operation, Detail) {
	t.Helper()
	d, err := examine([]byte(raw))
	if err != nil || len(d.Faults()) > 0 {
		t.Fatalf("%v %v", err, d.Faults())
	}
	o, ok := d.Operation(key)
	if !ok {
		t.Fatalf("no %s", key)
	}
	detail, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	return o, detail
}

func sampleDocument() string {
	q := string(textNode(nasty).appendJSON(nil))
	return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/offers/{id}/it's \"x\"":{"post":{
	"parameters":[
	  {"name":"id","in":"path","required":true,"schema":{"type":"string"},"example":"a/b c"},
	  {"name":"tag","in":"query","required":true,"schema":{"type":"array","items":{"type":"string"}},"example":["x","y&z"]},
	  {"name":"where","in":"query","required":true,"style":"deepObject","explode":true,"schema":{"type":"object"},"example":{"k":"v"}},
	  {"name":"skipped","in":"query","schema":{"type":"string"}},
	  {"name":"X-Key","in":"header","required":true,"schema":{"type":"string"},"example":"k'\"1"}],
	"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["text"],"properties":{
	  "text":{"type":"string","const":` + q + `},"on":{"type":"boolean"},"none":{"type":"null"},"n":{"type":"integer","minimum":7},
	  "secret":{"type":"string","readOnly":true}}}}}},
	"responses":{"200":{"description":"ok"}}}}}}`
}

// seen is what the server was asked.
type seen struct{ method, uri, key, auth, media, body string }

// recorder answers everything and tells what it was asked.
func recorder(t *testing.T) (*httptest.Server, chan seen) {
	asked := make(chan seen, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked <- seen{r.Method, r.RequestURI, r.Header.Get("X-Key"), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(b)}
	}))
	t.Cleanup(s.Close)
	return s, asked
}

// Each sample is run, where its language is at hand, and makes the same call.
func TestSamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts compilers")
	}
	server, asked := recorder(t)
	o, d := operationOf(t, sampleDocument(), `POST /offers/{id}/it's "x"`)
	tools := map[string]struct {
		file string
		run  []string
	}{
		"curl":       {"call.sh", []string{"sh", "call.sh"}},
		"go":         {"main.go", []string{"go", "run", "main.go"}},
		"python":     {"call.py", []string{"python3", "call.py"}},
		"javascript": {"call.mjs", []string{"node", "call.mjs"}},
		"java":       {"Example.java", []string{"java", "Example.java"}},
	}
	for _, sample := range Samples(o, d, server.URL, "MY_TOKEN") {
		t.Run(sample.Language, func(t *testing.T) {
			tool, ok := tools[sample.Language]
			if !ok {
				t.Skip("no toolchain known")
			}
			if _, err := exec.LookPath(tool.run[0]); err != nil {
				leaveout.Skip(t, "spec: running the sample in "+sample.Language+", for want of "+tool.run[0])
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tool.file), []byte(sample.Code), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), tool.run[0], tool.run[1:]...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "MY_TOKEN=gth_t", "PYENV_VERSION=", "GOFLAGS=-mod=mod -trimpath", "CGO_ENABLED=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, sample.Code)
			}
			got := <-asked
			n, _, err := parseJSON([]byte(got.body))
			if err != nil {
				t.Fatalf("%v in %q", err, got.body)
			}
			want := seen{"POST", "/offers/a%2Fb%20c/it's%20%22x%22?tag=x&tag=y%26z&where%5Bk%5D=v", `k'"1`, "Bearer gth_t", "application/json", got.body}
			if got != want {
				t.Errorf("\ngot  %+v\nwant %+v", got, want)
			}
			if n.str("text") != nasty || n.str("n") != "7" || !n.flag("on") || n.find("none") < 0 || n.find("secret") >= 0 {
				t.Errorf("body %q", got.body)
			}
		})
	}
}

func TestSamplesOfOtherBodies(t *testing.T) {
	document := func(media, schema string) string {
		return `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"put":{"requestBody":{"content":{"` + media +
			`":{"schema":` + schema + `}}},"responses":{}},"head":{"responses":{}}}}}`
	}
	for name, tt := range map[string]struct{ raw, key, want string }{
		"an encoded form": {document("application/x-www-form-urlencoded", `{"type":"object","properties":{"a b":{"type":"string","example":"c&d"}}}`),
			"PUT /a", "curl -X PUT 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\" \\\n  -H 'Content-Type: application/x-www-form-urlencoded' \\\n  --data 'a+b=c%26d'"},
		"a file": {document("image/png", `{"type":"string","format":"binary"}`),
			"PUT /a", "curl -X PUT 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\" \\\n  -H 'Content-Type: image/png' \\\n  --data-binary @body.bin"},
		"no body": {document("image/png", "{}"), "HEAD /a", "curl --head 'http://gw/a' \\\n  -H \"Authorization: Bearer $GATEHOUSE_TOKEN\""},
	} {
		t.Run(name, func(t *testing.T) {
			o, d := operationOf(t, tt.raw, tt.key)
			if got := Samples(o, d, "http://gw/", "not a name")[0].Code; got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	for name, tt := range map[string]struct{ schema, request, answer string }{
		"its own example first":     {`{"type":"object","example":{"b":1,"a":2}}`, `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		"read-only only in answers": {`{"properties":{"id":{"type":"integer","readOnly":true},"pw":{"type":"string","writeOnly":true}}}`, `{"pw":"string"}`, `{"id":1}`},
		"a format's value":          {`{"type":"array","items":{"type":"string","format":"date"}}`, `["2026-01-31"]`, `["2026-01-31"]`},
		"limits are kept":           {`{"properties":{"n":{"type":"number","minimum":5},"s":{"type":"string","minLength":8},"t":{"type":"string","maxLength":2}}}`, `{"n":5,"s":"stringst","t":"st"}`, `{"n":5,"s":"stringst","t":"st"}`},
		"the first of an enum":      {`{"type":"string","enum":["x","y"]}`, `"x"`, `"x"`},
		"parts of allOf together":   {`{"allOf":[{"properties":{"a":{"type":"boolean"}}},{"properties":{"b":{"const":3}}}]}`, `{"a":true,"b":3}`, `{"a":true,"b":3}`},
		"the first branch of oneOf": {`{"oneOf":[{"type":"integer"},{"type":"string"}]}`, `1`, `1`},
		"a tree ends":               {`{"$ref":"#/components/schemas/Tree"}`, `{"name":"string"}`, `{"name":"string"}`},
	} {
		t.Run(name, func(t *testing.T) {
			raw := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"requestBody":{"content":{"application/json":{"schema":` + tt.schema +
				`}}}}}},"components":{"schemas":{"Tree":{"properties":{"name":{"type":"string"},"left":{"$ref":"#/components/schemas/Tree"}}}}}}`
			_, d := operationOf(t, raw, "GET /a")
			if got := string(d.Body.Media[0].Example(true)); got != tt.request {
				t.Errorf("request %s, want %s", got, tt.request)
			}
			if got := string(d.Body.Media[0].Example(false)); got != tt.answer {
				t.Errorf("answer %s, want %s", got, tt.answer)
			}
		})
	}
}

func TestSampleHeadersStayOnTheirLine(t *testing.T) {
	raw := `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[{"name":"X\r\nY","in":"header","required":true,"schema":{"type":"string"},"example":"1\r\nEvil: 2"}],"responses":{}}}}}`
	o, d := operationOf(t, raw, "GET /a")
	for _, s := range Samples(o, d, "http://gw", "") {
		if strings.Contains(s.Code, "\nEvil") || strings.Contains(s.Code, `\nEvil`) {
			t.Errorf("%s breaks the header:\n%s", s.Language, s.Code)
		}
	}
}
