package handlers_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// caller is one kind of who may ask.
type caller struct {
	name    string
	browser *testkit.Browser // nil: by token alone
	token   string           // management or access token
	client  string           // id and secret of a registered client, with a colon between
}

// credential is what a caller that is no browser sends, "" for one that is.
func (c caller) credential() string {
	switch {
	case c.client != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.client))
	case c.token != "":
		return "Bearer " + c.token
	}
	return ""
}

// scene is a place with everything that stands in addresses.
type scene struct {
	*testkit.Place
	theme, logo string // file names
	passkey     string // of the partner
	link        string // secret of an invitation that nobody used
	staff       string // a support person's id
	asks        string // id of somebody who asks to be let in
	exception   string // for the partner's team
	imported    string // id of a document that was refused
	refused     string // id of a call with the token that was refused
	alert       string // about the place's token
	announced   string // of the place's version
	bulk, view  string // ids: a change of many tokens that broke off, a saved view of the admin
	incident    string // id of one that lasts
	guide       string // id of one of the API, which readers see
	asked       string // id of what the support person asks to be allowed
	visit       string // id of a grant that they took in an emergency, which is over
	service     string // id of a service account of the team
	claim       string // id of a token that was prepared for the partner, which nobody made yet
	claimSecret string // of its link
	recovery    string // id of one that was stopped
	archive     string // id of the tenant's own, as somebody brought it here
	provider    string // id of the tenant's OpenID provider, which is not in use
}

// offered is the archive of a tenant, brought to where it is.
func offered(t *testing.T, k *testkit.Kit, slug string) string {
	t.Helper()
	program := models.NewProgram("command line", models.Tenant{})
	f, err := k.Portal.Archives.ExportFrom(t.Context(), program, slug)
	if err != nil {
		t.Fatal(err)
	}
	id, err := k.Portal.Archives.Offer(t.Context(), program, f, f.Size)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return id
}

