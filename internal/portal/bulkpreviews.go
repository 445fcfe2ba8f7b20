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

// BulkPreview is what a change of many tokens would do, and what it breaks.
type BulkPreview struct {
	NewBulk
	Query         TokenQuery // with names in place of ids
	Fits          int64      // that the filter finds, whatever their state
	Owners, Teams []NamedCount
	Busy          []BusyToken // used in the last 24 hours, the latest first
	BusyTokens    int         // how many of those there are
	Callers       int         // their addresses, counted token by token
	Looked        int64       // for how many tokens that was looked up
	Word          string      // that has to be typed
}

// NamedCount is how many of the tokens somebody has.
type NamedCount struct {
	Name string
	N    int64
}

// BusyToken is a token that was used of late.
type BusyToken struct {
	ID, Name string
	usage.Busy
}

// Preview shows what a verb would do to all tokens that a query finds.
func (t *AllTokens) Preview(ctx context.Context, actor models.Actor, verb models.BulkVerb, q TokenQuery) (out BulkPreview, err error) {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return out, err
	}
	if !verb.Known() {
		return out, invalid("verb", "Choose pause, resume or revoke.")
	}
	out.NewBulk = NewBulk{Verb: verb, Filter: q.Filter(), ShownAt: t.store.Now()}
	var tokens []models.Token
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		f, err := bulkFilter(r, verb, q, t.store.Now())
		if err != nil {
			return err
		}
		if out.Expected, err = r.CountTokens(f); err != nil {
			return err
		}
		whole := f
		whole.More.Verb = ""
		if out.Fits, err = r.CountTokens(whole); err != nil {
			return err
		}
		if out.Owners, out.Teams, err = whose(r, f); err != nil {
			return err
		}
		if out.Query, err = q.spoken(r); err != nil {
			return err
		}
		if out.Word, err = word(r, actor, q); err != nil {
			return err
		}
		tokens, err = firstTokens(r, f, bulkLooked)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Looked = int64(len(tokens))
	return out, t.busy(ctx, actor, tokens, &out)
}

// whose counts tokens by their owners and teams, in names.
func whose(r store.Tenant, f store.TokenFilter) (owners, teams []NamedCount, err error) {
	byOwner, err := r.TokensByOwner(f)
	if err != nil {
		return nil, nil, err
	}
	people, err := tokenOwners(r, ids(byOwner, func(c store.TokenCount) string { return c.ID }))
	if err != nil {
		return nil, nil, err
	}
	for _, c := range byOwner {
		owners = append(owners, NamedCount{people[c.ID].Name, c.N})
	}
	byTeam, err := r.TokensByTeam(f)
	if err != nil {
		return nil, nil, err
	}
	named, err := r.Teams(ids(byTeam, func(c store.TokenCount) string { return c.ID }))
	for _, c := range byTeam {
		if c.ID != "" {
			teams = append(teams, NamedCount{named[c.ID].Name, c.N})
		}
	}
	return owners, teams, err
}

// word is what has to be typed: the name of the team or person that the query is
// about, and the tenant's where it is about neither.
func word(r store.Tenant, actor models.Actor, q TokenQuery) (string, error) {
	owner, team, err := q.named(r)
	return cmp.Or(team.Name, owner.Name, actor.Tenant().Name), err
}

// firstTokens are at most so many of a filter, in the order of their ids.
func firstTokens(r store.Tenant, f store.TokenFilter, most int) (out []models.Token, err error) {
	f.Order, f.Limit, f.After = store.TokensOldest, store.PageMost, ""
	for len(out) < most {
		part, err := r.Tokens(f)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if len(part) < f.Limit {
			break
		}
		f.After = part[len(part)-1].ID
	}
	return out, nil
}

// busy looks up which of the tokens were used in the last 24 hours.
func (t *AllTokens) busy(ctx context.Context, actor models.Actor, tokens []models.Token, out *BulkPreview) error {
	since := t.store.Now().Add(-24 * time.Hour)
	for part := range slices.Chunk(tokens, store.PageMost) {
		used, err := t.calls.BusyTokens(ctx, actor.Tenant().ID, ids(part, func(t models.Token) string { return t.ID }), since)
		if err != nil {
			return err
		}
		for _, token := range part {
			if b, ok := used[token.ID]; ok {
				out.Busy = append(out.Busy, BusyToken{token.ID, token.Name, b})
				out.Callers += b.Callers
			}
		}
	}
	slices.SortFunc(out.Busy, func(a, b BusyToken) int { return b.Last.Compare(a.Last) })
	out.BusyTokens, out.Busy = len(out.Busy), out.Busy[:min(len(out.Busy), bulkShown)]
	return nil
}
