package portal

import (
	"context"
	"regexp"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Moved says where an operation is that an edition does not have under a name.
type Moved struct {
	Key    string         // as it was called last
	Last   models.Version // that had it last
	Here   string         // the slug of what took its place in the edition, or ""
	Others []Elsewhere    // the same operation in other versions
}

// Elsewhere is an operation in another version.
type Elsewhere struct {
	Version   models.Version
	Operation models.Operation
}

// otherVersions is how many versions are looked through for an operation.
const otherVersions = 8

// Moved looks for an operation that is not in an edition: among what was ever
// published of the API's versions that the actor may see. What was never there
// is not found.
func (a *APIs) Moved(ctx context.Context, actor models.Actor, e Edition, slug string) (m Moved, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return m, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		known, err := r.PublishedOperations(e.API.ID, slug)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return fault.Missing("operation")
		}
		revisions, err := r.RevisionsByID(ids(known, func(o models.Operation) string { return o.RevisionID }))
		if err != nil {
			return err
		}
		last := known[0] // of this version, rather than of another
		if i := slices.IndexFunc(known, func(o models.Operation) bool { return revisions[o.RevisionID].VersionID == e.Version.ID }); i >= 0 {
			last = known[i]
		}
		m.Key = last.Key
		for _, v := range e.Versions {
			if v.ID == revisions[last.RevisionID].VersionID {
				m.Last = v
			}
		}
		if o, ok := sameAs(last, e.Operations); ok {
			m.Here = o.Slug
			return nil
		}
		for _, v := range e.Versions[:min(len(e.Versions), otherVersions)] {
			if v.ID == e.Version.ID || v.PublishedID == nil {
				continue
			}
			operations, err := r.Operations(*v.PublishedID)
			if err != nil {
				return err
			}
			if o, ok := sameAs(last, operations); ok {
				m.Others = append(m.Others, Elsewhere{v, o})
			}
		}
		return nil
	})
	return m, err
}

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

// shapeOf is an operation's key without the names of its parameters.
func shapeOf(o models.Operation) string {
	return o.Method + " " + parameter.ReplaceAllString(o.Path, "{}")
}

// sameAs finds an operation among others: by its key, by its operationId, or by a
// key that differs in the names of parameters alone.
func sameAs(o models.Operation, among []models.Operation) (models.Operation, bool) {
	for _, same := range []func(models.Operation) bool{
		func(p models.Operation) bool { return p.Key == o.Key },
		func(p models.Operation) bool { return o.OperationID != "" && p.OperationID == o.OperationID },
		func(p models.Operation) bool { return shapeOf(p) == shapeOf(o) },
	} {
		if i := slices.IndexFunc(among, same); i >= 0 {
			return among[i], true
		}
	}
	return models.Operation{}, false
}
