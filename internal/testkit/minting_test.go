package testkit_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// R6: a token makes no tokens, in whatever way it is sent and not beside a
// session either: the management API has no address for it.
func TestATokenMakesNoTokens(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	tokens := func() int {
		t.Helper()
		a := k.Visitor().Do(http.MethodGet, "/api/v1/tenants/nq/tokens", nil, "Accept", "application/json", "Authorization", "Bearer "+p.ManagementSecret.Reveal())
		return strings.Count(a.Body, `"hint":`)
	}
	before := tokens()
	if before == 0 {
		t.Fatal("the list of tokens is empty")
	}
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	management, access := p.ManagementSecret.Reveal(), p.Secret.Reveal()
	for name, authorization := range map[string]string{
		"as Bearer": "Bearer " + management, "an access token": "Bearer " + access, "as a Basic user": basic(management, "x-oauth-basic"), "as a Basic password": basic("x", management), "not at all": "-",
	} {
		for who, b := range map[string]*testkit.Browser{"alone": k.Visitor(), "with a session": p.Admin, "with the owner's session": p.Partner} {
			for address, body := range map[string]string{
				"/api/v1/tenants/nq/tokens": `{"name":"another","expires_at":"2099-01-01T00:00:00Z"}`, "/api/v1/tokens": `{"name":"another"}`, "/api/v1/token": `{"name":"another"}`,
			} {
				a := b.Do(http.MethodPost, address, strings.NewReader(body), "Content-Type", "application/json", "Authorization", authorization)
				if a.StatusCode < 300 || strings.Contains(a.Body, "gth_") || strings.Contains(a.Body, "gthm_") {
					t.Errorf("%s, %s, %s: %d %.200s", name, who, address, a.StatusCode, a.Body)
				}
			}
		}
	}
	if after := tokens(); after != before {
		t.Errorf("there are %d tokens, and were %d", after, before)
	}
}
