package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// leaving is what is left to sessions that are over, or were replaced by one with
// another id (R36); those that people use have 15 minutes and more.
const leaving = 5 * time.Minute

// fleeting are columns that change without anybody having changed anything:
// when a session was last seen, and which message it still has to show; which use
// of a token was seen (R19).
var fleeting = map[string][]string{"grants": {"seen_at"}, "sessions": {"seen_at", "expires_at", "data"}, "tokens": {"used_at", "refused_at", "refused_id"},
	"operator_tokens": {"last_used_at", "last_used_from"}}

// contents are all rows of our tables, a line each, in the order of their text:
// those of one tenant, or with "" all. The tables of jobs are not ours, and some
// sessions are leaving.
func contents(t *testing.T, k *testkit.Kit, tenant string) string {
	t.Helper()
	lines := rows(t, k, tenant)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// rows are the same, table by table in the order in which they were written.
func rows(t *testing.T, k *testkit.Kit, tenant string) (lines []string) {
	t.Helper()
	h, err := k.Store.Handles()
	if err != nil {
		t.Fatal(err)
	}
	names, err := h.Read.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'river_%' AND name NOT LIKE 'goose_%' AND name NOT LIKE 'search_index%' AND name <> 'gateways' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := names.Err(); err != nil || len(tables) < 25 {
		t.Fatalf("only the tables %v: %v", tables, err)
	}
	for _, table := range tables {
		if table == "token_uses" {
			continue // when a management token was used last is seen, not decided (R19)
		}
		rows, err := h.Read.Query("SELECT * FROM " + table + " ORDER BY rowid")
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
			var line strings.Builder
			line.WriteString(table)
			mine := tenant == ""
			for i, c := range columns {
				if at, ok := values[i].(time.Time); ok && table == "sessions" && c == "expires_at" && time.Until(at) < leaving {
					mine = false // swept when it comes to it, whoever reads what
					break
				}
				if !slices.Contains(fleeting[table], c) {
					fmt.Fprintf(&line, " %s=%v", c, values[i])
				}
				mine = mine || (c == "tenant_id" || table == "tenants" && c == "id") && values[i] == tenant
			}
			if mine {
				lines = append(lines, line.String())
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// difference is the lines that only one of two texts has.
func difference(before, after string) string {
	var out strings.Builder
	b, a := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range b {
		if !slices.Contains(a, line) {
			fmt.Fprintf(&out, "- %.300s\n", line)
		}
	}
	for _, line := range a {
		if !slices.Contains(b, line) {
			fmt.Fprintf(&out, "+ %.300s\n", line)
		}
	}
	return out.String()
}
