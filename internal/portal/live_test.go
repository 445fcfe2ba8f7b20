package portal_test

import (
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// ending is a way in which access loses what it rests on, and the way back.
type ending struct {
	end, back func(w *accessWorld) error
	codes     []string // of a refusal that is due to it
	ended     string   // its audit event
	resumed   string
}

var endings = map[string]ending{
	"the tenant is suspended": {
		func(w *accessWorld) error { return w.suspend(models.TenantSuspended) },
		func(w *accessWorld) error { return w.suspend(models.TenantActive) },
		[]string{"tenant_suspended"}, "tenant.suspend", "tenant.resume",
	},
	"the version is retired": {
		func(w *accessWorld) error { return w.retire(models.VersionRetired, "version.retire") },
		func(w *accessWorld) error { return w.retire(models.VersionPublished, "version.back") },
		[]string{"version_not_published", "not_found"}, "version.retire", "version.back",
	},
}

func (w *accessWorld) suspend(to models.TenantState) error {
	operator := w.users["operator"]
	operator.Staff = models.StaffOperator
	tenant, err := w.store.TenantBySlug(w.ctx, "port")
	w.must(err)
	proof := w.proven("operator", "", models.TenantSuspend, "port").Proof()
	_, err = w.portal.Tenants.SetState(w.ctx, models.NewActor(models.Standing{User: operator}, models.Tenant{}, models.Request{}).WithProof(proof), "port",
		portal.TenantChange{To: to, Reason: "Invoice 12 is open.", Typed: tenant.Name})
	return err
}

// retire sets the state of the port's version, as no use case does yet.
func (w *accessWorld) retire(to models.VersionState, action string) error {
	tenant, err := w.store.TenantBySlug(w.ctx, "port")
	if err != nil {
		return err
	}
	a := models.NewActor(models.Standing{User: w.users["operator"], Role: models.RoleAdmin}, tenant, models.Request{})
	return w.store.Do(w.ctx, a, models.APIManage, func(tx *store.Tx) error {
		_, v, err := tx.Version("berths", "v1")
		if err != nil {
			return err
		}
		v.State = to
		if err := tx.UpdateVersion(v); err != nil {
			return err
		}
		return tx.RecordAs(action, "version", v.ID, nil, nil, nil)
	})
}

// R67: nobody is let in to what is not there any more: not by approving, not by
// resuming, not by a plan that approves by itself. Where letting in and ending
// come at the same moment, one is first: whoever was in before stays on paper,
// and the gateway refuses their calls (TestASubscriptionOpensOneVersion in testkit).
func TestLettingInMeetsTheEnd(t *testing.T) {
	rounds := 6
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		rounds = 200
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := &race{accessWorld: newAccessWorld(t, o)}
		for name, e := range endings {
			r.one(e)
			won, lost := 0, 0
			for range rounds {
				in, out := r.atOnce(e)
				won, lost = won+in, lost+out
			}
			r.orderly(e)
			t.Logf("%s: %d were let in before the end, %d refused after it", name, won, lost)
		}
	})
}

// one after the other: the end first.
func (r *race) one(e ending) {
	r.t.Helper()
	r.ready()
	r.must(e.end(r.accessWorld))
	for what, let := range r.lettingIn() {
		if err := let(); !slices.Contains(e.codes, fault.Code(err)) {
			r.t.Errorf("%s: %v", what, err)
		}
	}
	if in := r.in(); len(in) > 0 {
		r.t.Errorf("in are %v", in)
	}
	r.must(e.back(r.accessWorld))
	for what, let := range r.lettingIn() { // the control
		if err := let(); err != nil {
			r.t.Errorf("%s, when it is back: %v", what, err)
		}
	}
}

// atOnce lets in and ends at the same moment, and says how many were in time.
func (r *race) atOnce(e ending) (won, lost int) {
	r.t.Helper()
	r.ready()
	start := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	for what, let := range r.lettingIn() {
		wg.Go(func() {
			<-start
			err := let()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case slices.Contains(e.codes, fault.Code(err)):
				lost++
			default:
				r.t.Errorf("%s: %v", what, err)
			}
		})
	}
	wg.Go(func() {
		<-start
		if err := e.end(r.accessWorld); err != nil {
			r.t.Errorf("ending: %v", err)
		}
	})
	close(start)
	wg.Wait()
	r.must(e.back(r.accessWorld))
	return won, lost
}

// race is a world in which three teams are about to be let in: one whose request
// waits, one that is paused, one that asks under a plan that approves by itself.
type race struct {
	*accessWorld
	admin, asks     models.Actor
	waiting, paused portal.SubscriptionRow
}

// ready ends what the last round left and makes everything anew.
func (r *race) ready() {
	r.t.Helper()
	r.clock.Advance(25 * time.Hour) // R69
	s := r.portal.Subscriptions
	for _, name := range []string{"partner", "rival", "stranger"} {
		actor := r.actor(name, "port")
		own, err := s.Own(r.ctx, actor)
		if len(actor.Teams()) == 0 {
			continue
		}
		r.must(err)
		for _, row := range own {
			_, _ = s.Withdraw(r.ctx, actor, row.ID)
			_, _ = s.Leave(r.ctx, actor, row.ID)
		}
	}
	r.admin, r.asks = r.actor("admin", "port"), r.actor("stranger", "port")
	r.waiting = r.request("partner", "auto-false")
	r.paused = r.request("rival", "auto-true")
	_, err := s.Pause(r.ctx, r.admin, r.paused.ID, reason)
	r.must(err)
}

// lettingIn are the three ways in.
func (r *race) lettingIn() map[string]func() error {
	s := r.portal.Subscriptions
	return map[string]func() error{
		"approving": func() error { return second(s.Approve(r.ctx, r.admin, r.waiting.ID, r.waiting.Seen())) },
		"resuming":  func() error { return second(s.Resume(r.ctx, r.admin, r.paused.ID)) },
		"asking under a plan that approves": func() error {
			return second(s.Request(r.ctx, r.asks, portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-true", TeamName: "Strangers", Purpose: purpose}))
		},
	}
}

// in are the teams with an approved subscription.
func (r *race) in() (teams []string) {
	r.t.Helper()
	rows, _, err := r.portal.Subscriptions.List(r.ctx, r.admin, models.SubscriptionApproved, "", 99)
	r.must(err)
	for _, row := range rows {
		teams = append(teams, row.Team.Name)
	}
	return teams
}

// orderly reads the tenant's whole audit log: while ended nobody was let in.
func (r *race) orderly(e ending) {
	r.t.Helper()
	var events []audit.Event
	r.must(r.store.As(r.ctx, r.admin, func(t store.Tenant) error {
		for f := (store.AuditFilter{Limit: store.PageMost}); ; f.Before = events[len(events)-1].Seq {
			page, err := t.AuditEvents(f)
			events = append(events, page...)
			if err != nil || len(page) < store.PageMost {
				return err
			}
		}
	}))
	slices.Reverse(events)
	over, ends := false, 0
	for _, event := range events {
		switch event.Action {
		case e.ended:
			over = true
			ends++
		case e.resumed:
			over = false
		case "subscription.approve", "subscription.resume", "subscription.request":
			if over {
				r.t.Errorf("event %d: %s after %s", event.Seq, event.Action, e.ended)
			}
		}
	}
	if ends == 0 {
		r.t.Error("nothing ended")
	}
}
