package store

import (
	"gatehouse/models"
)

// EntryFilter says what to find; Words and Limit must be there.
type EntryFilter struct {
	Revision string // "" for all that is published and that the actor may see
	Kind     models.PageKind
	API      string   // of guides: those of this one alone; "" for all that the actor may read
	Words    []string // the beginnings of words, from internal/search
	Limit    int
}

// FindEntries searches, the best first: a word in a title counts more than one in
// a path, and that more than one in a text.
func (t Tenant) FindEntries(f EntryFilter) ([]models.SearchEntry, error) {
	if err := pageSize(f.Limit); err != nil || len(f.Words) == 0 {
		return nil, err
	}
	q := t.db.Model(&models.SearchEntry{}).Select("search_entries.number", "search_entries.tenant_id", "search_entries.revision_id", "guide_id", "search_entries.kind",
		"slug", "method", "title", "path", "body").Where("kind = ?", f.Kind)
	switch {
	case f.Kind == models.PageGuide:
		guides := t.visibleGuides().Select("id").Where("published_at IS NOT NULL")
		if f.API != "" {
			guides = guidesOf(guides, f.API)
		}
		q, f.Revision = q.Where("guide_id IN (?)", guides), ""
	case f.Revision != "":
		q = q.Where("search_entries.revision_id = ?", f.Revision)
	default:
		q = q.Where("search_entries.revision_id IN (?)", t.published())
	}
	q = t.store.dialect.match(q, f.Words, t.actor.Tenant().ID, f.Revision)
	var es []models.SearchEntry
	err := q.Limit(f.Limit).Find(&es).Error
	return es, err
}

// Indexed reports whether a revision can be searched.
func (t Tenant) Indexed(revision string) (bool, error) {
	var n int64
	err := t.db.Model(&models.SearchEntry{}).Where("revision_id = ?", revision).Limit(1).Count(&n).Error
	return n > 0, err
}

// IndexRevision makes a revision searchable in place of the other revisions of
// its version but keep, which may be "".
func (t *Tx) IndexRevision(r models.Revision, entries []models.SearchEntry, keep string) error {
	if err := t.DropEntries(r.VersionID, keep); err != nil {
		return err
	}
	for i := range entries {
		entries[i].Number, entries[i].RevisionID, entries[i].Position = 0, &r.ID, i
	}
	return t.db.CreateInBatches(entries, 200).Error
}

// DropEntries takes the entries of a version's revisions but one away.
func (t *Tx) DropEntries(version, but string) error {
	others := t.db.Model(&models.Revision{}).Select("id").Where("version_id = ?", version)
	return t.db.Where("revision_id IN (?) AND revision_id <> ?", others, but).Delete(&models.SearchEntry{}).Error
}

// IndexGuide makes what readers see of a guide searchable, in place of what they saw;
// without an entry nothing of it.
func (t *Tx) IndexGuide(id string, entry *models.SearchEntry) error {
	if err := t.db.Where("guide_id = ?", id).Delete(&models.SearchEntry{}).Error; err != nil || entry == nil {
		return err
	}
	entry.Number, entry.GuideID, entry.Kind = 0, &id, models.PageGuide
	return t.db.Create(entry).Error
}

// InsertReferencePages stores the pages of a revision beside its operations, each
// kind in the order given.
func (t *Tx) InsertReferencePages(revision string, pages []models.ReferencePage) error {
	for i := range pages {
		pages[i].RevisionID, pages[i].Position = revision, i
	}
	return t.db.CreateInBatches(pages, 200).Error
}

// ReferencePages of a revision of one kind, in the document's order, without what
// they show.
func (t Tenant) ReferencePages(revision string, kind models.PageKind) ([]models.ReferencePage, error) {
	var ps []models.ReferencePage
	err := t.db.Omit("detail").Where("revision_id = ? AND kind = ?", revision, kind).Order("position").Find(&ps).Error
	return ps, err
}

// ReferenceDetails are the same pages whole.
func (t Tenant) ReferenceDetails(revision string, kind models.PageKind) ([]models.ReferencePage, error) {
	var ps []models.ReferencePage
	err := t.db.Where("revision_id = ? AND kind = ?", revision, kind).Order("position").Find(&ps).Error
	return ps, err
}

// ReferencePage finds one page whole, by its name in addresses.
func (t Tenant) ReferencePage(revision string, kind models.PageKind, slug string) (models.ReferencePage, error) {
	var p models.ReferencePage
	err := t.db.Where("revision_id = ? AND kind = ? AND slug = ?", revision, kind, slug).Take(&p).Error
	return p, missing(err, "page")
}

// OperationDetails are the operations of a revision whole.
func (t Tenant) OperationDetails(revision string) ([]models.Operation, error) {
	var os []models.Operation
	err := t.db.Where("revision_id = ?", revision).Order("position").Find(&os).Error
	return os, err
}

// PublishedOperations are the operations with a slug in what was ever published
// of versions that the actor may see, of the newest documents first.
func (t Tenant) PublishedOperations(api, slug string) ([]models.Operation, error) {
	versions := t.visibleVersions().Select("id").Where("api_id = ?", api)
	revisions := t.db.Model(&models.Revision{}).Select("id").Where("version_id IN (?) AND published_at IS NOT NULL", versions)
	var os []models.Operation
	err := t.db.Omit("detail").Where("slug = ? AND revision_id IN (?)", slug, revisions).Order("revision_id DESC").Limit(20).Find(&os).Error
	return os, err
}
