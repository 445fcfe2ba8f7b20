package usage

import (
	"context"
	"database/sql"
	"time"
)

// subjectsAtOnce is how many subjects one transaction of Prune goes through, so
// that folding never waits long for it.
const subjectsAtOnce = 2000

// Prune removes what was kept long enough at now: rollups, callers, blocks of the
// log older than LogKeep, subjects and last uses of which nothing else is left,
// notes on segments that are gone. Each step is a transaction of its own; it may
// be stopped and begun again at any time.
func (f *Folder) Prune(ctx context.Context, now time.Time) error {
	var most int64
	err := f.write.db.inTx(ctx, func(t *tx) error {
		return t.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&most) }, "SELECT COALESCE(MAX(id), 0) FROM usage_subject")
	})
	if err != nil {
		return err
	}
	for low := int64(0); low <= most; low += subjectsAtOnce {
		err := f.write.db.inTx(ctx, func(t *tx) error {
			for _, res := range []*resolution{minutes, hours, days} {
				if err := t.exec(ctx, "DELETE FROM "+res.table+" WHERE subject >= ? AND subject < ? AND at < ?",
					low, low+subjectsAtOnce, res.at(now.Add(-res.keep))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for more := true; more; {
		err := f.write.db.inTx(ctx, func(t *tx) (err error) {
			more, err = pruneLog(ctx, t, now.Add(-f.LogKeep))
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := f.pruneSubjects(ctx, most); err != nil {
		return err
	}
	return f.write.db.inTx(ctx, func(t *tx) error {
		if err := t.exec(ctx, "DELETE FROM usage_caller WHERE hour < ?", hours.at(now.Add(-callersKeep))); err != nil {
			return err
		}
		if err := t.exec(ctx, "DELETE FROM usage_last WHERE at < ?", now.Add(-days.keep).UnixMicro()); err != nil {
			return err
		}
		if err := t.exec(ctx, "DELETE FROM usage_segment WHERE sealed = 1 AND at < ?", now.Add(-hours.keep).Unix()); err != nil {
			return err
		}
		return t.exec(ctx, "DELETE FROM usage_watch WHERE finish < ?", now.Add(-days.keep).Unix())
	})
}

// pruneSubjects removes subjects of which nothing is kept any more, as those of
// tokens that are gone. No fold may go on meanwhile: it remembers their numbers.
func (f *Folder) pruneSubjects(ctx context.Context, most int64) error {
	query := "DELETE FROM usage_subject WHERE id >= ? AND id < ?"
	for _, table := range []string{minutes.table, hours.table, days.table, "usage_block_token"} {
		query += " AND NOT EXISTS (SELECT 1 FROM " + table + " k WHERE k.subject = usage_subject.id)"
	}
	for low := int64(0); low <= most; low += subjectsAtOnce {
		if err := f.alone(ctx, func(t *tx) error { return t.exec(ctx, query, low, low+subjectsAtOnce) }); err != nil {
			return err
		}
	}
	return nil
}

// alone runs a transaction that removes subjects.
func (f *Folder) alone(ctx context.Context, fn func(*tx) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer clear(f.write.known)
	return f.write.db.inTx(ctx, fn)
}

// pruneLog removes some blocks whose last record is older than before, and says
// whether there may be more.
func pruneLog(ctx context.Context, t *tx, before time.Time) (more bool, err error) {
	var ids []any
	err = t.each(ctx, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM usage_block WHERE last < ? ORDER BY last LIMIT ?", before.UnixMicro(), rowsAtOnce)
	if err != nil {
		return false, err
	}
	return len(ids) == rowsAtOnce, dropBlocks(ctx, t, ids)
}
