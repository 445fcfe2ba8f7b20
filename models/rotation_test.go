package models

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 500_000_000, time.UTC)

func aToken(change func(*Token)) Token {
	t := Token{ID: "old", Kind: TokenAccess, State: TokenActive, Family: "old", Name: "ci", CreatedAt: noon.AddDate(0, 0, -20), ExpiresAt: noon.AddDate(0, 0, 10)}
	if change != nil {
		change(&t)
	}
	return t
}

// R17: what may be rotated, with which overlap, and when the old one ends.
func TestRotationRules(t *testing.T) {
	at := func(when time.Time) func(*Token) { return func(t *Token) { t.ExpiresAt = when } }
	gone := noon.AddDate(0, 0, -1)
	second := noon.Truncate(time.Second)
	for name, tt := range map[string]struct {
		token   Token
		overlap Overlap
		until   time.Time // zero: refused
		says    string
	}{
		"not at all":                            {aToken(nil), OverlapNone, noon, ""},
		"an hour":                               {aToken(nil), OverlapHour, second.Add(time.Hour), ""},
		"a day":                                 {aToken(nil), OverlapDay, second.Add(24 * time.Hour), ""},
		"three days":                            {aToken(nil), OverlapDays, second.Add(72 * time.Hour), ""},
		"until it is silent":                    {aToken(nil), OverlapQuiet, noon.AddDate(0, 0, 10), ""},
		"never past its own end":                {aToken(at(noon.Add(2 * time.Hour))), OverlapDays, noon.Add(2 * time.Hour), ""},
		"of a management token":                 {aToken(func(t *Token) { t.Kind = TokenManagement }), OverlapHour, second.Add(time.Hour), ""},
		"of a try token":                        {aToken(func(t *Token) { t.Kind = TokenTry }), OverlapHour, time.Time{}, "try token"},
		"for long":                              {aToken(nil), "73h", time.Time{}, "Choose 0, 1h"},
		"of one that has a successor":           {aToken(func(t *Token) { t.RetireAt = &noon }), OverlapHour, time.Time{}, "already"},
		"of a revoked one":                      {aToken(func(t *Token) { t.State = TokenRevoked }), OverlapNone, time.Time{}, "for good"},
		"of a pending one":                      {aToken(func(t *Token) { t.State = TokenPending }), OverlapNone, time.Time{}, "approval"},
		"of a paused one":                       {aToken(func(t *Token) { t.State = TokenPaused }), OverlapNone, time.Time{}, "paused"},
		"of one that an admin paused":           {aToken(func(t *Token) { t.State, t.Cause, t.HeldBy = TokenPaused, CauseAged, "admin" }), OverlapNone, time.Time{}, "paused"},
		"of one that is paused for its age":     {aToken(func(t *Token) { t.State, t.Cause = TokenPaused, CauseAged }), OverlapNone, noon, ""},
		"beside one that is paused for its age": {aToken(func(t *Token) { t.State, t.Cause = TokenPaused, CauseAged }), OverlapHour, time.Time{}, "nothing to overlap"},
		"of an expired one":                     {aToken(at(gone)), OverlapNone, gone, ""},
		"beside an expired one":                 {aToken(at(gone)), OverlapDay, time.Time{}, "nothing to overlap"},
		"a moment before 30 days are over":      {aToken(at(noon.Add(-RenewWithin + 1))), OverlapNone, noon.Add(-RenewWithin + 1), ""},
		"after 30 days":                         {aToken(at(noon.Add(-RenewWithin))), OverlapNone, time.Time{}, "more than 30 days ago"},
	} {
		old := tt.token
		next, err := old.Rotate(Rotation{Overlap: tt.overlap, Expires: noon.AddDate(0, 0, 30), By: "somebody"}, noon, 60)
		if tt.until.IsZero() {
			if err == nil || !strings.Contains(fault.From(err).Error(), tt.says) || next.ID != "" || old.RetireAt != tt.token.RetireAt {
				t.Errorf("%s: %v, %+v", name, err, old)
			}
			continue
		}
		if err != nil || !old.Until().Equal(tt.until) || next.State != TokenActive || *next.Replaces != "old" || next.Family != "old" || len(next.Digest) > 0 {
			t.Errorf("%s: until %v, want %v, %v: %+v", name, old.Until(), tt.until, err, next)
		}
		if dead := tt.overlap == OverlapNone; dead != (old.State == TokenRevoked) || dead != old.Retired(noon) || dead == old.Live(noon) {
			t.Errorf("%s: afterwards it is %+v", name, old)
		}
	}
	for name, expires := range map[string]time.Time{"in the past": noon, "longer than the tenant allows": noon.AddDate(0, 0, 60).Add(1)} {
		old := aToken(nil)
		if _, err := old.Rotate(Rotation{Overlap: OverlapDay, Expires: expires}, noon, 60); !fault.Is(err, fault.Invalid) || old.RetireAt != nil {
			t.Errorf("a successor that ends %s: %v", name, err)
		}
	}
}

