package store_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// Each table with rows of tenants goes into an archive, or is named with the reason
// why not; each of its columns goes along.
func TestEveryTableIsInTheArchiveOrNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		columns := columnsOf(t, s, o)
		carried := map[string]bool{}
		for _, name := range store.CarriedTables() {
			carried[name] = true
			if got, want := store.CarriedColumns(name), without(columns[name], "tenant_id", "terms"); !slices.Equal(got, want) {
				t.Errorf("%s: the archive has %v, the table %v", name, got, want)
			}
		}
		if got, want := store.CarriedColumns("tenants"), without(columns["tenants"]); !slices.Equal(got, want) {
			t.Errorf("tenants: the archive has %v, the table %v", got, want)
		}
		for _, table := range tenantTables {
			ways := 0
			for _, is := range []bool{carried[table], store.CarriedOtherwise[table] != "", store.LeftOut[table] != ""} {
				if is {
					ways++
				}
			}
			if ways != 1 {
				t.Errorf("%s is carried, carried otherwise or left out with a reason: %d of these", table, ways)
			}
		}
		for table, of := range columns {
			if slices.Contains(of, "tenant_id") && !slices.Contains(tenantTables, table) {
				t.Errorf("%s has rows of tenants and is in no list", table)
			}
		}
	})
}

func without(columns []string, names ...string) []string {
	out := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return slices.Contains(names, c) })
	slices.Sort(out)
	return out
}

// columnsOf are the columns of all tables.
func columnsOf(t *testing.T, s *store.Store, o store.Options) map[string][]string {
	t.Helper()
	h, err := s.Handles()
	if err != nil {
		t.Fatal(err)
	}
	query := `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'search_index%'`
	if o.Postgres() {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	rows, err := h.Read.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		out[table] = append(out[table], column)
	}
	if rows.Err() != nil || len(out) < 40 {
		t.Fatalf("%d tables, %v", len(out), rows.Err())
	}
	return out
}

// carriedRows are all rows of a tenant as they go into an archive, and whom they name.
func carriedRows(t *testing.T, s *store.Store, a models.Actor) (lines map[string][]string, people map[string]string) {
	t.Helper()
	lines, people = map[string][]string{}, map[string]string{}
	err := s.Snapshot(context.Background(), a, func(r store.Tenant) error {
		for _, table := range store.CarriedTables() {
			err := r.CarryOut(table, func(line []byte, named []string) error {
				lines[table] = append(lines[table], string(line))
				for _, id := range named {
					people[id] = id
				}
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(lines[table]) // the databases order letters differently
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, people
}

func rowsIn(lines []string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, l := range lines {
			if !yield([]byte(l), nil) {
				return
			}
		}
	}
}

// carryIn stores rows in a new tenant of that id.
func carryIn(t *testing.T, s *store.Store, id, slug string, lines map[string][]string, people map[string]string) (models.Actor, error) {
	t.Helper()
	tenant := models.Tenant{ID: id, Slug: slug, Code: slug, Name: strings.ToUpper(slug), Colour: "#0f766e",
		State: models.TenantSuspended, TokenDays: 90, TokenPolicy: models.DefaultTokenPolicy(), SignUp: models.SignUpOpen}
	actor := models.NewActor(models.Standing{User: models.User{ID: "u", State: models.UserActive}, Role: models.RoleAdmin}, tenant, models.Request{ID: "req"})
	return actor, s.Do(context.Background(), actor, models.TenantCarry, func(tx *store.Tx) error {
		if err := tx.InsertTenant(&tenant, store.TenantKey{Kind: store.KeyAudit, KeyID: "k2", Wrapped: []byte{1}}); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(people)) {
			if !models.IsID(id) {
				continue
			}
			u := models.User{ID: people[id], Name: "Somebody"}
			u.Absent([]byte(strings.Repeat(u.ID[28:], 64)[:64]))
			if err := tx.InsertAbsent(&u); err != nil {
				return err
			}
		}
		c := tx.Carrier(people)
		for _, table := range store.CarriedTables() {
			if _, err := c.Carry(table, rowsIn(lines[table]), func(any) error { return nil }); err != nil {
				return err
			}
		}
		if err := c.Finish(); err != nil {
			return err
		}
		return tx.Record("tenant", tenant.ID, nil, nil, nil)
	})
}

// Rows of all carried tables go from either database into either, and come out the same.
func TestRowsGoFromDatabaseToDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		from, to := storetest.Open(t, storetest.SQLite(t)), storetest.Open(t, o)
		rowsGo(t, from, to)
		if o.Postgres() {
			rowsGo(t, storetest.Open(t, storetest.Postgres(t)), storetest.Open(t, storetest.SQLite(t)))
		}
	})
}

