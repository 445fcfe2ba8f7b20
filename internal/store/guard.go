package store

import (
	"errors"
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

const scopeKey = "store:scope"

// scope says on whose rows the statements of a transaction run: one tenant's,
// one person's in all tenants, or everybody's. The zero scope reaches nothing.
type scope struct {
	tenant   string
	person   string
	platform bool
}

// guard is a GORM plugin that makes a forgotten tenant an error instead of a
// leak. The doors make scoping easy; guard makes its absence impossible to miss.
//
// For every statement on a table with a TenantID it
//   - refuses to run without a scope,
//   - refuses updates and deletes that name no row of their own,
//   - adds the tenant (or the person) to the WHERE, around any OR already there,
//   - stamps the tenant on new rows, and refuses another one's,
//   - refuses upserts, which overwrite rows that the WHERE never saw.
//
// It cannot see raw SQL or maps; internal/arch forbids those outside this
// package's migrations and dialects.
type guard struct{}

func (guard) Name() string { return "tenant-guard" }

func (guard) Initialize(db *gorm.DB) error {
	cb := db.Callback()
	return errors.Join(
		cb.Query().Before("gorm:query").Register("guard:query", narrow),
		cb.Row().Before("gorm:row").Register("guard:row", narrow),
		cb.Update().Before("gorm:update").Register("guard:update", narrowWrite),
		cb.Delete().Before("gorm:delete").Register("guard:delete", narrowWrite),
		cb.Create().Before("gorm:create").Register("guard:create", stamp),
	)
}

func narrowWrite(db *gorm.DB) {
	// Our own clause would satisfy GORM's check for a missing WHERE.
	if _, ok := db.Statement.Clauses["WHERE"]; !ok {
		_ = db.AddError(gorm.ErrMissingWhereClause)
		return
	}
	narrow(db)
}

func narrow(db *gorm.DB) {
	column, sc, ok := scoped(db)
	if !ok || sc.platform {
		return
	}
	value := sc.tenant
	if sc.person != "" {
		field := db.Statement.Schema.LookUpField("UserID")
		if field == nil {
			_ = db.AddError(fmt.Errorf("store: %s belongs to no person", db.Statement.Table))
			return
		}
		column, value = field.DBName, sc.person
	}
	if c, ok := db.Statement.Clauses["WHERE"]; ok {
		if where, ok := c.Expression.(clause.Where); ok && len(where.Exprs) > 0 {
			c.Expression = clause.Where{Exprs: []clause.Expression{clause.And(where.Exprs...)}}
			db.Statement.Clauses["WHERE"] = c
		}
	}
	db.Statement.AddClause(clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: column}, Value: value},
	}})
}

func stamp(db *gorm.DB) {
	_, sc, ok := scoped(db)
	if !ok {
		return
	}
	if _, ok := db.Statement.Clauses["ON CONFLICT"]; ok {
		_ = db.AddError(fmt.Errorf("store: upsert on %s can overwrite another tenant's row", db.Statement.Table))
		return
	}
	for _, row := range rowsOf(db.Statement.ReflectValue) {
		if err := stampRow(db, row, sc); err != nil {
			_ = db.AddError(err)
			return
		}
	}
}

// stampRow names the tenant on one new row, and refuses another one's.
func stampRow(db *gorm.DB, row reflect.Value, sc scope) error {
	field := db.Statement.Schema.LookUpField("TenantID")
	v, zero := field.ValueOf(db.Statement.Context, row)
	switch {
	case sc.platform && !zero:
		return nil // the platform says whose row it is
	case sc.tenant == "":
		return fmt.Errorf("store: new row in %s without a tenant", db.Statement.Table)
	case !zero && v != sc.tenant:
		return fmt.Errorf("store: row of tenant %v in a statement of tenant %v", v, sc.tenant)
	}
	return field.Set(db.Statement.Context, row, sc.tenant)
}

// rowsOf lists the rows of a create statement, which takes one or a slice.
func rowsOf(v reflect.Value) []reflect.Value {
	if k := v.Kind(); k != reflect.Slice && k != reflect.Array {
		return []reflect.Value{v}
	}
	rows := make([]reflect.Value, v.Len())
	for i := range rows {
		rows[i] = reflect.Indirect(v.Index(i))
	}
	return rows
}

// scoped returns the tenant column of the statement's table and the scope it
// runs in; ok is false for tables that belong to no tenant.
func scoped(db *gorm.DB) (column string, sc scope, ok bool) {
	if db.Error != nil {
		return "", scope{}, false
	}
	if db.Statement.Schema == nil {
		_ = db.AddError(errors.New("store: statement without a model, whose tenant nobody can check"))
		return "", scope{}, false
	}
	field := db.Statement.Schema.LookUpField("TenantID")
	if field == nil {
		return "", scope{}, false
	}
	v, _ := db.Get(scopeKey)
	if sc, _ = v.(scope); sc == (scope{}) {
		_ = db.AddError(fmt.Errorf("store: statement on %s without a tenant", db.Statement.Table))
		return "", scope{}, false
	}
	return field.DBName, sc, true
}
