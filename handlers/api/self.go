package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// selfJSON is a management token's view of itself.
type selfJSON struct {
	ID        string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Name      string    `json:"name" example:"deploy"`
	Tenant    string    `json:"tenant" example:"northquay"`
	Owner     string    `json:"owner" example:"manager@northquay.example"` // whose rights it has
	Scopes    []string  `json:"scopes" example:"apis:read,apis:write"`
	CreatedAt time.Time `json:"created_at" format:"date-time"`
	ExpiresAt time.Time `json:"expires_at" format:"date-time"`
} // @name TokenSelf

func selfFrom(t portal.TokenRow, tenant string) selfJSON {
	return selfJSON{t.ID, t.Name, tenant, t.Owner.Email, t.Scopes, t.CreatedAt, t.ExpiresAt}
}

// Self says what the token of the request is.
//
//	@Summary   What this token is
//	@ID        readSelf
//	@Tags      token
//	@Description  The management token that the request came with: its name, its scopes, its end.
//	@Success   200  {object}  selfJSON
//	@Failure   401  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/token [get]
func (a *API) Self(c echo.Context) error {
	actor := guard.Actor(c)
	row, err := a.ManagementTokens.Self(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, selfFrom(row, actor.Tenant().Slug))
}
