package models

import (
	"net/url"
	"regexp"
	"time"

	"gatehouse/internal/fault"
)

// API is what a tenant publishes; it is called in one of its versions.
type API struct {
	TenantID    string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Slug        string // stands in addresses, unique in the tenant
	Name        string
	Summary     string // one line
	Description string // Markdown
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

// TableName is the table's name; GORM would split the abbreviation.
func (API) TableName() string { return "apis" }

// Check returns a fault that names every field in error.
func (a API) Check() error {
	var p fault.Problems
	checkText(&p, "name", a.Name, 1, 80, "Give the API a name.")
	checkText(&p, "summary", a.Summary, 0, 160, "")
	checkText(&p, "description", a.Description, 0, 20000, "")
	checkSlug(&p, "slug", a.Slug)
	return p.Err()
}

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
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Revision    int // counts changes, for If-Match
}

// BodyLimitDefault is how much a call may send unless the version says otherwise (R90).
const BodyLimitDefault = 10 << 20

var versionShape = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,19}$`)

// Check returns a fault that names every field in error.
func (v Version) Check() error {
	var p fault.Problems
	p.Add(!versionShape.MatchString(v.Name), "version", "Use 1 to 20 lower-case letters, digits, dots and hyphens, like v1.")
	p.Add(v.Name == "subscribe", "version", "This name is taken by an address of the portal; choose another one.")
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
	Document    []byte // as it was uploaded, gzip
	SHA256      []byte `gorm:"column:sha256"` // of the document as uploaded
	Format      string // json or yaml
	OpenAPI     string `gorm:"column:openapi"` // the dialect, like 3.1.0
	Title       string
	DocVersion  string // info.version
	Outline     []byte // what internal/spec understood but the operations: JSON, gzip
	Operations  int
	Warnings    int
	CreatedBy   string
	CreatedAt   time.Time
	PublishedAt *time.Time
}

// OperationClass says whether an operation only reads or may change something.
type OperationClass string

// The classes: a token with read may call ClassRead only.
const (
	ClassRead  OperationClass = "read"
	ClassWrite OperationClass = "write"
)

// Operation of a revision, in the order of the document.
type Operation struct {
	TenantID    string `gorm:"primaryKey"`
	RevisionID  string `gorm:"primaryKey"`
	Position    int    `gorm:"primaryKey;autoIncrement:false"`
	Key         string // method and path template, like "GET /berths/{id}": the name in usage and deep links
	Slug        string // the key in addresses, unique in the revision
	Method      string
	Path        string
	OperationID string
	Summary     string
	Tag         string
	Class       OperationClass
	Scopes      []string `gorm:"serializer:json"`
	Deprecated  bool
	Personal    Personal `gorm:"serializer:json"`
	Detail      []byte   // what internal/spec understood: JSON, gzip
}

// Personal is what of an operation touches data of people.
type Personal struct {
	Says string   // the document's own word: "yes", "no" or a class of data
	Like []string // what its names look like: email, address
}

// Touches reports whether the document says so, or names look like it.
func (p Personal) Touches() bool { return p.Says != "no" && (p.Says != "" || len(p.Like) > 0) }

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
