package models

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Grouping is what an API manager says of a version's operations where the
// document's own word will not do. It goes by operation key, so that it outlives
// documents.
type Grouping struct {
	TenantID  string          `gorm:"primaryKey"`
	VersionID string          `gorm:"primaryKey"`
	Rules     []OperationRule `gorm:"serializer:json"` // sorted by key, one an operation
	Scopes    []NamedScope    `gorm:"serializer:json"` // that rules name, sorted by name
	UpdatedBy string
	UpdatedAt time.Time
	Revision  int // counts changes, for If-Match; 0 where nothing was ever said
}

// OperationRule is what is said of one operation.
type OperationRule struct {
	Operation string         // its key
	Class     OperationClass // "" leaves it to the document
	Scope     string         // the one that opens it; "" leaves it to the document
}

// NamedScope is a permission that the manager made.
type NamedScope struct {
	Name, Description string
}

// Most of a grouping.
const (
	groupingRules  = 20_000
	groupingScopes = 200
)

// scopeShape is a scope-token of RFC 6749 §3.3, of a length that fits a form.
var scopeShape = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,60}$`)

// Tidy drops rules that say nothing and scopes that no rule names, and sorts.
func (g Grouping) Tidy() Grouping {
	named := map[string]bool{}
	rules := make([]OperationRule, 0, len(g.Rules))
	for _, r := range g.Rules {
		if r.Class != "" || r.Scope != "" {
			rules, named[r.Scope] = append(rules, r), true
		}
	}
	scopes := make([]NamedScope, 0, len(g.Scopes))
	for _, s := range g.Scopes {
		if named[s.Name] {
			scopes = append(scopes, NamedScope{s.Name, strings.TrimSpace(s.Description)})
		}
	}
	slices.SortFunc(rules, func(a, b OperationRule) int { return strings.Compare(a.Operation, b.Operation) })
	slices.SortFunc(scopes, func(a, b NamedScope) int { return strings.Compare(a.Name, b.Name) })
	g.Rules, g.Scopes = rules, scopes
	return g
}

// Check returns a fault that names every field in error.
func (g Grouping) Check() error {
	var p fault.Problems
	seen := map[string]bool{}
	for _, r := range g.Rules {
		p.Add(seen[r.Operation], "rules", "%s is named twice.", r.Operation)
		p.Add(r.Class != "" && r.Class != ClassRead && r.Class != ClassWrite, "access", "Choose read or write, or leave it to the document.")
		p.Add(r.Scope != "" && !scopeShape.MatchString(r.Scope), "scope", "Name the permission with 1 to 60 letters, digits and signs without blanks, like orders:refund.")
		seen[r.Operation] = true
	}
	names := map[string]bool{}
	for _, s := range g.Scopes {
		p.Add(names[s.Name], "scopes", "The permission %q is described twice.", s.Name)
		checkText(&p, "description", s.Description, 0, 200, "")
		names[s.Name] = true
	}
	p.Add(len(g.Rules) > groupingRules, "rules", "These are more operations than a document can have.")
	p.Add(len(g.Scopes) > groupingScopes, "scopes", "Use at most %d permissions of your own.", groupingScopes)
	return p.Err()
}

// Rule is what is said of an operation; zero where nothing is.
func (g Grouping) Rule(key string) OperationRule {
	if i, ok := slices.BinarySearchFunc(g.Rules, key, func(r OperationRule, key string) int { return strings.Compare(r.Operation, key) }); ok {
		return g.Rules[i]
	}
	return OperationRule{Operation: key}
}

// Apply puts what is said into operations as the document has them.
func (g Grouping) Apply(operations []Operation) {
	if len(g.Rules) == 0 {
		return
	}
	for i := range operations {
		r := g.Rule(operations[i].Key)
		if r.Class != "" {
			operations[i].Class = r.Class
		}
		if r.Scope != "" {
			operations[i].Scopes = [][]string{{r.Scope}}
		}
	}
}
