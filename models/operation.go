package models

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
	Risk        string   // the document's own word, like "high", or ""
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
