package portal

import (
	"context"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// MayBreakGlass reports whether the actor may enter in an emergency: operators, and
// support staff where the installation is set so.
func (g *Grants) MayBreakGlass(actor models.Actor) bool {
	return actor.Can(models.GrantBreakGlass) && (actor.Can(models.GrantGive) || g.supportBreaksGlass)
}

// BreakGlass lets a staff person manage a tenant at once for at most an hour, where
// nobody is there to approve. They write the tenant's name, the reason and the
// ticket, and confirm it with a passkey (R24); all operators and the tenant's admins
// hear of it, and it stays listed until another operator has reviewed it.
func (g *Grants) BreakGlass(ctx context.Context, actor models.Actor, slug, name string, w GrantWish) (models.Tenant, error) {
	if err := actor.May(models.GrantBreakGlass); err != nil {
		return models.Tenant{}, err
	}
	if !g.MayBreakGlass(actor) {
		return models.Tenant{}, fault.New(fault.Forbidden, "not_allowed", "Only operators enter in an emergency here.")
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return models.Tenant{}, err
	}
	tenant := inside.Tenant()
	w.Level = models.GrantManage
	return tenant, g.store.Do(ctx, inside, models.GrantBreakGlass, func(tx *store.Tx) error {
		grant := w.grant(actor.User(), tx.Now())
		grant.GivenBy, grant.Emergency = actor.User(), true
		if err := checkEmergency(grant, tenant, name, tx); err != nil {
			return err
		}
		if err := notArchived(tx, inside); err != nil {
			return err
		}
		if err := tx.UseProof(slug); err != nil {
			return err
		}
		if err := putInForce(tx, &grant, map[string]any{"emergency": true}); err != nil {
			return err
		}
		news := grantNews{title: "Emergency: " + actor.Account().Name + " manages " + tenant.Name, note: grant.Reason,
			admins: "/t/" + tenant.Slug + "/admin/support", operators: "/support/tenants/" + tenant.Slug + "/grants/" + grant.ID,
			mail: Mail{Mail: MailEmergency, Facts: MailFacts{Object: "ticket " + grant.Ticket, By: actor.Account().Name, Note: grant.Reason}}}
		return tellOverseers(tx, inside, news)
	})
}

func checkEmergency(grant models.Grant, tenant models.Tenant, name string, tx *store.Tx) error {
	err := grant.Check(tx.Now())
	if strings.TrimSpace(name) == tenant.Name {
		return err
	}
	wrong := fault.Field{Name: "tenant_name", Message: "Write the tenant’s name exactly as it stands above: " + tenant.Name}
	fields := []fault.Field{wrong}
	if err != nil {
		fields = append(fields, fault.From(err).Fields...)
	}
	return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").WithFields(fields...)
}

// Review keeps what an operator found out about an emergency. Who entered does not
// review it themselves.
func (g *Grants) Review(ctx context.Context, actor models.Actor, slug, id, note string) error {
	if err := actor.May(models.GrantOversee); err != nil {
		return err
	}
	inside, err := g.at(ctx, actor, slug)
	if err != nil {
		return err
	}
	note = strings.TrimSpace(note)
	return g.store.Do(ctx, inside, models.GrantOversee, func(tx *store.Tx) error {
		grant, err := tx.Grant(id)
		switch {
		case err != nil:
			return err
		case !grant.Emergency:
			return fault.Missing("emergency")
		case grant.UserID == actor.User():
			return fault.New(fault.Forbidden, "own_grant", "Another operator reviews your emergency, not you.")
		case len(note) < 5 || len(note) > 500:
			return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
				WithFields(fault.Field{Name: "note", Message: "Write in 5 to 500 characters what you found."})
		}
		if err := tx.ReviewGrant(id, note); err != nil {
			return err
		}
		return tx.RecordAs("grant.review", "grant", id, map[string]any{"of": grant.UserID, "note": note}, nil, nil)
	})
}
