// Package portal is what the product does: one exported method for each thing
// that a person or a client can ask for. It knows no HTTP and no templates.
// Every method takes the actor first, asks actor.May, and then reads like the
// sentence in the manual. Effects outside the database are jobs, enqueued in
// the transaction of their cause.
package portal

import (
	"context"
	"io"
	"net/url"

	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/keyring"
	"gatehouse/internal/openid"
	"gatehouse/internal/passkey"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
)

// Deps is what the use cases work with.
type Deps struct {
	Store    *store.Store
	Keys     *keyring.Keyring
	Passkeys *passkey.Passkeys
	Clock    clock.Clock

	Reader    Reader        // of customers' documents
	Upstreams Upstreams     // which of them may be called
	Fetch     Fetcher       // of documents that stand at a URL
	Usage     *usage.Reader // for graphs and quotas
	Records   TXTRecords    // of domains
	Hosts     ServedHosts   // tenants' own
	OwnNames  []string      // host names under which the installation itself is reached
	Local     bool          // names of this machine may be tenants' own, as in the demo
	OpenID    *openid.Client

	// SupportBreaksGlass lets support staff, too, enter a tenant in an emergency.
	SupportBreaksGlass bool

	StaffDeviceBound bool // staff use passkeys that stay on one device alone (R26)

	// Checkpoints are the signed lengths of the audit chains, for verifying them; it may be nil.
	Checkpoints func(context.Context) ([]audit.Checkpoint, error)

	Origin string // of the portal
	Dir    string // for what waits until somebody comes back to it
}

// Reader reads OpenAPI documents that nobody has looked at yet.
type Reader interface {
	Read(ctx context.Context, raw []byte) (spec.Document, error)
	Compare(ctx context.Context, base, revision []byte) ([]spec.Change, error) // both read before
	WriteWhole(ctx context.Context, document io.Reader, yaml bool, gatewayURL string, out io.Writer) error
}

// Upstreams checks the base URL of an upstream and brings it into its canonical form.
type Upstreams interface {
	CheckURL(raw string) (*url.URL, error)
}

// Portal holds the use cases, by noun.
type Portal struct {
	Actors     *Actors
	Accounts   *Accounts
	Tenants    *Tenants
	Members    *Members
	Teams      *Teams
	Services   *ServiceAccounts
	Claims     *Claims
	Domains    *Domains
	Hosts      *Hosts
	Grants     *Grants
	Staff      *Staff
	Audit      *Audit
	Jobs       *Jobs
	Recoveries *Recoveries
	People     *People
	Joins      *Joins
	Looks      *Looks
	Archives   *Archives
	Providers  *Providers

	Installation   *Installation
	OperatorTokens *OperatorTokens

	Notifications *Notifications

	APIs      *APIs
	Versions  *Versions
	Imports   *Imports
	Guides    *Guides
	Incidents *Incidents
	Plans     *Plans
	Quotas    *Quotas

	Subscriptions    *Subscriptions
	Tokens           *Tokens
	AllTokens        *AllTokens
	ManagementTokens *ManagementTokens
	Self             *Self
	Clients          *Clients
	Introspection    *Introspection
	Tries            *Tries
	Rotations        *Rotations
	Alerts           *Alerts
	Leaks            *Leaks
	Watch            *Watch
	TokenPolicies    *TokenPolicies
	Overview         *Overview
	Usage            *Usage
	Refusals         *Refusals
}

// New wires the use cases.
func New(d Deps) *Portal {
	links, apis, tokens := links{d.Keys}, newAPIs(d), &Tokens{d.Store, d.Keys, d.Usage}
	return &Portal{
		Actors:       &Actors{d.Store, d.Keys, d.Clock},
		Accounts:     &Accounts{d.Store, d.Passkeys, links, d.StaffDeviceBound},
		Tenants:      &Tenants{d.Store, d.Keys, links, d.Usage},
		Members:      &Members{d.Store, links},
		Teams:        &Teams{d.Store, links},
		Grants:       &Grants{d.Store, d.SupportBreaksGlass},
		Services:     &ServiceAccounts{d.Store},
		Claims:       &Claims{d.Store, d.Keys, tokens},
		Domains:      &Domains{d.Store, d.Records},
		Hosts:        &Hosts{d.Store, d.Records, d.Hosts, d.OwnNames, d.Local},
		Staff:        &Staff{d.Store, links},
		Audit:        &Audit{d.Store, d.Keys, d.Checkpoints},
		Jobs:         &Jobs{store: d.Store},
		Recoveries:   &Recoveries{d.Store, links},
		People:       &People{d.Store},
		Joins:        &Joins{d.Store},
		Looks:        &Looks{d.Store},
		Providers:    &Providers{d.Store, d.Keys, links, d.OpenID, d.Upstreams},
		Installation: &Installation{store: d.Store},
		Archives:     &Archives{store: d.Store, keys: d.Keys, dir: d.Dir, origin: d.Origin, checkpoints: d.Checkpoints, upstreams: d.Upstreams},

		OperatorTokens: &OperatorTokens{d.Store, d.Keys},

		Notifications: &Notifications{d.Store},

		APIs:      apis,
		Versions:  &Versions{store: d.Store, calls: d.Usage, apis: apis},
		Imports:   &Imports{d.Store, apis, d.Fetch},
		Guides:    &Guides{d.Store},
		Incidents: &Incidents{d.Store},
		Plans:     &Plans{store: d.Store, calls: d.Usage},
		Quotas:    &Quotas{d.Store, d.Usage},

		Subscriptions:    &Subscriptions{store: d.Store, calls: d.Usage},
		Tokens:           tokens,
		AllTokens:        &AllTokens{store: d.Store, calls: d.Usage},
		ManagementTokens: &ManagementTokens{d.Store, d.Keys},
		Self:             &Self{d.Store, d.Usage},
		Clients:          &Clients{store: d.Store, keys: d.Keys},
		Introspection:    &Introspection{d.Store, d.Keys},
		Tries:            &Tries{d.Store, d.Keys},
		Alerts:           &Alerts{store: d.Store},
		Leaks:            newLeaks(d),
		Watch:            &Watch{d.Store, d.Usage},
		TokenPolicies:    &TokenPolicies{d.Store, d.Usage},
		Rotations:        &Rotations{d.Store, d.Keys, d.Usage},
		Overview:         &Overview{d.Store, d.Usage},
		Usage:            &Usage{d.Store, d.Usage},
		Refusals:         &Refusals{d.Store, d.Usage},
	}
}
