package models

import "time"

// ImportState is how far a document is on its way in.
type ImportState string

// The states of an import.
//
//	queued -> reading -> stored | refused | failed
//
// What is refused its author can mend; what failed is not their doing.
const (
	ImportQueued  ImportState = "queued"
	ImportReading ImportState = "reading"
	ImportStored  ImportState = "stored"
	ImportRefused ImportState = "refused"
	ImportFailed  ImportState = "failed"
)

// ImportOrigin is where an imported document comes from.
type ImportOrigin string

// The origins.
const (
	ImportUpload ImportOrigin = "upload" // a file, or pasted
	ImportAPI    ImportOrigin = "api"    // sent to the management API
	ImportURL    ImportOrigin = "url"    // somebody asked to fetch it
	ImportCheck  ImportOrigin = "check"  // found changed at its URL
)

// The stages of an import that is being read.
const (
	StageFetching = "fetching"
	StageReading  = "reading"
	StageStoring  = "storing"
)

// ImportAttempts is how often an import that the server did not finish is begun.
const ImportAttempts = 3

// ImportKept is the largest document that is kept where it was refused, in bytes, so
// that what somebody pasted is not lost. It goes when one is stored for its version.
const ImportKept = 1 << 20

// Import is a document on its way in, and then what became of it.
type Import struct {
	TenantID   string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	API        string `gorm:"column:api"` // slug; it may be made by the import
	Version    string // name
	Origin     ImportOrigin
	Address    string // from where it is fetched, or ""
	State      ImportState
	Stage      string
	Attempts   int
	Size       int64  // bytes, 0 until it is fetched
	Document   []byte // as it came, gzip; once it is done nil, unless it is kept to be mended
	RevisionID *string
	Created    bool // the version was made
	Operations int
	Warnings   int
	Code       string // of the fault, where it was refused or failed
	Message    string
	Problems   []byte // of the document: JSON, gzip
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	FinishedAt *time.Time
}

// Kept reports whether its document is worth to be shown again where it was not stored.
func (i Import) Kept() bool { return i.Origin == ImportUpload && i.Size <= ImportKept }

// Done reports whether nothing more happens to it.
func (i Import) Done() bool { return i.FinishedAt != nil }
