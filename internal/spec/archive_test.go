package spec

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/fault"
)

// zipOf packs files by their names, in order.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// harbour is a document of several files, with names that clash, a circle, and
// files that refer back to the main one.
var harbour = map[string]string{
	"api/openapi.yaml": `openapi: 3.0.3
info: {title: Harbour, version: "1"}
paths:
  /berths: {$ref: paths/berths.yaml}
  /ships/{id}:
    parameters: [{$ref: "parameters.yaml#/id"}]
    get: {responses: {200: {description: ok, content: {application/json: {schema: {$ref: "schemas/Ship.yaml"}}}}}}
components:
  schemas:
    Berth: {type: string}
    Ship: {$ref: schemas/Ship.yaml}
`,
	"api/paths/berths.yaml": `get:
  responses:
    200: {description: ok, content: {application/json: {schema: {$ref: "../schemas/all.json#/Berth"}}}}
    404: {$ref: "../responses.yaml#/Missing"}
    500: {description: no, content: {application/json: {schema: {$ref: "../openapi.yaml#/components/schemas/Berth"}}}}
post:
  requestBody: {$ref: "#/x-body"}
  responses: {201: {description: ok}}
x-body: {content: {application/json: {schema: {$ref: "https://elsewhere.example/x.yaml"}}}}
`,
	"api/schemas/all.json":  `{"Berth":{"type":"object","properties":{"ship":{"$ref":"Ship.yaml"},"lost":{"$ref":"#/Nowhere"}}}}`,
	"api/schemas/Ship.yaml": `{type: object, properties: {tug: {$ref: "#"}, berth: {$ref: all.json#/Berth}}, discriminator: {propertyName: kind, mapping: {tug: Tug.yaml}}}`,
	"api/schemas/Tug.yaml":  `allOf: [{$ref: ./Ship.yaml}]`,
	"api/responses.yaml":    `Missing: {description: none, headers: {Retry: {$ref: "parameters.yaml#/retry"}}}`,
	"api/parameters.yaml":   "id: {name: id, in: path, required: true, schema: {type: string}}\nretry: {schema: {type: integer}}\n",
	"api/README.md":         "not read",
	"__MACOSX/._x.yaml":     "\x00",
}

