package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// rotateJSON is how a token wants to be replaced.
type rotateJSON struct {
	Overlap   string     `json:"overlap,omitempty" enums:"0,1h,24h,72h,silent" default:"24h"` // how long the old secret goes on; silent is until nothing has used it for a day, once the new one was seen
	ExpiresAt *time.Time `json:"expires_at,omitempty" format:"date-time"`                     // of the new one; without it, and at most, as long as this one was made to live
} // @name Rotation

// rotatedJSON is a new secret, which stands in this answer only.
type rotatedJSON struct {
	Token     string    `json:"token" example:"gth_northquay_…"`
	ID        string    `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Hint      string    `json:"hint" example:"9fK2"` // its last four characters
	ExpiresAt time.Time `json:"expires_at" format:"date-time"`
	Replaces  string    `json:"replaces" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c000"` // id of the old one
	OldUntil  time.Time `json:"old_until" format:"date-time"`                            // the old secret works until then at most
} // @name Rotated

// RotateSelf gives the token of the request a successor.
//
//	@Summary   Rotate this token
//	@ID        rotateSelf
//	@Tags      token
//	@Description  Makes a new secret for the access or management token that the request came with: the same rights, addresses and people, no longer a life than this one was made to have. The old one goes on for the overlap, never past its own end; of all tokens that replaced each other at most two work. Everybody responsible for the token is told. A tenant can forbid it. At most 10 times an hour.
//	@Param     Idempotency-Key  header  string      false  "the same for a repeated request, which is answered 409 without a secret"
//	@Param     body             body    rotateJSON  true   "how long the old one goes on"
//	@Success   201  {object}  rotatedJSON
//	@Header    201  {string}  Cache-Control  "no-store"
//	@Failure   400,401,403,408,409,413,415,422,429  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/token/rotate [post]
func (a *API) RotateSelf(c echo.Context) error {
	var in rotateJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	want := portal.SelfRotation{Overlap: in.Overlap}
	if in.Overlap == "" {
		want.Overlap = string(models.OverlapDay)
	}
	if in.ExpiresAt != nil {
		want.Expires = *in.ExpiresAt
	}
	var err error
	if want.Key, err = idempotencyKey(c); err != nil {
		return err
	}
	made, secret, err := a.Rotations.RotateSelf(c.Request().Context(), guard.Actor(c), want)
	if err != nil {
		return named(err, "expires", "expires_at")
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusCreated, rotatedJSON{secret.Reveal(), made.New.ID, made.New.Hint, made.New.ExpiresAt, made.Old.ID, made.Old.Until()})
}

// idempotencyKey is the field of that name, which a client chooses.
func idempotencyKey(c echo.Context) (string, error) {
	const most = 200
	key := c.Request().Header.Get("Idempotency-Key")
	for _, b := range []byte(key) {
		if b < 0x20 || b > 0x7e {
			return "", invalid("Idempotency-Key", "Use printable ASCII.")
		}
	}
	if len(key) > most {
		return "", invalid("Idempotency-Key", "At most %d characters.", most)
	}
	return key, nil
}
