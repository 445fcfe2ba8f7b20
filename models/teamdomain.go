package models

import (
	"slices"
	"strings"
	"time"
)

// DomainsMost is how many domains a team can say are its own.
const DomainsMost = 10

// VerifiedByDNS is how a domain was proven that nobody of the tenant confirmed.
const VerifiedByDNS = "dns"

// TeamDomain is a domain of e-mail addresses that a team says is its own. It counts
// once that is proven: by a record in its DNS, or by an admin of the tenant.
type TeamDomain struct {
	TenantID   string `gorm:"primaryKey"`
	TeamID     string `gorm:"primaryKey"`
	Domain     string `gorm:"primaryKey"` // canonical: ASCII, lower case
	Challenge  string // that the DNS record has to show; no secret
	ClaimedBy  string
	CreatedAt  time.Time
	VerifiedAt *time.Time
	VerifiedBy string // VerifiedByDNS, or the id of who confirmed it
	SelfJoin   bool   // people with an address in it may join by themselves
}

// TeamExclusion is that somebody was removed from a team: they come in by a domain no
// more, until they are invited again.
type TeamExclusion struct {
	TenantID  string `gorm:"primaryKey"`
	TeamID    string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	RemovedBy string
	CreatedAt time.Time
}

// Verified reports whether the domain is proven.
func (d TeamDomain) Verified() bool { return d.VerifiedAt != nil }

// RecordName is the name of the DNS record that proves the domain.
func (d TeamDomain) RecordName() string { return "_gatehouse-challenge." + d.Domain }

// RecordValue is what that record says.
func (d TeamDomain) RecordValue() string { return "gatehouse-challenge=" + d.Challenge }

// Proven reports whether the domain's TXT records prove it.
func (d TeamDomain) Proven(records []string) bool {
	return slices.ContainsFunc(records, func(r string) bool { return strings.TrimSpace(r) == d.RecordValue() })
}
