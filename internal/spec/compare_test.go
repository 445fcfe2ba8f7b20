package spec

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

// spoken is a document of one operation in a few words of YAML.
func spoken(version, operation string) []byte {
	return []byte("openapi: " + version + "\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post:\n      " +
		strings.ReplaceAll(strings.TrimSpace(operation), "\n", "\n      ") + "\n      responses: {'200': {description: ok}}\n" +
		"components:\n  schemas:\n    Old: {type: object, properties: {a: {type: string}, deep: {$ref: '#/components/schemas/Old'}}}\n" +
		"    New: {type: object, required: [a], properties: {a: {type: string}, deep: {$ref: '#/components/schemas/New'}}}\n")
}

func body(schema string) string {
	return "requestBody: {content: {application/json: {schema: " + schema + "}}}"
}

// Removed operations and newly required inputs are never missed, even where
// nothing but our own comparison can read the documents.
func TestRequiredInputsAreNeverMissed(t *testing.T) {
	for name, tt := range map[string]struct{ base, revision, says string }{
		"a new parameter":                    {"parameters: []", "parameters: [{name: q, in: query, required: true, schema: {type: string}}]", `query parameter "q" is new and required`},
		"a parameter became required":        {"parameters: [{name: q, in: query, schema: {type: string}}]", "parameters: [{name: q, in: query, required: true, schema: {type: string}}]", `query parameter "q" became required`},
		"a header in other letters":          {"parameters: [{name: X-Q, in: header, schema: {type: string}}]", "parameters: [{name: x-q, in: header, required: true, schema: {type: string}}]", `header parameter "x-q" became required`},
		"a body":                             {"summary: s", body("{type: string}") + "\n", ""},
		"a required body":                    {"summary: s", "requestBody: {required: true, content: {application/json: {}}}", "request body is new and required"},
		"a body became required":             {"requestBody: {content: {application/json: {}}}", "requestBody: {required: true, content: {application/json: {}}}", "request body became required"},
		"a new property":                     {body("{type: object}"), body("{type: object, required: [x], properties: {x: {type: string}}}"), `property "x" is new and required`},
		"a property became required":         {body("{$ref: '#/components/schemas/Old'}"), body("{$ref: '#/components/schemas/New'}"), `property "a" became required`},
		"a property deep below":              {body("{type: object, properties: {deep: {$ref: '#/components/schemas/Old'}}}"), body("{type: object, properties: {deep: {$ref: '#/components/schemas/New'}}}"), `property "deep/a" became required`},
		"a property of items":                {body("{type: array, items: {$ref: '#/components/schemas/Old'}}"), body("{type: array, items: {$ref: '#/components/schemas/New'}}"), `"items/a" became required`},
		"a property by allOf":                {body("{$ref: '#/components/schemas/Old'}"), body("{allOf: [{$ref: '#/components/schemas/Old'}, {required: [a]}]}"), `property "a" became required`},
		"a property of each alternative":     {body("{oneOf: [{required: [a]}, {type: object}]}"), body("{oneOf: [{required: [a]}, {required: [a]}]}"), `property "a" is new and required`},
		"a property of one alternative":      {body("{type: object}"), body("{oneOf: [{required: [a]}, {type: object}]}"), ""},
		"what is only read":                  {body("{type: object}"), body("{type: object, required: [x], properties: {x: {type: string, readOnly: true}}}"), ""},
		"what was required already":          {body("{$ref: '#/components/schemas/New'}"), body("{allOf: [{$ref: '#/components/schemas/New'}]}"), ""},
		"a property of a map's values":       {body("{additionalProperties: {$ref: '#/components/schemas/Old'}}"), body("{additionalProperties: {$ref: '#/components/schemas/New'}}"), `"*/a" became required`},
		"what stands beside a reference":     {body("{$ref: '#/components/schemas/Old'}"), body("{$ref: '#/components/schemas/Old', required: [a]}"), `property "a" became required`},
		"a parameter of the operation's own": {"parameters: [{name: Authorization, in: header}]", "parameters: [{name: Authorization, in: header, required: true}]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []string{"3.1.0", "3.2.0"} {
				base, revision := spoken(version, tt.base), spoken(version, tt.revision)
				own, _, err := prepare(base, revision)
				if err != nil {
					t.Fatal(err)
				}
				if got := texts(own); tt.says == "" && got != "" || !strings.Contains(got, tt.says) {
					t.Errorf("ours: %s, want %s", got, tt.says)
				}
				all := compared(t, base, revision)
				breaking := slices.IndexFunc(all, func(c Change) bool { return c.Breaking && c.Operation == "POST /a" })
				if tt.says != "" && breaking < 0 {
					t.Errorf("%s: nothing breaks: %v", version, all)
				}
				if n := strings.Count(texts(all), "required"); tt.says != "" && n > 2 {
					t.Errorf("said more than once: %s", texts(all))
				}
			}
		})
	}
}