// imported is a document that was refused.
func imported(t *testing.T, k *testkit.Kit, p *testkit.Place) string {
	t.Helper()
	manager := k.Actor(p.Manager, p.Slug)
	in, err := k.Portal.Imports.Begin(t.Context(), manager, p.API.Slug, p.Version.Name, models.ImportUpload, []byte("openapi: 3.0.3\npaths: {pets: {}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	row, err := k.Portal.Imports.Await(t.Context(), manager, in.ID, time.Minute)
	if err != nil || row.State != models.ImportRefused {
		t.Fatal(row, err)
	}
	return in.ID
}

func newScene(t *testing.T, k *testkit.Kit, slug string, public bool) *scene {
	t.Helper()
	s := &scene{Place: k.Place(slug, public), staff: k.Person(slug+" staff", models.StaffSupport).User.ID}
	s.provider = models.NewID()
	provider := models.Provider{TenantID: s.ID, ID: s.provider, Name: "Provider of " + slug, Issuer: "https://127.0.0.1", ClientID: "client", Number: 1, SetBy: s.Admin.User.ID}
	var err error
	if provider.Sealed, err = k.Keys.SealProvider(provider, "secret"); err != nil {
		t.Fatal(err)
	}
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		if err := tx.SetProvider(provider); err != nil {
			return err
		}
		return tx.RecordAs("provider.set", "provider", s.provider, nil, nil, nil)
	})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		tenant := s.Tenant
		tenant.Logo, tenant.LogoType = picture.Bytes(), "image/png"
		return tx.UpdateTenant(tenant)
	})
	s.asks = k.Person(slug+" asks", models.NotStaff).User.ID
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		return tx.SetAdmission(models.Admission{UserID: s.asks, State: models.AdmissionAsked, Note: "Prints labels."})
	})
	s.exception = models.NewID()
	k.Write(s.Manager, s.Tenant, func(tx *store.Tx) error {
		return tx.InsertException(&models.Exception{ID: s.exception, PlanID: s.Plan.ID, TeamID: s.Team.ID, Rates: s.Plan.Rates,
			QuotaCalls: s.Plan.QuotaCalls, QuotaPeriod: s.Plan.QuotaPeriod, QuotaDay: s.Plan.QuotaDay, Reason: "A launch.", EndsAt: tx.Now().Add(24 * time.Hour)})
	})
	s.asked, s.visit = models.NewID(), models.NewID()
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertGrant(&models.Grant{ID: s.visit, UserID: s.staff, Level: models.GrantManage, Reason: "Nobody was there.", Ticket: "4811", GivenBy: s.staff, Emergency: true, ExpiresAt: tx.Now().Add(time.Hour)}),
			tx.EndGrants(s.staff),
			tx.InsertGrantRequest(&models.GrantRequest{ID: s.asked, UserID: s.staff, Level: models.GrantManage, Reason: "A version fails.", Ticket: "4812", Minutes: 60, State: models.GrantWaiting, AnswerBy: tx.Now().Add(models.GrantAnswer)}),
		)
	})
	s.furnishTeam(t, k)
	recovery := models.Recovery{ID: models.NewID(), UserID: s.Auditor.User.ID, Reason: "Lost.", State: models.RecoveryStopped, StartedBy: s.Admin.User.ID}
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		recovery.DueAt = tx.Now()
		return tx.InsertRecovery(&recovery)
	})
	s.recovery = recovery.ID
	bulk := models.TokenBulk{ID: models.NewID(), Verb: models.BulkResume, Query: "owner=nobody"}
	view := models.SavedView{ID: models.NewID(), Name: "Paused", Query: "state=paused"}
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error { return errors.Join(tx.InsertBulk(&bulk), tx.InsertSavedView(&view)) })
	s.bulk, s.view = bulk.ID, view.ID
	for _, of := range []string{"", "orders"} {
		guide, err := k.Portal.Guides.Create(context.Background(), k.Actor(s.Manager, slug), of, models.Guide{Slug: "partner", Title: "Labels", Body: "Print *them*."}, true)
		if err != nil {
			t.Fatal(err)
		}
		s.guide = guide.ID
	}
	incident, err := k.Portal.Incidents.Open(context.Background(), k.Actor(s.Manager, slug), "orders", models.Incident{Title: "Slow answers"}, models.IncidentWatching, "We *watch* it.")
	if err != nil {
		t.Fatal(err)
	}
	s.incident = incident.ID
	s.archive = offered(t, k, slug)
	subscribersTold(t, k, k.Actor(s.Manager, slug))
	guest := "guest@" + slug + ".example"
	if answer := s.Admin.Post("/t/"+slug+"/admin/members", url.Values{"email": {guest}, "role": {"auditor"}, "step_up": {s.Admin.StepUp(models.MemberManage, slug)}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatal(answer.Status, answer.Body)
	}
	s.link = strings.TrimPrefix(k.LinkIn(k.Mail(guest, "Invitation to")), "/link/")
	home := s.Admin.Get("/t/" + slug).Body
	s.theme, s.logo = regexp.MustCompile(`theme\.[0-9a-f]+\.css`).FindString(home), regexp.MustCompile(`/logo/([0-9a-f]+)`).FindStringSubmatch(home)[1]
	keys, err := k.Portal.Accounts.Passkeys(context.Background(), k.Actor(s.Partner, ""))
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	s.passkey = keys[0].ID
	s.refused = refused(t, k, s.Place)
	s.imported = imported(t, k, s.Place)
	err = k.Portal.Alerts.Sight(context.Background(), portal.Sighting{Kind: models.AlertRetired, Tenant: s.Tenant.ID, Token: s.Token.ID, IP: "192.0.2.66", UserAgent: "forgotten/1.0", RequestID: "req-seen", Detail: "Somebody used it.", At: k.Store.Now()})
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := k.Portal.Alerts.List(context.Background(), k.Actor(s.Admin, slug), portal.AlertQuery{Limit: 1})
	if err != nil || len(alerts.Rows) != 1 {
		t.Fatal(alerts, err)
	}
	s.alert = alerts.Rows[0].ID
	k.Write(s.Admin, s.Tenant, func(tx *store.Tx) error {
		now := tx.Now()
		a := models.Announcement{ID: models.NewID(), VersionID: s.Version.ID, Kind: models.AnnounceDeprecated, ToldAt: &now}
		s.announced = a.ID
		return errors.Join(tx.InsertAnnouncement(&a), tx.NoteVersionTold(models.VersionNotice{AnnouncementID: a.ID, VersionID: s.Version.ID, TeamID: s.Team.ID, UserID: s.Partner.User.ID}))
	})
	return s
}

