package session

import (
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"gatehouse/internal/fault"
)

// From is where a session is used from, for the person's list of sessions.
type From struct {
	ClientIP  string // as the trusted proxies say
	UserAgent string
	PasskeyID string // that the person signs in with
	Provider  string // scope of the provider that they sign in through
}

const userAgentMaxLen = 256

// Session is the caller's session in one request.
type Session struct {
	store *Store
	gs    *sessions.Session
}

// Open finds the session of this request. It is never nil without an error; an error
// means that sessions cannot be read now, and nobody counts as signed in.
func (s *Store) Open(r *http.Request) (*Session, error) {
	gs, err := s.Get(r, CookieName)
	if err != nil {
		return nil, err
	}
	return &Session{s, gs}, nil
}

func (s *Session) row() Row {
	row, _ := s.gs.Values[rowKey{}].(Row)
	return row
}

// Started reports whether there is a row, signed in or not.
func (s *Session) Started() bool { return !s.gs.IsNew }

// UserID is who is signed in, "" for nobody.
func (s *Session) UserID() string {
	if id := s.row().UserID; id != nil {
		return *id
	}
	return ""
}

// Class of the session, Visitor when there is none.
func (s *Session) Class() Class {
	if c := s.row().Class; c != "" {
		return Class(c)
	}
	return Visitor
}

// Hash names the session's row, nil when there is none. Passkey ceremonies and
// step-up proofs are bound to it; it cannot be turned into a cookie.
func (s *Session) Hash() []byte { return s.row().Hash }

// Provider is the scope of the provider that the person signed in through, "" for a
// passkey.
func (s *Session) Provider() string { return s.row().Provider }

// CreatedAt is when the person signed in.
func (s *Session) CreatedAt() time.Time { return s.row().CreatedAt }

// ExpiresAt is when the session ends if the person does nothing more.
func (s *Session) ExpiresAt() time.Time { return s.row().ExpiresAt }

// Start makes sure that there is a row, which a ceremony can be bound to (R40).
func (s *Session) Start(w http.ResponseWriter, r *http.Request, from From) error {
	if s.Started() {
		return nil
	}
	return s.begin(w, r, nil, Visitor, from)
}

// SignIn gives the person a session of their own under a new id. The one before is
// gone with its id and all it held, so that nobody can have planted it (R36).
func (s *Session) SignIn(w http.ResponseWriter, r *http.Request, userID string, class Class, from From) error {
	return s.begin(w, r, &userID, class, from)
}

func (s *Session) begin(w http.ResponseWriter, r *http.Request, userID *string, class Class, from From) error {
	return s.put(w, r, s.fresh(userID, class, from))
}

// fresh is the row of a session that begins now.
func (s *Session) fresh(userID *string, class Class, from From) Row {
	now := s.store.clock.Now().UTC()
	return Row{UserID: userID, Class: string(class), ClientIP: from.ClientIP, UserAgent: cut(from.UserAgent), PasskeyID: from.PasskeyID, Provider: from.Provider, CreatedAt: now, SeenAt: now}
}

// put makes a row that holds nothing yet the session of this request.
func (s *Session) put(w http.ResponseWriter, r *http.Request, row Row) error {
	limits, err := s.store.rows.Limits(r.Context())
	if err != nil {
		return err
	}
	row.ExpiresAt = s.store.expiry(row, limits, row.SeenAt)
	values := map[any]any{}
	if row.Data, err = encode(values); err != nil {
		return err
	}
	return s.become(w, r, row, time.Time{}, values)
}

// Renew changes the id after a step-up or a change of rights. The session goes on, with
// what it holds and its absolute end; the old id answers reads for Overlap, then nothing (R36).
func (s *Session) Renew(w http.ResponseWriter, r *http.Request) error {
	now := s.store.clock.Now().UTC()
	row := s.row()
	limits, err := s.store.rows.Limits(r.Context())
	if err != nil {
		return err
	}
	row.SeenAt, row.ExpiresAt = now, s.store.expiry(row, limits, now)
	return s.become(w, r, row, now.Add(Overlap), s.gs.Values)
}

// Follow renews a session whose person's rights were changed by somebody else, or
// in another browser of theirs (R36). Where another request of the same browser is
// quicker, this one goes on under the id that it came with.
func (s *Session) Follow(w http.ResponseWriter, r *http.Request) error {
	if row := s.row(); !row.Renew || row.ReplacedAt != nil {
		return nil
	}
	err := s.Renew(w, r)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// become makes row the session of this request under a new id.
func (s *Session) become(w http.ResponseWriter, r *http.Request, row Row, until time.Time, values map[any]any) error {
	old := s.Hash()
	id, sum := newID()
	row.Hash, row.ReplacedAt, row.Renew = sum, nil, false
	var err error
	if old == nil {
		err = s.store.rows.Insert(r.Context(), row)
	} else {
		err = s.store.rows.Replace(r.Context(), old, until, row)
	}
	if err != nil {
		return err
	}
	values[rowKey{}] = row
	s.gs.Values, s.gs.ID, s.gs.IsNew = values, id, false
	setCookie(w, s.gs, 0)
	return nil
}

// SignOut deletes the row and takes the cookie back.
func (s *Session) SignOut(w http.ResponseWriter, r *http.Request) error {
	if s.Started() {
		if err := s.store.rows.Delete(r.Context(), s.Hash()); err != nil {
			return err
		}
	}
	s.gs.Values, s.gs.ID, s.gs.IsNew = map[any]any{}, "", true
	setCookie(w, s.gs, -1)
	return nil
}

// Save stores what Put, Flash and Flashes changed. Call it before the answer is written.
func (s *Session) Save(w http.ResponseWriter, r *http.Request) error {
	if !s.Started() {
		return nil
	}
	return s.store.Save(r, w, s.gs)
}

// cut makes a header fit for a text column, which takes valid UTF-8 only.
func cut(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), userAgentMaxLen)], "")
}
