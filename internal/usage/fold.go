package usage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gatehouse/internal/gateway"
)

// advance is how far a fold has come in a span.
type advance struct {
	span
	done   int
	sealed bool
}

// once folds some of the spans and says whether there is more.
func (f *Folder) once(ctx context.Context, spans []span) (more bool, err error) {
	u := newRollup(f.clock.Now())
	if quiet(spans) && u.now.Sub(f.watched) < watchEvery {
		return false, nil
	}
	intern := interner{}
	var moved []advance
	err = f.write.inTx(ctx, func(t *tx) error {
		for _, s := range spans {
			if !s.full && s.to <= s.done || s.done < 0 {
				continue
			}
			if u.n >= foldMost {
				more = true
				break
			}
			to, err := f.foldSpan(ctx, t, u, s, intern)
			if err != nil {
				return err
			}
			moved = append(moved, to)
		}
		return f.save(ctx, t, u, moved, true)
	})
	if err != nil {
		return false, err
	}
	f.watched = u.now
	var finished []*source
	for _, m := range moved {
		m.source.done = m.done
		if m.sealed {
			m.source.done = -1
			finished = append(finished, m.source)
		} else if m.done < m.to || m.full {
			more = true
		}
	}
	f.spool.forget(finished)
	return more, f.compact(ctx, u)
}

// quiet says that spans hold nothing new.
func quiet(spans []span) bool {
	return !slices.ContainsFunc(spans, func(s span) bool { return s.full && s.done >= 0 || s.to > s.done })
}

// foldSpan adds the records of s to u, from where the database says that the
// last fold ended, until u has enough.
func (f *Folder) foldSpan(ctx context.Context, t *tx, u *rollup, s span, intern interner) (advance, error) {
	to := advance{span: s, done: segmentHead}
	sealed := 0
	err := t.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&to.done, &sealed) },
		"SELECT done, sealed FROM usage_segment WHERE id = ?", s.id[:])
	if err != nil {
		return to, err
	}
	if sealed != 0 { // the process was killed before it could remove the file
		to.sealed = true
		return to, nil
	}
	b, err := s.bytes()
	if err != nil {
		return to, err
	}
	for u.n < foldMost {
		if to.done >= len(b) {
			to.sealed = s.full
			break
		}
		body, size, err := frame(b[to.done:])
		if err == nil {
			var r gateway.Record
			if err = getBody(body, &r, intern.text); err == nil {
				u.add(&r)
			}
		}
		if errors.Is(err, errTorn) {
			f.spool.torn.Add(1)
		}
		if errors.Is(err, errEnd) || size == 0 {
			to.sealed = s.full
			break
		}
		to.done += size
	}
	return to, nil
}

// bytes is what can be read of a span.
func (s span) bytes() ([]byte, error) {
	if s.segment == nil {
		return readSegment(s.path)
	}
	return s.mem[:s.to], nil
}

// save writes u and how far it has come in the spool. Unless it is history,
// somebody counts now.
func (f *Folder) save(ctx context.Context, t *tx, u *rollup, moved []advance, live bool) error {
	for _, m := range moved {
		if err := t.exec(ctx, `INSERT INTO usage_segment (id, done, sealed, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET done = excluded.done, sealed = excluded.sealed, at = excluded.at`,
			m.id[:], m.done, int(bit(m.sealed)), u.now.Unix()); err != nil {
			return err
		}
	}
	if err := f.write.write(ctx, t, u); err != nil {
		return err
	}
	if u.n > 0 {
		if err := watched(ctx, t, u.first, u.end); err != nil {
			return err
		}
	}
	if !live || u.n > 0 && u.now.Sub(u.end) < watchNear {
		return nil
	}
	return watched(ctx, t, u.now, u.now)
}

// commit writes u, which is history.
func (f *Folder) commit(ctx context.Context, u *rollup) error {
	if err := f.write.inTx(ctx, func(t *tx) error { return f.save(ctx, t, u, nil, false) }); err != nil {
		return err
	}
	return f.compact(ctx, u)
}

// foldMemory folds what found no place on the disk.
func (f *Folder) foldMemory(ctx context.Context) error {
	all := f.spool.takeMemory()
	if len(all) == 0 {
		return nil
	}
	u, intern := newRollup(f.clock.Now()), interner{}
	for b := all; len(b) > 0; {
		body, size, err := frame(b)
		if err != nil {
			return fmt.Errorf("read usage records in memory: %w", err)
		}
		var r gateway.Record
		if err := getBody(body, &r, intern.text); err != nil {
			return fmt.Errorf("read usage records in memory: %w", err)
		}
		u.add(&r)
		b = b[size:]
	}
	if err := f.write.inTx(ctx, func(t *tx) error { return f.save(ctx, t, u, nil, true) }); err != nil {
		f.spool.giveBack(all)
		return err
	}
	return f.compact(ctx, u)
}

// compact keeps the logs of the tenants of u in large blocks.
func (f *Folder) compact(ctx context.Context, u *rollup) error {
	for _, tenant := range slices.Collect(maps.Keys(u.log)) {
		if err := f.write.compact(ctx, tenant); err != nil {
			return err
		}
	}
	return nil
}

// interner keeps one copy of each text: most texts come again.
type interner map[string]string

func (i interner) text(b []byte) string {
	if s, known := i[string(b)]; known {
		return s
	}
	s := string(b)
	i[s] = s
	return s
}
