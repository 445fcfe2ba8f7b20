package portal_test

import (
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// A form that was sent twice makes one team and one request.
func TestAFormSentTwiceMakesOneTeam(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		both := w.actor("stranger", "port") // as both requests found them: in no team
		in := portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-false", TeamName: "Ours", Purpose: purpose}
		if _, err := w.portal.Subscriptions.Request(w.ctx, both, in); err != nil {
			t.Fatal(err)
		}
		if _, err := w.portal.Subscriptions.Request(w.ctx, both, in); !fault.Is(err, fault.Conflict) {
			t.Errorf("the second: %v", err)
		}
		if teams := w.actor("stranger", "port").Teams(); len(teams) != 1 {
			t.Errorf("%d teams", len(teams))
		}
	})
}

// R7, R52: a management token shows nothing of a tenant that its person does not see any more.
func TestATokenEndsWithItsPersonsStanding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		port := w.actor("admin", "port").Tenant()
		_, secret, err := w.portal.ManagementTokens.Create(w.ctx, w.proven("manager", "port", models.ManagementTokenCreate, port.ID),
			portal.NewManagementToken{Name: "deploy", Expires: "30", Scopes: []string{"apis:read"}})
		w.must(err)
		of := func() error {
			_, err := w.portal.Actors.OfToken(w.ctx, secret.Reveal(), "port", models.Request{})
			return err
		}
		w.must(of())
		w.do(port, func(tx *store.Tx) error {
			port.Public = false
			if err := tx.UpdateTenant(port); err != nil {
				return err
			}
			return tx.SetMember(w.users["manager"].ID, models.NoRole)
		})
		if err := of(); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("got %v", err)
		}
	})
}
