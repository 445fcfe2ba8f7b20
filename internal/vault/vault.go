package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"gatehouse/internal/fault"
)

// ErrIntegrity means that a ciphertext is not the one that was written for this
// place: it was changed, or moved here from elsewhere. Worth an audit event.
var ErrIntegrity = errors.New("vault: the ciphertext does not belong here or was changed")

// ErrKeyMissing means that a ciphertext was written under a key that the key file
// does not hold.
var ErrKeyMissing = errors.New("vault: the key is not in the key file")

const (
	envelopeVersion = 1
	keyIDLen        = 12                                                  // hexadecimal digits of Key.ID
	wrappedLen      = subtle.AESGCMIVSize + KeyLen + subtle.AESGCMTagSize // a wrapped data key
	envelopeMinLen  = 1 + keyIDLen + wrappedLen + subtle.AESGCMIVSize + subtle.AESGCMTagSize
	checkLen        = 16
)

// Place is where a secret belongs. It is authenticated with the secret, so that a
// row copied to another tenant, another API or another version does not open (R106).
type Place struct {
	Purpose string // "upstream-credential", "pepper", "audit-key"
	Tenant  string // id; empty for the installation's own
	API     string // id; empty where there is none
	ID      string // of the row
	Version uint64
}

// bytes is the associated data of p under a part of the envelope. Lengths go before
// values, so no two places give the same bytes (R111).
func (p Place) bytes(part string) []byte {
	return frame("gatehouse/vault/"+part+"/1", []byte(p.Purpose), []byte(p.Tenant), []byte(p.API), []byte(p.ID),
		binary.BigEndian.AppendUint64(nil, p.Version))
}

// Vault encrypts under the first of its keys and decrypts under any of them. It is
// safe for concurrent use.
type Vault struct {
	keys  []Key                     // the current one first
	boxes map[string]*subtle.AESGCM // by Key.ID
}

// New makes a vault from keys, the current one first.
func New(keys ...Key) (*Vault, error) {
	if len(keys) == 0 {
		return nil, errors.New("a vault needs a key")
	}
	v := &Vault{keys: keys, boxes: map[string]*subtle.AESGCM{}}
	for _, k := range keys {
		if k.text == nil {
			return nil, errors.New("a vault needs keys made by NewKey")
		}
		box, err := subtle.NewAESGCM(k.derive("wrap data keys", nil, KeyLen))
		if err != nil {
			return nil, fmt.Errorf("vault: %w", err)
		}
		v.boxes[k.id] = box
	}
	return v, nil
}

func (v *Vault) current() Key { return v.keys[0] }

// KeyID names the key that new secrets are written under.
func (v *Vault) KeyID() string { return v.current().id }

// String names the current key and shows none.
func (v *Vault) String() string { return "vault under " + v.current().String() }

// GoString is String, so that %#v shows no key either.
func (v *Vault) GoString() string { return v.String() }

// Seal encrypts plaintext for place: AES-256-GCM under a fresh data key, which is
// itself encrypted under the current key and stands in front.
func (v *Vault) Seal(plaintext Secret, place Place) ([]byte, error) {
	var dek [KeyLen]byte
	rand.Read(dek[:])
	box, err := subtle.NewAESGCM(dek[:])
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	sealed, err := box.Encrypt(plaintext.Expose(), place.bytes("secret"))
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	wrapped, err := v.Wrap(NewSecret(dek[:]), place)
	if err != nil {
		return nil, err
	}
	return append(wrapped, sealed...), nil
}

// Open gives back what Seal encrypted for the same place. The fault it fails with
// wraps ErrIntegrity or ErrKeyMissing.
func (v *Vault) Open(envelope []byte, place Place) (Secret, error) {
	if len(envelope) < envelopeMinLen {
		return Secret{}, unreadable(place, ErrIntegrity)
	}
	head, sealed := envelope[:1+keyIDLen+wrappedLen], envelope[1+keyIDLen+wrappedLen:]
	dek, err := v.Unwrap(head, place)
	if err != nil {
		return Secret{}, err
	}
	box, err := subtle.NewAESGCM(dek.Expose())
	if err != nil {
		return Secret{}, fmt.Errorf("vault: %w", err)
	}
	text, err := box.Decrypt(sealed, place.bytes("secret"))
	if err != nil {
		return Secret{}, unreadable(place, ErrIntegrity)
	}
	return NewSecret(text), nil
}

