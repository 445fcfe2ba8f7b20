package models

import (
	"regexp"
	"time"

	"gatehouse/internal/fault"
)

// Credential is what an upstream demands of us, sealed. It belongs to the
// upstream's origin: a change of that detaches it (R108).
type Credential struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	VersionID   string
	Header      string // the header field that carries it
	Origin      string // scheme://host:port that it is for
	Sealed      []byte
	Number      int    // counts the values, part of what is sealed
	Fingerprint string // last 4 of the value's SHA-256, in hex
	SetBy       string
	SetAt       time.Time
}

var headerShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

// CheckCredential returns a fault that names every field in error. The value
// is a secret and stands in no message.
func CheckCredential(header, value string) error {
	var p fault.Problems
	p.Add(!headerShape.MatchString(header), "credential_header", "Name a header field, like Authorization or X-Api-Key.")
	bad := len(value) < 1 || len(value) > 4096
	for i := range len(value) {
		bad = bad || value[i] < 0x20 || value[i] > 0x7e
	}
	p.Add(bad, "credential_value", "Write 1 to 4096 printable ASCII characters.")
	return p.Err()
}
