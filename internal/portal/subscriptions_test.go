package portal_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

const reason = "Please say more."

// The way of a request: asked by a partner, told to admins, decided, told to the partner.
func TestARequestIsAskedToldAndDecided(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("partner", "auto-false")
		if row.State != models.SubscriptionPending || w.inbox("admin", models.NotifyRequested) != 1 || w.mails("admin2", portal.MailAsked) != 1 {
			t.Errorf("after asking: %s, %d notifications, %d mails", row.State, w.inbox("admin", models.NotifyRequested), w.mails("admin2", portal.MailAsked))
		}
		row, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), row.ID, row.Seen())
		if err != nil || row.State != models.SubscriptionApproved || row.DecidedBy != w.users["admin"].ID {
			t.Fatalf("approved: %+v %v", row.Subscription, err)
		}
		if w.inbox("partner", models.NotifyDecided) != 1 || w.mails("partner", portal.MailDecided) != 1 {
			t.Error("the partner was not told")
		}
	})
}

// The end of access is told to the other side of the door that it came through,
// by mail too, also where an admin is in the team.
func TestTheEndIsToldToTheOtherSide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(w.team("partner"), w.users["admin"].ID, models.TeamOwner)
		})
		told := func(who string) int {
			return w.inbox(who, models.NotifySubscription) + w.mails(who, portal.MailSubscription)
		}
		approved := func() string {
			row := w.request("partner", "auto-false")
			_, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin2", "port"), row.ID, row.Seen())
			w.must(err)
			return row.ID
		}
		_, err := w.portal.Subscriptions.End(w.ctx, w.actor("admin", "port"), approved(), reason)
		w.must(err)
		if told("partner") != 2 || told("admin2") != 0 {
			t.Errorf("an admin of the team ended it: the partner was told %d times, the other admin %d times", told("partner"), told("admin2"))
		}
		_, err = w.portal.Subscriptions.Leave(w.ctx, w.actor("partner", "port"), approved())
		w.must(err)
		if told("partner") != 2 || told("admin2") != 2 {
			t.Errorf("the partner ended it: the partner was told %d times, the admin %d times", told("partner"), told("admin2"))
		}
	})
}

// A plan may approve by itself; who has no team becomes the owner of a new one.
func TestTheFirstRequestMakesATeamOfOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("stranger", "auto-true")
		a := w.actor("stranger", "port")
		if row.State != models.SubscriptionApproved || row.DecidedBy != models.DecidedByPlan || a.TeamRole(row.TeamID) != models.TeamOwner {
			t.Errorf("%s by %s, %v", row.State, row.DecidedBy, a.Teams())
		}
	})
}

func TestRequestsThatCannotBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		good := portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-false", Purpose: purpose}
		for name, c := range map[string]struct {
			who    string
			change func(*portal.NewSubscription)
			kind   fault.Kind
		}{
			"without a purpose":          {"partner", func(s *portal.NewSubscription) { s.Purpose = "" }, fault.Invalid},
			"under no plan":              {"partner", func(s *portal.NewSubscription) { s.Plan = "none" }, fault.Invalid},
			"to no API":                  {"partner", func(s *portal.NewSubscription) { s.API = "none" }, fault.NotFound},
			"to no version":              {"partner", func(s *portal.NewSubscription) { s.Version = "v9" }, fault.NotFound},
			"for somebody else's team":   {"partner", func(s *portal.NewSubscription) { s.Team = w.team("rival") }, fault.Invalid},
			"by a member, not an owner":  {"colleague", func(*portal.NewSubscription) {}, fault.Forbidden},
			"for a team without a name":  {"stranger", func(*portal.NewSubscription) {}, fault.Invalid},
			"for a team with a bad name": {"stranger", func(s *portal.NewSubscription) { s.TeamName = strings.Repeat("x", 61) }, fault.Invalid},
		} {
			in := good
			c.change(&in)
			if _, err := w.portal.Subscriptions.Request(w.ctx, w.actor(c.who, "port"), in); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(w.actor("stranger", "port").Teams()); n != 0 {
			t.Errorf("a refused request left %d teams", n)
		}
	})
}

