package app

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
)

// NoteUse copies when tokens were last used from the usage to the records, where
// lists are sorted and narrowed by it. It looks at what is new; once a day at
// everything, for what was folded in late.
func (a *App) NoteUse(ctx context.Context) error {
	a.noted.Lock()
	defer a.noted.Unlock()
	const page, overlap = 500, time.Hour
	now := a.clock.Now()
	since := a.noted.last.Add(-overlap)
	if now.Sub(a.noted.whole) >= 24*time.Hour {
		since = time.Unix(0, 0)
	}
	for behind := (usage.LastUse{}); ; {
		uses, err := a.Usage.Reader.LastUses(ctx, since, behind, page)
		if err != nil {
			return err
		}
		if len(uses) == 0 {
			break
		}
		seen := make([]store.Seen, len(uses))
		for i, u := range uses {
			seen[i] = store.Seen(u)
		}
		if err := a.Store.Platform(ctx, func(p store.Platform) error { return p.NoteUse(seen) }); err != nil {
			return err
		}
		if len(uses) < page {
			break
		}
		behind = uses[len(uses)-1]
	}
	if a.noted.last = now; since.Unix() == 0 {
		a.noted.whole = now
	}
	return nil
}

// useNoted is up to when uses were copied, and when all of them were.
type useNoted struct {
	sync.Mutex
	last, whole time.Time
}
