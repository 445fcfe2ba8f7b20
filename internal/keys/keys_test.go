package keys_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/keys"
)

// R1: the vector that GitHub's format is widely quoted with.
func TestChecksumKnownAnswer(t *testing.T) {
	if got := keys.Checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"); got != "0mLq17" {
		t.Errorf("checksum %q, want 0mLq17", got)
	}
}

// R1: one pattern finds all, none repeats, no character is favoured.
func TestMint(t *testing.T) {
	const n = 20000
	shape := regexp.MustCompile(`^gth_nq_[0-9A-Za-z]{36}$`)
	seen, counts := make(map[string]bool, n), map[byte]int{}
	for range n {
		s := keys.Mint(keys.Access, "nq").Reveal()
		if !shape.MatchString(s) || seen[s] {
			t.Fatalf("%q is misshapen or repeated", s)
		}
		seen[s] = true
		for i := range 30 {
			counts[s[len("gth_nq_")+i]]++
		}
	}
	expected, chi2 := float64(n*30)/62, 0.0
	for _, c := range counts {
		chi2 += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	// 61 degrees of freedom: mean 61, standard deviation 11; five of them above is one in millions.
	if len(counts) != 62 || chi2 > 61+5*11.05 {
		t.Errorf("%d characters, chi² %.1f", len(counts), chi2)
	}
}

func TestParse(t *testing.T) {
	good := keys.Mint(keys.Access, "nq").Reveal()
	management := keys.Mint(keys.Management, "swiftway2026").Reveal()
	flip := []byte(good)
	flip[len(flip)-10] = map[bool]byte{true: 'x', false: 'y'}[flip[len(flip)-10] != 'x']
	for name, tt := range map[string]struct {
		secret string
		ok     bool
		kind   keys.Kind
		code   string
	}{
		"a minted access token":              {good, true, keys.Access, "nq"},
		"a management token":                 {management, true, keys.Management, "swiftway2026"},
		"nothing":                            {"", false, 0, ""},
		"another prefix":                     {"ghp_" + good[4:], false, 0, ""},
		"the prefix alone":                   {"gth_", false, 0, ""},
		"one flipped character":              {string(flip), false, 0, ""},
		"a character too many":               {good + "0", false, 0, ""},
		"a character too few":                {good[:len(good)-1], false, 0, ""},
		"an access token named management":   {"gthm_" + good[4:], true, keys.Management, "nq"},
		"an upper-case tenant code":          {strings.Replace(good, "_nq_", "_NQ_", 1), false, 0, ""},
		"a space behind it":                  {good + " ", false, 0, ""},
		"not base62 within":                  {good[:20] + "+" + good[21:], false, 0, ""},
		"a tenant code of thirteen":          {"gth_abcdefghijklm_" + good[7:], false, 0, ""},
		"percent-encoded":                    {strings.Replace(good, "_", "%5f", 1), false, 0, ""},
		"a long one":                         {strings.Repeat("g", 100000), false, 0, ""},
		"two tokens joined by a comma":       {good + "," + good, false, 0, ""},
		"a token of another tenant's making": {"gth_zz_" + good[7:], false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := keys.Parse(tt.secret)
			if ok != tt.ok || got.Kind != tt.kind || got.Code != tt.code {
				t.Errorf("got %+v %v", got, ok)
			}
		})
	}
}

// R126: a secret that reaches a log by mistake says only its hint.
func TestSecretDoesNotPrint(t *testing.T) {
	s := keys.Mint(keys.Access, "nq")
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%#v %+v %q", s, s, s), fmt.Sprintf("%+v %#v", struct{ s keys.Secret }{s}, struct{ s keys.Secret }{s}), s.LogValue().String()} {
		if strings.Contains(out, s.Reveal()[:20]) {
			t.Errorf("printed %s", out)
		}
	}
}

// R3: digests differ by pepper and by token, and are stable.
func TestDigest(t *testing.T) {
	a, b := keys.Derive(keys.Access, "nq", [32]byte{1}), keys.Derive(keys.Access, "nq", [32]byte{2})
	if a.Reveal() != keys.Derive(keys.Access, "nq", [32]byte{1}).Reveal() {
		t.Error("derived secrets are not stable")
	}
	if keys.Digest([]byte("p1"), a.SHA256()) == keys.Digest([]byte("p2"), a.SHA256()) ||
		keys.Digest([]byte("p1"), a.SHA256()) == keys.Digest([]byte("p1"), b.SHA256()) {
		t.Error("digests collide")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(keys.Mint(keys.Access, "nq").Reveal())
	f.Add("gthm_")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := keys.Parse(s)
		if ok && (!strings.HasPrefix(s, got.Kind.Prefix()+got.Code+"_") || !keys.ValidCode(got.Code)) {
			t.Errorf("%q parsed as %+v", s, got)
		}
	})
}
