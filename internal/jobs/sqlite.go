package jobs

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"gatehouse/internal/store"
)

type sqliteClient struct {
	*river.Client[*sql.Tx]
	db   *sql.DB
	bell bell
}

func openSQLite(h store.Handles, c *river.Config) (client, error) {
	bell := make(bell, 1)
	rc, err := river.NewClient(sqliteDriver{riversqlite.New(h.Write), bell}, c)
	if err != nil {
		return nil, err
	}
	return &sqliteClient{rc, h.Write, bell}, nil
}

func (c *sqliteClient) insert(ctx context.Context, tx *sql.Tx, jobs []river.InsertManyParams) error {
	if _, err := c.InsertManyTx(ctx, tx, jobs); err != nil {
		return err
	}
	// The workers look through the connection that tx holds, so they get it, and
	// see the jobs, when tx has ended.
	c.wake()
	return nil
}

func (c *sqliteClient) wake() { c.bell.ring() }

// reclaim: one process serves a SQLite file, so what is running when it starts
// was begun by one that is gone, and so is the leader. A job on its last attempt
// is left to River, which gives it up: it may be what ended the process.
func (c *sqliteClient) reclaim(ctx context.Context) error {
	for _, statement := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts`,
		`DELETE FROM river_leader`,
	} {
		if _, err := c.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// sqliteDriver is River's driver with a bell for a listener. River's own listener
// reads a table 20 times a second, and each notice is one more row in our transaction.
type sqliteDriver struct {
	*riversqlite.Driver
	bell bell
}

func (d sqliteDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.bell
}

// SupportsListenNotify is false so that notices are not written to the table.
func (sqliteDriver) SupportsListenNotify() bool { return false }

// bell tells River, within the process, that there are jobs.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default: // it is ringing
	}
}

// WaitForNotification implements riverdriver.Listener.
func (b bell) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-b:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue": "` + river.QueueDefault + `"}`}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A bell has no connection; the rest of riverdriver.Listener does nothing.

func (bell) Close(context.Context) error            { return nil }
func (bell) Connect(context.Context) error          { return nil }
func (bell) Listen(context.Context, string) error   { return nil }
func (bell) Unlisten(context.Context, string) error { return nil }
func (bell) Ping(context.Context) error             { return nil }
func (bell) Schema() string                         { return "" }
func (bell) SetAfterConnectExec(string)             {}
