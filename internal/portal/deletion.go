package portal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// AccountDelete is the object of the step-up before an account is deleted (R24).
const AccountDelete = "account.delete"

// Delete deletes the person's account, for good. Their tokens are refused from the
// same transaction on, in all tenants (R16); a team with nobody left in it keeps its
// record, and its subscriptions end. What refers to the person goes on referring to
// an account without name, address and passkeys, which nothing leads back to (R28,
// R62). The last admin, owner or operator hands over first (R57). It demands a
// step-up and the account's address, typed (R24).
func (a *Accounts) Delete(ctx context.Context, actor models.Actor, typed string) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	if strings.ToLower(strings.TrimSpace(typed)) != actor.Account().Email {
		return invalid("email", "Type the address of this account: %s", actor.Account().Email)
	}
	everywhere, err := everywhereOf(ctx, a.store, actor)
	if err != nil {
		return err
	}
	seats, err := entered(ctx, a.store, actor.User())
	if err != nil {
		return err
	}
	gone := actor.Account()
	gone.Name = models.DeletedName // in the audit log, too
	return a.store.Do(ctx, self(actor, gone), models.AccountUse, func(tx *store.Tx) error {
		user, err := a.mayGo(tx, actor)
		if err != nil {
			return err
		}
		if err := tx.UseProof(AccountDelete); err != nil {
			return err
		}
		for _, exit := range exits(everywhere, seats) {
			if exit.standing != nil {
				there := models.NewActor(exit.standing.StandingOf(gone), exit.standing.Tenant(), actor.Request())
				if err := tx.In(there, func(tx *store.Tx) error { return depart(tx, there) }); err != nil {
					return err
				}
			}
			if err := expel(tx, self(actor, gone), exit.seats, user.ID); err != nil {
				return err
			}
		}
		if err := endOperatorTokens(tx, user.ID); err != nil {
			return err
		}
		if err := tx.ForgetPerson(user, passkey.NewHandle()); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeMembership, user.ID); err != nil {
			return err
		}
		if err := tx.RecordAs("account.delete", "user", user.ID, nil, nil, nil); err != nil {
			return err
		}
		return tx.Enqueue(Mail{Mail: MailDeleted, To: user.Email, Path: "/", Facts: MailFacts{Note: became(everywhere), At: tx.Now()}})
	})
}

// exit is a tenant that a person leaves, by what they have in it.
type exit struct {
	standing *models.Actor
	seats    []seat // one or none
}

// exits are all tenants that a person leaves in the order of their ids, which is the
// one in which every transaction on several tenants takes their locks.
func exits(everywhere []models.Actor, seats []seat) []exit {
	by := map[string]exit{}
	for _, inside := range everywhere {
		by[inside.Tenant().ID] = exit{standing: &inside}
	}
	for _, s := range seats {
		by[s.ID] = exit{by[s.ID].standing, []seat{s}}
	}
	var out []exit
	for _, id := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[id])
	}
	return out
}

// mayGo locks the account, and refuses to delete what the installation or a former
// address still needs.
func (a *Accounts) mayGo(tx *store.Tx, actor models.Actor) (models.User, error) {
	operators, err := tx.LockOperators()
	if err != nil {
		return models.User{}, err
	}
	user, err := tx.LockUser(actor.User())
	if err != nil {
		return user, err
	}
	if user.Staff == models.StaffOperator && len(operators) == 1 && operators[0].ID == user.ID {
		return user, lastOperator()
	}
	undo, err := tx.OpenLinks(user.ID, models.LinkUndo)
	if err == nil && len(undo) > 0 {
		err = fault.New(fault.Conflict, "address_just_changed",
			"The address of this account was changed lately, and the old one can undo that until %s. The account can be deleted after that.", moment(undo[0].ExpiresAt))
	}
	return user, err
}

