package portal_test

import (
	"fmt"
	"sync"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// Whoever holds a token that has ended sends it from as many addresses as they like:
// its people are told of the first ones, and the others are counted.
func TestAFloodOfAddressesIsToldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, _ := w.token("k")
		sight := func(ip string) {
			w.must(w.portal.Alerts.Sight(w.ctx, portal.Sighting{Kind: models.AlertRetired, Tenant: token.TenantID, Token: token.ID, IP: ip, At: w.clock.Now()}))
		}
		for i := range 50 {
			sight(fmt.Sprintf("2001:db8::%d", i))
		}
		var open []models.Alert
		w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) (err error) {
			open, err = r.Alerts(store.AlertFilter{Token: token.ID, Open: true, Limit: store.PageMost})
			return err
		}))
		var seen int64
		for _, a := range open {
			seen += a.Sightings
		}
		if len(open) != 10 || seen != 50 || w.mails("partner", portal.MailAlert) != 10 {
			t.Errorf("%d alerts of %d sightings, %d mails", len(open), seen, w.mails("partner", portal.MailAlert))
		}
	})
}

// Two gateways that see the same thing raise one alert.
func TestTwoGatewaysRaiseOneAlert(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, _ := w.token("k")
		for i := range 10 {
			var both sync.WaitGroup
			for range 4 {
				both.Go(func() {
					if err := w.portal.Alerts.Sight(w.ctx, portal.Sighting{Kind: models.AlertRetired, Tenant: token.TenantID, Token: token.ID, IP: fmt.Sprint("192.0.2.", i), At: w.clock.Now()}); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
		}
		if n := w.mails("partner", portal.MailAlert); n != 10 {
			t.Errorf("%d mails of 10 things", n)
		}
	})
}