// R63: the state machine, every step from every state.
func TestStatesOfASubscription(t *testing.T) {
	steps := map[string]func(*accessWorld, portal.SubscriptionRow) (portal.SubscriptionRow, error){
		"approve": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), r.ID, r.Seen())
		},
		"deny": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Deny(w.ctx, w.actor("admin", "port"), r.ID, r.Seen(), reason)
		},
		"pause": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Pause(w.ctx, w.actor("admin", "port"), r.ID, reason)
		},
		"resume": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Resume(w.ctx, w.actor("admin", "port"), r.ID)
		},
		"end": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.End(w.ctx, w.actor("admin", "port"), r.ID, reason)
		},
		"withdraw": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Withdraw(w.ctx, w.actor("partner", "port"), r.ID)
		},
		"leave": func(w *accessWorld, r portal.SubscriptionRow) (portal.SubscriptionRow, error) {
			return w.portal.Subscriptions.Leave(w.ctx, w.actor("partner", "port"), r.ID)
		},
	}
	to := map[models.SubscriptionState]map[string]models.SubscriptionState{
		models.SubscriptionPending:   {"approve": models.SubscriptionApproved, "deny": models.SubscriptionDenied, "withdraw": models.SubscriptionWithdrawn},
		models.SubscriptionApproved:  {"pause": models.SubscriptionPaused, "end": models.SubscriptionEnded, "leave": models.SubscriptionEnded},
		models.SubscriptionPaused:    {"resume": models.SubscriptionApproved, "end": models.SubscriptionEnded, "leave": models.SubscriptionEnded},
		models.SubscriptionDenied:    {},
		models.SubscriptionWithdrawn: {},
		models.SubscriptionEnded:     {},
	}
	ways := map[models.SubscriptionState][]string{
		models.SubscriptionApproved: {"approve"}, models.SubscriptionPaused: {"approve", "pause"}, models.SubscriptionDenied: {"deny"},
		models.SubscriptionWithdrawn: {"withdraw"}, models.SubscriptionEnded: {"approve", "end"},
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		for from, allowed := range to {
			for name, step := range steps {
				w.clock.Advance(25 * time.Hour) // R69
				row := w.request("partner", "auto-false")
				for _, way := range ways[from] {
					var err error
					if row, err = steps[way](w, row); err != nil {
						t.Fatalf("%s: %v", way, err)
					}
					row.Revision++
				}
				after, err := step(w, row)
				want, ok := allowed[name]
				if ok && (err != nil || after.State != want) {
					t.Errorf("%s of %s: %s, %v", name, from, after.State, err)
				}
				if !ok && !fault.Is(err, fault.Conflict) {
					t.Errorf("%s of %s was not refused: %v", name, from, err)
				}
				finish(w, row.ID)
			}
		}
	})
}

// finish brings a subscription to its end, however it stands.
func finish(w *accessWorld, id string) {
	_, _ = w.portal.Subscriptions.Withdraw(w.ctx, w.actor("partner", "port"), id)
	_, _ = w.portal.Subscriptions.Leave(w.ctx, w.actor("partner", "port"), id)
}

// R63: of many decisions at once one is carried out, recorded and told; the
// others learn who was quicker.
func TestOneDecisionWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("partner", "auto-false")
		actors := []models.Actor{w.actor("admin", "port"), w.actor("admin2", "port")}
		results := make(chan error, 12)
		var wg sync.WaitGroup
		for i := range cap(results) {
			wg.Go(func() {
				var err error
				if a := actors[i%2]; i%3 == 0 {
					_, err = w.portal.Subscriptions.Deny(context.Background(), a, row.ID, row.Seen(), reason)
				} else {
					_, err = w.portal.Subscriptions.Approve(context.Background(), a, row.ID, row.Seen())
				}
				results <- err
			})
		}
		wg.Wait()
		close(results)
		won := 0
		for err := range results {
			switch {
			case err == nil:
				won++
			case fault.Code(err) != "already_decided" || !strings.Contains(fault.From(err).Message, "by admin"):
				t.Error(err)
			}
		}
		events := w.audited("port", row.ID)
		if won != 1 || events["subscription.approve"]+events["subscription.deny"] != 1 || w.inbox("partner", models.NotifyDecided) != 1 {
			t.Errorf("%d won, %v, %d notifications", won, events, w.inbox("partner", models.NotifyDecided))
		}
	})
}