// Wrap encrypts a key of KeyLen bytes (a pepper, an audit key) under the current key.
func (v *Vault) Wrap(key Secret, place Place) ([]byte, error) {
	if key.Len() != KeyLen {
		return nil, fmt.Errorf("vault: a key to wrap has %d bytes, not %d", KeyLen, key.Len())
	}
	wrapped, err := v.boxes[v.current().id].Encrypt(key.Expose(), place.bytes("key"))
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	out := make([]byte, 0, 1+keyIDLen+len(wrapped))
	out = append(out, envelopeVersion)
	out = append(out, v.current().id...)
	return append(out, wrapped...), nil
}

// Unwrap gives back the key that Wrap encrypted for the same place. It fails as Open does.
func (v *Vault) Unwrap(wrapped []byte, place Place) (Secret, error) {
	if len(wrapped) != 1+keyIDLen+wrappedLen || wrapped[0] != envelopeVersion {
		return Secret{}, unreadable(place, ErrIntegrity)
	}
	box, ok := v.boxes[string(wrapped[1:1+keyIDLen])]
	if !ok {
		return Secret{}, unreadable(place, ErrKeyMissing)
	}
	key, err := box.Decrypt(wrapped[1+keyIDLen:], place.bytes("key"))
	if err != nil {
		return Secret{}, unreadable(place, ErrIntegrity)
	}
	return NewSecret(key), nil
}

func unreadable(place Place, cause error) error {
	return fault.New(fault.Unavailable, "vault_unreadable",
		"A stored secret (%s) cannot be read. It has to be entered again; the operator finds the reason in the log.", place.Purpose).
		Because(fmt.Errorf("%s %q of tenant %q, version %d: %w", place.Purpose, place.ID, place.Tenant, place.Version, cause))
}

// Fingerprint is what may be shown of a secret: the last four hexadecimal digits of
// its SHA-256 (R107).
func Fingerprint(s Secret) string {
	sum := sha256.Sum256(s.Expose())
	return fmt.Sprintf("%x", sum[sha256.Size-2:])
}

// Check is the key check value, to be stored beside the data when it is first made.
func (v *Vault) Check() []byte { return v.current().check() }

func (k Key) check() []byte {
	return append([]byte(k.id+" "), k.derive("key check", nil, checkLen)...)
}

// Confirm compares the key check value that the data was made with. Where no key at
// hand made it nothing may be written: the key file belongs to another installation (R109).
func (v *Vault) Confirm(check []byte) error {
	for _, k := range v.keys {
		if hmac.Equal(check, k.check()) {
			return nil
		}
	}
	want := "another key"
	if len(check) == keyIDLen+1+checkLen {
		want = fmt.Sprintf("key %q", check[:keyIDLen])
	}
	return fault.New(fault.Unavailable, "wrong_key_file",
		"The key file holds key %s, but the data was written under %s. Start with the key file that belongs to this data; nothing was changed.",
		v.current().id, want)
}

// Derive makes a 32-byte subkey for one purpose and context; the same ones give the
// same subkey for as long as the current key stays. The demo makes its tokens so, with
// nothing in clear on disk.
func (v *Vault) Derive(purpose string, context ...string) Secret {
	parts := make([][]byte, len(context))
	for i, c := range context {
		parts[i] = []byte(c)
	}
	return NewSecret(v.current().derive("derive: "+purpose, frame("context", parts...), KeyLen))
}

// frame joins a purpose and parts so that no two different lists give the same bytes.
func frame(purpose string, parts ...[]byte) []byte {
	out := append(binary.BigEndian.AppendUint64(nil, uint64(len(purpose))), purpose...)
	for _, part := range parts {
		out = append(binary.BigEndian.AppendUint64(out, uint64(len(part))), part...)
	}
	return out
}
