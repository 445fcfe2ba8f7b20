package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R48, R52: what one tenant stores, another neither sees nor changes.
func TestTenantsDoNotMeet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a, b := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
		team := models.Team{ID: models.NewID(), Name: "Ours"}
		do(t, s, a, func(tx *store.Tx) error { return tx.InsertTeam(&team, a.User()) })

		err := s.As(ctx, b, func(r store.Tenant) error {
			_, err := r.Team(team.ID)
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("the other tenant's team: %v", err)
		}
		err = s.Do(ctx, b, models.TeamManage, func(tx *store.Tx) error {
			return tx.InsertMembership(team.ID, b.User(), models.TeamOwner)
		})
		if err == nil {
			t.Error("a membership in another tenant's team was stored")
		}
		err = s.Do(ctx, b, models.TeamManage, func(tx *store.Tx) error {
			return tx.InsertTeam(&models.Team{TenantID: a.Tenant().ID, ID: models.NewID(), Name: "Smuggled"}, b.User())
		})
		if err == nil {
			t.Error("a row of another tenant was stored")
		}
	})
}

// R121: no change without its audit event.
func TestDoWantsAnAuditEvent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a := storetest.Tenant(t, s, "aa")
		team := models.Team{ID: models.NewID(), Name: "Silent"}
		if err := s.Do(ctx, a, models.TeamManage, func(tx *store.Tx) error { return tx.InsertTeam(&team, a.User()) }); err == nil {
			t.Error("a change without an event was committed")
		}
		err := s.As(ctx, a, func(r store.Tenant) error {
			_, err := r.Team(team.ID)
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("the change is there: %v", err)
		}
	})
}

// R122, R125: many writers at once leave one gapless chain.
func TestChainUnderConcurrency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a := storetest.Tenant(t, s, "aa")
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					team := models.Team{ID: models.NewID(), Name: "One of many"}
					do(t, s, a, func(tx *store.Tx) error {
						if err := tx.Changed(models.ChangeMembership, team.ID); err != nil {
							return err
						}
						return tx.InsertTeam(&team, a.User())
					})
				}
			})
		}
		wg.Wait()
		var events []audit.Event
		err := s.As(ctx, a, func(r store.Tenant) (err error) {
			events, err = r.AuditEvents(store.AuditFilter{Limit: 100})
			return err
		})
		if err != nil || len(events) != writers*each+1 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		slices.Reverse(events)
		for i, e := range events {
			if e.Seq != uint64(i+1) || i > 0 && !slices.Equal(e.Prev, events[i-1].Hash) {
				t.Fatalf("event %d is number %d, linked %v", i, e.Seq, i == 0 || slices.Equal(e.Prev, events[i-1].Hash))
			}
		}
	})
}

// The change feed shows changes in the order of their numbers, also when the
// transactions end in another order than they began.
func TestChangesBecomeVisibleInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a, b := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
		took, second := make(chan struct{}), make(chan error, 1)
		go func() {
			<-took // the first writer has its number and has not committed
			second <- s.Do(ctx, b, models.TeamManage, changed("b"))
		}()
		do(t, s, a, func(tx *store.Tx) error {
			if err := changed("a")(tx); err != nil {
				return err
			}
			close(took)
			select {
			case err := <-second:
				return fmt.Errorf("the second writer overtook the first: %w", errors.Join(err, errors.ErrUnsupported))
			default:
				return nil
			}
		})
		if err := <-second; err != nil {
			t.Fatal(err)
		}
		var got []string
		err := s.Survey(ctx, func(p store.Platform) error {
			cs, err := p.ChangesAfter(0, 10)
			for _, c := range cs {
				got = append(got, c.ObjectID)
			}
			return err
		})
		if err != nil || !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%v %v", got, err)
		}
	})
}

// R34: of many who use a link at once, one does.
func TestLinkIsUsedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		link := models.Link{Hash: []byte("hash"), Kind: models.LinkVerify, Email: "a@test.example", ExpiresAt: storetest.Start.AddDate(0, 0, 1)}
		do(t, s, models.Actor{}, func(tx *store.Tx) error { return tx.InsertLink(&link) })
		var wg sync.WaitGroup
		results := make(chan error, 10)
		for range cap(results) {
			wg.Go(func() {
				results <- s.Do(ctx, models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
					if err := tx.UseLink(link.Hash); err != nil {
						return err
					}
					return tx.Record("link", "x", nil, nil, nil)
				})
			})
		}
		wg.Wait()
		close(results)
		won := 0
		for err := range results {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Gone) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d used it", won)
		}
	})
}

// R57: two admins who demote each other at the same time leave one.
func TestLastAdminStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a := storetest.Tenant(t, s, "aa")
		for round := range 5 {
			other := storetest.User(t, s, fmt.Sprintf("other-%d", round))
			var admins []string
			do(t, s, a, func(tx *store.Tx) error { return tx.SetMember(other.ID, models.RoleAdmin) })
			read(t, s, a, func(r store.Tenant) (err error) { admins, err = r.Admins(); return err })
			var wg sync.WaitGroup
			for _, id := range admins {
				wg.Go(func() {
					_ = s.Do(ctx, a, models.MemberManage, func(tx *store.Tx) error {
						if err := tx.SetMember(id, models.NoRole); err != nil {
							return err
						}
						return tx.Record("member", id, nil, nil, nil)
					})
				})
			}
			wg.Wait()
			read(t, s, a, func(r store.Tenant) (err error) { admins, err = r.Admins(); return err })
			if len(admins) < 1 {
				t.Fatal("no admin is left")
			}
		}
	})
}

func changed(id string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if err := tx.Changed(models.ChangeToken, id); err != nil {
			return err
		}
		return tx.Record("token", id, nil, nil, nil)
	}
}

// do is Do with an event for the log.
func do(t *testing.T, s *store.Store, a models.Actor, fn func(*store.Tx) error) {
	t.Helper()
	err := s.Do(context.Background(), a, models.TeamManage, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record("thing", "id", nil, nil, nil)
	})
	if err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, s *store.Store, a models.Actor, fn func(store.Tenant) error) {
	t.Helper()
	if err := s.As(context.Background(), a, fn); err != nil {
		t.Error(err)
	}
}
