package store

import (
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/models"
)

// list brings the tenant's line in the directory up to what the tenant is called,
// or adds it.
func (t *Tx) list(tenant models.Tenant) error {
	h := models.TenantHealth{TenantID: tenant.ID, Name: tenant.Name, Slug: tenant.Slug, State: tenant.State,
		Words: strings.ToLower(tenant.Name + " " + tenant.Slug + " " + tenant.Code), ActiveAt: t.now}
	there := t.db.Model(&models.TenantHealth{}).Where("tenant_id = ?", tenant.ID).Select("name", "words", "state").Updates(h)
	if there.Error != nil || there.RowsAffected > 0 {
		return there.Error
	}
	return t.db.Create(&h).Error
}

// counted are the kinds of objects whose events change who waits in a tenant.
var counted = map[string]bool{"subscription": true, "token": true, "token_bulk": true, "alert": true, "team": true, "version": true}

// keepHealth brings the tenant's line in the directory up to date with what the
// transaction did. It holds the lock of the audit chain, so that no other
// transaction of the tenant counts at the same time and each sees what was
// committed before it. The line is locked after the chain by everybody, also where the
// tenant itself was changed: else two transactions would wait for each other.
func (t *Tx) keepHealth() error {
	if t.changed != nil {
		if err := t.list(*t.changed); err != nil {
			return err
		}
	}
	values := map[string]any{}
	if t.actor.Job() == "" { // what we do by the clock is no sign of life
		values["active_at"] = t.now
	}
	if recounts(t.events) {
		waiting, alerts, err := t.countWaiting()
		if err != nil {
			return err
		}
		values["waiting"], values["alerts"] = waiting, alerts
	}
	if len(values) == 0 || scopeOf(t.actor) == Installation {
		return nil
	}
	return t.db.Model(&models.TenantHealth{}).Where("tenant_id = ?", scopeOf(t.actor)).Updates(values).Error
}

func recounts(events []audit.Event) bool {
	for _, e := range events {
		if counted[e.ObjectKind] {
			return true
		}
	}
	return false
}

// awaits are tokens about which somebody has to decide, as far as the index of them goes.
const awaits = "(state = 'pending' OR wish IS NOT NULL)"

// countWaiting counts, whatever the actor may see, what an admin would find waiting.
func (t *Tx) countWaiting() (waiting, alerts int64, err error) {
	db := t.db.Session(&gorm.Session{})
	var tokens int64
	if err := db.Model(&models.Subscription{}).Where(waits).Count(&waiting).Error; err != nil {
		return 0, 0, err
	}
	if err := stillAwaits(db, t.now).Count(&tokens).Error; err != nil {
		return 0, 0, err
	}
	err = db.Model(&models.Alert{}).Where("closed_at IS NULL").Count(&alerts).Error
	return waiting + tokens, alerts, err
}

func stillAwaits(db *gorm.DB, now time.Time) *gorm.DB {
	return db.Model(&models.Token{}).Where(awaits).Where("state <> ? AND expires_at > ?", models.TokenRevoked, now)
}

// tenantCount is how many of something a tenant has.
type tenantCount struct {
	TenantID string
	N        int
}

// RecountHealth puts right what time alone changed in the directory, such as a
// token that nobody approved before it ended: writes keep it right by themselves.
func (p Platform) RecountHealth() error {
	waiting, alerts := map[string]int{}, map[string]int{}
	count := func(q *gorm.DB, into map[string]int) error {
		var rows []tenantCount
		err := q.Select("tenant_id, COUNT(*) AS n").Group("tenant_id").Find(&rows).Error
		for _, r := range rows {
			into[r.TenantID] += r.N
		}
		return err
	}
	var lines []models.TenantHealth
	err := errors.Join( // the lines first: one that a write changes meanwhile is left as the write has it
		p.db.Select("tenant_id", "waiting", "alerts").Find(&lines).Error,
		count(p.db.Model(&models.Subscription{}).Where(waits), waiting),
		count(stillAwaits(p.db, p.now), waiting),
		count(p.db.Model(&models.Alert{}).Where("closed_at IS NULL"), alerts),
	)
	for _, line := range lines {
		if err != nil {
			return err
		}
		if w, a := waiting[line.TenantID], alerts[line.TenantID]; w != line.Waiting || a != line.Alerts {
			err = p.db.Model(&models.TenantHealth{}).Where("tenant_id = ? AND waiting = ? AND alerts = ?", line.TenantID, line.Waiting, line.Alerts).
				Updates(map[string]any{"waiting": w, "alerts": a}).Error
		}
	}
	return err
}

