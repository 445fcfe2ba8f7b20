package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Edition is one version of an API as it is read: a revision of its document
// and the operations in it, without their details.
type Edition struct {
	Listing
	Version    models.Version
	Revision   models.Revision // the one in force, or the newest draft; zero where there is none
	Outline    spec.Document
	Operations []models.Operation
	Scopes     map[string]string // what the scopes of the operations mean, in words
}

// Standing of the reader's team with the version, if it has one.
func (e Edition) Standing() (models.Subscription, bool) {
	for _, s := range e.Listing.Standing {
		if s.VersionID == e.Version.ID {
			return s, true
		}
	}
	return models.Subscription{}, false
}

// Edition opens a version for reading. Nothing of it is parsed anew: everything
// comes from what was understood when the document was uploaded.
func (a *APIs) Edition(ctx context.Context, actor models.Actor, api, version string) (e Edition, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return e, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		found, v, err := r.Version(api, version)
		if err != nil {
			return err
		}
		list, err := listings(r, actor, []models.API{found})
		if err != nil {
			return err
		}
		e.Listing, e.Version = list[0], v
		return a.open(r, actor, &e)
	})
	return e, err
}

// open reads the revision that is shown.
func (a *APIs) open(r store.Tenant, actor models.Actor, e *Edition) error {
	id, err := shown(r, e.Version)
	if err != nil || id == "" {
		return err
	}
	revisions, err := r.RevisionsByID([]string{id})
	if err != nil {
		return err
	}
	c, err := a.contents.get(shelfMark{tenant: actor.Tenant().ID, revision: id}, func() (contents, int, error) { return readContents(r, id) })
	if err != nil {
		return err
	}
	g, err := r.Grouping(e.Version.ID)
	if err != nil {
		return err
	}
	e.Revision, e.Outline, e.Operations = revisions[id], c.outline, slices.Clone(c.operations)
	g.Apply(e.Operations)
	e.Scopes = meanings(g, e.Outline)
	return nil
}

// scopeWords describe the scopes of a version: the document's words, and before
// them those of its manager.
func scopeWords(r store.Tenant, version string, d spec.Document) (map[string]string, error) {
	g, err := r.Grouping(version)
	return meanings(g, d), err
}

func meanings(g models.Grouping, d spec.Document) map[string]string {
	words := map[string]string{}
	for _, s := range d.Scopes {
		words[s.Name] = s.Description
	}
	for _, s := range g.Scopes {
		words[s.Name] = s.Description
	}
	return words
}

// shown is the revision that readers of a version get: the published one, or of
// a draft the newest.
func shown(r store.Tenant, v models.Version) (string, error) {
	if v.PublishedID != nil {
		return *v.PublishedID, nil
	}
	drafts, err := r.Revisions(v.ID)
	if err != nil || len(drafts) == 0 {
		return "", err
	}
	return drafts[0].ID, nil
}

// Operation is one operation of an edition with its details.
func (a *APIs) Operation(ctx context.Context, actor models.Actor, e Edition, slug string) (op spec.Operation, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return op, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		row, err := r.Operation(e.Revision.ID, slug)
		if err != nil {
			return err
		}
		if err := unpack(row.Detail, &op); err != nil {
			return err
		}
		op.Access, op.Scopes = spec.Access(row.Class), row.Scopes // as the manager has grouped it
		return nil
	})
	return op, err
}

// Pages are an edition's pages of a kind beside its operations, without what they
// show.
func (a *APIs) Pages(ctx context.Context, actor models.Actor, e Edition, kind models.PageKind) (pages []models.ReferencePage, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, err
	}
	at := shelfMark{actor.Tenant().ID, e.Revision.ID, string(kind)}
	return a.pages.get(at, func() (pages []models.ReferencePage, bytes int, err error) {
		err = a.store.As(ctx, actor, func(r store.Tenant) error {
			pages, err = r.ReferencePages(e.Revision.ID, kind)
			return err
		})
		for _, p := range pages {
			bytes += pageBytes + len(p.Slug) + len(p.Title)
		}
		return pages, bytes, err
	})
}

