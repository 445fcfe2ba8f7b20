package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// OperatorTokenDaysMost is the longest life of a token of an operator.
const OperatorTokenDaysMost = 90

// OperatorToken lets a program do some of what its operator does, in no tenant.
type OperatorToken struct {
	ID           string `gorm:"primaryKey"`
	UserID       string
	Name         string
	Scopes       []string `gorm:"serializer:json"`
	Digest       []byte
	Hint         string // last four characters
	CreatedAt    time.Time
	ExpiresAt    time.Time
	RevokedAt    *time.Time
	RevokedBy    *string // user; nil where the program itself did it
	LastUsedAt   *time.Time
	LastUsedFrom string // address, "" before
}

// Live reports whether the token opens anything at the given time.
func (t OperatorToken) Live(now time.Time) bool {
	return t.RevokedAt == nil && now.Before(t.ExpiresAt)
}

// Check returns a fault that names every field in error.
func (t OperatorToken) Check(now time.Time) error {
	var p fault.Problems
	checkText(&p, "name", t.Name, 1, 60, "Name it after what uses it.")
	checkExpiry(&p, t.ExpiresAt, now, OperatorTokenDaysMost)
	p.Add(len(t.Scopes) == 0, "scopes", "Choose at least one scope.")
	for _, s := range t.Scopes {
		p.Add(!slices.ContainsFunc(OperatorScopes, func(o struct{ Name, Allows string }) bool { return o.Name == s }), "scopes", "There is no scope %q.", s)
	}
	return p.Err()
}
