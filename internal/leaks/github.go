package leaks

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
)

// Headers of a report by GitHub.
const (
	KeyHeader       = "Github-Public-Key-Identifier"
	SignatureHeader = "Github-Public-Key-Signature"
)

// How long the list of keys is good. Without an answer an old list serves until
// keysKept; within refreshEvery nobody asks twice, whatever strangers send.
const (
	keysFresh    = 24 * time.Hour
	keysKept     = 7 * 24 * time.Hour
	refreshEvery = time.Minute
	fetchMost    = 10 * time.Second
	listMost     = 1 << 20 // bytes
)

// GitHub checks that a report is GitHub's, by the keys that it publishes. It is
// safe for concurrent use.
type GitHub struct {
	url    string
	client *http.Client
	clock  clock.Clock

	mu      sync.Mutex // also held while the list is fetched: whoever needs it waits for the same answer
	keys    map[string]*ecdsa.PublicKey
	etag    string
	read    time.Time // when the list was last known to be current
	asked   time.Time // when it was last asked for
	failure error     // of the last time
}

// NewGitHub reads the keys at url when they are needed. The client says which
// addresses may be asked.
func NewGitHub(url string, client *http.Client, clk clock.Clock) *GitHub {
	quick := *client
	quick.Timeout = fetchMost
	quick.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &GitHub{url: url, client: &quick, clock: clk}
}

// Key is the one by which a report with these headers is checked: before its body
// is read, so that nobody makes us read for nothing.
func (g *GitHub) Key(ctx context.Context, h http.Header) (*ecdsa.PublicKey, []byte, error) {
	ids, signatures := h.Values(KeyHeader), h.Values(SignatureHeader)
	if len(ids) != 1 || len(signatures) != 1 || ids[0] == "" {
		return nil, nil, unsigned()
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(signatures[0])
	if err != nil || len(signature) == 0 {
		return nil, nil, unsigned()
	}
	key, err := g.find(ctx, ids[0])
	return key, signature, err
}

// Verified reports whether the signature is the key's, over the body as it came.
func Verified(key *ecdsa.PublicKey, signature, body []byte) error {
	sum := sha256.Sum256(body)
	if !ecdsa.VerifyASN1(key, sum[:], signature) {
		return unsigned()
	}
	return nil
}

func unsigned() error {
	return fault.New(fault.Unauthenticated, "invalid_signature", "This report is not signed by whom it says that it is from.")
}

// find returns a key that is in force. One that is not current any more still counts.
func (g *GitHub) find(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	known := g.keys[id]
	if (known == nil || now.Sub(g.read) >= keysFresh) && now.Sub(g.asked) >= refreshEvery {
		g.asked = now
		if g.failure = g.fetch(ctx); g.failure == nil {
			g.read, known = now, g.keys[id]
		}
	}
	switch {
	case known != nil && now.Sub(g.read) < keysKept:
		return known, nil
	case g.failure != nil:
		return nil, fault.New(fault.Unavailable, "keys_unavailable", "The keys that sign these reports cannot be read at the moment. Send the report again.").
			After(refreshEvery).Because(g.failure)
	}
	return nil, unsigned()
}

// fetch asks for the list, unless the one at hand is current.
func (g *GitHub) fetch(ctx context.Context) error {
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, g.url, nil) // others wait for it as well
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "gatehouse")
	if g.etag != "" {
		r.Header.Set("If-None-Match", g.etag)
	}
	answer, err := g.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotModified && g.keys != nil {
		return nil
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the list of keys was answered with %s", answer.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, listMost))
	if err != nil {
		return err
	}
	keys, err := parseKeys(raw)
	if err == nil {
		g.keys, g.etag = keys, answer.Header.Get("ETag")
	}
	return err
}

// parseKeys reads the list: P-256 alone is in the protocol, other keys are left out.
func parseKeys(raw []byte) (map[string]*ecdsa.PublicKey, error) {
	var list struct {
		Keys []struct {
			ID  string `json:"key_identifier"`
			Key string `json:"key"`
		} `json:"public_keys"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("reading the list of keys: %w", err)
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range list.Keys {
		block, _ := pem.Decode([]byte(k.Key))
		if block == nil || k.ID == "" {
			continue
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if key, ok := parsed.(*ecdsa.PublicKey); err == nil && ok && key.Curve == elliptic.P256() {
			keys[k.ID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the list of keys has no key that can be used")
	}
	return keys, nil
}
