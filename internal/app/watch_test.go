package app

import (
	"context"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// The hourly job goes through all tenants, each in parts that enqueue the next one:
// all of their tokens were looked at in the end.
func TestTheWatchLooksAtAllTokens(t *testing.T) {
	const many = 1100 // more than one part
	now := clock.NewManual(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
	a := openAt(t, quick(t, t.TempDir()), now)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	operator, err := a.Portal.Accounts.DemoPerson(ctx, "Ann", "ann@test.example", models.StaffOperator)
	if err != nil {
		t.Fatal(err)
	}
	admin := models.NewActor(models.Standing{User: operator}, models.Tenant{}, models.Request{})
	var tenants []models.Tenant
	for slug, tokens := range map[string]int{"aa": many, "bb": 1} {
		tenant, err := a.Portal.Tenants.Create(ctx, admin, portal.NewTenant{Slug: slug, Code: slug, Name: slug, Colour: "#0f766e"})
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, tenant)
		err = a.Store.Do(ctx, models.NewActor(models.Standing{User: operator}, tenant, models.Request{}), models.TokenCreate, func(tx *store.Tx) error {
			team := models.Team{ID: models.NewID(), Name: "Team"}
			if err := tx.InsertTeam(&team, operator.ID); err != nil {
				return err
			}
			for range tokens {
				id := models.NewID()
				if err := tx.InsertToken(&models.Token{ID: id, Kind: models.TokenAccess, UserID: operator.ID, TeamID: &team.ID, Name: "ci",
					Digest: []byte(id)[4:36], State: models.TokenActive, ExpiresAt: now.Now().AddDate(0, 0, 60)}, nil); err != nil {
					return err
				}
			}
			return tx.Record("test", "test", nil, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	go func() { done <- a.Run(ctx) }() // whose job looks at the start
	looked := func() (n int) {
		for _, tenant := range tenants {
			err := a.Store.As(ctx, models.NewProgram("test", tenant), func(r store.Tenant) error {
				for after := ""; ; {
					page, err := r.TokensToWatch(after, store.PageMost)
					if err != nil || len(page) == 0 {
						return err
					}
					var ids []string
					for _, token := range page {
						ids = append(ids, token.ID)
					}
					uses, err := r.TokenUses(ids...)
					if err != nil {
						return err
					}
					n, after = n+len(uses), ids[len(ids)-1]
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	for end := time.Now().Add(time.Minute); looked() < many+1; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("only %d of %d tokens were looked at within a minute", looked(), many+1)
			break
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
