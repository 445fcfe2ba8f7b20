package portal

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/audit"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Audit are the use cases around the log of changes: a tenant's, or for an
// actor outside of tenants the installation's.
type Audit struct {
	store       *store.Store
	keys        *keyring.Keyring
	checkpoints func(context.Context) ([]audit.Checkpoint, error)
}

// needed is the action that reading the actor's chain takes.
func needed(actor models.Actor) models.Action {
	if actor.Tenant().ID == "" {
		return models.InstallationAuditRead
	}
	return models.AuditRead
}

// What pages of the log work with. The zero AuditFilter but Limit is everything.
type (
	AuditFilter = store.AuditFilter
	AuditEvent  = audit.Event
	AuditReport = audit.Report
)

// List shows events, the newest first. The chain keeps what was written, so that it
// can be verified; who deleted their account is not named from it any more.
func (a *Audit) List(ctx context.Context, actor models.Actor, f AuditFilter) (events []audit.Event, err error) {
	if err := actor.May(needed(actor)); err != nil {
		return nil, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if events, err = r.AuditEvents(f); err != nil {
			return err
		}
		return withoutDeleted(r, events)
	})
	return events, err
}

// withoutDeleted takes the names and addresses of people out who deleted their account.
func withoutDeleted(r store.Tenant, events []audit.Event) error {
	var named []string
	for _, e := range events {
		named = append(named, strings.TrimPrefix(e.Actor, "user:"))
		if e.ObjectKind == "user" {
			named = append(named, e.ObjectID)
		}
	}
	users, err := r.Users(named)
	if err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if users[strings.TrimPrefix(e.Actor, "user:")].State == models.UserDeleted {
			e.ActorName = models.DeletedName
		}
		if e.ObjectKind == "user" && strings.HasPrefix(e.Action, "account.") && users[e.ObjectID].State == models.UserDeleted {
			e.Details = nil // the name or the address that was set
		}
	}
	return nil
}

// Verify checks the whole chain: each event against its keys and the one before
// it, and all of it against the checkpoints at hand (R122, R123).
func (a *Audit) Verify(ctx context.Context, actor models.Actor) (report audit.Report, err error) {
	if err := actor.May(needed(actor)); err != nil {
		return report, err
	}
	chain := actor.Tenant().ID
	if chain == "" {
		chain = store.Installation
	}
	check := audit.Check{ChainID: chain}
	if check.Keys, err = a.keys.AuditKeys(ctx, chain); err != nil {
		return report, err
	}
	var damage error
	if a.checkpoints != nil {
		check.Checkpoints, damage = a.checkpoints(ctx)
		if _, ok := errors.AsType[*audit.LineError](damage); damage != nil && !ok {
			return report, damage
		}
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		head, err := r.AuditHead()
		if err != nil {
			return err
		}
		check.Head = &head
		report, err = audit.Verify(check, r.AuditChain(head))
		return err
	})
	if err == nil && damage != nil && report.Contradicted == nil { // nobody knows which chain the damaged line spoke of
		report.Contradicted = &audit.Finding{Seq: report.Head.Seq, Reason: "a checkpoint is damaged: " + damage.Error()}
	}
	return report, err
}
