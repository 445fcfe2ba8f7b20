package store_test

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// unfit are operations of the doors that the property does not speak about.
var unfit = map[string]string{
	"In":            "goes to another tenant, which is what it is for",
	"PublicTenants": "lists tenants, for everybody",
	"TenantByID":    "finds a tenant as such",
	"InsertTenant":  "makes a tenant, in a transaction of its own scope",
	"Link":          "finds a link by its secret, whose tenant nobody knows before",
	"UseLink":       "uses up a link by its secret",
	"InsertLink":    "links are the installation's: to which tenant one invites says the use case",
	"Enqueue":       "writes jobs",
	"AuditChain":    "is read by AuditEvents here",
	"Carrier":       "stores the rows of an archive, which have tests of their own",
	"CarryOut":      "hands rows out one by one, as lines of text: see the tests of the archive",
	"CarryTenant":   "is the actor's tenant as a line of text",
	"EachPlace":     "hands rows out one by one: see the tests of the archive",
	"InsertChain":   "stores the chain of an archive, which has tests of its own",
	"InsertAbsent":  "accounts are the installation's",
	"Record":        "is called after each operation", "RecordAs": "is called after each operation",
	"ChangeSeq": "reads no row", "Gateways": "are the installation's",
	"SetSetting": "settings are the installation's", "EndSessionsBeyond": "ends sessions, which are nobody's but their person's",
	"InsertOperatorToken": "tokens of operators are the installation's", "RevokeOperatorToken": "likewise", "RevokeOperatorTokensOf": "likewise",
	"Now": "reads no row", "Request": "reads no row",
}

// meant is what the texts of an operation are, by their place, so that more of
// the operations find something: any others are drawn from all texts alike.
var meant = byOperation(map[string]string{
	"alert":          "Alert LockAlert",
	"announcement":   "AnnouncedCallers Announcement InsertAnnouncedCallers LockAnnouncement VersionNotices",
	"api":            "APITeams Guides Incidents Plans PublishedLately TeamFinding TeamsLosing TeamsSubscribed VersionsEnding",
	"api operation":  "PublishedOperations",
	"api team":       "SetAPITeams",
	"bulk":           "Bulk FinishBulk",
	"bulk token":     "BulkItems",
	"client":         "Client ClientVersions DeleteClient LockClient",
	"email":          "TakeArrival InvitedOf UserByEmail UsersByEmails WithdrawInvitations",
	"exception":      "EndException Exception",
	"guide":          "DeleteGuide Guide IndexGuide PlaceGuide",
	"grant":          "EndGrant Grant ReviewGrant",
	"wish":           "GrantRequest",
	"issuer subject": "IdentityOf",
	"standing":       "EndStandingView ReviewStandingView",
	"import":         "Import",
	"incident":       "Incident IncidentUpdates",
	"update":         "NoteIncidentTold",
	"look":           "Look",
	"plan":           "Exceptions Plan TeamsWith",
	"revision": "Comparison DocumentOperations Indexed InsertReferencePages MarkPublished " +
		"OperationDetails Operations ReferenceDetails ReferencePage ReferencePages Revision",
	"revision revision":  "MarkDeprecated",
	"recovery":           "Recovery",
	"revision operation": "Operation",
	"slug":               "API",
	"slug name":          "ForgetRefused ImportsUnderWay LastImport RetiredVersion Version",
	"subscription":       "LockSubscription Messages Subscription",
	"team":               "ApprovedFor Claims Exclusions HasOwner LockTeam Memberships Team TeamInvitations TeamOwners",
	"team claim":         "Claim",
	"team domain":        "DeleteTeamDomain TeamDomain",
	"team name":          "RenameTeam",
	"team service":       "LockServiceAccount ServiceAccount",
	"domain":             "OpenTeams",
	"claim":              "WithdrawClaim",
	"claim token":        "UseClaim",
	"service":            "LiveTokensOfService",
	"team api":           "RequestsSince",
	"team email":         "WithdrawTeamInvitations",
	"team user":          "DeleteMembership EndExclusion Exclude Excluded ExpelMember WithdrawColleaguesOf InsertMembership LiveTokensOf LiveTries Membership SetTeamRole LeaveTeam",
	"token":              "Family FamilySince KeepToken LockToken NoteTold SetPermissions Token TokenNotices TokenPeople TokenUses ForgetTold SetPauseAt",
	"token user":         "SetTokenPeople",
	"user":               "CountMemberships CountOwned EndGrants EndStandIn LockPerson LockUser WithdrawOwnersBy Member RememberFor SetDaily SetMember StandIn StandingViewOf User RecoveriesOf LiveTokensBy NoteSeen NoticeChoices OpenLinks SeenPlaces Admission DeleteAdmission LockAdmission WithdrawInvitationsBy Identity LockIdentity DeleteIdentity DeleteSessionsThrough",
	"version": "Announcements Credential DeleteCredential DeleteSource Grouping LivePermissions " +
		"LockOffer Revisions Source",
	"version revision": "DropEntries",
	"view":             "DeleteSavedView",
})

