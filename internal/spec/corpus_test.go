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
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/leaveout"
)

// corpus is where real documents lie, beside the project; they are not part of it.
const corpus = "../../../shared/corpus"

type corpusRow struct{ file, operations, special, expected, detail string }

func corpusRows(t *testing.T) (rows []corpusRow) {
	f, err := os.Open(filepath.Join(corpus, "MANIFEST.tsv"))
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
	column := map[string]int{}
	for i, name := range all[0] {
		column[name] = i
	}
	for _, row := range all[1:] {
		get := func(name string) string { return row[column[name]] }
		rows = append(rows, corpusRow{get("file"), get("operations"), get("special"), get("expected"), get("expected_detail")})
	}
	return rows
}

// R101, issue 4: every real document comes out as expected, and none is too slow,
// too heavy or an error of ours.
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB of documents")
	}
	reader := testReader(t)
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
			size := 0
			for _, op := range d.Operations {
				size += len(op.Detail)
			}
			t.Logf("%-40s %-24s err=%v ops=%d faults=%d warnings=%d %.2fs %d MiB, details %d KiB", row.file, row.expected, fault.Code(err),
				len(d.Operations), len(d.Faults()), len(d.Warnings()), took.Seconds(), peak>>20, size>>10)
			if peak > ReadMemory || took > ReadTimeout {
				t.Errorf("took %v and %d bytes", took, peak)
			}
			if err != nil && fault.Code(err) != "document_refused" {
				t.Fatalf("%v", err)
			}
			row.check(t, d, err)
		})
	}
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
		if err != nil {
			t.Errorf("refused: %v", err)
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
	}
	for _, p := range d.Problems {
		if len(p.Message) < 20 || !strings.HasSuffix(p.Message, ".") {
			t.Errorf("not a sentence: %q", p.Message)
		}
	}
}
