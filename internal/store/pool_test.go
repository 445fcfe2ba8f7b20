package store_test

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/audit"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// pool is what arguments are drawn from: the rows of both tenants, and what stands in them.
type pool struct {
	tenants []string
	strings []string
	bytes   [][]byte
	byType  map[reflect.Type][]reflect.Value // structs, and values of named string types
	named   map[string][]string              // ids and names by what they are of
	trail   []string                         // the calls of this sequence
}

// fill puts rows into the pool.
func (p *pool) fill(rows ...any) {
	for _, row := range rows {
		v := reflect.ValueOf(row)
		p.byType[v.Type()] = append(p.byType[v.Type()], v)
		p.strings = append(p.strings, words(v)...)
		for i := range v.NumField() {
			switch f := v.Field(i); {
			case f.Kind() == reflect.String && f.Type() != reflect.TypeFor[string]():
				p.byType[f.Type()] = append(p.byType[f.Type()], f)
			case f.Type() == reflect.TypeFor[[]byte]():
				p.bytes = append(p.bytes, f.Bytes())
			}
		}
	}
}

// words are the texts of a row.
func words(row reflect.Value) (out []string) {
	for i := range row.NumField() {
		if f := row.Field(i); f.Type() == reflect.TypeFor[string]() && f.String() != "" {
			out = append(out, f.String())
		}
	}
	return out
}

// call calls an operation with arguments from the pool, and looks at what comes back.
func (p *pool) call(rt *rapid.T, own models.Actor, name string, door reflect.Value) error {
	method := door.MethodByName(name)
	var args []reflect.Value
	for i := range method.Type().NumIn() {
		as, label := method.Type().In(i), fmt.Sprintf("%s argument %d", name, i+1)
		if means := meant[name]; i < len(means) && as.Kind() == reflect.String && rapid.IntRange(0, 3).Draw(rt, label+" fits") > 0 {
			args = append(args, reflect.ValueOf(rapid.SampledFrom(p.named[means[i]]).Draw(rt, label)))
			continue
		}
		args = append(args, p.draw(rt, as, label))
	}
	said := make([]any, len(args))
	for i := range args {
		said[i] = args[i].Interface()
	}
	p.trail = append(p.trail, name+fmt.Sprintf("%+v", said))
	call := method.Call
	if method.Type().IsVariadic() {
		call = method.CallSlice
	}
	var err error
	for _, out := range call(args) {
		if e, ok := out.Interface().(error); ok {
			err = e
			continue
		}
		if found := foreign(out, own.Tenant().ID); found != "" {
			rt.Fatalf("%s returned %s", name, found)
		}
	}
	return err
}

// draw makes an argument.
func (p *pool) draw(rt *rapid.T, as reflect.Type, label string) reflect.Value {
	v := reflect.New(as).Elem()
	switch as.Kind() {
	case reflect.String:
		if known := p.byType[as]; len(known) > 0 && as != reflect.TypeFor[string]() {
			return rapid.SampledFrom(known).Draw(rt, label)
		}
		v.SetString(rapid.SampledFrom(p.strings).Draw(rt, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(rt, label))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(0, 100).Draw(rt, label))
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64Range(0, 100).Draw(rt, label))
	case reflect.Pointer:
		if as.Elem().Kind() == reflect.Struct && as.Elem() != reflect.TypeFor[time.Time]() || rapid.Bool().Draw(rt, label+" is there") {
			v.Set(reflect.New(as.Elem()))
			v.Elem().Set(p.draw(rt, as.Elem(), label))
		}
	case reflect.Slice:
		if as.Elem().Kind() == reflect.Uint8 {
			v.SetBytes(rapid.SampledFrom(p.bytes).Draw(rt, label))
			break
		}
		for i := range rapid.IntRange(0, 3).Draw(rt, label+" length") {
			v = reflect.Append(v, p.draw(rt, as.Elem(), fmt.Sprintf("%s[%d]", label, i)))
		}
	case reflect.Struct:
		p.drawStruct(rt, v, label)
	case reflect.Func, reflect.Chan, reflect.Interface, reflect.Map:
		rt.Fatalf("no %s can be made for %s: name the operation in unfit, or teach draw", as, label)
	}
	return v
}

