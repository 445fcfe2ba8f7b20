package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/members"
)

// ListMembers shows who has which role, who is invited, and who of the staff was in.
func (w *Web) ListMembers(c echo.Context) error {
	return w.showMembers(c, http.StatusOK, members.InviteForm{Role: string(models.RoleAuditor)})
}

func (w *Web) showMembers(c echo.Context, status int, form members.InviteForm) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	list, err := w.Members.List(ctx, actor, c.QueryParam("after"), portal.MembersMost)
	if err != nil {
		return err
	}
	visits, err := w.Grants.InTenant(ctx, actor)
	if err != nil {
		return err
	}
	asking, err := w.Joins.Waiting(ctx, actor)
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	d := members.Data{Tenant: actor.Tenant().Slug, MayManage: actor.Can(models.MemberManage), SeesTokens: actor.Can(models.TokenReadAll), Form: form, Now: now,
		Asking: int(asking), SignUp: signUpWords(actor.Tenant())}
	if list.Next != "" {
		d.Next = tenantBase(c) + "/admin/members?after=" + list.Next
	}
	for _, r := range list.Members {
		d.Members = append(d.Members, member(r, actor))
	}
	for i, l := range append(list.Invited, list.Lapsed...) {
		d.Invitations = append(d.Invitations, members.Invitation{Email: l.Email, RoleName: RoleName(l.Role), Sent: l.CreatedAt, Until: l.ExpiresAt, Lapsed: i >= len(list.Invited)})
	}
	arrivals, err := w.Members.Arrivals(ctx, actor)
	if err != nil {
		return err
	}
	for _, a := range arrivals {
		d.Arrivals = append(d.Arrivals, members.Arrival{Name: a.Name, Email: a.Email, RoleName: RoleName(a.InvitedAs()), Teams: strings.Join(a.Teams, ", ")})
	}
	for _, v := range slices.Concat(visits.Live, visits.Past) {
		d.Visits = append(d.Visits, members.Visit{Name: v.User.Name, Level: string(v.Level), Reason: v.Reason, Since: v.CreatedAt, Until: v.ExpiresAt, Live: v.Live(now)})
	}
	return render(c, status, members.List(w.page(c, "Members"), d))
}

// signUpWords is a tenant's sign-up policy in a sentence.
func signUpWords(t models.Tenant) string {
	switch t.SignUp {
	case models.SignUpOpen:
		return "Everybody with an account can become a partner."
	case models.SignUpDomain:
		return "Whose address ends in @" + strings.Join(t.SignUpDomains, " or @") + " can become a partner."
	case models.SignUpApproval:
		return "Whoever wants to become a partner asks, and an admin decides."
	}
	return "Whoever is invited becomes a partner, nobody else."
}

func member(r portal.MemberRow, actor models.Actor) members.Member {
	return members.Member{ID: r.UserID, Name: r.User.Name, Email: r.User.Email, Role: r.Role, RoleName: RoleName(r.Role),
		Since: r.CreatedAt, Self: r.UserID == actor.User()}
}

// InviteMember sends somebody a link that makes them a member.
func (w *Web) InviteMember(c echo.Context) error {
	actor, form := guard.Actor(c), members.InviteForm{Email: c.FormValue("email"), Role: c.FormValue("role")}
	if err := w.Members.Invite(c.Request().Context(), actor, form.Email, models.Role(form.Role)); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		form.Problems = problems
		return w.showMembers(c, status, form)
	}
	return done(c, "The invitation is on its way to "+form.Email+".", "/t/"+actor.Tenant().Slug+"/admin/members")
}

// WithdrawInvitation ends an invitation that nobody used yet.
func (w *Web) WithdrawInvitation(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Members.Withdraw(c.Request().Context(), actor, c.FormValue("email")); err != nil {
		return err
	}
	return done(c, "The invitation was withdrawn; its link works no more.", "/t/"+actor.Tenant().Slug+"/admin/members")
}

// InviteAgain sends an invitation again that nobody used.
func (w *Web) InviteAgain(c echo.Context) error {
	email := c.FormValue("email")
	if err := w.Members.InviteAgain(c.Request().Context(), guard.Actor(c), email); err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		return w.showMembers(c, status, members.InviteForm{Role: string(models.RoleAuditor), Problems: problems})
	}
	return done(c, "A new invitation is on its way to "+email+"; the link of the old one works no more.", tenantBase(c)+"/admin/members")
}

// Member is the page on which a role is changed.
func (w *Web) Member(c echo.Context) error {
	return w.showMember(c, http.StatusOK, "", nil)
}

func (w *Web) showMember(c echo.Context, status int, role string, problems []fault.Field) error {
	actor := guard.Actor(c)
	page, err := w.Members.Find(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	if role == "" {
		role = string(page.Role)
	}
	m := member(page.MemberRow, actor)
	m.Tokens, m.Teams, m.OnlyAdmin = page.Tokens, page.Teams, page.OnlyOne
	return render(c, status, members.Change(w.page(c, page.User.Name), members.RoleForm{Tenant: actor.Tenant().Slug, Member: m, Role: role, Problems: problems}))
}

// SetRole gives a member another role.
func (w *Web) SetRole(c echo.Context) error {
	role := c.FormValue("role")
	return w.changeMember(c, role, "The role was changed.", w.Members.SetRole(c.Request().Context(), guard.Actor(c), c.Param("id"), models.Role(role)))
}

// RemoveMember takes a member's role away, with what hangs on it.
func (w *Web) RemoveMember(c echo.Context) error {
	return w.changeMember(c, "", "They have no role here any more. They are told by e-mail.", w.Members.Remove(c.Request().Context(), guard.Actor(c), c.Param("id")))
}

func (w *Web) changeMember(c echo.Context, role, message string, err error) error {
	if err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showMember(c, status, role, problems)
		}
		return err
	}
	if c.Param("id") == guard.Actor(c).User() { // whoever gives up a role may not see this page any more
		return done(c, "Your role was changed.", "/t/"+guard.Actor(c).Tenant().Slug)
	}
	return done(c, message, tenantBase(c)+"/admin/members")
}

// EndMemberSessions ends all sessions of somebody who has a role in the tenant.
func (w *Web) EndMemberSessions(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Members.EndSessions(c.Request().Context(), actor, c.Param("id")); err != nil {
		return err
	}
	if c.Param("id") == actor.User() { // it was this one, too
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	return done(c, "All their sessions were ended; they have to sign in again.", "/t/"+actor.Tenant().Slug+"/admin/members/"+c.Param("id"))
}
