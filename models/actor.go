package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// Actor is who is asking, in which tenant, and what they may do there. Its
// fields are private so that only guards and tests make a useful one: the zero
// Actor belongs to no tenant and may do nothing but what a stranger may.
type Actor struct {
	who     Standing
	tenant  Tenant
	proof   Proof
	request Request
}

// Standing is everything that decides an actor's rights, as it was read from
// the database for this one request.
type Standing struct {
	User   User
	Role   Role                // in the tenant
	Teams  map[string]TeamRole // team id → role, in the tenant
	Grant  *Grant              // live, in the tenant
	Token  string              // id of the management token, or empty
	Scopes []string            // of the management token
	Job    string              // of the program itself, which acts for nobody

	Recovering bool // the user may make a new passkey, and nothing else (R33)

	// Via is the scope of the provider through which the user signed in, "" for a
	// passkey: a tenant's id, or store.Installation. It opens that scope, and nothing else.
	Via string

	Reporter string  // from whom the program has what it acts on: "github", "anonymous"
	Bearer   string  // id of a token that speaks for itself, or empty; no person's rights go with it
	Client   *Client // registered client, or nil

	// StandsInFor are the admins of the tenant in whose place the user decides
	// about requests now.
	StandsInFor []string

	Admitted bool // as a partner, by invitation or by an admin
	Removed  bool // and not let in again, whatever the sign-up policy says
}

// Request is where a request came from, for the audit log.
type Request struct {
	ID        string
	ClientIP  string
	UserAgent string
}

// Proof is a fresh passkey assertion for one action on one object (R24). It is
// consumed by the use case that asks for it.
type Proof struct {
	ID      string
	Session []byte // hash of the session it was made in
}

// NewActor is called by guards and by tests. The tenant is zero for pages that
// belong to none.
func NewActor(s Standing, t Tenant, r Request) Actor {
	return Actor{who: s, tenant: t, request: r}
}

// Stranger is somebody who did not sign in.
func Stranger(t Tenant, r Request) Actor { return NewActor(Standing{}, t, r) }

// Job of the program itself, "" where somebody acts.
func (a Actor) Job() string { return a.who.Job }

// NewProgram is Gatehouse itself in one of its jobs, in a tenant.
func NewProgram(job string, t Tenant) Actor { return Actor{who: Standing{Job: job}, tenant: t} }

// NewReporter is Gatehouse itself in a tenant, acting on what somebody outside
// reported: the audit log names them.
func NewReporter(reporter string, t Tenant, r Request) Actor {
	return Actor{who: Standing{Job: "leaks", Reporter: reporter}, tenant: t, request: r}
}

// Reporter on whose report the program acts, or "".
func (a Actor) Reporter() string { return a.who.Reporter }

// WithProof returns the actor holding a step-up proof.
func (a Actor) WithProof(p Proof) Actor { a.proof = p; return a }

// Proof that came with the request; it may be zero.
func (a Actor) Proof() Proof { return a.proof }

// User id, or "" for a stranger.
func (a Actor) User() string { return a.who.User.ID }

// Account of the person.
func (a Actor) Account() User { return a.who.User }

// StandingOf is the actor's standing in the tenant, with the account as it is now.
func (a Actor) StandingOf(u User) Standing {
	s := a.who
	s.User = u
	return s
}

// AsStaff is the standing that goes with a member of staff from one tenant to another:
// the person, and the token that they sent, with no role or grant.
func (a Actor) AsStaff() Standing {
	return Standing{User: a.who.User, Token: a.who.Token, Scopes: a.who.Scopes}
}

// Name of who is asking: of the person, or of the program where it speaks for none.
func (a Actor) Name() string {
	switch {
	case a.who.Client != nil:
		return a.who.Client.Name
	case a.who.Bearer != "":
		return "the token itself"
	}
	return a.who.User.Name
}

// Tenant in whose pages the actor is; zero outside of tenants.
func (a Actor) Tenant() Tenant { return a.tenant }

// Role in the tenant.
func (a Actor) Role() Role { return a.who.Role }

// Grant under which a staff member is in the tenant, or nil.
func (a Actor) Grant() *Grant { return a.who.Grant }

// ManagementToken id that the request came with, or "".
func (a Actor) ManagementToken() string { return a.who.Token }

// Bearer is the id of the token that speaks for itself, or "".
func (a Actor) Bearer() string { return a.who.Bearer }

// Client that is asking, or nil.
func (a Actor) Client() *Client { return a.who.Client }

// Request of which the actor is the author.
func (a Actor) Request() Request { return a.request }

// SignedIn reports whether we know who is asking. Who recovers an account has not
// signed in with it.
func (a Actor) SignedIn() bool { return a.who.User.ID != "" && !a.who.Recovering }

// Via is the scope of the provider that the session came through, "" for a passkey.
func (a Actor) Via() string { return a.who.Via }

// Recovering reports whether the actor may make a new passkey, and nothing else.
func (a Actor) Recovering() bool { return a.who.Recovering }

// Staff reports whether the actor belongs to the operating company.
func (a Actor) Staff() bool { return a.who.User.Staff != NotStaff }

