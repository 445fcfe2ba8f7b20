package keys

import (
	"fmt"
	"strings"
	"testing"
)

// R33: a code has 115 bits, prints as its hint in logs, is read however it was typed,
// and a mistyped character is told without asking anybody.
func TestRecoveryCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		secret := NewRecoveryCode()
		code := secret.Reveal()
		want, ok := RecoveryHash(code)
		if !ok || seen[code] || len(code) != 29 || strings.Contains(fmt.Sprintf("%v %+v %#v", secret, secret, secret), code) {
			t.Fatalf("%q: %v", code, ok)
		}
		seen[code] = true
		for _, typed := range []string{
			strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ") + "\r\n",
			strings.ReplaceAll(code, "0", "o"), strings.ReplaceAll(strings.ReplaceAll(code, "1", "l"), "0", "O"), strings.ReplaceAll(code, "1", "i"),
		} {
			if got, ok := RecoveryHash(typed); !ok || got != want {
				t.Fatalf("%q is not read as %q", typed, code)
			}
		}
		for i := range code {
			wrong := []byte(code)
			if wrong[i] = recoveryAlphabet[(strings.IndexByte(recoveryAlphabet, code[i])+1)%32]; code[i] == '-' {
				continue
			}
			if _, ok := RecoveryHash(string(wrong)); ok {
				t.Fatalf("%q passes for %q", wrong, code)
			}
		}
	}
	for _, typed := range []string{"", "K7QM", strings.Repeat("0", 25), strings.Repeat("U", 24), strings.Repeat("é", 12), strings.Repeat(" ", 1000)} {
		if _, ok := RecoveryHash(typed); ok {
			t.Errorf("%q passes", typed)
		}
	}
}

// What is read is read in the same way again, however it is written.
func FuzzRecoveryHash(f *testing.F) {
	code := NewRecoveryCode().Reveal()
	for _, s := range []string{"", code, strings.ToLower(code), code[1:], code + "-", "\xff" + code} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		hash, ok := RecoveryHash(typed)
		if again, still := RecoveryHash(" " + strings.ToLower(typed) + " "); ok && len(typed) < 90 && (!still || again != hash) {
			t.Fatalf("%q is read in two ways", typed)
		}
	})
}
