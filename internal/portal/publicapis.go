package portal

import (
	"context"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// PublicAPI is an API that everybody sees, with its tenant.
type PublicAPI struct {
	Tenant models.Tenant
	models.API
}

// How much a search over all portals looks for.
const (
	publicEach = 8  // of a tenant
	publicMost = 60 // in all
)

// FindPublic searches the APIs that everybody sees, of all tenants whose portals
// everybody sees: name, summary, category and tags. Each tenant is asked through its
// own door, as a stranger would be, whoever asks; there are at most store.PageMost.
func (t *Tenants) FindPublic(ctx context.Context, actor models.Actor, text string) (found []PublicAPI, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var tenants []models.Tenant
	err = t.store.As(ctx, models.Stranger(models.Tenant{}, actor.Request()), func(r store.Tenant) error {
		tenants, err = r.PublicTenants()
		return err
	})
	for _, tenant := range tenants {
		if err != nil || len(found) >= publicMost {
			break
		}
		err = t.store.As(ctx, models.Stranger(tenant, actor.Request()), func(r store.Tenant) error {
			apis, err := r.APIsBy(store.APIFilter{Text: text, Limit: publicEach})
			for _, api := range apis {
				found = append(found, PublicAPI{tenant, api})
			}
			return err
		})
	}
	return found[:min(len(found), publicMost)], err
}
