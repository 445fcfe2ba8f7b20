package usage

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"
)

// callersKeep is how long it is known which addresses used a token.
const callersKeep = 7 * 24 * time.Hour

// rowsAtOnce is the number of rows that one statement reads or writes.
const rowsAtOnce = 250

// writer writes rollups. It remembers the numbers of subjects; those given in
// the running transaction are fresh, and known once it is committed.
type writer struct {
	db           *database
	known, fresh map[subjectKey]int64
}

// knownMost bounds what a writer remembers (about 40 MB).
const knownMost = 200_000

func newWriter(db *database) *writer {
	return &writer{db, map[subjectKey]int64{}, map[subjectKey]int64{}}
}

// inTx is database.inTx that keeps the memory of numbers right.
func (w *writer) inTx(ctx context.Context, fn func(*tx) error) error {
	clear(w.fresh)
	if err := w.db.inTx(ctx, fn); err != nil {
		return err
	}
	if len(w.known)+len(w.fresh) > knownMost {
		clear(w.known)
	}
	maps.Copy(w.known, w.fresh)
	return nil
}

// write adds all of u to the database, in the transaction t.
func (w *writer) write(ctx context.Context, t *tx, u *rollup) error {
	ids, err := w.subjects(ctx, t, slices.Collect(maps.Keys(u.subjects)))
	if err != nil {
		return err
	}
	// Days first: they are made of the hours, to which addCells adds what it finds.
	for _, res := range []*resolution{days, hours, minutes} {
		if err := addCells(ctx, t, res, cellsOf(u, ids, res)); err != nil {
			return err
		}
	}
	if err := writeCallers(ctx, t, u); err != nil {
		return err
	}
	for _, tenant := range slices.SortedFunc(maps.Keys(u.log), compareIDs) {
		records := u.log[tenant]
		oldestFirst(records)
		if err := w.writeLog(ctx, t, tenant, 0, records); err != nil {
			return err
		}
	}
	return nil
}

func compareIDs(a, b [16]byte) int { return slices.Compare(a[:], b[:]) }

// subjects returns the numbers of the subjects, new ones where there are none.
func (w *writer) subjects(ctx context.Context, t *tx, keys []subjectKey) (map[subjectKey]int64, error) {
	ids := make(map[subjectKey]int64, len(keys))
	for _, k := range keys {
		id, known := w.known[k]
		if !known {
			id, known = w.fresh[k]
		}
		if !known {
			row := t.QueryRowContext(ctx, t.d.bind(`INSERT INTO usage_subject (tenant, kind, subject, part) VALUES (?, ?, ?, ?)
				ON CONFLICT (tenant, kind, subject, part) DO UPDATE SET kind = excluded.kind RETURNING id`),
				k.tenant[:], int(k.kind), k.subject[:], []byte(k.part))
			if err := row.Scan(&id); err != nil {
				return nil, wrapWrite(err)
			}
			w.fresh[k] = id
		}
		ids[k] = id
	}
	return ids, nil
}

// place is where a cell is in its table.
type place struct{ subject, at int64 }

type placed struct {
	place
	*cell
}

// cellsOf lists the cells of one resolution in the order of the table.
func cellsOf(u *rollup, ids map[subjectKey]int64, res *resolution) (out []placed) {
	for k, s := range u.subjects {
		for at, c := range s.cells(res, u.now) {
			out = append(out, placed{place{ids[k], at}, c})
		}
	}
	slices.SortFunc(out, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.subject, b.subject), cmp.Compare(a.at, b.at))
	})
	return out
}