// furnishTeam gives the team a service account, a domain and a prepared token.
func (s *scene) furnishTeam(t *testing.T, k *testkit.Kit) {
	t.Helper()
	ctx, partner := context.Background(), k.Actor(s.Partner, s.Slug)
	service, err := k.Portal.Services.Create(ctx, partner, s.Team.ID, portal.NewServiceAccount{Name: "Invoice run", Purpose: "Writes invoices.", People: []string{s.Partner.User.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Portal.Domains.Claim(ctx, partner, s.Team.ID, s.Slug+".example"); err != nil {
		t.Fatal(err)
	}
	claim, err := k.Portal.Claims.Prepare(ctx, k.Actor(s.Admin, s.Slug), s.Partner.User.ID, portal.NewToken{Team: s.Team.ID, Name: "Prepared", Expires: "30",
		Access: map[string]models.Access{s.Version.ID: models.AccessRead}})
	if err != nil {
		t.Fatal(err)
	}
	link := k.LinkIn(k.Mail(s.Partner.User.Email, "A token was prepared for you"))
	s.service, s.claim, s.claimSecret = service.ID, claim.ID, link[strings.LastIndexByte(link, '/')+1:]
}

// refused is the id of a call with the place's token that the gateway refuses.
func refused(t *testing.T, k *testkit.Kit, p *testkit.Place) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/"+p.Slug+"/orders/v1/nothing", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Fatal(answer.Status)
	}
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return answer.Header.Get("Gatehouse-Request-Id")
}

// otherTeam asks with the real ids of a team, in which they are not, of the
// tenant that they are in: also where everybody else asks with made-up ones.
const otherTeam = "partner of another team"

// everybody are the callers, all seen from tenant a.
func everybody(t *testing.T, k *testkit.Kit, a, b *scene) []caller {
	t.Helper()
	disabled := joined(k, a, "aa disabled", models.TeamOwner)
	k.Write(a.Partner, a.Tenant, func(tx *store.Tx) error {
		gone := disabled.User
		gone.State = models.UserDisabled
		return tx.UpdateUser(gone)
	})
	out := joined(k, a, "aa signed out", models.TeamOwner)
	out.Post("/logout", nil)
	other := k.Person("aa other partner", models.NotStaff)
	k.Write(a.Partner, a.Tenant, func(tx *store.Tx) error {
		return tx.InsertTeam(&models.Team{ID: models.NewID(), Name: "Another team"}, other.User.ID)
	})
	asks, only := k.Client(a.Place, "Asks only", false, a.Version.ID)
	_, narrow := k.ManagementToken(a.Place, a.Manager, "usage:read")
	operator := k.Person("operator", models.StaffOperator)
	var all []string
	for _, s := range models.OperatorScopes {
		all = append(all, s.Name)
	}
	_, operators := k.OperatorToken(operator, all...)
	_, looks := k.OperatorToken(operator, "tenants:read")
	return []caller{
		{"stranger", k.Visitor(), "", ""},
		{"signed out", out, "", ""},
		{"expired session", expired(t, k, a), "", ""},
		{"disabled", disabled, "", ""},
		{"recovering", recovering(t, k, a), "", ""},
		{"newcomer", k.Person("newcomer", models.NotStaff), "", ""},
		{"partner owner", a.Partner, "", ""},
		{"partner member", joined(k, a, "aa member", models.TeamMember), "", ""},
		{otherTeam, other, "", ""},
		{"partner of b", b.Partner, "", ""},
		{"auditor", a.Auditor, "", ""},
		{"API manager", a.Manager, "", ""},
		{"admin", a.Admin, "", ""},
		{"admin of b", b.Admin, "", ""},
		{"support", k.Person("support none", models.StaffSupport), "", ""},
		{"support view", granted(k, a, models.GrantView), "", ""},
		{"support support", granted(k, a, models.GrantSupport), "", ""},
		{"support manage", granted(k, a, models.GrantManage), "", ""},
		{"operator", operator, "", ""},
		{"access token", nil, a.Secret.Reveal(), ""},
		{"management token", nil, a.ManagementSecret.Reveal(), ""},
		{"management token usage:read", nil, narrow.Reveal(), ""},
		{"management token of b", nil, b.ManagementSecret.Reveal(), ""},
		{"operator token", nil, operators.Reveal(), ""},
		{"operator token tenants:read", nil, looks.Reveal(), ""},
		{"client", nil, "", a.Client.ID + ":" + a.ClientSecret.Reveal()},
		{"client that asks only", nil, "", asks.ID + ":" + only.Reveal()},
		{"client of b", nil, "", b.Client.ID + ":" + b.ClientSecret.Reveal()},
		{"client with another's secret", nil, "", a.Client.ID + ":" + b.ClientSecret.Reveal()},
	}
}

// joined is somebody more in the place's team.
func joined(k *testkit.Kit, p *scene, name string, role models.TeamRole) *testkit.Browser {
	b := k.Person(name, models.NotStaff)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, b.User.ID, role) })
	return b
}

