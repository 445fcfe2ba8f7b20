package models

import (
	"slices"
	"strings"
	"time"
)

// TokenRisk is one plain reason to look at a token. None is a fault by itself;
// together they say which ones to look at first.
type TokenRisk string

// The risks.
const (
	RiskAlert    TokenRisk = "alert"    // something was seen of it that nobody has looked at
	RiskWrites   TokenRisk = "writes"   // it may change data
	RiskAnywhere TokenRisk = "anywhere" // it works from every address
	RiskLong     TokenRisk = "long"     // it goes on for longer than LongLife
	RiskIdle     TokenRisk = "idle"     // nothing has used it for LongIdle
)

// RiskWords say what a risk is.
type RiskWords struct {
	Risk        TokenRisk
	Word, Means string
}

// TokenRisks are all of them, the gravest first.
var TokenRisks = []RiskWords{
	{RiskAlert, "alert open", "Something was seen of it that nobody has looked at yet."},
	{RiskWrites, "writes", "It may change data: write access, single operations, or a management scope that writes."},
	{RiskAnywhere, "any address", "No list of addresses: it works from wherever it is sent."},
	{RiskLong, "long life", "It goes on for more than 180 days."},
	{RiskIdle, "unused", "Made more than 90 days ago, and not used for as long."},
}

// How long is long.
const (
	LongLife = 180 * 24 * time.Hour
	LongIdle = 90 * 24 * time.Hour
)

// Known reports whether there is such a risk.
func (r TokenRisk) Known() bool {
	return slices.ContainsFunc(TokenRisks, func(k RiskWords) bool { return k.Risk == r })
}

// Risks of a token with its permissions, at a time; alert says that one is open.
// What has ended is no risk any more, but for an alert.
func (t Token) Risks(ps []Permission, alert bool, now time.Time) (out []TokenRisk) {
	add := func(is bool, r TokenRisk) {
		if is {
			out = append(out, r)
		}
	}
	add(alert, RiskAlert)
	if t.State == TokenRevoked || t.Expired(now) {
		return out
	}
	add(slices.ContainsFunc(t.Scopes, func(s string) bool { return strings.HasSuffix(s, ":write") }) ||
		slices.ContainsFunc(ps, func(p Permission) bool { return p.Access == AccessWrite || p.Access == AccessCustom }), RiskWrites)
	add(len(t.AllowedIPs) == 0, RiskAnywhere)
	add(t.ExpiresAt.After(now.Add(LongLife)), RiskLong)
	add(t.CreatedAt.Before(now.Add(-LongIdle)) && t.UsedAt.Before(now.Add(-LongIdle)), RiskIdle)
	return out
}