// addCells adds cells to those in the table. Only one transaction does so at a
// time (inTx), so what is read here is still there when it is written.
func addCells(ctx context.Context, t *tx, res *resolution, cells []placed) error {
	if t.d.postgres {
		return addCellsPostgres(ctx, t, res, cells)
	}
	for part := range slices.Chunk(cells, rowsAtOnce) {
		keys, rows := make([]any, 0, 2*len(part)), make([]any, 0, 3*len(part))
		for _, c := range part {
			keys = append(keys, c.subject, c.at)
		}
		if err := addOld(ctx, t, part, "SELECT subject, at, cell FROM "+res.table+
			" WHERE (subject, at) IN (VALUES "+list("(?,?)", len(part))+")", keys...); err != nil {
			return err
		}
		for _, c := range part {
			rows = append(rows, c.subject, c.at, c.append(nil))
		}
		if err := t.exec(ctx, "INSERT INTO "+res.table+" (subject, at, cell) VALUES "+list("(?,?,?)", len(part))+
			" ON CONFLICT (subject, at) DO UPDATE SET cell = excluded.cell", rows...); err != nil {
			return err
		}
	}
	return nil
}

// addCellsPostgres is addCells with arrays: planning lists of hundreds of rows
// takes longer than reading them.
func addCellsPostgres(ctx context.Context, t *tx, res *resolution, cells []placed) error {
	for part := range slices.Chunk(cells, 20*rowsAtOnce) {
		var subjects, at []int64
		var data [][]byte
		for _, c := range part {
			subjects, at = append(subjects, c.subject), append(at, c.at)
		}
		if err := addOld(ctx, t, part, "SELECT c.subject, c.at, c.cell FROM unnest(?::bigint[], ?::bigint[]) k (subject, at) JOIN "+
			res.table+" c ON c.subject = k.subject AND c.at = k.at", subjects, at); err != nil {
			return err
		}
		for _, c := range part {
			data = append(data, c.append(nil))
		}
		if err := t.exec(ctx, "INSERT INTO "+res.table+" (subject, at, cell) SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::bytea[])"+
			" ON CONFLICT (subject, at) DO UPDATE SET cell = excluded.cell", subjects, at, data); err != nil {
			return err
		}
	}
	return nil
}

// addOld adds to the cells what query finds of them in the table.
func addOld(ctx context.Context, t *tx, cells []placed, query string, args ...any) error {
	at := make(map[place]*cell, len(cells))
	for _, c := range cells {
		at[c.place] = c.cell
	}
	var p place
	var old []byte
	return t.each(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(&p.subject, &p.at, &old); err != nil {
			return err
		}
		return at[p].mergeFrom(old)
	}, query, args...)
}

// writeCallers notes which addresses used which tokens, and each token's last use.
func writeCallers(ctx context.Context, t *tx, u *rollup) error {
	for part := range slices.Chunk(slices.Collect(maps.Keys(u.callers)), rowsAtOnce) {
		args := make([]any, 0, 7*len(part))
		for _, k := range part {
			c := u.callers[k]
			args = append(args, k.tenant[:], k.token[:], k.hour, addressBytes(k.ip), c.calls, c.at.UnixMicro(), clean(c.agent))
		}
		if err := t.exec(ctx, `INSERT INTO usage_caller (tenant, token, hour, ip, calls, last, agent)
			VALUES `+list("(?,?,?,?,?,?,?)", len(part))+` ON CONFLICT (tenant, token, hour, ip) DO UPDATE SET
			calls = usage_caller.calls + excluded.calls,
			agent = CASE WHEN excluded.last >= usage_caller.last THEN excluded.agent ELSE usage_caller.agent END,
			last = CASE WHEN excluded.last >= usage_caller.last THEN excluded.last ELSE usage_caller.last END`, args...); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(u.last)), rowsAtOnce) {
		args := make([]any, 0, 5*len(part))
		for _, k := range part {
			l := u.last[k]
			args = append(args, k.tenant[:], k.token[:], l.at.UnixMicro(), addressBytes(l.ip), clean(l.agent))
		}
		if err := t.exec(ctx, `INSERT INTO usage_last (tenant, token, at, ip, agent)
			VALUES `+list("(?,?,?,?,?)", len(part))+` ON CONFLICT (tenant, token) DO UPDATE SET
			at = excluded.at, ip = excluded.ip, agent = excluded.agent WHERE excluded.at >= usage_last.at`, args...); err != nil {
			return err
		}
	}
	return nil
}

// clean is text that PostgreSQL takes: a user agent may hold any bytes.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
