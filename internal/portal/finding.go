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
	API     models.API     // only where all APIs were searched; zero of a guide of the tenant
	Version models.Version // the same; zero of a guide
}

// Findings are what a search came upon, by kind, the best first; there may be more.
type Findings struct {
	Operations, Guides, Webhooks, Schemas, Prose []Found
}

// None reports whether nothing was found.
func (f Findings) None() bool {
	return len(f.All()) == 0
}

// All are the findings of all kinds, operations first.
func (f Findings) All() []Found {
	return slices.Concat(f.Operations, f.Guides, f.Webhooks, f.Schemas, f.Prose)
}

// findings are how much of each kind a search shows.
var findings = []struct {
	kind models.PageKind
	most int
	into func(*Findings) *[]Found
}{
	{models.PageOperation, 50, func(f *Findings) *[]Found { return &f.Operations }},
	{models.PageGuide, 10, func(f *Findings) *[]Found { return &f.Guides }},
	{models.PageWebhook, 10, func(f *Findings) *[]Found { return &f.Webhooks }},
	{models.PageSchema, 20, func(f *Findings) *[]Found { return &f.Schemas }},
	{models.PageProse, 10, func(f *Findings) *[]Found { return &f.Prose }},
}

// Find searches what is published of all APIs that the actor may see, and the
// guides, by the beginnings of words.
func (a *APIs) Find(ctx context.Context, actor models.Actor, text string) (found Findings, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return found, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if found, err = find(r, "", "", text); err != nil || found.None() {
			return err
		}
		return found.place(r)
	})
	return found, err
}

// FindWithin searches one edition, of a draft too where the actor could open it,
// and the guides of its API.
func (a *APIs) FindWithin(ctx context.Context, actor models.Actor, e Edition, text string) (found Findings, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return found, err
	}
	if e.Revision.ID == "" {
		return found, nil
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		found, err = find(r, e.Revision.ID, e.API.ID, text)
		return err
	})
	return found, err
}

func find(r store.Tenant, revision, api, text string) (found Findings, err error) {
	words := search.Query(text)
	for _, f := range findings {
		entries, err := r.FindEntries(store.EntryFilter{Revision: revision, Kind: f.kind, API: api, Words: words, Limit: f.most})
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
	byID, err := r.RevisionsByID(ids(slices.Concat(f.Operations, f.Webhooks, f.Schemas, f.Prose), func(f Found) string { return *f.RevisionID }))
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
			v := versions[byID[*all[i].RevisionID].VersionID]
			all[i].API, all[i].Version = apis[v.APIID], v
		}
	}
	if err != nil {
		return err
	}
	return placeGuides(r, f.Guides)
}

// placeGuides says of each guide whose it is.
func placeGuides(r store.Tenant, found []Found) error {
	guides, err := r.GuidesByID(ids(found, func(f Found) string { return *f.GuideID }))
	if err != nil {
		return err
	}
	of := func(f Found) string {
		if api := guides[*f.GuideID].APIID; api != nil {
			return *api
		}
		return ""
	}
	apis, err := r.APIsByID(ids(found, of))
	for i := range found {
		found[i].API = apis[of(found[i])]
	}
	return err
}
