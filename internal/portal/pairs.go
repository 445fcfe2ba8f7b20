package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Pair is a token that works still and the one that takes its place, with who used
// either since.
type Pair struct {
	Since    time.Time // of the rotation
	Old, New PairSide
}

// PairSide is one of the two.
type PairSide struct {
	models.Token
	Last    usage.Use
	Calls   int  // since the rotation
	More    bool // more than the log was read for
	Callers []PairCaller
}

// PairCaller is a client at an address that used a token.
type PairCaller struct {
	IP, Agent  string
	Calls      int
	Last       time.Time
	Operations []string // keys, the most used first
}

// Kin are the tokens that replaced each other and that one of them belongs to.
type Kin struct {
	Pair   *Pair          // nil unless two of them work
	Family []models.Token // the newest first; none where there is one only
	Alerts []models.Alert // about this one, the newest first
}

// Next is the token that took the place of another, nil where none did.
func (k Kin) Next(id string) *models.Token {
	i := slices.IndexFunc(k.Family, func(t models.Token) bool { return t.Replaces != nil && *t.Replaces == id }) // the newest: an earlier one may have been revoked
	if i < 0 {
		return nil
	}
	return &k.Family[i]
}

// alertsShown is how many alerts the page of a token lists.
const alertsShown = 5

// kinOf reads the family and the alerts of a token.
func kinOf(r store.Tenant, token models.Token) (k Kin, err error) {
	if k.Family, err = r.Family(token.Family); err != nil {
		return k, err
	}
	if len(k.Family) == 1 {
		k.Family = nil
	}
	k.Alerts, err = r.Alerts(store.AlertFilter{Token: token.ID, Limit: alertsShown})
	return k, err
}

// addPair finds the two of the family that work, if this token is one of them.
func (k *Kin) addPair(ctx context.Context, calls *usage.Reader, now time.Time, tenant, id string) error {
	for _, next := range k.Family { // the newest first
		at := slices.IndexFunc(k.Family, func(t models.Token) bool { return next.Replaces != nil && t.ID == *next.Replaces })
		if at < 0 || !k.Family[at].Retiring(now) || id != next.ID && id != k.Family[at].ID {
			continue
		}
		k.Pair = &Pair{Since: next.CreatedAt, Old: PairSide{Token: k.Family[at]}, New: PairSide{Token: next}}
		last, err := calls.LastUsed(ctx, tenant, []string{k.Pair.Old.ID, next.ID})
		if err != nil {
			return err
		}
		for _, side := range []*PairSide{&k.Pair.Old, &k.Pair.New} {
			side.Last = last[side.ID]
			if err := side.read(ctx, calls, tenant, next.CreatedAt); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// read sums up the calls with a token since its rotation, as far as the log is read.
func (s *PairSide) read(ctx context.Context, calls *usage.Reader, tenant string, since time.Time) error {
	page, err := calls.LastRequests(ctx, tenant, usage.LogQuery{Token: s.ID, From: since, Limit: store.PageMost})
	if err != nil {
		return err
	}
	s.Calls, s.More = len(page.Requests), page.More
	type key struct{ ip, agent string }
	callers, operations := map[key]*PairCaller{}, map[key]map[string]int{}
	for _, r := range page.Requests {
		k := key{r.IP.Unmap().String(), r.UserAgent}
		if callers[k] == nil {
			callers[k], operations[k] = &PairCaller{IP: k.ip, Agent: k.agent, Last: r.Start}, map[string]int{}
		}
		callers[k].Calls++
		if r.Operation != "" {
			operations[k][r.Operation]++
		}
	}
	for k, c := range callers {
		for o := range operations[k] {
			c.Operations = append(c.Operations, o)
		}
		slices.SortFunc(c.Operations, func(a, b string) int {
			return cmp.Or(operations[k][b]-operations[k][a], cmp.Compare(a, b))
		})
		s.Callers = append(s.Callers, *c)
	}
	slices.SortFunc(s.Callers, func(a, b PairCaller) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.IP, b.IP)) })
	return nil
}

// addPairs notes in a list which of its tokens are one of two that work.
func addPairs(r store.Tenant, rows []TokenRow, now time.Time) error {
	tokens := make([]models.Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.Token
	}
	pairs, err := r.Pairs(tokens)
	if err != nil {
		return err
	}
	for i := range rows {
		for _, other := range pairs {
			old, next := rows[i].Token, other
			if rows[i].Replaces != nil && *rows[i].Replaces == other.ID {
				old, next = other, rows[i].Token
			}
			if next.Replaces != nil && *next.Replaces == old.ID && old.Retiring(now) {
				rows[i].Other = &other
			}
		}
	}
	return nil
}
