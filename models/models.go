// Package models holds the nouns of Gatehouse and the rules that are true of
// them wherever they are used: what is valid, what may follow what, who may do
// what. It imports the standard library, a UUID library and internal/fault, so
// a reader can learn the product from it alone. It does no storage: the struct
// tags only name keys and encodings for internal/store.
//
// A struct with a TenantID is a row of exactly one tenant; internal/store
// refuses any statement on it that names no tenant.
package models

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
)

// NewID returns an identifier: a UUID of version 7 (RFC 9562 §5.7) as text, so
// that later ones sort behind earlier ones.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// IsID reports whether s could be what NewID returned.
func IsID(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}

// Time brings t to the form in which both databases keep it: UTC, microseconds.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// TimeOrNil is Time for one that may be missing.
func TimeOrNil(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	kept := Time(*t)
	return &kept
}

var slugShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$`)

// SameWords compares what somebody typed to confirm with a name, without regard to
// case and blanks.
func SameWords(typed, name string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(typed), " "), strings.Join(strings.Fields(name), " "))
}

// checkSlug notes what is wrong with a name that stands in an address.
func checkSlug(p *fault.Problems, field, slug string) {
	p.Add(!slugShape.MatchString(slug) || strings.Contains(slug, "--"), field,
		"Use 1 to 48 lower-case letters, digits and single hyphens, with a letter or digit at both ends.")
}

// checkText notes what is wrong with a line or paragraph that a person typed.
func checkText(p *fault.Problems, field, text string, least, most int, missing string) {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	switch {
	case !utf8.ValidString(text) || strings.IndexFunc(text, control) >= 0:
		p.Add(true, field, "Leave out control characters.")
	case n < least && n == 0:
		p.Add(true, field, "%s", missing)
	default:
		p.Add(n < least, field, "Write at least %d characters.", least)
		p.Add(n > most, field, "At most %d characters; these are %d.", most, n)
	}
}

func control(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == '\u2028' || r == '\u2029'
}
