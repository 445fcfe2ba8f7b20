package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// formless are routes that take a POST and read no fields of a form.
var formless = map[string]string{
	"POST /login/finish":                                        "reads the answer of a passkey",
	"POST /link/:secret/finish":                                 "reads the answer of a passkey",
	"POST /recover/passkey/finish":                              "reads the answer of a passkey",
	"POST /link/:secret/recover":                                "needs a recovery that has waited a day; it has no fields",
	"POST /step-up/finish":                                      "reads the answer of a passkey",
	"POST /account/passkeys/finish":                             "reads the answer of a passkey",
	"POST /t/:tenant/apis/:api/:version/try/token":              "is asked by a script, with the tenant alone",
	"POST /support/import":                                      "takes a file, and nothing beside it",
	"POST /support/import/:id":                                  "needs the archive of another installation: TestATenantGoesToAnotherInstallation sends it",
	"POST /support/jobs/:id/retry":                              "needs a job that failed",
	"POST /support/jobs/:id/discard":                            "needs a job that failed",
	"POST /account/first-passkey/begin":                         "needs an account that a provider made",
	"POST /account/first-passkey/finish":                        "reads the answer of a passkey",
	"POST /link/:secret/provider":                               "needs a sign-in through a provider; it has no fields",
	"POST /login/with/:id":                                      "needs a provider that answers",
	"POST /account/identities/:id":                              "needs a provider that answers",
	"POST /account/identities/:id/unlink":                       "needs an identity, linked at a provider that answers",
	"POST /t/:tenant/admin/settings/sign-in/test":               "needs a provider that answers; it has no fields",
	"POST /support/sign-in/test":                                "needs a provider that answers; it has no fields",
	"POST /t/:tenant/admin/settings/sign-in/people/:id/release": "needs an identity, linked at a provider that answers",
	"POST /support/sign-in/people/:id/release":                  "needs an identity, linked at a provider that answers",
}

// R56: a field that a form does not have changes nothing. Everything that can be
// sent from a page is sent in two installations: in one as the pages send it, in
// the other with fields of other forms and of the tables beside it, in the body
// and in the address. In the end both databases hold the same.
func TestFieldsThatAFormDoesNotHave(t *testing.T) {
	shapes, sent := map[bool]string{}, map[string]bool{}
	var mu sync.Mutex
	t.Run("sent", func(t *testing.T) {
		for _, stuffed := range []bool{false, true} {
			t.Run(fmt.Sprintf("with more fields %v", stuffed), func(t *testing.T) {
				t.Parallel()
				s := newPlay(t, stuffed)
				s.run()
				mu.Lock()
				defer mu.Unlock()
				shapes[stuffed] = s.shape()
				maps.Copy(sent, s.sent)
			})
		}
	})
	if shapes[false] != shapes[true] {
		t.Errorf("what the fields changed:\n%s", difference(shapes[false], shapes[true]))
	}
	for _, row := range handlers.Sitemap(handlers.Options{}) {
		if route := row.Method + " " + row.Path; row.Rule.By == guard.Browser && row.Method == http.MethodPost && !sent[route] && formless[route] == "" {
			t.Errorf("%s was not sent", route)
		}
	}
}

// play is everything that people can send from pages, in an order in which it works.
type play struct {
	t       *testing.T
	k       *testkit.Kit
	p       *scene // where it plays, and whose ids are smuggled in
	dns     *testkit.Nameserver
	other   models.Tenant
	sent    map[string]bool
	stuffed bool
}

func newPlay(t *testing.T, stuffed bool) *play {
	k, n := hosting(t)
	p := newScene(t, k, "aa", true)
	other, err := k.Portal.Tenants.Create(t.Context(), k.Actor(k.Person("First operator", models.StaffOperator), ""),
		portal.NewTenant{Slug: "bb", Code: "bb", Name: "Tenant bb", Colour: "#123456", Public: true})
	if err != nil {
		t.Fatal(err)
	}
	return &play{t, k, p, n, other, map[string]bool{}, stuffed}
}

