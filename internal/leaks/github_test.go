package leaks_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/leaks"
)

// The protocol's published vector.
const (
	vectorBody      = `[{"token":"some_token","type":"some_type","url":"some_url"}]`
	vectorID        = "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a"
	vectorSignature = "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc="
	vectorKey       = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\nkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n-----END PUBLIC KEY-----\n"
)

// list is a server of keys.
type list struct {
	*httptest.Server
	keys        map[string]string // PEM by id
	down        bool
	asked, same int
}

func newList(t *testing.T) *list {
	l := &list{keys: map[string]string{vectorID: vectorKey}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked++
		if l.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		type entry struct {
			ID      string `json:"key_identifier"`
			Key     string `json:"key"`
			Current bool   `json:"is_current"`
		}
		var all []entry
		for id, key := range l.keys {
			all = append(all, entry{id, key, false}) // one that is not current still verifies
		}
		raw, _ := json.Marshal(map[string]any{"public_keys": all})
		sum := sha256.Sum256(raw)
		tag := `"` + base64.StdEncoding.EncodeToString(sum[:]) + `"`
		if len(all) == 1 && r.Header.Get("If-None-Match") == tag {
			l.same++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		_, _ = w.Write(raw)
	}))
	t.Cleanup(l.Close)
	return l
}

func check(g *leaks.GitHub, id, signature, body string) error {
	h := http.Header{}
	if id != "" {
		h.Set(leaks.KeyHeader, id)
	}
	if signature != "" {
		h.Set(leaks.SignatureHeader, signature)
	}
	key, sig, err := g.Key(context.Background(), h)
	if err != nil {
		return err
	}
	return leaks.Verified(key, sig, []byte(body))
}

// SECURITY 3.1: the known answer, and everything next to it.
func TestSignatures(t *testing.T) {
	l := newList(t)
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	l.keys["384"] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	l.keys["junk"] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
	sum := sha256.Sum256([]byte(vectorBody))
	signed384, err := ecdsa.SignASN1(rand.Reader, other, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	der, _ = base64.StdEncoding.DecodeString(vectorSignature)
	longer := base64.StdEncoding.EncodeToString(append(der, 0))
	g := leaks.NewGitHub(l.URL, l.Client(), clock.System)
	for name, tt := range map[string]struct {
		id, signature, body string
		ok                  bool
	}{
		"the vector":                    {vectorID, vectorSignature, vectorBody, true},
		"a space behind it":             {vectorID, vectorSignature, vectorBody + " ", false},
		"an unknown key":                {strings.Repeat("a", 64), vectorSignature, vectorBody, false},
		"no key":                        {"", vectorSignature, vectorBody, false},
		"no signature":                  {vectorID, "", vectorBody, false},
		"a signature that is no base64": {vectorID, "***", vectorBody, false},
		"a signature in other base64":   {vectorID, strings.NewReplacer("+", "-", "/", "_").Replace(vectorSignature), vectorBody, false},
		"bytes behind the signature":    {vectorID, longer, vectorBody, false},
		"another curve":                 {"384", base64.StdEncoding.EncodeToString(signed384), vectorBody, false},
		"a key that is none":            {"junk", vectorSignature, vectorBody, false},
		"another body":                  {vectorID, vectorSignature, "[]", false},
	} {
		err := check(g, tt.id, tt.signature, tt.body)
		if tt.ok != (err == nil) || err != nil && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Keys are asked for when they are needed, not for every stranger, and an old list
// serves for a week when there is no other.
func TestKeysAreKept(t *testing.T) {
	l, clk := newList(t), clock.NewManual(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	g := leaks.NewGitHub(l.URL, l.Client(), clk)
	expect := func(what, id string, kind fault.Kind, asked int) {
		t.Helper()
		err := check(g, id, vectorSignature, vectorBody)
		if (kind == 0) != (err == nil) || kind != 0 && !fault.Is(err, kind) {
			t.Errorf("%s: %v", what, err)
		}
		if l.asked != asked {
			t.Errorf("%s: asked %d times, want %d", what, l.asked, asked)
		}
	}
	l.down = true
	expect("nothing is known and nothing can be asked", vectorID, fault.Unavailable, 1)
	expect("within a minute nobody asks again", vectorID, fault.Unavailable, 1)
	l.down = false
	clk.Advance(time.Minute)
	expect("the list is there", vectorID, 0, 2)
	for range 100 {
		expect("strangers' ids, within the minute", "f00", fault.Unauthenticated, 2)
	}
	expect("a known key needs no question", vectorID, 0, 2)
	clk.Advance(time.Minute)
	expect("an unknown id, a minute later", "f00", fault.Unauthenticated, 3)
	if l.same != 1 {
		t.Errorf("the list was sent again although it had not changed")
	}
	clk.Advance(25 * time.Hour)
	l.down = true
	expect("the list is old, and there is no other", vectorID, 0, 4)
	expect("an unknown id then may be a new key", "f00", fault.Unavailable, 4)
	clk.Advance(7 * 24 * time.Hour)
	expect("after a week it is too old", vectorID, fault.Unavailable, 5)
	l.down = false
	clk.Advance(time.Minute)
	expect("until it can be read again", vectorID, 0, 6)
	l.keys["f00"] = vectorKey
	clk.Advance(time.Minute)
	expect("a new key is found", "f00", 0, 7)
}
