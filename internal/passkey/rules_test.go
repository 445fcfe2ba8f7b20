package passkey_test

import (
	"bytes"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"gatehouse/internal/passkey"
)

// R23: one origin, exactly, and no frames.
func TestOnlyOurOwnPageMayAnswer(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"a subdomain":          {"origin": "https://evil.portal.test"},
		"http":                 {"origin": "http://portal.test"},
		"another port":         {"origin": "https://portal.test:8443"},
		"the default port":     {"origin": "https://portal.test:443"},
		"capitals":             {"origin": "HTTPS://PORTAL.TEST"},
		"a path":               {"origin": "https://portal.test/x"},
		"nothing":              {"origin": ""},
		"a frame":              {"crossOrigin": true},
		"a frame on a page":    {"crossOrigin": true, "topOrigin": "https://example.org"},
		"a frame on our page":  {"crossOrigin": true, "topOrigin": origin},
		"a page without frame": {"topOrigin": origin},
		"the other type":       {"type": "webauthn.create"},
	} {
		b := newBench(t)
		login := b.beginLogin()
		_, err := b.login(login, open(t, b.assert(login)).client(change).sign(b.key))
		refusal(t, "login: "+name, err)

		if change["type"] != nil {
			continue
		}
		reg := b.beginRegistration()
		text := open(t, b.attest(reg)).client(change).attestation("none", nil, unchanged)
		_, err = b.portal.FinishRegistration(reg.State, b.user, b.session, text)
		refusal(t, "registration: "+name, err)
	}
	b := newBench(t)
	login := b.beginLogin()
	if _, err := b.login(login, open(t, b.assert(login)).client(map[string]any{"crossOrigin": false}).sign(b.key)); err != nil {
		t.Errorf("our own page: %v", err)
	}
	b = newBench(t)
	login = b.beginLogin()
	a := open(t, b.assert(login))
	a.set("authenticatorData", append(make([]byte, 32), a.bytes("authenticatorData")[32:]...))
	_, err := b.login(login, a.sign(b.key))
	refusal(t, "another RP ID", err)
}

// R26: BE never changes, BS needs BE, both are reported.
func TestBackupFlags(t *testing.T) {
	b := emptyBench(t)
	b.device.Options.BackupState = true
	reg := b.beginRegistration()
	_, err := b.portal.FinishRegistration(reg.State, b.user, b.session, b.attest(reg))
	refusal(t, "BS without BE", err)

	b.device.Options.BackupState, b.device.Options.BackupEligible = false, true
	reg = b.beginRegistration()
	made, err := b.portal.FinishRegistration(reg.State, b.user, b.session, b.attest(reg))
	if err != nil || !made.BackupEligible || made.BackedUp {
		t.Fatalf("got %+v, %v", made, err)
	}
	b.user.Credentials = []passkey.Credential{made}
	b.device.Options.BackupState = true
	login := b.beginLogin()
	proof, err := b.login(login, b.assert(login))
	if err != nil || !proof.Credential.BackedUp {
		t.Errorf("backed up meanwhile: %+v, %v", proof, err)
	}
	b.device.Options.BackupState, b.device.Options.BackupEligible = false, false
	login = b.beginLogin()
	_, err = b.login(login, b.assert(login))
	refusal(t, "BE was taken away", err)
}

// R27: a counter that goes back is reported; the caller decides.
func TestSignCounter(t *testing.T) {
	for _, tt := range []struct {
		name              string
		stored, presented uint32
		clone             bool
		kept              uint32
	}{
		{"none on either side", 0, 0, false, 0},
		{"it goes on", 50, 51, false, 51},
		{"it starts", 0, 1, false, 1},
		{"it goes back", 50, 11, true, 50},
		{"it stands", 50, 50, true, 50},
		{"it is gone", 50, 0, true, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.user.Credentials[0].SignCount, b.key.Counter = tt.stored, tt.presented
			login := b.beginLogin()
			proof, err := b.login(login, b.assert(login))
			if err != nil || (proof.Clone != nil) != tt.clone || proof.Credential.SignCount != tt.kept {
				t.Fatalf("got %+v, %v", proof, err)
			}
			if tt.clone && *proof.Clone != (passkey.Clone{Stored: tt.stored, Presented: tt.presented}) {
				t.Errorf("got %+v", proof.Clone)
			}
		})
	}
}

// R30: ids of up to 1023 bytes.
func TestLongCredentialIDs(t *testing.T) {
	for _, tt := range []struct {
		n  int
		ok bool
	}{{1023, true}, {1024, false}} {
		b := emptyBench(t)
		c := b.beginRegistration()
		id := bytes.Repeat([]byte{7}, tt.n)
		_, err := b.portal.FinishRegistration(c.State, b.user, b.session,
			open(t, b.attest(c)).rename(id).attestation("none", nil, withID(id, nil)))
		if tt.ok && err != nil {
			t.Errorf("%d bytes: %v", tt.n, err)
		}
		if !tt.ok {
			refusal(t, "1024 bytes", err)
		}
	}
}

// R31: other algorithms and broken attestations are refused.
func TestAlgorithmsAndAttestations(t *testing.T) {
	for name, forge := range map[string]func(*bench, answer) []byte{
		"algorithm -65535": func(b *bench, a answer) []byte {
			cose, _ := cbor.Marshal(map[int]any{1: 3, 3: -65535, -1: bytes.Repeat([]byte{9}, 256), -2: []byte{1, 0, 1}})
			return a.attestation("none", nil, withID(b.key.ID, cose))
		},
		"packed with a broken certificate": func(_ *bench, a answer) []byte {
			return a.attestation("packed", map[string]any{"alg": -7, "sig": []byte("x"), "x5c": [][]byte{[]byte("no certificate")}}, unchanged)
		},
		"packed with a broken signature": func(_ *bench, a answer) []byte {
			return a.attestation("packed", map[string]any{"alg": -7, "sig": []byte("x")}, unchanged)
		},
		"none with a statement": func(_ *bench, a answer) []byte {
			return a.attestation("none", map[string]any{"alg": -7}, unchanged)
		},
		"an unknown format": func(_ *bench, a answer) []byte { return a.attestation("homemade", nil, unchanged) },
	} {
		b := emptyBench(t)
		c := b.beginRegistration()
		_, err := b.portal.FinishRegistration(c.State, b.user, b.session, forge(b, open(t, b.attest(c))))
		refusal(t, name, err)
	}
}
