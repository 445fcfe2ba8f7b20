package portal

import (
	"gatehouse/internal/store"
	"gatehouse/models"
)

// reach knows the operations of versions, each read once.
type reach struct {
	operations map[string][]models.Operation // by version id; nil where nothing of it can be called
}

func newReach() *reach { return &reach{map[string][]models.Operation{}} }

// learn reads the operations of what the tokens may call.
func (k *reach) learn(r store.Tenant, page []seenToken) error {
	var missing []string
	for _, s := range page {
		for _, p := range s.permissions {
			if _, known := k.operations[p.VersionID]; !known {
				k.operations[p.VersionID] = nil
				missing = append(missing, p.VersionID)
			}
		}
	}
	versions, err := r.VersionsByID(missing)
	for id, v := range versions {
		if err == nil {
			k.operations[id], err = operationsOf(r, v)
		}
	}
	return err
}

// count is how many operations the permissions open, and how many of these are
// among those that were called.
func (k *reach) count(permissions []models.Permission, called []string) (may, used int) {
	did := setOf(called)
	for _, p := range permissions {
		for _, o := range k.operations[p.VersionID] {
			if p.Opens(o) {
				may++
				if did[o.Key] {
					used++
				}
			}
		}
	}
	return may, used
}