// StandsInFor are the admins in whose place the actor decides about requests
// now; none for who decides in their own right.
func (a Actor) StandsInFor() []string {
	if a.who.Role == RoleAdmin {
		return nil
	}
	return a.who.StandsInFor
}

// Teams of the actor in the tenant, sorted.
func (a Actor) Teams() []string {
	ids := make([]string, 0, len(a.who.Teams))
	for id := range a.who.Teams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// TeamRole of the actor in one team, or "".
func (a Actor) TeamRole(team string) TeamRole { return a.who.Teams[team] }

// Sees reports whether the tenant's pages exist for the actor. For whom they
// do not, the tenant answers 404 as one that does not exist.
func (a Actor) Sees() bool {
	switch {
	case a.tenant.ID == "" || a.tenant.State == TenantSuspended && !a.Staff():
		return false
	case a.tenant.State == TenantArchived: // there for operators, to read
		return a.who.User.Staff == StaffOperator && a.who.Grant != nil
	}
	return a.tenant.Public || a.who.Role != NoRole || len(a.who.Teams) > 0 || a.who.Grant != nil || a.who.Admitted
}

// LetIn reports whether a signed-in person may become a partner of the tenant, or
// is one: the one place where its sign-up policy is enforced (R54).
func (a Actor) LetIn() bool {
	return a.who.Role != NoRole || len(a.who.Teams) > 0 || a.who.Admitted || !a.who.Removed && a.tenant.Admits(a.who.User.Email)
}

// kinds of caller that the actor is.
func (a Actor) kinds() who {
	switch {
	case a.who.Job != "":
		return program
	case a.who.Bearer != "":
		return bearer
	case a.who.Client != nil:
		return client
	case a.who.Recovering:
		return recovering
	}
	k := stranger
	if !a.SignedIn() || a.who.User.State != UserActive {
		return k
	}
	if k |= signedIn; a.who.Via != "" {
		k ^= signedIn | visiting
	}
	switch a.who.User.Staff {
	case StaffOperator:
		k |= operator
	case StaffSupport:
		k |= support
	}
	for _, r := range a.who.Teams {
		if a.who.Grant != nil { // who acts as staff is nobody's partner meanwhile (R60)
			break
		}
		k |= teamMember
		if r == TeamOwner {
			k |= teamOwner
		}
	}
	k |= map[Role]who{RoleAuditor: auditor, RoleAPIManager: apiManager, RoleAdmin: admin}[a.who.Role]
	if a.who.Role != NoRole && len(a.who.StandsInFor) > 0 {
		k |= standIn
	}
	if g := a.who.Grant; g != nil && a.tenant.State == TenantArchived {
		k |= grantView
	} else if g != nil {
		k |= map[GrantLevel]who{GrantView: grantView, GrantSupport: grantSupport, GrantManage: grantManage}[g.Level]
	} else if a.tenant.ID != "" {
		if k |= outsider; a.LetIn() {
			k ^= outsider | inOwnRight
		}
	}
	return k
}

// Can reports whether the actor may perform the action. A management token can
// do what its person can do now and its scopes allow (R7).
func (a Actor) Can(action Action) bool {
	rule := table[action]
	if a.who.Token != "" && (rule.scope == "" || !slices.Contains(a.who.Scopes, rule.scope)) {
		return false
	}
	return a.kinds()&rule.may != 0
}

// CanUse reports whether a management token with this scope would allow the actor
// anything: a token holds no scope that its person could never use (R7).
func (a Actor) CanUse(scope string) bool {
	for _, rule := range table {
		if scope != "" && rule.scope == scope && a.kinds()&rule.may != 0 {
			return true
		}
	}
	return false
}

// May returns nil if the actor may perform the action, and the fault to answer
// with if not.
func (a Actor) May(action Action) error {
	switch {
	case a.Can(action):
		return nil
	case a.who.Recovering:
		return fault.New(fault.Forbidden, "recovery_only", "Your account is being recovered: make a new passkey first, and sign in with it. Nothing else can be done until then.")
	case a.who.Via != "" && table[action].may&signedIn != 0:
		return fault.New(fault.Forbidden, "passkey_session_required", "You signed in through a provider, which opens its own portal only. Sign out and sign in with your passkey for this.")
	case !a.SignedIn():
		return fault.New(fault.Unauthenticated, "sign_in_required", "Please sign in.")
	case a.who.Token != "" && table[action].scope != "" && !slices.Contains(a.who.Scopes, table[action].scope):
		return fault.New(fault.Forbidden, "insufficient_scope", "This token does not have the scope %s.", table[action].scope).
			WithFields(fault.Field{Name: "scope", Message: table[action].scope})
	}
	if a.who.Token == "" && a.kinds()&outsider != 0 && table[action].may&inOwnRight != 0 {
		return fault.New(fault.Forbidden, "not_let_in", "%s has to let you in first. Its page “Become a partner” says how.", a.tenant.Name)
	}
	return fault.New(fault.Forbidden, "not_allowed", "Your role does not allow this.")
}

// GrantLeft is how long the grant lasts from now on, or 0.
func (a Actor) GrantLeft(now time.Time) time.Duration {
	if a.who.Grant == nil || !a.who.Grant.Live(now) {
		return 0
	}
	return a.who.Grant.ExpiresAt.Sub(now)
}
