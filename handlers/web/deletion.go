package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/account"
)

// ConfirmDelete says what deleting the account does, before it is done.
func (w *Web) ConfirmDelete(c echo.Context) error { return w.showDelete(c, http.StatusOK, "", nil) }

func (w *Web) showDelete(c echo.Context, status int, typed string, problems []fault.Field) error {
	actor := guard.Actor(c)
	f, err := w.Accounts.Farewell(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := account.DeleteData{Email: actor.Account().Email, Typed: typed, Ready: f.Ready(), LastOperator: f.LastOperator, Until: f.Until, Problems: problems, Now: w.Clock.Now()}
	for _, p := range f.Places {
		d.Places = append(d.Places, leavingPlace(p))
	}
	return render(c, status, account.Delete(w.page(c, "Delete your account"), d))
}

func leavingPlace(p portal.Leaving) account.Leaving {
	out := account.Leaving{Tenant: p.Tenant.Name, URL: "/t/" + p.Tenant.Slug, LastAdmin: p.LastAdmin}
	if p.Role != models.NoRole {
		out.Role = RoleName(p.Role)
	}
	for _, t := range p.Tokens {
		out.Tokens = append(out.Tokens, t.Name)
	}
	for _, t := range p.Teams {
		out.Teams = append(out.Teams, account.LeavingTeam{Name: t.Name, Others: t.Others, MustHandOver: t.MustHandOver, Subscriptions: t.Subscriptions})
	}
	return out
}

// DeleteAccount deletes the person's account, with all their sessions.
func (w *Web) DeleteAccount(c echo.Context) error {
	typed := c.FormValue("email")
	if err := w.Accounts.Delete(c.Request().Context(), guard.Actor(c), typed); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showDelete(c, status, typed, problems)
		}
		return err
	}
	if err := guard.Session(c).SignOut(c.Response(), c.Request()); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return c.Redirect(http.StatusSeeOther, "/goodbye")
}

// Goodbye is the page after an account was deleted.
func (w *Web) Goodbye(c echo.Context) error {
	return render(c, http.StatusOK, account.Goodbye(w.gate(c, "Goodbye", "")))
}
