package portal

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Watch is what the program itself does about tokens: it tells their people before
// they end, pauses and revokes what nobody uses, and keeps what lists go by.
type Watch struct {
	store *store.Store
	calls *usage.Reader
}

// watchPages is how many pages of tokens one Look goes through, so that it ends
// soon however many tokens a tenant has.
const watchPages = 10

// reachAgain is how old the count of what a token calls may become.
const reachAgain = 12 * time.Hour

// Tenants are the ids of those whose tokens are watched: where a tenant is
// suspended no call works, so that nothing follows from there being none.
func (w *Watch) Tenants(ctx context.Context) (ids []string, err error) {
	err = w.store.Survey(ctx, func(p store.Platform) error {
		all, err := p.Tenants()
		for _, t := range all {
			if t.State == models.TenantActive {
				ids = append(ids, t.ID)
			}
		}
		return err
	})
	return ids, err
}

// Look does what is due about the tokens of a tenant behind one of them, some
// thousand at a time, and says behind which to go on, "" at the end. Doing it again
// changes nothing. A token for which it fails is an error at the end and holds up
// no other.
func (w *Watch) Look(ctx context.Context, tenantID, after string) (next string, err error) {
	tenant, err := w.store.TenantByID(ctx, tenantID)
	if fault.Is(err, fault.NotFound) || err == nil && tenant.State != models.TenantActive {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	actor := models.NewProgram("tokens", tenant)
	if err := actor.May(models.TokenWatch); err != nil {
		return "", err
	}
	var failed []error
	reach := newReach()
	for range watchPages {
		page, err := w.page(ctx, actor, after, reach)
		if err != nil {
			return "", err
		}
		for _, seen := range page {
			if len(tenant.TokenPolicy.Duties(seen.Watched, w.store.Now())) == 0 {
				continue
			}
			if err := w.act(ctx, actor, seen); err != nil && err != errNothingToDo {
				failed = append(failed, err)
			}
		}
		if len(page) < store.PageMost {
			return "", errors.Join(failed...)
		}
		after = page[len(page)-1].ID
	}
	return after, errors.Join(failed...)
}

// seenToken is a token as the program has just looked at it.
type seenToken struct {
	models.Watched
	permissions []models.Permission
}

// page looks at a page of tokens, and keeps what it saw.
func (w *Watch) page(ctx context.Context, actor models.Actor, after string, reach *reach) (page []seenToken, err error) {
	var uses map[string]models.TokenUse
	err = w.store.As(ctx, actor, func(r store.Tenant) error {
		tokens, err := r.TokensToWatch(after, store.PageMost)
		if err != nil {
			return err
		}
		page, uses, err = watched(r, tokens)
		if err != nil {
			return err
		}
		return reach.learn(r, page)
	})
	if err != nil || len(page) == 0 {
		return nil, err
	}
	tokens := ids(page, func(s seenToken) string { return s.ID })
	last, err := w.calls.LastUsed(ctx, actor.Tenant().ID, tokens)
	if err != nil {
		return nil, err
	}
	now := w.store.Now()
	old := ids(page, func(s seenToken) string {
		if at := uses[s.ID].LookedAt; at != nil && now.Sub(*at) < reachAgain {
			return ""
		}
		return s.ID
	})
	called, err := w.calls.Called(ctx, actor.Tenant().ID, old)
	if err != nil {
		return nil, err
	}
	counted := setOf(old)
	var changed []models.TokenUse
	for i, s := range page {
		u, before := uses[s.ID], uses[s.ID]
		if at := models.Time(last[s.ID].At); at.After(s.UsedAt) {
			page[i].UsedAt, u.UsedAt = at, &at
			if ip := last[s.ID].IP; ip.IsValid() {
				u.UsedFrom = ip.Unmap().String()
			}
		}
		if counted[s.ID] {
			u.May, u.Used = reach.count(s.permissions, called[s.ID])
			u.LookedAt = &now
		}
		if counted[s.ID] || !sameTime(u.UsedAt, before.UsedAt) {
			u.TenantID, u.TokenID = actor.Tenant().ID, s.ID
			changed = append(changed, u)
		}
	}
	if len(changed) == 0 {
		return page, nil
	}
	return page, w.store.Platform(ctx, func(p store.Platform) error { return p.NoteUses(changed) })
}

// watched are tokens with what a policy goes by, and what was seen of them before.
func watched(r store.Tenant, tokens []models.Token) (page []seenToken, uses map[string]models.TokenUse, err error) {
	all := ids(tokens, func(t models.Token) string { return t.ID })
	told, err := r.TokenNotices(all...)
	if err != nil {
		return nil, nil, err
	}
	if uses, err = r.TokenUses(all...); err != nil {
		return nil, nil, err
	}
	owns, err := owned(r, tokens)
	if err != nil {
		return nil, nil, err
	}
	permissions, err := r.PermissionsOf(all)
	for _, t := range tokens {
		s := seenToken{models.Watched{Token: t, Told: told[t.ID], Owner: owns[t.ID]}, permissions[t.ID]}
		if at := uses[t.ID].KeptAt; at != nil {
			s.KeptAt = *at
		}
		if at := uses[t.ID].UsedAt; at != nil {
			s.UsedAt = *at
		}
		page = append(page, s)
	}
	return page, uses, err
}

// act does what is due about one token, in one transaction: what it had seen is
// read again in it, but for the token's use.
func (w *Watch) act(ctx context.Context, actor models.Actor, seen seenToken) error {
	about, err := w.about(ctx, actor, seen)
	if err != nil {
		return err
	}
	return w.store.Do(ctx, actor, models.TokenWatch, func(tx *store.Tx) error {
		tenant, err := tx.TenantByID(actor.Tenant().ID)
		if err != nil {
			return err
		}
		token, err := tx.LockToken(seen.ID)
		if err != nil {
			return err
		}
		now, _, err := watched(tx.Tenant, []models.Token{token})
		if err != nil {
			return err
		}
		now[0].UsedAt = seen.UsedAt
		duties := tenant.TokenPolicy.Duties(now[0].Watched, tx.Now())
		if len(duties) == 0 {
			return errNothingToDo
		}
		for _, d := range duties {
			if err := perform(tx, actor, tenant.TokenPolicy.Rules, token, d, about); err != nil {
				return err
			}
		}
		return nil
	})
}

// perform does one thing about a token, and tells its people.
func perform(tx *store.Tx, actor models.Actor, rules models.TokenRules, token models.Token, d models.Duty, about string) error {
	if d.Kind == models.DateRules {
		return dateRules(tx, token, d.At)
	}
	n := noticeOf(actor, rules, token, d, tx.Now(), about)
	switch d.Kind {
	case models.PauseUnused, models.PauseAged, models.PauseRules:
		if err := token.Pause(n.reason); err != nil {
			return err
		}
		token.Cause = map[models.DutyKind]models.TokenCause{models.PauseUnused: models.CauseUnused, models.PauseAged: models.CauseAged, models.PauseRules: models.CauseRules}[d.Kind]
		if err := changed(tx, token, "pause"); err != nil {
			return err
		}
	case models.RevokeUnused:
		if !token.Revoke("", n.reason, tx.Now()) {
			return nil
		}
		token.Cause = models.CauseUnused
		if err := changed(tx, token, "revoke"); err != nil {
			return err
		}
	default:
		if first, err := tx.NoteTold(token.ID, d.Notice); err != nil || !first {
			return err
		}
		details := map[string]any{"name": token.Name, "notice": d.Kind, "days": d.Days, "about": d.At}
		if err := tx.RecordAs("token.notice", "token", token.ID, details, nil, nil); err != nil {
			return err
		}
	}
	return n.tell(tx, actor, token)
}

// changed stores a token that the program paused or revoked, and tells the gateways.
func changed(tx *store.Tx, token models.Token, verb string) error {
	if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
		return err
	}
	if err := tx.UpdateToken(token); err != nil {
		return err
	}
	details := map[string]any{"to": token.State, "name": token.Name, "cause": token.Cause, "reason": token.Reason}
	return tx.RecordAs("token."+verb, "token", token.ID, details, nil, nil)
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
