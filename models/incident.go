package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// IncidentState is how far an incident of an API is.
type IncidentState string

// The states.
const (
	IncidentInvestigating IncidentState = "investigating"
	IncidentIdentified    IncidentState = "identified" // the cause is known
	IncidentWatching      IncidentState = "watching"   // it is mended, as it seems
	IncidentResolved      IncidentState = "resolved"
)

// IncidentStates are all of them, in their usual order.
var IncidentStates = []IncidentState{IncidentInvestigating, IncidentIdentified, IncidentWatching, IncidentResolved}

// Incident is something that is wrong with an API, as those who run it tell it to
// those who call it.
type Incident struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	APIID     string `gorm:"column:api_id"`
	Title     string
	State     IncidentState // of the last update
	Versions  []string      `gorm:"serializer:json"` // names; none: all of the API
	BeganAt   time.Time
	EndedAt   *time.Time // nil while it lasts
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Check returns a fault that names every field in error of an incident and of what is
// told first of it. live are the versions that can be affected.
func (i Incident) Check(first IncidentUpdate, live []string, now time.Time) error {
	var p fault.Problems
	checkText(&p, "title", i.Title, 1, 100, "Say in a line what is wrong.")
	p.Add(i.BeganAt.After(now), "began_at", "It can't have begun in the future.")
	for _, v := range i.Versions {
		p.Add(!slices.Contains(live, v), "versions", "No version %s is published.", v)
	}
	first.check(&p)
	return p.Err()
}

// Open reports whether it lasts.
func (i Incident) Open() bool { return i.EndedAt == nil }

// IncidentUpdate is what was told of an incident at one time, the first one with it.
type IncidentUpdate struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	IncidentID string
	State      IncidentState
	Text       string // Markdown
	MadeBy     string
	CreatedAt  time.Time
	ToldAt     *time.Time // when subscribers were told
}

// Check returns a fault that names every field in error.
func (u IncidentUpdate) Check() error {
	var p fault.Problems
	u.check(&p)
	return p.Err()
}

func (u IncidentUpdate) check(p *fault.Problems) {
	p.Add(!slices.Contains(IncidentStates, u.State), "state", "Choose one of the states.")
	checkText(p, "text", u.Text, 1, 5000, "Say what callers should know.")
}