// SchemaPage is what the page of a component schema shows.
func (a *APIs) SchemaPage(ctx context.Context, actor models.Actor, e Edition, slug string) (page spec.SchemaPage, err error) {
	err = a.openPage(ctx, actor, e, models.PageSchema, slug, &page)
	return page, err
}

// Webhook is what the page of a webhook shows.
func (a *APIs) Webhook(ctx context.Context, actor models.Actor, e Edition, slug string) (hook spec.Operation, err error) {
	err = a.openPage(ctx, actor, e, models.PageWebhook, slug, &hook)
	return hook, err
}

func (a *APIs) openPage(ctx context.Context, actor models.Actor, e Edition, kind models.PageKind, slug string, into any) error {
	if err := actor.May(models.CatalogRead); err != nil {
		return err
	}
	return a.store.As(ctx, actor, func(r store.Tenant) error {
		row, err := r.ReferencePage(e.Revision.ID, kind, slug)
		if err != nil {
			return err
		}
		return unpack(row.Detail, into)
	})
}

// slicersMost is how many documents are cut at once: each takes a multiple of
// its size in memory.
const slicersMost = 2

// DocumentPart says what of a document is wanted; its zero value is all of it, as
// JSON. Operation is a slug; it counts where a tag is named too.
type DocumentPart struct {
	Operation, Tag string
	YAML           bool
}

// Download is the document of a version, or a part of it that stands for itself,
// with the gateway as its server (R105), and what tells it from any other.
func (a *APIs) Download(ctx context.Context, actor models.Actor, api, version string, part DocumentPart, gatewayURL string) (io.ReadSeeker, [sha256.Size]byte, error) {
	if part.Operation == "" && part.Tag == "" {
		return a.whole(ctx, actor, api, version, part.YAML, gatewayURL)
	}
	doc, err := a.part(ctx, actor, api, version, part, gatewayURL)
	return bytes.NewReader(doc), sha256.Sum256(doc), err
}

func (a *APIs) part(ctx context.Context, actor models.Actor, api, version string, part DocumentPart, gatewayURL string) ([]byte, error) {
	raw, key, err := a.original(ctx, actor, api, version, part.Operation)
	if err != nil {
		return nil, err
	}
	return a.cut(ctx, func() (doc []byte, err error) {
		switch {
		case key != "":
			raw, err = spec.Slice(raw, key)
		default:
			raw, err = spec.SliceTag(raw, part.Tag)
		}
		if err != nil {
			return nil, err
		}
		if part.YAML {
			return spec.WholeYAML(raw, gatewayURL)
		}
		return spec.Whole(raw, gatewayURL)
	})
}

// Slice is the part of a version's document that Swagger UI needs to try one
// operation, with the gateway as its only server (R105).
func (a *APIs) Slice(ctx context.Context, actor models.Actor, api, version, slug, gatewayURL string) ([]byte, error) {
	raw, key, err := a.original(ctx, actor, api, version, slug)
	if err != nil {
		return nil, err
	}
	return a.cut(ctx, func() ([]byte, error) {
		part, err := spec.Slice(raw, key)
		if err != nil {
			return nil, err
		}
		return spec.ForTry(part, gatewayURL)
	})
}

// cut waits for a place among those who cut documents.
func (a *APIs) cut(ctx context.Context, with func() ([]byte, error)) ([]byte, error) {
	select {
	case a.slicing <- struct{}{}:
		defer func() { <-a.slicing }()
		return with()
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "document_queue", "Other documents are being prepared just now. Try again in a moment.").Because(ctx.Err())
	}
}

// original is a version's document as it was uploaded, and with a slug the key
// of that operation.
func (a *APIs) original(ctx context.Context, actor models.Actor, api, version, slug string) (raw []byte, key string, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return nil, "", err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		_, v, err := r.Version(api, version)
		if err != nil {
			return err
		}
		id, err := shown(r, v)
		if err != nil {
			return err
		}
		if slug != "" {
			op, err := r.Operation(id, slug)
			if err != nil {
				return err
			}
			key = op.Key
		}
		revision, err := r.Revision(id)
		if err != nil {
			return fault.Missing("document")
		}
		raw, err = inflate(revision.Document)
		return err
	})
	return raw, key, err
}