func texts(changes []Change) string {
	var out []string
	for _, c := range changes {
		if c.Breaking {
			out = append(out, c.Text)
		}
	}
	return strings.Join(out, " | ")
}

func TestCompareNamesOperations(t *testing.T) {
	const base = "openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths:\n  /a/{id}: {get: {responses: {'200': {description: ok}}}}\n" +
		"  /gone: {get: {deprecated: true, responses: {'200': {description: ok}}}, query: {responses: {'200': {description: ok}}}}\n  /old: {get: {responses: {'200': {description: ok}}}}\n"
	const revision = "openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths:\n  /a/{key}: {get: {responses: {'200': {description: ok}}}}\n" +
		"  /old: {get: {deprecated: true, responses: {'200': {description: ok}}}}\n  /new: {get: {responses: {'200': {description: ok}}}, additionalOperations: {COPY: {responses: {'200': {description: ok}}}}}\n"
	changes, err := testReader(t).Compare(t.Context(), []byte(base), []byte(revision))
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string][]string{KindRemoved: {"GET /gone", "QUERY /gone"}, KindAdded: {"COPY /new", "GET /new"}, KindDeprecated: {"GET /old"}, KindChanged: nil} {
		if got := keysOf(changes, kind); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
	for _, c := range changes {
		if c.Breaking != (c.Kind == KindRemoved) {
			t.Errorf("%+v", c)
		}
	}
	if len(changes) == 0 || changes[0].Kind != KindRemoved {
		t.Errorf("what breaks is not first: %+v", changes)
	}
}

// Addresses that differ by the names of parameters alone are told apart, as the
// gateway does.
func TestCompareAmbiguousAddresses(t *testing.T) {
	const base = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{id}: {get: {responses: {'200': {description: ok}}}}\n  /a/{name}: {get: {responses: {'200': {description: ok}}}, put: {responses: {'200': {description: ok}}}}\n"
	changes := compared(t, []byte(base), []byte(strings.ReplaceAll(base, "/a/{name}: {get: {responses: {'200': {description: ok}}}, ", "/a/{name}: {")))
	if len(changes) != 1 || changes[0].Operation != "GET /a/{name}" || changes[0].Kind != KindRemoved {
		t.Errorf("got %+v", changes)
	}
}

// A document against itself has no changes, whatever it is; with an operation less
// and an input more it never has none. R101: within our limits.
func TestCorpusAgainstItself(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB of documents")
	}
	reader := testReader(t)
	for _, row := range corpusRows(t) {
		raw, err := os.ReadFile(filepath.Join(corpus, row.file))
		if err != nil {
			t.Fatal(err)
		}
		s, err := accepted(raw)
		if err != nil || slow > 1 && len(raw) > 100<<10 {
			continue // not imported, or too much for the race detector
		}
		t.Run(row.file, func(t *testing.T) {
			var peak int64
			reader.ended = func(s *os.ProcessState) {
				if u, ok := s.SysUsage().(*syscall.Rusage); ok {
					peak = u.Maxrss << 10
				}
			}
			places := s.places()
			if len(places) < 2 {
				return
			}
			mutant := newComparer(s, s).entire(s)
			other, err := accepted(mutant)
			if err != nil {
				t.Fatal(err)
			}
			gone, more := mutate(other)
			mutant = other.root.appendJSON(nil)
			start := time.Now()
			var changes []Change
			if slow == 1 && len(raw) > 200<<10 {
				if changes, err = reader.Compare(t.Context(), raw, mutant); err != nil {
					t.Fatal(err)
				}
			} else {
				changes = compared(t, raw, mutant)
			}
			took := time.Since(start)
			incomplete := slices.IndexFunc(changes, func(c Change) bool { return c.Rule == RuleIncomplete })
			t.Logf("%-40s %6d KiB, %4d operations, %2d changes, %.2fs %d MiB", row.file, len(raw)>>10, len(places), len(changes), took.Seconds(), peak>>20)
			if incomplete >= 0 {
				t.Logf("    %s", changes[incomplete].Text)
			}
			if peak > ReadMemory || took > ReadTimeout+10*time.Second { // the child is ended, which takes its time on a busy machine
				t.Errorf("took %v and %d bytes", took, peak)
			}
			if got := keysOf(changes, KindRemoved); !slices.Equal(got, []string{gone}) {
				t.Errorf("removed %v, want %s", got, gone)
			}
			for _, c := range changes {
				if c.Breaking && c.Operation != gone && c.Operation != more || c.Kind == KindAdded {
					t.Errorf("%+v", c)
				}
			}
			if !strings.Contains(texts(changes), `"gatehouse_mutant"`) {
				t.Errorf("the new parameter of %s was missed: %+v", more, changes)
			}
			if slow == 1 && len(raw) > 5<<20 {
				cutShort(t, raw, mutant, gone, more)
			}
		})
	}
}

