package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"gatehouse/models"
)

// carried is a table whose rows go into a tenant's archive, one to one.
type carried struct {
	Name   string
	row    reflect.Type
	fields []*schema.Field // without the tenant
	keys   []string        // columns of the primary key, without the tenant
	page   int             // rows that are read at once

	// later are columns that refer to rows which come behind: they are stored with
	// these values first, and with their own at the end.
	later map[string]any
}

// schemas is what GORM knows of them.
var schemas sync.Map

// carriedTables in an order in which no row comes before what it refers to.
var carriedTables = []carried{
	carry[models.Look](5),
	carry[teamRule](rowsAtOnce),
	carry[models.Team](rowsAtOnce),
	carry[models.TeamDomain](rowsAtOnce),
	carry[models.ServiceAccount](rowsAtOnce),
	carry[models.API](rowsAtOnce),
	carry[models.APITeam](rowsAtOnce),
	carry[models.Version](rowsAtOnce).until("state", string(models.VersionDraft)).until("published_id", nil).until("successor_id", nil),
	carry[models.Revision](1),
	carry[models.Operation](rowsAtOnce),
	carry[models.ReferencePage](rowsAtOnce),
	carry[models.Comparison](20),
	carry[models.Guide](rowsAtOnce),
	carry[models.Source](rowsAtOnce),
	carry[models.Grouping](rowsAtOnce),
	carry[models.Plan](rowsAtOnce),
	carry[models.Exception](rowsAtOnce),
	carry[models.Subscription](rowsAtOnce),
	carry[models.SubscriptionMessage](rowsAtOnce),
	carry[models.Token](rowsAtOnce).until("replaces", nil),
	carry[models.Permission](rowsAtOnce),
	carry[models.TokenUse](rowsAtOnce),
	carry[models.Alert](rowsAtOnce),
	carry[models.Client](rowsAtOnce),
	carry[models.ClientVersion](rowsAtOnce),
	carry[models.TokenBulk](rowsAtOnce),
	carry[models.TokenBulkItem](rowsAtOnce),
	carry[models.Announcement](rowsAtOnce),
	carry[models.AnnouncedCaller](rowsAtOnce),
	carry[models.Incident](rowsAtOnce),
	carry[models.IncidentUpdate](rowsAtOnce),
}

// rowsAtOnce is how many rows without documents or pictures are read at once.
const rowsAtOnce = 500

// CarriedOtherwise are tables whose rows go into an archive in another form, by the
// part in which they are.
var CarriedOtherwise = map[string]string{
	"tenants": "tenant", "members": "people", "memberships": "people", "arrivals": "people",
	"audit_events": "audit", "audit_heads": "audit",
}

// LeftOut are the tables with rows of tenants that are in no archive, and why.
var LeftOut = map[string]string{
	"tenant_keys":     "secrets stay where they are: the tenant gets keys of its own",
	"credentials":     "secrets stay where they are: upstream credentials are entered again",
	"links":           "one-time links work in the installation that sent them",
	"claims":          "one-time links work in the installation that sent them",
	"admissions":      "who may come in here is decided here",
	"team_exclusions": "who may come in here is decided here",
	"tenant_hosts":    "a name is proven, and led to the server, anew",
	"providers":       "secrets stay where they are: the provider is set up again",
	"identities":      "they are about accounts, which stay where they are",
	"recoveries":      "they are about accounts, which stay where they are",
	"grants":          "they are about the staff of the other installation; the audit log tells of them",
	"grant_requests":  "they are about the staff of the other installation; the audit log tells of them",
	"standing_views":  "they are about the staff of the other installation; the audit log tells of them",
	"favourites":      "they are about the staff of the other installation",
	"stand_ins":       "they are about members, who have to accept their invitation first",
	"service_people":  "they are about members of teams, who have to accept their invitation first",
	"token_people":    "they are told of tokens, and no token works after the move",
	"token_notices":   "what was told of tokens, and no token works after the move",
	"saved_views":     "they are a person's own",
	"notifications":   "they are a person's own",
	"digest_items":    "they are a person's own",
	"version_notices": "they are a person's own",
	"idempotencies":   "what requests of the last two days made",
	"imports":         "what became of uploads; the documents themselves are there",
	"quota_notices":   "what was told of usage, which stays where it was metered",
	"tenant_health":   "it is computed anew",
	"search_entries":  "they are computed anew",
	"changes":         "they are for the gateways of the other installation",
}

func carry[T any](page int) carried {
	s, err := schema.Parse(new(T), &schemas, schema.NamingStrategy{})
	if err != nil {
		panic(err) // a mistake in models
	}
	c := carried{Name: s.Table, row: reflect.TypeFor[T](), page: page}
	for _, f := range s.Fields {
		if f.DBName == "" || f.Name == "TenantID" {
			continue
		}
		c.fields = append(c.fields, f)
		if f.PrimaryKey {
			c.keys = append(c.keys, f.DBName)
		}
	}
	return c
}

func (c carried) until(column string, value any) carried {
	later := map[string]any{column: value}
	for k, v := range c.later {
		later[k] = v
	}
	c.later = later
	return c
}

