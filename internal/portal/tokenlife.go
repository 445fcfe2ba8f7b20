package portal

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// TokenLife is what a token does with what it may: its diet, and how it ended.
type TokenLife struct {
	Diet
	Final usage.Request // the last call before it expired; zero while it lives, and where there was none
	Owned bool          // by who asks
}

// Diet is what a token may call, and what of it it called.
type Diet struct {
	From         time.Time // whole days from there on, as far back as is asked or the token goes
	Days         int       // on how many of them somebody counted
	Used, Unused []DietOperation
	Planned      int // how many operations its successor may call, where that is planned; 0 where it is not
}

// DietOperation is an operation that a token may call.
type DietOperation struct {
	VersionID, API string // id; "Berths v1"
	models.Operation
	Use usage.OperationUse // zero where it was not called
}

// seldomDays is on how many days an operation is called that is called seldom: a
// job of each month is easily taken for one that nobody needs.
const seldomDays = 3

// Seldom reports whether the operation was called on a few days only.
func (o DietOperation) Seldom() bool { return o.Use.Days > 0 && o.Use.Days <= seldomDays }

// May is how many operations the token may call.
func (d Diet) May() int { return len(d.Used) + len(d.Unused) }

// Life is what a token of one's own team does with what it may.
func (t *Tokens) Life(ctx context.Context, actor models.Actor, id string) (TokenLife, error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return TokenLife{}, err
	}
	return lifeOf(ctx, t.store, t.calls, actor, id, ofOwnTeam)
}

// Life is what a token of the tenant does with what it may.
func (t *AllTokens) Life(ctx context.Context, actor models.Actor, id string) (TokenLife, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenLife{}, err
	}
	return lifeOf(ctx, t.store, t.calls, actor, id, anyToken)
}

func lifeOf(ctx context.Context, s *store.Store, calls *usage.Reader, actor models.Actor, id string, mine func(models.Actor, models.Token) error) (life TokenLife, err error) {
	var token models.Token
	var all []DietOperation
	err = s.As(ctx, actor, func(r store.Tenant) error {
		var ps []models.Permission
		if token, ps, err = r.Token(id); err != nil {
			return err
		}
		if err := mine(actor, token); err != nil {
			return err
		}
		if life.Owned, err = answersFor(r, actor, token); err != nil {
			return err
		}
		all, err = opened(r, ps)
		return err
	})
	if err != nil {
		return life, err
	}
	if token.Kind != models.TokenAccess {
		return life, nil
	}
	for _, p := range token.Narrowing {
		life.Planned += len(p.Operations)
	}
	if token.Expired(s.Now()) {
		page, err := calls.LastRequests(ctx, actor.Tenant().ID, usage.LogQuery{Token: id, To: token.ExpiresAt, Limit: 1})
		if err == nil && len(page.Requests) > 0 {
			life.Final = page.Requests[0]
		}
		return life, err
	}
	return life, life.weigh(ctx, calls, token, s.Now(), all)
}

// opened are the operations that permissions open, in the order of their documents.
func opened(r store.Tenant, ps []models.Permission) (all []DietOperation, err error) {
	rows, err := permissionRows(r, ps)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b PermissionRow) int {
		return cmp.Or(cmp.Compare(a.API.Name, b.API.Name), cmp.Compare(a.Version.Name, b.Version.Name))
	})
	for _, p := range rows {
		ops, err := operationsOf(r, p.Version)
		if err != nil {
			return nil, err
		}
		for _, o := range ops {
			if p.Opens(o) {
				all = append(all, DietOperation{VersionID: p.VersionID, API: p.API.Name + " " + p.Version.Name, Operation: o})
			}
		}
	}
	return all, nil
}

// operationsOf a version are those that can be called now.
func operationsOf(r store.Tenant, v models.Version) ([]models.Operation, error) {
	if v.PublishedID == nil || !v.Live() {
		return nil, nil
	}
	return r.Operations(*v.PublishedID)
}

// weigh holds what a token may against what it did.
func (d *Diet) weigh(ctx context.Context, calls *usage.Reader, token models.Token, now time.Time, all []DietOperation) error {
	used, err := calls.OperationsUsed(ctx, token.TenantID, token.ID)
	if err != nil {
		return err
	}
	d.From = now.UTC().Truncate(models.Day).AddDate(0, 0, 1-usage.ReachDays)
	if token.CreatedAt.After(d.From) {
		d.From = token.CreatedAt
	}
	if d.Days, err = calls.DaysCounted(ctx, d.From); err != nil {
		return err
	}
	by := make(map[string]usage.OperationUse, len(used))
	for _, u := range used {
		by[u.Operation] = u
	}
	for _, o := range all {
		if o.Use = by[o.Key]; o.Use.Days > 0 {
			d.Used = append(d.Used, o)
		} else {
			d.Unused = append(d.Unused, o)
		}
	}
	return nil
}

// One is a token of one's own team.
func (t *Tokens) One(ctx context.Context, actor models.Actor, id string) (token models.Token, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return token, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if token, _, err = r.Token(id); err != nil {
			return err
		}
		return ofOwnTeam(actor, token)
	})
	return token, err
}

// endsMost bounds a calendar.
const endsMost = 1000

// Ends are one's own access tokens that work, what ends first before the others.
func (t *Tokens) Ends(ctx context.Context, actor models.Actor) (all []models.Token, err error) {
	if err := actor.May(models.TokenReadOwn); err != nil {
		return nil, err
	}
	f := store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess}, Teams: actor.Teams(), User: actor.User(), View: store.TokensActive,
		Order: store.TokensByEnd, Limit: store.PageMost}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		for len(all) < endsMost {
			page, err := r.Tokens(f)
			all = append(all, page...)
			if err != nil || len(page) < f.Limit {
				return err
			}
			f.After = page[len(page)-1].ID
		}
		return nil
	})
	return all, err
}

// managementUses is when management tokens were used last, which no usage counts.
func managementUses(r store.Tenant, tokens []models.Token) (map[string]usage.Use, error) {
	out := map[string]usage.Use{}
	uses, err := r.TokenUses(ids(tokens, func(t models.Token) string {
		if t.Kind != models.TokenManagement {
			return ""
		}
		return t.ID
	})...)
	for id, u := range uses {
		if u.UsedAt != nil {
			ip, _ := netip.ParseAddr(u.UsedFrom)
			out[id] = usage.Use{At: *u.UsedAt, IP: ip}
		}
	}
	return out, err
}
