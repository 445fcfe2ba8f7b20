package gateway

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/keys"
)

// R81: the token is found wherever it stands, and looking for it in a megabyte of
// nearly-tokens ends: a search that looks at the rest again and again would take
// minutes.
func TestHoldsToken(t *testing.T) {
	token := keys.Derive(keys.Access, "nq", [32]byte{1}).Reveal()
	management := keys.Derive(keys.Management, "averylongone", [32]byte{1}).Reveal()
	for name, s := range map[string]string{
		"alone": token, "of management": management, "in a value": "a=" + token + "; b", "escaped": "%67" + token[1:], "run together": "xgthgth_" + token + "abc", "behind a false one": "gth_nq_" + token,
	} {
		if !holdsToken(s) {
			t.Errorf("%s: not found", name)
		}
	}
	for name, s := range map[string]string{
		"nothing": "", "a prefix": "gth_nq_", "one character less": token[:len(token)-1], "another checksum": token[:len(token)-1] + "!", "many beginnings": strings.Repeat("gth", 1<<20), "many longer ones": strings.Repeat("gth_nq_aaaa", 1<<18),
	} {
		if holdsToken(s) {
			t.Errorf("%s: found", name)
		}
	}
}

// R81: the stored credential does not come back, whole or in part.
func TestSecretsOfACredential(t *testing.T) {
	v := &version{}
	for _, tt := range []struct {
		stored, echoed string
		told           bool
	}{
		{"Bearer abc", "Bearer abc", true}, {"Bearer abc", "abc", true}, {"Bearer abc", "key=abc;", true}, {"Bearer abc", "abcde", false}, {"Bearer abc", "Bearer of news", false},
		{"a-long-secret", "xa-long-secretx", true}, {"Bearer a-long-secret", "xa-long-secretx", true},
		{"Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA==", true}, {"Basic dXNlcjpwYXNzd29yZA==", "it is password", true}, {"Basic dXNlcjpwYXNzd29yZA==", "user", false},
		{"", "anything", false},
	} {
		v.secrets = NewCredential("c", "Authorization", tt.stored).secrets()
		if got := v.tells([]string{"first", tt.echoed}); got != tt.told {
			t.Errorf("%q in %q: %v", tt.stored, tt.echoed, got)
		}
	}
}

func TestSameLetters(t *testing.T) {
	for _, name := range []string{"X-Upstream-Key", "X_Upstream_Key", "X.Upstream.Key", "xupstreamkey", "-X-UPSTREAM--KEY_"} {
		if !sameLetters(name, "X-Upstream-Key") {
			t.Errorf("%q is another name", name)
		}
	}
	for _, name := range []string{"X-Upstream-Keys", "X-Upstream-Ke", "Upstream-Key", "", "X-Upstream-Key1"} {
		if sameLetters(name, "X-Upstream-Key") {
			t.Errorf("%q is the same name", name)
		}
	}
}

// R82: what a browser could run is in a sandbox.
func TestInertTypes(t *testing.T) {
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/Problem+JSON", "text/plain", "text/csv;header=present", "image/png", "application/pdf", "application/octet-stream", "text/event-stream", "audio/mpeg"} {
		if !inert([]string{kind}) {
			t.Errorf("%q gets a sandbox", kind)
		}
	}
	for _, kind := range []string{"text/html", "TEXT/HTML;charset=utf-8", "application/xhtml+xml", "image/svg+xml", "image/svg", "text/xml", "application/xml", "application/atom+xml", "text/javascript", "text/css", "multipart/x-mixed-replace",
		"application/json, text/html", "text/plain;a=\",text/html\"", "text/unknown", "nonsense", ""} {
		if inert([]string{kind}) {
			t.Errorf("%q gets none", kind)
		}
	}
	if inert(nil) || inert([]string{"text/plain", "text/plain"}) || !slices.Equal(sandbox, []string{"sandbox; default-src 'none'"}) {
		t.Error("no type, or two, are inert")
	}
}
