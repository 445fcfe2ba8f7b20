package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/models"
)

// TryTagMost is how many operations of a tag are tried on one page: with more, a
// browser takes longer to draw them than people wait.
const TryTagMost = 40

// Tagged are the operations of an edition that stand under a tag in its list.
func (e Edition) Tagged(tag string) (out []models.Operation) {
	for _, o := range e.Operations {
		if o.Tag == tag && tag != "" {
			out = append(out, o)
		}
	}
	return out
}

// TrySlice is the part of an edition's document that Swagger UI needs to try some
// of its operations, with the gateway as its only server (R105).
func (a *APIs) TrySlice(ctx context.Context, actor models.Actor, e Edition, operations []models.Operation, gatewayURL string) ([]byte, error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, err
	}
	switch {
	case len(operations) == 0:
		return nil, fault.Missing("operation")
	case len(operations) > TryTagMost:
		return nil, fault.New(fault.Invalid, "too_many_operations", "These are %d operations; at most %d can be tried on one page. Choose one of them.", len(operations), TryTagMost)
	}
	raw, _, err := a.original(ctx, actor, e.Slug, e.Version.Name, "")
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(operations))
	for i, o := range operations {
		keys[i] = o.Key
	}
	return a.cut(ctx, func() ([]byte, error) {
		part, err := spec.SliceOf(raw, keys)
		if err != nil {
			return nil, err
		}
		return spec.ForTry(part, gatewayURL)
	})
}
