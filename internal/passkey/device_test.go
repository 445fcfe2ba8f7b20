package passkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/fxamacker/cbor/v2"

	"gatehouse/internal/clock"
	"gatehouse/internal/passkey"
)

const origin = "https://portal.test"

var party = virtual.RelyingParty{ID: "portal.test", Name: "Portal", Origin: origin}

// bench is one portal with one user who has one passkey.
type bench struct {
	*testing.T
	clock   *clock.Manual
	portal  *passkey.Passkeys
	user    passkey.User
	device  virtual.Authenticator
	key     virtual.Credential
	session []byte
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := emptyBench(t)
	c := b.beginRegistration()
	made, err := b.portal.FinishRegistration(c.State, b.user, b.session, b.attest(c))
	if err != nil {
		t.Fatal(err)
	}
	b.user.Credentials = []passkey.Credential{made}
	return b
}

func emptyBench(t *testing.T) *bench {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	portal, err := passkey.New(passkey.Config{RPID: party.ID, RPName: party.Name, Origins: []string{origin}}, clk)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		T: t, clock: clk, portal: portal, session: []byte("session-1"),
		user: passkey.User{Handle: passkey.NewHandle(), Name: "partner@example.org", DisplayName: "Partner"},
		key:  newKey(t),
	}
	b.device = virtual.NewAuthenticatorWithOptions(virtual.AuthenticatorOptions{UserHandle: b.user.Handle})
	return b
}

// newKey is an ES256 key. The virtual authenticator drops leading zeros of
// coordinates, which would make one key in 128 invalid.
func newKey(t *testing.T) virtual.Credential {
	t.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if point[1] == 0 || point[33] == 0 {
			continue
		}
		text, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return virtual.NewCredentialWithImportedKey(virtual.KeyTypeEC2, text)
	}
}

func (b *bench) beginRegistration() passkey.Ceremony {
	b.Helper()
	c, err := b.portal.BeginRegistration(b.user, b.session)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bench) beginLogin() passkey.Ceremony {
	b.Helper()
	c, err := b.portal.BeginLogin(b.session)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bench) beginStepUp(act passkey.Act) passkey.Ceremony {
	b.Helper()
	c, err := b.portal.BeginStepUp(b.user, b.session, act)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// attest is a well-behaved browser's answer to a registration.
func (b *bench) attest(c passkey.Ceremony) []byte {
	b.Helper()
	o, err := virtual.ParseAttestationOptions(string(c.Options))
	if err != nil {
		b.Fatal(err)
	}
	return []byte(virtual.CreateAttestationResponse(party, b.device, b.key, *o))
}

// assert is a well-behaved browser's answer to a login or step-up.
func (b *bench) assert(c passkey.Ceremony) []byte {
	b.Helper()
	o, err := virtual.ParseAssertionOptions(string(c.Options))
	if err != nil {
		b.Fatal(err)
	}
	return []byte(virtual.CreateAssertionResponse(party, b.device, b.key, *o))
}

// find knows one user.
func (b *bench) find(_, handle []byte) (passkey.User, error) {
	if string(handle) != string(b.user.Handle) {
		return passkey.User{}, passkey.ErrUnknown
	}
	return b.user, nil
}

func (b *bench) login(c passkey.Ceremony, answer []byte) (passkey.Proof, error) {
	return b.portal.FinishLogin(c.State, b.session, answer, b.find)
}

// answer is a browser's answer taken apart, to be changed and signed again.
type answer struct {
	t    *testing.T
	top  map[string]any
	resp map[string]any
}

func open(t *testing.T, text []byte) answer {
	t.Helper()
	a := answer{t: t}
	if err := json.Unmarshal(text, &a.top); err != nil {
		t.Fatal(err)
	}
	a.resp = a.top["response"].(map[string]any)
	return a
}

func (a answer) bytes(field string) []byte {
	a.t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(a.resp[field].(string))
	if err != nil {
		a.t.Fatal(err)
	}
	return raw
}

func (a answer) set(field string, raw []byte) {
	a.resp[field] = base64.RawURLEncoding.EncodeToString(raw)
}

func (a answer) json() []byte {
	a.t.Helper()
	text, err := json.Marshal(a.top)
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

// client changes what the browser says about the page.
func (a answer) client(change map[string]any) answer {
	a.t.Helper()
	var data map[string]any
	if err := json.Unmarshal(a.bytes("clientDataJSON"), &data); err != nil {
		a.t.Fatal(err)
	}
	for k, v := range change {
		data[k] = v
	}
	text, err := json.Marshal(data)
	if err != nil {
		a.t.Fatal(err)
	}
	a.set("clientDataJSON", text)
	return a
}

// sign makes the signature of an assertion fit again.
func (a answer) sign(key virtual.Credential) []byte {
	a.t.Helper()
	client := sha256.Sum256(a.bytes("clientDataJSON"))
	digest := sha256.Sum256(append(a.bytes("authenticatorData"), client[:]...))
	sig, err := key.Key.Sign(digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	a.set("signature", sig)
	return a.json()
}

// attestation replaces parts of the attestation object; nil statement means "none".
func (a answer) attestation(format string, statement map[string]any, change func(auth []byte) []byte) []byte {
	a.t.Helper()
	var object map[string]any
	if err := cbor.Unmarshal(a.bytes("attestationObject"), &object); err != nil {
		a.t.Fatal(err)
	}
	if statement == nil {
		statement = map[string]any{}
	}
	object["fmt"], object["attStmt"] = format, statement
	object["authData"] = change(object["authData"].([]byte))
	raw, err := cbor.Marshal(object)
	if err != nil {
		a.t.Fatal(err)
	}
	a.set("attestationObject", raw)
	return a.json()
}

func unchanged(auth []byte) []byte { return auth }

// withID puts another credential id, and optionally another COSE key, into authenticator data.
func withID(id, cose []byte) func([]byte) []byte {
	return func(auth []byte) []byte {
		const head = 32 + 1 + 4 + 16 // rpIdHash, flags, counter, aaguid
		old := int(binary.BigEndian.Uint16(auth[head:]))
		if cose == nil {
			cose = auth[head+2+old:]
		}
		out := binary.BigEndian.AppendUint16(append([]byte{}, auth[:head]...), uint16(len(id)))
		return append(append(out, id...), cose...)
	}
}

func (a answer) rename(id []byte) answer {
	text := base64.RawURLEncoding.EncodeToString(id)
	a.top["id"], a.top["rawId"] = text, text
	return a
}
