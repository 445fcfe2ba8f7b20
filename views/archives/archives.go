// Package archives shows how a tenant leaves an installation as a file, and how one
// comes in.
package archives

import (
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Export is the page on which a tenant's archive is made.
type Export struct {
	Action      string // the address of the form
	Slug, Name  string
	Inside      bool // in the tenant's settings, not in the console
	Needs       models.Action
	Crumbs      []ui.Link
	Back        string
	Fingerprint string
	Problems    []fault.Field
}

// Count is how many there are of something.
type Count struct {
	What string
	N    int
}

// Bringing is the page on which an archive is looked at before it is imported.
type Bringing struct {
	ID                      string
	Name, Origin, Exported  string
	TheirSlug, TheirCode    string
	Signer                  string
	Counts                  []Count
	Places, Known           int
	Anew                    []string
	There                   bool
	Tried                   bool   // it was confirmed, and refused
	Fingerprint, Slug, Code string // as typed
	Problems                []fault.Field
}

// Brought is the page behind an import.
type Brought struct {
	Name, Slug string
	Anew       []string
}

func (b Bringing) problem(name string) string { return ui.Problem(b.Problems, name) }

// people says who comes along, and what they have here.
func (b Bringing) people() string {
	words := ui.Number(b.Places) + " people had a role or a team"
	if b.Places == 1 {
		words = "1 person had a role or a team"
	}
	if b.Known == 0 {
		return words + ". Nobody of them has an account here."
	}
	return words + "; " + ui.Number(b.Known) + " of these addresses have an account here."
}

// trouble is what the problems have done.
func (b Bringing) trouble() string {
	if b.Tried {
		return "Nothing was imported"
	}
	return "Before it can be imported"
}
