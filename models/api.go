package models

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// API is what a tenant publishes; it is called in one of its versions.
type API struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Slug        string // stands in addresses, unique in the tenant
	Name        string
	Summary     string     // one line
	Description string     // Markdown
	Visibility  Visibility // a new one is public unless set
	Category    string     // by which the catalog is grouped, or ""
	Tags        []string   `gorm:"serializer:json"` // by which it is narrowed, in lower case
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

// Visibility says for whom an API is there. Teams with an open subscription to it
// and those who read drafts see it in any case (R53).
type Visibility string

// The visibilities, the widest first.
const (
	VisiblePublic   Visibility = "public"    // whoever sees the tenant's portal
	VisibleSignedIn Visibility = "signed_in" // those of them who are signed in
	VisibleTeams    Visibility = "teams"     // the teams that it names
	VisibleHidden   Visibility = "hidden"    // nobody else
)

// Visibilities are all of them, the widest first.
var Visibilities = []Visibility{VisiblePublic, VisibleSignedIn, VisibleTeams, VisibleHidden}

// Audience is for whom an API is there, beside its subscribers and those who read drafts.
type Audience struct {
	Visibility Visibility
	Teams      []string // ids, where it is VisibleTeams
}

// APITeam is a team for which an API of limited visibility is there.
type APITeam struct {
	TenantID string `gorm:"primaryKey"`
	APIID    string `gorm:"primaryKey;column:api_id"`
	TeamID   string `gorm:"primaryKey"`
}

// TableName is the table's name; GORM would split the abbreviation.
func (APITeam) TableName() string { return "api_teams" }

// TableName is the table's name; GORM would split the abbreviation.
func (API) TableName() string { return "apis" }

// Check returns a fault that names every field in error.
func (a API) Check() error {
	var p fault.Problems
	checkText(&p, "name", a.Name, 1, 80, "Give the API a name.")
	checkText(&p, "summary", a.Summary, 0, 160, "")
	checkText(&p, "description", a.Description, 0, 20000, "")
	checkSlug(&p, "slug", a.Slug)
	p.Add(a.Visibility != "" && !slices.Contains(Visibilities, a.Visibility), "visibility", "Choose who sees the API.")
	checkText(&p, "category", a.Category, 0, 40, "")
	p.Add(len(a.Tags) > tagsMost, "tags", "Use at most 10 tags.")
	for _, tag := range a.Tags {
		checkText(&p, "tags", tag, 1, 30, "A tag has 1 to 30 characters.")
		p.Add(tag != strings.ToLower(tag), "tags", "Write tags in lower case.")
	}
	return p.Err()
}

// AudienceTeamsMost is how many teams an API is shown to by name.
const AudienceTeamsMost = 500

// Check returns a fault that names every field in error.
func (a Audience) Check() error {
	var p fault.Problems
	p.Add(!slices.Contains(Visibilities, a.Visibility), "visibility", "Choose who sees the API.")
	p.Add(a.Visibility == VisibleTeams && len(a.Teams) == 0, "teams", "Choose at least one team, or hide the API.")
	p.Add(len(a.Teams) > AudienceTeamsMost, "teams", "Choose at most %d teams.", AudienceTeamsMost)
	return p.Err()
}

// Says reports whether the API says of itself what another state of it says.
func (a API) Says(o API) bool {
	return a.Name == o.Name && a.Summary == o.Summary && a.Description == o.Description && a.Category == o.Category && slices.Equal(a.Tags, o.Tags)
}

// tagsMost is how many tags an API has.
const tagsMost = 10