// cutShort compares where no detail can be looked at: that is said, and nothing that
// is sure is missed.
func cutShort(t *testing.T, base, revision []byte, gone, more string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := readerOf(self, halfArg)
	r.Timeout = slow * 5 * time.Minute // what is left out is what the child does, not how fast
	changes, err := r.Compare(t.Context(), base, revision)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 3 || changes[0].Operation != more || !strings.Contains(changes[0].Text, `"gatehouse_mutant" is new and required`) ||
		changes[1].Operation != gone || changes[1].Kind != KindRemoved || changes[2].Rule != RuleIncomplete {
		t.Errorf("cut short: %+v", changes)
	}
}

// A list that is cut keeps what callers can't do without, and says how much is gone.
func TestCutListsKeepWhatIsSure(t *testing.T) {
	var all []Change
	for i := range MaxChanges + 7 {
		all = append(all, Change{Operation: "GET /a", Kind: KindChanged, Breaking: true, Rule: "response-property-removed", Text: strconv.Itoa(i), at: 1})
	}
	all = append(all, Change{Operation: "GET /z", Kind: KindRemoved, Breaking: true, Rule: "own-operation-removed", at: 9},
		Change{Operation: "GET /y", Kind: KindChanged, Breaking: true, Rule: "own-input-required", at: 8})
	got := capped(all)
	if len(got) != MaxChanges+1 || got[MaxChanges-1].Operation != "GET /z" || got[MaxChanges-2].Operation != "GET /y" || !strings.HasPrefix(got[MaxChanges].Text, "And 9 more changes") {
		t.Errorf("%d, the last %+v", len(got), got[len(got)-3:])
	}
}

// What we found is left out only where the other comparison says the same.
func TestSaidTwice(t *testing.T) {
	for name, tt := range map[string]struct {
		own, other Change
		want       bool
	}{
		"the same property":   {Change{Kind: KindChanged, Rule: "own-property-required", name: "a"}, Change{Rule: "new-required-request-property", Text: `Added "deep/a".`}, true},
		"the end of another":  {Change{Kind: KindChanged, Rule: "own-property-required", name: "a"}, Change{Rule: "new-required-request-property", Text: `Added "data".`}, false},
		"a body":              {Change{Kind: KindChanged, Rule: ruleBody}, Change{Rule: "request-body-became-required"}, true},
		"a body in a name":    {Change{Kind: KindChanged, Rule: ruleBody}, Change{Rule: "new-required-request-parameter", Text: `"body"`}, false},
		"what is not known":   {Change{Kind: KindChanged, Rule: RuleIncomplete}, Change{Rule: "request-body-became-required"}, false},
		"a removed operation": {Change{Kind: KindRemoved}, Change{Kind: KindRemoved}, true},
	} {
		if got := tt.own.saidBy(tt.other); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// mutate takes the first operation from a document and has the last one demand more.
func mutate(s *source) (gone, more string) {
	places := s.places()
	first, last := places[0], places[len(places)-1]
	for i, key := range first.item.keys {
		if first.item.items[i] == first.node {
			first.item.items = slices.Delete(first.item.items, i, i+1)
			first.item.keys = slices.Delete(first.item.keys, i, i+1)
			first.item.index = nil
			_ = key
			break
		}
	}
	parameters := last.node.get("parameters")
	if !parameters.is(list) {
		parameters = &node{kind: list}
	}
	parameters.items = append(slices.Clone(parameters.items), objectOf("name", textNode("gatehouse_mutant"), "in", textNode("query"),
		"required", &node{kind: boolean, value: "true"}, "schema", objectOf("type", textNode("string"))))
	last.node.set("parameters", parameters)
	return first.key(), last.key()
}

// Documents in circles and of hostile forms are compared within the limits.
func TestCompareHostilePairs(t *testing.T) {
	circle := []byte("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/A'}}}}}}}\n" +
		"components: {schemas: {A: {allOf: [{$ref: '#/components/schemas/B'}], oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}, B: {anyOf: [{$ref: '#/components/schemas/A'}], required: [b]}}}\n")
	other := []byte(strings.ReplaceAll(string(circle), "required: [b]", "required: [b, c]"))
	self := []byte("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {$ref: '#/paths/~1a'}, /b: {post: {requestBody: {$ref: '#/paths/~1b/post/requestBody'}}}}\n")
	var wide strings.Builder // each schema leads to all others in several ways
	wide.WriteString("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {post: {requestBody: {content: {a/b: {schema: {$ref: '#/components/schemas/S0'}}}}}}}\ncomponents:\n  schemas:\n")
	for i := range 40 {
		wide.WriteString("    S" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ": {anyOf: [")
		for j := range 40 {
			wide.WriteString("{$ref: '#/components/schemas/S" + string(rune('0'+j/10)) + string(rune('0'+j%10)) + "'},")
		}
		wide.WriteString("{type: string}]}\n")
	}
	wide.WriteString("    S0: {oneOf: [{$ref: '#/components/schemas/S01'}, {$ref: '#/components/schemas/S02'}]}\n")
	r := testReader(t)
	r.Timeout = min(r.Timeout, slow*20*time.Second)
	for name, tt := range map[string]struct{ base, revision []byte }{
		"circles": {circle, other}, "a circle that grew": {self, circle}, "references to themselves": {self, append(slices.Clone(self), "x-a: 1\n"...)},
		"all to all":     {[]byte(wide.String()), []byte(strings.ReplaceAll(wide.String(), "type: string", "type: integer"))},
		"other dialects": {spoken("3.0.3", "summary: s"), spoken("3.1.0", "summary: s")},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			changes, err := r.Compare(t.Context(), tt.base, tt.revision)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v: %+v", time.Since(start), changes)
		})
	}
}

