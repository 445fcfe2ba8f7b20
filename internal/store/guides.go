package store

import (
	"gorm.io/gorm"

	"gatehouse/models"
)

// visibleGuides are those that the actor may read: what is shown of APIs that it
// may see, and drafts for those who read drafts (R53).
func (t Tenant) visibleGuides() *gorm.DB {
	q := t.db.Model(&models.Guide{})
	if t.actor.Can(models.APIReadAll) {
		return q
	}
	return q.Where("published_at IS NOT NULL").Where("(api_id IS NULL OR api_id IN (?))", t.visibleAPIs().Select("id"))
}

// AllGuides are the guides of the tenant and of all its APIs, in their order.
func (t Tenant) AllGuides() ([]models.Guide, error) {
	var gs []models.Guide
	err := t.visibleGuides().Omit("body", "shown_body").Order("api_id, position, id").Find(&gs).Error
	return gs, err
}

// Guides are those of an API, or with "" of the tenant, in their order.
func (t Tenant) Guides(api string) ([]models.Guide, error) {
	var gs []models.Guide
	err := guidesOf(t.visibleGuides(), api).Order("position, id").Limit(models.GuidesMost).Find(&gs).Error
	return gs, err
}

func guidesOf(q *gorm.DB, api string) *gorm.DB {
	if api == "" {
		return q.Where("api_id IS NULL")
	}
	return q.Where("api_id = ?", api)
}

// Guide finds one by its id.
func (t Tenant) Guide(id string) (models.Guide, error) {
	var g models.Guide
	err := t.visibleGuides().Where("id = ?", id).Take(&g).Error
	return g, missing(err, "guide")
}

// GuidesByID are the named guides that the actor may read, without their texts, by id.
func (t Tenant) GuidesByID(ids []string) (map[string]models.Guide, error) {
	var gs []models.Guide
	err := t.visibleGuides().Omit("body", "shown_body").Where("id IN ?", ids).Find(&gs).Error
	out := make(map[string]models.Guide, len(gs))
	for _, g := range gs {
		out[g.ID] = g
	}
	return out, err
}

// InsertGuide stores a new guide behind the others.
func (t *Tx) InsertGuide(g *models.Guide) error {
	g.CreatedBy, g.CreatedAt, g.UpdatedAt, g.Revision = t.actor.User(), t.now, t.now, 1
	return taken(t.db.Create(g).Error, "slug", "There is a guide with this slug already.")
}

// UpdateGuide stores what is written, what is shown and where, unless somebody did
// so first.
func (t *Tx) UpdateGuide(g *models.Guide) error {
	was := g.Revision
	g.UpdatedAt, g.Revision = t.now, was+1
	return taken(stale(t.db.Model(&models.Guide{}).Where("id = ? AND revision = ?", g.ID, was).Updates(map[string]any{
		"slug": g.Slug, "title": g.Title, "body": g.Body, "shown_title": g.ShownTitle, "shown_body": g.ShownBody,
		"published_at": g.PublishedAt, "updated_at": g.UpdatedAt, "revision": g.Revision,
	}), "guide"), "slug", "There is a guide with this slug already.")
}

// PlaceGuide puts a guide at a position among its siblings; the order is no part of
// what its revision counts.
func (t *Tx) PlaceGuide(id string, position int) error {
	return exactlyOne(t.db.Model(&models.Guide{}).Omit("updated_at").Where("id = ?", id).Updates(map[string]any{"position": position}), "guide")
}

// DeleteGuide removes a guide.
func (t *Tx) DeleteGuide(id string) error {
	return exactlyOne(t.db.Where("id = ?", id).Delete(&models.Guide{}), "guide")
}
