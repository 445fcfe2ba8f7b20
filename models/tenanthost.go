package models

import (
	"slices"
	"strings"
	"time"
)

// How a host name of a tenant's own is looked after. One that is not proven yet is
// looked at again by itself for HostTries after it was entered. A proven one is looked
// at once in HostLook; where its record is gone it goes on for HostGrace, and its
// admins are told.
const (
	HostTries = 7 * 24 * time.Hour
	HostLook  = 24 * time.Hour
	HostGrace = 7 * 24 * time.Hour
)

// TenantHost is the name of its own under which a tenant's pages are reached beside the
// portal's. It counts once a record in its DNS proves it, and for one tenant alone.
type TenantHost struct {
	TenantID  string `gorm:"primaryKey"`
	Host      string // canonical: ASCII, lower case, no port, no dot at its end
	Challenge string // that the DNS record has to show; no secret
	AskedBy   string
	CreatedAt time.Time
	ProvenAt  *time.Time // since when it is served
	LookedAt  *time.Time // when its DNS was last looked at
	LostAt    *time.Time // since when its record is gone; nil while it is there
}

// Proven reports whether the tenant's pages are served under the name.
func (h TenantHost) Proven() bool { return h.ProvenAt != nil }

// RecordName is the name of the DNS record that proves the host.
func (h TenantHost) RecordName() string { return "_gatehouse-host." + h.Host }

// RecordValue is what that record says.
func (h TenantHost) RecordValue() string { return "gatehouse-host=" + h.Challenge }

// ProvenBy reports whether TXT records of that name prove the host.
func (h TenantHost) ProvenBy(records []string) bool {
	return slices.ContainsFunc(records, func(r string) bool { return strings.TrimSpace(r) == h.RecordValue() })
}

// StopsAt is when a host whose record is gone is served no more; zero for others.
func (h TenantHost) StopsAt() time.Time {
	if h.LostAt == nil {
		return time.Time{}
	}
	return h.LostAt.Add(HostGrace)
}
