package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/csvfile"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Invite sends somebody a link that makes them a member with a role, or lets them
// in as a partner. It demands a step-up for the tenant's slug (R24): who may invite
// an admin could else make one of themselves with a stolen session.
func (m *Members) Invite(ctx context.Context, actor models.Actor, address string, role models.Role) error {
	return m.manage(ctx, actor, func(tx *store.Tx) error {
		return m.links.invite(tx, actor.Tenant(), address, role, actor, actor.Tenant().Slug)
	})
}

// InviteAgain sends a new link in place of one that nobody used, with the same
// role. It demands the same step-up.
func (m *Members) InviteAgain(ctx context.Context, actor models.Actor, address string) error {
	return m.manage(ctx, actor, func(tx *store.Tx) error {
		link, err := unused(tx.Tenant, address)
		if err != nil {
			return err
		}
		return m.links.invite(tx, actor.Tenant(), link.Email, link.Role, actor, actor.Tenant().Slug)
	})
}

// unused finds the invitation of an address, whether it works still or lapsed.
func unused(r store.Tenant, address string) (models.Link, error) {
	open, err := r.Invitations()
	if err != nil {
		return models.Link{}, err
	}
	lapsed, err := r.LapsedInvitations()
	for _, l := range append(open, lapsed...) {
		if l.Email == address {
			return l, err
		}
	}
	return models.Link{}, errors.Join(err, fault.Missing("invitation"))
}

// Withdraw ends the open invitations of an address.
func (m *Members) Withdraw(ctx context.Context, actor models.Actor, address string) error {
	return m.manage(ctx, actor, func(tx *store.Tx) error { return withdraw(tx, "member.withdraw", address) })
}

// invite makes the link of an invitation and mails it. It uses up the step-up for proof.
func (l links) invite(tx *store.Tx, tenant models.Tenant, address string, role models.Role, by models.Actor, proof string) error {
	email, err := models.CanonicalEmail(address)
	if err != nil {
		return err
	}
	if !role.Invitable() {
		return errRole("auditor, API manager, admin or partner")
	}
	if err := notInvitable(tx, email, role); err != nil {
		return err
	}
	if err := tx.UseProof(proof); err != nil {
		return err
	}
	return l.send(tx, tenant, email, role, by)
}

