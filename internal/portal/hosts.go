package portal

import (
	"context"
	"crypto/rand"
	"errors"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ServedHosts knows under which hosts of their own tenants are served now, without
// asking the database.
type ServedHosts interface {
	// Served is the slug of the tenant whose pages a host has.
	Served(host string) (slug string, ok bool)
}

// Hosts are the use cases around a tenant's own host name: proving it, and carrying the
// session of who signed in on the portal's own host over to it.
type Hosts struct {
	store   *store.Store
	records TXTRecords
	served  ServedHosts
	never   []string // under which the installation itself is reached
	local   bool     // names of this machine may be tenants' own, too
}

// Of is the tenant's own host, nil where it has none.
func (h *Hosts) Of(ctx context.Context, actor models.Actor) (*models.TenantHost, error) {
	if err := actor.May(models.SettingsRead); err != nil {
		return nil, err
	}
	var own models.TenantHost
	err := h.store.As(ctx, actor, func(r store.Tenant) (err error) {
		own, err = r.Host()
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &own, err
}

// Ask says under which name of its own a tenant wants to be reached. Nothing is served
// there until it is proven. It demands a step-up of a person for the tenant (R24).
func (h *Hosts) Ask(ctx context.Context, actor models.Actor, name string) error {
	if err := actor.May(models.HostManage); err != nil {
		return err
	}
	host, err := canonicalHost(name, h.never, h.local)
	if err != nil {
		return err
	}
	return h.store.Do(ctx, actor, models.HostManage, func(tx *store.Tx) error {
		own := models.TenantHost{Host: host, Challenge: rand.Text(), AskedBy: actor.User()}
		if err := tx.InsertHost(&own); err != nil {
			return err
		}
		if err := useProof(tx, actor, actor.Tenant().Slug); err != nil {
			return err
		}
		return tx.RecordAs("host.ask", "host", host, nil, nil, nil)
	})
}

// Remove gives the tenant's own host up: at once it is served no more, and who is signed
// in there is not any more. It demands a step-up of a person for the tenant (R24).
func (h *Hosts) Remove(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.HostManage); err != nil {
		return err
	}
	return h.store.Do(ctx, actor, models.HostManage, func(tx *store.Tx) error {
		own, err := tx.Host()
		if err != nil {
			return err
		}
		if err := useProof(tx, actor, actor.Tenant().Slug); err != nil {
			return err
		}
		return endHost(tx, actor, own, "host.remove", "was removed",
			"The portal is not reached under that name any more. Its record in your DNS and the name itself can go now.")
	})
}

// endHost stops serving a host, and tells the admins where it was served.
func endHost(tx *store.Tx, actor models.Actor, own models.TenantHost, action, outcome, note string) error {
	if err := tx.DeleteHost(own); err != nil {
		return err
	}
	if own.Proven() {
		if err := errors.Join(tx.Changed(models.ChangeHost, own.Host), tellHost(tx, actor, own, outcome, note)); err != nil {
			return err
		}
	}
	return tx.RecordAs(action, "host", own.Host, nil, nil, nil)
}

// tellHost tells the admins what became of their host name.
func tellHost(tx *store.Tx, actor models.Actor, own models.TenantHost, outcome, note string) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	path := "/t/" + actor.Tenant().Slug + "/admin/settings/host"
	if err := tx.Notify(models.Notification{Kind: models.NotifyHost, Title: own.Host + " " + outcome, Body: note, Link: path}, admins...); err != nil {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailHost, Path: path, Facts: MailFacts{Object: own.Host, Outcome: outcome, Note: note, By: actor.Account().Name}})
}

// Check looks now whether the DNS proves the tenant's host.
func (h *Hosts) Check(ctx context.Context, actor models.Actor) (models.TenantHost, error) {
	if err := actor.May(models.HostManage); err != nil {
		return models.TenantHost{}, err
	}
	own, err := h.Of(ctx, actor)
	if err == nil && own == nil {
		err = fault.Missing("host")
	}
	if err != nil {
		return models.TenantHost{}, err
	}
	found, err := lookTXT(ctx, h.records, own.RecordName(), own.Host)
	if err != nil {
		return *own, err
	}
	next, err := h.settle(ctx, actor, *own, own.ProvenBy(found))
	if err == nil && !own.ProvenBy(found) {
		err = hostNotProven(*own, found)
	}
	return next, err
}

