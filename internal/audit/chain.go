package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// KeyLen is the length of an audit key in bytes.
const KeyLen = 32

// Key makes and checks the hashes of a chain. Without it a chain cannot be
// restamped by whoever can write to the database. It does not print itself, not even
// as an unexported field, on which fmt calls no method: hence the pointer.
type Key struct {
	id   string
	text *[KeyLen]byte
}

// NewKey names the KeyLen bytes of an audit key.
func NewKey(id string, text []byte) (Key, error) {
	if id == "" || len(text) != KeyLen {
		return Key{}, fmt.Errorf("audit: a key has a name and %d bytes, not %d", KeyLen, len(text))
	}
	own := [KeyLen]byte(text)
	return Key{id, &own}, nil
}

// ID is what events made with this key carry as KeyID.
func (k Key) ID() string { return k.id }

// String is the name of the key.
func (k Key) String() string { return "audit key " + k.id }

// GoString is String, so that %#v shows no key either.
func (k Key) GoString() string { return k.String() }

// Head is the newest event of a chain: what the next one is linked to.
type Head struct {
	ChainID string
	Seq     uint64
	Hash    []byte
}

// Genesis is the head of a chain that has no event yet.
func Genesis(chainID string) Head {
	sum := sha256.Sum256(frame("gatehouse/audit/genesis/1", []byte(chainID)))
	return Head{ChainID: chainID, Hash: sum[:]}
}

// Head is the head of the chain whose newest event is e.
func (e Event) Head() Head { return Head{e.ChainID, e.Seq, e.Hash} }

// Link appends e to the chain that ends in head. The event it returns is the one to
// store: its text is tidied, its time cut to microseconds. The caller holds the lock
// on the head and writes event, head and the change itself in one transaction.
func Link(key Key, head Head, e Event) (Event, error) {
	if head.ChainID == "" || len(head.Hash) != sha256.Size {
		return Event{}, errors.New("audit: an event needs a chain to be linked to; start with Genesis")
	}
	if key.id == "" {
		return Event{}, errors.New("audit: an event needs a key")
	}
	e, err := settle(e)
	if err != nil {
		return Event{}, err
	}
	e.ChainID, e.Seq, e.Prev, e.KeyID = head.ChainID, head.Seq+1, head.Hash, key.id
	e.Hash = e.mac(key)
	return e, nil
}

// mac is the hash that an event must have under key.
func (e Event) mac(key Key) []byte {
	h := hmac.New(sha256.New, key.text[:])
	h.Write(frame("gatehouse/audit/event/1",
		[]byte(e.ChainID), number(e.Seq), e.Prev, []byte(e.KeyID), number(uint64(e.At.UnixMicro())),
		[]byte(e.Actor), []byte(e.ActorName), []byte(e.ActingAs), []byte(e.Action),
		[]byte(e.ObjectKind), []byte(e.ObjectID), e.Details, e.BeforeDigest, e.AfterDigest,
		[]byte(e.RequestID), []byte(e.ClientIP)))
	return h.Sum(nil)
}

// frame joins a purpose and parts so that no two different lists give the same
// bytes: each part is preceded by its length.
func frame(purpose string, parts ...[]byte) []byte {
	size := 8 + len(purpose)
	for _, part := range parts {
		size += 8 + len(part)
	}
	out := make([]byte, 0, size)
	out = append(binary.BigEndian.AppendUint64(out, uint64(len(purpose))), purpose...)
	for _, part := range parts {
		out = append(binary.BigEndian.AppendUint64(out, uint64(len(part))), part...)
	}
	return out
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
