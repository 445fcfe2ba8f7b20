package usage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"gatehouse/internal/store"
)

// sqlitePragmas are those of the records' database (DESIGN §6), with a larger
// page cache: rollups of many subjects are written to and fro.
const sqlitePragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)"

// database is SQLite or PostgreSQL. All statements are written with ? and are
// the same for both, save what dialect-dependent code says.
type database struct {
	write, read *sql.DB
	postgres    bool
}

// openDatabase opens dsn, a postgres:// URL or the path of a SQLite file, and
// brings its tables up to date; a role that may not make tables can run on
// tables that another has made.
func openDatabase(ctx context.Context, dsn string) (*database, error) {
	o := store.Options{URL: dsn}
	if err := Migrate(ctx, o); err != nil {
		return nil, err
	}
	d := &database{postgres: o.Postgres()}
	if err := d.connect(dsn); err != nil {
		return nil, fmt.Errorf("open the usage database: %w", err)
	}
	return d, nil
}

func (d *database) connect(dsn string) (err error) {
	if d.postgres {
		if d.write, err = sql.Open("pgx", dsn); err != nil {
			return err
		}
		d.write.SetMaxOpenConns(8)
		d.read = d.write
		return nil
	}
	file := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: dsn}).EscapedPath()}).String() + "?" + sqlitePragmas
	if d.write, err = sql.Open("sqlite", file+"&_txlock=immediate"); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	if d.read, err = sql.Open("sqlite", file+"&_pragma=query_only(ON)"); err != nil {
		return errors.Join(err, d.write.Close())
	}
	d.read.SetMaxOpenConns(4)
	return nil
}

func (d *database) close() error {
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// asked is what answers questions.
type asked interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// seeing runs fn on what one tenant may see.
func (d *database) seeing(ctx context.Context, tenant [16]byte, fn func(asked) error) error {
	return d.seeingAs(ctx, "gatehouse.tenant", idText(tenant), fn)
}

// seeingAll runs fn on what is there of all tenants.
func (d *database) seeingAll(ctx context.Context, fn func(asked) error) error {
	return d.seeingAs(ctx, "gatehouse.platform", "on", fn)
}

func (d *database) seeingAs(ctx context.Context, setting, value string, fn func(asked) error) error {
	if !d.postgres {
		return fn(d.read)
	}
	t, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin to read usage: %w", err)
	}
	defer func() { _ = t.Rollback() }() // it changed nothing
	if _, err := t.ExecContext(ctx, "SELECT set_config($1, $2, true)", setting, value); err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	return fn(t)
}

// inTx runs fn in a transaction that is alone in writing: there is one writer on
// SQLite, and a lock on PostgreSQL, where several gateways may fold. So fn may
// read, add and write back, for all tenants.
func (d *database) inTx(ctx context.Context, fn func(*tx) error) error {
	t, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to write usage: %w", err)
	}
	defer func() { _ = t.Rollback() }() // where fn panics; otherwise there is nothing left to do
	w := &tx{t, d}
	if d.postgres {
		err = w.exec(ctx, "SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('usage')), set_config('gatehouse.platform', 'on', true)")
	}
	if err == nil {
		err = fn(w)
	}
	if err != nil {
		return errors.Join(err, ignoreDone(t.Rollback()))
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit usage: %w", err)
	}
	return nil
}

// ignoreDone: a cancelled context has rolled back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// bind writes placeholders as the database wants them.
func (d *database) bind(query string) string {
	if !d.postgres {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, more := strings.Cut(query, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// tx is a transaction of inTx.
type tx struct {
	*sql.Tx
	d *database
}

func (t *tx) exec(ctx context.Context, query string, args ...any) error {
	if _, err := t.ExecContext(ctx, t.d.bind(query), args...); err != nil {
		return fmt.Errorf("write usage: %w", err)
	}
	return nil
}

// each calls fn for each row of query.
func (t *tx) each(ctx context.Context, fn func(*sql.Rows) error, query string, args ...any) error {
	return each(t.QueryContext(ctx, t.d.bind(query), args...))(fn)
}

func each(rows *sql.Rows, err error) func(func(*sql.Rows) error) error {
	return func(fn func(*sql.Rows) error) error {
		if err != nil {
			return fmt.Errorf("read usage: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := fn(rows); err != nil {
				return fmt.Errorf("read usage: %w", err)
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("read usage: %w", err)
		}
		return nil
	}
}

// list is n times row, with commas between: the values of an INSERT.
func list(row string, n int) string {
	return strings.TrimSuffix(strings.Repeat(row+",", n), ",")
}
