// Package webhook signs and checks messages between programs as Standard Webhooks
// v1 says: HMAC-SHA-256 over "id.timestamp.body".
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a message.
const (
	IDHeader        = "Webhook-Id"
	TimestampHeader = "Webhook-Timestamp"
	SignatureHeader = "Webhook-Signature"
)

// Tolerance is how far a message's timestamp may be from now, either way.
const Tolerance = 5 * time.Minute

// Secret that both sides know. It prints as nothing.
type Secret struct{ key []byte }

func (Secret) String() string   { return "webhook secret" }
func (Secret) GoString() string { return "webhook secret" }

// ParseSecret reads "whsec_" and 24 to 64 bytes in base64.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return Secret{}, errors.New("it is not whsec_ and 24 to 64 bytes in base64")
	}
	return Secret{key}, nil
}

// Sign is the signature of a message, as one part of SignatureHeader.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// ErrRefused is why a message is not taken.
var ErrRefused = errors.New("the message is not signed with the secret, or is too old")

// Verify is nil for a message that was signed with the secret within Tolerance of
// now. Signatures of versions that nobody knows are passed over.
func (s Secret) Verify(h http.Header, body []byte, now time.Time) error {
	id, stamp := h.Get(IDHeader), h.Get(TimestampHeader)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || strings.Contains(id, ".") || err != nil || stamp != strconv.FormatInt(seconds, 10) || len(s.key) == 0 {
		return ErrRefused
	}
	at := time.Unix(seconds, 0)
	if at.Before(now.Add(-Tolerance)) || at.After(now.Add(Tolerance)) {
		return ErrRefused
	}
	want := []byte(s.Sign(id, at, body))
	for _, one := range strings.Fields(h.Get(SignatureHeader)) {
		if hmac.Equal([]byte(one), want) {
			return nil
		}
	}
	return ErrRefused
}