func TestCompareEndsWhatTakesTooMuch(t *testing.T) {
	raw := []byte(`{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{},"x":[` + strings.Repeat(`{"a":[1,2,3]},`, 390_000) + `1]}`)
	r := testReader(t)
	r.Timeout = 50 * time.Millisecond
	if _, err := r.Compare(t.Context(), raw, spoken("3.1.0", "summary: s")); fault.Code(err) != "comparison_failed" {
		t.Errorf("too slow: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := testReader(t).Compare(ctx, raw, spoken("3.1.0", "summary: s")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the caller is gone: %v", err)
	}
	if _, err := NewReader("/bin/false").Compare(t.Context(), raw, []byte("{}")); fault.Code(err) != "comparison_failed" {
		t.Errorf("a child that breaks: %v", err)
	}
}

// A comparison takes any two documents that can be imported. R101.
func FuzzCompare(f *testing.F) {
	const small = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a/{id}":{"post":{"parameters":[{"name":"q","in":"query"}],"requestBody":{"content":{"a/b":{"schema":{"$ref":"#/components/schemas/A"}}}},"responses":{"200":{"description":"ok"}}}}},"components":{"schemas":{"A":{"oneOf":[{"$ref":"#/components/schemas/A"}],"required":["x"]}}}}`
	f.Add([]byte(small), []byte(strings.Replace(small, `["x"]`, `["x","y"]`, 1)))
	f.Add([]byte(small), []byte(strings.Replace(small, "query", "header", 1)))
	f.Add([]byte(small), []byte(strings.Replace(small, "3.1.0", "3.2.0", 1)))
	f.Add([]byte(small), []byte(`{"openapi":"3.0.0","paths":{}}`))
	f.Fuzz(func(t *testing.T, base, revision []byte) {
		for _, raw := range [][]byte{base, revision} {
			if d, err := examine(raw); err != nil || len(d.Faults()) > 0 {
				t.Skip()
			}
		}
		var last []Change
		told := 0
		err := compare(base, revision, func(c []Change) error { last = c; told++; return nil })
		if err != nil || told != 2 {
			t.Fatalf("told %d times: %v", told, err)
		}
		for _, c := range last {
			if c.Text == "" || c.Kind == "" || c.Rule == "" || strings.ContainsAny(c.Text, "\n\x1b") {
				t.Fatalf("%+v", c)
			}
			if strings.Contains(c.Text, "panic") {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// A parameter that stands with the path instead of the operation is the same one.
func TestCompareSharedParameters(t *testing.T) {
	const id = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"
	document := func(path, operation string) []byte {
		return []byte("openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{id}:\n    " + path + "\n    get:\n      " + operation + "\n      responses: {'200': {description: ok}}\n")
	}
	own, shared := document("summary: s", id), document(id, "summary: s")
	for _, pair := range [][2][]byte{{own, shared}, {shared, own}} {
		for _, c := range compared(t, pair[0], pair[1]) {
			if strings.Contains(c.Text, "parameter") {
				t.Errorf("%+v", c)
			}
		}
	}
}
