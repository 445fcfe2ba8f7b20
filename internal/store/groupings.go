package store

import (
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Grouping of a version's operations; without a row it says nothing.
func (t Tenant) Grouping(version string) (models.Grouping, error) {
	g := models.Grouping{VersionID: version}
	err := t.db.Where("version_id = ?", version).Take(&g).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Grouping{VersionID: version}, nil
	}
	return g, err
}

// SetGrouping stores a grouping in place of the one that was seen, unless somebody
// did so first.
func (t *Tx) SetGrouping(g models.Grouping) error {
	was := g.Revision
	g.Rules, g.Scopes, g.UpdatedAt, g.Revision = list(g.Rules), list(g.Scopes), t.now, was+1
	if was > 0 {
		return stale(t.db.Model(&models.Grouping{}).Where("version_id = ? AND revision = ?", g.VersionID, was).
			Select("rules", "scopes", "updated_by", "updated_at", "revision").Updates(&g), "grouping")
	}
	if err := t.db.Create(&g).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.New(fault.Conflict, "changed_meanwhile", "Somebody else grouped these operations in the meantime. Reload the page and look again.").Because(err)
	} else {
		return err
	}
}

// DocumentOperations are the operations of a revision as its document has them.
func (t Tenant) DocumentOperations(revision string) ([]models.Operation, error) {
	var os []models.Operation
	err := t.db.Omit("detail").Where("revision_id = ?", revision).Order("position").Find(&os).Error
	return os, err
}

// regroup puts in what the manager says of a revision's operations.
func (t Tenant) regroup(revision string, operations []models.Operation) error {
	var r models.Revision
	if err := t.db.Select("version_id").Where("id = ?", revision).Take(&r).Error; errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	g, err := t.Grouping(r.VersionID)
	g.Apply(operations)
	return err
}

// LivePermission is what a token that works may do with a version.
type LivePermission struct {
	models.Permission
	TeamID string
}

// LivePermissions are those of all access tokens that work now, for a version,
// whoever asks.
func (t Tenant) LivePermissions(version string) (out []LivePermission, err error) {
	live := t.db.Model(&models.Token{}).Where("kind = ? AND state = ? AND expires_at > ? AND team_id IS NOT NULL", models.TokenAccess, models.TokenActive, t.now)
	var permissions []models.Permission
	if err := t.db.Where("version_id = ? AND token_id IN (?)", version, live.Session(&gorm.Session{}).Select("id")).Order("token_id").Find(&permissions).Error; err != nil {
		return nil, err
	}
	var tokens []models.Token
	teams := map[string]string{}
	of := t.db.Model(&models.Permission{}).Select("token_id").Where("version_id = ?", version)
	if err := live.Session(&gorm.Session{}).Select("id", "team_id").Where("id IN (?)", of).Find(&tokens).Error; err != nil {
		return nil, err
	}
	for _, token := range tokens {
		teams[token.ID] = *token.TeamID
	}
	for _, p := range permissions {
		out = append(out, LivePermission{p, teams[p.TokenID]})
	}
	return out, nil
}
