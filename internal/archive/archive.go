// Package archive is the file in which a tenant goes from one installation to
// another: a zip with a part for each kind of row, a manifest that counts and hashes
// the parts, and in its comment a signature over every byte before that comment. So
// one changed, added, moved or missing byte is seen before anything of the file is
// read, and any program that knows zip can look into it. docs/archive.md describes
// the format. The package knows the container and not what the rows mean.
package archive

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Format is the version of the format that is written, and the only one that is read.
const Format = 1

// Limits of an archive that is read or written. They bound what a hostile file can
// cost before it is refused.
const (
	FileMost     = 512 << 20 // bytes of the file
	UnpackedMost = 4 << 30   // bytes of all parts
	LineMost     = 96 << 20  // bytes of a row: a document of 32 MiB in base64, with what is known of it
	RowsMost     = 5_000_000 // rows of all parts
	partsMost    = 100
	manifestMost = 64 << 10
)

// ManifestName is the last file of the zip.
const ManifestName = "manifest.json"

// Manifest says what is in an archive.
type Manifest struct {
	Format     int      `json:"format"`
	Tenant     Tenant   `json:"tenant"`
	ExportedAt string   `json:"exported_at"`
	Origin     string   `json:"origin"` // of the portal that it comes from
	Parts      []Part   `json:"parts"`  // in the order in which they stand in the file
	LeftOut    []Absent `json:"left_out"`
}

// Tenant whose archive it is.
type Tenant struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// Part is one file of the zip: JSON Lines, a row a line.
type Part struct {
	Name   string `json:"name"` // without ".jsonl"
	Rows   int    `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Absent is what the archive does not hold, and why.
type Absent struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Rows of a part, 0 where there is none.
func (m Manifest) Rows(part string) int {
	for _, p := range m.Parts {
		if p.Name == part {
			return p.Rows
		}
	}
	return 0
}

var partName = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

// check reports what is wrong with a manifest.
func (m Manifest) check() error {
	if m.Format != Format {
		return fmt.Errorf("it has format %d, and this program reads format %d; use a program of the same version as the installation that it comes from", m.Format, Format)
	}
	if _, err := time.Parse(time.RFC3339, m.ExportedAt); err != nil {
		return errors.New("its time is no time")
	}
	if len(m.Parts) == 0 || len(m.Parts) > partsMost {
		return fmt.Errorf("it has %d parts", len(m.Parts))
	}
	seen, rows, size := map[string]bool{}, 0, int64(0)
	for _, p := range m.Parts {
		if !partName.MatchString(p.Name) || seen[p.Name] || p.Rows < 0 || p.Bytes < 0 || len(p.SHA256) != 2*sha256.Size {
			return fmt.Errorf("the part %q is not described as Gatehouse does", p.Name)
		}
		if p.Rows > RowsMost || p.Bytes > UnpackedMost {
			return errLarge
		}
		seen[p.Name] = true
		rows, size = rows+p.Rows, size+p.Bytes
	}
	if rows > RowsMost || size > UnpackedMost {
		return errLarge
	}
	return nil
}

var errLarge = fmt.Errorf("it is larger than an archive may be: %d MiB as a file, %d MiB unpacked, %d rows", FileMost>>20, UnpackedMost>>20, RowsMost)

// Encode is the one way to write a value: no HTML escapes, one line.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode reads what Encode wrote, and nothing else: a field twice, an unknown one or
// another spelling could show other readers something else than us.
func Decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	again, err := Encode(into)
	if err != nil || !bytes.Equal(again, text) {
		return errors.New("it is not written as Gatehouse writes it")
	}
	return nil
}

// Fingerprint is how people compare the key that signed an archive: SHA-256 of the
// public key, in groups of four hexadecimal digits.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	text := hex.EncodeToString(sum[:])
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, " ")
}

// SameFingerprint compares fingerprints as people hand them on, with or without
// blanks, colons and capitals.
func SameFingerprint(a, b string) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "", "\n", "", "\r", "", "\t", "").Replace(s))
	}
	return len(plain(a)) == 2*sha256.Size && plain(a) == plain(b)
}

// The comment of the zip: who signed, and the signature. It has always the same
// length, so that the bytes under the signature are known before it is.
const (
	mark       = "gatehouse-archive/1 "
	keyLen     = 44 // base64 of 32 bytes
	sigLen     = 88 // base64 of 64 bytes
	commentLen = len(mark) + keyLen + 1 + sigLen
	endLen     = 22 // the zip's own end, before its comment
)

// signed is what is signed: a digest under a name of its own, so that the key's
// signatures of checkpoints are none of archives (R111).
func signed(digest []byte) []byte { return append([]byte("gatehouse/archive/1\x00"), digest...) }

func comment(key ed25519.PublicKey, sig []byte) []byte {
	return []byte(mark + base64.StdEncoding.EncodeToString(key) + " " + base64.StdEncoding.EncodeToString(sig))
}

// parseComment reads who signed, and the signature.
func parseComment(text []byte) (key ed25519.PublicKey, sig []byte, err error) {
	rest, ok := bytes.CutPrefix(text, []byte(mark))
	if !ok || len(text) != commentLen || rest[keyLen] != ' ' {
		return nil, nil, errors.New("no signature of Gatehouse stands at its end: it is another file, or cut off")
	}
	if key, err = base64.StdEncoding.DecodeString(string(rest[:keyLen])); err == nil {
		sig, err = base64.StdEncoding.DecodeString(string(rest[keyLen+1:]))
	}
	if err != nil || len(key) != ed25519.PublicKeySize || len(sig) != ed25519.SignatureSize || !bytes.Equal(comment(key, sig), text) {
		return nil, nil, errors.New("the signature at its end is damaged")
	}
	return key, sig, nil
}
