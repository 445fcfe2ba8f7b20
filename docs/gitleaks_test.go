package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/leaveout"
)

// The rule that the guide shows finds our tokens with the real gitleaks, all of
// them and nothing else.
func TestTheRuleForGitleaks(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds gitleaks")
	}
	guide, err := os.ReadFile("leaks.md")
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile("(?s)```toml\n(.*?)```").FindSubmatch(guide)
	if rule == nil {
		t.Fatal("the guide shows no rule")
	}
	dir, bin := t.TempDir(), filepath.Join(t.TempDir(), "gitleaks")
	build := exec.Command("go", "build", "-o", bin, "github.com/zricethezav/gitleaks/v8")
	build.Dir = filepath.Join("..", "tools", "gitleaks")
	build.Env = append(os.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0") // not with the race detector of the tests: it is not ours
	if out, err := build.CombinedOutput(); err != nil {
		leaveout.Skip(t, fmt.Sprintf("the rule for gitleaks, which cannot be built: %.500s", out))
	}
	code := func(n byte) string { return []string{"nq", "northquay123"}[n%2] }
	var tokens []string
	var text strings.Builder
	for n := range byte(40) {
		kind := []keys.Kind{keys.Access, keys.Management}[n/2%2]
		tokens = append(tokens, keys.Derive(kind, code(n), [32]byte{n}).Reveal())
		fmt.Fprintf(&text, []string{"TOKEN=%s\n", `{"authorization": "Bearer %s"}` + "\n", "curl -H 'Authorization: Bearer %s' https://api.example\n", "https://api.example/?q=%s&x=1\n"}[n%4], tokens[n])
	}
	for _, near := range []string{"gth_nq_" + strings.Repeat("a", 35), "gth_NQ_" + strings.Repeat("aB1", 12), "gth_n_" + strings.Repeat("aB1", 12), "gthx_nq_" + strings.Repeat("aB1", 12)} {
		fmt.Fprintf(&text, "near = %s;\n", near)
	}
	for path, content := range map[string]string{filepath.Join(dir, "src", "settings.txt"): text.String(), filepath.Join(dir, "rule.toml"): string(rule[1])} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	report := filepath.Join(dir, "report.json")
	out, err := exec.Command(bin, "dir", filepath.Join(dir, "src"), "--config", filepath.Join(dir, "rule.toml"), "--no-banner", "--report-format", "json", "--report-path", report).CombinedOutput()
	if ended, ok := errors.AsType[*exec.ExitError](err); !ok || ended.ExitCode() != 1 { // that is its code for leaks
		t.Fatalf("gitleaks ended with %v: %s", err, out)
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var finds []struct{ RuleID, Secret string }
	if err := json.Unmarshal(raw, &finds); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range finds {
		if f.RuleID == "gatehouse-token" { // its other rules have opinions of their own
			found = append(found, f.Secret)
		}
	}
	slices.Sort(found)
	slices.Sort(tokens)
	if !slices.Equal(found, tokens) {
		t.Errorf("it found %d of %d tokens:\n%s", len(found), len(tokens), strings.Join(found, "\n"))
	}
}
