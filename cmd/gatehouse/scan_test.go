package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/keys"
)

// What scan prints, which code it ends with, and what it sends away.
func TestScan(t *testing.T) {
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	dir, clean := t.TempDir(), t.TempDir()
	a, b := keys.Derive(keys.Access, "nq", [32]byte{1}).Reveal(), keys.Derive(keys.Management, "nq", [32]byte{2}).Reveal()
	for path, content := range map[string]string{"one.env": "KEY=" + a + "\nKEY=" + a, "two.env": b} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, sent := http.StatusOK, ""
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		sent = r.URL.String() + string(raw)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"states":["live","dead"]}`)
	}))
	defer portal.Close()
	hidden := func(text string) {
		t.Helper()
		if strings.Contains(text, a[8:]) || strings.Contains(text, b[9:]) {
			t.Errorf("a token is shown: %s", text)
		}
	}
	code, stdout, stderr := command(t, "scan", clean)
	if code != 0 || stdout != "" || !strings.Contains(stderr, "found: tokens 0") {
		t.Errorf("nothing to find: %d %q %q", code, stdout, stderr)
	}
	code, stdout, stderr = command(t, "scan", dir)
	hidden(stdout + stderr)
	one, two := filepath.Join(dir, "one.env"), filepath.Join(dir, "two.env")
	ofA, ofB := "gth_nq_…"+a[len(a)-4:], "gthm_nq_…"+b[len(b)-4:]
	if want := one + ":1:5: " + ofA + "\n" + one + ":2:5: " + ofA + "\n" + two + ":1:1: " + ofB + "\n"; code != 1 || stdout != want || !strings.Contains(stderr, "found: tokens 2, places 3; read: files 2,") {
		t.Errorf("two tokens: %d %q %q", code, stdout, stderr)
	}
	code, stdout, stderr = command(t, "scan", "--json", "--portal", portal.URL, dir)
	hidden(stdout + stderr + sent)
	var out struct {
		Finds []scanFind `json:"finds"`
		Files int        `json:"files"`
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != 1 || len(out.Finds) != 3 || out.Files != 2 ||
		out.Finds[1] != (scanFind{File: one, Line: 2, Column: 5, Token: ofA, Tenant: "nq", State: "live"}) || out.Finds[2].State != "dead" {
		t.Errorf("JSON: %d %v %s", code, err, stdout)
	}
	sum := sha256.Sum256([]byte(a))
	if !strings.HasPrefix(sent, `/leaks/check{"tokens":[{"tenant":"nq","sha256":"`+hex.EncodeToString(sum[:])+`"},`) {
		t.Errorf("the portal was sent %s", sent)
	}
	status = http.StatusTooManyRequests
	code, stdout, stderr = command(t, "scan", "--portal", portal.URL, dir)
	if code != 2 || !strings.Contains(stdout, ofA) || !strings.Contains(stderr, "429") {
		t.Errorf("a portal that does not answer: %d %q %q", code, stdout, stderr)
	}
	for name, args := range map[string][]string{"no such path": {filepath.Join(dir, "none")}, "nothing staged": {"--staged", clean}, "no portal": {"--portal", "portal", dir}} {
		if code, _, stderr := command(t, append([]string{"scan"}, args...)...); code != 2 || !strings.Contains(stderr, "gatehouse: ") {
			t.Errorf("%s: %d %q", name, code, stderr)
		}
	}
}
