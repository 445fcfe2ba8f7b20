package api

import (
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"
)

// Sizes of a list.
const (
	limitDefault = 50
	limitMost    = 100
)

// listJSON is a part of a list.
type listJSON[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"` // send it as after, as it is; absent on the last page
}

// listOf shapes the items of a part; next is "" where none follows.
func listOf[M, T any](items []M, shape func(M) T, next string) listJSON[T] {
	out := listJSON[T]{Items: make([]T, len(items)), Next: next}
	for i, m := range items {
		out.Items[i] = shape(m)
	}
	return out
}

// limitOf is how many items were asked for.
func limitOf(c echo.Context) (int, error) {
	raw := c.QueryParam("limit")
	if raw == "" {
		return limitDefault, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 || n > limitMost {
		return 0, invalid("limit", "Choose 1 to %d.", limitMost)
	}
	return n, nil
}

// after is the id that a list is asked to go on behind, or "".
func after(c echo.Context) (string, error) {
	raw := c.QueryParam("after")
	if raw != "" && !idShape.MatchString(raw) {
		return "", notNext()
	}
	return raw, nil
}

// idShape is what the ids of things look like.
var idShape = regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// notNext refuses what no page before can have given.
func notNext() error { return invalid("after", "Send the value of next of the page before.") }

// last is where to go on behind the items, if more follow.
func last[M any](items []M, more bool, id func(M) string) string {
	if !more || len(items) == 0 {
		return ""
	}
	return id(items[len(items)-1])
}