// smuggled are the fields: columns of tables, and fields of other forms.
func (s *play) smuggled() url.Values {
	all := url.Values{}
	for name, value := range map[string]string{
		"id": s.p.Token.ID, "tenant_id": s.other.ID, "TenantID": s.other.ID, "for_tenant": s.other.ID, "for_team": s.p.Team.ID,
		"user_id": s.p.Auditor.User.ID, "UserID": s.p.Auditor.User.ID, "owner_id": s.p.Auditor.User.ID, "team_id": s.p.Team.ID, "team": s.p.Team.ID,
		"api_id": s.p.API.ID, "version_id": s.p.Version.ID, "plan_id": s.p.Plan.ID, "published_id": s.p.Revision.ID, "created_by": s.p.Auditor.User.ID,
		"requested_by": s.p.Auditor.User.ID, "decided_by": s.p.Auditor.User.ID, "approved_by": s.p.Auditor.User.ID, "held_by": "x", "revoked_by": "x", "given_by": "x",
		"state": "approved", "State": "approved", "status": "active", "staff": "operator", "Staff": "operator", "kind": "management", "class": "staff", "level": "manage", "role": "admin",
		"scopes": "tokens:write", "access": "write", "allowed_ips": "0.0.0.0/0", "digest": "00", "hint": "hint", "key_id": "k9", "hash": "00", "handle": "00",
		"rate_limit": "1000000", "rates": `[{"Calls":9}]`, "rate_4_calls": "9", "rate_4_seconds": "9", "quota_calls": "9", "quota_period": "day", "auto": "on", "auto_approve": "on",
		"public": "on", "self_approval": "on", "token_days": "366", "body_limit": "9", "upstream": s.k.Upstream.URL + "/evil", "credential_header": "X-Evil", "credential_value": "evil",
		"expires_at": "2099-01-01", "created_at": "2001-01-01", "used_at": "2001-01-01", "ended_at": "2001-01-01", "revoked_at": "2001-01-01", "archived_at": "2001-01-01", "read_at": "2001-01-01",
		"email": "evil@bb.example", "admin_email": "evil@bb.example", "slug": "evil", "code": "evil", "name": "Evil", "summary": "Evil", "description": "Evil", "tagline": "Evil",
		"purpose": "Evil purposes only.", "reason": "An evil reason.", "state_reason": "An evil reason.", "give_reason": "An evil reason.", "minutes": "480", "give_minutes": "480",
		"document": "evil", "version": "v666", "plan": "evil", "colour": "#ff0000", "logo": "evil", "seen": "9.9", "decision": "approve", "session": "others", "theme": "dark",
		"up_to": "z", "back": "/evil", "next": "/evil", "action": "token.create", "object": s.p.Team.ID, "key": "evil", "date": "2099-01-01", "expires": "1", "secret": "evil",
		"team_name": "Evil team", "domain": "evil.example", "on": "on", "pick": s.p.Subscription.ID + " 1.1", "operation": "evil", "ends_at": "2099-01-01", "until": "2099-01-01", "last_day": "2099-01-01", "wished_end": "2099-01-01", "expected_calls": "9", "wanted_plan_id": s.p.Plan.ID,
		"from_team": "on", "deputy": s.p.Auditor.User.ID, "from": "2001-01-01", "daily": "on", "escalate_days": "9", "why": "An evil reason.", "message": "Evil", "advice": "Evil", "access-" + s.p.Version.ID: "write", "scope-tokens:write": "on", "_method": "DELETE",
		"unused_days": "7", "pause_days": "1", "revoke_days": "9", "rotate_days": "30", "self_rotation": "on", "approval": "on", "leak": "notify", "keep": s.p.Version.ID + " DELETE /orders/{id}", "when": "now",
		"welcome": "Evil", "help": "Evil", "sender": "Evil", "look": s.p.Token.ID, "remove_logo": "on", "base_id": "evil", "logo_type": "image/svg+xml",
		"wish": `{"Permissions":[]}`, "waits": "", "people": s.p.Auditor.User.ID, "owner": s.p.Auditor.User.ID, "narrowing": "[]", "like": s.p.Token.ID,
	} {
		all.Set(name, value)
	}
	return all
}

// send sends a form to a route. Own are fields that it has beside those that are sent.
func (s *play) send(b *testkit.Browser, route, path string, status int, form url.Values, own ...string) testkit.Answer {
	s.t.Helper()
	s.sent["POST "+route] = true
	answer := b.Post(s.stuff(path, &form, own))
	if answer.StatusCode != status {
		s.t.Fatalf("%s (with more fields: %v): %d, want %d: %.400s", path, s.stuffed, answer.StatusCode, status, answer.Body)
	}
	return answer
}

// stuff adds the fields to a form and to its address.
func (s *play) stuff(path string, form *url.Values, own []string) (string, url.Values) {
	if !s.stuffed {
		return path, *form
	}
	more := s.smuggled()
	maps.DeleteFunc(more, func(name string, _ []string) bool { return form.Has(name) || slices.Contains(own, name) })
	in := maps.Clone(more)
	maps.Copy(in, *form)
	*form = in
	return path + "?" + more.Encode(), in
}

var (
	aUUID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	passing = regexp.MustCompile(`challenge=\S+|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( \+0000 UTC|Z)|req-[A-Z0-9]+|(localhost|127\.0\.0\.1):\d+|hint=\S+|"hint":"[^"]*"|sign_count=\d+|sha256:[0-9a-f]{64}|\[\d+( \d+)*\]`)
)

// shape is all rows without what differs by nature, ids numbered as they come.
func (s *play) shape() string {
	text := passing.ReplaceAllString(strings.Join(rows(s.t, s.k, ""), "\n"), "…")
	numbers := map[string]string{}
	return aUUID.ReplaceAllStringFunc(text, func(id string) string {
		if numbers[id] == "" {
			numbers[id] = fmt.Sprint("#", len(numbers)+1)
		}
		return numbers[id]
	})
}
