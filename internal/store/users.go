package store

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// User finds an account.
func (t Tenant) User(id string) (models.User, error) {
	var u models.User
	err := t.db.Where("id = ?", id).Take(&u).Error
	return u, missing(err, "person")
}

// LockUser is User for changing it: nobody else does so until the transaction ends.
func (t *Tx) LockUser(id string) (models.User, error) {
	var u models.User
	err := t.store.dialect.lock(t.db).Where("id = ?", id).Take(&u).Error
	return u, missing(err, "person")
}

// UserByEmail finds an account by its canonical address.
func (t Tenant) UserByEmail(email string) (models.User, error) {
	var u models.User
	err := t.db.Where("email = ?", email).Take(&u).Error
	return u, missing(err, "person")
}

// UserByHandle finds an account by its WebAuthn user handle.
func (t Tenant) UserByHandle(handle []byte) (models.User, error) {
	var u models.User
	err := t.db.Where("handle = ?", handle).Take(&u).Error
	return u, missing(err, "person")
}

// Users are the named accounts, by id.
func (t Tenant) Users(ids []string) (map[string]models.User, error) {
	var us []models.User
	err := t.db.Where("id IN ?", ids).Find(&us).Error
	out := make(map[string]models.User, len(us))
	for _, u := range us {
		out[u.ID] = u
	}
	return out, err
}

// StaffExists reports whether anybody is operator yet (R34).
func (t Tenant) StaffExists() (bool, error) {
	var n int64
	err := t.db.Model(&models.User{}).Where("staff = ?", models.StaffOperator).Count(&n).Error
	return n > 0, err
}

// Staff lists the people of the operating company, by name.
func (t Tenant) Staff() ([]models.User, error) {
	var us []models.User
	err := t.db.Where("staff <> ?", models.NotStaff).Order("name, id").Limit(PageMost).Find(&us).Error
	return us, err
}

// LockOperators are the active operators, whose number nobody else changes
// before the transaction ends.
func (t *Tx) LockOperators() ([]models.User, error) {
	var us []models.User
	err := t.store.dialect.lock(t.db).Where("staff = ? AND state = ?", models.StaffOperator, models.UserActive).Find(&us).Error
	return us, err
}

// InsertUser stores a new account. An address has one, and none while it is kept
// for somebody who may want it back (R62).
func (t *Tx) InsertUser(u *models.User) error {
	u.CreatedAt, u.UpdatedAt = t.now, t.now
	err := t.db.Create(u).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return accountExists().Because(err)
	}
	if err != nil {
		return err
	}
	return t.unreserved(u.Email, u.ID)
}

func accountExists() *fault.Error {
	return fault.New(fault.Conflict, "account_exists", "There already is an account with this address. Sign in instead.")
}

// SetEmail gives an account that LockUser read another address, as InsertUser does
// a new one.
func (t *Tx) SetEmail(user models.User, email string) error {
	err := exactlyOne(t.db.Model(&models.User{}).Where("id = ?", user.ID).Updates(map[string]any{"email": email, "updated_at": t.now}), "person")
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return accountExists().Because(err)
	}
	if err != nil {
		return err
	}
	return t.unreserved(email, user.ID)
}

// unreserved refuses an address that is kept for somebody else. It is asked after
// the write, which waits for whoever is just giving the address up.
func (t *Tx) unreserved(email, user string) error {
	kept, err := t.Reserved(email)
	if err == nil && kept != "" && kept != user {
		err = fault.New(fault.Conflict, "address_reserved", "This address is kept for the account that had it until lately. Try again in a week, or use another one.")
	}
	return err
}

// Reserved is whose account may take an address back, "" if nobody's.
func (t Tenant) Reserved(email string) (string, error) {
	var ls []models.Link
	err := t.db.Where("kind = ? AND email = ? AND used_at IS NULL AND expires_at > ?", models.LinkUndo, email, t.now).Limit(1).Find(&ls).Error
	if err != nil || len(ls) == 0 || ls[0].UserID == nil {
		return "", err
	}
	return *ls[0].UserID, nil
}

// OpenLinks are a person's own links of a kind that can still be used, the last one first.
func (t Tenant) OpenLinks(user string, kind models.LinkKind) ([]models.Link, error) {
	var ls []models.Link
	err := t.db.Where("kind = ? AND user_id = ? AND used_at IS NULL AND expires_at > ?", kind, user, t.now).Order("expires_at DESC").Find(&ls).Error
	return ls, err
}

// EndLinks ends a person's own links of a kind that nobody used yet, made since then.
func (t *Tx) EndLinks(user string, kind models.LinkKind, since time.Time) error {
	return t.db.Model(&models.Link{}).Where("kind = ? AND user_id = ? AND used_at IS NULL AND expires_at > ? AND created_at >= ?", kind, user, t.now, since).
		Updates(map[string]any{"expires_at": t.now}).Error
}

// UpdateUser stores name, address, staff role and state of an account that LockUser read.
func (t *Tx) UpdateUser(u models.User) error {
	return exactlyOne(t.db.Model(&models.User{}).Where("id = ?", u.ID).Updates(map[string]any{
		"name": u.Name, "email": u.Email, "staff": u.Staff, "state": u.State, "updated_at": t.now,
	}), "person")
}

// Passkeys of a user, the oldest first.
func (t Tenant) Passkeys(user string) ([]models.Passkey, error) {
	var ps []models.Passkey
	err := t.db.Where("user_id = ?", user).Order("created_at").Find(&ps).Error
	return ps, err
}

