package portal

import (
	"context"
	"errors"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Ask asks for more than looking around in a tenant. Operators and the tenant's
// admins hear of it; one of them answers, who is not the person that asks (R58). It
// demands a step-up for the tenant's slug (R24).
func (g *Grants) Ask(ctx context.Context, actor models.Actor, slug string, w GrantWish) (models.Tenant, error) {
	if err := actor.May(models.GrantTake); err != nil {
		return models.Tenant{}, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return models.Tenant{}, err
	}
	tenant := inside.Tenant()
	return tenant, g.store.Do(ctx, inside, models.GrantTake, func(tx *store.Tx) error {
		r := models.GrantRequest{ID: models.NewID(), UserID: actor.User(), Level: w.Level, Reason: w.Reason, Ticket: w.Ticket,
			Minutes: w.Minutes, State: models.GrantWaiting, AnswerBy: models.Time(tx.Now().Add(models.GrantAnswer))}
		if err := r.Check(); err != nil {
			return err
		}
		if err := notArchived(tx, inside); err != nil {
			return err
		}
		if err := tx.UseProof(slug); err != nil {
			return err
		}
		if err := tx.InsertGrantRequest(&r); err != nil {
			return err
		}
		title := actor.Account().Name + " asks to " + string(r.Level) + " in " + tenant.Name
		news := grantNews{title: title, note: r.Reason, admins: requestPath(tenant, r.ID), operators: "/support/tenants/" + tenant.Slug + "/requests/" + r.ID,
			mail: Mail{Mail: MailGrantAsked, Facts: MailFacts{Object: string(r.Level) + " for " + strconv.Itoa(r.Minutes) + " minutes, ticket " + r.Ticket, By: actor.Account().Name, Note: r.Reason}}}
		if err := tellOverseers(tx, inside, news); err != nil {
			return err
		}
		return tx.RecordAs("grant.ask", "grant_request", r.ID, map[string]any{"level": r.Level, "reason": r.Reason, "ticket": r.Ticket, "minutes": r.Minutes}, nil, nil)
	})
}

func requestPath(t models.Tenant, id string) string {
	return "/t/" + t.Slug + "/admin/support/requests/" + id
}

// GrantRequestRow is a request with the people whom it is about.
type GrantRequestRow struct {
	models.GrantRequest
	User, Decider models.User
	Tenant        models.Tenant
}

// Request shows one request to those who may answer it.
func (g *Grants) Request(ctx context.Context, actor models.Actor, slug, id string) (row GrantRequestRow, err error) {
	if err := g.decides(actor); err != nil {
		return row, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return row, err
	}
	err = g.store.As(ctx, inside, func(r store.Tenant) error {
		if row.GrantRequest, err = r.GrantRequest(id); err != nil {
			return err
		}
		users, err := r.Users([]string{row.UserID, row.DecidedBy})
		row.User, row.Decider, row.Tenant = users[row.UserID], users[row.DecidedBy], inside.Tenant()
		return err
	})
	return row, err
}

// Decide answers a request. Approving demands a step-up for its id (R24), and
// whoever asked does not answer (R58).
func (g *Grants) Decide(ctx context.Context, actor models.Actor, slug, id string, approve bool, note string) (row GrantRequestRow, err error) {
	if row, err = g.Request(ctx, actor, slug, id); err != nil {
		return row, err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return row, err
	}
	state, verb := models.GrantDeclined, "grant.decline"
	if approve {
		state, verb = models.GrantApproved, "grant.approve"
	}
	return row, g.store.Do(ctx, inside, models.GrantDecide, func(tx *store.Tx) error {
		if row.GrantRequest, err = tx.GrantRequest(id); err != nil {
			return err
		}
		if err := row.Decide(state, actor.User(), note, tx.Now()); err != nil {
			return err
		}
		if approve {
			if err := notArchived(tx, inside); err != nil {
				return err
			}
			if err := tx.UseProof(id); err != nil {
				return err
			}
			if err := stillStaff(tx, row.UserID); err != nil {
				return err
			}
			grant := GrantWish{row.Level, row.Reason, row.Ticket, row.Minutes}.grant(row.UserID, tx.Now())
			grant.GivenBy, row.GrantID = actor.User(), grant.ID
			if err := putInForce(tx, &grant, map[string]any{"request": id}); err != nil {
				return err
			}
		}
		if err := tx.SettleGrantRequest(row.GrantRequest); err != nil {
			return err
		}
		title := "Your request to " + string(row.Level) + " in " + inside.Tenant().Name + " was " + string(state)
		if err := tellHolder(tx, inside, row.UserID, title, note, string(state)); err != nil {
			return err
		}
		return tx.RecordAs(verb, "grant_request", id, map[string]any{"of": row.UserID, "level": row.Level, "note": note}, nil, nil)
	})
}

// stillStaff refuses to approve for somebody who has left the staff since they asked.
func stillStaff(tx *store.Tx, user string) error {
	u, err := tx.User(user)
	if err == nil && (u.Staff == models.NotStaff || u.State != models.UserActive) {
		err = fault.New(fault.Conflict, "not_staff", "Who asked for this is not staff any more.")
	}
	return err
}

// Withdraw takes back what the person asked for in the tenant.
func (g *Grants) Withdraw(ctx context.Context, actor models.Actor, slug string) error {
	if err := actor.May(models.GrantTake); err != nil {
		return err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return err
	}
	return g.store.Do(ctx, inside, models.GrantTake, func(tx *store.Tx) error {
		requests, err := tx.GrantRequests()
		if err != nil {
			return err
		}
		for _, r := range requests {
			if r.UserID != actor.User() || !r.Waits(tx.Now()) {
				continue
			}
			now := tx.Now()
			r.State, r.DecidedBy, r.DecidedAt = models.GrantWithdrawn, actor.User(), &now
			if err := tx.SettleGrantRequest(r); err != nil {
				return err
			}
			return tx.RecordAs("grant.withdraw", "grant_request", r.ID, nil, nil, nil)
		}
		return fault.Missing("request")
	})
}

// Lapse ends the requests that nobody answered in time, and tells those who asked.
// It is a job; each is ended once however often it runs.
func (g *Grants) Lapse(ctx context.Context) error {
	var lapsed []models.GrantRequest
	var tenants map[string]models.Tenant
	err := g.store.Survey(ctx, func(p store.Platform) (err error) {
		if lapsed, err = p.LapsedGrantRequests(g.store.Now()); err != nil {
			return err
		}
		ids := make([]string, len(lapsed))
		for i, r := range lapsed {
			ids[i] = r.TenantID
		}
		tenants, err = p.TenantsByID(ids)
		return err
	})
	errs := []error{err}
	for _, r := range lapsed {
		errs = append(errs, g.lapse(ctx, models.NewProgram("grants", tenants[r.TenantID]), r))
	}
	return errors.Join(errs...)
}

func (g *Grants) lapse(ctx context.Context, program models.Actor, r models.GrantRequest) error {
	err := g.store.Do(ctx, program, models.GrantTake, func(tx *store.Tx) error {
		now := tx.Now()
		r.State, r.DecidedAt = models.GrantLapsed, &now
		if err := tx.SettleGrantRequest(r); err != nil {
			return err
		}
		title := "Nobody answered your request to " + string(r.Level) + " in " + program.Tenant().Name
		if err := tellHolder(tx, program, r.UserID, title, "", "lapsed"); err != nil {
			return err
		}
		return tx.RecordAs("grant.lapse", "grant_request", r.ID, nil, nil, nil)
	})
	if fault.Is(err, fault.Conflict) { // somebody settled it meanwhile
		return nil
	}
	return err
}
