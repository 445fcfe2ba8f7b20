package portal_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R64: what is decided is what was shown. Whatever of the plan or of the request
// changes after that, the decision is refused, and goes through once it was
// looked at again. What does not stand on the request stops nobody: another plan,
// another request, a later document of the version (R66 as settled).
func TestADecisionIsAboutWhatWasSeen(t *testing.T) {
	plan := func(change func(*models.Plan)) func(*accessWorld, portal.SubscriptionRow) {
		return func(w *accessWorld, row portal.SubscriptionRow) {
			p := row.Plan
			change(&p)
			w.must(second(w.portal.Plans.Update(w.ctx, w.actor("manager", "port"), "berths", row.Plan.ID, p)))
		}
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		port := w.actor("admin", "port").Tenant()
		for name, tt := range map[string]struct {
			change  func(*accessWorld, portal.SubscriptionRow)
			seen    string // in place of what was shown
			refused bool
		}{
			"nothing changes":                   {refused: false},
			"the plan allows more":              {change: plan(func(p *models.Plan) { p.Rates = []models.Rate{{Calls: 1_000_000, Seconds: 1}} }), refused: true},
			"the plan gets a quota":             {change: plan(func(p *models.Plan) { p.QuotaCalls, p.QuotaPeriod = 5, models.QuotaDay }), refused: true},
			"the plan gets another name":        {change: plan(func(p *models.Plan) { p.Name = "Another plan" }), refused: true},
			"the plan gets another description": {change: plan(func(p *models.Plan) { p.Summary = "For tests only." }), refused: true},
			"the plan approves by itself":       {change: plan(func(p *models.Plan) { p.AutoApprove = !p.AutoApprove }), refused: true},
			"the plan is no longer offered": {change: func(w *accessWorld, row portal.SubscriptionRow) {
				w.must(second(w.portal.Plans.Archive(w.ctx, w.actor("manager", "port"), "berths", row.Plan.ID)))
			}, refused: true},
			"the request changes": {change: func(w *accessWorld, row portal.SubscriptionRow) { // as nothing in the portal does yet
				w.do(port, func(tx *store.Tx) error { return tx.MoveSubscription(row.Subscription, row.State) })
			}, refused: true},
			"it was never shown":           {seen: "none", refused: true},
			"it was shown as it never was": {seen: "9.9", refused: true},
			"its own part was shown alone": {seen: "1", refused: true},
			"another plan changes": {change: func(w *accessWorld, row portal.SubscriptionRow) {
				plans, err := w.plans("berths")
				w.must(err)
				for _, p := range plans {
					if p.ID != row.Plan.ID {
						p.Summary = "Changed."
						w.must(second(w.portal.Plans.Update(w.ctx, w.actor("manager", "port"), "berths", p.ID, p)))
					}
				}
			}, refused: false},
			"another team asks, and is decided": {change: func(w *accessWorld, row portal.SubscriptionRow) {
				other, err := w.portal.Subscriptions.Request(w.ctx, w.actor("rival", "port"), portal.NewSubscription{API: "berths", Version: "v1", Plan: row.Plan.Slug, Purpose: purpose})
				w.must(err)
				w.must(second(w.portal.Subscriptions.Deny(w.ctx, w.actor("admin", "port"), other.ID, other.Seen(), reason)))
			}, refused: false},
			"a later document is published": {change: func(w *accessWorld, row portal.SubscriptionRow) {
				w.do(port, func(tx *store.Tx) error {
					r := models.Revision{ID: models.NewID(), VersionID: row.VersionID, Document: []byte{}, SHA256: []byte{}, Outline: []byte{}}
					if err := tx.InsertRevision(&r, []models.Operation{operation("GET", "/more", models.ClassRead)}); err != nil {
						return err
					}
					_, v, err := tx.Version("berths", "v1")
					if err != nil {
						return err
					}
					if err := v.Publish(r.ID, tx.Now()); err != nil {
						return err
					}
					return tx.UpdateVersion(v)
				})
			}, refused: false},
		} {
			for decision, decide := range map[string]func(id, seen string) error{
				"approving": func(id, seen string) error {
					return second(w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), id, seen))
				},
				"denying": func(id, seen string) error {
					return second(w.portal.Subscriptions.Deny(w.ctx, w.actor("admin", "port"), id, seen, reason))
				},
			} {
				if decision == "denying" && !slices.Contains([]string{"nothing changes", "the plan allows more", "it was never shown"}, name) {
					continue // the two ask the same question in the same place
				}
				t.Run(name+", "+decision, func(t *testing.T) {
					w.clock.Advance(25 * time.Hour) // R69
					slug := "seen-" + models.NewID()[24:]
					w.must(second(w.portal.Plans.Create(w.ctx, w.actor("manager", "port"), "berths", models.Plan{Slug: slug, Name: "Plan", Rates: []models.Rate{{Calls: 10, Seconds: 1}}})))
					row := w.request("partner", slug)
					seen := row.Seen()
					if tt.change != nil {
						tt.change(w, row)
					}
					switch tt.seen {
					case "":
					case "none":
						seen = ""
					default:
						seen = tt.seen
					}
					err := decide(row.ID, seen)
					if tt.refused && fault.Code(err) != "changed_meanwhile" || !tt.refused && err != nil {
						t.Errorf("%v", err)
					}
					if tt.refused {
						d, err := w.portal.Subscriptions.Inspect(w.ctx, w.actor("admin", "port"), row.ID)
						w.must(err)
						if d.State != models.SubscriptionPending || decide(row.ID, d.Seen()) != nil { // the control: looked at again
							t.Errorf("it is %s, and cannot be decided", d.State)
						}
					}
					finish(w, row.ID)
				})
			}
		}
	})
}

// plans of one of the port's APIs.
func (w *accessWorld) plans(api string) ([]models.Plan, error) {
	_, plans, err := w.portal.Plans.List(w.ctx, w.actor("manager", "port"), api)
	return plans, err
}
