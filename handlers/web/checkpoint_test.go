package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/testkit"
)

// R123: a damaged checkpoint is named where the chain is verified, with its file and line.
func TestVerifyingNamesADamagedCheckpoint(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	if err := k.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Auditor.Post("/t/nq/admin/audit/verify", nil), http.StatusOK, "The chain is intact")
	path := filepath.Join(k.Config.Dir, app.CheckpointFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("damaged\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Auditor.Post("/t/nq/admin/audit/verify", nil), http.StatusOK, "a checkpoint is damaged", app.CheckpointFile+": line 1")
}
