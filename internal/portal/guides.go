package portal

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// Guides are the use cases around the pages that a tenant writes beside its
// reference.
type Guides struct{ store *store.Store }

// GuideShelf is the guides of one API, or of the tenant.
type GuideShelf struct {
	API    models.API // zero where they are the tenant's
	Guides []models.Guide
}

// Shelves are the tenant's guides, then those of each API that has or may have
// some, without their texts.
func (g *Guides) Shelves(ctx context.Context, actor models.Actor) (shelves []GuideShelf, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, err
	}
	err = g.store.As(ctx, actor, func(r store.Tenant) error {
		all, err := r.AllGuides()
		if err != nil {
			return err
		}
		apis, err := r.APIs("")
		if err != nil {
			return err
		}
		shelves = make([]GuideShelf, 1, len(apis)+1)
		at := map[string]int{}
		for _, api := range apis {
			at[api.ID] = len(shelves)
			shelves = append(shelves, GuideShelf{API: api})
		}
		for _, one := range all {
			i := 0
			if one.APIID != nil {
				i = at[*one.APIID] // the first 100 APIs; what others have stands with the tenant's
			}
			shelves[i].Guides = append(shelves[i].Guides, one)
		}
		return nil
	})
	return shelves, err
}

// Of are the guides of an API, or with "" of the tenant, with their texts.
func (g *Guides) Of(ctx context.Context, actor models.Actor, api string) (shelf GuideShelf, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return shelf, err
	}
	err = g.store.As(ctx, actor, func(r store.Tenant) (err error) {
		if api != "" {
			if shelf.API, _, err = r.API(api); err != nil {
				return err
			}
		}
		shelf.Guides, err = r.Guides(shelf.API.ID)
		return err
	})
	return shelf, err
}

// Show is one guide as its writers see it, with the API that it is of, if it is of one.
func (g *Guides) Show(ctx context.Context, actor models.Actor, id string) (one models.Guide, api models.API, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return one, api, err
	}
	err = g.store.As(ctx, actor, func(r store.Tenant) (err error) {
		if one, err = r.Guide(id); err != nil {
			return err
		}
		api, err = apiOf(r, one)
		return err
	})
	return one, api, err
}

// apiOf is the API that a guide is of, zero for one of the tenant.
func apiOf(r store.Tenant, g models.Guide) (models.API, error) {
	if g.APIID == nil {
		return models.API{}, nil
	}
	found, err := r.APIsByID([]string{*g.APIID})
	return found[*g.APIID], err
}

// Create writes a guide of an API, or with "" of the tenant, behind the others;
// publish shows it to readers at once.
func (g *Guides) Create(ctx context.Context, actor models.Actor, api string, text models.Guide, publish bool) (models.Guide, error) {
	one := models.Guide{ID: models.NewID(), Slug: text.Slug, Title: strings.TrimSpace(text.Title), Body: text.Body}
	if err := actor.May(models.APIManage); err != nil {
		return one, err
	}
	if err := one.Check(); err != nil {
		return one, err
	}
	return one, g.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		parent := models.API{}
		if api != "" {
			var err error
			if parent, _, err = tx.API(api); err != nil {
				return err
			}
			one.APIID = &parent.ID
		}
		siblings, err := tx.Guides(parent.ID)
		if err != nil {
			return err
		}
		if len(siblings) >= models.GuidesMost {
			return invalid("title", "There are %d guides already. Delete one first.", models.GuidesMost)
		}
		if len(siblings) > 0 {
			one.Position = siblings[len(siblings)-1].Position + 1
		}
		if publish {
			one.Publish(tx.Now())
		}
		if err := tx.InsertGuide(&one); err != nil {
			return err
		}
		if err := indexGuide(tx, one); err != nil {
			return err
		}
		return tx.RecordAs("guide.create", "guide", one.ID, map[string]any{"api": api, "slug": one.Slug, "title": one.Title, "published": publish}, nil, nil)
	})
}

// GuideStep is what is done with what a guide's draft says.
type GuideStep string

// The steps.
const (
	GuideKeep     GuideStep = "keep"     // it stays a draft; readers go on seeing what they saw
	GuidePublish  GuideStep = "publish"  // readers see it
	GuideWithdraw GuideStep = "withdraw" // readers see nothing of it any more
)

// Update stores what a guide says, and does with it what step says. text.Revision
// says which state was seen.
func (g *Guides) Update(ctx context.Context, actor models.Actor, id string, text models.Guide, step GuideStep) (models.Guide, error) {
	return g.change(ctx, actor, id, "guide.update", map[string]any{"step": string(step)}, func(tx *store.Tx, one *models.Guide) error {
		one.Slug, one.Title, one.Body, one.Revision = text.Slug, strings.TrimSpace(text.Title), text.Body, text.Revision
		if err := one.Check(); err != nil {
			return err
		}
		switch step {
		case GuidePublish:
			one.Publish(tx.Now())
		case GuideWithdraw:
			one.Withdraw()
		}
		if err := tx.UpdateGuide(one); err != nil {
			return err
		}
		return indexGuide(tx, *one)
	})
}

// Delete removes a guide for good.
func (g *Guides) Delete(ctx context.Context, actor models.Actor, id string) (models.Guide, error) {
	return g.change(ctx, actor, id, "guide.delete", nil, func(tx *store.Tx, one *models.Guide) error {
		if err := tx.IndexGuide(one.ID, nil); err != nil {
			return err
		}
		return tx.DeleteGuide(one.ID)
	})
}

// Place puts a guide at a position among its siblings, from 0 on; past the end is
// the end.
func (g *Guides) Place(ctx context.Context, actor models.Actor, id string, position int) (models.Guide, error) {
	return g.change(ctx, actor, id, "guide.place", map[string]any{"position": position}, func(tx *store.Tx, one *models.Guide) error {
		of := ""
		if one.APIID != nil {
			of = *one.APIID
		}
		siblings, err := tx.Guides(of)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(siblings, func(s models.Guide) bool { return s.ID == one.ID })
		siblings = slices.Delete(siblings, at, at+1)
		siblings = slices.Insert(siblings, min(max(position, 0), len(siblings)), *one)
		for i, s := range siblings {
			if s.Position == i {
				continue
			}
			if err := tx.PlaceGuide(s.ID, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// change does something with one guide, and notes it.
func (g *Guides) change(ctx context.Context, actor models.Actor, id, as string, details map[string]any, with func(*store.Tx, *models.Guide) error) (one models.Guide, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return one, err
	}
	err = g.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		if one, err = tx.Guide(id); err != nil {
			return err
		}
		if err := with(tx, &one); err != nil {
			return err
		}
		noted := map[string]any{"slug": one.Slug, "title": one.Title}
		for k, v := range details {
			noted[k] = v
		}
		return tx.RecordAs(as, "guide", one.ID, noted, nil, nil)
	})
	return one, err
}
