package spec

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/leaveout"
)

type pairRow struct{ name, base, revision, verdict, consensus, removed, added string }

func pairRows(t *testing.T) (rows []pairRow) {
	f, err := os.Open(filepath.Join(corpus, "PAIRS.tsv"))
	if err != nil {
		leaveout.Anywhere(t, "spec: the corpus of pairs of documents, for want of "+corpus)
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
		rows = append(rows, pairRow{get("pair"), get("base"), get("revision"), get("verdict"), get("consensus"), get("operations_removed"), get("operations_added")})
	}
	return rows
}

// Every pair of documents of the corpus comes out as its consensus says. They are
// compared in this process: each is small, and a child for each would take longer.
func TestPairsOfTheCorpus(t *testing.T) {
	skipped := 0
	for _, row := range pairRows(t) {
		if strings.HasPrefix(row.consensus, "NO") {
			skipped++
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			if slow > 1 && !strings.HasPrefix(row.base, "pairs-micro") {
				t.Skip("large documents are compared without the race detector")
			}
			changes := comparedFiles(t, row.base, row.revision)
			breaking := slices.ContainsFunc(changes, func(c Change) bool { return c.Breaking })
			t.Logf("%-14s breaking=%-5v %3d changes", row.verdict, breaking, len(changes))
			for _, c := range changes {
				t.Logf("    %+v", c)
				if c.Rule == RuleIncomplete {
					t.Errorf("not compared whole: %s", c.Text)
				}
			}
			if want := row.verdict != "non-breaking"; breaking != want {
				t.Errorf("breaking is %v, want %v", breaking, want)
			}
			for kind, want := range map[string]string{KindRemoved: row.removed, KindAdded: row.added} {
				if strings.HasPrefix(row.base, "pairs-real") && !slices.Equal(keysOf(changes, kind), listedKeys(want)) {
					t.Errorf("%s: %v, want %v", kind, keysOf(changes, kind), listedKeys(want))
				}
			}
		})
	}
	t.Logf("%d pairs left out, on which tools do not agree", skipped)
}

func comparedFiles(t testing.TB, base, revision string) (changes []Change) {
	t.Helper()
	var raw [2][]byte
	for i, name := range []string{base, revision} {
		var err error
		if raw[i], err = os.ReadFile(filepath.Join(corpus, name)); err != nil {
			t.Fatal(err)
		}
	}
	return compared(t, raw[0], raw[1])
}

// compared compares in this process.
func compared(t testing.TB, base, revision []byte) (changes []Change) {
	t.Helper()
	err := compare(base, revision, func(found []Change) error { changes = found; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func keysOf(changes []Change, kind string) (keys []string) {
	for _, c := range changes {
		if c.Kind == kind && c.Operation != "" {
			keys = append(keys, c.Operation)
		}
	}
	slices.Sort(keys)
	return keys
}

// listedKeys reads "2: GET /a | POST /b".
func listedKeys(s string) (keys []string) {
	if s == "-" || s == "" {
		return nil
	}
	_, all, _ := strings.Cut(s, ": ")
	keys = strings.Split(all, " | ")
	slices.Sort(keys)
	return keys
}
