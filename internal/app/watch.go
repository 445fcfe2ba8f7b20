package app

import (
	"context"
	"errors"

	"gatehouse/internal/store"
)

// watch begins a round over the tokens of all tenants.
type watch struct{}

func (watch) Kind() string { return "token_watch" }

// watchTokens is one part of a round: the tokens of a tenant behind one of them.
type watchTokens struct {
	Tenant string `json:"tenant"`
	After  string `json:"after,omitempty"`
}

func (watchTokens) Kind() string { return "token_watch_tenant" }

// watchTenants enqueues the first part for each tenant.
func (a *App) watchTenants(ctx context.Context) error {
	tenants, err := a.Portal.Watch.Tenants(ctx)
	if err != nil {
		return err
	}
	return a.Store.Platform(ctx, func(p store.Platform) error {
		for _, id := range tenants {
			if err := p.Enqueue(watchTokens{Tenant: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// watchTokens does one part and enqueues the next one. What calls there were until
// now is counted first, so that no token is called unused for want of counting.
func (a *App) watchTokens(ctx context.Context, part watchTokens) error {
	if err := a.Usage.Folder.Flush(ctx); err != nil {
		return err
	}
	next, err := a.Portal.Watch.Look(ctx, part.Tenant, part.After)
	if next == "" {
		return err
	}
	return errors.Join(err, a.Store.Platform(ctx, func(p store.Platform) error {
		return p.Enqueue(watchTokens{Tenant: part.Tenant, After: next})
	}))
}

// finishRotations retires old secrets that nobody uses any more. What calls there were
// until now is counted first: one of them may be the use that keeps an old one.
func (a *App) finishRotations(ctx context.Context) error {
	if err := a.Usage.Folder.Flush(ctx); err != nil {
		return err
	}
	return a.Portal.Rotations.Finish(ctx)
}
