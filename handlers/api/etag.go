package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
)

// etag is the entity tag of a state, RFC 9110 §8.8.3.
func etag(state string) string { return `"` + state + `"` }

// unchanged is nil where the client has seen the state that there is now: it
// sent its tag in If-Match (R142).
func unchanged(c echo.Context, now string) error {
	if len(c.Request().Header.Values("If-Match")) == 0 {
		return fault.New(fault.PreconditionRequired, "if_match_required",
			"Read it first, and send its ETag in If-Match, so that nobody's change is overwritten.")
	}
	return stillThere(c, now)
}

// stillThere is unchanged where naming the state is up to the client.
func stillThere(c echo.Context, now string) error {
	sent := c.Request().Header.Values("If-Match")
	if len(sent) == 0 {
		return nil
	}
	for _, t := range strings.Split(strings.Join(sent, ","), ",") {
		if t = strings.TrimSpace(t); t == "*" || t == etag(now) {
			return nil
		}
	}
	return meanwhile()
}

func meanwhile() error {
	return fault.New(fault.PreconditionFailed, "changed_meanwhile",
		"Somebody changed this since you read it. Read it again, and send its new ETag in If-Match. Nothing was changed.")
}

// late is the answer where somebody was quicker between our check and the write.
func late(err error) error {
	if fault.Code(err) == "changed_meanwhile" {
		return meanwhile()
	}
	return err
}

// show answers with a thing and its tag.
func show(c echo.Context, status int, state string, body any) error {
	c.Response().Header().Set("ETag", etag(state))
	return c.JSON(status, body)
}

// made answers with a new thing and where it is from now on.
func made(c echo.Context, address, state string, body any) error {
	c.Response().Header().Set("Location", address)
	return show(c, http.StatusCreated, state, body)
}
