package portal

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Staff are the use cases around the people of the operating company.
type Staff struct {
	store *store.Store
	links links
}

// List shows the staff, and the invitations that nobody used yet.
func (s *Staff) List(ctx context.Context, actor models.Actor) (people []models.User, invited []models.Link, err error) {
	if err := actor.May(models.StaffManage); err != nil {
		return nil, nil, err
	}
	err = s.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		if people, err = r.Staff(); err != nil {
			return err
		}
		invited, err = r.Invitations()
		return err
	})
	return people, invited, err
}

// Find shows one of the staff.
func (s *Staff) Find(ctx context.Context, actor models.Actor, id string) (user models.User, err error) {
	if err := actor.May(models.StaffManage); err != nil {
		return user, err
	}
	err = s.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		if user, err = r.User(id); err == nil && user.Staff == models.NotStaff {
			err = fault.Missing("staff person")
		}
		return err
	})
	return user, err
}

// Invite sends somebody a link that makes them support staff. It demands a step-up (R24).
func (s *Staff) Invite(ctx context.Context, actor models.Actor, address string) error {
	if err := actor.May(models.StaffManage); err != nil {
		return err
	}
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	return s.store.Do(ctx, self(actor, actor.Account()), models.StaffManage, func(tx *store.Tx) error {
		if u, err := tx.UserByEmail(email); err == nil && u.Staff != models.NotStaff {
			return fault.New(fault.Conflict, "already_member", "%s is staff already.", email).
				WithFields(fault.Field{Name: "email", Message: email + " is staff already."})
		}
		if err := tx.UseProof(""); err != nil {
			return err
		}
		if _, err := tx.WithdrawInvitations(email); err != nil {
			return err
		}
		nonce, err := s.links.insert(tx, models.Link{Kind: models.LinkStaff, Email: email, CreatedBy: actor.User()}, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.RecordAs("staff.invite", "address", email, nil, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(Mail{Mail: MailStaff, To: email, Nonce: nonce, Facts: MailFacts{By: actor.Account().Name, At: tx.Now()}})
	})
}

// Withdraw ends the open invitations of an address.
func (s *Staff) Withdraw(ctx context.Context, actor models.Actor, address string) error {
	if err := actor.May(models.StaffManage); err != nil {
		return err
	}
	return s.store.Do(ctx, self(actor, actor.Account()), models.StaffManage, func(tx *store.Tx) error { return withdraw(tx, "staff.withdraw", address) })
}

func withdraw(tx *store.Tx, action, address string) error {
	n, err := tx.WithdrawInvitations(address)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing("invitation")
	}
	return tx.RecordAs(action, "address", address, nil, nil, nil)
}

// SetRole makes a staff person operator or support, or ends their being staff, and
// their grants with it. Their sessions end, and the last operator stays (R38, R57). It
// demands a step-up (R24).
func (s *Staff) SetRole(ctx context.Context, actor models.Actor, id string, role models.StaffRole) error {
	if err := actor.May(models.StaffManage); err != nil {
		return err
	}
	if role != models.StaffOperator && role != models.StaffSupport && role != models.NotStaff {
		return fault.New(fault.Invalid, "invalid_input", "Choose operator, support or none.").
			WithFields(fault.Field{Name: "role", Message: "Choose operator, support or none."})
	}
	return s.change(ctx, actor, id, func(tx *store.Tx, user *models.User) error {
		from := user.Staff
		user.Staff = role
		return tx.Record("user", id, map[string]any{"from": from, "to": role}, nil, nil)
	})
}

// Disable ends all that a staff person can do, in one transaction: their sessions and
// grants end, their tokens are refused at every gateway, and no sign-in, link or
// invitation lets them back in (R16, R28, R38). The last operator stays. It demands a
// step-up (R24).
func (s *Staff) Disable(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.StaffManage); err != nil {
		return err
	}
	if id == actor.User() {
		return fault.New(fault.Conflict, "not_oneself", "Another operator has to do that.")
	}
	return s.change(ctx, actor, id, func(tx *store.Tx, user *models.User) error {
		return s.setState(tx, user, models.UserDisabled, "staff.disable")
	})
}

// Enable lets a disabled staff person sign in again. Their grants stay ended; tokens of
// theirs that nobody revoked meanwhile go on. It demands a step-up (R24).
func (s *Staff) Enable(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.StaffManage); err != nil {
		return err
	}
	return s.change(ctx, actor, id, func(tx *store.Tx, user *models.User) error {
		return s.setState(tx, user, models.UserActive, "staff.enable")
	})
}

func (s *Staff) setState(tx *store.Tx, user *models.User, to models.UserState, name string) error {
	if to == user.State || user.State != models.UserActive && user.State != models.UserDisabled {
		return fault.New(fault.Conflict, "changed_meanwhile", "The account is %s already. Reload the page and look again.", user.State)
	}
	user.State = to
	if err := tx.Changed(models.ChangeMembership, user.ID); err != nil {
		return err
	}
	return tx.RecordAs(name, "user", user.ID, nil, nil, nil)
}

// change alters one staff person under the lock of all operators, so that one is left,
// and ends what they have open.
func (s *Staff) change(ctx context.Context, actor models.Actor, id string, alter func(*store.Tx, *models.User) error) error {
	entered, err := s.entered(ctx, id)
	if err != nil {
		return err
	}
	return s.store.Do(ctx, self(actor, actor.Account()), models.StaffManage, func(tx *store.Tx) error {
		operators, err := tx.LockOperators()
		if err != nil {
			return err
		}
		user, err := tx.LockUser(id)
		if err != nil {
			return err
		}
		if user.Staff == models.NotStaff {
			return fault.Missing("staff person")
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		if err := alter(tx, &user); err != nil {
			return err
		}
		if left := user.Staff == models.StaffOperator && user.State == models.UserActive; !left && len(operators) == 1 && operators[0].ID == id {
			return fault.New(fault.Conflict, "last_operator", "This is the only operator. Make somebody else operator first.")
		}
		if err := tx.UpdateUser(user); err != nil {
			return err
		}
		if err := tx.DeleteSessions(id); err != nil || user.Staff != models.NotStaff && user.State == models.UserActive {
			return err
		}
		for _, tenant := range entered {
			if err := expel(tx, actor, tenant, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// entered are the tenants in which a person has a live grant. One that is given while
// they are being disabled is of no use: rights are read with every request.
func (s *Staff) entered(ctx context.Context, id string) (in []models.Tenant, err error) {
	err = s.store.Person(ctx, id, func(p store.Person) error {
		grants, err := p.Grants()
		if err != nil {
			return err
		}
		var ids []string
		for _, g := range grants {
			if g.Live(s.store.Now()) {
				ids = append(ids, g.TenantID)
			}
		}
		tenants, err := p.TenantsByID(ids)
		in = slices.Collect(maps.Values(tenants))
		return err
	})
	slices.SortFunc(in, func(a, b models.Tenant) int { return strings.Compare(a.ID, b.ID) }) // always in one order, so that nobody waits in a circle
	return in, err
}

// expel ends a person's grant in a tenant, whose log says so.
func expel(tx *store.Tx, actor models.Actor, tenant models.Tenant, id string) error {
	inside := models.NewActor(models.Standing{User: actor.Account()}, tenant, actor.Request())
	return tx.In(inside, func(tx *store.Tx) error {
		if err := tx.EndGrants(id); err != nil {
			return err
		}
		return tx.RecordAs("grant.end", "user", id, nil, nil, nil)
	})
}
