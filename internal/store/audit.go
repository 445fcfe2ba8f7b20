package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// auditHead is the newest event of a chain; its row is the chain's lock.
type auditHead struct {
	TenantID string `gorm:"primaryKey"`
	Seq      int64
	Hash     []byte
}

// auditEvent is audit.Event as a row. TenantID is the chain.
type auditEvent struct {
	TenantID     string `gorm:"primaryKey"`
	Seq          int64  `gorm:"primaryKey;autoIncrement:false"`
	At           time.Time
	Actor        string
	ActorName    string
	ActingAs     string
	Action       string
	ObjectKind   string
	ObjectID     string
	Details      string
	BeforeDigest []byte
	AfterDigest  []byte
	RequestID    string
	ClientIP     string
	Prev         []byte
	Hash         []byte
	KeyID        string
}

func rowOf(e audit.Event) auditEvent {
	return auditEvent{e.ChainID, int64(e.Seq), e.At, e.Actor, e.ActorName, e.ActingAs, e.Action, e.ObjectKind, e.ObjectID,
		string(e.Details), e.BeforeDigest, e.AfterDigest, e.RequestID, e.ClientIP, e.Prev, e.Hash, e.KeyID}
}

func (r auditEvent) event() audit.Event {
	return audit.Event{ChainID: r.TenantID, Seq: uint64(r.Seq), At: r.At.UTC(), Actor: r.Actor, ActorName: r.ActorName,
		ActingAs: r.ActingAs, Action: r.Action, ObjectKind: r.ObjectKind, ObjectID: r.ObjectID,
		Details: json.RawMessage(r.Details), BeforeDigest: r.BeforeDigest, AfterDigest: r.AfterDigest,
		RequestID: r.RequestID, ClientIP: r.ClientIP, Prev: r.Prev, Hash: r.Hash, KeyID: r.KeyID}
}

// link appends the transaction's events to the chain of its scope, whose head it
// holds locked until the commit (R121, R125).
func (t *Tx) link() error {
	chain := scopeOf(t.actor)
	key, err := t.auditKey(chain)
	if err != nil {
		return err
	}
	head, fresh, err := t.lockHead(chain)
	if err != nil {
		return err
	}
	for _, e := range t.events {
		e.At, e.Actor, e.ActorName, e.ActingAs = t.now, actorID(t.actor), t.actor.Name(), actingAs(t.actor)
		e.RequestID, e.ClientIP = t.actor.Request().ID, t.actor.Request().ClientIP
		if e, err = audit.Link(key, head, e); err != nil {
			return err
		}
		row := rowOf(e)
		if err := t.db.Create(&row).Error; err != nil {
			return unavailable(err) // whatever it is: without its event nothing is done
		}
		head = e.Head()
	}
	row := auditHead{TenantID: chain, Seq: int64(head.Seq), Hash: head.Hash}
	if fresh {
		return unavailable(t.db.Create(&row).Error)
	}
	return unavailable(exactlyOne(t.db.Model(&auditHead{}).Where("tenant_id = ?", chain).
		Updates(map[string]any{"seq": row.Seq, "hash": row.Hash}), "audit head"))
}

func actorID(a models.Actor) string {
	switch {
	case a.ManagementToken() != "":
		return "token:" + a.ManagementToken()
	case a.Bearer() != "":
		return "token:" + a.Bearer()
	case a.Client() != nil:
		return "client:" + a.Client().ID
	case a.SignedIn():
		return "user:" + a.User()
	case a.Reporter() != "":
		return "reporter:" + a.Reporter()
	case a.Job() != "":
		return "program:" + a.Job()
	}
	return "nobody"
}

func actingAs(a models.Actor) string {
	if g := a.Grant(); g != nil {
		return "grant:" + g.ID
	}
	return ""
}

func (t *Tx) lockHead(chain string) (head audit.Head, fresh bool, err error) {
	var row auditHead
	err = t.store.dialect.lock(t.db).Where("tenant_id = ?", chain).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return audit.Genesis(chain), true, nil
	}
	return audit.Head{ChainID: chain, Seq: uint64(row.Seq), Hash: row.Hash}, false, err
}

// auditKey is the newest audit key of a chain, opened.
func (t *Tx) auditKey(chain string) (audit.Key, error) {
	wrapped, keyID, err := wrappedKey(t.db, chain, KeyAudit)
	if err != nil {
		return audit.Key{}, err
	}
	return t.store.keys.AuditKey(chain, keyID, wrapped)
}

// Kinds of wrapped keys.
const (
	KeyAudit      = "audit"      // of a chain
	KeyPepper     = "pepper"     // of a tenant's token digests
	KeyCookie     = "cookie"     // of the installation
	KeyCheckpoint = "checkpoint" // Ed25519, of the installation
	KeyCheck      = "check"      // tells a wrong key-encryption key (R109)
)

