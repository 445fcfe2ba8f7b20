package models

// PageKind says what a part of a document's reference is about.
type PageKind string

// The kinds. Operations have rows of their own; prose has no page but the overview, and guides are written beside the
// reference.
const (
	PageOperation PageKind = "operation"
	PageSchema    PageKind = "schema"
	PageWebhook   PageKind = "webhook"
	PageProse     PageKind = "prose"
	PageGuide     PageKind = "guide" // of no revision
)

// ReferencePage is a page of a revision's reference beside those of operations:
// a component schema, or a webhook.
type ReferencePage struct {
	TenantID   string   `gorm:"primaryKey"`
	RevisionID string   `gorm:"primaryKey"`
	Kind       PageKind `gorm:"primaryKey"`
	Position   int      `gorm:"primaryKey;autoIncrement:false"` // in the document
	Slug       string   // in addresses, unique among its kind
	Title      string
	Method     string // of a webhook
	Deprecated bool
	Detail     []byte // what internal/spec understood: JSON, gzip
}

// SearchEntry is what a search can find of a revision, or a guide.
type SearchEntry struct {
	Number     int64 `gorm:"primaryKey;autoIncrement"`
	TenantID   string
	RevisionID *string // nil of a guide
	GuideID    *string // nil of all else
	Position   int
	Kind       PageKind
	Slug       string // where it leads, by its kind; of prose the tag, or ""
	Method     string
	Title      string // these three are shown
	Path       string
	Body       string
	Titles     string // these are the words by which it is found, from internal/search
	Paths      string
	Words      string
}
