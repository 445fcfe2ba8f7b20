package settings

import (
	"cmp"
	"fmt"
	"time"

	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// LookForm is the state of the form of a tenant's look.
type LookForm struct {
	Tenant   string // slug
	Base     string // address of the page
	Look     models.Look
	Colour   string // as it was typed
	Links    []models.FooterLink
	LogoURL  string // of the pictures that the draft has, or ""
	DarkURL  string
	Drafted  bool
	Revision int
	Since    []Published // what others published since the draft was begun
	History  []Published
	Problems []fault.Field
	Now      time.Time
}

func (f LookForm) problem(name string) string { return ui.Problem(f.Problems, name) }

// rows are the links with empty ones behind them, for those that are to come.
func (f LookForm) rows() []models.FooterLink {
	rows := make([]models.FooterLink, max(models.FooterLinksMost, len(f.Links)))
	copy(rows, f.Links)
	return rows
}

// Published is a look that readers saw, or see.
type Published struct {
	ID, Name, Colour, By string
	At                   time.Time
	Current              bool
}

// Preview is what a draft will look like, before it is published.
type Preview struct {
	Tenant   string
	Base     string
	Colour   string
	Changes  []Change
	Revision int    // of the draft
	Seen     string // the look that it is compared with
	Since    []Published
	Sender   string // name and address that mails come from
	Problems []fault.Field
	Now      time.Time
}

func (p Preview) lead() string {
	if p.Revision == 0 {
		return "There is no draft: this is what readers see now."
	}
	return "Your draft, as readers will see it. Nobody else does yet."
}

// Change is one thing in which a draft differs from what readers see.
type Change struct{ What, From, To string }

// Changes are differences in words.
func Changes(differs []models.LookChange) (out []Change) {
	names := map[string]string{"name": "Name", "tagline": "Tagline", "colour": "Colour", "sender": "Name that mails come from", "welcome": "Welcome",
		"help": "Help", "links": "Links at the foot", "logo": "Logo", "logo_dark": "Logo, dark"}
	for _, d := range differs {
		out = append(out, Change{names[d.Field], cmp.Or(d.From, "–"), cmp.Or(d.To, "–")})
	}
	return out
}

// verdict says what becomes of a colour in one of its uses.
func verdict(u brand.Use) (tone ui.Tone, icon, word string) {
	switch {
	case !u.Changed():
		return ui.OK, "ok", "Shown as chosen"
	case u.Chosen.Readable():
		return ui.Info, "dot", "Shown a little calmer"
	case darker(u):
		return ui.Warn, "warn", "Too pale to read: shown darker"
	}
	return ui.Warn, "warn", "Too dark to read: shown lighter"
}

// darker reports whether the shown colour is the chosen one, darkened.
func darker(u brand.Use) bool { return u.Where != "Links, dark" }

func ratio(s brand.Sample) string { return fmt.Sprintf("%.1f : 1", s.Contrast) }