// send makes and mails one invitation.
func (l links) send(tx *store.Tx, tenant models.Tenant, email string, role models.Role, by models.Actor) error {
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

// notInvitable refuses an address whose person is what the invitation would make
// them, and ends the invitations that the new one replaces.
func notInvitable(tx *store.Tx, email string, role models.Role) error {
	user, err := tx.UserByEmail(email)
	if err == nil {
		err = notYet(tx.Tenant, user.ID, role)
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

// notYet refuses a person whom an invitation would make nothing new.
func notYet(r store.Tenant, user string, role models.Role) error {
	if role != models.RolePartner {
		return notMember(r, user)
	}
	a, err := r.Admission(user)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	n, err := r.CountMemberships(user)
	if err == nil && (n > 0 || a.State == models.AdmissionLetIn) {
		err = fault.New(fault.Conflict, "already_member", "This person is a partner here already.")
	}
	return err
}

// InviteMost is how many lines one list of invitations has at most.
const InviteMost = 1000

// InviteVerdict says what becomes of a line of such a list.
type InviteVerdict string

// The verdicts: ok ones are invited, all others left out.
const (
	InviteOK       InviteVerdict = "ok"
	InviteMember   InviteVerdict = "already_member"
	InviteWaiting  InviteVerdict = "already_invited"
	InviteDouble   InviteVerdict = "double"
	InviteAddress  InviteVerdict = "bad_address"
	InviteBadRole  InviteVerdict = "bad_role"
	inviteShownMax               = 120 // characters of what was typed
)

// InviteLine is one line of a list, with what becomes of it.
type InviteLine struct {
	Number  int
	Email   string // as it is invited, or as it was typed where that is no address
	Role    models.Role
	Typed   string // the role as it was typed, where that is none
	Verdict InviteVerdict
}

// InviteList is a list that was looked at.
type InviteList struct {
	Lines []InviteLine
	OK    int
	Seen  string // names the list with its verdicts: what was shown is sent back with it
}

// Object is what the step-up for a list is bound to: this list and no other.
func (l InviteList) Object() string { return "invite-" + l.Seen }

// roleNames are the roles as people write them in lists.
var roleNames = map[string]models.Role{"auditor": models.RoleAuditor, "api_manager": models.RoleAPIManager, "api manager": models.RoleAPIManager, "api-manager": models.RoleAPIManager,
	"admin": models.RoleAdmin, "partner": models.RolePartner}

// readInvites reads a list: an address and maybe a role in a line, in the columns
// that its head names, or in this order where it has none.
func readInvites(text string, role models.Role) ([]InviteLine, error) {
	lines, err := csvfile.Read(text, InviteMost+1) // and a head
	switch {
	case errors.Is(err, csvfile.ErrTooLong):
		return nil, invalid("list", "At most %d lines at once. Split the list.", InviteMost)
	case err != nil:
		return nil, invalid("list", "This is not a list that can be read. Save it as CSV in UTF-8.")
	}
	at, as := 0, 1
	if len(lines) > 0 {
		if e, r, ok := columns(lines[0].Fields); ok {
			at, as, lines = e, r, lines[1:]
		}
	}
	if len(lines) == 0 {
		return nil, invalid("list", "Write an address in each line, and a role behind it if you like.")
	}
	if len(lines) > InviteMost {
		return nil, invalid("list", "At most %d lines at once. Split the list.", InviteMost)
	}
	out := make([]InviteLine, len(lines))
	for i, l := range lines {
		out[i] = lineOf(l, at, as, role)
	}
	return out, nil
}

// columns finds the columns of a head; ok is false where the line is none.
func columns(head []string) (email, role int, ok bool) {
	email, role = -1, -1
	for i, name := range head {
		switch strings.ToLower(name) {
		case "email", "e-mail", "address", "mail":
			email = i
		case "role":
			role = i
		}
	}
	return email, role, email >= 0
}

func lineOf(l csvfile.Line, at, as int, role models.Role) InviteLine {
	field := func(i int) string {
		if i < 0 || i >= len(l.Fields) {
			return ""
		}
		return l.Fields[i]
	}
	line := InviteLine{Number: l.Number, Email: field(at), Role: role, Verdict: InviteOK}
	email, err := models.CanonicalEmail(line.Email)
	if err == nil {
		line.Email = email
	} else {
		line.Email, line.Verdict = shortened(line.Email), InviteAddress
	}
	if name := field(as); name != "" {
		found, ok := roleNames[strings.ToLower(name)]
		if line.Role = found; !ok {
			line.Typed = shortened(name)
			if line.Verdict == InviteOK {
				line.Verdict = InviteBadRole
			}
		}
	}
	return line
}

func shortened(s string) string {
	if r := []rune(s); len(r) > inviteShownMax {
		return string(r[:inviteShownMax]) + "…"
	}
	return s
}

// invitable are the lines of a list, for somebody who may invite.
func invitable(actor models.Actor, text string, role models.Role) ([]InviteLine, error) {
	if err := actor.May(models.MemberManage); err != nil {
		return nil, err
	}
	if !role.Invitable() {
		return nil, errRole("auditor, API manager, admin or partner")
	}
	return readInvites(text, role)
}

// PreviewInvites says what would become of each line of a list, and writes nothing.
// A line without a role gets the given one.
func (m *Members) PreviewInvites(ctx context.Context, actor models.Actor, text string, role models.Role) (list InviteList, err error) {
	lines, err := invitable(actor, text, role)
	if err != nil {
		return list, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		list, err = judged(r, lines)
		return err
	})
	return list, err
}

// InviteMany invites all lines of a list that are ok, or nobody: where one of them
// is something else by now than when it was shown, it is a Conflict. It demands a
// step-up for the list (R24).
func (m *Members) InviteMany(ctx context.Context, actor models.Actor, text string, role models.Role, seen string) (list InviteList, err error) {
	lines, err := invitable(actor, text, role)
	if err != nil {
		return list, err
	}
	err = m.manage(ctx, actor, func(tx *store.Tx) error {
		if list, err = judged(tx.Tenant, lines); err != nil {
			return err
		}
		switch {
		case list.Seen != seen:
			return fault.New(fault.Conflict, "changed_meanwhile", "Something in this list changed since you saw it. Nobody was invited; look again.")
		case list.OK == 0:
			return invalid("list", "There is nobody to invite in this list.")
		}
		if err := tx.UseProof(list.Object()); err != nil {
			return err
		}
		for _, l := range list.Lines {
			if l.Verdict != InviteOK {
				continue
			}
			if _, err := tx.WithdrawInvitations(l.Email); err != nil { // a lapsed one
				return err
			}
			if err := m.links.send(tx, actor.Tenant(), l.Email, l.Role, actor); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// judged are the lines with what the tenant says to them.
func judged(r store.Tenant, lines []InviteLine) (list InviteList, err error) {
	var emails []string
	first := map[string]bool{}
	for i, l := range lines {
		if l.Verdict != InviteOK {
			continue
		}
		if first[l.Email] {
			lines[i].Verdict = InviteDouble
			continue
		}
		first[l.Email] = true
		emails = append(emails, l.Email)
	}
	waiting, err := r.InvitedOf(emails)
	if err != nil {
		return list, err
	}
	users, err := r.UsersByEmails(emails)
	if err != nil {
		return list, err
	}
	sum := sha256.New()
	for i, l := range lines {
		user, known := users[l.Email]
		switch {
		case l.Verdict != InviteOK:
		case waiting[l.Email]:
			lines[i].Verdict = InviteWaiting
		case known:
			err := notYet(r, user.ID, l.Role)
			if fault.Is(err, fault.Conflict) {
				lines[i].Verdict = InviteMember
			} else if err != nil {
				return list, err
			}
		}
		if lines[i].Verdict == InviteOK {
			list.OK++
		}
		_, _ = fmt.Fprintf(sum, "%q %q %q\n", l.Email, l.Role, lines[i].Verdict) // a hash takes everything
	}
	list.Lines, list.Seen = lines, hex.EncodeToString(sum.Sum(nil)[:12])
	return list, nil
}
