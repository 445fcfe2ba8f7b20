package publish

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Life is what the page of a version's life shows.
type Life struct {
	Tenant, URL, Public string
	Name, API           string // "Orders v1", "Orders"
	Crumbs              []ui.Link
	Version             models.Version
	State               models.VersionState // as the clock says
	Successor           string
	Called              string // in words
	Calling             bool   // somebody does
	Others              []ui.Option
	Form                EndForm
	Retire              EndForm
	Revivable, May      bool
	Problem             string
	Rows                []Announcement
	Now                 time.Time
}

// EndForm is what was typed about a version's end.
type EndForm struct {
	Deprecated, LastDay, Successor, Notice, Confirm string
	Sooner, Ask                                     bool
	Problems                                        []fault.Field
}

// Announcement is one row of what callers were told.
type Announcement struct {
	models.Announcement
	What, URL, By string
	Counts        string // "12 told, 9 seen, 3 tokens still calling"
	Told, Seen    int    // people
	Still, Later  int    // tokens that call still, and those of them that began after it
	Teams         []ToldTeam
}

// ToldTeam is a team of which somebody was told.
type ToldTeam struct {
	Name              string
	Told, Seen, Still int
	Tokens            []ToldToken
}

// ToldToken is a token that called what an announcement is about.
type ToldToken struct {
	Name       string // "" where the reader may not see tokens
	LastAt     time.Time
	Operations []string
}

// Told is what the page of one announcement shows.
type Told struct {
	Tenant, URL, Name string
	Crumbs            []ui.Link
	Row               Announcement
	May               bool
	Problem           string
}
