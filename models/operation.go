package models

import (
	"slices"
	"strings"
	"time"
)

// OperationClass says whether an operation only reads or may change something.
type OperationClass string

// The classes: a token with read may call ClassRead only.
const (
	ClassRead  OperationClass = "read"
	ClassWrite OperationClass = "write"
)

// Operation of a revision, in the order of the document.
type Operation struct {
	TenantID     string `gorm:"primaryKey"`
	RevisionID   string `gorm:"primaryKey"`
	Position     int    `gorm:"primaryKey;autoIncrement:false"`
	Key          string // method and path template, like "GET /berths/{id}": the name in usage and deep links
	Slug         string // the key in addresses, unique in the revision
	Method       string
	Path         string
	OperationID  string
	Summary      string
	Tag          string
	Class        OperationClass
	Scopes       [][]string `gorm:"serializer:json"` // any one of these sets opens it; none: its class alone
	Deprecated   bool
	DeprecatedAt *time.Time // since when it is so in what is published; nil where it is not, or was never published
	Risk         string     // the document's own word, like "high", or ""
	Personal     Personal   `gorm:"serializer:json"`
	Detail       []byte     // what internal/spec understood: JSON, gzip
}

// ScopeNames are the scopes that the operation asks for, in whatever set, sorted.
func (o Operation) ScopeNames() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(o.Scopes...))))
}

// ScopeText names the scopes that open it: "berths:read, or berths:write and admin".
func (o Operation) ScopeText() string {
	var sets []string
	for _, set := range o.Scopes {
		sets = append(sets, strings.Join(set, " and "))
	}
	return strings.Join(sets, ", or ")
}

// opensAny reports whether scopes hold one of the sets.
func opensAny(scopes []string, sets [][]string) bool {
	return slices.ContainsFunc(sets, func(set []string) bool { return len(set) > 0 && containsAll(scopes, set) })
}

// Personal is what of an operation touches data of people.
type Personal struct {
	Says string   // the document's own word: "yes", "no" or a class of data
	Like []string // what its names look like: email, address
}

// Touches reports whether the document says so, or names look like it.
func (p Personal) Touches() bool { return p.Says != "no" && (p.Says != "" || len(p.Like) > 0) }