// recovering is an owner of the team, and more, who recovers their account (R33).
func recovering(t *testing.T, k *testkit.Kit, p *scene) *testkit.Browser {
	t.Helper()
	b := joined(k, p, "aa recovering", models.TeamOwner)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(b.User.ID, models.RoleAdmin) })
	codes, err := k.Portal.Accounts.MakeRecoveryCodes(t.Context(), k.Proven(k.Actor(b, ""), models.AccountUse, portal.RecoveryCodesObject))
	if err != nil {
		t.Fatal(err)
	}
	lost := k.Visitor()
	lost.User = b.User
	if answer := lost.Recover(codes[0].Reveal()); answer.StatusCode != http.StatusSeeOther {
		t.Fatal(answer.Status, answer.Body)
	}
	return lost
}

// expired is an owner of the team whose session was good until its time was over.
func expired(t *testing.T, k *testkit.Kit, p *scene) *testkit.Browser {
	t.Helper()
	b, ctx := joined(k, p, "aa expired", models.TeamOwner), context.Background()
	if answer := b.Get("/t/" + p.Slug + "/tokens"); answer.StatusCode != http.StatusOK {
		t.Fatalf("before its end the session is no good: %s", answer.Status)
	}
	rows, err := k.Store.Sessions(ctx, b.User.ID)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	now := k.Store.Now()
	if err := k.Store.TouchSession(ctx, rows[0].Hash, now.Add(-2*time.Hour), now); err != nil { // its end is not within it
		t.Fatal(err)
	}
	return b
}

// subscribersTold waits until all that was told of incidents has been passed on.
func subscribersTold(t *testing.T, k *testkit.Kit, actor models.Actor) {
	t.Helper()
	testkit.Eventually(t, "subscribers to be told", func() bool {
		_, rows, err := k.Portal.Incidents.List(context.Background(), actor, "orders")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			for _, u := range r.Updates {
				if u.ToldAt == nil {
					return false
				}
			}
		}
		return true
	})
}

