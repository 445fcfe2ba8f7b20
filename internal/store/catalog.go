package store

import (
	"strings"

	"gatehouse/models"
)

// searchWords is how many words of a search count.
const searchWords = 8

// words are the patterns for LIKE of what a person searches for.
func words(text string) (patterns []string) {
	for _, w := range strings.Fields(text) {
		patterns = append(patterns, "%"+escapeLike(w)+"%")
	}
	return patterns[:min(len(patterns), searchWords)]
}

// VersionsOf are the versions of some APIs that the actor may see, the newest first.
func (t Tenant) VersionsOf(apis []string) ([]models.Version, error) {
	var vs []models.Version
	err := t.visibleVersions().Where("api_id IN ?", apis).Order("created_at DESC, id DESC").Find(&vs).Error
	return vs, err
}

// PlansOf are the plans of some APIs that can be chosen, the oldest first.
func (t Tenant) PlansOf(apis []string) ([]models.Plan, error) {
	var ps []models.Plan
	err := t.db.Where("api_id IN ? AND archived_at IS NULL", apis).Order("created_at, id").Find(&ps).Error
	return ps, err
}

// RevisionsByID are the named revisions without their documents, by id.
func (t Tenant) RevisionsByID(ids []string) (map[string]models.Revision, error) {
	var rs []models.Revision
	err := t.db.Omit("document", "outline").Where("id IN ?", ids).Find(&rs).Error
	out := make(map[string]models.Revision, len(rs))
	for _, r := range rs {
		out[r.ID] = r
	}
	return out, err
}

// LatestRevisions are the newest revision of each version, without documents, by
// version.
func (t Tenant) LatestRevisions(versions []string) (map[string]models.Revision, error) {
	var rs []models.Revision
	newest := t.db.Model(&models.Revision{}).Select("MAX(id)").Where("version_id IN ?", versions).Group("version_id")
	err := t.db.Omit("document", "outline").Where("id IN (?)", newest).Find(&rs).Error
	out := make(map[string]models.Revision, len(rs))
	for _, r := range rs {
		out[r.VersionID] = r
	}
	return out, err
}

// PublishedLately are the revisions that were put in force last, of one API or
// with "" of all, without their documents, the newest first.
func (t Tenant) PublishedLately(api string, limit int) ([]models.Revision, error) {
	versions := t.visibleVersions().Select("id").Where(live)
	if api != "" {
		versions = versions.Where("api_id = ?", api)
	}
	var rs []models.Revision
	err := t.db.Omit("document", "outline").Where("published_at IS NOT NULL").Where("version_id IN (?)", versions).
		Order("published_at DESC, id DESC").Limit(limit).Find(&rs).Error
	return rs, err
}

// VersionsEnding are the versions that are deprecated or retired, of one API or
// with "" of all that the actor may see, the last changed first. Partners see no
// retired version elsewhere; that it has ended they may know.
func (t Tenant) VersionsEnding(api string, limit int) ([]models.Version, error) {
	q := t.db.Where("published_at IS NOT NULL AND (deprecated_at IS NOT NULL OR retired_at IS NOT NULL)").
		Where("api_id IN (?)", t.visibleAPIs().Select("id"))
	if api != "" {
		q = q.Where("api_id = ?", api)
	}
	var vs []models.Version
	err := q.Order("updated_at DESC, id DESC").Limit(limit).Find(&vs).Error
	return vs, err
}

// CountOperations counts the operations of what is published.
func (t Tenant) CountOperations() (int64, error) {
	var n int64
	err := t.db.Model(&models.Operation{}).
		Where("revision_id IN (?)", t.published()).Count(&n).Error
	return n, err
}
