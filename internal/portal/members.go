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

// MembersMost is the longest page of members.
const MembersMost = store.PageMost

// MembersPage is who has a role in a tenant, and who is invited.
type MembersPage struct {
	Members []MemberRow
	Invited []models.Link // nobody used them yet, and they work
	Lapsed  []models.Link // nobody used them in time
	Next    string        // behind which the next page of members begins, or ""
}

// List shows a page of the tenant's members behind one of them, and the invitations
// that nobody used.
func (m *Members) List(ctx context.Context, actor models.Actor, after string, limit int) (page MembersPage, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return page, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		members, err := r.Members(after, limit)
		if err != nil {
			return err
		}
		if len(members) == limit {
			page.Next = members[limit-1].UserID
		}
		users, err := r.Users(ids(members, func(m models.Member) string { return m.UserID }))
		if err != nil {
			return err
		}
		for _, member := range members {
			page.Members = append(page.Members, MemberRow{member, users[member.UserID]})
		}
		if page.Invited, err = r.Invitations(); err != nil {
			return err
		}
		page.Lapsed, err = r.LapsedInvitations()
		return err
	})
	return page, err
}

// MemberPage is a member with what a change of their role ends.
type MemberPage struct {
	MemberRow
	Tokens  int  // management tokens of theirs that work or are paused
	Teams   int  // that they are in, which stay
	OnlyOne bool // the tenant has no other admin
}

// Find shows one member to whoever may change their role.
func (m *Members) Find(ctx context.Context, actor models.Actor, user string) (page MemberPage, err error) {
	if err := actor.May(models.MemberManage); err != nil {
		return page, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		if page.Member, err = r.Member(user); err != nil {
			return err
		}
		if page.User, err = r.User(user); err != nil {
			return err
		}
		tokens, err := managementTokensOf(r, user)
		if err != nil {
			return err
		}
		teams, err := r.CountMemberships(user)
		if err != nil {
			return err
		}
		admins, err := r.Admins()
		page.Tokens, page.Teams, page.OnlyOne = len(tokens), int(teams), page.Role == models.RoleAdmin && len(admins) == 1
		return err
	})
	return page, err
}

// managementTokensOf are those of a person that were not revoked.
func managementTokensOf(r store.Tenant, user string) (out []models.Token, err error) {
	f := store.TokenFilter{Kinds: []models.TokenKind{models.TokenManagement}, User: user, Limit: store.PageMost}
	for {
		tokens, err := r.Tokens(f)
		if err != nil {
			return nil, err
		}
		for _, t := range tokens {
			if t.State != models.TokenRevoked {
				out = append(out, t)
			}
		}
		if len(tokens) < f.Limit {
			return out, nil
		}
		f.After = tokens[len(tokens)-1].ID
	}
}

// manage is what an admin does to members, as long as they are one: another admin
// may have demoted them since the request began.
func (m *Members) manage(ctx context.Context, actor models.Actor, fn func(*store.Tx) error) error {
	return m.manageOne(ctx, actor, "", fn)
}

// manageOne is manage for what is done to one person, whose account is locked before
// the members are: so it is where an account is deleted.
func (m *Members) manageOne(ctx context.Context, actor models.Actor, user string, fn func(*store.Tx) error) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return m.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		if user != "" {
			if _, err := tx.LockUser(user); err != nil {
				return refusedIfMissing(err, fault.Missing("member"))
			}
		}
		roles, err := tx.LockMembers()
		if err != nil {
			return err
		}
		if roles[actor.User()] != models.RoleAdmin {
			return fault.New(fault.Forbidden, "not_allowed", "You are no admin of %s any more.", actor.Tenant().Name)
		}
		return fn(tx)
	})
}

// errRole is the answer to a role that is none.
func errRole(choices string) error {
	return invalid("role", "Choose %s.", choices)
}

// SetRole gives a member another role. It demands a step-up (R24).
func (m *Members) SetRole(ctx context.Context, actor models.Actor, user string, role models.Role) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	if !role.Valid() {
		return errRole("auditor, API manager or admin")
	}
	return m.manageOne(ctx, actor, user, func(tx *store.Tx) error { return changeRole(tx, actor, user, role) })
}

// Remove takes a member's role away, and with it what hangs on it: their management
// tokens, whom they stand in for, and the invitations that they sent. Teams that
// they are in stay. It demands a step-up (R24).
func (m *Members) Remove(ctx context.Context, actor models.Actor, user string) error {
	return m.manageOne(ctx, actor, user, func(tx *store.Tx) error { return changeRole(tx, actor, user, models.NoRole) })
}

