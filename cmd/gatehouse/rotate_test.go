package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/config"
	"gatehouse/internal/testkit"
)

var anyToken = regexp.MustCompile(`gth_[0-9a-z]+_[0-9A-Za-z]{36}`)

// A pipeline gives its token a new secret and hands that on: the new one is where it
// was asked for and nowhere else, and nothing is lost where something fails.
func TestTokenRotate(t *testing.T) {
	k := testkit.New(t)
	t.Setenv("GATEHOUSE_PORTAL_URL", k.PortalURL.String())
	works := func(secret string) bool {
		r, err := http.NewRequest(http.MethodPost, k.PortalURL.String()+"/api/v1/token/rotate", strings.NewReader(`{"overlap":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		return a.StatusCode != http.StatusUnauthorized // known, and asked for what there is not
	}
	dir, n := t.TempDir(), 0
	place := func() (secret, file string) {
		n++
		slug := "p" + string(rune('a'+n))
		secret = k.Place(slug, true).Secret.Reveal()
		t.Setenv("GATEHOUSE_TOKEN", secret)
		return secret, filepath.Join(dir, slug)
	}

	old, file := place()
	code, stdout, stderr := command(t, "token", "rotate")
	if next := strings.TrimSpace(stdout); code != 0 || next == old || !works(next) || anyToken.FindString(stdout)+"\n" != stdout || anyToken.MatchString(stderr) || !strings.Contains(stderr, "the old one works until ") {
		t.Errorf("printed: exit %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, stderr := command(t, "token", "rotate"); code != 1 || stdout != "" || !strings.Contains(stderr, "409 Conflict: Another token has taken the place of this one already") {
		t.Errorf("once more: exit %d, %q, %q", code, stdout, stderr)
	}

	old, file = place()
	code, stdout, stderr = command(t, "token", "rotate", "--overlap", "1h", "--exec", "sh", "-c", `printf %s "$GATEHOUSE_TOKEN" > "$0"`, file)
	if next, err := os.ReadFile(file); code != 0 || err != nil || string(next) == old || !works(string(next)) || anyToken.MatchString(stdout+stderr) {
		t.Errorf("in the environment: exit %d, %q, %q, %v", code, stdout, stderr, err)
	}
	_, file = place()
	code, stdout, stderr = command(t, "token", "rotate", "--exec", "--stdin", "sh", "-c", `test -z "$GATEHOUSE_TOKEN" && cat > "$0"`, file)
	if next, err := os.ReadFile(file); code != 0 || err != nil || !works(string(next)) || anyToken.MatchString(stdout+stderr) {
		t.Errorf("on standard input: exit %d, %q, %q, %v", code, stdout, stderr, err)
	}

	old, file = place()
	code, stdout, stderr = command(t, "token", "rotate", "--save", file, "--exec", "sh", "-c", "exit 7")
	next, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if code != rotatedBut || err != nil || info.Mode().Perm() != 0o600 || !works(strings.TrimSpace(string(next))) || !strings.Contains(stderr, "the new token is in "+file) || anyToken.MatchString(stdout+stderr) {
		t.Errorf("the command fails: exit %d, %q, %q, %v", code, stdout, stderr, err)
	}
	if !works(old) {
		t.Error("the old one does not work any more")
	}
	_, file = place()
	if code, _, stderr = command(t, "token", "rotate", "--save", file, "--exec", "true"); code != 0 {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the secret stays in the file although the command has it")
	}
	_, file = place()
	if code, stdout, stderr = command(t, "token", "rotate", "--save", file, "--overlap", "0"); code != 0 || anyToken.MatchString(stdout+stderr) {
		t.Errorf("kept: exit %d, %q, %q", code, stdout, stderr)
	}
	old, _ = place()
	if code, stdout, stderr = command(t, "token", "rotate", "--exec", "false"); code != rotatedBut || !strings.Contains(stderr, "nobody has the new token") || anyToken.MatchString(stdout+stderr) {
		t.Errorf("without a file: exit %d, %q, %q", code, stdout, stderr)
	}

	old, file = place()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		code  int
		token string
		args  []string
	}{
		"no command":               {config.ExitCode, old, []string{"--exec"}},
		"a command without --exec": {config.ExitCode, old, []string{"true"}},
		"no such command":          {1, old, []string{"--exec", "no-such-command"}},
		"nothing to fall back on":  {config.ExitCode, old, []string{"--overlap", "0", "--exec", "true"}},
		"the file is there":        {1, old, []string{"--save", taken, "--exec", "true"}},
		"no such overlap":          {config.ExitCode, old, []string{"--overlap", "2h"}},
		"an unencrypted portal":    {1, old, []string{"--portal-url", "http://portal.example"}},
		"nobody answers":           {1, old, []string{"--portal-url", "http://127.0.0.1:1"}},
		"a token that is cut":      {1, old[:20], nil},
	} {
		t.Setenv("GATEHOUSE_TOKEN", tt.token)
		code, stdout, stderr := command(t, append([]string{"token", "rotate"}, tt.args...)...)
		if code != tt.code || stdout != "" || anyToken.MatchString(stderr) {
			t.Errorf("%s: exit %d, %q, %q", name, code, stdout, stderr)
		}
	}
	t.Setenv("GATEHOUSE_TOKEN", old)
	if code, _, stderr := command(t, "token", "rotate", "--save", file); code != 0 {
		t.Errorf("after all that nothing was changed: exit %d, %s", code, stderr)
	}
}
