package passkey

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatehouse/internal/fault"
)

// BeginRegistration asks for a new passkey of u, bound to session, the id of the row
// of the caller's session. Passkeys that u has already are excluded.
func (p *Passkeys) BeginRegistration(u User, session []byte) (Ceremony, error) {
	if len(u.Handle) != HandleLen {
		return Ceremony{}, fmt.Errorf("passkey: a user handle has %d bytes, not %d", HandleLen, len(u.Handle))
	}
	a := account{u}
	options, data, err := p.lib.BeginRegistration(a,
		webauthn.WithCredentialParameters(algorithms()), webauthn.WithExclusions(a.descriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return p.begun(registration, session, Act{}, options.Response, data)
}

// FinishRegistration checks the browser's answer (the JSON of
// PublicKeyCredential.toJSON) and gives the passkey to store. What is wrong is a
// BadRequest "passkey_refused"; the caller refuses an id that another user has (R30).
func (p *Passkeys) FinishRegistration(kept []byte, u User, session, answer []byte) (Credential, error) {
	data, err := p.resume(kept, registration, session, Act{})
	if err != nil {
		return Credential{}, err
	}
	if len(answer) > AnswerMaxLen {
		return Credential{}, refused(errors.New("passkey: the answer is too long"))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Credential{}, refused(detail(err))
	}
	if err := p.here(parsed.Response.CollectedClientData); err != nil {
		return Credential{}, refused(err)
	}
	made, err := p.lib.CreateCredential(account{u}, data, parsed)
	if err != nil {
		return Credential{}, refused(detail(err))
	}
	c := Credential{
		ID:             made.ID,
		PublicKey:      made.PublicKey,
		SignCount:      made.Authenticator.SignCount,
		BackupEligible: made.Flags.BackupEligible,
		BackedUp:       made.Flags.BackupState,
		AAGUID:         made.Authenticator.AAGUID,
	}
	for _, t := range made.Transport {
		c.Transports = append(c.Transports, string(t))
	}
	return c, nil
}

// BeginLogin asks for any passkey of ours, of whoever it is: the options name no
// credential, so they tell nothing about who has an account (R29). session is the
// pre-session's row id (R40).
func (p *Passkeys) BeginLogin(session []byte) (Ceremony, error) {
	options, data, err := p.lib.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return p.begun(login, session, Act{}, options.Response, data)
}

// Find gives the user with this handle, with their passkeys. It returns ErrUnknown
// when there is none or they may not sign in; any other error is passed on.
type Find func(credentialID, handle []byte) (User, error)

// FinishLogin says who signed in. What is wrong is a BadRequest "passkey_refused" with
// the same words for all causes; the cause, for the log, wraps ErrUnknown where it applies.
func (p *Passkeys) FinishLogin(kept, session, answer []byte, find Find) (Proof, error) {
	data, err := p.resume(kept, login, session, Act{})
	if err != nil {
		return Proof{}, err
	}
	parsed, err := p.assertion(answer)
	if err != nil {
		return Proof{}, err
	}
	var user User
	var missing error
	_, _, err = p.lib.ValidatePasskeyLogin(func(id, handle []byte) (webauthn.User, error) {
		user, missing = find(id, handle)
		return account{user}, missing
	}, data, parsed)
	if missing != nil {
		if errors.Is(missing, ErrUnknown) || fault.Is(missing, fault.NotFound) {
			return Proof{}, refused(missing)
		}
		return Proof{}, missing
	}
	if err != nil {
		return Proof{}, refused(detail(err))
	}
	return proof(user, parsed)
}

// BeginStepUp asks u to confirm one act with one of their passkeys.
func (p *Passkeys) BeginStepUp(u User, session []byte, act Act) (Ceremony, error) {
	if act.Action == "" {
		return Ceremony{}, errors.New("passkey: a step-up is for an action")
	}
	if len(u.Credentials) == 0 {
		return Ceremony{}, fault.New(fault.Forbidden, "passkey_needed", "This has to be confirmed with a passkey, and your account has none. Add one first.")
	}
	options, data, err := p.lib.BeginLogin(account{u})
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return p.begun(stepUp, session, act, options.Response, data)
}

// FinishStepUp checks that u confirmed act, and nothing else, in this session (R24).
// It fails as FinishLogin does.
func (p *Passkeys) FinishStepUp(kept []byte, u User, session []byte, act Act, answer []byte) (Proof, error) {
	data, err := p.resume(kept, stepUp, session, act)
	if err != nil {
		return Proof{}, err
	}
	parsed, err := p.assertion(answer)
	if err != nil {
		return Proof{}, err
	}
	if _, err := p.lib.ValidateLogin(account{u}, data, parsed); err != nil {
		return Proof{}, refused(detail(err))
	}
	return proof(u, parsed)
}

func (p *Passkeys) assertion(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > AnswerMaxLen {
		return nil, refused(errors.New("passkey: the answer is too long"))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, refused(detail(err))
	}
	if err := p.here(parsed.Response.CollectedClientData); err != nil {
		return nil, refused(err)
	}
	return parsed, nil
}

// proof reads what the library verified. Counters are compared here, since it accepts
// one that went back (R27).
func proof(u User, parsed *protocol.ParsedCredentialAssertionData) (Proof, error) {
	stored := u.credential(parsed.RawID)
	if stored == nil {
		return Proof{}, refused(ErrUnknown)
	}
	out := Proof{User: u, Credential: *stored, Assertion: fingerprint(parsed)}
	data := parsed.Response.AuthenticatorData
	out.Credential.BackedUp = data.Flags.HasBackupState()
	if counts := data.Counter != 0 || stored.SignCount != 0; counts && data.Counter <= stored.SignCount {
		out.Clone = &Clone{Stored: stored.SignCount, Presented: data.Counter}
	} else {
		out.Credential.SignCount = data.Counter
	}
	return out, nil
}

// fingerprint is one hash of an assertion: of the authenticator's data, the client's
// data and the signature over both.
func fingerprint(parsed *protocol.ParsedCredentialAssertionData) []byte {
	h := sha256.New()
	for _, part := range [][]byte{parsed.Raw.AssertionResponse.AuthenticatorData, parsed.Raw.AssertionResponse.ClientDataJSON, parsed.Response.Signature} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// detail keeps what the library says for developers, which Error leaves out.
func detail(err error) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok && e.DevInfo != "" {
		return fmt.Errorf("passkey: %w (%s)", err, e.DevInfo)
	}
	return fmt.Errorf("passkey: %w", err)
}
