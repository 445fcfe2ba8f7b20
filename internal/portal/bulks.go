package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// NewBulk asks for a change of all tokens that a filter finds.
type NewBulk struct {
	Verb     models.BulkVerb
	Filter   string    // as TokenQuery.Filter writes it
	Expected int64     // how many it found when it was shown
	ShownAt  time.Time // when that was; zero is now
	Cause    models.TokenCause
	Reason   string
	Confirm  string // what a person typed: the name of what the filter is about
}

// Bounds of a change of many tokens.
const (
	bulkPart    = store.PageMost // tokens in one transaction
	bulkLooked  = 20 * bulkPart  // tokens whose callers a preview looks up
	bulkShown   = 8              // busy tokens that it names
	bulkFor     = time.Minute    // how long one request works on it; what is left waits to be taken up
	bulkGoodFor = time.Hour      // how long what was shown may be acted upon
)

// Object of a step-up: this verb, on what was shown.
func (b NewBulk) Object() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", b.Verb, b.Filter, b.Expected))
	return string(b.Verb) + "-" + hex.EncodeToString(sum[:12])
}

// bulkFilter is the query for the store: what the verb would change of it.
func bulkFilter(r store.Tenant, verb models.BulkVerb, q TokenQuery, now time.Time) (store.TokenFilter, error) {
	f, err := q.filter(r, store.TokenFilter{Kinds: allKinds}, now)
	f.More.Verb = verb
	return f, err
}

// ChangeMany pauses, resumes or revokes all tokens that a filter finds when it is
// done: also those that began to exist after it was shown, for whoever stops a team
// means all of it. Where more of the older ones fit than were shown, nothing is done
// (R64). A person confirms with a passkey and a name, a program with the count.
//
// It is done in parts, each for good (R14). What is returned may be unfinished.
func (t *AllTokens) ChangeMany(ctx context.Context, actor models.Actor, in NewBulk) (models.TokenBulk, error) {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return models.TokenBulk{}, err
	}
	q, err := in.check()
	if err != nil {
		return models.TokenBulk{}, err
	}
	shown := in.ShownAt
	if now := t.store.Now(); shown.IsZero() || shown.After(now) {
		shown = now
	}
	bulk := models.TokenBulk{ID: models.NewID(), Verb: in.Verb, Query: q.Filter(), Cause: in.Cause, Reason: in.Reason, Expected: in.Expected, ShownAt: shown}
	err = t.store.Do(ctx, actor, models.TokenRevokeAny, func(tx *store.Tx) error {
		if err := t.confirmed(tx, actor, in, q, shown); err != nil {
			return err
		}
		if err := tx.InsertBulk(&bulk); err != nil {
			return err
		}
		details := map[string]any{"filter": bulk.Query, "expected": bulk.Expected, "reason": bulk.Reason}
		if bulk.Cause != "" {
			details["cause"] = bulk.Cause
		}
		return tx.RecordAs("tokens."+string(in.Verb), "token_bulk", bulk.ID, details, nil, nil)
	})
	if err != nil {
		return models.TokenBulk{}, err
	}
	return t.carryOut(ctx, actor, bulk, q)
}

// check reads the filter and what is said about the change.
func (b *NewBulk) check() (q TokenQuery, err error) {
	if !b.Verb.Known() {
		return q, invalid("verb", "Choose pause, resume or revoke.")
	}
	switch b.Verb {
	case models.BulkRevoke:
		err = models.CheckCause(b.Cause, b.Reason, true)
	case models.BulkPause:
		b.Cause, err = "", models.CheckReason(b.Reason)
	default:
		b.Cause, err = "", models.CheckNote(b.Reason)
	}
	if err != nil {
		return q, err
	}
	return parseFilter(b.Filter)
}

// confirmed is nil where the actor has confirmed this change, and it is still what
// was shown to them.
func (t *AllTokens) confirmed(tx *store.Tx, actor models.Actor, in NewBulk, q TokenQuery, shown time.Time) error {
	f, err := bulkFilter(tx.Tenant, in.Verb, q, tx.Now())
	if err != nil {
		return err
	}
	if actor.ManagementToken() == "" {
		name, err := word(tx.Tenant, actor, q)
		if err != nil {
			return err
		}
		if !models.SameWords(in.Confirm, name) {
			return invalid("confirm", "Type %q, as it stands here.", name)
		}
	}
	if f.More.Made.Before.IsZero() || f.More.Made.Before.After(shown) {
		f.More.Made.Before = shown.Add(time.Microsecond)
	}
	n, err := tx.CountTokens(f)
	if err != nil {
		return err
	}
	if n > in.Expected || n < in.Expected && actor.ManagementToken() != "" || tx.Now().Sub(shown) > bulkGoodFor {
		return fault.New(fault.Conflict, "changed_meanwhile", "The filter finds %d tokens now, not the %d that were shown. Nothing was changed; look at them again.", n, in.Expected)
	}
	if actor.ManagementToken() != "" {
		return nil
	}
	return tx.UseProof(in.Object())
}

