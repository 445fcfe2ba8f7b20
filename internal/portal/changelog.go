package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// ChangeKind says what happened to a version.
type ChangeKind string

// The kinds.
const (
	ChangePublished  ChangeKind = "published"  // for the first time
	ChangeRevised    ChangeKind = "revised"    // another document is in force
	ChangeDeprecated ChangeKind = "deprecated" // new work should not build on it
	ChangeRetired    ChangeKind = "retired"    // it does not answer any more
)

// Change is one entry of the changelog.
type Change struct {
	Kind     ChangeKind
	At       time.Time
	API      models.API
	Version  models.Version
	Revision models.Revision           // of a publication
	Counts   map[models.Difference]int // of what it changed, where that is known
	Breaking int
	Next     string // name of the version to go to, or ""
}

// changesMost is how many entries a changelog has.
const changesMost = 50

// Changes are what happened last to the APIs that the reader sees, or to one of
// them, the newest first (R53).
func (a *APIs) Changes(ctx context.Context, actor models.Actor, slug string) (api models.API, out []Change, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return api, nil, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if slug != "" {
			if api, _, err = r.API(slug); err != nil {
				return err
			}
		}
		if out, err = publications(r, api.ID); err != nil {
			return err
		}
		ends, err := versionEnds(r, api.ID)
		out = append(out, ends...)
		return err
	})
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Revision.ID, a.Revision.ID)) })
	return api, out[:min(len(out), changesMost)], err
}

// publications are the documents that were put in force.
func publications(r store.Tenant, api string) (out []Change, err error) {
	revisions, err := r.PublishedLately(api, changesMost)
	if err != nil || len(revisions) == 0 {
		return nil, err
	}
	versions, apis, err := originsOf(r, revisions)
	if err != nil {
		return nil, err
	}
	before := map[string][]models.Revision{}
	for _, rev := range revisions {
		v := versions[rev.VersionID]
		if before[v.ID] == nil {
			if before[v.ID], err = r.Revisions(v.ID); err != nil {
				return nil, err
			}
		}
		c := Change{Kind: ChangePublished, At: *rev.PublishedAt, API: apis[v.APIID], Version: v, Revision: rev}
		if v.PublishedAt == nil || !v.PublishedAt.Equal(c.At) {
			c.Kind = ChangeRevised
			err = c.compare(r, before[v.ID])
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// compare counts what a revision changed against the one published before it.
func (c *Change) compare(r store.Tenant, all []models.Revision) error {
	base := models.Revision{}
	for _, rev := range all {
		if rev.PublishedAt != nil && rev.PublishedAt.Before(c.At) && (base.PublishedAt == nil || rev.PublishedAt.After(*base.PublishedAt)) {
			base = rev
		}
	}
	found, ok, err := r.Comparison(base.ID, c.Revision.ID)
	if err != nil || !ok || len(found.Changes) == 0 {
		return err
	}
	var changes []models.DocumentChange
	if err := unpack(found.Changes, &changes); err != nil {
		return err
	}
	c.Counts, c.Breaking = map[models.Difference]int{}, found.Breaking
	for _, one := range changes {
		c.Counts[one.Kind]++
	}
	return nil
}

// versionEnds are deprecations and retirements.
func versionEnds(r store.Tenant, api string) (out []Change, err error) {
	versions, err := r.VersionsEnding(api, changesMost)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	apis, err := r.APIsByID(ids(versions, func(v models.Version) string { return v.APIID }))
	if err != nil {
		return nil, err
	}
	siblings, err := r.VersionsOf(ids(versions, func(v models.Version) string { return v.APIID })) // a successor that is not seen is not named
	if err != nil {
		return nil, err
	}
	name := map[string]string{}
	for _, v := range siblings {
		name[v.ID] = v.Name
	}
	for _, v := range versions {
		c := Change{API: apis[v.APIID], Version: v}
		if v.SuccessorID != nil {
			c.Next = name[*v.SuccessorID]
		}
		if v.DeprecatedAt != nil {
			c.Kind, c.At = ChangeDeprecated, *v.DeprecatedAt
			if c.At.After(v.UpdatedAt) { // a day to come, said before
				c.At = v.UpdatedAt
			}
			out = append(out, c)
		}
		if v.RetiredAt != nil {
			c.Kind, c.At = ChangeRetired, *v.RetiredAt
			out = append(out, c)
		}
	}
	return out, nil
}
