package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// People are the operator's use cases around everybody who has an account.
type People struct{ store *store.Store }

// PersonPage is an account as an operator sees it.
type PersonPage struct {
	models.User
	Sessions int
	Passkeys int
}

// ByEmail finds the account of an address.
func (p *People) ByEmail(ctx context.Context, actor models.Actor, address string) (user models.User, err error) {
	if err := actor.May(models.PersonManage); err != nil {
		return user, err
	}
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return user, err
	}
	err = p.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		user, err = r.UserByEmail(email)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = invalid("email", "Nobody here has this address.")
	}
	return user, err
}

// Find shows one account.
func (p *People) Find(ctx context.Context, actor models.Actor, id string) (page PersonPage, err error) {
	if err := actor.May(models.PersonManage); err != nil {
		return page, err
	}
	err = p.store.As(ctx, self(actor, actor.Account()), func(r store.Tenant) error {
		if page.User, err = r.User(id); err != nil {
			return err
		}
		keys, err := r.Passkeys(id)
		page.Passkeys = len(keys)
		return err
	})
	if err != nil {
		return page, err
	}
	sessions, err := p.store.Sessions(ctx, id)
	page.Sessions = len(sessions)
	return page, err
}

// EndSessions ends all sessions of a person (R38).
func (p *People) EndSessions(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.PersonManage); err != nil {
		return err
	}
	return p.store.Do(ctx, self(actor, actor.Account()), models.PersonManage, func(tx *store.Tx) error {
		if _, err := tx.User(id); err != nil {
			return err
		}
		return endAll(tx, id)
	})
}

// EndSessions ends all sessions of somebody who has a role in the tenant (R38).
func (m *Members) EndSessions(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		if _, err := tx.Member(id); err != nil {
			return err
		}
		return endAll(tx, id)
	})
}

// endAll ends all sessions of somebody else.
func endAll(tx *store.Tx, id string) error {
	if err := tx.DeleteSessions(id); err != nil {
		return err
	}
	return tx.RecordAs("session.end", "user", id, map[string]any{"sessions": "all"}, nil, nil)
}

// SetDisabled shuts somebody out, or lets them in again. Shut out, their sessions
// and grants end and their tokens are refused in all tenants, from the same transaction on
// (R16, R28, R38). It demands a step-up for the person (R24).
func (p *People) SetDisabled(ctx context.Context, actor models.Actor, id string, disabled bool) error {
	if err := actor.May(models.PersonManage); err != nil {
		return err
	}
	if id == actor.User() {
		return fault.New(fault.Conflict, "own_account", "This is your own account. Another operator has to do it.")
	}
	entered, err := entered(ctx, p.store, id)
	if err != nil {
		return err
	}
	return p.store.Do(ctx, self(actor, actor.Account()), models.PersonManage, func(tx *store.Tx) error {
		operators, err := tx.LockOperators()
		if err != nil {
			return err
		}
		user, err := tx.LockUser(id)
		if err != nil {
			return err
		}
		if err := tx.UseProof(id); err != nil {
			return err
		}
		from, to, words, verb := models.UserActive, models.UserDisabled, "was disabled", "person.disable"
		if !disabled {
			from, to, words, verb = to, from, "works again", "person.enable"
		}
		if user.State != from {
			return fault.New(fault.Conflict, "changed_meanwhile", "This account is %s. Reload the page and look again.", user.State)
		}
		if disabled && len(operators) == 1 && operators[0].ID == id {
			return lastOperator()
		}
		user.State = to
		if err := tx.UpdateUser(user); err != nil {
			return err
		}
		if err := tx.DeleteSessions(id); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeMembership, id); err != nil {
			return err
		}
		if err := tx.RecordAs(verb, "user", id, map[string]any{"from": from, "to": to}, nil, nil); err != nil {
			return err
		}
		if disabled {
			if err := endOperatorTokens(tx, id); err != nil {
				return err
			}
			if err := expel(tx, actor, entered, id); err != nil {
				return err
			}
		}
		return tx.Enqueue(Mail{Mail: MailDisabled, To: user.Email, Path: "/login", Facts: MailFacts{Outcome: words, At: tx.Now()}})
	})
}

// lastOperator refuses what would leave the installation without an operator (R57).
func lastOperator() error {
	return fault.New(fault.Conflict, "last_operator", "This is the only operator. Make somebody else operator first.")
}
