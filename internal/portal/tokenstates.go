package portal

import (
	"context"
	"maps"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Pause makes a token of one's own team refused until Resume.
func (t *Tokens) Pause(ctx context.Context, actor models.Actor, id, reason string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenEditOwn, verb: "pause", mine: ofOwnTeam}, id, pauseToken(reason))
}

// Resume makes a paused token of one's own team work again, unless an admin
// paused it. Where the program did, for disuse or age, that wakes it, which is its
// owner's and demands a step-up for the token (R24).
func (t *Tokens) Resume(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenEditOwn, verb: "resume", mine: ofOwnTeam}, id, resumeOwn(actor))
}

func resumeOwn(actor models.Actor) func(*store.Tx, *models.Token) (bool, error) {
	return func(tx *store.Tx, token *models.Token) (bool, error) {
		if token.State == models.TokenPaused && token.HeldBy != "" {
			return false, fault.New(fault.Forbidden, "paused_by_admin", "An admin paused this token, so an admin has to resume it. Reason: %s", token.Reason)
		}
		return true, wake(tx, actor, token)
	}
}

// wake resumes a token. One that the program paused is its owner's to wake, and its
// days of disuse begin anew.
func wake(tx *store.Tx, actor models.Actor, token *models.Token) error {
	if !token.Asleep() {
		return token.Resume()
	}
	if token.UserID != actor.User() {
		return fault.New(fault.Forbidden, "owner_wakes", "This token was paused because %s, so its owner has to wake it, with a passkey.",
			map[models.TokenCause]string{models.CauseUnused: "nothing used it", models.CauseAged: "its secret was not replaced in time"}[token.Cause])
	}
	if err := tx.UseProof(token.ID); err != nil {
		return err
	}
	if err := tx.KeepToken(token.ID); err != nil {
		return err
	}
	return token.Resume()
}

// Revoke ends a token of one's own team for good. Doing it again changes nothing (R14).
func (t *Tokens) Revoke(ctx context.Context, actor models.Actor, id, reason string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenEditOwn, verb: "revoke", mine: ofOwnTeam}, id, revokeToken(actor, reason))
}

func pauseToken(reason string) func(*store.Tx, *models.Token) (bool, error) {
	return func(_ *store.Tx, token *models.Token) (bool, error) {
		if err := models.CheckNote(reason); err != nil {
			return false, err
		}
		return true, token.Pause(reason)
	}
}

func revokeToken(actor models.Actor, reason string) func(*store.Tx, *models.Token) (bool, error) {
	return func(tx *store.Tx, token *models.Token) (bool, error) {
		if err := models.CheckNote(reason); err != nil {
			return false, err
		}
		return token.Revoke(actor.User(), reason, tx.Now()), nil
	}
}

// tokenChange says under which right and name a token is changed, and which
// tokens are there for the actor.
type tokenChange struct {
	right models.Action
	verb  string
	mine  func(models.Actor, models.Token) error
	seen  seen

	details map[string]any // more for the audit log; the change may add to it
}

// changeToken changes one token, once: the row is locked, changed, recorded, and
// every gateway is told before the answer (R13).
func changeToken(ctx context.Context, s *store.Store, actor models.Actor, c tokenChange, id string, change func(*store.Tx, *models.Token) (bool, error)) error {
	err := s.Do(ctx, actor, c.right, func(tx *store.Tx) error {
		before, err := tx.LockToken(id)
		if err != nil {
			return err
		}
		if err := c.mine(actor, before); err != nil {
			return err
		}
		if err := c.seen.still(strconv.Itoa(before.Revision)); err != nil {
			return err
		}
		after := before
		if changed, err := change(tx, &after); err != nil {
			return err
		} else if !changed {
			return errNothingToDo
		}
		if err := tx.Changed(models.ChangeToken, id); err != nil {
			return err
		}
		if err := tx.UpdateToken(after); err != nil {
			return err
		}
		details := map[string]any{"from": before.State, "to": after.State, "name": after.Name}
		if after.Reason != "" {
			details["reason"] = after.Reason
		}
		maps.Copy(details, c.details)
		if err := tx.RecordAs("token."+c.verb, "token", id, details, nil, nil); err != nil {
			return err
		}
		return tellOwner(tx, actor, c, after)
	})
	if err == errNothingToDo {
		return nil
	}
	return err
}

// errNothingToDo ends a transaction that would change nothing; it is no failure.
var errNothingToDo = fault.New(fault.Conflict, "nothing_to_do", "Nothing had to be changed.")

// toldElsewhere are the changes that tell whom they concern themselves.
var toldElsewhere = map[string]bool{"edit": true, "approve": true, "deny": true, "withdraw": true}

// tellOwner tells a token's owner what became of it; what they did themselves
// is told for revocations only, which somebody else may have started.
func tellOwner(tx *store.Tx, actor models.Actor, c tokenChange, token models.Token) error {
	if token.Kind == models.TokenTry || toldElsewhere[c.verb] || c.verb != "revoke" && token.UserID == actor.User() {
		return nil
	}
	words := map[string]string{"pause": "was paused", "resume": "works again", "revoke": "was revoked", "retire": "has only its new secret from now on"}[c.verb]
	link := tokenPath(actor, token)
	if token.UserID != actor.User() {
		if err := tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: models.NotifyToken, Title: "Token " + token.Name + " " + words,
			Body: token.Reason, Link: link}, token.UserID); err != nil {
			return err
		}
	}
	kind := MailTokenChanged
	if c.verb == "revoke" {
		kind = MailTokenRevoked
	}
	return mailTo(tx, actor, []string{token.UserID}, Mail{Mail: kind, Team: tokenTeam(token), Path: link, Facts: MailFacts{
		Object: token.Name, Outcome: words, Note: token.Reason, By: actor.Name(),
	}})
}

// AllTokens are the use cases around every token of a tenant, for those who
// answer for them.
type AllTokens struct {
	store *store.Store
	calls *usage.Reader
	seen  seen

	details map[string]any // more for the audit log; the change may add to it
}

// List shows all tokens of the tenant, the newest first unless the query says otherwise.
func (t *AllTokens) List(ctx context.Context, actor models.Actor, q TokenQuery) (TokenPage, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenPage{}, err
	}
	return listTokens(ctx, t.store, t.calls, actor, q, store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess, models.TokenManagement}})
}

// Show is one token with its use over a range.
func (t *AllTokens) Show(ctx context.Context, actor models.Actor, id, span string) (TokenDetail, error) {
	if err := actor.May(models.TokenReadAll); err != nil {
		return TokenDetail{}, err
	}
	return showToken(ctx, t.store, t.calls, actor, id, span, anyToken)
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
		if token.Asleep() {
			if err := tx.KeepToken(id); err != nil {
				return false, err
			}
		}
		return true, token.Resume()
	})
}

// Revoke ends any token for good, with a reason that its owner reads. Doing it
// again changes nothing (R14).
func (t *AllTokens) Revoke(ctx context.Context, actor models.Actor, id, reason string) error {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return err
	}
	if err := models.CheckReason(reason); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenRevokeAny, verb: "revoke", mine: anyToken, seen: t.seen}, id, revokeToken(actor, reason))
}
