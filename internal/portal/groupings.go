package portal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Regrouping is what a version's document says of its operations, and what its
// manager says beside it.
type Regrouping struct {
	API      models.API
	Version  models.Version
	Grouping models.Grouping
	// Operations are those in force and then those of the newest draft that are
	// not, as their documents have them.
	Operations []models.Operation
	Outline    spec.Document // of the newest document
}

// Effective are the operations with what the manager says.
func (g Regrouping) Effective() []models.Operation {
	out := slices.Clone(g.Operations)
	g.Grouping.Apply(out)
	return out
}

// Lost are rules for operations that no document has any more.
func (g Regrouping) Lost() (out []models.OperationRule) {
	for _, r := range g.Grouping.Rules {
		if !slices.ContainsFunc(g.Operations, func(o models.Operation) bool { return o.Key == r.Operation }) {
			out = append(out, r)
		}
	}
	return out
}

// Regrouping opens a version's grouping.
func (a *APIs) Regrouping(ctx context.Context, actor models.Actor, api, version string) (g Regrouping, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return g, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error { return g.open(r, api, version) })
	return g, err
}

func (g *Regrouping) open(r store.Tenant, api, version string) (err error) {
	if g.API, g.Version, err = r.Version(api, version); err != nil {
		return err
	}
	if g.Grouping, err = r.Grouping(g.Version.ID); err != nil {
		return err
	}
	documents, err := r.Revisions(g.Version.ID)
	if err != nil || len(documents) == 0 {
		return err
	}
	if g.Version.PublishedID != nil {
		if g.Operations, err = r.DocumentOperations(*g.Version.PublishedID); err != nil {
			return err
		}
	}
	if newest := documents[0].ID; g.Version.PublishedID == nil || newest != *g.Version.PublishedID {
		drafted, err := r.DocumentOperations(newest)
		if err != nil {
			return err
		}
		have := setOf(ids(g.Operations, func(o models.Operation) string { return o.Key }))
		for _, o := range drafted {
			if !have[o.Key] {
				g.Operations = append(g.Operations, o)
			}
		}
	}
	packed, err := r.Outline(documents[0].ID)
	if err != nil {
		return err
	}
	return unpack(packed, &g.Outline)
}

// GroupingEffect is what a grouping would change for tokens that work now.
type GroupingEffect struct {
	Seen   string // names the grouping: what was shown is what is saved
	Tokens int    // that could call less
	Calls  int64  // that they made in the last 30 days of what they could call no more
	Least  bool   // there were more of these tokens than were counted through
	Wider  int    // tokens that could call more
	Teams  []GroupingTeam
}

// GroupingTeam is a team whose tokens could call less.
type GroupingTeam struct {
	Team   models.Team
	Tokens int
	Calls  int64
}

// effectTokens is how many tokens' calls are counted, and effectOperations how
// many operations of each.
const (
	effectTokens     = 200
	effectOperations = 100
)

// WeighGrouping says what a grouping would change, and changes nothing.
func (a *APIs) WeighGrouping(ctx context.Context, actor models.Actor, api, version string, next models.Grouping) (e GroupingEffect, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return e, err
	}
	next = next.Tidy()
	e.Seen = sightOf(next)
	if err := next.Check(); err != nil {
		return e, err
	}
	lost, teams := map[string][]string{}, map[string]string{}
	var found map[string]models.Team
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		var g Regrouping
		if err := g.open(r, api, version); err != nil || g.Version.PublishedID == nil {
			return err
		}
		before := g.Effective()
		g.Grouping = next
		after := g.Effective()
		live, err := r.LivePermissions(g.Version.ID)
		if err != nil {
			return err
		}
		for _, p := range live {
			wider := false
			for i, o := range before {
				was, is := p.Opens(o), p.Opens(after[i])
				wider = wider || is && !was
				if was && !is {
					lost[p.TokenID] = append(lost[p.TokenID], o.Key)
				}
			}
			if teams[p.TokenID] = p.TeamID; wider {
				e.Wider++
			}
		}
		var named []string
		for token := range lost {
			named = append(named, teams[token])
		}
		found, err = r.Teams(named)
		return err
	})
	if err != nil {
		return e, err
	}
	return e, a.countLost(ctx, actor.Tenant().ID, lost, teams, found, &e)
}

// countLost adds the calls that tokens made of what they would lose.
func (a *APIs) countLost(ctx context.Context, tenant string, lost map[string][]string, teams map[string]string, found map[string]models.Team, e *GroupingEffect) error {
	by := map[string]*GroupingTeam{}
	e.Tokens = len(lost)
	counted := 0
	for token, keys := range lost {
		team := by[teams[token]]
		if team == nil {
			team = &GroupingTeam{Team: found[teams[token]]}
			by[teams[token]] = team
		}
		team.Tokens++
		if counted++; counted > effectTokens {
			e.Least = true
			continue
		}
		top, err := a.calls.TopOperations(ctx, tenant, usage.Filter{Token: token}, usage.Last30, effectOperations)
		if err != nil {
			return err
		}
		gone := setOf(keys)
		for _, t := range top {
			if gone[t.Operation] {
				team.Calls += int64(t.Calls)
				e.Calls += int64(t.Calls)
			}
		}
	}
	for _, t := range by {
		e.Teams = append(e.Teams, *t)
	}
	slices.SortFunc(e.Teams, func(a, b GroupingTeam) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Team.Name, b.Team.Name))
	})
	return nil
}

// sightOf names a grouping.
func sightOf(g models.Grouping) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", g.Rules, g.Scopes, g.Revision))
	return hex.EncodeToString(sum[:8])
}

// Regroup puts a grouping in force, at the gateway too. Grouping.Revision says
// which one was seen.
func (a *APIs) Regroup(ctx context.Context, actor models.Actor, api, version string, next models.Grouping) (models.Grouping, error) {
	if err := actor.May(models.APIManage); err != nil {
		return next, err
	}
	next = next.Tidy()
	if err := next.Check(); err != nil {
		return next, err
	}
	err := a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		var g Regrouping
		if err := g.open(tx.Tenant, api, version); err != nil {
			return err
		}
		if err := known(next, g); err != nil {
			return err
		}
		next.VersionID, next.UpdatedBy, next.UpdatedAt = g.Version.ID, actor.User(), tx.Now()
		if err := tx.SetGrouping(next); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, g.Version.ID); err != nil {
			return err
		}
		return tx.RecordAs("version.regroup", "version", g.Version.ID, map[string]any{"api": api, "version": version,
			"rules": len(next.Rules), "scopes": len(next.Scopes)}, g.Grouping, next)
	})
	next.Revision++
	return next, err
}

// known is nil where each rule is for an operation that there is, or that had one
// before: a document may lose an operation and get it back.
func known(next models.Grouping, g Regrouping) error {
	have := setOf(ids(g.Operations, func(o models.Operation) string { return o.Key }))
	var p fault.Problems
	for _, r := range next.Rules {
		p.Add(!have[r.Operation] && g.Grouping.Rule(r.Operation) != r, "rules", "The document has no operation %q.", r.Operation)
	}
	return p.Err()
}