func rowsGo(t *testing.T, from, to *store.Store) {
	t.Helper()
	a := storetest.Tenant(t, from, "aa")
	furnish(t, from, a, &pool{byType: map[reflect.Type][]reflect.Value{}, named: map[string][]string{}})
	lines, people := carriedRows(t, from, a)
	for _, table := range store.CarriedTables() {
		if len(lines[table]) == 0 {
			t.Errorf("nothing of %s was carried", table)
		}
	}
	// Rows that no CarryOut writes are refused, and nothing of the tenant stays.
	other := storetest.Tenant(t, to, "bb").Account().ID
	for name, spoil := range map[string]func(map[string][]string){
		"a row twice":       func(l map[string][]string) { l["teams"] = append(l["teams"], l["teams"][0]) },
		"a row is missing":  func(l map[string][]string) { l["teams"] = nil },
		"an unknown column": func(l map[string][]string) { l["teams"][0] = strings.Replace(l["teams"][0], "{", `{"x":1,`, 1) },
		"a tenant of its own": func(l map[string][]string) {
			l["teams"][0] = strings.Replace(l["teams"][0], "{", `{"tenant_id":"x",`, 1)
		},
		"a column twice":      func(l map[string][]string) { l["teams"][0] = strings.Replace(l["teams"][0], `{`, `{"name":"x",`, 1) },
		"a column is missing": func(l map[string][]string) { l["teams"][0] = `{"id":"x"}` },
		"another spelling":    func(l map[string][]string) { l["teams"][0] = strings.Replace(l["teams"][0], ",", ", ", 1) },
		"no JSON":             func(l map[string][]string) { l["teams"][0] = "x" },
		"another type": func(l map[string][]string) {
			l["teams"][0] = strings.Replace(l["teams"][0], `"name":"`, `"name":1,"x":"`, 1)
		},
		"nothing where there is something": func(l map[string][]string) {
			l["tokens"][0] = strings.Replace(l["tokens"][0], `"narrowing":[]`, `"narrowing":null`, 1)
		},
		"a NUL": func(l map[string][]string) {
			l["teams"][0] = strings.Replace(l["teams"][0], `"name":"`, `"name":"\u0000`, 1)
		},
		"a number that is too large": func(l map[string][]string) {
			l["plans"][0] = strings.Replace(l["plans"][0], `"quota_calls":0`, `"quota_calls":99999999999999999999`, 1)
		},
		"a state that is none": func(l map[string][]string) {
			l["tokens"][0] = strings.Replace(l["tokens"][0], `"active"`, `"alive"`, 1)
		},
		"a person who is not in": func(l map[string][]string) { l["tokens"][0] = replaceCell(l["tokens"][0], "user_id", other) },
		"an unknown version": func(l map[string][]string) {
			l["versions"][0] = replaceCell(l["versions"][0], "published_id", models.NewID())
		},
	} {
		spoilt := map[string][]string{}
		for table, rows := range lines {
			spoilt[table] = slices.Clone(rows)
		}
		spoil(spoilt)
		if fmt.Sprint(spoilt) == fmt.Sprint(lines) {
			t.Errorf("%s: nothing was spoilt", name)
		}
		id, fresh := models.NewID(), map[string]string{}
		for p := range people {
			fresh[p] = models.NewID()
		}
		_, err := carryIn(t, to, id, "cc", spoilt, fresh)
		if !fault.Is(err, fault.Invalid) || fault.Code(err) != "archive_refused" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := to.TenantByID(context.Background(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: the tenant is there: %v", name, err)
		}
	}

	there, err := carryIn(t, to, a.Tenant().ID, "elsewhere", lines, people)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := carriedRows(t, to, there)
	for _, table := range store.CarriedTables() {
		if !slices.Equal(lines[table], again[table]) {
			t.Errorf("%s: %s", table, parting(strings.Join(lines[table], "\n"), strings.Join(again[table], "\n")))
		}
	}
}

// replaceCell puts another text into a column.
func replaceCell(line, column, value string) string {
	begin := strings.Index(line, `"`+column+`":"`) + len(column) + 4
	return line[:begin] + value + line[begin+strings.IndexByte(line[begin:], '"'):]
}

// A chain that does not hang together, or is another tenant's, is refused.
func TestOnlyAWholeChainIsTaken(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	from := storetest.Tenant(t, s, "aa")
	var events []audit.Event
	err := s.As(context.Background(), from, func(r store.Tenant) error {
		head, err := r.AuditHead()
		for e := range r.AuditChain(head) {
			events = append(events, e)
		}
		return err
	})
	if err != nil || len(events) == 0 {
		t.Fatal(events, err)
	}
	stranger := storetest.Tenant(t, s, "bb")
	err = s.Do(context.Background(), stranger, models.TenantCarry, func(tx *store.Tx) error {
		_, err := tx.InsertChain(func(yield func(audit.Event, error) bool) { yield(events[0], nil) }, func(audit.Event) error { return nil })
		return err
	})
	if fault.Code(err) != "archive_refused" {
		t.Errorf("a chain of another tenant: %v", err)
	}
}
