package portal

import (
	"context"

	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// What only the demo asks for: its people have accounts before they have passkeys.

// DemoPerson makes an account without a passkey.
func (a *Accounts) DemoPerson(ctx context.Context, name, email string, staff models.StaffRole) (models.User, error) {
	u := models.User{ID: models.NewID(), Email: email, Name: name, Handle: passkey.NewHandle(), Staff: staff, State: models.UserActive}
	if err := u.Check(); err != nil {
		return u, err
	}
	return u, a.store.Do(ctx, models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		if err := tx.InsertUser(&u); err != nil {
			return err
		}
		return tx.RecordAs("account.create", "user", u.ID, map[string]any{"email": u.Email, "staff": u.Staff}, nil, nil)
	})
}

// DemoFind finds one of the demo's people by their address.
func (a *Accounts) DemoFind(ctx context.Context, email string) (u models.User, err error) {
	err = a.store.As(ctx, models.Actor{}, func(r store.Tenant) error {
		u, err = r.UserByEmail(email)
		return err
	})
	return u, err
}
