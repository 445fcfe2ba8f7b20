// Package session keeps browser sessions on the server. The cookie holds a random id
// and nothing else; the row holds its hash, so a copy of the database signs nobody in.
// It decides when a session ends and when its id changes, not who may do what.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
)

const (
	// CookieName has the prefix that keeps other hosts and plain http from setting it.
	CookieName = "__Host-s"

	// PollHeader marks requests that a page makes by itself. They leave the session's
	// idle time alone, so an open page does not keep somebody signed in for ever.
	PollHeader = "Gatehouse-Poll"

	// Overlap is how long the id before a renewal still answers reads, for requests
	// that were under way in other tabs (R36).
	Overlap = 10 * time.Second

	// touchEvery spares a write per request. A session may so end this much early, never late.
	touchEvery = 30 * time.Second

	idLen = 32
)

// Class of a session; it decides how long it lasts.
type Class string

// The classes of sessions.
const (
	Visitor Class = "visitor" // before sign-in: a ceremony and a flash belong to it
	Member  Class = "member"  // partners, and everybody who works for a tenant
	Staff   Class = "staff"   // operators and support

	Recovery Class = "recovery" // of who recovers their account: good for a new passkey alone
)

// Limit is when a session of a class ends.
type Limit struct {
	Idle     time.Duration // after the last request of a person
	Absolute time.Duration // after sign-in
}

// Limits for every class.
type Limits map[Class]Limit

// DefaultLimits are those of NIST SP 800-63B-4 (R37).
func DefaultLimits() Limits {
	return Limits{
		Visitor: {Idle: time.Hour, Absolute: 24 * time.Hour},
		Member:  {Idle: time.Hour, Absolute: 24 * time.Hour},
		Staff:   {Idle: 15 * time.Minute, Absolute: 12 * time.Hour},

		Recovery: {Idle: 15 * time.Minute, Absolute: 15 * time.Minute}, // R33
	}
}

// Row is a session as it is stored.
type Row struct {
	Hash       []byte // SHA-256 of the id in the cookie
	UserID     *string
	Class      string
	Data       []byte // JSON, see data.go
	ClientIP   string
	UserAgent  string
	CreatedAt  time.Time
	SeenAt     time.Time
	ExpiresAt  time.Time
	ReplacedAt *time.Time // since when it only answers reads
	Renew      bool       // its person's rights changed: the next request changes its id
	PasskeyID  string     // that the person signed in with, "" before
	Host       string     // a tenant's own, on which alone it is good; "" is the portal's
	Parent     []byte     // hash of the session on the portal's host that it came from and ends with
	Provider   string     // scope of the provider that they signed in through, "" for a passkey
}

// Rows is where sessions are stored.
type Rows interface {
	// Load finds a row, with the limits that hold now where they are others than those
	// of New, or fails with a fault of kind NotFound.
	Load(ctx context.Context, hash []byte) (Row, Limits, error)
	// Limits are those that Load gives with a row.
	Limits(ctx context.Context) (Limits, error)
	Insert(ctx context.Context, row Row) error
	// Replace inserts next and, in the same transaction, deletes the row old or, if
	// until is not zero, sets its ReplacedAt to now and its ExpiresAt to until. It fails with
	// a fault of kind Conflict, and changes nothing, when old is gone or replaced already.
	Replace(ctx context.Context, old []byte, until time.Time, next Row) error
	Touch(ctx context.Context, hash []byte, seen, expires time.Time) error
	SaveData(ctx context.Context, hash, data []byte) error
	Delete(ctx context.Context, hash []byte) error
}

// Store finds and changes sessions. It is a sessions.Store of gorilla.
type Store struct {
	rows   Rows
	limits Limits
	clock  clock.Clock
}

// New makes a Store. Limits must name every class.
func New(rows Rows, limits Limits, clk clock.Clock) (*Store, error) {
	for class := range DefaultLimits() {
		if l := limits[class]; l.Idle <= 0 || l.Absolute < l.Idle {
			return nil, fmt.Errorf("sessions of a %s need an idle time and an absolute time that is not shorter", class)
		}
	}
	return &Store{rows, maps.Clone(limits), clk}, nil
}

var _ sessions.Store = (*Store)(nil)

// rowKey is where a gorilla session keeps its Row among the Values.
type rowKey struct{}

// Get is the session of this request; the second call gives the same one.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of the cookie. Without a living one it gives an empty, unsaved
// session and no error: only the database failing is an error.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	gs := sessions.NewSession(s, name)
	gs.IsNew = true
	gs.Options = &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	cookie, err := r.Cookie(name)
	if err != nil {
		return gs, nil
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(cookie.Value)
	if err != nil || len(id) != idLen {
		return gs, nil
	}
	row, limits, err := s.rows.Load(r.Context(), hash(id))
	if fault.Is(err, fault.NotFound) {
		return gs, nil
	}
	if err != nil {
		return gs, err
	}
	now := s.clock.Now()
	if row.Host != host(r.Context()) || !s.alive(row, limits, r, now) {
		return gs, nil
	}
	if err := s.touch(r, &row, limits, now); err != nil {
		return gs, err
	}
	gs.ID, gs.IsNew = cookie.Value, false
	gs.Values[rowKey{}] = row
	return gs, decode(row.Data, gs.Values)
}

// alive reports whether a session answers a request. Limits that were lowered since it
// was used last end it, too.
func (s *Store) alive(row Row, limits Limits, r *http.Request, now time.Time) bool {
	if !now.Before(row.ExpiresAt) || !now.Before(s.expiry(row, limits, row.SeenAt)) {
		return false
	}
	return row.ReplacedAt == nil || r.Method == http.MethodGet || r.Method == http.MethodHead
}

// touch puts off the end of the session, unless the page asked by itself.
func (s *Store) touch(r *http.Request, row *Row, limits Limits, now time.Time) error {
	if row.ReplacedAt != nil || r.Header.Get(PollHeader) != "" || now.Sub(row.SeenAt) < touchEvery {
		return nil
	}
	row.SeenAt, row.ExpiresAt = now, s.expiry(*row, limits, now)
	return s.rows.Touch(r.Context(), row.Hash, row.SeenAt, row.ExpiresAt)
}

func (s *Store) expiry(row Row, limits Limits, seen time.Time) time.Time {
	l, chosen := limits[Class(row.Class)]
	if !chosen {
		l = s.limits[Class(row.Class)]
	}
	idle, absolute := seen.Add(l.Idle), row.CreatedAt.Add(l.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Save stores what was changed in gs and, for a new session, sets the cookie.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	row, stored := gs.Values[rowKey{}].(Row)
	if !stored {
		return errors.New("session: a session begins with Start or SignIn")
	}
	data, err := encode(gs.Values)
	if err != nil {
		return err
	}
	if string(data) == string(row.Data) {
		return nil
	}
	row.Data = data
	gs.Values[rowKey{}] = row
	return s.rows.SaveData(r.Context(), row.Hash, data)
}

// setCookie sends the id of gs, or with a negative age takes it back.
func setCookie(w http.ResponseWriter, gs *sessions.Session, age int) {
	options := *gs.Options
	options.MaxAge = age
	http.SetCookie(w, sessions.NewCookie(gs.Name(), gs.ID, &options))
}

func newID() (text string, sum []byte) {
	id := make([]byte, idLen)
	rand.Read(id)
	return base64.RawURLEncoding.EncodeToString(id), hash(id)
}

func hash(id []byte) []byte {
	sum := sha256.Sum256(id)
	return sum[:]
}
