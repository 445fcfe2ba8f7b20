// Package world is what the demo's installation holds: three tenants, their
// people, APIs, plans, teams, subscriptions and tokens, as plain data with
// times relative to the start. It writes nothing; it also has no secrets.
package world

import (
	"strings"

	"gatehouse/internal/demo/traffic"
	"gatehouse/models"
)

// World is the whole demo.
type World struct {
	People  []Person
	Tenants []Tenant // the first is the one that scripts and guides use
}

// Person is named by role: the demo invents no people.
type Person struct {
	Key   string
	Name  string
	Email string
	Staff models.StaffRole
	// Tenant and Role are what the list of enrolment links says of the four
	// people whom it shows; Role is empty for the others.
	Tenant, Role string
}

// Tenant is a customer with all that belongs to it.
type Tenant struct {
	Slug, Name, Code string
	Tagline          string
	Welcome, Help    string // Markdown
	Links            []models.FooterLink
	Sender           string
	Colour           string // #rrggbb
	Logo             []byte // SVG
	Public           bool
	TokenDays        int // longest life of a token
	AgeDays          int
	Members          []Member
	Teams            []Team
	APIs             []API
	Subscriptions    []Subscription
	Tokens           []Token
	Clients          []Client
	Alerts           []Alert
	Grants           []Grant
	Asked            []Grant  // of which nobody decided yet; GivenBy is empty
	Favourite        []string // people who keep it at hand
	Guides           []Guide  // of the tenant itself
}

// Member is a person's role in the tenant.
type Member struct {
	Person string
	Role   models.Role
}

// Team is a partner company.
type Team struct {
	Key, Name       string
	Owners, Members []string // people
	AgeDays         int
	Domain          string // of e-mail addresses, confirmed to be the team's
	Services        []Service
}

// Service is a service account of a team.
type Service struct {
	Key, Name, Purpose string
	People             []string // who answer for it, the first made it
	AgeDays            int
}

// API is one that the tenant publishes.
type API struct {
	Slug, Name, Summary string
	Description         string // Markdown
	Category            string
	Tags                []string
	Visibility          models.Visibility // public where it is empty
	Teams               []string          // keys of those that see it by name
	AgeDays             int
	Plans               []Plan
	Versions            []Version
	Guides              []Guide
}

// Guide is a page beside the reference, of an API or of the tenant.
type Guide struct {
	Slug, Title, Body string
	Draft             bool
}

// Plan is what a subscription allows. PerMinute and PerSecond hold at once; 0 is no such limit.
type Plan struct {
	Slug, Name, Summary  string
	PerMinute, PerSecond int64
	PerMonth             int64 // quota; 0 is none
	AutoApprove          bool
}

// Version is an API's version with its OpenAPI document.
type Version struct {
	Name    string
	State   models.VersionState // draft or published
	File    string              // of the document, for Document
	AgeDays int
	Header  string // in which its upstream wants its credential
	End     End    // zero where none is announced
}

// End is what is announced of a version's end.
type End struct {
	AgeDays   float64 // announced so long ago
	LastDays  int     // from now on for which it is answered
	Successor string
	Notice    string // Markdown
}

// Subscription is a team's standing with a version. Times are ages; Decided is
// empty where nobody decided, and models.DecidedByPlan where the plan did.
type Subscription struct {
	Team, API, Version, Plan string
	State                    models.SubscriptionState
	Purpose                  string
	RequestedBy              string
	AgeHours                 float64
	Decided                  string
	DecidedHours             float64 // ago
	Reason                   string  // of a denial, a pause or an end
	ExpectedCalls            int64   // a month
	WishedDays               int     // from now on; 0 is no end
}

// Client is a program that may ask about tokens for a version.
type Client struct {
	Name, Person string // who registered it
	API, Version string
	MayRevoke    bool
	AgeDays      float64
}

// Token is a personal access token, or a management token (then Team is empty).
type Token struct {
	Key, Name, Description string
	Purpose                string
	Kind                   models.TokenKind
	Team, Person           string
	Service                string // key of the team's service account whose it is, "" for the person's own
	Permissions            []Permission
	Scopes                 []string // of a management token
	AllowedIPs             []string
	State                  models.TokenState // pending as if the tenant's admins approved tokens
	Reason                 string            // of the pause or the revocation
	AgeDays                float64           // made so long ago
	ExpiresDays            float64           // from now; negative has expired
	EndedDays              float64           // revoked or paused so long ago
	Printed                bool              // whose secret the demo prints
	Replaces               string            // key of the token whose place it took
	OverlapHours           float64           // for which that one goes on
	Use                    traffic.Profile
}

// Permission of an access token for one version.
type Permission struct {
	API, Version string
	Access       models.Access
	Scopes       []string // with custom
}

// Alert is something that was seen of a token.
type Alert struct {
	Token     string // key
	Kind      models.AlertKind
	IP, Agent string
	Detail    string
	HoursAgo  float64
}

// Grant is a support person's right in the tenant.
type Grant struct {
	Person, GivenBy string
	Level           models.GrantLevel
	Reason, Ticket  string
	Hours           float64 // from the start
}

// New is the demo's world.
func New() World {
	w := World{People: people(), Tenants: []Tenant{northquay(), meridian(), swiftway()}}
	for _, t := range w.Tenants {
		for i := range t.Tokens {
			if t.Tokens[i].Kind == "" {
				t.Tokens[i].Kind = models.TokenAccess
			}
		}
	}
	return w
}

// Ref names a token in profiles and calls: tenant/key.
func (t Tenant) Ref(token Token) string { return t.Slug + "/" + token.Key }

// Profiles are the uses of all tokens that are used, with Ref set. The history
// of each begins with its token.
func (w World) Profiles() (profiles []traffic.Profile) {
	for _, t := range w.Tenants {
		for _, token := range t.Tokens {
			if token.Use.PerDay == 0 {
				continue
			}
			p := token.Use
			p.Ref = t.Ref(token)
			if p.FromDays == 0 && token.AgeDays < traffic.Days {
				p.FromDays = token.AgeDays // nothing calls with a token before it is made
			}
			profiles = append(profiles, p)
		}
	}
	return profiles
}

// Token finds one by its Ref.
func (w World) Token(ref string) (Tenant, Token, bool) {
	slug, key, _ := strings.Cut(ref, "/")
	for _, t := range w.Tenants {
		for _, token := range t.Tokens {
			if t.Slug == slug && token.Key == key {
				return t, token, true
			}
		}
	}
	return Tenant{}, Token{}, false
}
