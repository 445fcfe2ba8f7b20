package archive_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/archive"
)

var (
	key   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	at    = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	acme  = archive.Tenant{ID: "0195…", Slug: "acme", Code: "ac", Name: "Acme <Ltd>"}
	parts = map[string][]string{"teams": {`{"id":"1"}`, `{"id":"2"}`}, "people": {}, "audit": {`{"seq":1}`}}
)

func made(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := archive.Create(&b, at)
	for _, name := range []string{"teams", "people", "audit"} {
		err = errors.Join(err, w.Part(name))
		for _, row := range parts[name] {
			err = errors.Join(err, w.Row([]byte(row)))
		}
	}
	if err = errors.Join(err, w.Close(archive.Manifest{Tenant: acme, Origin: "https://portal.example", LeftOut: []archive.Absent{{Name: "links", Why: "they work once"}}}, key)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(b []byte) (*archive.Archive, error) {
	return archive.Open(bytes.NewReader(b), int64(len(b)))
}

// sealed signs whatever is there, as a hostile installation could.
func sealed(body []byte, k ed25519.PrivateKey) []byte {
	const length = 20 + 44 + 1 + 88
	out := slices.Clone(body[:len(body)-length])
	sum := sha256.Sum256(out)
	sig := ed25519.Sign(k, append([]byte("gatehouse/archive/1\x00"), sum[:]...))
	pub, _ := json.Marshal([]byte(k.Public().(ed25519.PublicKey)))
	text, _ := json.Marshal(sig)
	return append(out, "gatehouse-archive/1 "+strings.Trim(string(pub), `"`)+" "+strings.Trim(string(text), `"`)...)
}

func refused(t *testing.T, name string, b []byte, want string) {
	t.Helper()
	_, err := open(b)
	if bad, ok := errors.AsType[*archive.Damaged](err); !ok || !strings.Contains(bad.Reason, want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

func TestAnArchiveIsReadAsItWasWritten(t *testing.T) {
	b := made(t)
	a, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	if !a.Signer.Equal(key.Public()) || a.Manifest.Tenant != acme || a.SHA256 != hex.EncodeToString(sum[:]) || a.Manifest.ExportedAt != "2026-03-01T09:00:00Z" {
		t.Errorf("%+v", a)
	}
	for name, rows := range parts {
		var got []string
		for line, err := range a.Lines(name) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line))
		}
		if !slices.Equal(got, rows) && len(rows) > 0 || a.Manifest.Rows(name) != len(rows) {
			t.Errorf("%s: %q", name, got)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) != 4 || z.File[3].Name != archive.ManifestName {
		t.Errorf("others see %v, %v", z, err)
	}
	if !bytes.Equal(b, made(t)) {
		t.Error("the same rows make another file")
	}
}

// Every byte counts, wherever it is: in a part, in the zip's own fields, in the signature.
func TestEveryFlippedByteIsRefused(t *testing.T) {
	whole := made(t)
	for i := range whole {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			b := slices.Clone(whole)
			b[i] ^= flip
			if _, err := open(b); err == nil {
				t.Fatalf("byte %d of %d was changed by %#x, and nobody saw it", i, len(b), flip)
			}
		}
	}
	for i := range whole {
		if _, err := open(whole[:i]); err == nil {
			t.Fatalf("%d of %d bytes are taken for the whole", i, len(whole))
		}
		if _, err := open(slices.Delete(slices.Clone(whole), i, i+1)); err == nil {
			t.Fatalf("byte %d may be missing", i)
		}
		if _, err := open(slices.Insert(slices.Clone(whole), i, 'x')); err == nil {
			t.Fatalf("a byte may stand before byte %d", i)
		}
	}
	refused(t, "something behind it", append(slices.Clone(whole), '\n'), "no signature")
	refused(t, "something before it", append([]byte("x"), whole...), "does not fit")
	refused(t, "another key's signature without its key", sealedAs(whole), "does not fit")
}

// sealedAs names one key and signs with another.
func sealedAs(whole []byte) []byte {
	other := sealed(whole, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32)))
	copy(other[len(other)-133:len(other)-89], whole[len(whole)-133:len(whole)-89])
	return other
}

// entry is a file of a hostile zip.
type entry struct {
	name, text string
	method     uint16
}

// zipped is a signed archive of any entries: whoever has a key can make one.
func zipped(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := z.SetComment(strings.Repeat("x", 153))
	for _, e := range entries {
		if e.method == 0 {
			e.method = zip.Deflate
		}
		f, failed := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method - e.method/100*100})
		if err = errors.Join(err, failed); err == nil {
			_, err = io.WriteString(f, e.text)
		}
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return sealed(b.Bytes(), key)
}

func part(name, text string) archive.Part {
	sum := sha256.Sum256([]byte(text))
	return archive.Part{Name: name, Rows: strings.Count(text, "\n"), Bytes: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}
}

func manifest(t *testing.T, change func(*archive.Manifest), ps ...archive.Part) entry {
	t.Helper()
	m := archive.Manifest{Format: archive.Format, Tenant: acme, ExportedAt: at.Format(time.RFC3339), Parts: ps, LeftOut: []archive.Absent{}}
	change(&m)
	text, err := archive.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return entry{name: archive.ManifestName, text: string(text) + "\n"}
}

