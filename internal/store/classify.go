package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"gatehouse/internal/fault"
)

// Classify makes the fault of a database that does not answer of an error that
// says so, whichever the database: it is locked, full, read-only, gone, or takes
// too long. What is a fault already, or something else, it returns as it is.
func Classify(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || !down(err) {
		return err
	}
	return unavailable(err)
}

// unavailable is the fault of a database that does not answer.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "database_unavailable",
		"The database does not answer. Nothing was changed; please try again in a moment.").After(5 * time.Second).Because(err)
}

func down(err error) bool {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return sqliteDown(e.Code() & 0xff)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code[:2] {
		case "08", "53", "57", "58", "25": // connection, resources, operator, system, read-only
			return true
		}
		return false
	}
	for _, cut := range []error{context.DeadlineExceeded, sqldriver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF, io.EOF, net.ErrClosed} {
		if errors.Is(err, cut) {
			return true
		}
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err) // as where pgx says "conn closed"
}

func sqliteDown(code int) bool {
	switch code {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return true
	}
	return false
}

// against reports whether a row is not as its table wants it, in another way than
// GORM knows of: a column that may not be empty is, or a text or number does not fit.
func against(err error) bool {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()&0xff == lib.SQLITE_CONSTRAINT || e.Code()&0xff == lib.SQLITE_MISMATCH || e.Code()&0xff == lib.SQLITE_TOOBIG
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code[:2] == "23" || e.Code[:2] == "22"
	}
	return false
}
