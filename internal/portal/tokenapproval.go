package portal

import (
	"context"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TokenRequest is a token about which an admin has to decide, with what helps.
type TokenRequest struct {
	TokenRow               // with the rights that it has once approved
	Asks     bool          // it waits still
	Asker    models.User   // who wants it
	At       time.Time     // since when
	Earlier  *models.Token // that the difference is to: itself, or the last one of its people for these APIs
	Diff     []TokenDiff
	Self     bool // the actor may not decide: it is their own, or their team's (R65)
}

// Seen is the state in which somebody sees the request (R64).
func (r TokenRequest) Seen() string { return strconv.Itoa(r.Revision) }

// Waiting counts the tokens about which an admin has to decide, and names the
// newest of them.
func (t *AllTokens) Waiting(ctx context.Context, actor models.Actor) (n int64, newest string, err error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return 0, "", err
	}
	f := store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess}, View: store.TokensAsking, Limit: 1}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		tokens, err := r.Tokens(f)
		if err != nil || len(tokens) == 0 {
			return err
		}
		newest = tokens[0].ID
		n, err = r.CountTokens(f)
		return err
	})
	return n, newest, err
}

// Request shows what a token waits for, and what would be another than before.
func (t *AllTokens) Request(ctx context.Context, actor models.Actor, id string) (out TokenRequest, err error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return out, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		token, ps, err := r.Token(id)
		if err != nil {
			return err
		}
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		has := models.Rights{Permissions: ps, AllowedIPs: token.AllowedIPs}
		out = TokenRequest{TokenRow: rows[0], Asks: token.Asks(t.store.Now()), Asker: rows[0].Owner, At: token.CreatedAt, Self: ownToken(actor, token)}
		wants := has
		if token.Wish != nil {
			askers, err := r.Users([]string{token.Wish.By})
			if err != nil {
				return err
			}
			wants = token.Wish.Rights
			out.Asker, out.At, out.Earlier, out.AllowedIPs = askers[token.Wish.By], token.Wish.At, &token, wants.AllowedIPs
			out.Permissions = out.Wished
		} else {
			earlier, permissions, found, err := before(r, token, has)
			if err != nil {
				return err
			}
			has = models.Rights{}
			if found {
				out.Earlier, has = &earlier, models.Rights{Permissions: permissions, AllowedIPs: earlier.AllowedIPs}
			}
		}
		if _, err := openOperations(r, out.Permissions); err != nil {
			return err
		}
		operations, err := operationsInForce(r, has.Versions(wants))
		if err != nil {
			return err
		}
		out.Diff, err = diffRights(r, has, wants, operations)
		return err
	})
	return out, err
}

// Approve makes a token work that waited, or lets it do what was asked for, as it
// was shown when seen was read (R64).
func (t *AllTokens) Approve(ctx context.Context, actor models.Actor, id, seen string) error {
	if err := actor.May(models.TokenDecide); err != nil {
		return err
	}
	return t.decide(ctx, actor, "approve", id, seen, func(tx *store.Tx, token *models.Token) (outcome string, err error) {
		if token.State == models.TokenPending {
			return "was approved and works from now on", token.Admit()
		}
		token.AllowedIPs = token.Wish.AllowedIPs
		return "may do more from now on: that was approved", tx.SetPermissions(id, token.Wish.Permissions)
	}, "")
}

// Deny ends a token that waited, or leaves it with what it has, with a reason that
// its people read.
func (t *AllTokens) Deny(ctx context.Context, actor models.Actor, id, seen, reason string) error {
	if err := actor.May(models.TokenDecide); err != nil {
		return err
	}
	if err := models.CheckReason(reason); err != nil {
		return err
	}
	return t.decide(ctx, actor, "deny", id, seen, func(tx *store.Tx, token *models.Token) (outcome string, err error) {
		if token.State == models.TokenPending {
			token.Revoke(actor.User(), reason, tx.Now())
			token.Cause = models.CauseDenied
			return "was not approved and never works", nil
		}
		return "stays as it was: more was not approved", nil
	}, reason)
}

// decide carries out one decision, once, and tells the token's people.
func (t *AllTokens) decide(ctx context.Context, actor models.Actor, verb, id, seen string, how func(*store.Tx, *models.Token) (string, error), reason string) error {
	change := tokenChange{right: models.TokenDecide, verb: verb, mine: anyToken, details: map[string]any{}}
	return changeToken(ctx, t.store, actor, change, id, func(tx *store.Tx, token *models.Token) (bool, error) {
		if err := decidableToken(actor, *token, seen, tx.Now()); err != nil {
			return false, err
		}
		change.details["purpose"] = token.Purpose
		if wish := token.Wish; wish != nil {
			change.details["asked_by"] = wish.By
			for _, p := range wish.Permissions {
				change.details["access "+p.VersionID] = accessDetail(p)
			}
			change.details["allowed_ips"] = wish.AllowedIPs
		}
		if reason != "" {
			change.details["reason"] = reason
		}
		outcome, err := how(tx, token)
		if err != nil {
			return false, err
		}
		token.Wish = nil
		people, err := tokenPeople(tx, *token)
		if err != nil {
			return false, err
		}
		return true, tellToken(tx, actor, *token, people, MailTokenDecided, outcome, reason)
	})
}

// decidableToken is nil where the actor may decide about the token as they saw it.
func decidableToken(actor models.Actor, token models.Token, seen string, now time.Time) error {
	if !token.Asks(now) {
		return fault.New(fault.Conflict, "already_decided", "Nothing waits here any more: the token is %s, and somebody has decided, taken it back, or its time is over.", token.Shown(now))
	}
	if ownToken(actor, token) {
		return fault.New(fault.Forbidden, "self_approval",
			"This is a token of yours or of your own team, so somebody else has to decide. Where there is only one admin, the tenant's settings can allow deciding one's own.")
	}
	if seen != strconv.Itoa(token.Revision) {
		return fault.New(fault.Conflict, "changed_meanwhile", "This token changed since you opened it. Look at it again, then decide.")
	}
	return nil
}

// ownToken reports whether a token is the actor's own business, about which the
// tenant's policy does not let them decide (R65).
func ownToken(actor models.Actor, token models.Token) bool {
	own := token.UserID == actor.User() || actor.TeamRole(tokenTeam(token)) != "" || token.Wish != nil && token.Wish.By == actor.User()
	return own && !actor.Tenant().SelfApproval
}

// Withdraw takes back that a token of one's own team is to do more.
func (t *Tokens) Withdraw(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenEditOwn, verb: "withdraw", mine: ofOwnTeam}, id, func(_ *store.Tx, token *models.Token) (bool, error) {
		asked := token.Wish != nil
		token.Wish = nil
		return asked, nil
	})
}
