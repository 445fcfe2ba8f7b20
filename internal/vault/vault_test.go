package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/vault"
)

const canary = "canary-1f7b"

var place = vault.Place{Purpose: "upstream-credential", Tenant: "acme", API: "parcels", ID: "s1", Version: 3}

func newVault(t testing.TB, fills ...byte) *vault.Vault {
	t.Helper()
	var keys []vault.Key
	for _, fill := range fills {
		k, err := vault.NewKey(bytes.Repeat([]byte{fill}, vault.KeyLen))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	v, err := vault.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func seal(t *testing.T, v *vault.Vault) []byte {
	t.Helper()
	envelope, err := v.Seal(vault.NewSecret([]byte(canary)), place)
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

// R106: an envelope opens in its own place and in no other.
func TestASecretOpensOnlyWhereItBelongs(t *testing.T) {
	v := newVault(t, 1)
	envelope := seal(t, v)
	if got, err := v.Open(envelope, place); err != nil || string(got.Expose()) != canary {
		t.Fatalf("got %s, %v", got.Expose(), err)
	}
	for name, move := range map[string]func(*vault.Place){
		"to another tenant":                 func(p *vault.Place) { p.Tenant = "rival" },
		"to another API":                    func(p *vault.Place) { p.API = "ships" },
		"to another secret":                 func(p *vault.Place) { p.ID = "s2" },
		"to an older version":               func(p *vault.Place) { p.Version = 2 },
		"to another purpose":                func(p *vault.Place) { p.Purpose = "pepper" },
		"with a letter in the next field":   func(p *vault.Place) { p.Tenant, p.API = "acmep", "arcels" }, // R111
		"with a letter in the field before": func(p *vault.Place) { p.Tenant, p.API = "acm", "eparcels" }, // R111
	} {
		elsewhere := place
		move(&elsewhere)
		if _, err := v.Open(envelope, elsewhere); !errors.Is(err, vault.ErrIntegrity) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("moved %s: %v", name, err)
		}
	}
}

// R106: every byte counts.
func TestAChangedEnvelopeDoesNotOpen(t *testing.T) {
	v := newVault(t, 1)
	envelope := seal(t, v)
	for i := range envelope {
		bad := bytes.Clone(envelope)
		bad[i] ^= 1
		if _, err := v.Open(bad, place); err == nil {
			t.Errorf("byte %d was changed and it opened", i)
		}
	}
	for n := range envelope {
		if _, err := v.Open(envelope[:n], place); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

func TestPartsOfTwoEnvelopesDoNotFitTogether(t *testing.T) {
	v := newVault(t, 1)
	a, b := seal(t, v), seal(t, v)
	if bytes.Equal(a, b) {
		t.Fatal("sealing twice gives the same bytes")
	}
	const head = 1 + 12 + 60
	if _, err := v.Open(append(bytes.Clone(a[:head]), b[head:]...), place); !errors.Is(err, vault.ErrIntegrity) {
		t.Errorf("got %v", err)
	}
}

func TestWrappedKeysComeBackOnlyInTheirPlace(t *testing.T) {
	v := newVault(t, 1)
	pepper := vault.NewSecret(bytes.Repeat([]byte{7}, vault.KeyLen))
	wrapped, err := v.Wrap(pepper, place)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Unwrap(wrapped, place); err != nil || !bytes.Equal(got.Expose(), pepper.Expose()) {
		t.Fatalf("got %v", err)
	}
	other := place
	other.Tenant = "rival"
	if _, err := v.Unwrap(wrapped, other); !errors.Is(err, vault.ErrIntegrity) {
		t.Errorf("in another tenant: %v", err)
	}
	if _, err := v.Wrap(vault.NewSecret([]byte("short")), place); err == nil {
		t.Error("a short key was wrapped")
	}
}

func TestAnOldKeyStillReadsAndANewOneWrites(t *testing.T) {
	old, both, other := newVault(t, 1), newVault(t, 2, 1), newVault(t, 3)
	envelope := seal(t, old)
	if _, err := both.Open(envelope, place); err != nil {
		t.Errorf("under both keys: %v", err)
	}
	if _, err := old.Open(seal(t, both), place); !errors.Is(err, vault.ErrKeyMissing) {
		t.Errorf("new secret under the old key alone: %v", err)
	}
	if _, err := other.Open(envelope, place); !errors.Is(err, vault.ErrKeyMissing) {
		t.Errorf("under another key: %v", err)
	}
	if err := both.Confirm(old.Check()); err != nil {
		t.Errorf("the data of the old key: %v", err)
	}
}

// R109: a wrong key file is told plainly.
func TestTheKeyCheckValueTellsAWrongKeyFile(t *testing.T) {
	mine, other := newVault(t, 1), newVault(t, 2)
	if err := mine.Confirm(mine.Check()); err != nil {
		t.Error(err)
	}
	err := other.Confirm(mine.Check())
	if fault.Code(err) != "wrong_key_file" || !strings.Contains(fault.From(err).Message, mine.KeyID()) || !strings.Contains(fault.From(err).Message, other.KeyID()) {
		t.Errorf("got %v", err)
	}
	if mine.Confirm(nil) == nil {
		t.Error("no key check value was taken for the right one")
	}
}

func TestDerivedKeysAreStableAndApart(t *testing.T) {
	v, again, other := newVault(t, 1), newVault(t, 1), newVault(t, 2)
	first := v.Derive("demo token", "ab", "c")
	if !bytes.Equal(first.Expose(), again.Derive("demo token", "ab", "c").Expose()) {
		t.Error("a restart gives another key")
	}
	for name, s := range map[string]vault.Secret{
		"another context":      v.Derive("demo token", "a", "bc"), // R111
		"one context":          v.Derive("demo token", "abc"),
		"another purpose":      v.Derive("demo link", "ab", "c"),
		"another installation": other.Derive("demo token", "ab", "c"),
	} {
		if bytes.Equal(first.Expose(), s.Expose()) || s.Len() != vault.KeyLen {
			t.Errorf("%s gives the same key", name)
		}
	}
}

// R107, R126: no way of printing gives a secret or a key away.
func TestNothingPrintsASecret(t *testing.T) {
	v := newVault(t, 'K')
	s := vault.NewSecret([]byte(canary))
	key, err := vault.NewKey(bytes.Repeat([]byte{'K'}, vault.KeyLen))
	if err != nil {
		t.Fatal(err)
	}
	holder := struct {
		Name string
		S    vault.Secret
		P    *vault.Secret
		V    *vault.Vault
		s    vault.Secret // fmt calls no method here
		v    vault.Vault
		k    vault.Key
	}{"x", s, &s, v, s, *v, key}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "s", s, "p", &s, "holder", holder)
	}
	text, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(text) + fmt.Sprintf("%v %+v %#v %s %q %x %d %v", s, s, s, s, s, s, s, &s) +
		fmt.Sprintf("%v %+v %#v", holder, holder, holder) + fmt.Sprintf("%v %+v %#v", v, v, v)
	for _, leak := range []string{canary, fmt.Sprintf("%x", canary), strings.Trim(fmt.Sprint([]byte(canary)), "[]"), "0x63, 0x61", "KKKK", "75 75 75 75", "0x4b, 0x4b", "4b4b4b4b"} {
		if strings.Contains(out, leak) {
			t.Errorf("%q is in %s", leak, out)
		}
	}
	if got := vault.Fingerprint(s); len(got) != 4 {
		t.Errorf("fingerprint %q", got)
	}
}

func TestAKeyFileIsMadeOnceAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatehouse.key")
	if _, err := vault.OpenKeyFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is not there: %v", err)
	}
	if err := vault.CreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	v, err := vault.OpenKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	envelope := seal(t, v)
	if err := vault.CreateKeyFile(path); !errors.Is(err, fs.ErrExist) { // R109
		t.Errorf("a second key over the first: %v", err)
	}
	again, err := vault.OpenKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Open(envelope, place); err != nil {
		t.Errorf("after opening again: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o601} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.OpenKeyFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if _, err := vault.OpenKeyFile(filepath.Dir(path)); err == nil {
		t.Error("a folder was opened as a key file")
	}
}

func TestADamagedKeyFileSaysWhereAndNotWhat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	if err := vault.CreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	id, key, _ := strings.Cut(lines[len(lines)-1], " ")
	flipped := []byte(key)
	flipped[5] ^= 1
	for name, bad := range map[string]string{
		"empty":                 "",
		"only comments":         "# nothing\n\n",
		"cut off":               id + " " + key[:20],
		"without a name":        key,
		"with another name":     "000000000000 " + key,
		"with a letter flipped": id + " " + string(flipped),
		"with a short key":      id + " AAAA",
		"with an endless line":  strings.Repeat("A", 100_000),
		"with a long line":      strings.Repeat("A", 65_000) + strings.Repeat(" ", 536),
	} {
		_, err := vault.ParseKeys([]byte(bad))
		if err == nil {
			t.Errorf("%s: it was read", name)
		} else if strings.Contains(err.Error(), key[:12]) || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the error shows key text: %v", name, err)
		}
	}
	if keys, err := vault.ParseKeys([]byte("  " + id + "   " + key + " \r\n")); err != nil || len(keys) != 1 || keys[0].ID() != id {
		t.Errorf("spaces around it: %v, %v", keys, err)
	}
}

func TestAVaultNeedsKeys(t *testing.T) {
	if _, err := vault.New(); err == nil {
		t.Error("none")
	}
	if _, err := vault.New(vault.Key{}); err == nil {
		t.Error("one that is none")
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte("# c\n000000000000 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := vault.ParseKeys(text)
		if err == nil && len(keys) == 0 {
			t.Error("no key and no error")
		}
	})
}

func FuzzOpen(f *testing.F) {
	v := newVault(f, 1)
	envelope, err := v.Seal(vault.NewSecret([]byte(canary)), place)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(envelope)
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := v.Open(text, place); err == nil && string(got.Expose()) != canary {
			t.Errorf("opened to %q", got.Expose())
		}
	})
}
