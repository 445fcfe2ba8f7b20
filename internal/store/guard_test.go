package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/clock"
	"gatehouse/models"
)

// R48: every way that we know of to reach another tenant's rows. New way found → new line.
func TestGuard(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{URL: filepath.Join(t.TempDir(), "g.db"), Clock: clock.NewManual(time.Unix(1e9, 0))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	seed(t, s)
	var out []models.Team
	var one models.Team
	var maps []map[string]any
	for name, attempt := range map[string]func(db *gorm.DB) *gorm.DB{
		"find all":       func(db *gorm.DB) *gorm.DB { return db.Find(&out) },
		"by id":          func(db *gorm.DB) *gorm.DB { return db.Where("id = ?", "t-rival").Find(&out) },
		"or":             func(db *gorm.DB) *gorm.DB { return db.Where("name = ?", "rival").Or("name = ?", "x").Find(&out) },
		"or in a string": func(db *gorm.DB) *gorm.DB { return db.Where("name = 'x' OR name = 'rival'").Find(&out) },
		"not":            func(db *gorm.DB) *gorm.DB { return db.Not("name = ?", "own").Find(&out) },
		"zero struct": func(db *gorm.DB) *gorm.DB {
			return db.Where(&models.Team{TenantID: ""}).Where("id = 't-rival'").Find(&out)
		},
		"other's struct":    func(db *gorm.DB) *gorm.DB { return db.Where(&models.Team{TenantID: "rival"}).Find(&out) },
		"first with a text": func(db *gorm.DB) *gorm.DB { return db.Limit(1).Find(&out, "1=1 OR 1=1") },
		"take by key":       func(db *gorm.DB) *gorm.DB { return db.Where("id = 't-rival'").Take(&one) },
		"save":              func(db *gorm.DB) *gorm.DB { return db.Save(&models.Team{ID: "t-rival", Name: "stolen"}) },
		"update": func(db *gorm.DB) *gorm.DB {
			return db.Model(&models.Team{}).Where("id = 't-rival'").Update("name", "stolen")
		},
		"update all":         func(db *gorm.DB) *gorm.DB { return db.Model(&models.Team{}).Update("name", "stolen") },
		"move to the rival":  func(db *gorm.DB) *gorm.DB { return db.Create(&models.Team{ID: "t-new", TenantID: "rival"}) },
		"several at once":    func(db *gorm.DB) *gorm.DB { return db.Create([]models.Team{{ID: "a"}, {ID: "b", TenantID: "rival"}}) },
		"delete":             func(db *gorm.DB) *gorm.DB { return db.Where("id = 't-rival'").Delete(&models.Team{}) },
		"delete everything":  func(db *gorm.DB) *gorm.DB { return db.Delete(&models.Team{}) },
		"rows":               func(db *gorm.DB) *gorm.DB { return db.Raw("SELECT * FROM teams").Scan(&out) },
		"a table into a map": func(db *gorm.DB) *gorm.DB { return db.Table("teams").Find(&maps) },
		"count": func(db *gorm.DB) *gorm.DB {
			var n int64
			tx := db.Model(&models.Team{}).Where("name = 'rival'").Count(&n)
			tx.RowsAffected = n
			return tx
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, one, maps = nil, models.Team{}, nil
			_ = s.within(ctx, s.write, scope{tenant: "own"}, func(db *gorm.DB) error {
				tx := attempt(db)
				for _, team := range append(out, one) {
					if team.TenantID == "rival" || team.Name == "rival" {
						t.Errorf("it returned the rival's team")
					}
				}
				if len(maps) > 0 {
					t.Error("it returned rows whose tenant nobody checked")
				}
				if name == "count" && tx.RowsAffected > 0 {
					t.Error("it counted the rival's rows")
				}
				return tx.Error
			})
			untouched(t, s)
		})
	}
}

// A statement in no scope runs on nobody's rows.
func TestNoScope(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{URL: filepath.Join(t.TempDir(), "g.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	seed(t, s)
	err = s.within(ctx, s.read, scope{}, func(db *gorm.DB) error {
		var out []models.Team
		return db.Find(&out).Error
	})
	if err == nil {
		t.Error("a statement without a tenant ran")
	}
}

func seed(t *testing.T, s *Store) {
	t.Helper()
	err := s.Platform(context.Background(), func(p Platform) error {
		for _, id := range []string{"own", "rival"} {
			tenant := models.Tenant{ID: id, Slug: id, Code: id, Name: id, State: models.TenantActive, TokenDays: 1, SignUp: models.SignUpOpen, SignUpDomains: []string{}}
			if err := p.db.Create(&tenant).Error; err != nil {
				return err
			}
			if err := p.db.Create(&models.Team{TenantID: id, ID: "t-" + id, Name: id}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// untouched fails unless the rival has exactly the team that it had.
func untouched(t *testing.T, s *Store) {
	t.Helper()
	err := s.Survey(context.Background(), func(p Platform) error {
		var teams []models.Team
		err := p.db.Where("tenant_id = ?", "rival").Find(&teams).Error
		if len(teams) != 1 || teams[0].Name != "rival" {
			t.Errorf("the rival has %+v now", teams)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