// depart takes a person out of one tenant, and tells those whom it concerns.
func depart(tx *store.Tx, there models.Actor) error {
	id, details := there.User(), map[string]any{}
	tokens, err := tx.LiveTokensBy(id)
	if err != nil {
		return err
	}
	if there.Role() != models.NoRole {
		if err := tx.SetMember(id, models.NoRole); err != nil {
			return err
		}
		details["role"] = there.Role()
		if err := endOfRole(tx, there, id, there.Role(), models.NoRole, details); err != nil {
			return err
		}
	}
	for _, team := range there.Teams() {
		if err := departTeam(tx, there, team); err != nil {
			return err
		}
	}
	if len(there.Teams()) > 0 {
		details["teams"] = there.Teams()
	}
	if err := rightsChanged(tx, id); err != nil {
		return err
	}
	if err := tx.RecordAs("member.delete_account", "user", id, details, nil, nil); err != nil {
		return err
	}
	if there.Role() == models.NoRole && len(there.Teams()) == 0 {
		return nil // staff by a grant
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	who := "Somebody with the role " + strings.ReplaceAll(string(there.Role()), "_", " ")
	if there.Role() == models.NoRole {
		who = "A partner"
	}
	return tellGone(tx, there, "", who, "/t/"+there.Tenant().Slug+"/admin/members", count(len(tokens), "token")+" of theirs stopped working.", admins)
}

// departTeam takes a person out of a team. Of one with nobody else in it the open
// invitations and the subscriptions end.
func departTeam(tx *store.Tx, there models.Actor, id string) error {
	team, err := tx.Team(id)
	if err != nil {
		return err
	}
	left, err := soleServices(tx.Tenant, id, there.User())
	if err != nil {
		return err
	}
	last, err := tx.LeaveTeam(id, there.User())
	if err != nil || !last {
		if err != nil {
			return err
		}
		if _, err := tx.WithdrawColleaguesOf(id, there.User()); err != nil {
			return err
		}
		if err := inherit(tx, there, id, left); err != nil {
			return err
		}
		people, err := tx.Memberships(id)
		if err != nil {
			return err
		}
		var owners []string
		for _, m := range people {
			if m.Role == models.TeamOwner {
				owners = append(owners, m.UserID)
			}
		}
		return tellGone(tx, there, id, "A colleague in "+team.Name, "/t/"+there.Tenant().Slug+"/team", "Their tokens of the team stopped working. Subscriptions go on.", owners)
	}
	open, err := openOf(tx.Tenant, id)
	if err != nil {
		return err
	}
	for _, sub := range open {
		if err := endWithTeam(tx, there, sub.ID); err != nil {
			return err
		}
	}
	return nil
}

// endWithTeam ends what a team had that has nobody in it any more.
func endWithTeam(tx *store.Tx, there models.Actor, id string) error {
	const why = "The last person of the team deleted their account."
	before, err := tx.LockSubscription(id)
	if err != nil {
		return err
	}
	row, err := rowOf(tx.Tenant, before)
	if err != nil {
		return err
	}
	st := step{verb: "end_own"}
	if row.State == models.SubscriptionPending {
		st.verb = "withdraw"
		err = row.Withdraw(there.User(), tx.Now())
	} else {
		err = row.End(why)
	}
	if err != nil {
		return err
	}
	if err := keep(tx, before, row, &st); err != nil {
		return err
	}
	return tellAdminsMove(tx, there, row, "")
}

// tellGone tells people of a tenant, or of a team in it, that somebody deleted their
// account. It names nobody: the name goes with the account.
func tellGone(tx *store.Tx, there models.Actor, team, who, link, note string, people []string) error {
	people = but(people, there.User())
	n := models.Notification{TeamID: team, Kind: models.NotifyPerson, Title: who + " deleted their account", Body: note, Link: link}
	if err := tx.Notify(n, people...); err != nil {
		return err
	}
	return mailTo(tx, there, people, Mail{Mail: MailPersonGone, Team: team, Path: link, Facts: MailFacts{Object: who, Note: note}})
}

// became says in the last mail where the person was.
func became(everywhere []models.Actor) string {
	var lines []string
	for _, inside := range everywhere {
		lines = append(lines, fmt.Sprintf("%s: %s and %s left", inside.Tenant().Name, roleWords(inside.Role()), count(len(inside.Teams()), "team")))
	}
	return strings.Join(lines, "\n")
}

func roleWords(r models.Role) string {
	if r == models.NoRole {
		return "no role"
	}
	return "the role " + strings.ReplaceAll(string(r), "_", " ")
}
