package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// ClaimDomain says that a domain is the team's own.
func (w *Web) ClaimDomain(c echo.Context) error {
	domain := c.FormValue("domain")
	if err := w.Domains.Claim(c.Request().Context(), guard.Actor(c), c.Param("id"), domain); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showTeams(c, http.StatusUnprocessableEntity, typedTeam{team: c.Param("id"), domain: domain, problems: problems, form: "domain"})
		}
		return err
	}
	return done(c, "Now prove that the domain is yours: the record that its DNS needs stands beside it.", teamURL(guard.Actor(c)))
}

// CheckDomain looks whether the domain's DNS proves it.
func (w *Web) CheckDomain(c echo.Context) error {
	domain := c.FormValue("domain")
	if err := w.Domains.Check(c.Request().Context(), guard.Actor(c), c.Param("id"), domain); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showTeams(c, formStatus(err), typedTeam{team: c.Param("id"), problems: problems, form: "domains"})
		}
		return err
	}
	return done(c, domain+" is proven.", teamURL(guard.Actor(c)))
}

// LetDomainIn says whether people of the domain may join by themselves.
func (w *Web) LetDomainIn(c echo.Context) error {
	domain, on := c.FormValue("domain"), c.FormValue("on") == "on"
	if err := w.Domains.LetIn(c.Request().Context(), guard.Actor(c), c.Param("id"), domain, on); err != nil {
		return err
	}
	message := "People of " + domain + " join by invitation only."
	if on {
		message = "People with a confirmed address in " + domain + " can join by themselves. You are told of each."
	}
	return done(c, message, teamURL(guard.Actor(c)))
}

// RemoveDomain takes a domain from the team.
func (w *Web) RemoveDomain(c echo.Context) error {
	domain := c.FormValue("domain")
	if err := w.Domains.Remove(c.Request().Context(), guard.Actor(c), c.Param("id"), domain); err != nil {
		return err
	}
	return done(c, domain+" is not the team’s any more. Who joined by it stays.", teamURL(guard.Actor(c)))
}

// ConfirmDomain takes a domain as proven, by somebody who runs the tenant.
func (w *Web) ConfirmDomain(c echo.Context) error {
	domain := c.FormValue("domain")
	if err := w.Domains.Confirm(c.Request().Context(), guard.Actor(c), c.Param("id"), domain); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showWholeTeam(c, status, problems)
		}
		return err
	}
	return done(c, domain+" counts as proven.", allTeamsURL(c)+"/"+c.Param("id"))
}

// RevokeDomain takes a domain from a team, by somebody who runs the tenant.
func (w *Web) RevokeDomain(c echo.Context) error {
	domain := c.FormValue("domain")
	if err := w.Domains.Revoke(c.Request().Context(), guard.Actor(c), c.Param("id"), domain); err != nil {
		return err
	}
	return done(c, domain+" is not the team’s any more.", allTeamsURL(c)+"/"+c.Param("id"))
}

// domainNames are the proven domains among a team's.
func domainNames(r portal.TeamRow) (names []string) {
	for _, d := range r.Domains {
		if d.Verified() {
			names = append(names, d.Domain)
		}
	}
	return names
}
