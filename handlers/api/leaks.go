package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/leaks"
	"gatehouse/internal/portal"
	"gatehouse/internal/webhook"
	"gatehouse/models"
)

// Scanners are those whose reports of found tokens are taken.
type Scanners struct {
	GitHub *leaks.GitHub             // nil where its reports are not taken
	Others map[string]webhook.Secret // by the name that the operator gave
}

// GitHubLeaks takes a report of GitHub's secret scanning. The signature is checked
// over the body as it came, before anything reads it.
func (a *API) GitHubLeaks(c echo.Context) error {
	if a.Scanners.GitHub == nil {
		return fault.Missing("page")
	}
	key, signature, err := a.Scanners.GitHub.Key(c.Request().Context(), c.Request().Header)
	if err != nil {
		return err
	}
	raw, err := body(c, bodyMost)
	if err != nil {
		return err
	}
	if err := leaks.Verified(key, signature, raw); err != nil {
		return err
	}
	return a.receive(c, models.ReporterGitHub, raw)
}

// ScannerLeaks takes the report of a scanner that the operator named, signed as
// Standard Webhooks says.
func (a *API) ScannerLeaks(c echo.Context) error {
	secret, ok := a.Scanners.Others[c.Param("source")]
	if !ok {
		return fault.Missing("page")
	}
	raw, err := body(c, bodyMost)
	if err != nil {
		return err
	}
	if err := secret.Verify(c.Request().Header, raw, a.Clock.Now()); err != nil {
		return fault.New(fault.Unauthenticated, "invalid_signature", "This report is not signed by whom it says that it is from.").Because(err)
	}
	return a.receive(c, c.Param("source"), raw)
}

// receive answers when everything is stored, and says of each match whether it
// was one of our tokens.
func (a *API) receive(c echo.Context, reporter string, raw []byte) error {
	matches, err := leaks.Parse(raw)
	if err != nil {
		return err
	}
	found := make([]portal.Finding, len(matches))
	for i, m := range matches {
		found[i] = portal.Finding{Secret: m.Token, Where: m.Where()}
	}
	ours, err := a.Leaks.Receive(c.Request().Context(), models.NewReporter(reporter, models.Tenant{}, guard.Request(c)), found)
	if err != nil {
		return err
	}
	feedback := make([]leaks.Feedback, len(matches))
	for i, m := range matches {
		feedback[i] = leaks.FeedbackOf(m, sha256.Sum256([]byte(m.Token)), ours[i])
	}
	return c.JSON(http.StatusOK, feedback)
}

// RevokeCredentials takes tokens from whoever found them, and says nothing about
// them: the answer is the same for all.
func (a *API) RevokeCredentials(c echo.Context) error {
	var in struct {
		Credentials []string `json:"credentials"`
	}
	if err := openBody(c, &in); err != nil {
		return err
	}
	if len(in.Credentials) == 0 || len(in.Credentials) > portal.LeakMost {
		return fault.New(fault.Invalid, "invalid_input", "Send 1 to %d tokens in \"credentials\".", portal.LeakMost)
	}
	found := make([]portal.Finding, len(in.Credentials))
	for i, secret := range in.Credentials {
		found[i].Secret = secret
	}
	if err := a.Leaks.Report(c.Request().Context(), guard.Actor(c), found); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

// CheckLeaks says what tokens are worth to whoever holds them, by their SHA-256.
func (a *API) CheckLeaks(c echo.Context) error {
	var in struct {
		Tokens []struct {
			Tenant string `json:"tenant"` // code
			SHA256 string `json:"sha256"` // hex
		} `json:"tokens"`
	}
	if err := openBody(c, &in); err != nil {
		return err
	}
	held := make([]portal.Held, len(in.Tokens))
	for i, t := range in.Tokens {
		sum, err := hex.DecodeString(t.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return fault.New(fault.Invalid, "invalid_input", "\"sha256\" of token %d is not 64 hexadecimal digits.", i)
		}
		held[i] = portal.Held{Code: t.Tenant, SHA256: [sha256.Size]byte(sum)}
	}
	states, err := a.Leaks.Check(c.Request().Context(), guard.Actor(c), held)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"states": states})
}

// openBody reads the JSON of a request that anybody may send, and that says who
// they are in no way: it is about tokens, so it is not made with one.
func openBody(c echo.Context, into any) error {
	h := c.Request().Header
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key"} {
		if len(h.Values(name)) > 0 {
			return fault.New(fault.Forbidden, "credentials_sent", "Send this without credentials: leave out %s.", name)
		}
	}
	if err := mediaType(c, "application/json"); err != nil {
		return err
	}
	raw, err := body(c, 10*time.Second)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.New(fault.Invalid, "invalid_input", "The body is not JSON of the kind that is read here.")
	}
	return nil
}
