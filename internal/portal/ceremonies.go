package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// AnswerMaxLen is the longest answer of a browser to a ceremony, in bytes.
const AnswerMaxLen = passkey.AnswerMaxLen

// The kinds of ceremonies, by which their state is found again.
const (
	ceremonyEnrol  = "enrol"
	ceremonyLogin  = "login"
	ceremonyStepUp = "step_up"
	ceremonyAdd    = "add"

	ceremonyRecover = "recover"
)

// keep stores a ceremony until it is finished.
func (a *Accounts) keep(ctx context.Context, session []byte, kind string, c passkey.Ceremony, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return a.store.InsertCeremony(ctx, store.Ceremony{ID: ceremonyID(c.Challenge), Session: session, Kind: kind, Data: raw, ExpiresAt: models.Time(c.Expires)})
}

// ceremonyID finds the ceremony that an answer is for: two tabs of a browser may
// each have one under way.
func ceremonyID(challenge string) string {
	sum := sha256.Sum256([]byte(challenge))
	return hex.EncodeToString(sum[:])
}

// take uses up the ceremony that an answer is for, before anybody judges it (R21).
func (a *Accounts) take(ctx context.Context, session []byte, kind string, answer []byte, into any) error {
	challenge, err := passkey.ChallengeOf(answer)
	if err != nil {
		return err
	}
	c, err := a.store.TakeCeremony(ctx, session, kind, ceremonyID(challenge))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.BadRequest, "passkey_refused", "This took too long or was answered already. Please try again.").Because(err)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(c.Data, into)
}

func passkeyUser(u models.User, keys []models.Passkey) passkey.User {
	out := passkey.User{Handle: u.Handle, Name: u.Email, DisplayName: u.Name}
	for _, k := range keys {
		out.Credentials = append(out.Credentials, passkey.Credential{
			ID: k.CredentialID, PublicKey: k.PublicKey, SignCount: k.SignCount, BackupEligible: k.BackupEligible,
			BackedUp: k.BackupState, Transports: k.Transports, AAGUID: k.AAGUID,
		})
	}
	return out
}

func newPasskey(user string, c passkey.Credential, name string) models.Passkey {
	return models.Passkey{
		ID: models.NewID(), UserID: user, CredentialID: c.ID, PublicKey: c.PublicKey, SignCount: c.SignCount,
		BackupEligible: c.BackupEligible, BackupState: c.BackedUp, Transports: c.Transports, AAGUID: c.AAGUID, Name: name,
	}
}