func changeRole(tx *store.Tx, actor models.Actor, user string, role models.Role) error {
	before, err := tx.Member(user)
	if err != nil {
		return err
	}
	if err := tx.UseProof(user); err != nil {
		return err
	}
	if before.Role == role {
		return fault.New(fault.Conflict, "nothing_to_do", "This member has that role already.")
	}
	if err := tx.SetMember(user, role); err != nil {
		return err
	}
	details := map[string]any{"from": before.Role, "to": role}
	if err := endOfRole(tx, actor, user, before.Role, role, details); err != nil {
		return err
	}
	if role == models.NoRole {
		if err := shutOutMember(tx, actor, user); err != nil {
			return err
		}
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	verb := "member.role"
	if role == models.NoRole {
		verb = "member.remove"
	}
	if err := tx.RecordAs(verb, "user", user, details, nil, nil); err != nil {
		return err
	}
	return tellRole(tx, actor, user, before.Role, role, details)
}

// shutOutMember keeps that somebody was removed who has no place in the tenant but
// their role: their address makes them no partner of it.
func shutOutMember(tx *store.Tx, actor models.Actor, user string) error {
	teams, err := tx.CountMemberships(user)
	if err != nil || teams > 0 {
		return err
	}
	a, err := tx.LockAdmission(user)
	if err != nil && !fault.Is(err, fault.NotFound) || a.State == models.AdmissionLetIn {
		return err
	}
	return shutOut(tx, actor, user)
}

// endOfRole ends what only the old role carried, and notes in the details how much that was.
func endOfRole(tx *store.Tx, actor models.Actor, user string, before, after models.Role, details map[string]any) error {
	as := models.NewActor(models.Standing{User: models.User{ID: user, State: models.UserActive}, Role: after}, actor.Tenant(), actor.Request())
	if !as.Can(models.ManagementTokenCreate) {
		tokens, err := managementTokensOf(tx.Tenant, user)
		if err != nil {
			return err
		}
		for _, token := range tokens {
			ended := token
			ended.Revoke(actor.User(), "Its person has no role here that it could be used with.", tx.Now())
			ended.Cause = models.CauseLeft
			if err := keepToken(tx, "revoke", token, ended, nil); err != nil {
				return err
			}
		}
		if len(tokens) > 0 {
			details["management_tokens"] = len(tokens)
		}
	}
	if before != models.RoleAdmin {
		return nil
	}
	if err := tx.EndStandIn(user); err != nil {
		return err
	}
	n, err := tx.WithdrawInvitationsBy(user)
	if err != nil {
		return err
	}
	owners, err := tx.WithdrawOwnersBy(user)
	if n += owners; n > 0 {
		details["invitations"] = n
	}
	return err
}

// roleName is a role in a sentence.
func roleName(r models.Role) string {
	switch r {
	case models.NoRole:
		return "no role"
	case models.RoleAPIManager:
		return "API manager"
	}
	return string(r)
}

// tellRole tells the person, and the other admins where an admin came or went.
func tellRole(tx *store.Tx, actor models.Actor, user string, before, after models.Role, details map[string]any) error {
	outcome := "Your role is now " + roleName(after)
	if after == models.NoRole {
		outcome = "You have no role any more"
	}
	var notes []string
	if n := details["management_tokens"]; n != nil {
		notes = append(notes, "Your management tokens were revoked.")
	}
	if n := details["invitations"]; n != nil {
		notes = append(notes, "Invitations that you sent and nobody used were withdrawn.")
	}
	// The mail belongs to no tenant: who was removed may not see its pages any more.
	if err := tx.Enqueue(Mail{Mail: MailRole, User: user, Path: "/account", Facts: MailFacts{
		Object: actor.Tenant().Name, Outcome: outcome, By: actor.Account().Name, Note: strings.Join(notes, " "), At: tx.Now(),
	}}); err != nil {
		return err
	}
	link := "/t/" + actor.Tenant().Slug + "/admin/members"
	if after != models.NoRole {
		if err := tx.Notify(models.Notification{Kind: models.NotifyRole, Title: outcome, Body: "Changed by " + actor.Account().Name + ".", Link: link}, user); err != nil {
			return err
		}
	}
	if before != models.RoleAdmin && after != models.RoleAdmin {
		return nil
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	who, err := tx.User(user)
	if err != nil {
		return err
	}
	title := who.Name + " is " + roleName(after) + " now"
	if after == models.NoRole {
		title = who.Name + " was removed as an admin"
	}
	return tx.Notify(models.Notification{Kind: models.NotifyRole, Title: title, Body: "Changed by " + actor.Account().Name + ".", Link: link}, but(but(admins, user), actor.User())...)
}
