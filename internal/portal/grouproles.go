package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// roleChange gives a person the role that their groups at the provider stand for, in
// the transaction that stores the groups. A role that somebody gave by hand stays, and
// so do the last admin and the last operator (R57).
func (p *Providers) roleChange(ctx context.Context, there at, user models.User) (func(*store.Tx, models.Identity) error, error) {
	if there.TenantID != store.Installation {
		return func(tx *store.Tx, one models.Identity) error { return roleByGroups(tx, there, one) }, nil
	}
	seats, err := entered(ctx, p.store, user.ID)
	return func(tx *store.Tx, one models.Identity) error { return staffByGroups(tx, there, one, seats) }, err
}

// staffByGroups is roleChange for the staff.
func staffByGroups(tx *store.Tx, there at, one models.Identity, seats []seat) error {
	wanted := models.StaffRole(there.RoleFor(one.Groups))
	operators, err := tx.LockOperators()
	if err != nil {
		return err
	}
	user, err := tx.LockUser(one.UserID)
	if err != nil {
		return err
	}
	byHand := user.Staff != models.NotStaff && string(user.Staff) != one.Given
	last := user.Staff == models.StaffOperator && len(operators) == 1 && operators[0].ID == user.ID
	if user.Staff == wanted || byHand || last {
		return nil
	}
	one.Given = string(wanted)
	if err := tx.UpdateIdentity(one); err != nil {
		return err
	}
	return changeStaff(tx, there.program(), user, wanted, seats, byProvider(there))
}

// byProvider says in the audit log why a role changed.
func byProvider(there at) map[string]any { return map[string]any{"provider": there.ID} }

// roleByGroups is roleChange in a tenant. Who was removed from it gets nothing by a
// group, and who lost a role by hand not that one back: an admin decided that, and lets
// them in again.
func roleByGroups(tx *store.Tx, there at, one models.Identity) error {
	wanted, given := there.RoleFor(one.Groups), one.Given
	roles, err := tx.LockMembers()
	if err != nil {
		return err
	}
	is, err := tx.LockAdmission(one.UserID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	before := roles[one.UserID]
	if is.State == models.AdmissionRemoved && before == models.NoRole {
		wanted = ""
	}
	after := roleOf(wanted)
	taken := before == models.NoRole && roleOf(given) != models.NoRole && after != models.NoRole
	byHand := taken || before != models.NoRole && string(before) != given
	if !byHand && before != after && !lastAdmin(roles, one.UserID) {
		if err := giveRole(tx, there, one.UserID, before, after); err != nil {
			return err
		}
	}
	if is.State != models.AdmissionRemoved && (given == string(models.RolePartner) || wanted == string(models.RolePartner)) {
		if err := admit(tx, there, one.UserID, wanted == string(models.RolePartner)); err != nil {
			return err
		}
	}
	switch {
	case taken: // and stays so, until their groups stand for no role
	case byHand && wanted != string(models.RolePartner):
		one.Given = ""
	case !byHand && before != after && lastAdmin(roles, one.UserID): // who keeps what they were given
	default:
		one.Given = wanted
	}
	if one.Given == given {
		return nil
	}
	return tx.UpdateIdentity(one)
}

// roleOf is the role in a tenant that a group's stands for: partners have none.
func roleOf(wanted string) models.Role {
	if wanted == string(models.RolePartner) {
		return models.NoRole
	}
	return models.Role(wanted)
}

// lastAdmin reports whether a person is the tenant's only admin.
func lastAdmin(roles map[string]models.Role, user string) bool {
	n := 0
	for _, r := range roles {
		if r == models.RoleAdmin {
			n++
		}
	}
	return n == 1 && roles[user] == models.RoleAdmin
}

// giveRole changes a role as an admin does, and tells the person.
func giveRole(tx *store.Tx, there at, user string, before, after models.Role) error {
	if err := tx.SetMember(user, after); err != nil {
		return err
	}
	details := byProvider(there)
	details["from"], details["to"] = before, after
	if err := endOfRole(tx, there.program(), user, before, after, details); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	verb, outcome := "member.role", "Your role is now "+roleName(after)
	if after == models.NoRole {
		verb, outcome = "member.remove", "You have no role any more"
	}
	if err := tx.RecordAs(verb, "user", user, details, nil, nil); err != nil {
		return err
	}
	return tx.Enqueue(Mail{Mail: MailRole, User: user, Path: "/account", Facts: MailFacts{Object: there.tenant.Name, Outcome: outcome, By: there.Name, At: tx.Now()}})
}

// admit lets a person in as a partner, or takes that back.
func admit(tx *store.Tx, there at, user string, in bool) error {
	is, err := tx.LockAdmission(user)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if in == (is.State == models.AdmissionLetIn) {
		return nil
	}
	verb := "join.end"
	if in {
		now := tx.Now()
		verb, err = "join.decide", tx.SetAdmission(models.Admission{UserID: user, State: models.AdmissionLetIn, DecidedAt: &now})
	} else {
		err = tx.DeleteAdmission(user)
	}
	if err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs(verb, "user", user, byProvider(there), nil, nil)
}
