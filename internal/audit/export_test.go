package audit_test

import (
	"bytes"
	"strings"
	"testing"

	"gatehouse/internal/audit"
)

// R124: verification works on an export alone.
func TestAnExportVerifiesAndATamperedOneDoesNot(t *testing.T) {
	k := key(t, "k1", 1)
	var file bytes.Buffer
	for _, e := range chain(t, k, "acme", 5) {
		if err := audit.Encode(&file, e); err != nil {
			t.Fatal(err)
		}
	}
	c := audit.Check{ChainID: "acme", Keys: []audit.Key{k}}
	text := file.String()
	if r, err := audit.Verify(c, audit.Decode(strings.NewReader(text))); err != nil || r.Exit() != audit.ExitIntact || r.Head.Seq != 5 {
		t.Fatalf("got %s, %v", r, err)
	}
	for name, bad := range map[string]string{
		"a value is changed":     strings.Replace(text, `"object_id":"t2"`, `"object_id":"t9"`, 1),
		"a field is there twice": strings.Replace(text, `"object_id":"t2"`, `"object_id":"t9","object_id":"t2"`, 1),
		"a field is added":       strings.Replace(text, `"object_id":"t2"`, `"object_id":"t2","note":"x"`, 1),
		"a digest is changed":    strings.Replace(text, `"after":"AQIC"`, `"after":"AQID"`, 1),
	} {
		r, err := audit.Verify(c, audit.Decode(strings.NewReader(bad)))
		if err != nil || r.Exit() != audit.ExitBroken || r.Broken.Seq != 3 {
			t.Errorf("%s: got %s, %v", name, r, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var file bytes.Buffer
	for _, e := range chain(f, key(f, "k1", 1), "acme", 2) {
		if err := audit.Encode(&file, e); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(file.Bytes())
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var again bytes.Buffer
		for e, err := range audit.Decode(bytes.NewReader(text)) {
			if err != nil {
				return
			}
			if err := audit.Encode(&again, e); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.TrimSuffix(again.String(), "\n"); got != strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
			t.Errorf("%q was read as %q", text, got)
		}
	})
}
