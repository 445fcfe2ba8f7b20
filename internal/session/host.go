package session

import (
	"context"
	"net/http"
	"time"
)

type hostKey struct{}

// OnHost is the context of a request to a tenant's own host: no session of another host
// is found in it, however its cookie came here.
func OnHost(ctx context.Context, host string) context.Context {
	return context.WithValue(ctx, hostKey{}, host)
}

// host is the tenant's own on which a request came in, "" for the portal's.
func host(ctx context.Context) string {
	name, _ := ctx.Value(hostKey{}).(string)
	return name
}

// Carried is a session on the portal's host from which one on a tenant's own host comes.
type Carried struct {
	Parent    []byte // its hash
	UserID    string
	PasskeyID string
	Provider  string    // scope of the provider that the person signed in through, "" for a passkey
	CreatedAt time.Time // the sign-in, from which both have their absolute end
}

// Carry gives the person a session on the tenant's own host that the request came to.
// The one before is gone, as with SignIn.
func (s *Session) Carry(w http.ResponseWriter, r *http.Request, from Carried, place From) error {
	place.PasskeyID, place.Provider = from.PasskeyID, from.Provider
	row := s.fresh(&from.UserID, Member, place)
	row.CreatedAt, row.Host, row.Parent = from.CreatedAt, host(r.Context()), from.Parent
	return s.put(w, r, row)
}
