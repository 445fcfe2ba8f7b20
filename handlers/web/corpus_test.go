package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/leaveout"
	"gatehouse/internal/testkit"
)

// Real documents go through the portal, from the upload to their report and to
// what partners read: a few, and all of them with GATEHOUSE_SOAK.
func TestTheCorpusThroughThePortal(t *testing.T) {
	const corpus = "../../../shared/corpus"
	f, err := os.Open(filepath.Join(corpus, "MANIFEST.tsv"))
	if err != nil {
		leaveout.Anywhere(t, "web: the corpus of real documents, for want of "+corpus)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	expected := 0
	for i, column := range rows[0] {
		if column == "expected" {
			expected = i
		}
	}
	few := []string{"petstore-3.0.4.yaml", "json-dup-keys-3.0.json", "lumminary-3.0.json", "ref-as-integer-3.0.yaml", "trello-3.0.json", "tags-3.2.yaml"}
	k := testkit.New(t)
	p := k.Place("nq", true)
	const version = "/t/nq/admin/apis/orders/versions/v1"
	for _, row := range rows[1:] {
		if os.Getenv("GATEHOUSE_SOAK") == "" && !strings.Contains(strings.Join(few, " "), row[0]) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(corpus, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		a := p.Manager.Post(version+"/document", url.Values{"document": {string(raw)}})
		switch {
		case row[expected] == "reject":
			has(t, a, http.StatusUnprocessableEntity, "be imported", "How to mend it")
			continue
		case a.StatusCode != http.StatusSeeOther && row[expected] != "accept":
			has(t, a, http.StatusUnprocessableEntity, "be imported")
			continue
		}
		has(t, a, http.StatusSeeOther)
		at := a.Header.Get("Location")
		report := p.Manager.Get(at)
		has(t, report, 200)
		hasNot(t, report, "<script>alert")
		if row[expected] == "accept-with-warning" {
			has(t, report, 200, `id="report"`)
		}
		if strings.Contains(report.Body, "be published as it is") {
			continue
		}
		has(t, p.Manager.Post(version+"/publish", url.Values{"revision": {at[strings.LastIndex(at, "/")+1:]}, "accept_breaking": {"on"}}), http.StatusSeeOther)
		hasNot(t, p.Partner.Get("/t/nq/apis/orders/v1"), "<script>alert")
		has(t, p.Manager.Get(version+"/operations"), 200)
	}
}
