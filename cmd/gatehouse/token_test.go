package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/testkit"
)

// fed is command with a text on standard input.
func fed(t *testing.T, text string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(text); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	old := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = old; _ = r.Close() }()
	return command(t, args...)
}

// What CI asks: is the token good, and for how long? The exit codes are documented.
func TestTokenCheck(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("aa", true)
	secret := p.Secret.Reveal()
	hollow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/token" {
			http.Redirect(w, r, k.PortalURL.String()+"/api/v1/token", http.StatusTemporaryRedirect)
		}
	}))
	defer hollow.Close()
	t.Setenv("GATEHOUSE_PORTAL_URL", k.PortalURL.String())
	t.Setenv("CI_TOKEN", secret)
	for name, tt := range map[string]struct {
		stdin  string
		args   []string
		code   int
		says   string
		silent bool // on standard output
	}{
		"from standard input":  {secret + "\n", nil, 0, "ci (access token …" + p.Token.Hint + " of aa) works until ", false},
		"without a line's end": {secret, nil, 0, "orders v1: write, 1000000 of 1000000 calls left", false},
		"from a variable":      {"", []string{"--env", "CI_TOKEN"}, 0, "29 days from now.", false},
		"a management token":   {p.ManagementSecret.Reveal(), nil, 0, "apis:read, apis:write", false},
		"it ends soon":         {secret, []string{"--days", "31"}, 2, "works until", false},
		"it is refused":        {secret[:len(secret)-1] + "_", nil, 1, "The token is refused: This token is not valid here.", false},
		"nothing is given":     {"", nil, 3, "there is no token in GATEHOUSE_TOKEN, nor on standard input", true},
		"nobody answers":       {secret, []string{"--portal-url", "http://127.0.0.1:1"}, 3, "refused", true},
		"another server":       {secret, []string{"--portal-url", hollow.URL}, 3, "the portal answered 307", true},
		"unencrypted":          {secret, []string{"--portal-url", "http://portal.example"}, 3, "is no origin of a portal", true},
		"no URL":               {secret, []string{"--portal-url", "portal"}, 3, "is no origin of a portal", true},
		"a token with a break": {secret + "\x00", nil, 3, "could not be sent", true},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := fed(t, tt.stdin, append([]string{"token", "check"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) || tt.silent != (stdout == "") {
				t.Errorf("exit %d: %q %q", code, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, secret[:len(secret)-4]) {
				t.Error("the token is printed")
			}
			code, stdout, _ = fed(t, tt.stdin, append([]string{"token", "check", "--json"}, tt.args...)...)
			var report tokenReport
			if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != tt.code {
				t.Fatalf("as JSON: exit %d: %v: %s", code, err, stdout)
			}
			if want := []string{"fine", "refused", "ends_soon", "unchecked"}[tt.code]; report.Result != want || (report.Token != nil) != (code == 0 || code == 2) {
				t.Errorf("as JSON: %s", stdout)
			}
		})
	}
	if code, _, _ := fed(t, "", "token", "check", secret); code != config.ExitCode {
		t.Errorf("a token as an argument is taken: exit %d", code)
	}
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer slow.Close()
	if code, _, stderr := fed(t, secret, "token", "check", "--portal-url", slow.URL); code != 3 || !strings.Contains(stderr, "503") {
		t.Errorf("a portal that cannot tell: exit %d %s", code, stderr)
	}
	if left := time.Until(p.Token.ExpiresAt); left < 29*24*time.Hour {
		t.Errorf("the fixture lives %v", left)
	}
}
