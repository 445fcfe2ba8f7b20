package models

import (
	"net/url"
	"regexp"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// VersionState of an API version.
type VersionState string

// The states of a version. Only a published one is seen and called by partners.
//
//	draft -> published -> deprecated -> retired
const (
	VersionDraft      VersionState = "draft"
	VersionPublished  VersionState = "published"
	VersionDeprecated VersionState = "deprecated"
	VersionRetired    VersionState = "retired"
)

// Version of an API: a path segment, an upstream and, published, the
// operations that partners may call.
type Version struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	APIID       string `gorm:"column:api_id"`
	Name        string // the path segment, like v1
	State       VersionState
	Upstream    string  // canonical base URL, or ""
	BodyLimit   int64   // bytes that a call may send
	PublishedID *string // the revision in force
	PublishedAt *time.Time

	DeprecatedAt *time.Time // since or from when new work should not build on it
	SunsetAt     *time.Time // from when it is not answered any more, not before DeprecatedAt
	RetiredAt    *time.Time
	SuccessorID  *string // the version to go to
	Notice       string  // what its callers are told of the end, Markdown
	Mock         bool    // examples answer those who may not call yet

	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int // counts changes, for If-Match
}

// BodyLimitDefault is how much a call may send unless the version says otherwise (R90).
const BodyLimitDefault = 10 << 20

var versionShape = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,19}$`)

// versionsTaken are the other addresses of an API.
var versionsTaken = []string{"subscribe", "guides", "status", "compare", "feed.atom"}

// Check returns a fault that names every field in error.
func (v Version) Check() error {
	var p fault.Problems
	p.Add(!versionShape.MatchString(v.Name), "version", "Use 1 to 20 lower-case letters, digits, dots and hyphens, like v1.")
	p.Add(slices.Contains(versionsTaken, v.Name), "version", "This name is taken by an address of the portal; choose another one.")
	p.Add(v.BodyLimit < 1 || v.BodyLimit > 1<<30, "body_limit", "Choose 1 byte to 1 GiB.")
	return p.Err()
}

// Origin of the upstream: scheme, host and port as its canonical URL has them,
// or "" where none is set.
func (v Version) Origin() string {
	u, err := url.Parse(v.Upstream)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Detached reports whether a credential was entered for another upstream than
// the version has now. It must not be sent there (R108).
func (v Version) Detached(c Credential) bool { return c.Origin != v.Origin() }

// Live reports whether partners see and call the version.
func (v Version) Live() bool { return v.State == VersionPublished || v.State == VersionDeprecated }

// Publish puts a revision in force.
func (v *Version) Publish(revision string, at time.Time) error {
	if v.State == VersionRetired {
		return fault.New(fault.Conflict, "version_retired", "This version is retired; publish a new one instead.")
	}
	if v.Upstream == "" {
		return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "upstream", Message: "Say where calls go before you publish: the upstream's base URL."})
	}
	v.PublishedID = &revision
	if v.State == VersionDraft {
		v.State, v.PublishedAt = VersionPublished, &at
	}
	return nil
}

// Revision is one OpenAPI document of a version. A new one is a draft until it
// is published, which supersedes the one before.
type Revision struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	VersionID   string
	Number      int
	Document    []byte // as it was uploaded, or the one that an archive's files make; gzip
	SHA256      []byte `gorm:"column:sha256"` // of the document before it is packed
	Format      string // json or yaml
	OpenAPI     string `gorm:"column:openapi"` // the dialect, like 3.1.0
	Title       string
	DocVersion  string // info.version
	Outline     []byte // what internal/spec understood but the operations: JSON, gzip
	Operations  int
	Grave       int // problems that keep it from being published
	Warnings    int
	Internal    int // operations that are left out, as the document says
	CreatedBy   string
	CreatedAt   time.Time
	PublishedAt *time.Time
}
