package usage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/gateway"
)

// Blocks of the log begin small, one for each fold of a tenant. Sixteen of a
// level become one of the next, so each record is packed at most four times. A
// block of blockRecords, or of fullLevel, stays as it is.
const (
	blocksOfLevel = 16
	fullLevel     = 3
)

// writeLog adds records of a tenant, sorted by time, as blocks of the level.
func (w *writer) writeLog(ctx context.Context, t *tx, tenant [16]byte, level int, records []gateway.Record) error {
	for part := range slices.Chunk(records, blockRecords) {
		data, err := packBlock(part)
		if err != nil {
			return err
		}
		if len(part) == blockRecords {
			level = fullLevel
		}
		first, last := part[0].Start.UnixMicro(), part[len(part)-1].Start.UnixMicro()
		var block int64
		row := t.QueryRowContext(ctx, t.d.bind(`INSERT INTO usage_block (tenant, level, first, last, records, data)
			VALUES (?, ?, ?, ?, ?, ?) RETURNING id`), tenant[:], level, first, last, len(part), data)
		if err := row.Scan(&block); err != nil {
			return wrapWrite(err)
		}
		if err := w.indexBlock(ctx, t, tenant, block, first, last, part); err != nil {
			return err
		}
	}
	return nil
}

func wrapWrite(err error) error { return fmt.Errorf("write usage: %w", err) }

// indexBlock notes which tokens and which teams have calls in the block.
func (w *writer) indexBlock(ctx context.Context, t *tx, tenant [16]byte, block, first, last int64, records []gateway.Record) error {
	seen := map[subjectKey]bool{}
	var keys []subjectKey
	for i := range records {
		for _, k := range [...]subjectKey{{tenant, tokenLog, records[i].Token, ""}, {tenant, teamLog, records[i].Team, ""}} {
			if k.subject != none && !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	ids, err := w.subjects(ctx, t, keys)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(keys, rowsAtOnce) {
		args := make([]any, 0, 4*len(part))
		for _, k := range part {
			args = append(args, ids[k], last, block, first)
		}
		if err := t.exec(ctx, "INSERT INTO usage_block_token (subject, last, block, first) VALUES "+
			list("(?,?,?,?)", len(part)), args...); err != nil {
			return err
		}
	}
	return nil
}

// compact merges small blocks of the tenant's log until no level is full.
func (w *writer) compact(ctx context.Context, tenant [16]byte) error {
	for level := range fullLevel {
		if err := w.inTx(ctx, func(t *tx) error { return w.compactLevel(ctx, t, tenant, level) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) compactLevel(ctx context.Context, t *tx, tenant [16]byte, level int) error {
	var ids []any
	var records []gateway.Record
	err := t.each(ctx, func(rows *sql.Rows) error {
		var id int64
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return err
		}
		more, err := unpackBlock(tenant, data)
		ids, records = append(ids, id), append(records, more...)
		return err
	}, `SELECT id, data FROM usage_block WHERE tenant = ? AND level = ? AND level < 3 AND
		(SELECT COUNT(*) FROM usage_block WHERE tenant = ? AND level = ? AND level < 3) >= ? ORDER BY id`,
		tenant[:], level, tenant[:], level, blocksOfLevel)
	if err != nil || len(ids) == 0 {
		return err
	}
	if err := dropBlocks(ctx, t, ids); err != nil {
		return err
	}
	oldestFirst(records)
	return w.writeLog(ctx, t, tenant, level+1, records)
}

// dropBlocks removes blocks and what points to them.
func dropBlocks(ctx context.Context, t *tx, ids []any) error {
	for part := range slices.Chunk(ids, rowsAtOnce) {
		in := "(" + list("?", len(part)) + ")"
		if err := t.exec(ctx, "DELETE FROM usage_block_token WHERE block IN "+in, part...); err != nil {
			return err
		}
		if err := t.exec(ctx, "DELETE FROM usage_block WHERE id IN "+in, part...); err != nil {
			return err
		}
	}
	return nil
}

// watchNear is the longest time between two notes that somebody is counting.
const watchNear = 2 * time.Minute

// watched notes that somebody was counting from start to end. Spells that nearly
// touch are one.
func watched(ctx context.Context, t *tx, start, end time.Time) error {
	const near = int64(watchNear / time.Second)
	a, z := start.Unix(), end.Unix()+1
	var ids []any
	err := t.each(ctx, func(rows *sql.Rows) error {
		var id, from, to int64
		err := rows.Scan(&id, &from, &to)
		ids, a, z = append(ids, id), min(a, from), max(z, to)
		return err
	}, "SELECT id, start, finish FROM usage_watch WHERE start <= ? AND finish >= ?", z+near, a-near)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := t.exec(ctx, "DELETE FROM usage_watch WHERE id IN ("+list("?", len(ids))+")", ids...); err != nil {
			return err
		}
	}
	return t.exec(ctx, "INSERT INTO usage_watch (start, finish) VALUES (?, ?)", a, z)
}
