package portal

import (
	"gatehouse/internal/store"
	"gatehouse/models"
)

// rightsChanged tells gateways that somebody's standing is another one, and gives
// the person's sessions another id with their next request (R36).
func rightsChanged(tx *store.Tx, user string) error {
	if err := tx.Changed(models.ChangeMembership, user); err != nil {
		return err
	}
	return tx.RenewSessions(user)
}
