package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Rotations are the use cases around replacing the secret of a token: another token
// takes its place, with the same settings (R17).
type Rotations struct {
	store *store.Store
	keys  *keyring.Keyring
	calls *usage.Reader
}

// NewRotation is what somebody fills in to rotate a token.
type NewRotation struct {
	Token   string // id; it is the object of the step-up
	Overlap string
	Expires string // of the successor: days from now, or a date; "" is as long as the old one
	Key     string // the same for a repeated request (R5)
}

// Rotated is a token with the one that took its place.
type Rotated struct{ Old, New models.Token }

// Leaves says when the old one ends.
func (r Rotated) Leaves() string { return leaving(r.Old) }

// Form is the token that somebody wants to rotate, or why that is not possible.
func (r *Rotations) Form(ctx context.Context, actor models.Actor, id string) (row TokenRow, callers []usage.Caller, err error) {
	if err := actor.May(models.TokenRotate); err != nil {
		return row, nil, err
	}
	row, callers, err = callersOf(ctx, r.store, r.calls, actor, id, ofOwnTeam)
	if err != nil {
		return row, nil, err
	}
	err = r.store.As(ctx, actor, func(t store.Tenant) error {
		if err := handles(t, actor, row.Token); err != nil {
			return err
		}
		row.Token, err = reclaimed(t, row.Token, r.store.Now())
		return err
	})
	if err != nil {
		return row, nil, err
	}
	return row, callers, row.Rotatable(r.store.Now())
}

// reclaimed is a token as a person may rotate it: where its successor was revoked
// while it works itself, it is as if it had none. A token cannot do that itself:
// somebody may have wanted both to end.
func reclaimed(r store.Tenant, token models.Token, now time.Time) (models.Token, error) {
	if token.RetireAt == nil {
		return token, nil
	}
	pairs, err := r.Pairs([]models.Token{token})
	if err == nil && token.Forsaken(pairs, now) {
		token.RetireAt, token.RetireIdle = nil, false
	}
	return token, err
}

// Rotate makes the successor of a token of one's own team, and returns its secret,
// which nobody can ever see again. Its owner stays, so that calls count as they did
// and whoever rotates for a colleague gets no token of theirs to answer for; one who
// left the team is replaced by who rotates, for nothing of theirs works any more. It
// demands a step-up for the token (R24).
func (r *Rotations) Rotate(ctx context.Context, actor models.Actor, in NewRotation) (Rotated, keys.Secret, error) {
	if err := actor.May(models.TokenRotate); err != nil {
		return Rotated{}, keys.Secret{}, err
	}
	days := actor.Tenant().TokenDays
	return r.replace(ctx, actor, in.Token, replacement{right: models.TokenRotate, mine: ofOwnTeam, key: in.Key, choose: func(tx *store.Tx, old models.Token) (models.Rotation, error) {
		if err := AfterRecovery(actor, tx.Now()); err != nil {
			return models.Rotation{}, err
		}
		choice := models.Rotation{Overlap: models.Overlap(in.Overlap), Expires: sameSpan(old, tx.Now(), days), By: actor.User()}
		if in.Expires != "" {
			end, ok := expiry(tx.Now(), in.Expires, days)
			if !ok {
				var p fault.Problems
				p.Add(true, "expires", "Choose how long it lives, or a date like %s.", tx.Now().AddDate(0, 0, days).Format(time.DateOnly))
				return choice, p.Err()
			}
			choice.Expires = end
		}
		return choice, tx.UseProof(old.ID)
	}})
}

// sameSpan is the end of a successor that lives as long as the old one was made to,
// within what the tenant allows.
func sameSpan(old models.Token, now time.Time, days int) time.Time {
	return models.Time(now.Add(min(old.Span(), now.AddDate(0, 0, days).Sub(now))))
}

// RetireNow ends a token of one's own team whose place another took, before its
// time. It asks for no step-up: it only takes away.
func (r *Rotations) RetireNow(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, r.store, actor, tokenChange{right: models.TokenEditOwn, verb: "retire", mine: ofOwnTeam}, id, func(tx *store.Tx, token *models.Token) (bool, error) {
		if token.RetireAt == nil {
			return false, fault.New(fault.Conflict, "not_retiring", "No other token has taken the place of this one. Rotate it first, or revoke it.")
		}
		return token.Retire(actor.User(), tx.Now()), nil
	})
}

// replacement says under which right a token is rotated, and what is chosen once it is locked.
type replacement struct {
	right  models.Action
	mine   func(models.Actor, models.Token) error
	key    string
	choose func(*store.Tx, models.Token) (models.Rotation, error)
}

// replace carries out a rotation in one transaction: at every moment there is one
// successor or none, and never more than two of a family work.
func (r *Rotations) replace(ctx context.Context, actor models.Actor, id string, c replacement) (out Rotated, secret keys.Secret, err error) {
	var minted models.Token
	err = r.store.As(ctx, actor, func(t store.Tenant) (err error) {
		minted, _, err = t.Token(id)
		return err
	})
	if err != nil {
		return out, secret, err
	}
	kind := keys.Access
	if minted.Kind == models.TokenManagement {
		kind = keys.Management
	}
	if secret, err = mint(ctx, r.keys, actor, &minted, kind); err != nil {
		return out, secret, err
	}
	err = r.store.Do(ctx, actor, c.right, func(tx *store.Tx) error {
		out, err = succeed(tx, actor, id, c, minted)
		return err
	})
	if err != nil {
		return out, keys.Secret{}, err
	}
	return out, secret, nil
}

