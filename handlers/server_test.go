package handlers

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/logging"
)

// R102, R126: a panic says in the log where it happened, without what was sent.
func TestAPanicIsLoggedWithItsPlace(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var out bytes.Buffer
	slog.SetDefault(slog.New(logging.Handler(&out, slog.LevelInfo)))
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	err := recovered(func(echo.Context) error { panic("with gth_nq_0123456789abcdef") })(c)
	if err == nil || !strings.Contains(out.String(), "TestAPanicIsLoggedWithItsPlace") || strings.Contains(out.String(), "0123") {
		t.Errorf("%v: %s", err, out.String())
	}
}
