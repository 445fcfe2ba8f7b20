package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// CodeLifetime of a code that carries a session over to a tenant's own host.
const CodeLifetime = time.Minute

// nonceLen is how long the hash of a nonce is, in bytes.
const nonceLen = sha256.Size

// Crossing is what carries a session over to a tenant's own host.
type Crossing struct {
	Host  string
	Nonce []byte // SHA-256 of what the browser holds there
	Next  string // where to go on there; what is no page of that tenant leads to its home
}

// Served is the slug of the tenant whose pages a host of its own has.
func (h *Hosts) Served(host string) (slug string, ok bool) { return h.served.Served(host) }

// MayCross is nil where the person's session may be carried over to the own host of the
// tenant that they are in. A session through a provider is nobody's in any tenant but its
// own, and keeps its limits. Staff see tenants on the portal's host alone, where each page
// says where they are.
func (h *Hosts) MayCross(actor models.Actor, to Crossing) error {
	if err := actor.May(models.SessionCarry); err != nil {
		return err
	}
	slug, ok := h.served.Served(to.Host)
	switch {
	case !ok || slug != actor.Tenant().Slug:
		return fault.Missing("page")
	case len(to.Nonce) != nonceLen:
		return fault.New(fault.BadRequest, "bad_request", "This address is not complete. Begin again on %s.", to.Host)
	case actor.Staff():
		return fault.New(fault.Forbidden, "staff_stay", "Staff work on the portal’s own address alone.")
	}
	return nil
}

// HandOver makes the code that carries the person's session over, to be used once, on
// that host, by the browser that holds the nonce. Session is the hash of the one to be
// carried over.
func (h *Hosts) HandOver(ctx context.Context, actor models.Actor, session []byte, to Crossing) (code string, err error) {
	if err := h.MayCross(actor, to); err != nil {
		return "", err
	}
	code = rand.Text()
	return code, h.store.Do(ctx, self(actor, actor.Account()), models.SessionCarry, func(tx *store.Tx) error {
		err := tx.InsertSessionCode(store.SessionCode{Hash: hashOf(code), Parent: session, UserID: actor.User(), Host: to.Host, Nonce: to.Nonce,
			Next: NextOn(actor.Tenant().Slug, to.Next), ExpiresAt: tx.Now().Add(CodeLifetime)})
		if err != nil {
			return err
		}
		return tx.RecordAs("session.hand_over", "user", actor.User(), map[string]any{"host": to.Host}, nil, nil)
	})
}

// NextOn is where to go on in a tenant: next, where that is a page of it, else its home.
func NextOn(slug, next string) string {
	home := "/t/" + slug
	if rest, ok := strings.CutPrefix(next, home); ok && (rest == "" || rest[0] == '/' || rest[0] == '?') {
		return next
	}
	return home
}

// Received is a session that was carried over.
type Received struct {
	Parent    []byte // hash of the one on the portal's host
	UserID    string
	PasskeyID string
	Provider  string
	CreatedAt time.Time // the sign-in
	Next      string
}

// Receive uses a code up, on a tenant's own host. Nonce is what the browser holds there:
// without it, somebody else's code would sign a person in as somebody else. A code that
// is used up, too old, of another host or for another browser is refused in one way.
func (h *Hosts) Receive(ctx context.Context, actor models.Actor, host, code, nonce string) (Received, error) {
	refused := fault.New(fault.Forbidden, "hand_over_refused", "This sign-in was used already, took too long, or was begun in another browser. Nobody was signed in.")
	var user models.User
	err := h.store.As(ctx, self(actor, models.User{}), func(r store.Tenant) (err error) {
		id, err := r.SessionCodeOf(hashOf(code))
		if err != nil {
			return err
		}
		user, err = r.User(id)
		return err
	})
	if err != nil {
		return Received{}, refusedIfMissing(err, refused)
	}
	if user.State != models.UserActive || user.Staff != models.NotStaff {
		return Received{}, refused
	}
	var out Received
	err = h.store.Do(ctx, self(actor, user), models.SessionCarry, func(tx *store.Tx) error {
		c, parent, err := tx.TakeSessionCode(hashOf(code), host, hashOf(nonce))
		if err != nil {
			return err
		}
		out = Received{Parent: parent.Hash, UserID: user.ID, PasskeyID: parent.PasskeyID, Provider: parent.Provider, CreatedAt: parent.CreatedAt, Next: c.Next}
		return tx.RecordAs("session.carry", "user", user.ID, map[string]any{"host": host}, nil, nil)
	})
	return out, refusedIfMissing(err, refused)
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// NonceHash is what the portal's host is told of the nonce that a browser holds on a
// tenant's own.
func NonceHash(nonce string) []byte { return hashOf(nonce) }
