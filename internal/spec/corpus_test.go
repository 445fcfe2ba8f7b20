package spec

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/leaveout"
)

// corpus is where real documents lie, beside the project; they are not part of it.
const corpus = "../../../shared/corpus"

type corpusRow struct{ file, operations, special, expected, detail string }

// corpusTable reads one of the corpus' tables, a map by column for each row.
func corpusTable(t *testing.T, name string) (rows []map[string]string) {
	f, err := os.Open(filepath.Join(corpus, name))
	if err != nil {
		leaveout.Anywhere(t, "spec: the corpus of real documents, for want of "+corpus)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = values[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func corpusRows(t *testing.T) (rows []corpusRow) {
	for _, r := range corpusTable(t, "MANIFEST.tsv") {
		rows = append(rows, corpusRow{r["file"], r["operations"], r["special"], r["expected"], r["expected_detail"]})
	}
	return rows
}

// says are words that the report of a document must hold: what its row of the
// manifest asks to be named.
var says = map[string]string{
	"kong-admin-ee-3.9.yaml":        "is declared but is not in the path",
	"trello-3.0.json":               "match the same addresses",
	"security-schemes-3.2.yaml":     "points outside the document",
	"burgershop-3.1.yaml":           "exclude each other",
	"dup-operation-id-3.0.yaml":     `"same"`,
	"missing-path-param-3.0.yaml":   "is not declared",
	"no-containers-3.1.yaml":        `none of "paths", "components" and "webhooks"`,
	"old-version-1.2.yaml":          "1.2",
	"bad-refs-3.0.yaml":             "The reference",
	"ssrf-refs-3.1.yaml":            "points outside the document",
	"remote-relative-refs-3.1.yaml": "points outside the document",
	"yamlbomb-self-alias-3.0.yaml":  "alias cycle",
	"ref-as-integer-3.0.yaml":       "$ref must be text",
	"json-dup-keys-3.0.json":        "given twice",
	"mutual-tls-only-3.1.yaml":      `"name"`,
	"sendgrid-stoplight-3.1.json":   "no version",
}

// held are the documents that can be kept and not be published: each is one that
// the manifest says has a real fault, and the reason is one that harms a partner.
var held = map[string]string{
	"bad-refs-3.0.yaml": "is called with",
	"trello-3.0.json":   "can never be called", // a token for that operation would be refused
}

// Every real document comes out as expected, operation counts equal, and none is
// too slow, too heavy or an error of ours. R101
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB of documents")
	}
	reader := testReader(t)
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "document\texpected\toutcome\toperations\tfaults\tgrave\twarnings\tseconds\tMiB")
	for _, row := range corpusRows(t) {
		t.Run(row.file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(corpus, row.file))
			if err != nil {
				t.Fatal(err)
			}
			if slow > 1 && len(raw) > 1<<20 {
				t.Skip("large documents are read without the race detector")
			}
			var peak int64
			reader.ended = func(s *os.ProcessState) {
				if u, ok := s.SysUsage().(*syscall.Rusage); ok {
					peak = u.Maxrss << 10
				}
			}
			start := time.Now()
			d, err := read(t, reader, raw)
			took := time.Since(start)
			if peak > ReadMemory || took > ReadTimeout {
				t.Errorf("took %v and %d bytes", took, peak)
			}
			if err != nil && fault.Code(err) != "document_refused" {
				t.Fatalf("%v", err)
			}
			row.check(t, d, err)
			outcome := map[bool]string{true: "publishable", false: "draft only"}[len(d.Grave()) == 0]
			if err != nil {
				outcome = "refused"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%d of %s\t%d\t%d\t%d\t%.2f\t%d\n", row.file, row.expected, outcome, len(d.Operations), row.operations,
				len(d.Faults()), len(d.Grave()), len(d.Warnings()), took.Seconds(), peak>>20)
		})
	}
	_ = out.Flush() // to memory
	t.Logf("\n%s", table.String())
}

// read uses a child, but in this process where starting one takes seconds.
func read(t *testing.T, r *Reader, raw []byte) (Document, error) {
	if slow == 1 {
		return r.Read(t.Context(), raw)
	}
	d, err := examine(raw)
	if err != nil {
		return d, err
	}
	return d, refusal(d)
}

func (row corpusRow) check(t *testing.T, d Document, err error) {
	t.Helper()
	want, _ := strconv.Atoi(row.operations)
	if err == nil && row.expected != "safe-either-way" && len(d.Operations) != want {
		t.Errorf("%d operations, want %d", len(d.Operations), want)
	}
	switch row.expected {
	case "accept":
		if err != nil || len(d.Grave()) > 0 {
			t.Errorf("not publishable: %v %+v", err, d.Grave())
		}
	case "accept-with-warning":
		if len(d.Problems) == 0 {
			t.Errorf("said nothing of: %s", row.detail)
		}
	case "reject":
		if err == nil {
			t.Errorf("accepted, want: %s", row.detail)
		}
	case "convert-or-clear-message":
		if err != nil || !strings.Contains(fmt.Sprint(d.Problems), "converted to OpenAPI") {
			t.Errorf("want it converted, with a note, got %v", err)
		}
	case "safe-either-way":
		if err == nil && len(d.Operations) > max(want, 2) {
			t.Errorf("half a document: %d operations", len(d.Operations))
		}
	default:
		t.Errorf("the manifest expects %q, which this test does not know", row.expected)
	}
	if reason, expected := held[row.file]; (len(d.Grave()) > 0) != expected || !strings.Contains(fmt.Sprint(d.Grave()), reason) {
		t.Errorf("kept from being published: %+v, expected %v", d.Grave(), expected)
	}
	if text := says[row.file]; !strings.Contains(fmt.Sprint(d.Problems), text) {
		t.Errorf("does not name %q: %+v", text, d.Problems)
	}
	for _, p := range d.Problems {
		p.sane(t)
	}
}

// sane holds every problem to its form: sentences, with a place.
func (p Problem) sane(t *testing.T) {
	t.Helper()
	if len(p.Message) < 20 || !strings.HasSuffix(p.Message, ".") || p.Repair != "" && !strings.HasSuffix(p.Repair, ".") {
		t.Errorf("not a sentence: %q %q", p.Message, p.Repair)
	}
	if p.Line == 0 && p.Pointer != "" {
		t.Errorf("has no line: %+v", p)
	}
}

// The small documents of which differences are asserted are read too.
func TestCorpusOfSmallPairs(t *testing.T) {
	files := 0
	for _, row := range corpusTable(t, "PAIRS.tsv") {
		for _, column := range []string{"base", "revision"} {
			raw, err := os.ReadFile(filepath.Join(corpus, row[column]))
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 200<<10 {
				continue // in the manifest too
			}
			files++
			d, err := examine(raw)
			if err != nil {
				t.Fatalf("%s: %v", row[column], err)
			}
			for _, p := range d.Problems {
				p.sane(t)
			}
		}
	}
	if files < 150 {
		t.Errorf("only %d files", files)
	}
}
