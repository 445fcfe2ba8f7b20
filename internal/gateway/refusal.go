package gateway

import (
	"encoding/json"
	"strings"
	"time"
)

// Refusal is what a record keeps of why a call was refused, beside its outcome:
// what the token's people cannot find out later.
type Refusal struct {
	After  int64        `json:"after,omitempty"` // seconds until the same call would pass
	Limits []SpentLimit `json:"limits,omitempty"`
	Scope  string       `json:"scope,omitempty"` // that was missing
	Grant  string       `json:"grant,omitempty"` // what the token has instead
	Allow  string       `json:"allow,omitempty"` // methods that the path takes
}

// SpentLimit is a limit of the plan that was used up.
type SpentLimit struct {
	Name    string `json:"name"`
	Calls   int64  `json:"calls"`
	Seconds int64  `json:"seconds,omitempty"` // of a rate; 0 for a quota
}

// maxRefusal is how much of it a record holds, in bytes.
const maxRefusal = 1024

// refusal is why a known token's call is refused, as text; "" where nobody is known
// who could ask.
func (v *Verdict) refusal(code *Code) string {
	if v.Token.ID == (ID{}) && v.Ended.ID == (ID{}) {
		return ""
	}
	r := Refusal{After: wholeSeconds(v.RetryAfter), Scope: v.Scope, Allow: v.Allow}
	if code == InsufficientScope {
		grant := v.Token.Rights.For(v.Version)
		if r.Grant = grant.String(); len(grant.Operations) > 0 {
			r.Grant = strings.TrimPrefix(r.Grant+" and single operations", " and ")
		}
	}
	if v.plan != nil {
		for i := range v.plan.names {
			if v.limits.Violated>>i&1 == 1 {
				r.Limits = append(r.Limits, v.plan.limit(i))
			}
		}
	}
	text, err := json.Marshal(r)
	if err != nil || len(text) > maxRefusal {
		return "{}" // a scope that long says nothing
	}
	return string(text)
}

// limit is the one at a place: the quota stands behind the rates.
func (p *plan) limit(i int) SpentLimit {
	if i < len(p.Rates) {
		r := p.Rates[i]
		return SpentLimit{Name: r.Name, Calls: r.Calls, Seconds: int64(r.Window / time.Second)}
	}
	return SpentLimit{Name: p.Quota.Period.Name(), Calls: p.Quota.Calls}
}

// ParseRefusal reads what a record holds; what is none is the zero Refusal.
func ParseRefusal(text string) (r Refusal) {
	_ = json.Unmarshal([]byte(text), &r) // "" too
	return r
}
