// Package audit is the chain that makes a change to history visible: each event
// carries the MAC of itself and of the one before it, and signed checkpoints kept
// elsewhere witness how long the chain was. It is pure: it reads no database,
// keeps no key and knows no clock. Storing, locking the head and choosing the key
// are the store's part.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// TextMaxLen is the length in bytes at which free text of an event is cut, so that
// a megabyte of user agent cannot bloat the log.
const TextMaxLen = 1024

// DetailsMaxLen is the largest Details in bytes. What is longer belongs into a
// digest, not into the log.
const DetailsMaxLen = 64 << 10

// Event is one change: who did what, to what, when, from where.
//
// Link fills ChainID, Seq, Prev, Hash and KeyID and brings the rest into the form
// that both databases give back byte for byte. Details must be stored as text or
// bytes, never as jsonb, which rewrites it.
type Event struct {
	ChainID string    // a tenant's id, or the name of an accounts or installation chain
	Seq     uint64    // 1, 2, 3 … without a gap
	At      time.Time // UTC, whole microseconds

	Actor     string // id of the person, token or job
	ActorName string // how the person was called then
	ActingAs  string // tenant or support grant under which they acted; empty for themselves
	Action    string // "token.revoke"

	ObjectKind string // "token"
	ObjectID   string
	Details    json.RawMessage // canonical JSON of what changed, without secrets; empty or an object

	BeforeDigest []byte // Digest of the object before, empty when it was made
	AfterDigest  []byte // Digest of the object after, empty when it is gone

	RequestID string
	ClientIP  string

	Prev  []byte // Hash of the event before
	Hash  []byte // HMAC-SHA-256 over all of the above
	KeyID string // which audit key made Hash
}

// Details makes canonical JSON (sorted keys, no spaces, numbers as written) of what
// changed. It never sees a secret: the caller names the fields it shows.
func Details(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit: details: %w", err)
	}
	return canonical(raw)
}

// Digest is the fingerprint of an object's state for BeforeDigest and AfterDigest:
// SHA-256 over the kind and the canonical JSON of v.
func Digest(kind string, v any) ([]byte, error) {
	text, err := Details(v)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(frame("gatehouse/audit/object/1", []byte(kind), text))
	return sum[:], nil
}

// canonical rewrites one JSON value so that equal values are equal bytes.
func canonical(raw []byte) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a float would change large numbers
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("audit: details are not JSON: %w", err)
	}
	if d.More() {
		return nil, errors.New("audit: details are more than one JSON value")
	}
	return marshal(v)
}

// marshal is json.Marshal without the HTML escapes, which differ between writers.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// settle brings an event into the one form that is hashed, stored and exported.
func settle(e Event) (Event, error) {
	for _, text := range []*string{&e.Actor, &e.ActorName, &e.ActingAs, &e.ObjectKind, &e.ObjectID, &e.RequestID, &e.ClientIP} {
		*text = tidy(*text)
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.Action == "" || e.Action != tidy(e.Action) {
		return Event{}, fmt.Errorf("audit: %q is not the name of an action", e.Action)
	}
	if len(e.Details) == 0 {
		e.Details = nil
		return e, nil
	}
	if len(e.Details) > DetailsMaxLen {
		return Event{}, fmt.Errorf("audit: details of %s are longer than %d bytes", e.Action, DetailsMaxLen)
	}
	var err error
	if e.Details, err = canonical(e.Details); err != nil {
		return Event{}, err
	}
	if e.Details[0] != '{' {
		return Event{}, fmt.Errorf("audit: details of %s are not a JSON object", e.Action)
	}
	return e, nil
}

// tidy makes text that PostgreSQL and SQLite both store and give back unchanged.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= TextMaxLen {
		return s
	}
	s = s[:TextMaxLen]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