// drawStruct takes a row as it is or with one thing of another row, and fills in
// what is no row.
func (p *pool) drawStruct(rt *rapid.T, v reflect.Value, label string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(storetest.Start.Add(time.Duration(rapid.IntRange(-100, 100).Draw(rt, label)) * time.Hour)))
		return
	}
	known := p.byType[v.Type()]
	if !strings.HasPrefix(v.Type().PkgPath(), "gatehouse/") {
		return // its zero value
	}
	if len(known) == 0 {
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name == "Limit" || rapid.Bool().Draw(rt, label+" has "+name) {
				v.Field(i).Set(p.draw(rt, v.Field(i).Type(), label+"."+name))
			}
		}
		return
	}
	v.Set(rapid.SampledFrom(known).Draw(rt, label))
	if f := v.FieldByName("TenantID"); f.IsValid() {
		f.SetString(rapid.SampledFrom(p.tenants).Draw(rt, label+".TenantID"))
	}
	if f := v.FieldByName("Revision"); f.IsValid() && f.Kind() == reflect.Int {
		f.SetInt(rapid.Int64Range(1, 3).Draw(rt, label+".Revision"))
	}
	if rapid.Bool().Draw(rt, label+" is new") {
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; name {
			case "ID", "Slug", "Email":
				v.Field(i).SetString(models.NewID())
			case "Digest", "Handle", "CredentialID", "Hash":
				v.Field(i).SetBytes([]byte(strings.Repeat(rand.Text(), 4)[:max(v.Field(i).Len(), 8)]))
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(rt, label+" changes") {
		i := rapid.IntRange(0, v.NumField()-1).Draw(rt, label+" change")
		if name := v.Type().Field(i).Name; name != "TenantID" && v.Type() != reflect.TypeFor[models.Tenant]() {
			v.Field(i).Set(p.draw(rt, v.Field(i).Type(), label+"."+name))
		} else if f := v.FieldByName("Name"); f.IsValid() {
			f.SetString("renamed")
		}
	}
}

// furnish gives a tenant a row of everything, the same in each, and puts it into
// the pool. It returns the team.
func furnish(t *testing.T, s *store.Store, a models.Actor, p *pool) string {
	t.Helper()
	partner := storetest.User(t, s, a.Tenant().Slug+"-partner")
	id := func() string { return models.NewID() }
	tenant, slug := a.Tenant().ID, a.Tenant().Slug
	api := models.API{TenantID: tenant, ID: id(), Slug: "orders", Name: "Orders of " + slug, Summary: "Summary of " + slug}
	v := models.Version{TenantID: tenant, ID: id(), APIID: api.ID, Name: "v1", State: models.VersionDraft, Upstream: "https://" + slug + ".example", BodyLimit: 1}
	rev := models.Revision{TenantID: tenant, ID: id(), VersionID: v.ID, Document: []byte{1}, SHA256: []byte{1}, Outline: []byte{1}, CreatedBy: a.User()}
	ops := []models.Operation{{TenantID: tenant, Key: "GET /" + slug, Slug: "get-" + slug, Method: "GET", Path: "/" + slug, Class: models.ClassRead, Detail: []byte{1}}}
	guide := models.Guide{TenantID: tenant, ID: id(), APIID: &api.ID, Slug: "first-steps", Title: "Guide of " + slug, Body: "Body of " + slug}
	look := models.Look{TenantID: tenant, ID: id(), Name: "Look of " + slug, Colour: "#123456", Welcome: "Welcome of " + slug}
	refPage := models.ReferencePage{TenantID: tenant, Kind: models.PageSchema, Slug: "Schema-of-" + slug, Title: "Schema of " + slug, Detail: []byte{1}}
	incident := models.Incident{TenantID: tenant, ID: id(), APIID: api.ID, Title: "Incident of " + slug, State: models.IncidentWatching, BeganAt: storetest.Start}
	update := models.IncidentUpdate{TenantID: tenant, ID: id(), IncidentID: incident.ID, State: models.IncidentWatching, Text: "Update of " + slug}
	entry := models.SearchEntry{TenantID: tenant, Kind: models.PageOperation, Slug: "get-" + slug, Title: "Entry of " + slug, Titles: slug, Words: "x1"}
	plan := models.Plan{TenantID: tenant, ID: id(), APIID: api.ID, Slug: "standard", Name: "Plan of " + slug, Rates: []models.Rate{{Calls: 1, Seconds: 1}}}
	team := models.Team{TenantID: tenant, ID: id(), Name: "Team of " + slug}
	sub := models.Subscription{TenantID: tenant, ID: id(), TeamID: team.ID, APIID: api.ID, VersionID: v.ID, PlanID: plan.ID, State: models.SubscriptionPending,
		Purpose: "Purpose of " + slug, RequestedBy: partner.ID}
	exception := models.Exception{TenantID: tenant, ID: id(), PlanID: plan.ID, TeamID: team.ID, Rates: plan.Rates, Reason: "Reason of " + slug, EndsAt: storetest.Start.AddDate(0, 0, 1)}
	notice := store.QuotaNotice{TenantID: tenant, TeamID: team.ID, VersionID: v.ID, QuotaPeriod: models.QuotaDay, StartsAt: storetest.Start, QuotaCalls: 1, Threshold: 80}
	message := models.SubscriptionMessage{TenantID: tenant, ID: id(), SubscriptionID: sub.ID, UserID: partner.ID, FromTeam: true, Body: "Message of " + slug}
	standIn := models.StandIn{TenantID: tenant, UserID: a.User(), DeputyID: partner.ID, FromAt: storetest.Start, UntilAt: storetest.Start.AddDate(0, 0, 9)}
	provider := models.Provider{TenantID: tenant, ID: id(), Name: "Provider of " + slug, Issuer: "https://" + slug + ".example", ClientID: "client of " + slug, Sealed: []byte(slug), Number: 1, Enabled: true, SetBy: a.User()}
	identity := models.Identity{TenantID: tenant, UserID: partner.ID, Issuer: provider.Issuer, Subject: "subject of " + slug, Email: partner.Email, Sealed: []byte(slug), Number: 1, Groups: []string{slug}}
	admission := models.Admission{TenantID: tenant, UserID: partner.ID, State: models.AdmissionAsked, Note: "Note of " + slug}
	token := models.Token{TenantID: tenant, ID: id(), Kind: models.TokenAccess, UserID: partner.ID, TeamID: &team.ID, Name: "Token of " + slug,
		Digest: []byte(strings.Repeat(slug, 16)), KeyID: "k1", Hint: slug + slug, State: models.TokenActive, ExpiresAt: storetest.Start.AddDate(0, 1, 0)}
	service := models.ServiceAccount{TenantID: tenant, ID: id(), TeamID: team.ID, Name: "Service of " + slug, Purpose: "Purpose of " + slug, MadeBy: partner.ID}
	domain := models.TeamDomain{TenantID: tenant, TeamID: team.ID, Domain: slug + ".example", Challenge: "Challenge of " + slug, ClaimedBy: partner.ID}
	arrival := models.Arrival{TenantID: tenant, UserID: partner.ID, Email: "arrival@" + slug + ".example", Role: models.RoleAuditor, Teams: []models.ArrivalTeam{}}
	host := models.TenantHost{TenantID: tenant, Host: slug + ".example.com", Challenge: "Challenge of the host of " + slug, AskedBy: a.User()}
	claim := models.Claim{TenantID: tenant, ID: id(), Hash: []byte("claim " + slug), TeamID: team.ID, UserID: partner.ID, Name: "Claim of " + slug, Settings: []byte("{}"), PreparedBy: a.User(), ExpiresAt: storetest.Start.AddDate(0, 0, 1)}
	permission := models.Permission{TenantID: tenant, VersionID: v.ID, Access: models.AccessRead}
	announced := models.Announcement{TenantID: tenant, ID: id(), VersionID: v.ID, Kind: models.AnnounceDeprecated, Summary: "Summary of " + slug}
	caller := models.AnnouncedCaller{TenantID: tenant, AnnouncementID: announced.ID, TokenID: token.ID, TeamID: team.ID, LastAt: storetest.Start}
	told := models.VersionNotice{TenantID: tenant, AnnouncementID: announced.ID, TeamID: team.ID, UserID: partner.ID, VersionID: v.ID}
	alert := models.Alert{TenantID: tenant, ID: id(), Kind: models.AlertRetired, TokenID: &token.ID, ClientIP: "192.0.2.1", Detail: "Alert of " + slug, Sightings: 1}
	client := models.Client{TenantID: tenant, ID: id(), Name: "Client of " + slug, Digest: []byte(strings.Repeat(slug, 16)), KeyID: "k1", Hint: slug + slug, CreatedBy: a.User()}
	imported := models.Import{TenantID: tenant, ID: id(), API: slug, Version: v.Name, Origin: models.ImportUpload, State: models.ImportQueued, Document: []byte(slug)}
	bulk := models.TokenBulk{TenantID: tenant, ID: id(), Verb: models.BulkPause, Query: "q=" + slug, Reason: "Reason of " + slug, Expected: 1}
	item := models.TokenBulkItem{TenantID: tenant, BulkID: bulk.ID, TokenID: token.ID, ChangeSeq: 1}
	view := models.SavedView{TenantID: tenant, ID: id(), Name: "View of " + slug, Query: "q=" + slug}
	credential := models.Credential{TenantID: tenant, ID: id(), VersionID: v.ID, Header: "X-Key", Origin: "https://" + slug + ".example", Sealed: []byte{1}, Number: 1, SetBy: a.User()}
	grant := models.Grant{TenantID: tenant, ID: id(), UserID: partner.ID, Level: models.GrantView, Reason: "ticket", GivenBy: a.User(), ExpiresAt: storetest.Start.AddDate(0, 0, 1)}
	request := models.GrantRequest{TenantID: tenant, ID: id(), UserID: partner.ID, Level: models.GrantManage, Reason: "Request of " + slug, Ticket: "4812", Minutes: 60, State: models.GrantWaiting, AnswerBy: storetest.Start.AddDate(0, 0, 1)}
	standing := models.StandingView{TenantID: tenant, ID: id(), UserID: partner.ID, Reason: "Standing of " + slug, GivenBy: a.User()}
	recovery := models.Recovery{TenantID: tenant, ID: id(), UserID: partner.ID, Reason: "Reason of " + slug, State: models.RecoveryWaiting, StartedBy: a.User(), DueAt: storetest.Start.AddDate(0, 0, 1)}
	links := []models.Link{
		{Hash: []byte("invitation " + slug), Kind: models.LinkInvite, Email: "guest@" + slug + ".example", ForTenant: &tenant, Role: models.RoleAuditor, ExpiresAt: storetest.Start.AddDate(0, 0, 1)},
		{Hash: []byte("team " + slug), Kind: models.LinkTeam, Email: "guest@" + slug + ".example", ForTenant: &tenant, ForTeam: &team.ID, ExpiresAt: storetest.Start.AddDate(0, 0, 1)},
	}
	do(t, s, a, func(tx *store.Tx) error {
		published := v
		for _, step := range []func() error{
			func() error { return tx.InsertAPI(&api) },
			func() error { return tx.InsertVersion(&v) },
			func() error { return tx.InsertRevision(&rev, ops) },
			func() error { return tx.InsertReferencePages(rev.ID, []models.ReferencePage{refPage}) },
			func() error { return tx.IndexRevision(rev, []models.SearchEntry{entry}, "") },
			func() error {
				published = v
				if err := published.Publish(rev.ID, tx.Now()); err != nil {
					return err
				}
				return tx.UpdateVersion(published)
			},
			func() error {
				return tx.SetComparison(models.Comparison{BaseID: rev.ID, RevisionID: rev.ID, Changes: []byte(slug)})
			},
			func() error { return tx.InsertGuide(&guide) },
			func() error {
				return tx.IndexGuide(guide.ID, &models.SearchEntry{TenantID: tenant, Title: guide.Title, Titles: slug})
			},
			func() error { return tx.InsertLook(&look) },
			func() error { return tx.InsertImport(&imported) },
			func() error { return tx.InsertIncident(&incident) },
			func() error { return tx.TellIncident(&update) },
			func() error {
				return tx.SetSource(models.Source{VersionID: v.ID, URL: "https://" + slug + ".example/openapi.yaml", Schedule: models.ScheduleDaily, SetBy: a.User(), SetAt: tx.Now()})
			},
			func() error {
				return tx.SetGrouping(models.Grouping{VersionID: v.ID, Rules: []models.OperationRule{{Operation: "GET /" + slug, Class: models.ClassWrite}}})
			},
			func() error { return tx.InsertPlan(&plan) },
			func() error { return tx.InsertTeam(&team, partner.ID) },
			func() error { return tx.InsertSubscription(&sub) },
			func() error { return tx.InsertException(&exception) },
			func() error { _, err := tx.TellQuota(notice); return err },
			func() error { return tx.InsertMessage(&message) },
			func() error { return tx.SetMember(partner.ID, models.RoleAuditor) },
			func() error { return tx.SetStandIn(standIn) },
			func() error { return tx.SetTeamFounding(true) },
			func() error { return tx.InsertServiceAccount(&service) },
			func() error { return tx.SetServicePeople(service, []string{partner.ID}) },
			func() error { return tx.InsertTeamDomain(&domain) },
			func() error { return tx.Exclude(team.ID, partner.ID) },
			func() error { return tx.InsertHost(&host) },
			func() error { return tx.InsertClaim(&claim) },
			func() error { return tx.SetAdmission(admission) },
			func() error { return tx.InsertArrival(&arrival) },
			func() error { return tx.SetProvider(provider) },
			func() error { return tx.InsertIdentity(identity) },
			func() error { return tx.InsertToken(&token, []models.Permission{permission}) },
			func() error { return tx.SetAPITeams(api.ID, []string{team.ID}) },
			func() error { return tx.SetTokenPeople(token.ID, []string{partner.ID}) },
			func() error { _, err := tx.NoteTold(token.ID, "expiry"); return err },
			func() error { return tx.KeepToken(token.ID) },
			func() error { return tx.InsertAnnouncement(&announced) },
			func() error { return tx.InsertAnnouncedCallers(announced.ID, []models.AnnouncedCaller{caller}) },
			func() error { return tx.NoteVersionTold(told) },
			func() error { return tx.InsertAlert(&alert) },
			func() error { return tx.InsertClient(&client, []string{v.ID}) },
			func() error { return tx.InsertBulk(&bulk) },
			func() error { return tx.InsertBulkItem(item) },
			func() error { return tx.InsertSavedView(&view) },
			func() error { return tx.SetCredential(&credential) },
			func() error { return tx.InsertGrant(&grant) },
			func() error { return tx.InsertGrantRequest(&request) },
			func() error { return tx.InsertStandingView(&standing) },
			func() error { return tx.InsertRecovery(&recovery) },
			func() error { return tx.InsertLink(&links[0]) },
			func() error { return tx.InsertLink(&links[1]) },
			func() error {
				return tx.Notify(models.Notification{Kind: models.NotifyDecided, Title: "Title of " + slug, Link: "/"}, partner.ID)
			},
			func() error { return tx.Changed(models.ChangeToken, token.ID) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		v = published
		return nil
	})
	if err := s.SetFavourite(t.Context(), tenant, partner.ID, true); err != nil {
		t.Fatal(err)
	}
	permission.TokenID = token.ID
	for what, texts := range map[string][]string{"team": {team.ID}, "user": {partner.ID, a.User()}, "email": {partner.Email, links[0].Email, arrival.Email}, "api": {api.ID}, "guide": {guide.ID}, "look": {look.ID}, "incident": {incident.ID}, "update": {update.ID},
		"slug": {api.Slug}, "version": {v.ID}, "name": {v.Name}, "revision": {rev.ID}, "operation": {ops[0].Slug}, "plan": {plan.ID}, "exception": {exception.ID},
		"subscription": {sub.ID}, "token": {token.ID}, "alert": {alert.ID}, "client": {client.ID}, "bulk": {bulk.ID}, "import": {imported.ID}, "announcement": {announced.ID}, "view": {view.ID},
		"grant": {grant.ID}, "wish": {request.ID}, "standing": {standing.ID},
		"service": {service.ID}, "domain": {domain.Domain}, "claim": {claim.ID},
		"recovery": {recovery.ID}, "issuer": {identity.Issuer}, "subject": {identity.Subject}} {
		p.named[what] = append(p.named[what], texts...)
	}
	p.fill(service, domain, claim, arrival, models.ServicePerson{TenantID: tenant, ServiceID: service.ID, TeamID: team.ID, UserID: partner.ID})
	p.fill(api, v, rev, ops[0], refPage, entry, incident, update, plan, exception, notice, team, sub, message, standIn, token, permission, announced, caller, told, alert, client, bulk, item, view, credential, grant, request, standing, recovery, admission, provider, identity, links[0], links[1], partner,
		models.Membership{TenantID: tenant, TeamID: team.ID, UserID: partner.ID, Role: models.TeamOwner},
		models.Member{TenantID: tenant, UserID: a.User(), Role: models.RoleAdmin},
		models.Subscription{State: models.SubscriptionApproved}, models.Token{State: models.TokenPaused}, models.Member{Role: models.RoleAPIManager},
		models.Change{TenantID: tenant, Kind: models.ChangeMembership, ObjectID: partner.ID}, audit.Head{ChainID: tenant, Seq: 1})
	return team.ID
}