// The files of an archive become one document, which stands for itself.
func TestArchiveIsBundled(t *testing.T) {
	d, err := testReader(t).Read(t.Context(), zipOf(t, harbour))
	if err != nil {
		t.Fatal(err)
	}
	var keys, report []string
	for _, op := range d.Operations {
		keys = append(keys, op.Key)
	}
	for _, p := range d.Problems {
		report = append(report, p.Where()+" "+p.Message)
	}
	if got := fmt.Sprint(keys); got != "[GET /berths POST /berths GET /ships/{id}]" {
		t.Errorf("operations %s", got)
	}
	said := strings.Join(report, "\n")
	for _, want := range []string{`api/paths/berths.yaml, line 9 The reference "https://elsewhere.example/x.yaml" points outside`,
		`api/schemas/all.json, line 1 The reference "#/Nowhere" names nothing in the file "api/schemas/all.json"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the report lacks %q:\n%s", want, said)
		}
	}
	p, err := parse(d.Bundled)
	if err != nil {
		t.Fatal(err)
	}
	one := string(p.root.appendJSON(nil))
	for _, want := range []string{
		`"404":{"$ref":"#/components/responses/Missing"}`, `"schema":{"$ref":"#/components/schemas/Berth-2"}`, `"schema":{"$ref":"#/components/schemas/Berth"}`,
		`"Ship":{"type":"object","properties":{"tug":{"$ref":"#/components/schemas/Ship"},"berth":{"$ref":"#/components/schemas/Berth-2"}}`,
		`"mapping":{"tug":"#/components/schemas/Tug"}`, `"Tug":{"allOf":[{"$ref":"#/components/schemas/Ship"}]}`, `"parameters":[{"$ref":"#/components/parameters/id"}]`,
		`"requestBody":{"$ref":"#/components/requestBodies/x-body"}`, `"headers":{"Retry":{"$ref":"#/components/headers/retry"}}`, `"Berth":{"type":"string"}`,
	} {
		if !strings.Contains(one, want) {
			t.Errorf("the bundle lacks %s:\n%s", want, one)
		}
	}
	if _, err := Slice(d.Bundled, "GET /berths"); err != nil {
		t.Error(err)
	}
	again, err := testReader(t).Read(t.Context(), zipOf(t, harbour))
	if err != nil || !bytes.Equal(again.Bundled, d.Bundled) {
		t.Errorf("the same archive makes another document: %v", err)
	}
}

func TestArchivesOfOtherShapes(t *testing.T) {
	pets := "/pets: {get: {responses: {200: {description: ok}}}}"
	for name, files := range map[string]map[string]string{
		"whole sections in files": {"openapi.yml": "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {$ref: paths.yaml}\ncomponents: {$ref: components.yaml}\n",
			"paths.yaml": pets, "components.yaml": "schemas: {$ref: 's.yaml'}", "s.yaml": "A: {$ref: a.yaml}\nB: {properties: {a: {$ref: a.yaml}}}", "a.yaml": "type: string"},
		"the only document, of another name": {"x/shop.yaml": small, "x/parts/p.yaml": "a: 1", "x/broken.yaml": "{"},
		"Swagger 2.0": {"swagger.json": `{"swagger":"2.0","paths":{"/pets":{"get":{"responses":{"200":{"description":"ok","schema":{"$ref":"pet.yaml"}}}}}}}`,
			"pet.yaml": "{type: object, properties: {p: {$ref: '#'}}}"},
		"an operation in a file": {"openapi.json": `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"$ref":"get.yaml"}}}}`, "get.yaml": "responses: {200: {description: ok}}"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := testReader(t).Read(t.Context(), zipOf(t, files))
			if err != nil || len(d.Operations) != 1 || strings.Contains(string(d.Bundled), ".yaml") {
				t.Errorf("%v %v\n%s", err, d.Problems, d.Bundled)
			}
			if again, err := examine(d.Bundled); err != nil || len(again.Operations) != 1 {
				t.Errorf("what is stored reads as %v, %v", again.Problems, err)
			}
		})
	}
}

// R101: an archive that could do harm is refused, and the entry named.
func TestHostileArchivesAreRefused(t *testing.T) {
	one := func(name, text string) []byte { return zipOf(t, map[string]string{"openapi.yaml": small, name: text}) }
	many := map[string]string{}
	for i := range maxEntries + 1 {
		many[fmt.Sprintf("f%d.txt", i)] = ""
	}
	twice := func() []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, name := range []string{"openapi.yaml", "a/../openapi.yaml", "./openapi.yaml"} {
			if f, err := w.Create(strings.ReplaceAll(name, "a/../", "")); err == nil {
				_, _ = f.Write([]byte(small))
			}
		}
		_ = w.Close()
		return out.Bytes()
	}
	link := func() []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		h := &zip.FileHeader{Name: "link.yaml"}
		h.SetMode(0o777 | fs.ModeSymlink)
		if f, err := w.CreateHeader(h); err == nil {
			_, _ = f.Write([]byte("/etc/passwd"))
		}
		_ = w.Close()
		return out.Bytes()
	}
	locked := one("a.yaml", "a: 1")
	for i := range len(locked) - 4 {
		switch string(locked[i : i+4]) {
		case "PK\x03\x04":
			locked[i+6] |= 1
		case "PK\x01\x02":
			locked[i+8] |= 1
		}
	}
	body := func(ref string) string {
		return "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: '" + ref + "'}\n"
	}
	for name, tt := range map[string]struct {
		raw  []byte
		says string
	}{
		"a path out of it":         {one("../evil.yaml", ""), `"../evil.yaml" leads out`},
		"a path out of it, within": {one("a/../../evil.yaml", ""), `leads out`},
		"an absolute path":         {one("/etc/evil.yaml", ""), "absolute"},
		"a drive":                  {one("C:/evil.yaml", ""), "absolute"},
		"a backslash":              {one(`a\evil.yaml`, ""), "backslash"},
		"a NUL":                    {one("a\x00.yaml", ""), "control character"},
		"a name in Latin-1":        {one("caf\xe9.yaml", ""), "not in UTF-8"},
		"a long name":              {one(strings.Repeat("x", 300), ""), "longer than 255"},
		"a symbolic link":          {link(), `"link.yaml" is a symbolic link`},
		"an archive within":        {one("more.zip", "PK\x03\x04"), `"more.zip" is an archive itself`},
		"a hidden archive":         {zipOf(t, map[string]string{"openapi.yaml": body("p.yaml"), "p.yaml": "PK\x03\x04"}), "p.yaml: This is a compressed file"},
		"a name twice":             {twice(), `"openapi.yaml" twice`},
		"an encrypted entry":       {locked, "encrypted"},
		"too many entries":         {zipOf(t, many), "2000 entries"},
		"a bomb":                   {one("bomb.yaml", strings.Repeat("a", 30<<20)), `"bomb.yaml" is packed to less than 1 in 200`},
		"too much together":        {manyBombs(t), "32 MiB together"},
		"nothing in it":            {zipOf(t, nil), "no file that ends in"},
		"only text":                {zipOf(t, map[string]string{"a.txt": "a"}), "no file that ends in"},
		"a half archive":           {one("a.yaml", "a: 1")[:120], "cannot be read"},
		"no document":              {zipOf(t, map[string]string{"a.yaml": "a: 1", "b.yaml": "b: 1"}), "None of the archive's files"},
		"several documents":        {zipOf(t, map[string]string{"a.yaml": small, "b.yaml": small}), `"a.yaml", "b.yaml". Name it openapi.yaml`},
		"a circle of paths":        {zipOf(t, map[string]string{"openapi.yaml": body("p.yaml"), "p.yaml": "{$ref: q.yaml}", "q.yaml": "{$ref: p.yaml}"}), "circle"},
		"a circle of callbacks":    {zipOf(t, map[string]string{"openapi.yaml": body("p.yaml"), "p.yaml": "get: {callbacks: {c: {x: {$ref: p.yaml}}}}"}), "circle"},
		"a fault in a part":        {zipOf(t, map[string]string{"openapi.yaml": body("p.yaml"), "p.yaml": "get:\n  a: [\n"}), "p.yaml, line "},
		"a bomb of references":     {zipOf(t, doubling(40)), "several places included"},
		"UTF-16 in a part":         {zipOf(t, map[string]string{"openapi.yaml": body("p.yaml"), "p.yaml": utf16Of(small)}), "UTF-16"},
		"a bomb of aliases inside": {zipOf(t, map[string]string{"openapi.yaml": bomb()}), "aliases"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := testReader(t).Read(t.Context(), tt.raw)
			if all := fmt.Sprint(fault.From(err).Message, fault.From(err).Fields); fault.Code(err) != "document_refused" || !strings.Contains(all, tt.says) {
				t.Errorf("got %v, want what says %q", all, tt.says)
			}
		})
	}
}

// manyBombs has entries that are each within bounds.
func manyBombs(t testing.TB) []byte {
	files := map[string]string{"openapi.yaml": small}
	for i := range 40 {
		files[fmt.Sprintf("f%d.yaml", i)] = strings.Repeat("a", 1<<20)
	}
	return zipOf(t, files)
}

// doubling are files of which each has the next one twice.
func doubling(n int) map[string]string {
	files := map[string]string{"openapi.yaml": "openapi: 3.0.3\npaths: {/a: {$ref: p0.yaml}}"}
	for i := range n {
		files[fmt.Sprintf("p%d.yaml", i)] = fmt.Sprintf("get: {callbacks: {c: {x: {$ref: p%d.yaml}, y: {$ref: p%d.yaml}}}}", i+1, i+1)
	}
	files[fmt.Sprintf("p%d.yaml", n)] = "get: {}"
	return files
}

// R101, R102: whatever is in an archive, it ends in a document or a reason.
func FuzzArchive(f *testing.F) {
	f.Add(harbour["api/openapi.yaml"], harbour["api/paths/berths.yaml"], harbour["api/schemas/all.json"], "p/q.yaml")
	f.Add("openapi: 3.0.0\npaths: {$ref: b.yaml}", "/a: {$ref: '#/x'}\nx: {$ref: c.json}", `{"get":{"$ref":"b.yaml#/x"}}`, "c.json")
	f.Add(`{"swagger":"2.0","definitions":{"$ref":"b.yaml#/a"}}`, "a: {A: {$ref: c.json}}", `{"allOf":[{"$ref":"c.json#"}],"discriminator":{"mapping":{"x":"b.yaml#/a/A"}}}`, "c.json")
	f.Fuzz(func(t *testing.T, main, second, third, name string) {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, file := range [][2]string{{"openapi.yaml", main}, {"b.yaml", second}, {name, third}} {
			part, err := w.Create(file[0])
			if err != nil {
				return
			}
			_, _ = part.Write([]byte(file[1]))
		}
		_ = w.Close()
		d, err := examine(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Faults()) > 0 || d.Bundled == nil {
			return
		}
		again, err := examine(d.Bundled)
		if err != nil || len(again.Operations) != len(d.Operations) {
			t.Fatalf("the bundle reads as another document: %v, %v", err, again.Problems)
		}
	})
}