// GoOn takes up a change of many tokens that broke off.
func (t *AllTokens) GoOn(ctx context.Context, actor models.Actor, id string) (models.TokenBulk, error) {
	if err := actor.May(models.TokenRevokeAny); err != nil {
		return models.TokenBulk{}, err
	}
	var bulk models.TokenBulk
	err := t.store.As(ctx, actor, func(r store.Tenant) (err error) {
		bulk, err = r.Bulk(id)
		return err
	})
	if err != nil || bulk.FinishedAt != nil {
		return bulk, err
	}
	if t.store.Now().Sub(bulk.CreatedAt) > bulkGoodFor {
		return bulk, fault.New(fault.Conflict, "changed_meanwhile", "This was confirmed too long ago. Open the filter and confirm what it finds now.")
	}
	q, err := parseFilter(bulk.Query)
	if err != nil {
		return bulk, err
	}
	return t.carryOut(ctx, actor, bulk, q)
}

// carryOut does what is left of a bulk, part by part. It does not stop where the
// person who asked goes away: what was confirmed is done.
func (t *AllTokens) carryOut(ctx context.Context, actor models.Actor, bulk models.TokenBulk, q TokenQuery) (models.TokenBulk, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bulkFor)
	defer cancel()
	for after, done := "", false; !done; {
		err := t.store.Do(ctx, actor, models.TokenRevokeAny, func(tx *store.Tx) (err error) {
			after, done, err = t.part(ctx, tx, actor, bulk, q, after)
			return err
		})
		if err != nil {
			return bulk, err
		}
	}
	now := t.store.Now()
	bulk.FinishedAt = &now
	return bulk, nil
}

// part changes the first tokens behind an id, and says where it ended, or that
// nothing is left.
func (t *AllTokens) part(ctx context.Context, tx *store.Tx, actor models.Actor, bulk models.TokenBulk, q TokenQuery, after string) (last string, done bool, err error) {
	f, err := bulkFilter(tx.Tenant, bulk.Verb, q, tx.Now())
	if err != nil {
		return after, false, err
	}
	f.After, f.Limit = after, bulkPart
	tokens, err := tx.LockTokens(f)
	if err != nil {
		return after, false, err
	}
	if len(tokens) == 0 {
		if err := tx.FinishBulk(bulk.ID); err != nil {
			return after, false, err
		}
		return after, true, tx.RecordAs("tokens."+string(bulk.Verb)+"_done", "token_bulk", bulk.ID, nil, nil, nil)
	}
	last = tokens[len(tokens)-1].ID
	unused, err := t.stillUnused(ctx, actor, q, tokens)
	if err != nil {
		return after, false, err
	}
	for i, before := range unused {
		if unused[i], err = bulkOne(tx, actor, bulk, before); err != nil {
			return after, false, err
		}
	}
	if len(unused) == 0 { // somebody used all of them since lists were told
		return last, false, tx.RecordAs("tokens."+string(bulk.Verb)+"_skip", "token_bulk", bulk.ID, map[string]any{"tokens": len(tokens)}, nil, nil)
	}
	return last, false, tellOwners(tx, actor, bulk, unused)
}

// stillUnused leaves out what was used meanwhile, where the query is about what is
// not: lists know of a use up to a quarter of an hour late.
func (t *AllTokens) stillUnused(ctx context.Context, actor models.Actor, q TokenQuery, tokens []models.Token) ([]models.Token, error) {
	idle := slices.Contains(q.Risks, string(models.RiskIdle))
	if q.Unused == "" && !idle {
		return tokens, nil
	}
	used, err := t.calls.LastUsed(ctx, actor.Tenant().ID, ids(tokens, func(t models.Token) string { return t.ID }))
	since := daysAgo(t.store.Now(), q.Unused)
	if long := t.store.Now().Add(-models.LongIdle); idle && (since.IsZero() && q.Unused != never || since.After(long)) {
		since = long
	}
	return slices.DeleteFunc(tokens, func(token models.Token) bool { last, ok := used[token.ID]; return ok && last.At.After(since) }), err
}

// bulkOne changes one token as part of a bulk.
func bulkOne(tx *store.Tx, actor models.Actor, bulk models.TokenBulk, before models.Token) (after models.Token, err error) {
	after = before
	switch bulk.Verb {
	case models.BulkPause:
		err = after.Hold(actor.User(), bulk.Reason)
	case models.BulkResume:
		err = resumeToken(tx, &after)
	default:
		after.Revoke(actor.User(), bulk.Reason, tx.Now())
		after.Cause = bulk.Cause
	}
	if err != nil {
		return after, err
	}
	if err := keepToken(tx, string(bulk.Verb), before, after, map[string]any{"bulk": bulk.ID}); err != nil {
		return after, err
	}
	return after, tx.InsertBulkItem(models.TokenBulkItem{BulkID: bulk.ID, TokenID: after.ID, ChangeSeq: tx.ChangeSeq()})
}
