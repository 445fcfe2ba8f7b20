package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// PutDocument stores an OpenAPI document as the newest draft revision of a
// version, after a child process has read it. API and version are made as drafts
// where they are missing; created says that the version was. The same document
// again changes nothing. A refused one is a fault that names every reason; what was
// read of it holds them with their lines.
func (a *APIs) PutDocument(ctx context.Context, actor models.Actor, api, version string, raw []byte) (created bool, revision models.Revision, read spec.Document, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return false, revision, read, err
	}
	if err := newDocument(version, raw); err != nil {
		return false, revision, read, err
	}
	read, err = a.reader.Read(ctx, raw)
	if err != nil {
		return false, revision, read, err
	}
	created, revision, err = a.keep(ctx, actor, api, version, actor.User(), raw, read, nil)
	read.Bundled = nil
	if err != nil {
		return false, revision, read, err
	}
	return created, revision, read, nil
}

// keep stores what was read as the newest draft of a version, unless it is that
// already. Also, which may be nil, is done in the same transaction either way;
// created says that the version was made, fresh that the revision was.
func (a *APIs) keep(ctx context.Context, actor models.Actor, api, version, by string, raw []byte, d spec.Document,
	also func(tx *store.Tx, created, fresh bool, revision models.Revision) error) (created bool, revision models.Revision, err error) {
	if d.Bundled != nil {
		raw, d.Bundled = d.Bundled, nil
	}
	revision, operations, err := revisionOf(d, raw, by)
	if err != nil {
		return false, revision, err
	}
	same, known, err := a.newest(ctx, actor, api, version)
	if err != nil {
		return false, revision, err
	}
	known = known && bytes.Equal(same.SHA256, revision.SHA256)
	if known && also == nil {
		return false, same, nil
	}
	if known {
		return false, same, a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error { return also(tx, false, false, same) })
	}
	rest, err := partsOf(d)
	if err != nil {
		return false, revision, err
	}
	sum := revision.SHA256
	err = a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		v, fresh, err := versionFor(tx, api, version, d)
		if err != nil {
			return err
		}
		created, revision.VersionID = fresh, v.ID
		if err := tx.InsertRevision(&revision, slices.Clone(operations)); err != nil {
			return err
		}
		if err := rest.insert(tx, revision); err != nil {
			return err
		}
		if v.PublishedID != nil {
			if err := tx.Enqueue(CompareDocuments{v.TenantID, *v.PublishedID, revision.ID}); err != nil {
				return err
			}
		}
		if also != nil {
			if err := also(tx, created, true, revision); err != nil {
				return err
			}
		}
		return tx.RecordAs("document.put", "version", v.ID, map[string]any{"api": api, "version": version,
			"revision": revision.ID, "number": revision.Number, "sha256": sum, "operations": revision.Operations, "internal": revision.Internal}, nil, nil)
	})
	return created, revision, err
}

// Document is the newest document of a version as it was uploaded, a draft too; of
// an archive, the one document that its files make.
func (a *APIs) Document(ctx context.Context, actor models.Actor, api, version string) (raw []byte, revision models.Revision, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return nil, revision, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		_, v, err := r.Version(api, version)
		if err != nil {
			return err
		}
		all, err := r.Revisions(v.ID)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fault.Missing("document")
		}
		if revision, err = r.Revision(all[0].ID); err != nil {
			return err
		}
		raw, err = inflate(revision.Document)
		revision.Document = nil
		return err
	})
	return raw, revision, err
}

// newest is the last document that a version got, if it has any.
func (a *APIs) newest(ctx context.Context, actor models.Actor, api, version string) (last models.Revision, ok bool, err error) {
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		_, v, err := r.Version(api, version)
		if fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		all, err := r.Revisions(v.ID)
		if len(all) > 0 {
			last, ok = all[0], true
		}
		return err
	})
	return last, ok, err
}

// versionFor finds the version that a document is for, or makes it.
func versionFor(tx *store.Tx, api, version string, d spec.Document) (v models.Version, fresh bool, err error) {
	parent, versions, err := tx.API(api)
	if fault.Is(err, fault.NotFound) {
		parent = models.API{ID: models.NewID(), Slug: api, Name: title(d, api), Summary: cutTo(spec.Line(d.Summary), 160)}
		err = insertAPI(tx, &parent)
	}
	if err != nil {
		return v, false, err
	}
	for _, v := range versions {
		if v.Name == version {
			if v.State == models.VersionRetired {
				return v, false, fault.New(fault.Conflict, "version_retired", "This version is retired; publish a new one instead.")
			}
			return v, false, nil
		}
	}
	v = models.Version{ID: models.NewID(), APIID: parent.ID, Name: version, State: models.VersionDraft, BodyLimit: models.BodyLimitDefault}
	return v, true, insertVersion(tx, parent, &v)
}

// title is the name of an API that a document makes.
func title(d spec.Document, slug string) string {
	if t := cutTo(strings.TrimSpace(spec.Line(d.Title)), 80); t != "" {
		return t
	}
	return slug
}

// cutTo shortens a text to so many characters.
func cutTo(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// revisionOf makes rows of what was understood. Each operation keeps all of it,
// packed, so that a page is drawn from its row alone.
func revisionOf(d spec.Document, raw []byte, by string) (r models.Revision, operations []models.Operation, err error) {
	var z deflater
	sum := sha256.Sum256(raw)
	r = models.Revision{ID: models.NewID(), SHA256: sum[:], Format: d.Format, OpenAPI: d.OpenAPIVersion, Title: d.Title,
		DocVersion: d.Version, Operations: len(d.Operations), Grave: len(d.Grave()),
		Warnings: len(d.Warnings()), Internal: d.Internal.Count, CreatedBy: by}
	if r.Document, err = z.deflate(raw); err != nil {
		return r, nil, err
	}
	if r.Outline, err = z.pack(d); err != nil {
		return r, nil, err
	}
	operations = make([]models.Operation, len(d.Operations))
	for i, o := range d.Operations {
		row := models.Operation{Key: o.Key, Slug: o.Slug, Method: o.Method, Path: o.Path, OperationID: o.OperationID,
			Summary: o.Summary, Class: models.OperationClass(o.Access), Scopes: o.Scopes, Deprecated: o.Deprecated, Risk: o.Risk,
			Personal: models.Personal(o.Personal)}
		if len(o.Tags) > 0 {
			row.Tag = o.Tags[0]
		}
		if row.Detail, err = z.pack(o); err != nil {
			return r, nil, err
		}
		operations[i] = row
	}
	return r, operations, nil
}