// byOperation turns "what the texts are: operations" the other way round.
func byOperation(texts map[string]string) map[string][]string {
	out := map[string][]string{}
	for kinds, operations := range texts {
		for _, name := range strings.Fields(operations) {
			out[name] = strings.Fields(kinds)
		}
	}
	return out
}

// R48: whatever a tenant's people ask the store for, with whatever ids of
// whoever: no row of another tenant comes back, and none of it changes. All
// methods of both doors are called, with arguments of their types; a new one is
// called without being named here. GATEHOUSE_SOAK makes 100,000 operations of the
// 2,000; PostgreSQL gets a quarter of them.
func TestNoOperationReachesAnotherTenant(t *testing.T) {
	steps := 20 // times rapid's 100 sequences
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		steps = 1000
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		steps := steps
		if o.Postgres() {
			steps /= 4
		}
		s, ctx := storetest.Open(t, o), context.Background()
		a, b := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
		p := pool{byType: map[reflect.Type][]reflect.Value{}, named: map[string][]string{}}
		own, other := furnish(t, s, a, &p), furnish(t, s, b, &p)
		p.fill(a.Tenant(), b.Tenant(), a.Account(), b.Account())
		p.strings = append(append(p.strings, words(reflect.ValueOf(b.Tenant()))...), "", "nobody", "%", "x' OR '1'='1")
		p.tenants = []string{a.Tenant().ID, b.Tenant().ID, ""}
		teams := func(id string) map[string]models.TeamRole { return map[string]models.TeamRole{id: models.TeamOwner} }
		actors := []models.Actor{a,
			models.NewActor(models.Standing{User: a.Account(), Teams: teams(own)}, a.Tenant(), models.Request{ID: "req"}),
			models.NewActor(models.Standing{User: a.Account(), Teams: teams(other)}, a.Tenant(), models.Request{ID: "req"}), // that a guard would never make
		}
		before := rowsOf(t, s, b.Tenant().ID)
		for _, table := range tenantTables {
			if !strings.Contains(before, table+"[") && table != "idempotencies" && table != "digest_items" {
				t.Errorf("the other tenant has nothing to lose in %s", table)
			}
		}
		writes, reads := operations(reflect.TypeFor[*store.Tx]()), operations(reflect.TypeFor[store.Tenant]())
		done, fine := 0, map[string]int{}
		rapid.Check(t, func(rt *rapid.T) {
			p.trail = nil
			for range steps {
				actor := actors[rapid.IntRange(0, len(actors)-1).Draw(rt, "actor")]
				var name string
				var err error
				if rapid.Bool().Draw(rt, "write") {
					name = rapid.SampledFrom(writes).Draw(rt, "operation")
					err = s.Do(ctx, actor, models.TeamManage, func(tx *store.Tx) error {
						if err := p.call(rt, a, name, reflect.ValueOf(tx)); err != nil {
							return err
						}
						return tx.Record("thing", "x", nil, nil, nil)
					})
				} else {
					name = rapid.SampledFrom(reads).Draw(rt, "operation")
					err = s.As(ctx, actor, func(r store.Tenant) error { return p.call(rt, a, name, reflect.ValueOf(r)) })
				}
				if done++; err == nil {
					fine[name]++
				}
			}
			after := rowsOf(t, s, b.Tenant().ID)
			if after != before {
				// Not rt's: what is gone cannot be taken away again, so rapid would find nothing to shorten.
				t.Errorf("the other tenant's rows have changed:\n%s\nafter\n%s", parting(before, after), strings.Join(p.trail, "\n"))
			}
			before = after
		})
		idle := slices.DeleteFunc(slices.Clone(writes), func(n string) bool { return fine[n] > 0 })
		t.Logf("%d operations, %d kinds; never did anything: %v", done, len(writes), idle)
		if !t.Failed() && done >= 2000 && len(idle) > len(writes)/2 { // fewer in a short run, and on PostgreSQL
			t.Error("too few of the operations succeeded to show anything")
		}
	})
}

