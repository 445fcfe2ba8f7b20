package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"gatehouse/internal/store"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

// integrity is the action under which a credential that does not open stands in
// the audit log of its tenant (R106).
const integrity = "vault.integrity"

// errKnown ends a transaction that has nothing to say any more.
var errKnown = errors.New("it is in the audit log")

// unreadable notes that a credential does not open: in the log each time, in the
// tenant's audit log once for each state in which the row is found, however often
// and by how many gateways it is read.
func (p *Publisher) unreadable(ctx context.Context, tenant models.Tenant, c models.Credential, cause error) {
	p.log.ErrorContext(ctx, "vault.integrity: an upstream credential does not open; its version is closed",
		"tenant_id", tenant.ID, "version_id", c.VersionID, "error", cause)
	sum := sha256.Sum256(c.Sealed)
	row := hex.EncodeToString(sum[:])
	err := p.store.Do(ctx, program(tenant), models.CredentialWrite, func(tx *store.Tx) error {
		// The newest details name the row's state, so there is no need to read them all.
		events, err := tx.AuditEvents(store.AuditFilter{Action: integrity, ObjectKind: "version", ObjectID: c.VersionID, Limit: 1})
		if err != nil {
			return err
		}
		if len(events) == 1 && bytes.Contains(events[0].Details, []byte(row)) {
			return errKnown
		}
		return tx.RecordAs(integrity, "version", c.VersionID, map[string]any{
			"credential": c.ID, "number": c.Number, "row": row, "reason": reason(cause)}, nil, nil)
	})
	if err != nil && !errors.Is(err, errKnown) {
		p.log.ErrorContext(ctx, "vault.integrity could not be written to the audit log", "tenant_id", tenant.ID, "error", err)
	}
}

// program is Gatehouse itself inside a tenant: nobody, with no right.
func program(t models.Tenant) models.Actor {
	return models.NewActor(models.Standing{User: models.User{Name: "Gatehouse"}}, t, models.Request{})
}

func reason(cause error) string {
	if errors.Is(cause, vault.ErrKeyMissing) {
		return "its key is not in the key file"
	}
	return "it was changed, or moved here from elsewhere"
}
