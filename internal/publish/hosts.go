package publish

import (
	"context"

	"gatehouse/internal/store"
)

// Served is the slug of the tenant whose pages a host of its own has, as the last change
// that was applied says. It asks no database: every request to the portal asks it.
func (p *Publisher) Served(host string) (slug string, ok bool) {
	hosts := p.hosts.Load()
	if hosts == nil {
		return "", false
	}
	slug, ok = (*hosts)[host]
	return slug, ok
}

// loadHosts reads all hosts anew: they are few, and seldom change.
func (p *Publisher) loadHosts(ctx context.Context) error {
	var rows []store.ServedHost
	err := p.store.Survey(ctx, func(r store.Platform) (err error) {
		rows, err = r.ServedHosts()
		return err
	})
	if err != nil {
		return err
	}
	hosts := make(map[string]string, len(rows))
	for _, h := range rows {
		hosts[h.Host] = h.Slug
	}
	p.hosts.Store(&hosts)
	return nil
}