func granted(k *testkit.Kit, p *scene, level models.GrantLevel) *testkit.Browser {
	s := k.Person("support "+string(level), models.StaffSupport)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGrant(&models.Grant{ID: models.NewID(), UserID: s.User.ID, Level: level, Reason: "ticket 1", GivenBy: p.Admin.User.ID,
			ExpiresAt: tx.Now().Add(models.GrantMax)})
	})
	return s
}

// secretsOf is what no answer may hold.
func secretsOf(a, b *scene, callers []caller) map[string]string {
	secrets := map[string]string{"the upstream's credential": testkit.UpstreamCredential, "a token of b": b.Secret.Reveal()}
	for _, c := range callers {
		if c.token != "" {
			secrets["the secret of the "+c.name] = c.token
		}
		if _, secret, ok := strings.Cut(c.client, ":"); ok {
			secrets["the secret of the "+c.name] = secret
		}
	}
	return secrets
}

// holds reports whether a text stands anywhere in an answer.
func holds(a testkit.Answer, text string) bool {
	var head strings.Builder
	_ = a.Header.Write(&head)
	return strings.Contains(a.Body, text) || strings.Contains(head.String(), text)
}

// fill puts real ids and names into a path.
func fill(path string, p *scene) string {
	ids := map[string]string{
		":tenant": p.Slug, ":slug": p.Slug, ":api": p.API.Slug, ":version": p.Version.Name, ":plan": p.Plan.ID, ":subscription": p.Subscription.ID,
		":token": p.Token.ID, ":alert": p.alert, ":announcement": p.announced, ":revision": p.Revision.ID, ":import": p.imported, ":user": p.Partner.User.ID, ":operation": "get-orders", ":schema": "Shipment", ":webhook": "shipped",
		"theme.:file": p.theme, ":file": p.logo, ":secret": p.link, ":guide": "partner", ":code": "not_allowed",
		":service": p.service, ":claim": p.claim,
	}
	if strings.Contains(path, "/claims/:secret") {
		ids[":secret"] = p.claimSecret
	}
	if strings.HasPrefix(path, "/docs/api/") {
		ids[":operation"] = "get-api-v1-token"
	}
	if strings.HasSuffix(path, "/try/openapi.json") {
		path += "?operation=get-orders" // without it there is nothing to show
	}
	if strings.Contains(path, "support/") && strings.HasSuffix(path, "/requests/:id") {
		path = strings.TrimSuffix(path, ":id") + p.asked
	}
	if strings.HasSuffix(path, ":tenant/requests/:id") || strings.HasSuffix(path, "/refusals/:id") {
		path = strings.TrimSuffix(path, ":id") + p.refused
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if id, ok := ids[s]; ok {
			segments[i] = id
			continue
		}
		if s == ":id" {
			segments[i] = idBehind(segments[i-1], p)
		}
	}
	return strings.ReplaceAll(strings.Join(segments, "/"), "*", "x")
}

// idBehind is the id of the collection that stands before it in the path.
func idBehind(collection string, p *scene) string {
	switch collection {
	case "subscriptions", "requests":
		return p.Subscription.ID
	case "tokens":
		return p.Token.ID
	case "management-tokens":
		return p.Management.ID
	case "clients":
		return p.Client.ID
	case "plans":
		return p.Plan.ID
	case "members":
		return p.Auditor.User.ID
	case "team", "teams":
		return p.Team.ID
	case "passkeys":
		return p.passkey
	case "recoveries":
		return p.recovery
	case "exceptions":
		return p.exception
	case "guides":
		return p.guide
	case "incidents":
		return p.incident
	case "joins":
		return p.asks
	case "staff":
		return p.staff
	case "people":
		return p.Auditor.User.ID
	case "bulk":
		return p.bulk
	case "views":
		return p.view
	case "grants":
		return p.visit
	case "jobs":
		return "1"
	case "import":
		return p.archive
	case "with", "identities":
		return p.provider
	}
	panic("no id is known of " + collection)
}
