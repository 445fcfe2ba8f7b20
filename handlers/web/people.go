package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/views/support"
)

// FindPerson leads an operator to the account of an address.
func (w *Web) FindPerson(c echo.Context) error {
	d, status := support.Search{Email: c.QueryParam("email")}, http.StatusOK
	if d.Email != "" {
		user, err := w.People.ByEmail(c.Request().Context(), guard.Actor(c), d.Email)
		if err == nil {
			return c.Redirect(http.StatusSeeOther, "/support/people/"+user.ID)
		}
		var ok bool
		if d.Problems, ok = fieldsOf(err); !ok {
			return err
		}
		status = formStatus(err)
	}
	return render(c, status, support.FindPeople(w.console(c, "People"), d))
}

// Person is the page of one account.
func (w *Web) Person(c echo.Context) error { return w.showPerson(c, http.StatusOK, nil) }

func (w *Web) showPerson(c echo.Context, status int, problems []fault.Field) error {
	actor := guard.Actor(c)
	p, err := w.People.Find(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	return render(c, status, support.OnePerson(w.console(c, p.Name), support.Account{
		User: p.User, Sessions: p.Sessions, Passkeys: p.Passkeys, Self: p.ID == actor.User(), Problems: problems, Now: w.Clock.Now(),
	}))
}

// EndPersonSessions ends all sessions of a person.
func (w *Web) EndPersonSessions(c echo.Context) error {
	id := c.Param("id")
	if err := w.People.EndSessions(c.Request().Context(), guard.Actor(c), id); err != nil {
		return err
	}
	if id == guard.Actor(c).User() { // it was this one, too
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	return done(c, "All their sessions were ended.", "/support/people/"+id)
}

// DisablePerson shuts somebody out.
func (w *Web) DisablePerson(c echo.Context) error {
	return w.setDisabled(c, true, "The account was disabled: sessions ended, tokens refused.")
}

// EnablePerson lets somebody in again.
func (w *Web) EnablePerson(c echo.Context) error {
	return w.setDisabled(c, false, "The account works again.")
}

func (w *Web) setDisabled(c echo.Context, disabled bool, message string) error {
	if err := w.People.SetDisabled(c.Request().Context(), guard.Actor(c), c.Param("id"), disabled); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showPerson(c, status, problems)
		}
		return err
	}
	return done(c, message, "/support/people/"+c.Param("id"))
}