func succeed(tx *store.Tx, actor models.Actor, id string, c replacement, minted models.Token) (out Rotated, err error) {
	if out.Old, err = tx.LockToken(id); err != nil {
		return out, err
	}
	if err := c.mine(actor, out.Old); err != nil {
		return out, err
	}
	if actor.SignedIn() {
		if err := handles(tx.Tenant, actor, out.Old); err != nil {
			return out, err
		}
	}
	if err := once(tx, out.Old, c.key); err != nil {
		return out, err
	}
	if actor.SignedIn() {
		if out.Old, err = reclaimed(tx.Tenant, out.Old, tx.Now()); err != nil {
			return out, err
		}
	}
	if err := out.Old.Rotatable(tx.Now()); err != nil {
		return out, err
	}
	choice, err := c.choose(tx, out.Old)
	if err != nil {
		return out, err
	}
	older := out.Old.Replaces
	if out.New, err = out.Old.Rotate(choice, tx.Now(), actor.Tenant().TokenDays); err == nil {
		err = successorKeepsRules(tx, actor, out.New)
	}
	if err != nil {
		return out, err
	}
	out.New.Digest, out.New.KeyID, out.New.Hint = minted.Digest, minted.KeyID, minted.Hint
	if actor.SignedIn() {
		if out.New.UserID, err = ownerOf(tx, actor, out.Old); err != nil {
			return out, err
		}
	}
	if err := tx.Changed(models.ChangeToken, out.Old.ID); err != nil {
		return out, err
	}
	if err := tx.UpdateToken(out.Old); err != nil {
		return out, err
	}
	if older != nil {
		if err := retireOlder(tx, *older, choice.By); err != nil {
			return out, err
		}
	}
	if err := insertSuccessor(tx, &out.New, out.Old); err != nil {
		return out, err
	}
	if err := recordRotation(tx, out, choice); err != nil {
		return out, err
	}
	return out, tellRotation(tx, actor, out)
}

// once refuses a request that was sent before. Keys are apart from those of tokens made by hand.
func once(tx *store.Tx, old models.Token, key string) error {
	if key == "" {
		return nil
	}
	earlier, err := tx.RememberFor(old.UserID, "rotate "+old.Family+" "+key, old.ID)
	if err != nil || earlier == "" {
		return err
	}
	return fault.New(fault.Conflict, "already_created",
		"This rotation was done already, and the new secret is not shown again. If you do not have it, revoke the new token and make another.")
}

// ownerOf is whose the successor is: the owner of the old one while they are welcome.
// Of a service account's it is who made it.
func ownerOf(tx *store.Tx, actor models.Actor, old models.Token) (string, error) {
	if old.TeamID == nil {
		return old.UserID, nil
	}
	if old.ServiceID != nil {
		return actor.User(), nil
	}
	people, err := tx.Users([]string{old.UserID})
	if err != nil {
		return "", err
	}
	places, err := tx.Memberships(*old.TeamID)
	if err != nil {
		return "", err
	}
	in := slices.ContainsFunc(places, func(m models.Membership) bool { return m.UserID == old.UserID })
	if in && people[old.UserID].State == models.UserActive {
		return old.UserID, nil
	}
	return actor.User(), nil
}

// retireOlder ends the token that the old one took the place of, if that goes on
// still: of a family at most two work (R17).
func retireOlder(tx *store.Tx, id, by string) error {
	older, err := tx.LockToken(id)
	if err != nil {
		return err
	}
	if !older.Retire(by, tx.Now()) {
		return nil
	}
	return storeRetired(tx, older)
}

// storeRetired stores a token that was just retired, and tells every gateway.
func storeRetired(tx *store.Tx, token models.Token) error {
	if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
		return err
	}
	if err := tx.UpdateToken(token); err != nil {
		return err
	}
	return tx.RecordAs("token.retire", "token", token.ID, map[string]any{"name": token.Name, "hint": token.Hint}, nil, nil)
}

// insertSuccessor stores the new token with the rights and the people of the old one.
func insertSuccessor(tx *store.Tx, next *models.Token, old models.Token) error {
	have, err := tx.PermissionsOf([]string{old.ID})
	if err != nil {
		return err
	}
	operations, err := operationsInForce(tx.Tenant, ids(old.Narrowing, func(p models.Permission) string { return p.VersionID }))
	if err != nil {
		return err
	}
	if err := tx.InsertToken(next, old.Inherited(have[old.ID], operations)); err != nil {
		return err
	}
	people, err := tx.TokenPeople(old.ID)
	if err != nil {
		return err
	}
	if err := tx.SetTokenPeople(next.ID, people[old.ID]); err != nil {
		return err
	}
	return tx.Changed(models.ChangeToken, next.ID)
}

func recordRotation(tx *store.Tx, r Rotated, choice models.Rotation) error {
	details := map[string]any{"name": r.New.Name, "kind": r.New.Kind, "replaces": r.Old.ID, "overlap": choice.Overlap, "until": r.Old.Until(),
		"expires": r.New.ExpiresAt, "hint": r.New.Hint, "owner": r.New.OwnerID()}
	if len(r.Old.Narrowing) > 0 {
		details["narrowed"] = true
	}
	return tx.RecordAs("token.rotate", "token", r.New.ID, details, nil, nil)
}
