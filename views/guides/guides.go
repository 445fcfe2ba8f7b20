// Package guides shows the pages that tenants write beside their references, and
// where they write them.
package guides

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/views/ui"
)

// Shelf is the guides at the side of each.
type Shelf []ui.SideItem

// Index is all there is to read, by what it is about.
type Index struct {
	Groups []Group
	Write  string // where guides are written, or ""
}

// Group is the guides of the tenant or of one API.
type Group struct {
	Title string
	Links []ui.Link
}

// Page is one guide as readers see it.
type Page struct {
	Shelf      Shelf
	Crumbs     []ui.Link
	Title      string
	Body       string // Markdown
	Written    time.Time
	FromDoc    bool   // it was written from the document by itself
	Edit       string // where it is written, or ""
	Prev, Next ui.Link
	Now        time.Time
}

// Desk is where guides are written.
type Desk struct {
	Tenant, Base string // slug; address of this page
	Publish      string // address of the APIs
	Shelves      []Drawer
	May          bool
	Now          time.Time
}

// Drawer is the guides of the tenant or of one API, as their writers see them.
type Drawer struct {
	Title, New string // address of the form that begins another
	Started    string // address that begins one from the generated guide, or ""
	Rows       []Row
}

// Row is one guide.
type Row struct {
	ID, Title, Slug, URL string
	Sign                 ui.Sign
	Changed              time.Time
	Position             int
	Last                 bool
}

// Form is a guide as it is typed.
type Form struct {
	Tenant, Action, Back string
	Crumbs               []ui.Link
	Heading              string
	API                  string // slug, of a new one; "" is the tenant's
	Title, Slug, Body    string
	Revision             int
	Fresh                bool
	Shown, Ahead         bool   // readers see it; they see something else than what is written
	Public               string // address as readers have it
	Delete               string // address, or ""
	Preview              bool   // show below how it reads
	May                  bool
	Problems             []fault.Field
}
