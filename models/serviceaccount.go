package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// ServiceAccount is what acts for a team and is no person: its tokens go on when
// the person who made them leaves. Named people of the team answer for it, and get
// all its notices.
type ServiceAccount struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	TeamID     string
	Name       string
	Purpose    string
	MadeBy     string
	CreatedAt  time.Time
	DisabledAt *time.Time // its tokens are refused since then
	Revision   int
}

// Check returns a fault that names every field in error. People are those who
// answer for it, team those who are in its team.
func (s ServiceAccount) Check(people, team []string) error {
	var p fault.Problems
	checkText(&p, "name", s.Name, 1, 60, "Give it a name that says what it is: a program, a machine, a job.")
	checkText(&p, "purpose", s.Purpose, 1, 200, "Say in one line what it does.")
	p.Add(len(people) == 0, "people", "Choose at least one person of the team who answers for it.")
	for _, id := range people {
		p.Add(!slices.Contains(team, id), "people", "Somebody you chose is no longer in the team. Reload the page and choose again.")
	}
	return p.Err()
}

// Enabled reports whether its tokens may work.
func (s ServiceAccount) Enabled() bool { return s.DisabledAt == nil }

// ServicePerson is somebody who answers for a service account.
type ServicePerson struct {
	TenantID  string `gorm:"primaryKey"`
	ServiceID string `gorm:"primaryKey"`
	TeamID    string
	UserID    string `gorm:"primaryKey"`
}

// TableName is the plural that GORM does not know.
func (ServicePerson) TableName() string { return "service_people" }
