package portal

import (
	"context"
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
)

// keep stores a ceremony until it is finished.
func (a *Accounts) keep(ctx context.Context, session []byte, kind string, c passkey.Ceremony, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return a.store.InsertCeremony(ctx, store.Ceremony{ID: models.NewID(), Session: session, Kind: kind, Data: raw, ExpiresAt: models.Time(c.Expires)})
}

// take uses a ceremony up, before anybody judges its answer (R21).
func (a *Accounts) take(ctx context.Context, session []byte, kind string, into any) error {
	c, err := a.store.TakeCeremony(ctx, session, kind)
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
