package models

import (
	"time"

	"gatehouse/internal/fault"
)

// Guide is a page that a tenant writes beside its reference. It is written as a
// draft; publishing shows readers what is written at that moment, and they go on
// seeing it while the next draft is written.
type Guide struct {
	TenantID    string  `gorm:"primaryKey"`
	ID          string  `gorm:"primaryKey"`
	APIID       *string `gorm:"column:api_id"` // nil: of the tenant's portal as a whole
	Slug        string  // stands in addresses, unique among the guides of the API or the tenant
	Title       string  // one line
	Body        string  // Markdown
	Position    int     // among the guides of the API or the tenant
	ShownTitle  string  // as readers see it
	ShownBody   string
	PublishedAt *time.Time // nil: readers do not see it
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

// GuidesMost is how many guides an API has, and the tenant beside its APIs.
const GuidesMost = 100

// GettingStarted is the slug of the guide that is written from the document where
// nobody wrote one.
const GettingStarted = "getting-started"

// Check returns a fault that names every field in error.
func (g Guide) Check() error {
	var p fault.Problems
	checkText(&p, "title", g.Title, 1, 100, "Give the guide a title.")
	checkSlug(&p, "slug", g.Slug)
	checkText(&p, "body", g.Body, 1, 100_000, "Write the guide.")
	return p.Err()
}

// Shown reports whether readers see it.
func (g Guide) Shown() bool { return g.PublishedAt != nil }

// Ahead reports whether something was written since readers see it.
func (g Guide) Ahead() bool { return g.Shown() && g.UpdatedAt.After(*g.PublishedAt) }

// Publish shows readers what is written.
func (g *Guide) Publish(at time.Time) {
	g.ShownTitle, g.ShownBody, g.PublishedAt = g.Title, g.Body, &at
}

// Withdraw takes it away from readers; what is written stays.
func (g *Guide) Withdraw() { g.ShownTitle, g.ShownBody, g.PublishedAt = "", "", nil }
