package portal

import (
	"context"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// AllTokens are the use cases around every token of a tenant, for those who
// answer for them.
type AllTokens struct {
	store *store.Store
	calls *usage.Reader
	seen  seen
}

// allKinds are those of the inventory; tries end by themselves within minutes.
var allKinds = []models.TokenKind{models.TokenAccess, models.TokenManagement}

// List is the inventory: all tokens of the tenant, the newest first unless the
// query says otherwise, with how many there are in all and the reader's views.
func (t *AllTokens) List(ctx context.Context, actor models.Actor, q TokenQuery) (TokenPage, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenPage{}, err
	}
	page, err := listTokens(ctx, t.store, t.calls, actor, q, store.TokenFilter{Kinds: allKinds})
	if err != nil {
		return page, err
	}
	return page, t.store.As(ctx, actor, func(r store.Tenant) (err error) {
		f, err := q.filter(r, store.TokenFilter{Kinds: allKinds}, t.store.Now())
		if err != nil {
			return err
		}
		if page.Total, err = r.CountTokens(f); err != nil {
			return err
		}
		if page.Owner, page.Team, err = q.named(r); err != nil {
			return err
		}
		if page.Views, err = r.SavedViews(); err != nil {
			return err
		}
		if page.Bulks, err = r.Bulks(lastBulks); err != nil {
			return err
		}
		return addRisks(r, page.Rows, t.store.Now())
	})
}

// lastBulks is how many receipts the inventory leads to.
const lastBulks = 5

// named are the person, or service account, and the team that the query names by their ids; what there
// is not has no name.
func (q TokenQuery) named(r store.Tenant) (owner models.User, team models.Team, err error) {
	owners, err := tokenOwners(r, []string{q.Owner})
	if err != nil {
		return owner, team, err
	}
	teams, err := r.Teams([]string{q.Team})
	return owners[q.Owner], teams[q.Team], err
}

// spoken is the query with names in place of the ids of a person and a team.
func (q TokenQuery) spoken(r store.Tenant) (TokenQuery, error) {
	owner, team, err := q.named(r)
	if owner.Name != "" {
		q.Owner = owner.Name
	}
	if team.Name != "" {
		q.Team = team.Name
	}
	return q, err
}

// addRisks says of each token why one might look at it.
func addRisks(r store.Tenant, rows []TokenRow, now time.Time) error {
	alerts, err := r.OpenAlerts(ids(rows, func(t TokenRow) string { return t.ID }))
	for i, t := range rows {
		permissions := make([]models.Permission, len(t.Permissions))
		for j, p := range t.Permissions {
			permissions[j] = p.Permission
		}
		rows[i].Risks = t.Token.Risks(permissions, alerts[t.ID], now)
	}
	return err
}

// Show is one token with its use over a range.
func (t *AllTokens) Show(ctx context.Context, actor models.Actor, id, span string) (TokenDetail, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenDetail{}, err
	}
	return showToken(ctx, t.store, t.calls, actor, id, span, anyToken)
}

// Impact is what revoking or pausing a token breaks.
func (t *AllTokens) Impact(ctx context.Context, actor models.Actor, id string) (Impact, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return Impact{}, err
	}
	return impactOf(ctx, t.store, t.calls, actor, id, anyToken)
}

// Callers are the addresses that used a token in the last 24 hours.
func (t *AllTokens) Callers(ctx context.Context, actor models.Actor, id string) (TokenRow, []usage.Caller, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenRow{}, nil, err
	}
	return callersOf(ctx, t.store, t.calls, actor, id, anyToken)
}

// Pause makes any token refused until Resume, with a reason that its owner reads.
func (t *AllTokens) Pause(ctx context.Context, actor models.Actor, id, reason string) error {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return err
	}
	if err := models.CheckReason(reason); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenRevokeAny, verb: "pause", mine: anyToken, seen: t.seen}, id, func(tx *store.Tx, token *models.Token) (bool, error) {
		return true, token.Hold(actor.User(), reason)
	})
}

// Resume makes any paused token work again.
func (t *AllTokens) Resume(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenRevokeAny, verb: "resume", mine: anyToken, seen: t.seen}, id, func(tx *store.Tx, token *models.Token) (bool, error) {
		return true, resumeToken(tx, token)
	})
}

// resumeToken makes a paused token work again, and for what the program paused the
// days of disuse begin anew.
func resumeToken(tx *store.Tx, token *models.Token) error {
	if token.Asleep() {
		if err := tx.KeepToken(token.ID); err != nil {
			return err
		}
	}
	return token.Resume()
}

// Revoke ends any token for good, with a reason that its owner reads. Doing it
// again changes nothing (R14).
func (t *AllTokens) Revoke(ctx context.Context, actor models.Actor, id string, cause models.TokenCause, reason string) error {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return err
	}
	if err := models.CheckCause(cause, reason, true); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenRevokeAny, verb: "revoke", mine: anyToken, seen: t.seen}, id, revokeToken(actor, cause, reason))
}
