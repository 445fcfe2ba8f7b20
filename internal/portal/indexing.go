package portal

import (
	"strings"

	"gatehouse/internal/search"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// parts are what a document has to read beside its operations, and the words by
// which all of it is found.
type parts struct {
	pages   []models.ReferencePage
	entries []models.SearchEntry
}

// partsOf makes rows of what was understood of a document.
func partsOf(d spec.Document) (p parts, err error) {
	var z deflater
	for _, s := range d.Schemas {
		row := models.ReferencePage{Kind: models.PageSchema, Slug: s.Slug, Title: s.Name, Deprecated: s.Old}
		if row.Detail, err = z.pack(s); err != nil {
			return p, err
		}
		p.pages = append(p.pages, row)
	}
	for _, h := range d.Hooks {
		row := models.ReferencePage{Kind: models.PageWebhook, Slug: h.Slug, Title: h.Title(), Method: h.Method, Deprecated: h.Deprecated}
		if row.Detail, err = z.pack(h); err != nil {
			return p, err
		}
		p.pages = append(p.pages, row)
	}
	p.entries, err = entriesOf(d)
	return p, err
}

// insert stores the parts of a revision that was just stored itself. Until another
// one is published, the revision in force stays searchable beside it.
func (p parts) insert(tx *store.Tx, r models.Revision) error {
	if err := tx.InsertReferencePages(r.ID, p.pages); err != nil {
		return err
	}
	versions, err := tx.VersionsByID([]string{r.VersionID})
	if err != nil {
		return err
	}
	keep := ""
	if id := versions[r.VersionID].PublishedID; id != nil {
		keep = *id
	}
	return tx.IndexRevision(r, p.entries, keep)
}

// indexPublished makes the revision that was put in force the one that is found.
// The words of an older one were dropped; they are gathered again.
func indexPublished(tx *store.Tx, r models.Revision) error {
	if there, err := tx.Indexed(r.ID); err != nil || there {
		if err == nil {
			err = tx.DropEntries(r.VersionID, r.ID)
		}
		return err
	}
	d, err := understood(tx.Tenant, r)
	if err != nil {
		return err
	}
	entries, err := entriesOf(d)
	if err != nil {
		return err
	}
	return tx.IndexRevision(r, entries, "")
}

// understood is all that was understood of a revision's document.
func understood(r store.Tenant, revision models.Revision) (d spec.Document, err error) {
	if err := unpack(revision.Outline, &d); err != nil {
		return d, err
	}
	operations, err := r.OperationDetails(revision.ID)
	if err == nil {
		d.Operations, err = unpackAll[spec.Operation](operations, func(o models.Operation) []byte { return o.Detail })
	}
	if err != nil {
		return d, err
	}
	schemas, err := r.ReferenceDetails(revision.ID, models.PageSchema)
	if err == nil {
		d.Schemas, err = unpackAll[spec.SchemaPage](schemas, pageDetail)
	}
	if err != nil {
		return d, err
	}
	hooks, err := r.ReferenceDetails(revision.ID, models.PageWebhook)
	if err == nil {
		d.Hooks, err = unpackAll[spec.Operation](hooks, pageDetail)
	}
	return d, err
}

func pageDetail(p models.ReferencePage) []byte { return p.Detail }

// unpackAll undoes pack for the details of rows.
func unpackAll[T, R any](rows []R, detail func(R) []byte) ([]T, error) {
	out := make([]T, len(rows))
	for i, row := range rows {
		if err := unpack(detail(row), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxBody is how much of a text is kept to quote from, in bytes.
const maxBody = 6 << 10

// entryOf adds to what is shown of something the words by which it is found.
func entryOf(e models.SearchEntry, text string, names ...string) models.SearchEntry {
	e.Title, e.Path = strings.ToValidUTF8(strings.ReplaceAll(e.Title, "\x00", ""), ""), strings.ToValidUTF8(strings.ReplaceAll(e.Path, "\x00", ""), "")
	e.Titles, e.Paths, e.Words = search.Words(append(names, e.Title)...), search.Words(e.Method, e.Path), search.Words(text)
	if len(text) > maxBody {
		text = strings.ToValidUTF8(text[:maxBody], "")
	}
	e.Body = text
	return e
}

// indexGuide makes of a guide searchable what readers see.
func indexGuide(tx *store.Tx, g models.Guide) error {
	if !g.Shown() {
		return tx.IndexGuide(g.ID, nil)
	}
	e := entryOf(models.SearchEntry{Slug: g.Slug, Title: g.ShownTitle}, spec.Plain(g.ShownBody))
	return tx.IndexGuide(g.ID, &e)
}

// entriesOf are what can be found of a document.
func entriesOf(d spec.Document) (entries []models.SearchEntry, err error) {
	add := func(e models.SearchEntry, text string, names ...string) {
		entries = append(entries, entryOf(e, text, names...))
	}
	operations := func(kind models.PageKind, all []spec.Operation) error {
		for _, o := range all {
			text, err := o.Prose()
			if err != nil {
				return err
			}
			add(models.SearchEntry{Kind: kind, Slug: o.Slug, Method: o.Method, Title: spec.Line(o.Title()), Path: o.Path}, text,
				append([]string{o.OperationID}, o.Tags...)...)
		}
		return nil
	}
	if err := operations(models.PageOperation, d.Operations); err != nil {
		return nil, err
	}
	if err := operations(models.PageWebhook, d.Hooks); err != nil {
		return nil, err
	}
	for _, s := range d.Schemas {
		text, err := s.Prose()
		if err != nil {
			return nil, err
		}
		add(models.SearchEntry{Kind: models.PageSchema, Slug: s.Slug, Title: s.Name}, text)
	}
	add(models.SearchEntry{Kind: models.PageProse, Slug: "about", Title: "About " + spec.Line(d.Title)}, spec.Plain(d.Summary+" "+d.Description))
	for _, t := range d.Tags {
		if t.Description != "" || t.Summary != "" {
			add(models.SearchEntry{Kind: models.PageProse, Slug: "tag-" + t.Name, Title: t.Name}, spec.Plain(t.Description), t.Summary)
		}
	}
	for _, s := range d.Schemes {
		text := spec.Plain(s.Description)
		for _, scope := range s.Scopes {
			text += " · " + scope.Name + ": " + spec.Plain(scope.Description)
		}
		add(models.SearchEntry{Kind: models.PageProse, Slug: "access", Title: "Access: " + s.Name}, text)
	}
	return entries, nil
}
