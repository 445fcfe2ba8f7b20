package handlers_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// seer is one kind of reader, and what is there for them beside what is public.
type seer struct {
	caller
	sees []models.Visibility
	team string // of which they are an owner, or ""
	call string // secret of an access token of that team, good for another API
}

// shelf is a tenant with an API of each visibility, called like it.
type shelf struct {
	*testing.T
	k     *testkit.Kit
	p     *testkit.Place
	rival *testkit.Place
	seers []seer
}

// slugOf is the API of a visibility. Its name is a word that stands nowhere else.
func slugOf(v models.Visibility) string {
	return map[models.Visibility]string{models.VisiblePublic: "albatross", models.VisibleSignedIn: "bluethroat", models.VisibleTeams: "curlew", models.VisibleHidden: "dunnock"}[v]
}

func newShelf(t *testing.T, k *testkit.Kit) *shelf {
	s := &shelf{T: t, k: k, p: k.Place("aa", true), rival: k.Place("bb", true)}
	visitor = k.Visitor()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, manager, p := context.Background(), k.Actor(s.p.Manager, "aa"), s.p
	team := func(name string) (*testkit.Browser, string, string) {
		b, id := k.Person(name, models.NotStaff), models.NewID()
		k.Write(b, p.Tenant, func(tx *store.Tx) error { return tx.InsertTeam(&models.Team{ID: id, Name: name}, b.User.ID) })
		return b, id, s.mint(b, id, "orders", true)
	}
	named, namedTeam, namedToken := team("Named team")
	other, otherTeam, otherToken := team("Other team")
	for _, v := range models.Visibilities {
		api := slugOf(v)
		_, _, _, err := k.Portal.APIs.PutDocument(ctx, manager, api, "v0", []byte(testkit.Document))
		must(err)
		_, err = k.Portal.Plans.Create(ctx, manager, api, models.Plan{Slug: "standard", Name: "Standard", Rates: []models.Rate{{Calls: 1000, Seconds: 1}}, AutoApprove: true})
		must(err)
		for _, version := range []string{"v0", "v1"} { // the one is retired, the other has a draft
			_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, api, version, []byte(testkit.Document))
			must(err)
			w, err := k.Portal.APIs.Workbench(ctx, manager, api, version)
			must(err)
			w.Version.Upstream = k.Upstream.URL
			_, err = k.Portal.APIs.SetUpstream(ctx, manager, api, version, w.Version)
			must(err)
			_, err = k.Portal.APIs.Publish(ctx, manager, api, version, revision.ID)
			must(err)
			_, err = k.Portal.APIs.SetMock(ctx, manager, api, version, true)
			must(err)
		}
		_, err = k.Portal.Versions.Retire(ctx, manager, api, "v0", portal.Accept{})
		must(err)
		_, _, _, err = k.Portal.APIs.PutDocument(ctx, manager, api, "v1", []byte(testkit.Document+"# a draft\n"))
		must(err)
		one, err := k.Portal.APIs.Show(ctx, manager, api)
		must(err)
		one.API.Category, one.API.Tags = "Family "+api, []string{"tag-" + api}
		_, err = k.Portal.APIs.Update(ctx, manager, api, one.API, nil)
		must(err)
		_, err = k.Portal.Subscriptions.Request(ctx, k.Actor(p.Partner, "aa"), portal.NewSubscription{API: api, Version: "v1", Plan: "standard", Team: p.Team.ID, Purpose: "To watch birds fly."})
		must(err)
		to := models.Audience{Visibility: v}
		if v == models.VisibleTeams {
			to.Teams = []string{namedTeam}
		}
		_, err = k.Portal.APIs.SetAudience(ctx, manager, api, one.Revision+1, to)
		must(err)
	}
	all := models.Visibilities
	s.seers = []seer{
		{caller{"stranger", k.Visitor(), "", ""}, all[:1], "", ""},
		{caller{"newcomer", k.Person("Newcomer", models.NotStaff), "", ""}, all[:2], "", ""},
		{caller{"partner of another tenant", s.rival.Partner, "", ""}, all[:2], "", s.rival.Secret.Reveal()},
		{caller{"member of a named team", named, "", ""}, all[:3], namedTeam, namedToken},
		{caller{"member of another team", other, "", ""}, all[:2], otherTeam, otherToken},
		{caller{"member of a subscribed team", p.Partner, "", ""}, all, p.Team.ID, p.Secret.Reveal()},
		{caller{"auditor", p.Auditor, "", ""}, all, "", ""},
		{caller{"API manager", p.Manager, "", ""}, all, "", ""},
		{caller{"admin", p.Admin, "", ""}, all, "", ""},
		{caller{"admin of another tenant", s.rival.Admin, "", ""}, all[:2], "", ""},
		{caller{"staff by a grant", s.granted(), "", ""}, all, "", ""},
		{caller{"operator without a grant", k.Person("An operator", models.StaffOperator), "", ""}, all[:2], "", ""},
		{caller{"management token", nil, p.ManagementSecret.Reveal(), ""}, all, "", ""},
	}
	return s
}

