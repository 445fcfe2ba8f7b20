package portal

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
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
	if err := keepsRules(tx.Tenant, actor, *token); err != nil {
		return err
	}
	own, err := answersFor(tx.Tenant, actor, *token)
	if err != nil {
		return err
	}
	if !own {
		return fault.New(fault.Forbidden, "owner_wakes", "This token was paused because %s, so its owner has to wake it, with a passkey.",
			map[models.TokenCause]string{models.CauseUnused: "nothing used it", models.CauseAged: "its secret was not replaced in time", models.CauseRules: "it did not keep to the rules here"}[token.Cause])
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
func (t *Tokens) Revoke(ctx context.Context, actor models.Actor, id string, cause models.TokenCause, reason string) error {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return err
	}
	return changeToken(ctx, t.store, actor, tokenChange{right: models.TokenEditOwn, verb: "revoke", mine: ofOwnTeam}, id, revokeToken(actor, cause, reason))
}

func pauseToken(reason string) func(*store.Tx, *models.Token) (bool, error) {
	return func(_ *store.Tx, token *models.Token) (bool, error) {
		if err := models.CheckNote(reason); err != nil {
			return false, err
		}
		return true, token.Pause(reason)
	}
}

func revokeToken(actor models.Actor, cause models.TokenCause, reason string) func(*store.Tx, *models.Token) (bool, error) {
	return func(tx *store.Tx, token *models.Token) (bool, error) {
		if err := models.CheckCause(cause, reason, false); err != nil {
			return false, err
		}
		if !token.Revoke(actor.User(), reason, tx.Now()) {
			return false, nil
		}
		token.Cause = cause
		return true, nil
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
		if err := keepToken(tx, c.verb, before, after, c.details); err != nil {
			return err
		}
		return tellOwner(tx, actor, c, after)
	})
	if err == errNothingToDo {
		return nil
	}
	return err
}

// keepToken stores a changed token, numbers the change for the gateways, and
// records it with that number. More are details for the record.
func keepToken(tx *store.Tx, verb string, before, after models.Token, more map[string]any) error {
	if before.State != models.TokenRevoked { // nothing that a gateway decides by changes of it any more
		if err := tx.Changed(models.ChangeToken, after.ID); err != nil {
			return err
		}
	}
	if err := tx.UpdateToken(after); err != nil {
		return err
	}
	details := map[string]any{"from": before.State, "to": after.State, "name": after.Name, "change": tx.ChangeSeq()}
	if after.Reason != "" {
		details["reason"] = after.Reason
	}
	if after.State == models.TokenRevoked && after.Cause != "" {
		details["cause"] = after.Cause
	}
	maps.Copy(details, more)
	return tx.RecordAs("token."+verb, "token", after.ID, details, nil, nil)
}

// errNothingToDo ends a transaction that would change nothing; it is no failure.
var errNothingToDo = fault.New(fault.Conflict, "nothing_to_do", "Nothing had to be changed.")

// toldElsewhere are the changes that tell whom they concern themselves.
var toldElsewhere = map[string]bool{"edit": true, "approve": true, "deny": true, "withdraw": true}

// tellOwner tells a token's owner what became of it; what they did themselves
// is told for revocations only, which somebody else may have started.
func tellOwner(tx *store.Tx, actor models.Actor, c tokenChange, token models.Token) error {
	if token.Kind == models.TokenTry || toldElsewhere[c.verb] || c.verb != "revoke" && token.OwnerID() == actor.User() {
		return nil
	}
	people, err := tokenOwner(tx, token)
	if err != nil {
		return err
	}
	words := map[string]string{"pause": "was paused", "resume": "works again", "revoke": "was revoked", "retire": "has only its new secret from now on"}[c.verb]
	link := tokenPath(actor, token)
	if err := tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: models.NotifyToken, Title: "Token " + token.Name + " " + words,
		Body: why(token), Link: link}, but(people, actor.User())...); err != nil {
		return err
	}
	kind := MailTokenChanged
	if c.verb == "revoke" {
		kind = MailTokenRevoked
	}
	return mailTo(tx, actor, people, Mail{Mail: kind, Team: tokenTeam(token), Path: link, Facts: MailFacts{
		Object: token.Name, Outcome: words, Note: why(token), By: actor.Name(),
	}})
}

// why is what a token's owner reads of its end or pause.
func why(token models.Token) string {
	words := token.Cause.Words()
	if token.State != models.TokenRevoked || words == "" {
		return token.Reason
	}
	return strings.TrimSpace(strings.ToUpper(words[:1]) + words[1:] + ". " + token.Reason)
}
