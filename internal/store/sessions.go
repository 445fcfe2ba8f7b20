package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Session is a browser session as internal/session keeps it.
type Session struct {
	Hash       []byte `gorm:"primaryKey"`
	UserID     *string
	Class      string
	Data       []byte
	ClientIP   string
	UserAgent  string
	CreatedAt  time.Time
	SeenAt     time.Time
	ExpiresAt  time.Time
	ReplacedAt *time.Time
	Renew      bool
	PasskeyID  string
	Host       string
	Parent     []byte
	Provider   string
}

// Session finds a session by its hash.
func (s *Store) Session(ctx context.Context, hash []byte) (row Session, err error) {
	err = s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		return missing(db.Where("hash = ?", hash).Take(&row).Error, "session")
	})
	return row, err
}

// SessionWithLimits is Session, and what the installation says about the limits of
// sessions: one question, so that every process has them as they are.
func (s *Store) SessionWithLimits(ctx context.Context, hash []byte) (row Session, limits string, err error) {
	var found struct {
		Session
		Limits string
	}
	err = s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		return missing(db.Model(&Session{}).Select("sessions.*, COALESCE((SELECT value FROM settings WHERE name = ?), '') AS limits", models.SettingSessions).
			Where("hash = ?", hash).Take(&found).Error, "session")
	})
	return found.Session, found.Limits, err
}

// EndSessionsBeyond ends the sessions of a class that lasted longer than newly set limits allow.
func (t *Tx) EndSessionsBeyond(class string, idle, absolute time.Duration) error {
	return t.db.Where("class = ? AND (seen_at <= ? OR created_at <= ?)", class, t.now.Add(-idle), t.now.Add(-absolute)).Delete(&Session{}).Error
}

// InsertSession stores a new session.
func (s *Store) InsertSession(ctx context.Context, row Session) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error { return db.Create(&row).Error })
}

// ReplaceSession stores next in place of old, which is gone at once or, with
// until, goes on until then. Where old is gone or replaced already it fails
// with a Conflict and changes nothing.
func (s *Store) ReplaceSession(ctx context.Context, old []byte, until time.Time, next Session) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error {
		mine := db.Where("hash = ? AND replaced_at IS NULL", old).Session(&gorm.Session{})
		var res *gorm.DB
		if until.IsZero() {
			res = mine.Delete(&Session{})
		} else {
			res = mine.Model(&Session{}).Updates(map[string]any{"replaced_at": s.Now(), "expires_at": until})
		}
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.New(fault.Conflict, "session_replaced", "Your session was renewed in another tab. Reload the page.")
		}
		if res.Error == nil {
			res = db.Create(&next)
		}
		if res.Error != nil || until.IsZero() {
			return res.Error
		}
		return adopt(db, old, next.Hash)
	})
}

// adopt lets what came from a session go on under its new id.
func adopt(db *gorm.DB, old, next []byte) error {
	for _, child := range []any{&Session{}, &SessionCode{}} {
		if err := db.Model(child).Where("parent = ?", old).Updates(map[string]any{"parent": next}).Error; err != nil {
			return err
		}
	}
	return nil
}

// TouchSession notes that a session was used. Who uses one on a tenant's own host uses
// the one that it came from.
func (s *Store) TouchSession(ctx context.Context, hash []byte, seen, expires time.Time) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error {
		parent := db.Model(&Session{}).Select("parent").Where("hash = ?", hash)
		return db.Model(&Session{}).Where("hash = ? OR hash IN (?)", hash, parent).
			Updates(map[string]any{"seen_at": seen, "expires_at": expires}).Error
	})
}

// SaveSession stores what a session holds.
func (s *Store) SaveSession(ctx context.Context, hash, data []byte) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error {
		return db.Model(&Session{}).Where("hash = ?", hash).Updates(map[string]any{"data": data}).Error
	})
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, hash []byte) error {
	return s.within(ctx, s.write, scope{}, func(db *gorm.DB) error {
		return db.Where("hash = ?", hash).Delete(&Session{}).Error
	})
}

// Sessions of a person that still answer, the newest first.
func (s *Store) Sessions(ctx context.Context, user string) (rows []Session, err error) {
	err = s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		return db.Omit("data").Where("user_id = ? AND replaced_at IS NULL AND expires_at > ?", user, s.Now()).
			Order("created_at DESC").Limit(PageMost).Find(&rows).Error
	})
	return rows, err
}

// RenewSessions lets a person's sessions go on under another id from their next
// request on, in the transaction that changed what the person may do (R36).
func (t *Tx) RenewSessions(user string) error {
	return t.db.Model(&Session{}).Where("user_id = ? AND replaced_at IS NULL", user).Updates(map[string]any{"renew": true}).Error
}

// EndSession ends one session of a class, which must be there still: of those who end
// it at once, one does.
func (t *Tx) EndSession(user string, hash []byte, class string) error {
	return exactlyOne(t.db.Where("user_id = ? AND hash = ? AND class = ?", user, hash, class).Delete(&Session{}), "session")
}

// DeleteSessionsOf ends a person's sessions of a class.
func (t *Tx) DeleteSessionsOf(user, class string) error {
	return t.db.Where("user_id = ? AND class = ?", user, class).Delete(&Session{}).Error
}

// DeleteSessionsThrough ends the sessions that came through the provider of the scope
// in which the transaction runs: a person's, or with "" all.
func (t *Tx) DeleteSessionsThrough(user string) (int64, error) {
	q := t.db.Where("provider = ?", scopeOf(t.actor))
	if user != "" {
		q = q.Where("user_id = ?", user)
	}
	res := q.Delete(&Session{})
	return res.RowsAffected, res.Error
}

// DeleteSessions ends a person's sessions in the transaction of what caused it:
// all of them, or those with a hash.
func (t *Tx) DeleteSessions(user string, hashes ...[]byte) error {
	q := t.db.Where("user_id = ?", user)
	if len(hashes) > 0 {
		q = q.Where("hash IN ?", hashes)
	}
	return q.Delete(&Session{}).Error
}
