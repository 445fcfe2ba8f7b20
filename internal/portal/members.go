package portal

import (
	"context"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Members are the use cases around who has which role in a tenant.
type Members struct {
	store *store.Store
	links links
}

// MemberRow is a member with their account.
type MemberRow struct {
	models.Member
	User models.User
}

// List shows the tenant's members and the invitations that nobody used yet.
func (m *Members) List(ctx context.Context, actor models.Actor) (rows []MemberRow, invited []models.Link, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return nil, nil, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		members, err := r.Members()
		if err != nil {
			return err
		}
		ids := make([]string, len(members))
		for i, member := range members {
			ids[i] = member.UserID
		}
		users, err := r.Users(ids)
		if err != nil {
			return err
		}
		for _, member := range members {
			rows = append(rows, MemberRow{member, users[member.UserID]})
		}
		invited, err = r.Invitations()
		return err
	})
	return rows, invited, err
}

// Find shows one member to whoever may change their role.
func (m *Members) Find(ctx context.Context, actor models.Actor, user string) (row MemberRow, err error) {
	if err := actor.May(models.MemberManage); err != nil {
		return row, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		if row.Member, err = r.Member(user); err != nil {
			return err
		}
		row.User, err = r.User(user)
		return err
	})
	return row, err
}

// Invite sends somebody a link that makes them a member with a role. It demands a
// step-up for the tenant's slug (R24): who may invite an admin could else make one
// of themselves with a stolen session.
func (m *Members) Invite(ctx context.Context, actor models.Actor, address string, role models.Role) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		return m.links.invite(tx, actor.Tenant(), address, role, actor, actor.Tenant().Slug)
	})
}

// invite makes the link of an invitation and mails it. It uses up the step-up for proof.
func (l links) invite(tx *store.Tx, tenant models.Tenant, address string, role models.Role, by models.Actor, proof string) error {
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	if !role.Valid() {
		return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "role", Message: "Choose auditor, API manager or admin."})
	}
	if err := notInvitable(tx, email); err != nil {
		return err
	}
	if err := tx.UseProof(proof); err != nil {
		return err
	}
	nonce, err := l.insert(tx, models.Link{Kind: models.LinkInvite, Email: email, ForTenant: &tenant.ID, Role: role, CreatedBy: by.User()}, tx.Now())
	if err != nil {
		return err
	}
	if err := tx.RecordAs("member.invite", "address", email, map[string]any{"role": role}, nil, nil); err != nil {
		return err
	}
	return tx.Enqueue(Mail{Mail: MailInvite, To: email, Tenant: tenant.ID, Nonce: nonce,
		Facts: MailFacts{Tenant: tenant.Name, By: by.Account().Name, Object: "Role: " + strings.ReplaceAll(string(role), "_", " "), At: tx.Now()}})
}

// notInvitable refuses an address whose person is a member, and ends the
// invitations that the new one replaces.
func notInvitable(tx *store.Tx, email string) error {
	user, err := tx.UserByEmail(email)
	if err == nil {
		err = notMember(tx, user.ID)
	}
	if fault.Is(err, fault.Conflict) {
		return fault.From(err).WithFields(fault.Field{Name: "email", Message: fault.From(err).Message})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = tx.WithdrawInvitations(email)
	return err
}

// Withdraw ends the open invitations of an address.
func (m *Members) Withdraw(ctx context.Context, actor models.Actor, address string) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error { return withdraw(tx, "member.withdraw", address) })
}

// SetRole gives a member another role, or none. It demands a step-up (R24).
func (m *Members) SetRole(ctx context.Context, actor models.Actor, user string, role models.Role) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	if role != models.NoRole && !role.Valid() {
		return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "role", Message: "Choose auditor, API manager or admin."})
	}
	return m.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		before, err := tx.Member(user)
		if err != nil {
			return err
		}
		if err := tx.UseProof(user); err != nil {
			return err
		}
		if err := tx.SetMember(user, role); err != nil {
			return err
		}
		if err := rightsChanged(tx, user); err != nil {
			return err
		}
		return tx.Record("user", user, map[string]any{"from": before.Role, "to": role}, nil, nil)
	})
}
