package stage

import (
	"context"

	"gatehouse/internal/app"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/world"
	"gatehouse/models"
)

// prove gives an actor the step-up that an action demands.
type prove func(ctx context.Context, actor models.Actor, action models.Action, object string) (models.Actor, error)

// setUpstream leads a version to the demo's upstreams at base, with the
// credential that they demand.
func setUpstream(ctx context.Context, a *app.App, p prove, actor models.Actor, api string, v world.Version, base, path string) error {
	bench, err := a.Portal.APIs.Workbench(ctx, actor, api, v.Name)
	if err != nil {
		return err
	}
	change := bench.Version
	change.Upstream = base + path
	after, err := a.Portal.APIs.SetUpstream(ctx, actor, api, v.Name, change)
	if err != nil {
		return err
	}
	actor, err = p(ctx, actor, models.CredentialWrite, after.ID)
	if err != nil {
		return err
	}
	return a.Portal.APIs.SetCredential(ctx, actor, api, v.Name, v.Header, a.Keys.DemoCredential(path))
}

// moveUpstreams leads all versions to where the upstreams listen now: their
// port may have been taken since the last start.
func moveUpstreams(ctx context.Context, a *app.App, w world.World, base string) error {
	for _, t := range w.Tenants {
		actor, err := person(ctx, a, w, "api-manager", t.Slug)
		if err != nil {
			return err
		}
		for _, api := range t.APIs {
			for _, v := range api.Versions {
				path := demo.Path(t.Slug, api.Slug, v.Name)
				bench, err := a.Portal.APIs.Workbench(ctx, actor, api.Slug, v.Name)
				if err != nil {
					return err
				}
				if bench.Version.Upstream == base+path {
					continue
				}
				i := &installer{store: a.Store}
				if err := setUpstream(ctx, a, i.proven, actor, api.Slug, v, base, path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// person is one of the demo's people in a tenant, found by their address.
func person(ctx context.Context, a *app.App, w world.World, who, slug string) (models.Actor, error) {
	for _, p := range w.People {
		if p.Key != who {
			continue
		}
		u, err := a.Portal.Accounts.DemoFind(ctx, p.Email)
		if err != nil {
			return models.Actor{}, err
		}
		return a.Portal.Actors.OfSession(ctx, u.ID, slug, models.Request{ID: "demo"})
	}
	return models.Actor{}, nil
}
