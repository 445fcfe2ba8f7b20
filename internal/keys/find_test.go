package keys

import (
	"strings"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	a, m := Derive(Access, "nq", [32]byte{1}).Reveal(), Derive(Management, "northquay123", [32]byte{2}).Reveal()
	wrong := Derive(Access, "nq", [32]byte{3}).Reveal()[:42] + "-"
	for text, want := range map[string][]string{
		"":                                 nil,
		a:                                  {a},
		"x" + a + m + "y":                  {a, m},
		`{"token":"` + a + `"}` + "\n" + m: {a, m},
		"gthgthgth_" + a:                   {a},
		wrong + a:                          {a},
		a[:len(a)-1]:                       nil,
		wrong:                              nil,
		"é" + a + "é":                      {a},
	} {
		var got []string
		for p, token := range Find(text) {
			got = append(got, text[p.Start:p.End])
			if parsed, _ := Parse(text[p.Start:p.End]); parsed != token {
				t.Errorf("%q: %+v", text, token)
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: found %q", text, got)
		}
		masked := Mask(text)
		for _, secret := range want {
			if strings.Contains(masked, secret[10:len(secret)-4]) {
				t.Errorf("%q is shown as %q", text, masked)
			}
		}
	}
	if got := Mask("a " + a + " b"); got != "a gth_nq_…"+a[len(a)-4:]+" b" {
		t.Errorf("masked: %q", got)
	}
	if len(m) != MaxLen {
		t.Errorf("the longest token has %d bytes, not %d", len(m), MaxLen)
	}
}

// Strangers choose what is looked through: it costs no more than its length.
func TestFindIsLinear(t *testing.T) {
	a := Derive(Access, "nq", [32]byte{1}).Reveal()
	for _, part := range []string{"gth", "gth_", "gthm_", "gth_nq_", a[:len(a)-1] + "~"} {
		text := strings.Repeat(part, (4<<20)/len(part))
		if began := time.Now(); Mask(text) != text || time.Since(began) > 10*time.Second {
			t.Errorf("4 MiB of %q took %v", part, time.Since(began))
		}
	}
}

// What is found parses, stands where it is said to, and is all there is.
func FuzzFind(f *testing.F) {
	a := Derive(Access, "nq", [32]byte{1}).Reveal()
	for _, s := range []string{"", a, a + a, "gth_" + a, "\xff" + a, strings.ToUpper(a)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for p := range Find(text) {
			if p.Start < last || p.End > len(text) {
				t.Fatalf("%+v in %q", p, text)
			}
			if _, ok := Parse(text[p.Start:p.End]); !ok {
				t.Fatalf("%q was found", text[p.Start:p.End])
			}
			last = p.End
		}
		for range Find(Mask(text)) {
			t.Fatalf("a token is left in %q", Mask(text))
		}
	})
}
