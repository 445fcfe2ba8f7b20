package guard

import (
	"github.com/labstack/echo/v4"

	"gatehouse/models"
)

// ofBearer is the actor of a token that is about itself, whatever its kind.
func (g *Guard) ofBearer(c echo.Context) (models.Actor, error) {
	secret, err := bearer(c.Request(), "gth_… or gthm_…")
	if err != nil {
		return models.Actor{}, err
	}
	r := Request(c)
	actor, err := g.Portal.Actors.OfBearer(c.Request().Context(), secret, r)
	return actor, g.Pace.hold(r, actor.Bearer(), &selfPace, err)
}
