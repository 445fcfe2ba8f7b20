package gateway

import (
	"log/slog"
	"maps"
	"time"

	"gatehouse/internal/limit"
)

// ID is a UUID, RFC 9562.
type ID = [16]byte

// Tenant is what the gateway needs to know of one, as plain data. Compile makes
// the form that calls are decided on.
type Tenant struct {
	ID        ID
	Slug      string // in the address
	Code      string // in tokens; never changes
	Public    bool   // its APIs are visible to everybody who has a token
	Suspended bool   // calls to its APIs are refused
	Closed    bool   // what it needs could not be read: calls to it and with its tokens get 503
	Peppers   []Pepper
	Versions  []Version
}

// Pepper is a key of token digests. Two may live while tokens are re-digested;
// the first is the one of new tokens.
type Pepper struct {
	KeyID  string
	Secret []byte // never printed: see LogValue
}

// LogValue hides the key.
func (p Pepper) LogValue() slog.Value { return slog.StringValue(p.KeyID) }

// String hides the key.
func (p Pepper) String() string { return "pepper " + p.KeyID }

// GoString hides the key.
func (p Pepper) GoString() string { return p.String() }

// VersionState of an API version. Drafts are not published, so they are not here.
type VersionState uint8

// The states of a version.
const (
	Published  VersionState = iota
	Deprecated              // answers as before
	Retired                 // 410
)

// Audience says whose tokens find a version. To all others it is not there (R53).
type Audience uint8

// The audiences, the widest first.
const (
	ForAll    Audience = iota // of other tenants too, where the tenant is public
	ForTenant                 // of the tenant
	ForTeams                  // of the teams that it names
)

// Version of an API, addressed /{tenant}/{api}/{version}/….
type Version struct {
	ID, API       ID
	APISlug       string // second segment of the address
	Name          string // third, e.g. "v1"
	State         VersionState
	Audience      Audience
	Teams         []ID   // whose tokens find it where its audience is ForTeams
	Upstream      string // base URL; the path behind the version is appended to its path
	Credential    Credential
	Detached      bool // its credential is for another upstream or does not open: every call is refused (R106, R108)
	Document      ID   // the revision that Operations are from
	Mock          bool // answers from its document those who ask for it
	Operations    []Operation
	BodyLimit     int64         // bytes; 0 is DefaultBodyLimit
	HeaderTimeout time.Duration // until the upstream's headers; 0 is DefaultHeaderTimeout
	IdleTimeout   time.Duration // between two pieces of its body; 0 is DefaultIdleTimeout
	Origins       []string      // exact origins that browsers may call from, beside the portal's
	AllowCookies  bool          // pass the Cookie header on
	Life          Life          // what its callers are told of its end
	Plans         []Plan
	Exceptions    []Exception // at most one of a plan and a team counts, the last
	Subscriptions []Subscription
}

// Defaults of a version.
const (
	DefaultBodyLimit     = 10 << 20
	DefaultHeaderTimeout = 30 * time.Second
	DefaultIdleTimeout   = 60 * time.Second
)

// Credential is what the upstream wants to see, as one ready header. It prints
// as nothing but its name.
type Credential struct {
	ID     string // tells two credentials for the same upstream apart (R88)
	Header string // e.g. "Authorization"; "" is none
	value  string
}

// NewCredential makes the header that every call to the upstream carries.
func NewCredential(id, header, value string) Credential { return Credential{id, header, value} }

// LogValue hides the value.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String hides the value.
func (c Credential) String() string { return "credential " + c.Header }

// GoString hides the value.
func (c Credential) GoString() string { return c.String() }

// Operation of a version, from its published document.
type Operation struct {
	Key    string     // operationId or method and path; stable, in records and custom grants
	Method string     // upper-case
	Path   string     // template, e.g. /berths/{id}/calls
	Write  bool       // needs write access; otherwise read is enough
	Scopes [][]string // that the document names for it; any one set is enough

	Deprecated time.Time // from when new work should not call it; zero is never
	Page       string    // of the portal that describes it, where it is deprecated
	life       *life     // its headers, where they are not the version's
}

// Plan of an API.
type Plan struct {
	ID         ID
	Rates      []limit.Rate // a Name left empty is made from the window
	Quota      limit.Quota
	Operations map[string]limit.OperationRule // by key
}

// Exception is what holds for one team in place of its plan, until a moment.
type Exception struct {
	Plan // of which the ID is that of the plan that it is an exception to
	Team ID
	Ends time.Time
}

// SubscriptionState of a team's standing with a version. Other states have no
// row here, which is refused as none.
type SubscriptionState uint8

// The states of a subscription.
const (
	Approved SubscriptionState = iota
	Pending
	Paused
)

// Subscription of a team to a version.
type Subscription struct {
	ID, Team ID
	Plan     ID
	State    SubscriptionState
	Ends     time.Time // from then on it is none, by the gateway's own clock; zero is never
}

// Snapshot is what the gateway decides on, beside the token table. It is
// immutable; With and Without make the next one and share what did not change.
type Snapshot struct {
	bySlug, byCode map[string]*Compiled
}

// NewSnapshot of these tenants.
func NewSnapshot(tenants ...*Compiled) *Snapshot {
	s := &Snapshot{make(map[string]*Compiled, len(tenants)), make(map[string]*Compiled, len(tenants))}
	for _, t := range tenants {
		s.bySlug[t.slug], s.byCode[t.code] = t, t
	}
	return s
}

// With returns a snapshot in which the tenants replace or join those of the same ID.
func (s *Snapshot) With(tenants ...*Compiled) *Snapshot {
	next := &Snapshot{maps.Clone(s.bySlug), maps.Clone(s.byCode)}
	for _, t := range tenants {
		next.drop(t.id)
		next.bySlug[t.slug], next.byCode[t.code] = t, t
	}
	return next
}

// Closed is the form of a tenant of which nothing is known but where its calls
// arrive, by its own word or by that of the snapshot: until more is known, they
// get 503. It is nil for one that never was known.
func (s *Snapshot) Closed(t Tenant) *Compiled {
	if s != nil && t.Slug == "" {
		for _, c := range s.bySlug {
			if c.id == t.ID {
				t.Slug, t.Code = c.slug, c.code
			}
		}
	}
	if t.Slug == "" {
		return nil
	}
	return &Compiled{id: t.ID, slug: t.Slug, code: t.Code, closed: true}
}

// Without returns a snapshot without the tenant.
func (s *Snapshot) Without(id ID) *Snapshot {
	next := &Snapshot{maps.Clone(s.bySlug), maps.Clone(s.byCode)}
	next.drop(id)
	return next
}

func (s *Snapshot) drop(id ID) {
	same := func(_ string, t *Compiled) bool { return t.id == id }
	maps.DeleteFunc(s.bySlug, same)
	maps.DeleteFunc(s.byCode, same)
}
