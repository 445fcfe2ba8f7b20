package store

import (
	"fmt"

	"gorm.io/gorm"

	"gatehouse/models"
)

// ForgetPerson erases what is kept of an account that LockUser read and that is in no
// tenant any more: passkeys, recovery codes, sessions, links, places, choices, and in all tenants the
// inbox, saved views and that they are told of tokens. The row stays, without name and
// address, for what refers to it; handle is a new one that no passkey has.
func (t *Tx) ForgetPerson(user models.User, handle []byte) error {
	id, email := user.ID, user.Email
	if id == "" || scopeOf(t.actor) != Installation || t.actor.User() != id {
		return fmt.Errorf("store: only a person's own account is forgotten, and outside of tenants")
	}
	for _, res := range []*gorm.DB{
		t.db.Where("user_id = ?", id).Delete(&models.Passkey{}),
		t.db.Where("user_id = ?", id).Delete(&models.RecoveryCode{}),
		t.db.Where("user_id = ?", id).Delete(&Session{}),
		t.db.Where("user_id = ?", id).Delete(&proof{}),
		t.db.Where("user_id = ?", id).Delete(&SeenPlace{}),
		t.db.Where("user_id = ?", id).Delete(&models.NoticeChoice{}),
		t.db.Where("user_id = ? OR email = ?", id, email).Delete(&models.Link{}),
	} {
		if res.Error != nil {
			return res.Error
		}
	}
	if err := t.everywhere(func(db *gorm.DB) error { return forgetInTenants(db, id) }); err != nil {
		return err
	}
	user.Erase(handle)
	return exactlyOne(t.db.Model(&models.User{}).Where("id = ?", id).Updates(map[string]any{
		"name": user.Name, "email": user.Email, "handle": user.Handle, "staff": user.Staff, "state": user.State, "updated_at": t.now,
	}), "person")
}

func forgetInTenants(db *gorm.DB, id string) error {
	for _, res := range []*gorm.DB{
		db.Where("user_id = ?", id).Delete(&models.Notification{}),
		db.Where("user_id = ?", id).Delete(&models.DigestItem{}),
		db.Where("user_id = ?", id).Delete(&models.SavedView{}),
		db.Where("user_id = ?", id).Delete(&models.Favourite{}),
		db.Where("user_id = ?", id).Delete(&models.Admission{}),
		db.Where("user_id = ?", id).Delete(&models.TeamExclusion{}),
		db.Where("user_id = ?", id).Delete(&models.Identity{}),
		db.Where("user_id = ?", id).Delete(&tokenPerson{}),
		db.Where("user_id = ?", id).Delete(&idempotency{}),
	} {
		if res.Error != nil {
			return res.Error
		}
	}
	return nil
}

// everywhere runs fn on the rows of all tenants, in the same transaction.
func (t *Tx) everywhere(fn func(*gorm.DB) error) error {
	db, err := t.store.dialect.enter(t.db, scope{platform: true})
	if err != nil {
		return err
	}
	if err := fn(db); err != nil {
		return err
	}
	_, err = t.store.dialect.enter(t.db, scope{tenant: scopeOf(t.actor)})
	return err
}