// operations are the names of a door's methods.
func operations(door reflect.Type) (names []string) {
	for i := range door.NumMethod() {
		if name := door.Method(i).Name; unfit[name] == "" {
			names = append(names, name)
		}
	}
	return names
}

// foreign says what in a result is another tenant's, "" if nothing is.
func foreign(v reflect.Value, own string) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return foreign(v.Elem(), own)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if found := foreign(v.Index(i), own); found != "" {
				return found
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if found := foreign(v.MapIndex(k), own); found != "" {
				return found
			}
		}
	case reflect.Struct:
		for _, name := range []string{"TenantID", "ChainID", "ForTenant"} {
			f := v.FieldByName(name)
			if f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() {
				f = f.Elem()
			}
			if f.IsValid() && f.Kind() == reflect.String && f.String() != "" && f.String() != own {
				return fmt.Sprintf("%s of %s: %+v", v.Type(), f, v)
			}
		}
	}
	return ""
}

// tenantTables are all tables with rows of tenants.
var tenantTables = []string{
	"tenants", "links", "tenant_keys", "members", "arrivals", "grants", "teams", "memberships", "team_rules",
	"tenant_hosts", "team_domains", "team_exclusions", "service_accounts", "service_people", "claims", "apis",
	"recoveries",
	"versions", "revisions", "operations", "api_teams", "comparisons", "guides", "imports",
	"looks",
	"document_sources", "credentials", "plans", "subscriptions", "tokens",
	"token_permissions", "token_people", "token_notices", "token_uses", "alerts",
	"plan_exceptions", "quota_notices", "clients", "client_versions", "subscription_messages",
	"grant_requests", "standing_views", "favourites", "tenant_health", "stand_ins", "token_bulks", "token_bulk_items", "saved_views", "groupings",
	"admissions", "providers", "identities",
	"announcements", "announced_callers", "version_notices", "reference_pages",
	"incidents", "incident_updates",
	"search_entries", "idempotencies", "notifications", "audit_heads", "audit_events",
	"digest_items",
	"changes",
}

// rowsOf are all rows of a tenant, past all doors.
func rowsOf(t *testing.T, s *store.Store, tenant string) string {
	t.Helper()
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	tx, err := h.Read.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if h.Pool != nil {
		if _, err := tx.Exec("SELECT set_config('gatehouse.platform', 'on', true)"); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, table := range tenantTables {
		column := map[string]string{"tenants": "id", "links": "for_tenant"}[table]
		if column == "" {
			column = "tenant_id"
		}
		rows, err := tx.Query("SELECT * FROM " + table + " WHERE " + column + " = '" + tenant + "'")
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(table, values))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// parting is the first line in which two texts differ.
func parting(x, y string) string {
	a, b := strings.Split(x, "\n"), strings.Split(y, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\n" + b[i]
		}
	}
	return fmt.Sprintf("%d rows became %d", len(a), len(b))
}
