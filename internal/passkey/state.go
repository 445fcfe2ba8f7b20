package passkey

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

type kind string

const (
	registration kind = "registration"
	login        kind = "login"
	stepUp       kind = "step-up"
)

// state is what Begin remembers for Finish. The library's session data is kept whole:
// rebuilding it without UserVerification would make it accept unverified users (R22).
type state struct {
	Binding []byte               `json:"binding"`
	Expires time.Time            `json:"expires"`
	Data    webauthn.SessionData `json:"data"`
}

// bind is the fingerprint of what a ceremony is for.
func bind(k kind, session []byte, act Act) []byte {
	var in []byte
	for _, part := range [][]byte{[]byte("gatehouse/passkey/ceremony/1"), []byte(k), session, []byte(act.Action), []byte(act.Object)} {
		in = append(binary.BigEndian.AppendUint64(in, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(in)
	return sum[:]
}

func (p *Passkeys) begun(k kind, session []byte, act Act, options any, data *webauthn.SessionData) (Ceremony, error) {
	if len(session) == 0 {
		return Ceremony{}, errors.New("passkey: a ceremony belongs to a session")
	}
	shown, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	expires := p.clock.Now().Add(Lifetime).UTC()
	kept, err := json.Marshal(state{bind(k, session, act), expires, *data})
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return Ceremony{shown, kept, data.Challenge, expires}, nil
}

// ChallengeOf is the challenge that a browser's answer claims to answer, by which its
// ceremony is found among several of a session. It proves nothing: Finish does. What
// is no answer is a BadRequest "passkey_refused".
func ChallengeOf(answer []byte) (string, error) {
	if len(answer) > AnswerMaxLen {
		return "", refused(errors.New("passkey: the answer is too long"))
	}
	var sent struct {
		Response struct {
			ClientData protocol.URLEncodedBase64 `json:"clientDataJSON"`
		} `json:"response"`
	}
	var client protocol.CollectedClientData
	if err := errors.Join(json.Unmarshal(answer, &sent), json.Unmarshal(sent.Response.ClientData, &client)); err != nil {
		return "", refused(fmt.Errorf("passkey: %w", err))
	}
	return client.Challenge, nil
}

// resume reads a state back when it is for this, and still in time (R21, R24, R40).
func (p *Passkeys) resume(kept []byte, k kind, session []byte, act Act) (webauthn.SessionData, error) {
	var s state
	if err := json.Unmarshal(kept, &s); err != nil {
		return webauthn.SessionData{}, refused(fmt.Errorf("passkey: state of the ceremony: %w", err))
	}
	if subtle.ConstantTimeCompare(s.Binding, bind(k, session, act)) != 1 {
		return webauthn.SessionData{}, refused(fmt.Errorf("passkey: the ceremony was not begun for this %s, session and action", k))
	}
	if p.clock.Now().After(s.Expires) {
		return webauthn.SessionData{}, refused(fmt.Errorf("passkey: the ceremony ended at %s", s.Expires))
	}
	return s.Data, nil
}