// When a rotation is finished: by the clock, or on evidence.
func TestRotationsFinish(t *testing.T) {
	quiet := aToken(func(t *Token) { t.RetireAt, t.RetireIdle = &t.ExpiresAt, true })
	timed := aToken(func(t *Token) { end := noon.Add(time.Hour); t.RetireAt = &end })
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for name, tt := range map[string]struct {
		token Token
		e     Evidence
		now   time.Time
		want  bool
	}{
		"not leaving":                            {aToken(nil), Evidence{Seen: ago(99 * time.Hour), Watched: 99 * time.Hour}, noon, false},
		"before its time":                        {timed, Evidence{Seen: ago(99 * time.Hour), Watched: 99 * time.Hour}, noon, false},
		"at its time":                            {timed, Evidence{}, noon.Add(time.Hour), true},
		"the new one was not seen":               {quiet, Evidence{Used: ago(99 * time.Hour), Watched: 99 * time.Hour}, noon, false},
		"seen a day ago, never used since":       {quiet, Evidence{Seen: ago(Silence), Watched: Silence}, noon, true},
		"a moment less":                          {quiet, Evidence{Seen: ago(Silence - 1), Watched: Silence}, noon, false},
		"used since":                             {quiet, Evidence{Seen: ago(99 * time.Hour), Used: ago(Silence - 1), Watched: Silence}, noon, false},
		"used last a day ago":                    {quiet, Evidence{Seen: ago(99 * time.Hour), Used: ago(Silence), Watched: Silence}, noon, true},
		"used before, silent, and seen just now": {quiet, Evidence{Seen: ago(time.Minute), Used: ago(99 * time.Hour), Watched: time.Minute}, noon, false},
		"nobody counted":                         {quiet, Evidence{Seen: ago(99 * time.Hour), Watched: SilenceWatched - 1}, noon, false},
		"its own end":                            {quiet, Evidence{}, quiet.ExpiresAt, true},
	} {
		if got := tt.token.Finished(tt.e, tt.now); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A successor may do what the old one may, or less where it was narrowed for it; never more.
func TestASuccessorIsNoWider(t *testing.T) {
	have := []Permission{{VersionID: "a", Access: AccessRead}, {VersionID: "b", Access: AccessWrite}, {VersionID: "c", Access: AccessCustom, Scopes: []string{"s"}, Operations: []string{"PUT /c"}}}
	operations := map[string][]Operation{"a": {{Key: "GET /a", Class: ClassRead}, {Key: "POST /a", Class: ClassWrite}}, "c": {{Key: "GET /c", Scopes: [][]string{{"s"}}}, {Key: "PUT /c"}, {Key: "POST /c"}}}
	for name, tt := range map[string]struct {
		narrowing []Permission
		want      string
	}{
		"not narrowed":                            {nil, "a=read b=write c=custom[PUT /c]"},
		"to some operations":                      {[]Permission{{VersionID: "b", Access: AccessCustom, Operations: []string{"GET /b"}}}, "b=custom[GET /b]"},
		"to reading":                              {[]Permission{{VersionID: "a", Access: AccessRead}, {VersionID: "b", Access: AccessRead}}, "a=read b=read"},
		"to what was taken away since":            {[]Permission{{VersionID: "a", Access: AccessWrite}, {VersionID: "b", Access: AccessWrite}}, "a=read b=write"},
		"to some of which it may only read since": {[]Permission{{VersionID: "a", Access: AccessCustom, Operations: []string{"GET /a", "POST /a"}}}, "a=custom[GET /a]"},
		"to some of which it lost some since":     {[]Permission{{VersionID: "c", Access: AccessCustom, Scopes: []string{"s", "t"}, Operations: []string{"GET /c", "PUT /c", "POST /c"}}}, "c=custom[GET /c,PUT /c]"},
		"to some of which it lost all since":      {[]Permission{{VersionID: "a", Access: AccessCustom, Operations: []string{"POST /a"}}, {VersionID: "b", Access: AccessRead}}, "b=read"},
		"to what it may not call any more":        {[]Permission{{VersionID: "d", Access: AccessWrite}, {VersionID: "a", Access: AccessRead}}, "a=read"},
	} {
		var got []string
		for _, p := range (Token{Narrowing: tt.narrowing}).Inherited(have, operations) {
			word := p.VersionID + "=" + string(p.Access)
			if len(p.Operations) > 0 {
				word += "[" + strings.Join(p.Operations, ",") + "]"
			}
			got = append(got, word)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}
