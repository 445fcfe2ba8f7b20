package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is written as YAML is read as the same, in the same order.
func roundTrip(t *testing.T, n *node) {
	t.Helper()
	out := n.appendYAML(nil, 0, false)
	back, notes, err := parseYAML(out)
	if err != nil || len(notes) > 0 {
		t.Fatalf("%v %v in\n%.2000s", err, notes, out)
	}
	if want, got := n.appendJSON(nil), back.appendJSON(nil); !bytes.Equal(want, got) {
		t.Fatalf("\ngot  %.1000s\nwant %.1000s\nfrom\n%.1000s", got, want, out)
	}
}

func TestYAMLIsReadAsItWasWritten(t *testing.T) {
	n, _, err := parseJSON([]byte(`{"openapi":"3.1.0","paths":{"/a/{b}":{"get":{"tags":["a b"],"responses":{"200":{"description":"two\nlines\n"}}}}},
		"x":[[1,[]],{},{"a":[{"b":null}]},-1e400,123456789012345678901,0.10,true,"true"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := "openapi: \"3.1.0\"\npaths:\n  /a/{b}:\n    get:\n      tags:\n        - a b\n      responses:\n        \"200\":\n" +
		"          description: |\n            two\n            lines\nx:\n  - - 1\n    - []\n  - {}\n  - a:\n      - b: null\n" +
		"  - -1e400\n  - 123456789012345678901\n  - 0.10\n  - true\n  - \"true\"\n"
	if got := string(n.appendYAML(nil, 0, false)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range []string{biting, "", "a\nb", "a\n\nb\n", " a\nb", "a\n b\n", "#\n#", "---", "- a\n- b", "yes", "<<", "1:2", "0x1", ".inf", "2001-01-01", "~", "a: b\nc", "%a\n%b",
		"a\tb\nc", "\u0085\n\ufeff", "...\n...", "x\n---\ny", strings.Repeat("k", 1500), "a  b", "a\n\n", "\n", "\U0001f600\n\U000e0001"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		key, value = strings.ToValidUTF8(key, "?"), strings.ToValidUTF8(value, "?")
		roundTrip(t, objectOf("a", objectOf(key, textNode(value)), "b", &node{kind: list, items: []*node{textNode(value), objectOf(key, textNode(value), key+"2", &node{})}}))
	})
}

func TestYAMLOfTheCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB of documents")
	}
	for _, row := range corpusRows(t) {
		raw, err := os.ReadFile(filepath.Join(corpus, row.file))
		if err != nil {
			t.Fatal(err)
		}
		if slow > 1 && len(raw) > 1<<20 {
			continue
		}
		if p, err := parse(raw); err == nil && p.root.is(object) && len(raw) < 20<<20 {
			t.Run(row.file, func(t *testing.T) { roundTrip(t, p.root) })
		}
	}
}

// R105: a part for download stands for itself, in both formats, with the gateway
// as its only server; what it refers to outside of components comes along.
func TestAPartForDownload(t *testing.T) {
	raw := []byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://upstream.example"}],"tags":[{"name":"a"},{"name":"b"}],
	"paths":{"/a":{"get":{"tags":["a"],"operationId":"one","responses":{"200":{"$ref":"#/paths/~1b/get/responses/200"}}}},
	"/b":{"get":{"tags":["b"],"operationId":"two","responses":{"200":{"description":"shared","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}}},
	"components":{"schemas":{"S":{"type":"object"},"Unused":{"type":"object"}},"securitySchemes":{"k":{"type":"oauth2","flows":{"implicit":{"authorizationUrl":"https://evil.example","scopes":{}}}}}}}`)
	part, err := SliceTag(raw, "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, whole := range []func([]byte, string) ([]byte, error){Whole, WholeYAML} {
		out, err := whole(part, "https://gw.example/nq/t/v1/")
		if err != nil {
			t.Fatal(err)
		}
		d, err := examine(out)
		if err != nil || len(d.Problems) > 0 || len(d.Operations) != 1 || d.Operations[0].OperationID != "one" || len(d.Servers) != 1 || d.Servers[0].URL != "https://gw.example/nq/t/v1" {
			t.Errorf("%v %+v", err, d)
		}
		detail, err := d.Operations[0].Open()
		if err != nil || detail.Responses[0].Description != "shared" || detail.Responses[0].Media[0].Schema.Name != "S" {
			t.Errorf("%v %+v", err, detail)
		}
		for _, gone := range []string{"upstream.example", "evil.example", "Unused", "two"} {
			if strings.Contains(string(out), gone) {
				t.Errorf("%s is in\n%s", gone, out)
			}
		}
	}
}
