package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/support"
)

// ListStaff shows the people of the operating company.
func (w *Web) ListStaff(c echo.Context) error { return w.showStaff(c, http.StatusOK, "", nil) }

func (w *Web) showStaff(c echo.Context, status int, email string, problems []fault.Field) error {
	actor := guard.Actor(c)
	people, invited, err := w.Staff.List(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := support.Staff{Invitations: invited, Email: email, Problems: problems, Now: w.Clock.Now()}
	for _, u := range people {
		d.People = append(d.People, staffPerson(u, actor))
	}
	return render(c, status, support.People(w.console(c, "Staff"), d))
}

func staffPerson(u models.User, actor models.Actor) support.Person {
	return support.Person{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Staff, State: u.State, Since: u.CreatedAt, Self: u.ID == actor.User()}
}

// InviteStaff sends somebody a link that makes them support staff.
func (w *Web) InviteStaff(c echo.Context) error {
	email := c.FormValue("email")
	if err := w.Staff.Invite(c.Request().Context(), guard.Actor(c), email); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showStaff(c, status, email, problems)
		}
		return err
	}
	return done(c, "The invitation is on its way to "+email+".", "/support/staff")
}

// WithdrawStaff ends an invitation that nobody used yet.
func (w *Web) WithdrawStaff(c echo.Context) error {
	if err := w.Staff.Withdraw(c.Request().Context(), guard.Actor(c), c.FormValue("email")); err != nil {
		return err
	}
	return done(c, "The invitation was withdrawn; its link works no more.", "/support/staff")
}

// StaffPerson is the page on which a staff role is changed.
func (w *Web) StaffPerson(c echo.Context) error { return w.showStaffPerson(c, http.StatusOK, "", nil) }

func (w *Web) showStaffPerson(c echo.Context, status int, role string, problems []fault.Field) error {
	actor := guard.Actor(c)
	user, err := w.Staff.Find(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	if role == "" {
		role = string(user.Staff)
	}
	return render(c, status, support.Change(w.console(c, user.Name), support.RoleForm{Person: staffPerson(user, actor), Role: role, Problems: problems}))
}

// SetStaffRole changes a staff person's role, or ends it.
func (w *Web) SetStaffRole(c echo.Context) error {
	role := c.FormValue("role")
	if err := w.Staff.SetRole(c.Request().Context(), guard.Actor(c), c.Param("id"), models.StaffRole(chosenRole(role))); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showStaffPerson(c, status, role, problems)
		}
		return err
	}
	return done(c, "The role was changed; their sessions were ended.", "/support/staff")
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