func (s *shelf) granted() *testkit.Browser {
	b := s.k.Person("Some support", models.StaffSupport)
	s.k.Write(s.p.Admin, s.p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGrant(&models.Grant{ID: models.NewID(), UserID: b.User.ID, Level: models.GrantView, Reason: "ticket 1", GivenBy: s.p.Admin.User.ID, ExpiresAt: tx.Now().Add(models.GrantMax)})
	})
	return b
}

// mint subscribes a team and makes a token of it.
func (s *shelf) mint(b *testkit.Browser, team, api string, approve bool) string {
	s.Helper()
	ctx := context.Background()
	row, err := s.k.Portal.Subscriptions.Request(ctx, s.k.Actor(b, "aa"), portal.NewSubscription{API: api, Version: "v1", Plan: "standard", Team: team, Purpose: "To print labels."})
	if err == nil && approve {
		row, err = s.k.Portal.Subscriptions.Approve(ctx, s.k.Actor(s.p.Admin, "aa"), row.ID, row.Seen())
	}
	if err != nil {
		s.Fatal(err)
	}
	_, secret, err := s.k.Portal.Tokens.Create(ctx, s.k.Proven(s.k.Actor(b, "aa"), models.TokenCreate, team),
		portal.NewToken{Team: team, Name: "both", Expires: "30", Access: map[string]models.Access{row.VersionID: models.AccessWrite}})
	if err != nil {
		s.Fatal(err)
	}
	return secret.Reveal()
}

// R53: an API that is not there for a reader is an API that does not exist, at every
// door: in lists, searches, counts and labels it is missing, and where it is named the
// answer is the one to a name that nothing has.
func TestWhatIsNotSeenDoesNotExist(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		s := newShelf(t, k)
		for _, r := range s.seers {
			t.Run(r.name, func(t *testing.T) {
				s.T = t
				s.lists(r)
				for _, v := range models.Visibilities {
					s.named(r, slugOf(v), slices.Contains(r.sees, v))
				}
				if r.call != "" {
					s.called(r)
				}
			})
		}
		s.T = t
		s.everywhere()
	})
}

