package web

import (
	"net/http"
	"slices"

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
	rows, invited, err := w.Members.List(ctx, actor)
	if err != nil {
		return err
	}
	visits, err := w.Grants.InTenant(ctx, actor)
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	d := members.Data{Tenant: actor.Tenant().Slug, MayManage: actor.Can(models.MemberManage), SeesTokens: actor.Can(models.TokenReadAll), Form: form, Now: now}
	for _, r := range rows {
		d.Members = append(d.Members, member(r, actor))
	}
	for _, l := range invited {
		d.Invitations = append(d.Invitations, members.Invitation{Email: l.Email, RoleName: RoleName(l.Role), Sent: l.CreatedAt, Until: l.ExpiresAt})
	}
	for _, v := range slices.Concat(visits.Live, visits.Past) {
		d.Visits = append(d.Visits, members.Visit{Name: v.User.Name, Level: string(v.Level), Reason: v.Reason, Since: v.CreatedAt, Until: v.ExpiresAt, Live: v.Live(now)})
	}
	return render(c, status, members.List(w.page(c, "Members"), d))
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

// Member is the page on which a role is changed.
func (w *Web) Member(c echo.Context) error {
	return w.showMember(c, http.StatusOK, "", nil)
}

func (w *Web) showMember(c echo.Context, status int, role string, problems []fault.Field) error {
	actor := guard.Actor(c)
	row, err := w.Members.Find(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	if role == "" {
		role = string(row.Role)
	}
	form := members.RoleForm{Tenant: actor.Tenant().Slug, Member: member(row, actor), Role: role, Problems: problems}
	return render(c, status, members.Change(w.page(c, row.User.Name), form))
}

// SetRole gives a member another role, or none.
func (w *Web) SetRole(c echo.Context) error {
	actor, role := guard.Actor(c), c.FormValue("role")
	if err := w.Members.SetRole(c.Request().Context(), actor, c.Param("id"), chosenRole(role)); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showMember(c, status, role, problems)
		}
		return err
	}
	if c.Param("id") == actor.User() { // whoever gives up a role may not see this page any more
		return done(c, "Your role was changed.", "/t/"+actor.Tenant().Slug)
	}
	return done(c, "The role was changed.", "/t/"+actor.Tenant().Slug+"/admin/members")
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

// chosenRole is what a form means: "none" takes the role away, and an empty
// answer is none of the roles.
func chosenRole(value string) models.Role {
	switch value {
	case "none":
		return models.NoRole
	case "":
		return "unchosen"
	}
	return models.Role(value)
}