// What a hostile installation signs is refused for what it is.
func TestHostileArchivesAreRefused(t *testing.T) {
	rows := "{}\n{}\n"
	same := func(*archive.Manifest) {}
	teams := entry{name: "teams.jsonl", text: rows}
	if _, err := open(zipped(t, teams, manifest(t, same, part("teams", rows)))); err != nil {
		t.Fatalf("the honest one: %v", err)
	}
	for _, tt := range []struct {
		name, want string
		entries    []entry
	}{
		{"no manifest", "no manifest", []entry{teams}},
		{"nothing", "no manifest", nil},
		{"a part more", "it holds 2 parts", []entry{teams, {name: "more.jsonl"}, manifest(t, same, part("teams", rows))}},
		{"a part less", "it holds 0 parts", []entry{manifest(t, same, part("teams", rows))}},
		{"parts in another order", "stands where", []entry{{name: "b.jsonl", text: rows}, {name: "a.jsonl", text: rows}, manifest(t, same, part("a", rows), part("b", rows))}},
		{"a part twice", "not described", []entry{teams, teams, manifest(t, same, part("teams", rows), part("teams", rows))}},
		{"a path", "not described", []entry{{name: "../teams.jsonl", text: rows}, manifest(t, same, part("../teams", rows))}},
		{"a path in the zip", "stands where", []entry{{name: "/etc/teams.jsonl", text: rows}, manifest(t, same, part("teams", rows))}},
		{"other rows", "not what its manifest says", []entry{{name: "teams.jsonl", text: "{}\n[]\n"}, manifest(t, same, part("teams", rows))}},
		{"a last line without its end", "not what its manifest says", []entry{{name: "teams.jsonl", text: "{}\n{}"}, manifest(t, same, archive.Part{Name: "teams", Rows: 1, Bytes: 5, SHA256: part("teams", "{}\n{}").SHA256})}},
		{"a bomb", "longer than its manifest says", []entry{{name: "teams.jsonl", text: strings.Repeat("\n", 50<<20)}, manifest(t, same, part("teams", rows))}},
		{"a bomb that says so", "larger than an archive may be", []entry{teams, manifest(t, same, archive.Part{Name: "teams", Bytes: archive.UnpackedMost + 1, SHA256: part("teams", rows).SHA256})}},
		{"too many rows", "larger than an archive may be", []entry{teams, manifest(t, same, archive.Part{Name: "teams", Rows: archive.RowsMost + 1, SHA256: part("teams", rows).SHA256})}},
		{"a manifest that is a bomb", "manifest cannot be read", []entry{teams, {name: archive.ManifestName, text: strings.Repeat(" ", 1<<20)}}},
		{"stored without compression", "not stored as", []entry{{name: "teams.jsonl", text: rows, method: 100}, manifest(t, same, part("teams", rows))}},
		{"another format", "it has format 2", []entry{teams, manifest(t, func(m *archive.Manifest) { m.Format = 2 }, part("teams", rows))}},
		{"no time", "its time", []entry{teams, manifest(t, func(m *archive.Manifest) { m.ExportedAt = "now" }, part("teams", rows))}},
		{"an unknown field", "manifest cannot be read", []entry{teams, {name: archive.ManifestName, text: `{"format":1,"x":1}`}}},
		{"no parts", "it has 0 parts", []entry{manifest(t, func(m *archive.Manifest) { m.Parts = []archive.Part{} })}},
	} {
		refused(t, tt.name, zipped(t, tt.entries...), tt.want)
	}
}

func TestFingerprintsAreComparedAsPeopleWriteThem(t *testing.T) {
	f := archive.Fingerprint(key.Public().(ed25519.PublicKey))
	for _, as := range []string{f, strings.ToUpper(f), strings.ReplaceAll(f, " ", ""), strings.ReplaceAll(f, " ", ":"), " " + f + "\n"} {
		if !archive.SameFingerprint(as, f) {
			t.Errorf("%q is not %q", as, f)
		}
	}
	for _, as := range []string{"", f[:40], f + "0", strings.Replace(f, f[:1], "x", 1)} {
		if archive.SameFingerprint(as, f) {
			t.Errorf("%q is %q", as, f)
		}
	}
	if archive.SameFingerprint("", "") {
		t.Error("nothing is a fingerprint")
	}
}

// FuzzOpen: whatever is signed, reading it ends, and what is read is what the manifest says.
func FuzzOpen(f *testing.F) {
	whole := made(f)
	f.Add(whole[:len(whole)-153])
	f.Add(whole[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := open(sealed(append(body, make([]byte, 153)...), key))
		if err != nil {
			return
		}
		for _, p := range a.Manifest.Parts {
			rows := 0
			for line, err := range a.Lines(p.Name) {
				if err != nil || bytes.ContainsRune(line, '\n') {
					t.Fatal(p, err)
				}
				rows++
			}
			if rows != p.Rows {
				t.Fatal(fmt.Sprint(p, rows))
			}
		}
	})
}
