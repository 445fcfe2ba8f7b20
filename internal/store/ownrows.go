package store

import (
	"context"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/models"
)

// OwnRows is part of what a person is or did in all tenants, as Own reads it.
type OwnRows[T any] struct {
	Rows []T
	Next []any // where the next part begins; nil at the end
}

// ownPart is how many rows are read at once.
const ownPart = 500

// own reads one part of a person's rows. It crosses tenants for their own export.
func own[T any](ctx context.Context, s *Store, after []any, where func(*gorm.DB) *gorm.DB, order string, last func(T) []any) (out OwnRows[T], err error) {
	err = s.within(ctx, s.read, scope{platform: true}, func(db *gorm.DB) error {
		q := where(db)
		if after != nil {
			q = q.Where("("+order+") > (?, ?)", after...)
		}
		return q.Order(order).Limit(ownPart).Find(&out.Rows).Error
	})
	if len(out.Rows) == ownPart {
		out.Next = last(out.Rows[ownPart-1])
	}
	return out, err
}

// OwnTokens are a person's tokens in all tenants, those after one.
func (s *Store) OwnTokens(ctx context.Context, user string, after []any) (OwnRows[models.Token], error) {
	return own(ctx, s, after, func(db *gorm.DB) *gorm.DB { return db.Where("user_id = ?", user) }, "tenant_id, id",
		func(t models.Token) []any { return []any{t.TenantID, t.ID} })
}

// OwnSubscriptions are what a person has asked for in all tenants, those after one.
func (s *Store) OwnSubscriptions(ctx context.Context, user string, after []any) (OwnRows[models.Subscription], error) {
	return own(ctx, s, after, func(db *gorm.DB) *gorm.DB { return db.Where("requested_by = ?", user) }, "tenant_id, id",
		func(t models.Subscription) []any { return []any{t.TenantID, t.ID} })
}

// OwnMessages are what a person wrote about subscriptions, those after one.
func (s *Store) OwnMessages(ctx context.Context, user string, after []any) (OwnRows[models.SubscriptionMessage], error) {
	return own(ctx, s, after, func(db *gorm.DB) *gorm.DB { return db.Where("user_id = ?", user) }, "tenant_id, id",
		func(t models.SubscriptionMessage) []any { return []any{t.TenantID, t.ID} })
}

// OwnNotifications are a person's inbox, those after one.
func (s *Store) OwnNotifications(ctx context.Context, user string, after []any) (OwnRows[models.Notification], error) {
	return own(ctx, s, after, func(db *gorm.DB) *gorm.DB { return db.Where("user_id = ?", user) }, "tenant_id, id",
		func(t models.Notification) []any { return []any{t.TenantID, t.ID} })
}

// OwnEvents are what the audit logs say that a person did, those after one.
func (s *Store) OwnEvents(ctx context.Context, user string, after []any) (OwnRows[audit.Event], error) {
	rows, err := own(ctx, s, after, func(db *gorm.DB) *gorm.DB { return db.Where("actor = ?", "user:"+user) }, "tenant_id, seq",
		func(e auditEvent) []any { return []any{e.TenantID, e.Seq} })
	out := OwnRows[audit.Event]{Next: rows.Next}
	for _, r := range rows.Rows {
		out.Rows = append(out.Rows, r.event())
	}
	return out, err
}

// OwnLinks are the one-time links to a person or their address.
func (t Tenant) OwnLinks(user models.User) ([]models.Link, error) {
	var ls []models.Link
	err := t.db.Where("user_id = ? OR email = ?", user.ID, user.Email).Order("created_at, hash").Limit(PageMost).Find(&ls).Error
	return ls, err
}