func hostNotProven(own models.TenantHost, found []string) error {
	seen := "there is no TXT record of that name yet"
	if len(found) > 0 {
		seen = "the TXT record there says something else"
	}
	return fault.New(fault.Conflict, "host_not_proven", "%s is not proven: %s. A new record can take an hour to be seen everywhere; then look again.", own.Host, seen)
}

// settle keeps what a look into the DNS found, and says what follows from it.
func (h *Hosts) settle(ctx context.Context, actor models.Actor, own models.TenantHost, there bool) (models.TenantHost, error) {
	now := h.store.Now()
	next := own
	next.LookedAt = &now
	var action, outcome, note string
	switch {
	case there && !own.Proven():
		next.ProvenAt = &now
		action, outcome, note = "host.prove", "is proven", "The portal is reached under that name now, as soon as the proxy in front of it has a certificate for it. Leave the record where it is: it is looked at every day."
	case there && own.LostAt != nil:
		next.LostAt = nil
		action, outcome, note = "host.found", "is proven again", "Its record is back. Nothing else is to be done."
	case !there && own.Proven() && own.LostAt == nil:
		next.LostAt = &now
		action, outcome, note = "host.lose", "is not proven any more", "Its record is gone from the DNS. The name goes on until "+next.StopsAt().Format("2 January 2006 15:04 UTC")+", and stops then unless the record is back."
	case !there && own.LostAt != nil && !now.Before(own.StopsAt()):
		return own, h.store.Do(ctx, actor, models.HostManage, func(tx *store.Tx) error {
			return endHost(tx, actor, own, "host.stop", "was stopped", "Its record has been gone from the DNS for a week, so nobody can know whose name it is. Enter it again to use it again.")
		})
	default:
		return next, h.store.Platform(ctx, func(p store.Platform) error { return p.NoteHostLook(own) })
	}
	return next, h.store.Do(ctx, actor, models.HostManage, func(tx *store.Tx) error {
		if err := tx.UpdateHost(next); err != nil {
			return err
		}
		if !own.Proven() {
			if err := tx.Changed(models.ChangeHost, own.Host); err != nil {
				return err
			}
		}
		if err := tellHost(tx, actor, own, outcome, note); err != nil {
			return err
		}
		return tx.RecordAs(action, "host", own.Host, nil, nil, nil)
	})
}

// hostsAtOnce of hostsMost that one round looks at are asked for at the same time.
const hostsAtOnce, hostsMost = 8, 200

// Due looks at the hosts whose time has come. It is a job. A DNS that gives no answer
// says nothing: it neither proves a host nor takes it away.
func (h *Hosts) Due(ctx context.Context) error {
	now := h.store.Now()
	var due []models.TenantHost
	var tenants map[string]models.Tenant
	err := h.store.Survey(ctx, func(p store.Platform) (err error) {
		if due, err = p.HostsDue(now, hostsMost); err != nil || len(due) == 0 {
			return err
		}
		tenants, err = tenantsByID(p)
		return err
	})
	if err != nil {
		return err
	}
	errs := make([]error, len(due))
	var group errgroup.Group
	group.SetLimit(hostsAtOnce)
	for i, own := range due {
		group.Go(func() error {
			errs[i] = h.look(ctx, models.NewProgram("hosts", tenants[own.TenantID]), own)
			return nil
		})
	}
	return errors.Join(append(errs, group.Wait())...)
}

func (h *Hosts) look(ctx context.Context, program models.Actor, own models.TenantHost) error {
	found, err := lookTXT(ctx, h.records, own.RecordName(), own.Host)
	if err != nil && (own.LostAt == nil || h.store.Now().Before(own.StopsAt())) {
		return h.store.Platform(ctx, func(p store.Platform) error { return p.NoteHostLook(own) })
	}
	_, err = h.settle(ctx, program, own, own.ProvenBy(found))
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) { // another tenant has it, or it was removed meanwhile
		return h.store.Platform(ctx, func(p store.Platform) error { return p.NoteHostLook(own) })
	}
	return err
}
