package models

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// Rules × tokens: which rules which token does not keep to.
func TestBrokenRules(t *testing.T) {
	now := time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
	token := func(days int, ips ...netip.Prefix) Token {
		return Token{Kind: TokenAccess, State: TokenActive, CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days), AllowedIPs: ips}
	}
	somewhere := netip.MustParsePrefix("192.0.2.0/24")
	tokens := map[string]struct {
		Token
		owner bool
	}{
		"a member's, 90 days, from anywhere":  {token(90), false},
		"an owner's, 30 days, from somewhere": {token(30, somewhere), true},
		"an owner's, 90 days, from anywhere":  {token(90), true},
		"a management token":                  {Token{Kind: TokenManagement}, false},
		"a try token":                         {Token{Kind: TokenTry}, false},
	}
	for name, tt := range map[string]struct {
		rules TokenRules
		want  map[string][]TokenRule
	}{
		"none":     {TokenRules{}, nil},
		"members":  {TokenRules{Makers: MakersMembers}, nil},
		"owners":   {TokenRules{Makers: MakersOwners}, map[string][]TokenRule{"a member's, 90 days, from anywhere": {RuleMakers}}},
		"ranges":   {TokenRules{Ranges: true}, map[string][]TokenRule{"a member's, 90 days, from anywhere": {RuleRanges}, "an owner's, 90 days, from anywhere": {RuleRanges}}},
		"lifetime": {TokenRules{LifetimeDays: 30}, map[string][]TokenRule{"a member's, 90 days, from anywhere": {RuleLifetime}, "an owner's, 90 days, from anywhere": {RuleLifetime}}},
		"90 days":  {TokenRules{LifetimeDays: 90}, nil},
		"all": {TokenRules{Makers: MakersOwners, Ranges: true, LifetimeDays: 30}, map[string][]TokenRule{
			"a member's, 90 days, from anywhere": {RuleMakers, RuleRanges, RuleLifetime}, "an owner's, 90 days, from anywhere": {RuleRanges, RuleLifetime}}},
	} {
		for which, token := range tokens {
			if got := tt.rules.Broken(token.Token, token.owner); !slices.Equal(got, tt.want[which]) {
				t.Errorf("%s, %s: %v, want %v", name, which, got, tt.want[which])
			}
		}
	}
}

// A rule holds for a token that is there from its date on, and never before its
// people have known of it for 14 days: they are told at once, 14, 7 and 1 days
// before. A rule that was there keeps its date when others are added; one that is
// tightened gets a new one, and is told anew.
func TestRulesOverTime(t *testing.T) {
	start := time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
	p := DefaultTokenPolicy()
	p.UnusedDays, p.PauseDays, p.RevokeDays = 300, 20, 366 // say nothing here
	p.Rules = p.Rules.Set(TokenRules{Ranges: true}, start.AddDate(0, 0, 30))
	w := Watched{Token: Token{Kind: TokenAccess, State: TokenActive, CreatedAt: start.AddDate(0, 0, -40), ExpiresAt: start.AddDate(0, 0, 320)}, Told: map[string]time.Time{}, Owner: false}
	var seen []string
	days := func(from, to int) {
		t.Helper()
		for day := from; day <= to; day++ {
			now := start.AddDate(0, 0, day)
			for _, d := range p.Duties(w, now) {
				switch d.Kind {
				case DateRules:
					if w.PauseAt = nil; !d.At.IsZero() {
						w.PauseAt = &d.At
					} else {
						clear(w.Told)
					}
				case TellRules:
					w.Told[d.Notice] = now
					seen = append(seen, fmt.Sprintf("day %d: %s in %d", day, d.Rule, d.Days))
				case PauseRules:
					seen = append(seen, fmt.Sprintf("day %d: paused for %s", day, d.Rule))
				}
			}
		}
	}
	days(0, 5)
	// More is demanded: the first rule keeps its date.
	p.Rules = p.Rules.Set(TokenRules{Ranges: true, Makers: MakersOwners}, start.AddDate(0, 0, 5+40))
	if got := p.Rules.RangesFrom; !got.Equal(start.AddDate(0, 0, 30)) {
		t.Errorf("the date of the first rule moved to %v", got)
	}
	days(6, 29)
	if w.PauseAt == nil || !w.PauseAt.Equal(start.AddDate(0, 0, 30)) {
		t.Errorf("gateways stop it at %v", w.PauseAt)
	}
	w.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // cured of the one
	days(30, 44)
	w.Owner = true
	days(45, 60)
	if w.PauseAt != nil {
		t.Errorf("cured, and stopped at %v", w.PauseAt)
	}
	w.Owner = false // demoted: told, and 14 days later stopped
	days(61, 75)
	want := []string{"day 0: ranges in 30", "day 6: makers in 39", "day 16: ranges in 14", "day 23: ranges in 7", "day 29: ranges in 1",
		"day 31: makers in 14", "day 38: makers in 7", "day 44: makers in 1", "day 61: makers in 14", "day 68: makers in 7", "day 74: makers in 1", "day 75: paused for makers"}
	if !slices.Equal(seen, want) {
		t.Errorf("%q,\nwant %q", seen, want)
	}

	// A date that nobody was told of is no date: late counting begins with the notice.
	late := Watched{Token: w.Token, Told: map[string]time.Time{}}
	late.PauseAt = nil
	for _, d := range p.Duties(late, start.AddDate(0, 0, 100)) {
		if d.Kind == PauseRules {
			t.Error("paused without a notice")
		}
		if d.Kind == TellRules && !d.At.Equal(start.AddDate(0, 0, 114)) {
			t.Errorf("told of %v", d.At)
		}
	}

	// Tightened twice: another date, another notice. Loosened: the date stays.
	r := TokenRules{}.Set(TokenRules{LifetimeDays: 90}, start.AddDate(0, 0, 30))
	r = r.Set(TokenRules{LifetimeDays: 60}, start.AddDate(0, 0, 50))
	if !r.LifetimeFrom.Equal(start.AddDate(0, 0, 50)) {
		t.Errorf("tightened, from %v", r.LifetimeFrom)
	}
	r = r.Set(TokenRules{LifetimeDays: 80}, start.AddDate(0, 0, 70))
	if !r.LifetimeFrom.Equal(start.AddDate(0, 0, 50)) {
		t.Errorf("loosened, from %v", r.LifetimeFrom)
	}
	if r = r.Set(TokenRules{}, start); !r.LifetimeFrom.IsZero() {
		t.Errorf("gone, from %v", r.LifetimeFrom)
	}
}
