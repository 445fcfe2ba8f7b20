package portal

import (
	"context"
	"slices"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// APIPage asks for a part of the catalog; Limit is 1 to 100. What is "" narrows nothing.
type APIPage struct {
	Text       string
	Category   string
	Tag        string
	State      string // of one of its versions: published, deprecated; draft, retired for those who read drafts
	Access     string // open, approval, subscribed
	Visibility string // for those who read drafts
	Sort       string // "" by name, newest, updated
	After      string // slug of the last one of the page before
	Limit      int
}

// filter is what the store is asked. What has no meaning for the actor is a fault.
func (p APIPage) filter(actor models.Actor) (store.APIFilter, error) {
	f := store.APIFilter{Text: p.Text, Category: p.Category, Tag: p.Tag, State: models.VersionState(p.State), Access: store.APIAccess(p.Access),
		Visibility: models.Visibility(p.Visibility), Order: store.APIOrder(p.Sort), After: p.After, Limit: p.Limit + 1}
	states := []models.VersionState{"", models.VersionPublished, models.VersionDeprecated}
	visibilities := []models.Visibility{""}
	if actor.Can(models.APIReadAll) {
		states = append(states, models.VersionDraft, models.VersionRetired)
		visibilities = append(visibilities, models.Visibilities...)
	}
	switch {
	case !slices.Contains(states, f.State):
		return f, invalid("state", "Choose published or deprecated.")
	case !slices.Contains([]store.APIAccess{"", store.AccessOpen, store.AccessApproval, store.AccessSubscribed}, f.Access):
		return f, invalid("access", "Choose open, approval or subscribed.")
	case !slices.Contains(visibilities, f.Visibility):
		return f, invalid("visibility", "Choose public, signed_in, teams or hidden, if you publish APIs here.")
	case !slices.Contains([]store.APIOrder{store.APIsByName, store.APIsByAge, store.APIsByChange}, f.Order):
		return f, invalid("sort", "Choose newest or updated, or leave it out for the order of names.")
	}
	return f, nil
}

// List shows the APIs of the tenant that the actor sees. More is the slug to go on
// after, or "".
func (a *APIs) List(ctx context.Context, actor models.Actor, page APIPage) (list []Listing, more string, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, "", err
	}
	filter, err := page.filter(actor)
	if err != nil {
		return nil, "", err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		apis, err := r.APIsBy(filter)
		if err != nil {
			return err
		}
		if len(apis) > page.Limit {
			apis = apis[:page.Limit]
			more = apis[page.Limit-1].Slug
		}
		list, err = listings(r, actor, apis)
		return err
	})
	if err == nil {
		a.addStanding(ctx, actor, list)
	}
	return list, more, err
}

// APILabels are what a catalog can be narrowed by, with counts.
type APILabels = store.APILabels

// Labels are the categories and the tags that the page's other filters leave, each
// with the number of APIs that choosing it would show, and how many the page has in all.
func (a *APIs) Labels(ctx context.Context, actor models.Actor, page APIPage) (categories, tags APILabels, all int, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return categories, tags, 0, err
	}
	filter, err := page.filter(actor)
	if err != nil {
		return categories, tags, 0, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		whole, err := r.APILabels(filter)
		if err != nil {
			return err
		}
		all, categories, tags = whole.All, whole, whole
		wide := filter
		if wide.Category = ""; filter.Category != "" {
			if categories, err = r.APILabels(wide); err != nil {
				return err
			}
		}
		wide = filter
		if wide.Tag = ""; filter.Tag != "" {
			tags, err = r.APILabels(wide)
		}
		return err
	})
	return categories, tags, all, err
}
