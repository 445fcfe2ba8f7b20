package portal

import (
	"context"
	"slices"

	"gatehouse/internal/search"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Found is something that a search came upon.
type Found struct {
	models.SearchEntry
	API     models.API     // only where all APIs were searched
	Version models.Version // the same
}

// Findings are what a search came upon, by kind, the best first; there may be more.
type Findings struct {
	Operations, Webhooks, Schemas, Prose []Found
}

// None reports whether nothing was found.
func (f Findings) None() bool {
	return len(f.All()) == 0
}

// All are the findings of all kinds, operations first.
func (f Findings) All() []Found { return slices.Concat(f.Operations, f.Webhooks, f.Schemas, f.Prose) }

// findings are how much of each kind a search shows.
var findings = []struct {
	kind models.PageKind
	most int
	into func(*Findings) *[]Found
}{
	{models.PageOperation, 50, func(f *Findings) *[]Found { return &f.Operations }},
	{models.PageWebhook, 10, func(f *Findings) *[]Found { return &f.Webhooks }},
	{models.PageSchema, 20, func(f *Findings) *[]Found { return &f.Schemas }},
	{models.PageProse, 10, func(f *Findings) *[]Found { return &f.Prose }},
}

// Find searches what is published of all APIs that the actor may see, by the
// beginnings of words.
func (a *APIs) Find(ctx context.Context, actor models.Actor, text string) (found Findings, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return found, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if found, err = find(r, "", text); err != nil || found.None() {
			return err
		}
		return found.place(r)
	})
	return found, err
}

// FindWithin searches one edition, of a draft too where the actor could open it.
func (a *APIs) FindWithin(ctx context.Context, actor models.Actor, e Edition, text string) (found Findings, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return found, err
	}
	if e.Revision.ID == "" {
		return found, nil
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		found, err = find(r, e.Revision.ID, text)
		return err
	})
	return found, err
}

func find(r store.Tenant, revision, text string) (found Findings, err error) {
	words := search.Query(text)
	for _, f := range findings {
		entries, err := r.FindEntries(store.EntryFilter{Revision: revision, Kind: f.kind, Words: words, Limit: f.most})
		if err != nil {
			return found, err
		}
		into := f.into(&found)
		for _, e := range entries {
			*into = append(*into, Found{SearchEntry: e})
		}
	}
	return found, nil
}

// place says of each finding to which API and version it belongs.
func (f *Findings) place(r store.Tenant) error {
	byID, err := r.RevisionsByID(ids(f.All(), func(f Found) string { return f.RevisionID }))
	if err != nil {
		return err
	}
	var list []models.Revision
	for _, rev := range byID {
		list = append(list, rev)
	}
	versions, apis, err := originsOf(r, list)
	for _, all := range [][]Found{f.Operations, f.Webhooks, f.Schemas, f.Prose} {
		for i := range all {
			v := versions[byID[all[i].RevisionID].VersionID]
			all[i].API, all[i].Version = apis[v.APIID], v
		}
	}
	return err
}
