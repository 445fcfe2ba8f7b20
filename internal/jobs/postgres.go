package jobs

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"gatehouse/internal/store"
)

type postgresClient struct{ *river.Client[pgx.Tx] }

func openPostgres(h store.Handles, c *river.Config) (client, error) {
	rc, err := river.NewClient(riverpgxv5.New(h.Pool), c)
	if err != nil {
		return nil, err
	}
	return postgresClient{rc}, nil
}

// wake has nothing to do: PostgreSQL notifies the workers, on commit.
func (postgresClient) wake() {}

// reclaim has nothing to do: other processes may be at work. River's leader takes
// back what ran too long.
func (postgresClient) reclaim(context.Context) error { return nil }

// insert runs River's insertion, which speaks pgx, in a transaction of
// database/sql. pgx shows its connection to whoever rewrites a query, and
// database/sql guards that connection meanwhile; so that is where it happens.
func (c postgresClient) insert(ctx context.Context, tx *sql.Tx, jobs []river.InsertManyParams) error {
	var failed error
	_, err := tx.ExecContext(ctx, "", onConn(func(conn *pgx.Conn) error {
		_, failed = c.InsertManyTx(ctx, borrowed{conn}, jobs)
		return failed
	}))
	if failed != nil {
		return failed
	}
	return err
}

// onConn is a pgx.QueryRewriter that uses the connection, and runs nothing after it.
type onConn func(*pgx.Conn) error

func (fn onConn) RewriteQuery(_ context.Context, conn *pgx.Conn, _ string, _ []any) (string, []any, error) {
	return "SELECT 1", nil, fn(conn)
}

// borrowed is a transaction that somebody else began and will end.
type borrowed struct{ *connection }

// connection is pgx.Conn under a name that leaves room for the method Conn.
type connection = pgx.Conn

var errBorrowed = errors.New("jobs: the transaction belongs to the store")

// Conn implements pgx.Tx.
func (b borrowed) Conn() *pgx.Conn { return b.connection }

// Begin refuses, as do Commit and Rollback.
func (borrowed) Begin(context.Context) (pgx.Tx, error) { return nil, errBorrowed }

// Commit refuses.
func (borrowed) Commit(context.Context) error { return errBorrowed }

// Rollback refuses.
func (borrowed) Rollback(context.Context) error { return errBorrowed }

// LargeObjects has none: the queue uses none.
func (borrowed) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
