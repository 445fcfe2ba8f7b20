package models

import (
	"time"

	"gatehouse/internal/fault"
)

// Client is a program that a tenant has registered to ask about tokens which
// others present to it, like the API's own server: RFC 7662, and RFC 7009 where
// it may revoke. It identifies itself with a secret, of which only the digest is kept.
type Client struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Name       string
	MayRevoke  bool
	Digest     []byte // see keys.Digest
	KeyID      string // of the pepper it was made with
	Hint       string // last four characters
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	RotatedAt  time.Time  // when its secret was made
	LastUsedAt *time.Time // within ClientSeen
	Revision   int        // counts changes, for If-Match
}

// ClientSeen is how exactly it is known when a client last asked: it asks often,
// and not each question is a write.
const ClientSeen = 15 * time.Minute

// ClientsMost is how many clients a tenant may have.
const ClientsMost = 100

// ClientVersion is a version of an API that a client is told about.
type ClientVersion struct {
	TenantID  string `gorm:"primaryKey"`
	ClientID  string `gorm:"primaryKey"`
	VersionID string `gorm:"primaryKey"`
}

// Check returns a fault that names every field in error. Versions is how many it
// is told about.
func (c Client) Check(versions int) error {
	var p fault.Problems
	checkText(&p, "name", c.Name, 1, 60, "Give the client a name that says which program it is.")
	p.Add(versions == 0, "versions", "Choose at least one version; about all other tokens it hears nothing.")
	return p.Err()
}
