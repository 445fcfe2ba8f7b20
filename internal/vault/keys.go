// Package vault keeps secrets at rest: the key file that an installation stands on,
// envelopes for upstream credentials, wrapped keys, and subkeys for one purpose. It
// stores nothing itself and never makes a key file unless CreateKeyFile is called.
package vault

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// KeyLen is the length of a key-encryption key in bytes.
const KeyLen = 32

// keyFileMaxLen is far above any key file; what is longer is another file.
const keyFileMaxLen = 64 << 10

const keyFileHead = `# Gatehouse key file. Every secret of this installation is encrypted under it:
# keep a copy in a safe place, readable by nobody else. The first key is used for
# what is written from now on, the others to read what was written before.
`

// Key is one key-encryption key. It does not print itself, see Secret.
type Key struct {
	id   string
	text *[KeyLen]byte
}

// NewKey names a key by its own fingerprint, so that a key and its name cannot be mixed up.
func NewKey(text []byte) (Key, error) {
	if len(text) != KeyLen {
		return Key{}, fmt.Errorf("a key has %d bytes, this one has %d", KeyLen, len(text))
	}
	own := [KeyLen]byte(text)
	k := Key{text: &own}
	k.id = hex.EncodeToString(k.derive("key id", nil, 6))
	return k, nil
}

// ID is the public name of the key: 12 hexadecimal digits.
func (k Key) ID() string { return k.id }

// String is the name of the key.
func (k Key) String() string { return "key " + k.id }

// GoString is String, so that %#v shows no key either.
func (k Key) GoString() string { return k.String() }

// derive makes a subkey of n bytes that tells nothing about k or about other subkeys
// (HKDF, RFC 5869).
func (k Key) derive(purpose string, context []byte, n int) []byte {
	out, err := hkdf.Key(sha256.New, k.text[:], nil, string(frame("gatehouse/vault/derive/1", []byte(purpose), context)), n)
	if err != nil {
		panic(err) // only for more than 255 hashes of output
	}
	return out
}

// CreateKeyFile makes a key file with one new key at path, readable by its owner
// alone, and returns when it is on disk. It fails with fs.ErrExist when something is
// there already. Call it only for an installation that holds no data yet: a new key
// reads nothing that was written under another one.
func CreateKeyFile(path string) (err error) {
	var text [KeyLen]byte
	rand.Read(text[:])
	key, err := NewKey(text[:])
	if err != nil {
		return err
	}
	// The finished file appears under its name at once: a crash leaves either none or a whole one.
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("the key file cannot be made: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = io.WriteString(f, keyFileHead+key.id+" "+base64.StdEncoding.EncodeToString(text[:])+"\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the key file cannot be written: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("the key file cannot be made: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OpenKeyFile reads the keys at path. A file that others may read is refused, and so
// is one that is damaged. A missing one is fs.ErrNotExist.
func OpenKeyFile(path string) (*Vault, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the key file %s is not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others (mode %04o). Run chmod 600 on it, and ask yourself who may have copied it", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, keyFileMaxLen+1))
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	keys, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("the key file %s: %w", path, err)
	}
	return New(keys...)
}

// ParseKeys reads the text of a key file: a line per key with its name and its 32
// bytes in base64, the current key first, lines beginning with # passed over.
func ParseKeys(text []byte) ([]Key, error) {
	if len(text) > keyFileMaxLen {
		return nil, errors.New("it is too long for a key file")
	}
	var out []Key
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// No part of a line goes into an error: it may be the key.
		id, encoded, _ := strings.Cut(line, " ")
		raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return nil, fmt.Errorf("line %d is not a name and a key in base64", n)
		}
		key, err := NewKey(raw)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if key.id != id {
			return nil, fmt.Errorf("line %d is damaged: the key is not the one that its name says", n)
		}
		out = append(out, key)
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("it has a line that is too long for a key")
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no key")
	}
	return out, nil
}
