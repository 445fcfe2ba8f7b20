package store

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// live is the condition under which partners see a version.
const live = "state IN ('published', 'deprecated')"

// visibleAPIs narrows to what the actor may see, in the look-up of a page's start
// as in the page: else an address would tell which drafts there are (R53).
func (t Tenant) visibleAPIs() *gorm.DB {
	if t.actor.Can(models.APIReadAll) {
		return t.db.Model(&models.API{})
	}
	return t.shownAPIs().Where("id IN (?)", t.db.Model(&models.Version{}).Select("api_id").Where(live))
}

// shownAPIs are those of which the actor may know, whether or not anything of them
// can be called still.
func (t Tenant) shownAPIs() *gorm.DB {
	return t.shownTo(t.actor.SignedIn(), t.actor.Teams())
}

// shownTo is the one rule of for whom an API is there; the gateway's foundBy is the
// same of what it holds in memory.
func (t Tenant) shownTo(signedIn bool, teams []string) *gorm.DB {
	open := []models.Visibility{models.VisiblePublic}
	if signedIn {
		open = append(open, models.VisibleSignedIn)
	}
	named := t.db.Model(&models.APITeam{}).Select("api_id").Where("team_id IN ?", teams)
	return t.db.Model(&models.API{}).Where("(visibility IN ? OR visibility = ? AND id IN (?) OR id IN (?))", open, models.VisibleTeams, named, t.subscribedBy(teams))
}

// visibleVersions are the versions that the actor may see.
func (t Tenant) visibleVersions() *gorm.DB {
	q := t.db.Model(&models.Version{})
	if t.actor.Can(models.APIReadAll) {
		return q
	}
	return q.Where(live).Where("api_id IN (?)", t.visibleAPIs().Select("id"))
}

// published are the revisions in force that the actor may see, by id.
func (t Tenant) published() *gorm.DB {
	return t.visibleVersions().Select("published_id").Where(live)
}

// API finds an API by its slug, with the versions that the actor may see, the
// newest first. What the actor may not see is not there (R53).
func (t Tenant) API(slug string) (models.API, []models.Version, error) {
	var a models.API
	if err := t.visibleAPIs().Where("slug = ?", slug).Take(&a).Error; err != nil {
		return a, nil, missing(err, "API")
	}
	vs, err := t.VersionsOf([]string{a.ID})
	return a, vs, err
}

// Version finds a version by the names in its address.
func (t Tenant) Version(api, name string) (models.API, models.Version, error) {
	a, vs, err := t.API(api)
	if err != nil {
		return a, models.Version{}, err
	}
	for _, v := range vs {
		if v.Name == name {
			return a, v, nil
		}
	}
	return a, models.Version{}, fault.Missing("version")
}

// VersionByID finds a version with its API, for the program itself.
func (t Tenant) VersionByID(id string) (a models.API, v models.Version, err error) {
	if err := t.visibleVersions().Where("id = ?", id).Take(&v).Error; err != nil {
		return a, v, missing(err, "version")
	}
	err = t.visibleAPIs().Where("id = ?", v.APIID).Take(&a).Error
	return a, v, missing(err, "API")
}

// RetiredVersion finds a version that partners could call once, by the names in its
// address, where the actor may know of its API.
func (t Tenant) RetiredVersion(api, name string) (a models.API, v models.Version, err error) {
	if err := t.shownAPIs().Where("slug = ?", api).Take(&a).Error; err != nil {
		return a, v, missing(err, "API")
	}
	err = t.db.Where("api_id = ? AND name = ? AND state = ?", a.ID, name, models.VersionRetired).Take(&v).Error
	return a, v, missing(err, "version")
}

// VersionsByID are the named versions, by id.
func (t Tenant) VersionsByID(ids []string) (map[string]models.Version, error) {
	var vs []models.Version
	err := t.db.Where("id IN ?", ids).Find(&vs).Error
	out := make(map[string]models.Version, len(vs))
	for _, v := range vs {
		out[v.ID] = v
	}
	return out, err
}

// APIsByID are the named APIs, by id.
func (t Tenant) APIsByID(ids []string) (map[string]models.API, error) {
	var as []models.API
	err := t.db.Where("id IN ?", ids).Find(&as).Error
	out := make(map[string]models.API, len(as))
	for _, a := range as {
		out[a.ID] = a
	}
	return out, err
}

// InsertAPI stores a new API; slugs are unique in the tenant.
func (t *Tx) InsertAPI(a *models.API) error {
	a.CreatedAt, a.UpdatedAt, a.Revision = t.now, t.now, 1
	a.Tags = list(a.Tags)
	if a.Visibility == "" {
		a.Visibility = models.VisiblePublic
	}
	return taken(t.db.Create(a).Error, "slug", "Another API of yours has this slug.")
}

// UpdateAPI stores what an API says and who sees it, unless somebody did so first.
func (t *Tx) UpdateAPI(a models.API) error {
	was := a.Revision
	a.UpdatedAt, a.Revision, a.Tags = t.now, was+1, list(a.Tags)
	return stale(t.db.Model(&models.API{}).Where("id = ? AND revision = ?", a.ID, was).
		Select("name", "summary", "description", "visibility", "category", "tags", "updated_at", "revision").Updates(&a), "API")
}

// InsertVersion stores a new version.
func (t *Tx) InsertVersion(v *models.Version) error {
	v.CreatedAt, v.UpdatedAt, v.Revision = t.now, t.now, 1
	return taken(t.db.Create(v).Error, "version", "This API has a version of that name.")
}

