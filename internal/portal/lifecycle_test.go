package portal_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// life is what a subscription ought to be, written down apart from the code.
type life struct {
	state, plan, wish, team string
	ends                    time.Time
	stale                   bool // it changed since it was last read
}

func (l life) stands() bool            { return l.state == "approved" || l.state == "paused" }
func (l life) over(now time.Time) bool { return l.stands() && !l.ends.IsZero() && !now.Before(l.ends) }

// R63, R64: whatever partners, admins and the clock do in whatever order, a
// subscription is what the model says, and what the model forbids is refused.
func TestALifeIsAsTheModelSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error { // the partner owns two teams
			spare := models.Team{ID: models.NewID(), Name: "spare"}
			return tx.InsertTeam(&spare, w.users["partner"].ID)
		})
		first, other := w.team("partner"), w.actor("partner", "port").Teams()[1]
		s := w.portal.Subscriptions
		size := map[string]int{"small": 1, "auto-false": 2, "auto-true": 2, "large": 3}
		states, most := map[string]bool{}, 8
		if o.Postgres() {
			most = 4
		}
		rapid.Check(t, func(rt *rapid.T) {
			w.clock.Advance(25 * time.Hour) // R69
			row, err := s.Request(w.ctx, w.actor("partner", "port"), portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-false", Team: first, Purpose: purpose})
			if err != nil {
				rt.Fatal(err)
			}
			id, seen := row.ID, row.Seen()
			m := life{state: "pending", plan: "auto-false", team: first}
			defer func() {
				finish(w, id)
				_, _ = s.Leave(w.ctx, w.actor("partner", "port"), id)
			}()
			admin, partner := w.actor("admin", "port"), w.actor("partner", "port")
			plan := func() string {
				return rapid.SampledFrom([]string{"small", "auto-false", "auto-true", "large"}).Draw(rt, "plan")
			}
			end := func() *time.Time {
				if rapid.Bool().Draw(rt, "has an end") {
					at := w.clock.Now().Add(time.Duration(rapid.IntRange(1, 72).Draw(rt, "hours")) * time.Hour)
					return &at
				}
				return nil
			}
			set := func(at *time.Time) time.Time {
				if at == nil {
					return time.Time{}
				}
				return *at
			}
			changed := func(do func()) func() { return func() { do(); m.stale = true } }
			// Each step returns whether the model allows it, what it does to the model, and the outcome.
			steps := map[string]func(now time.Time) (allowed bool, then func(), err error){
				"read": func(time.Time) (bool, func(), error) {
					d, err := s.Inspect(w.ctx, admin, id)
					seen = d.Seen()
					return true, func() { m.stale = false }, err
				},
				"approve": func(now time.Time) (bool, func(), error) {
					p, at := plan(), end()
					_, err := s.ApproveOn(w.ctx, admin, id, seen, &portal.Terms{Plan: p, Ends: at})
					return m.state == "pending" && !m.stale && size[p] <= size[m.plan], changed(func() { m.state, m.plan, m.ends = "approved", p, set(at) }), err
				},
				"deny": func(time.Time) (bool, func(), error) {
					return m.state == "pending" && !m.stale, changed(func() { m.state = "denied" }), second(s.Deny(w.ctx, admin, id, seen, reason))
				},
				"withdraw": func(time.Time) (bool, func(), error) {
					return m.state == "pending", changed(func() { m.state = "withdrawn" }), second(s.Withdraw(w.ctx, partner, id))
				},
				"ask": func(now time.Time) (bool, func(), error) {
					_, err := s.Ask(w.ctx, admin, id, "Which program?")
					return (m.state == "pending" || m.stands()) && !m.over(now), changed(func() {}), err
				},
				"answer": func(now time.Time) (bool, func(), error) {
					_, err := s.Answer(w.ctx, partner, id, "Our screens.")
					return (m.state == "pending" || m.stands()) && !m.over(now), changed(func() {}), err
				},
				"pause": func(now time.Time) (bool, func(), error) {
					return m.state == "approved" && !m.over(now), changed(func() { m.state = "paused" }), second(s.Pause(w.ctx, admin, id, reason))
				},
				"resume": func(now time.Time) (bool, func(), error) {
					return m.state == "paused" && !m.over(now), changed(func() { m.state = "approved" }), second(s.Resume(w.ctx, admin, id))
				},
				"end": func(time.Time) (bool, func(), error) {
					return m.stands(), changed(func() { m.state, m.wish = "ended", "" }), second(s.End(w.ctx, admin, id, reason))
				},
				"leave": func(time.Time) (bool, func(), error) {
					return m.stands(), changed(func() { m.state, m.wish = "ended", "" }), second(s.Leave(w.ctx, partner, id))
				},
				"end on": func(now time.Time) (bool, func(), error) {
					at := end()
					return m.stands() && !m.over(now), changed(func() { m.ends = set(at) }), second(s.EndOn(w.ctx, admin, id, at))
				},
				"change plan": func(now time.Time) (bool, func(), error) {
					p := plan()
					waits := p != m.plan && p != "auto-true" && size[p] > size[m.plan]
					_, err := s.ChangePlan(w.ctx, partner, id, p, "We grow and grow.")
					return m.stands() && !m.over(now) && p != m.plan, changed(func() {
						if waits {
							m.wish = p
						} else {
							m.plan, m.wish = p, ""
						}
					}), err
				},
				"keep plan": func(now time.Time) (bool, func(), error) {
					return m.wish != "" && !m.over(now), changed(func() { m.wish = "" }), second(s.KeepPlan(w.ctx, partner, id))
				},
				"approve plan": func(now time.Time) (bool, func(), error) {
					return m.wish != "" && !m.stale && !m.over(now), changed(func() { m.plan, m.wish = m.wish, "" }), second(s.ApprovePlan(w.ctx, admin, id, seen))
				},
				"deny plan": func(now time.Time) (bool, func(), error) {
					return m.wish != "" && !m.stale && !m.over(now), changed(func() { m.wish = "" }), second(s.DenyPlan(w.ctx, admin, id, seen, reason))
				},
				"transfer": func(now time.Time) (bool, func(), error) {
					to := rapid.SampledFrom([]string{first, other}).Draw(rt, "team")
					_, err := s.Transfer(w.ctx, partner, id, to)
					return m.stands() && !m.over(now) && to != m.team, changed(func() { m.team, m.wish = to, "" }), err
				},
				"time goes by": func(time.Time) (bool, func(), error) {
					w.clock.Advance(time.Duration(rapid.IntRange(1, 40).Draw(rt, "go by")) * time.Hour)
					return true, func() {}, nil
				},
				"the clock strikes": func(now time.Time) (bool, func(), error) {
					err := s.Due(w.ctx)
					return true, func() {
						if m.over(now) {
							m.state, m.wish = "ended", ""
						}
					}, err
				},
			}
			names := slices.Sorted(func(yield func(string) bool) {
				for name := range steps {
					if !yield(name) {
						return
					}
				}
			})
			for range rapid.IntRange(1, most).Draw(rt, "steps") {
				name := rapid.SampledFrom(names).Draw(rt, "step")
				now := models.Time(w.clock.Now())
				allowed, then, err := steps[name](now)
				if allowed != (err == nil) {
					rt.Fatalf("%s of %+v: allowed %v, but %v", name, m, allowed, err)
				}
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
					rt.Fatalf("%s of %+v: %v", name, m, err)
				}
				if err == nil {
					then()
				}
				d, err := s.Inspect(w.ctx, admin, id)
				if err != nil {
					rt.Fatal(err)
				}
				if name == "the clock strikes" { // which may have given a notice
					m.stale = m.stale || d.Seen() != seen
				}
				is := life{state: string(d.State), plan: d.Plan.Slug, wish: d.Wanted.Slug, team: d.TeamID, ends: m.ends, stale: m.stale}
				if d.EndsAt != nil {
					is.ends = d.EndsAt.UTC()
				}
				is.ends, m.ends = models.Time(is.ends), models.Time(m.ends)
				if is != m {
					rt.Fatalf("after %s: it is %+v, and ought to be %+v", name, is, m)
				}
				states[name+" "+m.state] = true
			}
		})
		if !t.Failed() && len(states) < 3*most {
			t.Errorf("only %d steps to states were taken: %v", len(states), states)
		}
	})
}
