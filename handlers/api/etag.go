package api

import (
	"net/http"
	"slices"
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

// stillThere is nil where the client named this state, or any.
func stillThere(c echo.Context, now string) error {
	if seen := seenIn(c); len(seen) == 0 || slices.Contains(seen, now) {
		return nil
	}
	return meanwhile()
}

// seenIn are the states that If-Match names, RFC 9110 §13.1.1; none where it is
// not sent, or "*". A weak tag, or what is no tag at all, is a state that nothing
// is ever in.
func seenIn(c echo.Context) (seen []string) {
	for _, field := range c.Request().Header.Values("If-Match") {
		for t := range strings.SplitSeq(field, ",") {
			t = strings.TrimSpace(t)
			if t == "*" {
				return nil
			}
			state, opened := strings.CutPrefix(t, `"`)
			state, closed := strings.CutSuffix(state, `"`)
			if !opened || !closed {
				state = "?"
			}
			seen = append(seen, state)
		}
	}
	return seen
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
