package web_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// R101: a file larger than the memory for it comes through the form. What does
// not fit into memory waits in the folder for temporary files, and only until
// the answer; without that folder it is our fault, not the sender's.
func TestALargeFileIsUploaded(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	version := "/t/nq/admin/apis/orders/versions/v1"
	large := strings.Replace(testkit.Document, "summary: List orders", "summary: List orders # "+strings.Repeat("x", 9<<20), 1)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	upload(t, p.Manager, version, large, http.StatusSeeOther)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	t.Setenv("TMPDIR", dir+"/gone")
	upload(t, p.Manager, version, large, http.StatusInternalServerError)
}
