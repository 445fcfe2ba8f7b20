package app

import (
	"context"

	"gatehouse/internal/store"
)

// described is what was understood of a published operation, for the gateway's mocks.
func (a *App) described(ctx context.Context, tenant, document, operation string) (packed []byte, err error) {
	err = a.Store.Survey(ctx, func(p store.Platform) error {
		o, err := p.Described(tenant, document, operation)
		packed = o.Detail
		return err
	})
	return packed, err
}