// R64: what is decided is what was shown.
func TestADecisionOnWhatChangedIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("partner", "auto-false")
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			plan := row.Plan
			plan.Rates = []models.Rate{{Calls: 1_000_000, Seconds: 1}}
			return tx.UpdatePlan(plan)
		})
		if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), row.ID, row.Seen()); fault.Code(err) != "changed_meanwhile" {
			t.Errorf("approved under a plan that nobody looked at: %v", err)
		}
	})
}

// R65: nobody decides their own request, nor their team's, unless the tenant allows it.
func TestNoSelfApproval(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		own := w.request("admin", "auto-false")
		team := w.request("partner", "auto-false")
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(team.TeamID, w.users["admin"].ID, models.TeamMember)
		})
		for name, row := range map[string]portal.SubscriptionRow{"one's own request": own, "one's team's request": team} {
			if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), row.ID, row.Seen()); fault.Code(err) != "self_approval" {
				t.Errorf("%s was approved: %v", name, err)
			}
			if _, err := w.portal.Subscriptions.Deny(w.ctx, w.actor("admin", "port"), row.ID, row.Seen(), reason); fault.Code(err) != "self_approval" {
				t.Errorf("%s was denied: %v", name, err)
			}
		}
		if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin2", "port"), own.ID, own.Seen()); err != nil {
			t.Errorf("another admin: %v", err)
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			tenant := w.actor("admin", "port").Tenant()
			tenant.SelfApproval = true
			return tx.UpdateTenant(tenant)
		})
		if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), team.ID, team.Seen()); err != nil {
			t.Errorf("where the tenant allows it: %v", err)
		}
	})
}

// R67: nobody is let in to what is not there any more.
func TestApprovalRestsOnALiveVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("partner", "auto-false")
		tenant := w.actor("admin", "port").Tenant()
		version := w.api["port"]
		version.State = models.VersionRetired
		w.do(tenant, func(tx *store.Tx) error { return tx.UpdateVersion(version) })
		if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), row.ID, row.Seen()); fault.Code(err) != "version_not_published" {
			t.Errorf("a retired version: %v", err)
		}
	})
}

// R69: a team asks for an API three times a day.
func TestRequestsADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		again := func() error {
			row, err := w.portal.Subscriptions.Request(w.ctx, w.actor("partner", "port"), portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-false", Purpose: purpose})
			if err == nil {
				finish(w, row.ID)
			}
			return err
		}
		for i := range portal.RequestsPerDay {
			if err := again(); err != nil {
				t.Fatalf("request %d: %v", i+1, err)
			}
		}
		if err := again(); !fault.Is(err, fault.TooMany) {
			t.Errorf("one more: %v", err)
		}
		w.clock.Advance(24*time.Hour + time.Second)
		if err := again(); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

// R48, R52: a subscription of another team or tenant is not there.
func TestForeignSubscriptionsAreNotThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		id := w.request("partner", "auto-true").ID
		s := w.portal.Subscriptions
		for name, err := range map[string]error{
			"another team withdraws":  second(s.Withdraw(w.ctx, w.actor("rival", "port"), id)),
			"another team ends it":    second(s.Leave(w.ctx, w.actor("rival", "port"), id)),
			"another tenant looks":    second(s.Inspect(w.ctx, w.actor("foreign-admin", "grid"), id)),
			"another tenant ends it":  second(s.End(w.ctx, w.actor("foreign-admin", "grid"), id, reason)),
			"another tenant pauses":   second(s.Pause(w.ctx, w.actor("foreign-admin", "grid"), id, reason)),
			"another tenant approves": second(s.Approve(w.ctx, w.actor("foreign-admin", "grid"), id, "1.1")),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Leave(w.ctx, w.actor("colleague", "port"), id); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a member who is no owner ends it: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
