package portal

import (
	"context"
	"fmt"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Answer does with the tokens of a report what their tenants' policies say. It
// may be called again: what is done already is not done twice.
func (l *Leaks) Answer(ctx context.Context, report LeakReport) error {
	for _, find := range report.Finds {
		if err := l.answer(ctx, report, find); err != nil {
			return err
		}
	}
	return nil
}

func (l *Leaks) answer(ctx context.Context, report LeakReport, find LeakFind) error {
	if find.Code == keys.OperatorCode {
		return l.answerOperator(ctx, report, find)
	}
	tenant, err := l.store.TenantByCode(ctx, find.Code)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	known, err := findSecret(ctx, l.store, l.keys, models.Stranger(tenant, models.Request{}), [32]byte(find.SHA256), store.Tenant.TokenByDigest)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	actor := models.NewReporter(report.Reporter, tenant, models.Request{ID: report.Request})
	if err := actor.May(models.TokenWatch); err != nil {
		return err
	}
	again := false
	alert := models.Alert{TenantID: tenant.ID, ID: models.NewID(), Kind: models.AlertLeaked, TokenID: &known.ID, RequestID: report.Request, Sightings: find.Places}
	err = l.store.Do(ctx, actor, models.TokenWatch, func(tx *store.Tx) error {
		alert.FirstAt, alert.LastAt = tx.Now(), tx.Now()
		again, err = answerLeak(tx, actor, known.ID, find, alert)
		return err
	})
	if err == errNothingToDo {
		err = nil
	}
	if err == nil && again {
		err = l.store.Platform(ctx, func(p store.Platform) error { _, err := p.SeeAgain(alert); return err })
	}
	return err
}

// answerOperator ends a token of an operator that somebody found. No policy says
// otherwise: whoever holds it suspends tenants.
func (l *Leaks) answerOperator(ctx context.Context, report LeakReport, find LeakFind) error {
	known, err := operatorToken(ctx, l.store, l.keys, [32]byte(find.SHA256))
	if err != nil || known.RevokedAt != nil {
		return refusedIfMissing(err, nil)
	}
	actor := models.NewReporter(report.Reporter, models.Tenant{}, models.Request{ID: report.Request})
	if err := actor.May(models.TokenWatch); err != nil {
		return err
	}
	err = l.store.Do(ctx, actor, models.TokenWatch, func(tx *store.Tx) error {
		operators, err := tx.LockOperators()
		if err != nil {
			return err
		}
		if _, ended, err := tx.RevokeOperatorToken(known.ID); err != nil {
			return err
		} else if !ended {
			return errNothingToDo
		}
		note := foundBy(report.Reporter, find) + ". It is revoked for good. Look in the audit log of the installation at what was done with it."
		if err := tellOperators(tx, operators, "A token of an operator was found in public", note, known.Name, ""); err != nil {
			return err
		}
		return tx.RecordAs("operator_token.revoke", "operator_token", known.ID,
			map[string]any{"name": known.Name, "of": known.UserID, "cause": models.CauseLeaked, "found": foundBy(report.Reporter, find)}, nil, nil)
	})
	if err == errNothingToDo {
		err = nil
	}
	return err
}

// answerLeak stops a token as its tenant's policy says, once, and tells who has to
// know. It reports whether they were told before and have not looked yet.
func answerLeak(tx *store.Tx, actor models.Actor, id string, find LeakFind, alert models.Alert) (again bool, err error) {
	before, err := tx.LockToken(id)
	if err != nil {
		return false, err
	}
	if ended(before, tx.Now()) {
		return false, errNothingToDo
	}
	token, found := before, foundBy(actor.Reporter(), find)
	verb := stopLeaked(&token, actor.Tenant().TokenPolicy.Leak, found, tx)
	open, err := tx.Alerts(store.AlertFilter{Kind: models.AlertLeaked, Token: id, Open: true, Limit: 1})
	if err != nil {
		return false, err
	}
	if again = len(open) > 0; again && verb == "" {
		return true, errNothingToDo
	}
	if verb != "" {
		if err := tx.Changed(models.ChangeToken, id); err != nil {
			return false, err
		}
		if err := tx.UpdateToken(token); err != nil {
			return false, err
		}
	} else {
		verb = "leak" // it goes on, and the log says that it was known
	}
	details := map[string]any{"from": before.State, "to": token.State, "name": token.Name, "cause": models.CauseLeaked, "found": found}
	if err := tx.RecordAs("token."+verb, "token", id, details, nil, nil); err != nil {
		return false, err
	}
	if again || token.Kind == models.TokenTry { // nobody keeps one of those: it lives 15 minutes
		return again, nil
	}
	alert.Detail = found + " " + afterLeak[verb]
	return false, raise(tx, actor, token, alert)
}

// stopLeaked changes the token as the policy says, and returns the verb for it, ""
// where nothing changes.
func stopLeaked(token *models.Token, policy models.LeakAction, found string, tx *store.Tx) string {
	switch {
	case policy == models.LeakRevoke || token.Kind == models.TokenTry:
		token.Revoke("", found, tx.Now())
		token.Cause = models.CauseLeaked
		return "revoke"
	case policy == models.LeakPause && token.State == models.TokenActive:
		if err := token.Pause(found); err != nil {
			return ""
		}
		token.Cause = models.CauseLeaked
		return "pause"
	}
	return ""
}

// afterLeak says to a token's people what was done, and what is left to do.
var afterLeak = map[string]string{
	"revoke": "It was revoked at once and opens nothing any more. Make a new token for what used it, and take the old one out of where it was found.",
	"pause":  "It is paused and opens nothing for now. Look who could have read it; then revoke it, or let it work again.",
	"leak":   "It still works, as the policy here says. Revoke it, unless you know that nobody else could read it.",
}

// foundBy is who found a token and where, in sentences.
func foundBy(reporter string, find LeakFind) string {
	text := map[string]string{
		models.ReporterGitHub:    "GitHub secret scanning found this token in public",
		models.ReporterAnonymous: "Somebody who gave no name found this token",
	}[reporter]
	if text == "" {
		text = fmt.Sprintf("The scanner %q found this token", reporter)
	}
	if find.Where != "" {
		text += ": " + find.Where
	}
	switch more := find.Places - 1; {
	case more == 1:
		text += " (and in 1 more place)"
	case more > 1:
		text += fmt.Sprintf(" (and in %d more places)", more)
	}
	return text + "."
}
