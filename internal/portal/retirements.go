package portal

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Finish ends the tokens whose place another took and whose time is over, or of
// which the evidence says that nothing uses them any more. It is a job; the gateway
// refuses them at their time by itself.
func (r *Rotations) Finish(ctx context.Context) error {
	var errs []error
	for after, more := "", true; more; {
		var page []models.Token
		err := r.store.Survey(ctx, func(p store.Platform) (err error) {
			page, err = p.Leaving(after, store.PageMost)
			return err
		})
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, token := range page {
			errs, after = append(errs, r.finish(ctx, token)), token.ID
		}
		more = len(page) == store.PageMost
	}
	return errors.Join(errs...)
}

func (r *Rotations) finish(ctx context.Context, token models.Token) error {
	tenant, err := r.store.TenantByID(ctx, token.TenantID)
	if err != nil {
		return err
	}
	program := models.NewProgram("rotations", tenant)
	if err := program.May(models.TokenWatch); err != nil {
		return err
	}
	e, next, err := r.evidence(ctx, program, token)
	if err != nil || !token.Finished(e, r.store.Now()) {
		return err
	}
	err = r.store.Do(ctx, program, models.TokenWatch, func(tx *store.Tx) error {
		old, err := tx.LockToken(token.ID)
		if err != nil {
			return err
		}
		silent := old.RetireAt != nil && tx.Now().Before(*old.RetireAt)
		if !old.Finished(e, tx.Now()) || !old.Retire("", tx.Now()) {
			return errNothingToDo // somebody was quicker
		}
		if err := storeRetired(tx, old); err != nil {
			return err
		}
		return tellFinished(tx, program, old, next, silent)
	})
	if err == errNothingToDo {
		return nil
	}
	return err
}

// evidence is what was seen of a token that waits to be silent, and of its successor.
func (r *Rotations) evidence(ctx context.Context, program models.Actor, token models.Token) (e models.Evidence, next models.Token, err error) {
	err = r.store.As(ctx, program, func(t store.Tenant) error {
		pairs, err := t.Pairs([]models.Token{token})
		if i := slices.IndexFunc(pairs, func(p models.Token) bool { return p.Replaces != nil && *p.Replaces == token.ID }); i >= 0 {
			next = pairs[i]
		}
		return err
	})
	if err != nil || !token.RetireIdle || next.ID == "" {
		return e, next, err
	}
	if e.Seen, err = r.calls.FirstUsed(ctx, token.TenantID, next.ID, TestAgent); err != nil {
		return e, next, err
	}
	used, err := r.calls.LastUsed(ctx, token.TenantID, []string{token.ID})
	if err != nil || e.Seen.IsZero() {
		return e, next, err
	}
	e.Used = used[token.ID].At
	e.Watched, err = r.calls.Watched(ctx, e.Due(), r.store.Now())
	return e, next, err
}

// tellFinished tells a token's people that its successor is alone from now on; by
// mail, too, where nobody could know when that would be.
func tellFinished(tx *store.Tx, program models.Actor, old, next models.Token, silent bool) error {
	link, body := tokenPath(program, next), "The old secret, …"+old.Hint+", works no more. "
	if silent {
		body += "Nothing had used it for a day since the new one was seen."
	} else {
		body += "Its time was over."
	}
	people, err := tokenPeople(tx, next)
	if err != nil {
		return err
	}
	err = tx.Notify(models.Notification{TeamID: tokenTeam(next), Kind: models.NotifyToken, Title: rotationFinished + ": " + next.Name, Body: body, Link: link}, people...)
	if err != nil || !silent {
		return err
	}
	return mailTo(tx, program, people, Mail{Mail: MailTokenRotated, Team: tokenTeam(next), Path: link, Facts: MailFacts{Object: next.Name, Outcome: rotationFinished, Note: body}})
}