// lists are the places that show several APIs.
func (s *shelf) lists(r seer) {
	s.Helper()
	get := func(path string) string {
		s.Helper()
		b, header := r.browser, []string{}
		if b == nil {
			b, header = visitor, []string{"Authorization", "Bearer " + r.token}
		}
		a := b.Do(http.MethodGet, path, nil, header...)
		if a.StatusCode != http.StatusOK {
			s.Errorf("%s: %s", path, a.Status)
		}
		return a.Body
	}
	pages := []string{"/t/aa", "/t/aa/apis", "/t/aa/apis?sort=newest", "/t/aa/apis?sort=updated", "/t/aa/llms.txt", "/t/aa/feed.atom", "/t/aa/guides"}
	if r.browser == nil {
		pages = []string{"/api/v1/tenants/aa/apis", "/api/v1/tenants/aa/apis?sort=updated", "/api/v1/tenants/aa/search?q=order"}
	}
	for _, page := range pages {
		body := get(page)
		for _, v := range models.Visibilities {
			if sees, shown := slices.Contains(r.sees, v), strings.Contains(body, slugOf(v)); sees != shown {
				s.Errorf("%s shows the API %s: %v", page, v, shown)
			}
		}
	}
	if r.browser == nil {
		return
	}
	if n, want := regexp.MustCompile(`(\d+) APIs?</p>`).FindStringSubmatch(get("/t/aa/apis")), len(r.sees)+1; n == nil || n[1] != string(rune('0'+want)) {
		s.Errorf("the list counts %v, not %d", n, want)
	}
	for _, v := range models.Visibilities {
		for _, query := range []string{"q=" + slugOf(v), "category=Family+" + slugOf(v), "tag=tag-" + slugOf(v)} {
			shown := strings.Contains(get("/t/aa/apis?"+query), `href="/t/aa/apis/`+slugOf(v)+`"`)
			if shown != slices.Contains(r.sees, v) {
				s.Errorf("the filter %s finds the API %s: %v", query, v, shown)
			}
		}
	}
	operations := strings.Count(get("/t/aa/apis?q=order"), "/operations/")
	if want := len(r.sees) * strings.Count(get("/t/aa/apis/albatross/v1"), `class="method`); operations == 0 || want == 0 {
		s.Errorf("no operation is found: %d of %d", operations, want)
	}
	for _, v := range models.Visibilities {
		if shown := strings.Contains(get("/t/aa/apis?q=order"), "/apis/"+slugOf(v)+"/v1/operations/"); shown != slices.Contains(r.sees, v) {
			s.Errorf("the search finds operations of the API %s: %v", v, shown)
		}
	}
}

// named are the addresses that name an API.
func (s *shelf) named(r seer, api string, sees bool) {
	s.Helper()
	paths := []string{"/t/aa/apis/%", "/t/aa/apis/%/status", "/t/aa/apis/%/v1", "/t/aa/apis/%/v1/operations/get-orders", "/t/aa/apis/%/v1/openapi.json",
		"/t/aa/apis/%/feed.atom", "/t/aa/apis/%/guides/getting-started", "/t/aa/apis/%/compare", "/t/aa/apis/%/compare?from=v1:1&to=v1", "/t/aa/apis/%/v1?q=order",
		"/t/aa/apis/%/v1/openapi.yaml", "/t/aa/apis/%/v1/openapi.yaml?operation=get-orders", "/t/aa/apis/%/v1/llms.txt", "/t/aa/apis/%/v1/operations/get-orders.md", "/t/aa/apis/%/v1/life", "/t/aa/apis/%/v0/life",
		"/t/aa/apis/%/v1/try?operation=get-orders", "/t/aa/apis/%/v1/try/openapi.json?operation=get-orders", "/t/aa/apis/%/subscribe?version=v1&plan=standard"}
	if r.browser == nil {
		paths = []string{"/api/v1/tenants/aa/apis/%", "/api/v1/tenants/aa/apis/%/status", "/api/v1/tenants/aa/apis/%/versions", "/api/v1/tenants/aa/apis/%/plans",
			"/api/v1/tenants/aa/apis/%/versions/v1/comparison"}
	}
	for _, path := range paths {
		s.compare(r, http.MethodGet, path, api, sees, nil)
	}
	if sees && r.browser != nil {
		publisher := slices.Contains([]string{"auditor", "API manager", "admin", "staff by a grant"}, r.name)
		for _, path := range []string{"/t/aa/apis/" + api + "/compare?from=v1:1&to=v1:2", "/t/aa/apis/" + api + "/v0/openapi.json", "/t/aa/apis/" + api + "/v0/operations/get-orders"} {
			if a := r.browser.Get(path); (a.StatusCode == http.StatusOK) != publisher {
				s.Errorf("a draft or what is retired, %s: %s", path, a.Status)
			}
		}
	}
	if !sees && r.browser != nil {
		for _, path := range []string{"/t/aa/apis/%/compare?from=v1:1&to=v1:2", "/t/aa/apis/%/v1/life/end.ics", "/t/aa/apis/%/v1/operations/get-nothing", "/t/aa/apis/%/v0", "/t/aa/apis/%/v0/openapi.json"} {
			s.compare(r, http.MethodGet, path, api, sees, nil)
		}
		form := url.Values{"plan": {"standard"}, "purpose": {"To watch birds fly."}, "team": {r.team}}.Encode()
		s.compare(r, http.MethodPost, "/t/aa/apis/%/v1/subscribe", api, sees, &form)
		try := ""
		s.compare(r, http.MethodPost, "/t/aa/apis/%/v1/try/token", api, sees, &try)
	}
}

