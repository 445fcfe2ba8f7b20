package web

import (
	"crypto/rand"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

func managementTokensURL(c echo.Context) string { return tenantBase(c) + "/admin/management-tokens" }

// scopeField is how the form names a scope's box.
const scopeField = "scope-"

// ManagementTokenList are one's own management tokens.
func (w *Web) ManagementTokenList(c echo.Context) error {
	rows, err := w.ManagementTokens.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	m := tokens.Management{Tenant: guard.Actor(c).Tenant().Slug, Base: managementTokensURL(c), Now: w.Clock.Now()}
	for _, r := range rows {
		m.Rows = append(m.Rows, tokenRow(c, m.Base, r))
	}
	return render(c, http.StatusOK, m.Page(w.page(c, "Management tokens")))
}

// NewManagementToken is the form of a new one.
func (w *Web) NewManagementToken(c echo.Context) error {
	return w.showManagementForm(c, http.StatusOK, tokens.ManagementForm{Key: rand.Text(), Problems: w.tooSoon(c)})
}

func (w *Web) showManagementForm(c echo.Context, status int, f tokens.ManagementForm) error {
	actor := guard.Actor(c)
	tenant := actor.Tenant()
	f.Tenant, f.TenantID, f.TenantName, f.Days = tenant.Slug, tenant.ID, tenant.Name, tenant.TokenDays
	f.Choices, f.MinDate, f.MaxDate = lifetimes(w.Clock.Now(), f.Days)
	f.Expires = lifetimeChosen(f.Expires, f.Days)
	for _, s := range models.ManagementScopes {
		if actor.CanUse(s.Name) {
			f.Scopes = append(f.Scopes, tokens.Scope{Name: s.Name, Allows: s.Allows, Chosen: c.FormValue(scopeField+s.Name) != ""})
		}
	}
	return render(c, status, f.Page(w.page(c, "New management token")))
}

// CreateManagementToken answers the form with the only page that shows the secret (R4).
func (w *Web) CreateManagementToken(c echo.Context) error {
	f := tokens.ManagementForm{Name: c.FormValue("name"), Description: c.FormValue("description"),
		Expires: c.FormValue("expires"), Date: c.FormValue("date"), Key: c.FormValue("key")}
	in := portal.NewManagementToken{Name: f.Name, Description: f.Description, Expires: onDate(f.Expires, f.Date), Scopes: []string{}, Key: f.Key}
	for _, s := range models.ManagementScopes {
		if c.FormValue(scopeField+s.Name) != "" {
			in.Scopes = append(in.Scopes, s.Name)
		}
	}
	token, secret, err := w.ManagementTokens.Create(c.Request().Context(), guard.Actor(c), in)
	if problems, status, ok := proofFields(err); ok && fault.Code(err) != "already_created" {
		f.Problems = problems
		return w.showManagementForm(c, status, f)
	}
	if err != nil {
		return err
	}
	row := tokenRow(c, managementTokensURL(c), portal.TokenRow{Token: token})
	row.URL = managementTokensURL(c)
	page := tokens.Created{Tenant: guard.Actor(c).Tenant().Slug, Row: row, Secret: secret.Reveal(), Summary: may(portal.TokenRow{Token: token}), Done: row.URL, Now: w.Clock.Now()}
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, http.StatusCreated, page.Page(w.page(c, token.Name)))
}

// ConfirmRevokeManagementToken asks first.
func (w *Web) ConfirmRevokeManagementToken(c echo.Context) error {
	return w.showManagementStop(c, http.StatusOK, nil)
}

func (w *Web) showManagementStop(c echo.Context, status int, problems []fault.Field) error {
	row, err := w.ManagementTokens.Show(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	s := tokens.Stop{Tenant: guard.Actor(c).Tenant().Slug, Row: tokenRow(c, managementTokensURL(c), row), Back: managementTokensURL(c),
		Revoke: true, Cause: c.FormValue("cause"), Reason: c.FormValue("reason"), Problems: problems, Now: w.Clock.Now(), Management: true}
	s.URL = s.Row.URL + "/revoke"
	return render(c, status, s.Page(w.page(c, s.Name)))
}

// RevokeManagementToken ends one for good.
func (w *Web) RevokeManagementToken(c echo.Context) error {
	err := w.ManagementTokens.Revoke(c.Request().Context(), guard.Actor(c), c.Param("id"), models.TokenCause(c.FormValue("cause")), c.FormValue("reason"))
	if problems, ok := fieldsOf(err); err != nil && ok {
		return w.showManagementStop(c, http.StatusUnprocessableEntity, problems)
	}
	if err != nil {
		return err
	}
	return done(c, revokedManagement, managementTokensURL(c))
}
