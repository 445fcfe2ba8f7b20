package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Narrow leaves a token of one's own team just the operations to keep, by version,
// at once or with its next rotation. It takes away only, so it needs no step-up;
// what a token may not call is not given by naming it. Of a version that nobody can
// call now nothing is known, and nothing taken.
func (t *Tokens) Narrow(ctx context.Context, actor models.Actor, id string, keep map[string][]string, later bool, revision int) error {
	return t.narrow(ctx, actor, id, revision, func(tx *store.Tx, token *models.Token) (map[string]any, error) {
		_, ps, err := tx.Token(id)
		if err != nil {
			return nil, err
		}
		next, before, after, err := narrowed(tx.Tenant, ps, keep)
		if err != nil {
			return nil, err
		}
		if after == before {
			return nil, invalid("keep", "Leave out at least one operation; as it stands, nothing would change.")
		}
		details := map[string]any{"name": token.Name, "before": before, "after": after, "when": "rotation"}
		if later {
			token.Narrowing = next
			return details, nil
		}
		details["when"], token.Narrowing = "now", nil
		if err := tx.SetPermissions(id, next); err != nil {
			return nil, err
		}
		return details, tx.Changed(models.ChangeToken, id)
	})
}

// Widen takes the plan back that a token's successor may do less.
func (t *Tokens) Widen(ctx context.Context, actor models.Actor, id string, revision int) error {
	return t.narrow(ctx, actor, id, revision, func(_ *store.Tx, token *models.Token) (map[string]any, error) {
		if len(token.Narrowing) == 0 {
			return nil, errNothingToDo
		}
		token.Narrowing = nil
		return map[string]any{"name": token.Name, "when": "never"}, nil
	})
}

func (t *Tokens) narrow(ctx context.Context, actor models.Actor, id string, revision int, change func(*store.Tx, *models.Token) (map[string]any, error)) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	err := t.store.Do(ctx, actor, models.TokenEditOwn, func(tx *store.Tx) error {
		token, err := tx.LockToken(id)
		if err != nil {
			return err
		}
		if err := ofOwnTeam(actor, token); err != nil {
			return err
		}
		if token.Revision != revision {
			return fault.New(fault.Conflict, "changed_meanwhile", "Somebody else changed this token in the meantime. Reload the page and look again.")
		}
		if token.Kind != models.TokenAccess || token.State == models.TokenRevoked || token.Expired(tx.Now()) {
			return fault.New(fault.Conflict, "wrong_state", "This token has ended; there is nothing left to narrow.")
		}
		details, err := change(tx, &token)
		if err != nil {
			return err
		}
		if err := tx.UpdateToken(token); err != nil {
			return err
		}
		if err := tx.RecordAs("token.narrow", "token", id, details, nil, nil); err != nil {
			return err
		}
		people, err := tokenOwner(tx, token)
		if err != nil {
			return err
		}
		return tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: models.NotifyToken, Title: actor.Account().Name + " changed what the token " + token.Name + " may do",
			Link: tokenPath(actor, token)}, but(people, actor.User())...)
	})
	if err == errNothingToDo {
		return nil
	}
	return err
}

// narrowed are permissions for what is to be kept of them, and how many operations
// they open before and after.
func narrowed(r store.Tenant, ps []models.Permission, keep map[string][]string) (next []models.Permission, before, after int, err error) {
	versions, err := r.VersionsByID(ids(ps, func(p models.Permission) string { return p.VersionID }))
	if err != nil {
		return nil, 0, 0, err
	}
	for _, p := range ps {
		ops, err := operationsOf(r, versions[p.VersionID])
		if err != nil {
			return nil, 0, 0, err
		}
		if len(ops) == 0 {
			next = append(next, p)
			continue
		}
		for _, o := range ops {
			if p.Opens(o) {
				before++
			}
		}
		if less, some := p.Narrowed(ops, func(key string) bool { return slices.Contains(keep[p.VersionID], key) }); some {
			next, after = append(next, less), after+len(less.Operations)
		}
	}
	if after == 0 {
		return nil, 0, 0, invalid("keep", "Keep at least one operation; to end the token, revoke it.")
	}
	return next, before, after, nil
}