// compare asks for an API and for one that nothing is called like.
func (s *shelf) compare(r seer, method, path, api string, sees bool, form *string) {
	s.Helper()
	mask := func(text, name string) string { return strings.ReplaceAll(text, name, "…") }
	there := mask(tell(r.caller, method, strings.ReplaceAll(path, "%", api), form), api)
	nothing := mask(tell(r.caller, method, strings.ReplaceAll(path, "%", "woodpecker"), form), "woodpecker")
	if same := there == nothing; same && sees && !strings.HasPrefix(there, "403") && !strings.HasPrefix(there, "401") {
		s.Errorf("%s %s: %s is not there\n%.200s", method, path, api, there)
	} else if !same && !sees {
		s.Errorf("%s %s: %s is told from nothing\n%s", method, path, api, parting(there, nothing))
	}
}

// called is the gateway: a token whose team does not see an API is told that it is
// not there, one whose team does that it is not subscribed.
func (s *shelf) called(r seer) {
	s.Helper()
	call := func(before, api, version string) (code, body string) {
		q, err := http.NewRequest(http.MethodGet, s.k.GatewayURL.String()+before+"/aa/"+api+"/"+version+"/orders", nil)
		if err != nil {
			s.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+r.call)
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			s.Fatal(err)
		}
		defer func() { _ = a.Body.Close() }()
		b, _ := io.ReadAll(a.Body)
		var problem struct{ Type string }
		_ = json.Unmarshal(b, &problem)
		text := strings.ReplaceAll(strings.ReplaceAll(string(b), api, "…"), version, "…")
		return problem.Type[strings.LastIndexByte(problem.Type, '/')+1:], a.Status + " " + changing.ReplaceAllString(text, "…")
	}
	for _, way := range []struct{ before, version, foreign string }{
		{"", "v1", "subscription_required"}, {"", "v0", "version_retired"}, {"/-/mock", "v1", ""}, {"/-/mock", "v0", ""}} {
		_, nothing := call(way.before, "woodpecker", way.version)
		for _, v := range models.Visibilities {
			code, body := call(way.before, slugOf(v), way.version)
			foreign := r.team == "" // of another tenant: what is not public is no business of it, and no mock
			sees := slices.Contains(r.sees, v) && (!foreign || v == models.VisiblePublic && way.foreign != "")
			switch {
			case sees && foreign && code != way.foreign, sees && !foreign && code == "api_not_found":
				s.Errorf("a call of the API %s at %s/%s: %s", v, way.before, way.version, body)
			case !sees && body != nothing:
				s.Errorf("a call of the API %s at %s/%s is told from one of nothing: %s\n%s", v, way.before, way.version, body, nothing)
			}
		}
	}
}

// everywhere is the search over all portals, which shows what is public alone,
// whoever asks, and only of public portals.
func (s *shelf) everywhere() {
	s.Helper()
	closed := s.k.Place("cc", false)
	for _, r := range []*testkit.Browser{s.k.Visitor(), s.p.Admin, closed.Admin, s.p.Partner} {
		for _, v := range models.Visibilities {
			if shown := strings.Contains(r.Get("/?q="+slugOf(v)).Body, "/t/aa/apis/"+slugOf(v)); shown != (v == models.VisiblePublic) {
				s.Errorf("the search over all portals shows the API %s: %v", v, shown)
			}
		}
		if body := r.Get("/?q=orders").Body; !strings.Contains(body, "/t/bb/apis/orders") || strings.Contains(body, "/t/cc/apis/orders") {
			s.Error("the search over all portals is not about the public ones")
		}
	}
}
