package support

import (
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// OperatorToken is a token of an operator, with its person's name.
type OperatorToken struct {
	models.OperatorToken
	Owner string
}

// mask is what may be shown of a secret: how it begins and ends.
func (t OperatorToken) mask() string { return "gtho_gatehouse_…" + t.Hint }

func (t OperatorToken) sign(now time.Time) ui.Sign {
	switch {
	case t.RevokedAt != nil:
		return ui.State("revoked")
	case !t.Live(now):
		return ui.State("expired")
	}
	return ui.State("active")
}

func (t OperatorToken) scopes() string { return strings.Join(t.Scopes, ", ") }

func (t OperatorToken) used() (at time.Time) {
	if t.LastUsedAt != nil {
		at = *t.LastUsedAt
	}
	return at
}

// OperatorTokens is the page of the tokens of all operators.
type OperatorTokens struct {
	Rows []OperatorToken
	Now  time.Time
}

// Scope is one that can be chosen.
type Scope struct {
	Name, Allows string
	Chosen       bool
}

// OperatorTokenForm is the state of the form of a new token.
type OperatorTokenForm struct {
	Name             string
	Expires, Date    string
	MinDate, MaxDate string
	Choices          []ui.Option
	Scopes           []Scope
	Problems         []fault.Field
}

func (f OperatorTokenForm) problem(name string) string { return ui.Problem(f.Problems, name) }

// OperatorTokenMade is the only page that ever shows a secret.
type OperatorTokenMade struct {
	models.OperatorToken
	Secret string
	Origin string // of the portal
}

// curl is a first call that the token allows.
func (d OperatorTokenMade) curl() string {
	path := "/api/v1/installation/health"
	if strings.HasPrefix(strings.Join(d.Scopes, " "), "tenants:") {
		path = "/api/v1/installation/tenants"
	}
	return "curl -H \"Authorization: Bearer $GATEHOUSE_OPERATOR_TOKEN\" \\\n  " + d.Origin + path
}
