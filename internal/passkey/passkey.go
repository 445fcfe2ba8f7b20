// Package passkey runs the WebAuthn ceremonies (W3C WebAuthn Level 3) by our rules:
// user verification always, one exact origin, five minutes, and an answer that counts
// only for the kind, the session and the action it was asked for.
//
// It keeps nothing. The caller stores the State of a ceremony on the server and takes
// it out, once and for all, before it calls Finish: that makes an answer usable once.
package passkey

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
)

const (
	// Lifetime is how long a ceremony may take.
	Lifetime = 5 * time.Minute

	// HandleLen is the length of a user handle in bytes, the most that WebAuthn allows.
	HandleLen = 64

	// AnswerMaxLen is the longest answer of a browser in bytes that is read.
	AnswerMaxLen = 64 << 10
)

// Config says for whom passkeys are made.
type Config struct {
	RPID    string   // the portal's host, without scheme and port; never an IP address
	RPName  string   // shown by the authenticator
	Origins []string // scheme://host[:port], compared letter by letter
}

// Passkeys runs ceremonies. It is safe for concurrent use.
type Passkeys struct {
	lib     *webauthn.WebAuthn
	origins []string
	clock   clock.Clock
}

// User is somebody who has, or is about to have, passkeys.
type User struct {
	Handle      []byte // NewHandle, made once per account; says nothing about it
	Name        string // e-mail address, shown in the browser's list
	DisplayName string
	Credentials []Credential
}

// Credential is a passkey as it is stored.
type Credential struct {
	ID             []byte // 1 to 1023 bytes, unique over all users
	PublicKey      []byte // COSE
	SignCount      uint32
	BackupEligible bool // never changes
	BackedUp       bool
	Transports     []string
	AAGUID         []byte // 16 bytes, the authenticator's make; not attested, so a hint only
}

// Act is what a step-up allows: one action on one object, or signing in when empty.
type Act struct {
	Action string // "token.create"
	Object string // "api_team 01J…"; everything that the person was shown
}

// Ceremony is one begun ceremony.
type Ceremony struct {
	Options   json.RawMessage // for PublicKeyCredential.parse…OptionsFromJSON
	State     []byte          // secret, for Finish; to be kept on the server
	Challenge string          // that the answer comes back with: see ChallengeOf
	Expires   time.Time
}

// Proof is what an assertion showed.
type Proof struct {
	User       User
	Credential Credential // with the new SignCount and BackedUp, to be stored
	Assertion  []byte     // SHA-256 of what was signed and of the signature, for the audit log
	Clone      *Clone     // set when the counter went back; the caller decides
}

// Clone is the suspicion that there are two copies of a passkey.
type Clone struct{ Stored, Presented uint32 }

// ErrUnknown is what the find function of FinishLogin returns for a passkey or an
// account that is not there, or not allowed to sign in.
var ErrUnknown = errors.New("passkey: unknown")

// New checks the configuration.
func New(c Config, clk clock.Clock) (*Passkeys, error) {
	timeout := webauthn.TimeoutConfig{Timeout: Lifetime} // for the browser; we enforce it ourselves, by our clock
	lib, err := webauthn.New(&webauthn.Config{
		RPID:                  c.RPID,
		RPDisplayName:         c.RPName,
		RPOrigins:             c.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Password managers add outputs that nobody asked for; we use none.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", c.RPID, err)
	}
	if c.RPID == "" || c.RPName == "" {
		return nil, errors.New("passkeys need a host and a name to show")
	}
	return &Passkeys{lib, c.Origins, clk}, nil
}

// NewHandle makes the user handle of a new account (R25).
func NewHandle() []byte {
	handle := make([]byte, HandleLen)
	rand.Read(handle)
	return handle
}

// algorithms are the ones we take: ES256, EdDSA, RS256 (R31).
func algorithms() []protocol.CredentialParameter {
	var out []protocol.CredentialParameter
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		out = append(out, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return out
}

// refused is the one answer to everything that an attacker could probe (R29).
func refused(cause error) error {
	return fault.New(fault.BadRequest, "passkey_refused",
		"This passkey was not accepted. It may be unknown here, for example after a reset, or more than five minutes went by. Please try again.").Because(cause)
}

// here accepts only what was answered at an origin of ours, letter by letter (R23). The
// library refuses frames, but compares origins without regard to case, path and default port.
func (p *Passkeys) here(c protocol.CollectedClientData) error {
	if !slices.Contains(p.origins, c.Origin) {
		return fmt.Errorf("passkey: answered at %q", c.Origin)
	}
	return nil
}

// account shows a User to the library.
type account struct{ User }

func (a account) WebAuthnID() []byte          { return a.Handle }
func (a account) WebAuthnName() string        { return a.Name }
func (a account) WebAuthnDisplayName() string { return a.DisplayName }

func (a account) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, c := range a.Credentials {
		lib := webauthn.Credential{
			ID:            c.ID,
			PublicKey:     c.PublicKey,
			Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: c.BackupEligible, BackupState: c.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: c.AAGUID, SignCount: c.SignCount},
		}
		for _, t := range c.Transports {
			lib.Transport = append(lib.Transport, protocol.AuthenticatorTransport(t))
		}
		out = append(out, lib)
	}
	return out
}

func (a account) descriptors() []protocol.CredentialDescriptor {
	var out []protocol.CredentialDescriptor
	for _, c := range a.WebAuthnCredentials() {
		out = append(out, c.Descriptor())
	}
	return out
}

// credential finds the passkey with this id, nil if the user has none.
func (u User) credential(id []byte) *Credential {
	for i := range u.Credentials {
		if bytes.Equal(u.Credentials[i].ID, id) {
			return &u.Credentials[i]
		}
	}
	return nil
}