// Passkey finds one of a user's credentials.
func (t Tenant) Passkey(user, id string) (models.Passkey, error) {
	var p models.Passkey
	err := t.db.Where("user_id = ? AND id = ?", user, id).Take(&p).Error
	return p, missing(err, "passkey")
}

// InsertPasskey stores a new credential; its id is unique in the installation (R30).
func (t *Tx) InsertPasskey(p *models.Passkey) error {
	p.CreatedAt, p.Transports = t.now, list(p.Transports)
	err := t.db.Create(p).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "passkey_taken", "This passkey is registered already.").Because(err)
	}
	return err
}

// TouchPasskey stores what an assertion said of its credential.
func (t *Tx) TouchPasskey(p models.Passkey) error {
	return exactlyOne(t.db.Model(&models.Passkey{}).Where("id = ?", p.ID).Updates(map[string]any{
		"sign_count": p.SignCount, "backup_state": p.BackupState, "last_used_at": t.now,
	}), "passkey")
}

// DeletePasskey removes a credential unless nothing would be left to sign in with (R32).
func (t *Tx) DeletePasskey(user, id string) error {
	var u models.User
	if err := t.store.dialect.lock(t.db).Where("id = ?", user).Take(&u).Error; err != nil {
		return missing(err, "person")
	}
	if err := t.lastPasskey(user); err != nil {
		return err
	}
	return exactlyOne(t.db.Where("user_id = ? AND id = ?", user, id).Delete(&models.Passkey{}), "passkey")
}

// Link finds a one-time link by its hash, whether used or not.
func (t Tenant) Link(hash []byte) (models.Link, error) {
	var l models.Link
	err := t.db.Where("hash = ?", hash).Take(&l).Error
	return l, missing(err, "link")
}

// InsertLink stores a new one-time link. One that leads into a tenant is made there.
func (t *Tx) InsertLink(l *models.Link) error {
	if l.ForTenant != nil && *l.ForTenant != scopeOf(t.actor) {
		return fault.Missing("tenant")
	}
	l.CreatedAt = t.now
	return t.db.Create(l).Error
}

// UseLink uses a link up: of several at once, one succeeds (R34).
func (t *Tx) UseLink(hash []byte) error {
	res := t.db.Model(&models.Link{}).Where("hash = ? AND used_at IS NULL AND expires_at > ?", hash, t.now).
		Updates(map[string]any{"used_at": t.now})
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.New(fault.Gone, "link_used", "This link was used already or is too old. Ask for a new one.")
	}
	return res.Error
}

// openInvitations are those of the actor's tenant, or of the installation's staff.
func (t Tenant) openInvitations() *gorm.DB {
	return t.unusedInvitations().Where("expires_at > ?", t.now)
}

func (t Tenant) unusedInvitations() *gorm.DB {
	q := t.db.Where("used_at IS NULL")
	if id := t.actor.Tenant().ID; id != "" {
		return q.Where("for_tenant = ? AND kind = ?", id, models.LinkInvite)
	}
	return q.Where("kind = ?", models.LinkStaff)
}

// Invitations that nobody used yet, the newest first.
func (t Tenant) Invitations() ([]models.Link, error) {
	var ls []models.Link
	err := t.openInvitations().Order("created_at DESC").Limit(PageMost).Find(&ls).Error
	return ls, err
}

// lapsedShown is how long an invitation that nobody used is listed after its end.
const lapsedShown = 30 * models.Day

// LapsedInvitations are those whose time went by unused in the last 30 days, the
// newest first: they can be sent again.
func (t Tenant) LapsedInvitations() ([]models.Link, error) {
	var ls []models.Link
	err := t.unusedInvitations().Where("expires_at <= ? AND expires_at > ?", t.now, t.now.Add(-lapsedShown)).
		Order("created_at DESC").Limit(PageMost).Find(&ls).Error
	return ls, err
}

// WithdrawInvitations ends the invitations of an address that nobody used, lapsed
// ones too, and says how many there were.
func (t *Tx) WithdrawInvitations(email string) (int64, error) {
	return t.withdraw("email = ?", email)
}

// WithdrawInvitationsBy ends those that a person sent.
func (t *Tx) WithdrawInvitationsBy(user string) (int64, error) {
	return t.withdraw("created_by = ?", user)
}

func (t *Tx) withdraw(which, value string) (int64, error) {
	res := t.unusedInvitations().Model(&models.Link{}).Where(which, value).Updates(map[string]any{"used_at": t.now})
	return res.RowsAffected, res.Error
}

// InvitedOf are those of the addresses that have an invitation which works.
func (t Tenant) InvitedOf(emails []string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range slices.Chunk(emails, PageMost) {
		var found []string
		if err := t.openInvitations().Model(&models.Link{}).Where("email IN ?", part).Pluck("email", &found).Error; err != nil {
			return nil, err
		}
		for _, email := range found {
			out[email] = true
		}
	}
	return out, nil
}

// UsersByEmails are the accounts with these addresses, by address.
func (t Tenant) UsersByEmails(emails []string) (map[string]models.User, error) {
	out := make(map[string]models.User, len(emails))
	for part := range slices.Chunk(emails, PageMost) {
		var us []models.User
		if err := t.db.Where("email IN ?", part).Find(&us).Error; err != nil {
			return nil, err
		}
		for _, u := range us {
			out[u.Email] = u
		}
	}
	return out, nil
}