// TenantKey is a key of one tenant, wrapped.
type TenantKey struct {
	TenantID  string `gorm:"primaryKey"`
	Kind      string `gorm:"primaryKey"`
	KeyID     string `gorm:"primaryKey"`
	Wrapped   []byte
	CreatedAt time.Time
}

// InstallationKey is a key of the installation, wrapped.
type InstallationKey struct {
	Kind      string `gorm:"primaryKey"`
	KeyID     string `gorm:"primaryKey"`
	Wrapped   []byte
	CreatedAt time.Time
}

// wrappedKey is the newest key of a kind.
func wrappedKey(db *gorm.DB, scope, kind string) (wrapped []byte, keyID string, err error) {
	if scope == Installation {
		var k InstallationKey
		err = db.Where("kind = ?", kind).Order("created_at DESC, key_id DESC").Take(&k).Error
		return k.Wrapped, k.KeyID, keyMissing(err, scope, kind)
	}
	var k TenantKey
	err = db.Where("kind = ?", kind).Order("created_at DESC, key_id DESC").Take(&k).Error
	return k.Wrapped, k.KeyID, keyMissing(err, scope, kind)
}

// ErrNoKey is the cause where a scope has no key of a kind.
var ErrNoKey = errors.New("there is none")

func keyMissing(err error, scope, kind string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("store: %s key of %s: %w", kind, scope, ErrNoKey)
	}
	return err
}

// AuditFilter narrows the audit log; its zero value is everything.
type AuditFilter struct {
	Action     string
	Actor      string
	ObjectKind string
	ObjectID   string
	Grant      string // id: what staff did under it
	Before     uint64 // only events older than this number; 0 is the newest
	Limit      int    // 1 to 100
}

// AuditEvents lists events of the actor's chain, newest first.
func (t Tenant) AuditEvents(f AuditFilter) ([]audit.Event, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	q := t.db.Model(&auditEvent{}).Where("tenant_id = ?", scopeOf(t.actor))
	for column, value := range map[string]string{"action": f.Action, "actor": f.Actor, "object_kind": f.ObjectKind, "object_id": f.ObjectID} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Grant != "" {
		q = q.Where("acting_as = ? AND acting_as <> ''", "grant:"+f.Grant)
	}
	if f.Before > 0 {
		q = q.Where("seq < ?", int64(f.Before))
	}
	var rows []auditEvent
	if err := q.Order("seq DESC").Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	events := make([]audit.Event, len(rows))
	for i, r := range rows {
		events[i] = r.event()
	}
	return events, nil
}

// PageMost is how many rows a page of a list has at most (R134).
const PageMost = 100

// pageSize is nil for what may be read at once: a page, and one row more that
// tells whether another page follows.
func pageSize(limit int) error {
	if limit < 1 || limit > PageMost+1 {
		return fault.New(fault.Invalid, "invalid_input", "A page has 1 to %d entries.", PageMost).
			WithFields(fault.Field{Name: "limit", Message: fmt.Sprintf("Choose 1 to %d.", PageMost)})
	}
	return nil
}

// AuditChain streams a chain up to a head that was read before, the oldest event
// first, in pages: what is written meanwhile does not matter. Of a chain whose
// head is its beginning the events that are there all the same are streamed.
func (p Platform) AuditChain(head audit.Head) iter.Seq2[audit.Event, error] {
	return streamChain(p.db, head)
}

// AuditChain streams the actor's chain up to a head, as Platform.AuditChain does.
func (t Tenant) AuditChain(head audit.Head) iter.Seq2[audit.Event, error] {
	return streamChain(t.db, head)
}

// AuditHead is the newest event of the actor's chain; where there is none, or
// none any more, the chain's beginning.
func (t Tenant) AuditHead() (audit.Head, error) {
	var row auditHead
	chain := scopeOf(t.actor)
	err := t.db.Where("tenant_id = ?", chain).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return audit.Genesis(chain), nil
	}
	return audit.Head{ChainID: chain, Seq: uint64(row.Seq), Hash: row.Hash}, err
}

func streamChain(db *gorm.DB, head audit.Head) iter.Seq2[audit.Event, error] {
	const page = 1000
	if head.Seq == 0 {
		head.Seq = page // one of them contradicts the head already
	}
	return func(yield func(audit.Event, error) bool) {
		for last := int64(0); ; {
			var rows []auditEvent
			if err := db.Where("tenant_id = ? AND seq > ? AND seq <= ?", head.ChainID, last, int64(head.Seq)).Order("seq").Limit(page).Find(&rows).Error; err != nil {
				yield(audit.Event{}, err)
				return
			}
			for _, r := range rows {
				last = r.Seq
				if !yield(r.event(), nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
		}
	}
}

// EventsSince counts what happened to one object since then.
func (t Tenant) EventsSince(kind, id string, since time.Time) (int64, error) {
	var n int64
	err := t.db.Model(&auditEvent{}).Where("tenant_id = ? AND object_kind = ? AND object_id = ? AND at > ?", scopeOf(t.actor), kind, id, since).
		Count(&n).Error
	return n, err
}
