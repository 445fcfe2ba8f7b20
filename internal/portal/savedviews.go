package portal

import (
	"context"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// SaveView keeps a filter of the inventory under a name, for the actor alone.
func (t *AllTokens) SaveView(ctx context.Context, actor models.Actor, name, filter string) (models.SavedView, error) {
	if err := actor.May(models.ViewKeep); err != nil {
		return models.SavedView{}, err
	}
	view := models.SavedView{ID: models.NewID(), Name: name}
	q, err := parseFilter(filter)
	if err != nil {
		return view, err
	}
	if err := check(view.Problems(), q.check()); err != nil {
		return view, err
	}
	view.Query = q.Filter()
	return view, t.store.Do(ctx, actor, models.ViewKeep, func(tx *store.Tx) error {
		views, err := tx.SavedViews()
		if err != nil {
			return err
		}
		if len(views) >= models.SavedViewsMost {
			return invalid("name", "You have %d views already. Delete one first.", models.SavedViewsMost)
		}
		if err := tx.InsertSavedView(&view); err != nil {
			return err
		}
		return tx.RecordAs("view.save", "saved_view", view.ID, map[string]any{"name": view.Name, "filter": view.Query}, nil, nil)
	})
}

// DeleteView forgets one of the actor's views.
func (t *AllTokens) DeleteView(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.ViewKeep); err != nil {
		return err
	}
	return t.store.Do(ctx, actor, models.ViewKeep, func(tx *store.Tx) error {
		if err := tx.DeleteSavedView(id); err != nil {
			return err
		}
		return tx.RecordAs("view.delete", "saved_view", id, nil, nil, nil)
	})
}