// UpdateVersion stores state, upstream, limits, what is published and what is said
// of its end, unless somebody did so first.
func (t *Tx) UpdateVersion(v models.Version) error {
	return stale(t.db.Model(&models.Version{}).Where("id = ? AND revision = ?", v.ID, v.Revision).Updates(map[string]any{
		"state": v.State, "upstream": v.Upstream, "body_limit": v.BodyLimit, "published_id": v.PublishedID, "published_at": v.PublishedAt,
		"deprecated_at": v.DeprecatedAt, "sunset_at": v.SunsetAt, "retired_at": v.RetiredAt, "successor_id": v.SuccessorID,
		"notice": v.Notice, "mock": v.Mock, "updated_at": t.now, "revision": v.Revision + 1,
	}), "version")
}

// Revisions of a version without their documents, the newest first.
func (t Tenant) Revisions(version string) ([]models.Revision, error) {
	var rs []models.Revision
	err := t.db.Omit("document", "outline").Where("version_id = ?", version).Order("number DESC").Limit(PageMost).Find(&rs).Error
	return rs, err
}

// Revision finds one revision whole.
func (t Tenant) Revision(id string) (models.Revision, error) {
	var r models.Revision
	err := t.db.Where("id = ?", id).Take(&r).Error
	return r, missing(err, "revision")
}

// Outline of a revision, packed, without its document.
func (t Tenant) Outline(revision string) ([]byte, error) {
	var r models.Revision
	err := t.db.Select("outline").Where("id = ?", revision).Take(&r).Error
	return r.Outline, missing(err, "revision")
}

// Operations of a revision in the order of the document, without their details and
// grouped as the manager of the version has it.
func (t Tenant) Operations(revision string) ([]models.Operation, error) {
	os, err := t.DocumentOperations(revision)
	if err != nil {
		return nil, err
	}
	return os, t.regroup(revision, os)
}

// Operation finds one operation whole, by its name in addresses.
func (t Tenant) Operation(revision, slug string) (models.Operation, error) {
	var o models.Operation
	if err := t.db.Where("revision_id = ? AND slug = ?", revision, slug).Take(&o).Error; err != nil {
		return o, missing(err, "operation")
	}
	one := []models.Operation{o}
	err := t.regroup(revision, one)
	return one[0], err
}

// InsertRevision stores a document as the next revision of its version.
func (t *Tx) InsertRevision(r *models.Revision, operations []models.Operation) error {
	var v models.Version // its lock makes numbers gapless
	if err := t.store.dialect.lock(t.db).Where("id = ?", r.VersionID).Take(&v).Error; err != nil {
		return missing(err, "version")
	}
	var last struct{ Number int }
	if err := t.db.Model(&models.Revision{}).Select("COALESCE(MAX(number), 0) AS number").Where("version_id = ?", r.VersionID).Scan(&last).Error; err != nil {
		return err
	}
	r.Number, r.CreatedAt = last.Number+1, t.now
	if err := t.db.Create(r).Error; err != nil {
		return err
	}
	for i := range operations {
		operations[i].RevisionID, operations[i].Position = r.ID, i
		operations[i].Scopes = list(operations[i].Scopes)
	}
	return t.db.CreateInBatches(operations, 200).Error
}

// MarkPublished notes when a revision was put in force.
func (t *Tx) MarkPublished(revision string) error {
	return exactlyOne(t.db.Model(&models.Revision{}).Where("id = ?", revision).Updates(map[string]any{"published_at": t.now}), "revision")
}

// MarkDeprecated notes since when the deprecated operations of a revision, which was
// just put in force, are so: since they were in the one before it, which may be "",
// or since now.
func (t *Tx) MarkDeprecated(revision, before string) error {
	var old []models.Operation
	if err := t.db.Select("key", "deprecated_at").Where("revision_id = ? AND deprecated_at IS NOT NULL", before).Order("deprecated_at, position").Find(&old).Error; err != nil {
		return err
	}
	mark := func(at time.Time, keys []string) error {
		q := t.db.Model(&models.Operation{}).Where("revision_id = ? AND deprecated AND deprecated_at IS NULL", revision)
		if keys != nil {
			q = q.Where("key IN ?", keys)
		}
		return q.Updates(map[string]any{"deprecated_at": at}).Error
	}
	for len(old) > 0 {
		at, keys := *old[0].DeprecatedAt, []string{}
		for len(old) > 0 && len(keys) < 500 && old[0].DeprecatedAt.Equal(at) {
			keys, old = append(keys, old[0].Key), old[1:]
		}
		if err := mark(at, keys); err != nil {
			return err
		}
	}
	return mark(t.now, nil)
}

// Credential of a version, sealed; ok is false where none is set.
func (t Tenant) Credential(version string) (c models.Credential, ok bool, err error) {
	err = t.db.Where("version_id = ?", version).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, false, nil
	}
	return c, err == nil, err
}

// SetCredential stores a version's credential in place of the one before.
func (t *Tx) SetCredential(c *models.Credential) error {
	c.SetAt = t.now
	if err := t.DeleteCredential(c.VersionID); err != nil {
		return err
	}
	return t.db.Create(c).Error
}

// DeleteCredential removes a version's credential, if there is one.
func (t *Tx) DeleteCredential(version string) error {
	return t.db.Where("version_id = ?", version).Delete(&models.Credential{}).Error
}

// taken is the fault of a name that must be unique and is not.
func taken(err error, field, message string) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "name_taken", "%s", message).
			WithFields(fault.Field{Name: field, Message: message}).Because(err)
	}
	return err
}

// list is never nil: GORM would store NULL instead of an empty JSON array.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