// The orders of the directory.
const (
	TenantsByName    = ""
	TenantsByWaiting = "waiting"
	TenantsByAlerts  = "alerts"
	TenantsByActive  = "active"
)

// directoryOrder is the column by which the directory is sorted, the largest value
// first; names break ties.
var directoryOrder = map[string]string{TenantsByWaiting: "waiting", TenantsByAlerts: "alerts", TenantsByActive: "active_at"}

// DirectoryFilter narrows and sorts the list of all tenants.
type DirectoryFilter struct {
	Text     string // part of the name, the slug or the code
	State    models.TenantState
	Needs    string   // TenantsByWaiting or TenantsByAlerts: only those with any
	Among    []string // ids; nil is all
	Archived bool     // those too
	Order    string
	After    string // id of the tenant behind which the page begins, or ""
	Limit    int    // 1 to PageMost+1
}

// Directory finds tenants for staff.
func (p Platform) Directory(f DirectoryFilter) ([]models.TenantHealth, error) {
	if err := pageSize(f.Limit); err != nil {
		return nil, err
	}
	q := p.db.Model(&models.TenantHealth{})
	if f.Text != "" {
		q = q.Where(`words LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(f.Text))+"%")
	}
	if !f.Archived {
		q = q.Where("state <> ?", models.TenantArchived)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Needs == TenantsByWaiting || f.Needs == TenantsByAlerts {
		q = q.Where(f.Needs + " > 0")
	}
	if f.Among != nil {
		q = q.Where("tenant_id IN ?", f.Among)
	}
	column := directoryOrder[f.Order]
	if f.After != "" {
		var last models.TenantHealth
		if err := p.db.Where("tenant_id = ?", f.After).Take(&last).Error; err != nil {
			return nil, missing(err, "tenant")
		}
		q = behind(q, column, last)
	}
	order := "name, tenant_id"
	if column != "" {
		order = column + " DESC, " + order
	}
	var rows []models.TenantHealth
	err := q.Order(order).Limit(f.Limit).Find(&rows).Error
	return rows, err
}

// behind narrows to what follows a row. The first condition repeats part of the
// second, so that an index finds where to begin.
func behind(q *gorm.DB, column string, last models.TenantHealth) *gorm.DB {
	const byName = "(name > ? OR name = ? AND tenant_id > ?)"
	if column == "" {
		return q.Where("name >= ?", last.Name).Where(byName, last.Name, last.Name, last.TenantID)
	}
	value := map[string]any{"waiting": last.Waiting, "alerts": last.Alerts, "active_at": last.ActiveAt}[column]
	return q.Where(column+" <= ?", value).
		Where("("+column+" < ? OR "+column+" = ? AND "+byName+")", value, value, last.Name, last.Name, last.TenantID)
}

// DirectoryTotals are what waits in all tenants together.
type DirectoryTotals struct {
	Tenants                 int64
	Waiting, TenantsWaiting int64
	Alerts, TenantsAlerting int64
}

// DirectoryTotals counts it, from the lines that have any; archived tenants count for
// those who know of them.
func (p Platform) DirectoryTotals(archived bool) (t DirectoryTotals, err error) {
	type sums struct{ N, Sum int64 }
	known := p.db.Model(&models.TenantHealth{})
	if !archived {
		known = known.Where("state <> ?", models.TenantArchived)
	}
	known = known.Session(&gorm.Session{})
	count := func(column string) (s sums, err error) {
		err = known.Select("COUNT(*) AS n, COALESCE(SUM(" + column + "), 0) AS sum").Where(column + " > 0").Scan(&s).Error
		return s, err
	}
	waiting, err := count("waiting")
	if err != nil {
		return t, err
	}
	alerts, err := count("alerts")
	if err != nil {
		return t, err
	}
	t = DirectoryTotals{0, waiting.Sum, waiting.N, alerts.Sum, alerts.N}
	return t, known.Count(&t.Tenants).Error
}
