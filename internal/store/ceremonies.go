package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Ceremony is a passkey ceremony that has begun. What it holds is internal/passkey's.
type Ceremony struct {
	ID        string `gorm:"primaryKey"` // made of its challenge
	Session   []byte
	Kind      string
	Data      []byte
	ExpiresAt time.Time
}

// InsertCeremony keeps a ceremony until it is finished.
func (s *Store) InsertCeremony(ctx context.Context, c Ceremony) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error { return db.Create(&c).Error })
}

// TakeCeremony removes one of the session's ceremonies of a kind and returns it:
// it is used up before it is judged, and of several at once one gets it (R21).
func (s *Store) TakeCeremony(ctx context.Context, session []byte, kind, id string) (Ceremony, error) {
	var c Ceremony
	err := s.within(ctx, s.write, scope{}, func(db *gorm.DB) error {
		if err := s.dialect.lock(db).Where("id = ? AND session = ? AND kind = ?", id, session, kind).Take(&c).Error; err != nil {
			return missing(err, "ceremony under way")
		}
		return exactlyOne(db.Where("id = ?", c.ID).Delete(&Ceremony{}), "ceremony")
	})
	return c, err
}

// proof is a step-up that was done and not used yet.
type proof struct {
	ID        string `gorm:"primaryKey"`
	Session   []byte
	UserID    string
	Action    string
	Object    string
	Assertion []byte // SHA-256 of what the passkey signed
	ExpiresAt time.Time
}

// ProofLifetime is how long a step-up may wait for the action it was done for (R24).
const ProofLifetime = 5 * time.Minute

// InsertProof keeps a step-up for one action on one object, with the hash of its
// assertion, and returns its id.
func (s *Store) InsertProof(ctx context.Context, session []byte, user, action, object string, assertion []byte) (string, error) {
	p := proof{models.NewID(), session, user, action, object, append([]byte{}, assertion...), s.Now().Add(ProofLifetime)}
	return p.ID, s.within(ctx, s.write, scope{}, func(db *gorm.DB) error { return db.Create(&p).Error })
}

// UseProof uses up the actor's step-up for this action on this object. Without
// one nothing is done (R24).
func (t *Tx) UseProof(object string) error { return t.UseProofOf(t.action, object) }

// UseProofOf is UseProof for another action than that of the transaction: what a
// change amounts to is seen in it. The audit events of the transaction name the
// assertion (R24).
func (t *Tx) UseProofOf(action, object string) error {
	p := t.actor.Proof()
	need := fault.New(fault.Forbidden, "step_up_required", "Confirm this with your passkey.")
	if p.ID == "" {
		return need
	}
	var rows []proof
	res := t.db.Clauses(clause.Returning{}).Where("id = ? AND session = ? AND user_id = ? AND action = ? AND object = ? AND expires_at > ?",
		p.ID, p.Session, t.actor.User(), action, object, t.now).Delete(&rows)
	if res.Error == nil && res.RowsAffected != 1 {
		return need
	}
	if res.Error == nil {
		t.assertion = rows[0].Assertion
	}
	return res.Error
}

// Sweep removes what has expired: ceremonies, proofs, sessions, old idempotency
// keys, links and reports of imports. It returns how many rows went.
func (s *Store) Sweep(ctx context.Context) (int64, error) {
	var n int64
	err := s.within(ctx, s.write, scope{platform: true}, func(db *gorm.DB) error {
		now := s.Now()
		for _, res := range []*gorm.DB{
			db.Where("expires_at < ?", now).Delete(&Ceremony{}),
			db.Where("expires_at < ?", now).Delete(&proof{}),
			db.Where("expires_at < ?", now).Delete(&Session{}),
			db.Where("expires_at < ?", now).Delete(&SessionCode{}),
			db.Where("seen_at < ?", now.Add(-models.PlaceSeen)).Delete(&SeenPlace{}),
			db.Where("expires_at < ?", now.AddDate(0, -1, 0)).Delete(&models.Link{}),
			db.Where("created_at < ?", now.AddDate(0, 0, -2)).Delete(&idempotency{}),
			db.Where("finished_at < ?", now.AddDate(0, -1, 0)).Delete(&models.Import{}),
			db.Where("starts_at < ?", now.AddDate(0, 0, -2*quotaDays)).Delete(&QuotaNotice{}),
		} {
			if res.Error != nil {
				return res.Error
			}
			n += res.RowsAffected
		}
		return nil
	})
	return n, err
}