// CarriedTables are the tables that go into an archive, in the order of their parts.
func CarriedTables() []string {
	var names []string
	for _, c := range carriedTables {
		names = append(names, c.Name)
	}
	return names
}

func carriedTable(name string) (carried, error) {
	i := slices.IndexFunc(carriedTables, func(c carried) bool { return c.Name == name })
	if i < 0 {
		return carried{}, fmt.Errorf("store: %q is in no archive", name)
	}
	return carriedTables[i], nil
}

// personal reports whether a column names a person.
func personal(column string) bool { return column == "user_id" || strings.HasSuffix(column, "_by") }

// Snapshot is As for an archive: all that is read is of one moment, however long it takes.
func (s *Store) Snapshot(ctx context.Context, actor models.Actor, fn func(Tenant) error) error {
	ctx, p := wait(ctx, scope{tenant: scopeOf(actor)})
	defer p.end()
	return Classify(p.explain(s.read.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		db, err := s.dialect.enter(db, scope{tenant: scopeOf(actor)})
		if err != nil {
			return err
		}
		return fn(Tenant{db, actor, s.Now(), s})
	}, s.dialect.snapshot())))
}

// snapshot is how a transaction of SQLite sees one moment: it always does.
func (sqliteDialect) snapshot() *sql.TxOptions { return nil }

func (postgresDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// CarryOut hands out the rows of a table as lines of JSON, with the people that each
// names, in the order of its key.
func (t Tenant) CarryOut(table string, fn func(line []byte, people []string) error) error {
	c, err := carriedTable(table)
	if err != nil {
		return err
	}
	order := strings.Join(c.keys, ", ")
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(c.keys)), ", ")
	var last []any
	for {
		rows := reflect.New(reflect.SliceOf(c.row))
		q := t.db.Model(reflect.New(c.row).Interface()).Limit(c.page)
		if order != "" {
			q = q.Order(order)
		}
		if last != nil {
			q = q.Where("("+order+") > ("+marks+")", last...)
		}
		if err := q.Find(rows.Interface()).Error; err != nil {
			return err
		}
		n := rows.Elem().Len()
		for i := range n {
			row := rows.Elem().Index(i)
			line, people, err := c.encode(t.db.Statement.Context, row)
			if err != nil {
				return err
			}
			if err := fn(line, people); err != nil {
				return err
			}
			t.busy()
		}
		if n < c.page || order == "" {
			return nil
		}
		last = c.key(t.db.Statement.Context, rows.Elem().Index(n-1))
	}
}

// busy says that something moves, though no statement does.
func (t Tenant) busy() {
	if p, ok := t.db.Statement.Context.Value(patienceKey{}).(*patience); ok {
		p.moved()
	}
}

func (c carried) key(ctx context.Context, row reflect.Value) (key []any) {
	for _, f := range c.fields {
		if f.PrimaryKey {
			key = append(key, f.ReflectValueOf(ctx, row).Interface())
		}
	}
	return key
}

// EachPlace hands out the members of the tenant, and of its teams.
func (t Tenant) EachPlace(member func(models.Member), place func(models.Membership)) error {
	for after := ""; ; {
		var rows []models.Member
		if err := t.db.Where("user_id > ?", after).Order("user_id").Limit(rowsAtOnce).Find(&rows).Error; err != nil {
			return err
		}
		for _, m := range rows {
			member(m)
			after = m.UserID
		}
		if len(rows) < rowsAtOnce {
			break
		}
	}
	for team, user := "", ""; ; {
		var rows []models.Membership
		if err := t.db.Where("(team_id, user_id) > (?, ?)", team, user).Order("team_id, user_id").Limit(rowsAtOnce).Find(&rows).Error; err != nil {
			return err
		}
		for _, m := range rows {
			place(m)
			team, user = m.TeamID, m.UserID
		}
		if len(rows) < rowsAtOnce {
			return nil
		}
	}
}

// tenantTable is the row of a tenant itself.
var tenantTable = carry[models.Tenant](1)

// CarryTenant is the row of the tenant itself as a line of JSON.
func (t Tenant) CarryTenant() ([]byte, error) {
	tenant, err := t.TenantByID(scopeOf(t.actor))
	if err != nil {
		return nil, err
	}
	line, _, err := tenantTable.encode(t.db.Statement.Context, reflect.ValueOf(&tenant).Elem())
	return line, err
}

// CarriedTenant reads what CarryTenant wrote.
func CarriedTenant(line []byte) (t models.Tenant, err error) {
	if err := tenantTable.decode(context.Background(), line, reflect.ValueOf(&t).Elem(), nil); err != nil {
		return t, badRow("tenant", 1, err)
	}
	return t, nil
}

// CarriedColumns are the columns of a table that go into an archive, sorted.
func CarriedColumns(table string) (columns []string) {
	c, err := carriedTable(table)
	if table == tenantTable.Name {
		c, err = tenantTable, nil
	}
	if err != nil {
		return nil
	}
	for _, f := range c.fields {
		columns = append(columns, f.DBName)
	}
	slices.Sort(columns)
	return columns
}
