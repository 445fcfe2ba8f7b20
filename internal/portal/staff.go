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
	entered, err := entered(ctx, s.store, id)
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
		if role != models.StaffOperator && len(operators) == 1 && operators[0].ID == id {
			return lastOperator()
		}
		return changeStaff(tx, actor, user, role, entered, nil)
	})
}

// changeStaff gives somebody another role among the staff, or none. Their sessions end,
// and with the last role their grants in these tenants.
func changeStaff(tx *store.Tx, actor models.Actor, user models.User, role models.StaffRole, seats []seat, details map[string]any) error {
	from := user.Staff
	user.Staff = role
	if err := tx.UpdateUser(user); err != nil {
		return err
	}
	if err := tx.DeleteSessions(user.ID); err != nil {
		return err
	}
	if role != models.StaffOperator {
		if err := endOperatorTokens(tx, user.ID); err != nil {
			return err
		}
	}
	said := map[string]any{"from": from, "to": role}
	maps.Copy(said, details)
	if err := tx.RecordAs(models.StaffManage.String(), "user", user.ID, said, nil, nil); err != nil || role != models.NotStaff {
		return err
	}
	return expel(tx, actor, seats, user.ID)
}

// seat is a tenant that a staff person may look into, and whether they are inside.
type seat struct {
	models.Tenant
	inside bool
}

// entered are the tenants in which a person has a live grant or a standing view. One
// that is given while they are being disabled is of no use: rights are read with every
// request.
func entered(ctx context.Context, s *store.Store, id string) (in []seat, err error) {
	err = s.Person(ctx, id, func(p store.Person) error {
		grants, err := p.Grants()
		if err != nil {
			return err
		}
		views, err := p.StandingViews()
		if err != nil {
			return err
		}
		inside := map[string]bool{}
		for _, v := range views {
			inside[v.TenantID] = false
		}
		for _, g := range grants {
			if g.Live(s.Now()) {
				inside[g.TenantID] = true
			}
		}
		tenants, err := p.TenantsByID(slices.Collect(maps.Keys(inside)))
		for id, tenant := range tenants {
			in = append(in, seat{tenant, inside[id]})
		}
		return err
	})
	slices.SortFunc(in, func(a, b seat) int { return strings.Compare(a.ID, b.ID) }) // always in one order, so that nobody waits in a circle
	return in, err
}

// expel ends a person's grants and standing views in tenants, whose logs say so.
func expel(tx *store.Tx, actor models.Actor, seats []seat, id string) error {
	for _, seat := range seats {
		inside := models.NewActor(models.Standing{User: actor.Account(), Job: actor.Job()}, seat.Tenant, actor.Request())
		err := tx.In(inside, func(tx *store.Tx) error {
			view, err := tx.StandingViewOf(id)
			if err == nil {
				if _, err = tx.EndStandingView(view.ID); err == nil {
					err = tx.RecordAs("standing_view.end", "standing_view", view.ID, map[string]any{"of": id}, nil, nil)
				}
			}
			if err = refusedIfMissing(err, nil); err != nil || !seat.inside {
				return err
			}
			if err := tx.EndGrants(id); err != nil {
				return err
			}
			return tx.RecordAs("grant.end", "user", id, nil, nil, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
