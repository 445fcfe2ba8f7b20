package portal_test

import (
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// ask asks for the port's berths with everything that one can say.
func (w *accessWorld) ask(name string, change func(*portal.NewSubscription)) portal.SubscriptionRow {
	w.t.Helper()
	in := portal.NewSubscription{API: "berths", Version: "v1", Plan: "auto-false", Purpose: purpose}
	change(&in)
	row, err := w.portal.Subscriptions.Request(w.ctx, w.actor(name, "port"), in)
	w.must(err)
	return row
}

// let asks as the partner and approves.
func (w *accessWorld) let() portal.SubscriptionRow {
	w.t.Helper()
	row := w.request("partner", "auto-false")
	w.must(second(w.portal.Subscriptions.Approve(w.ctx, w.actor("admin", "port"), row.ID, row.Seen())))
	return w.read(row.ID)
}

// read is a subscription as it is now.
func (w *accessWorld) read(id string) portal.SubscriptionRow {
	w.t.Helper()
	d, err := w.portal.Subscriptions.Inspect(w.ctx, w.actor("admin", "port"), id)
	w.must(err)
	return d.SubscriptionRow
}

func (w *accessWorld) in(d time.Duration) *time.Time {
	at := models.Time(w.clock.Now().Add(d))
	return &at
}

// R64: an approval is on terms: as asked, for a time, with a plan that allows less
// and that is as it was shown.
func TestTermsOfAnApproval(t *testing.T) {
	const days = 24 * time.Hour
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		small := func() models.Plan {
			_, plans, err := w.portal.Plans.List(w.ctx, w.actor("manager", "port"), "berths")
			w.must(err)
			for _, p := range plans {
				if p.Slug == "small" {
					return p
				}
			}
			t.Fatal("no small plan")
			return models.Plan{}
		}
		stale := small().Revision
		changed := small()
		changed.Summary = "Another one."
		w.must(second(w.portal.Plans.Update(w.ctx, w.actor("manager", "port"), "berths", changed.ID, changed)))
		for name, c := range map[string]struct {
			wished *time.Time
			on     *portal.Terms
			code   string
			plan   string
			ends   *time.Time
		}{
			"as asked":                           {nil, nil, "", "auto-false", nil},
			"as asked, until the wished end":     {w.in(99 * days), nil, "", "auto-false", w.in(99 * days)},
			"for a time":                         {nil, &portal.Terms{Ends: w.in(5 * days)}, "", "auto-false", w.in(5 * days)},
			"without the wished end":             {w.in(99 * days), &portal.Terms{}, "", "auto-false", nil},
			"with a smaller plan":                {nil, &portal.Terms{Plan: "small", Seen: small().Revision}, "", "small", nil},
			"with a larger plan":                 {nil, &portal.Terms{Plan: "large"}, "invalid_input", "", nil},
			"with no plan of this API":           {nil, &portal.Terms{Plan: "none"}, "invalid_input", "", nil},
			"with a plan that changed meanwhile": {nil, &portal.Terms{Plan: "small", Seen: stale}, "changed_meanwhile", "", nil},
			"until yesterday":                    {nil, &portal.Terms{Ends: w.in(-days)}, "invalid_input", "", nil},
			"until the next century":             {nil, &portal.Terms{Ends: w.in(80 * 365 * days)}, "invalid_input", "", nil},
		} {
			w.ask("rival", func(s *portal.NewSubscription) {
				s.Team, s.WishedEnd, s.ExpectedCalls = w.team("rival"), c.wished, 1000
			})
			own, err := w.portal.Subscriptions.Own(w.ctx, w.actor("rival", "port"))
			w.must(err)
			row := own[0]
			_, err = w.portal.Subscriptions.ApproveOn(w.ctx, w.actor("admin", "port"), row.ID, row.Seen(), c.on)
			is := w.read(row.ID)
			switch {
			case fault.Code(err) != c.code || c.code == "" && err != nil:
				t.Errorf("%s: %v", name, err)
			case c.code != "" && is.State != models.SubscriptionPending:
				t.Errorf("%s: refused, and %s", name, is.State)
			case c.code == "" && (is.Plan.Slug != c.plan || (is.EndsAt == nil) != (c.ends == nil) || c.ends != nil && !is.EndsAt.Equal(*c.ends)):
				t.Errorf("%s: plan %s until %v", name, is.Plan.Slug, is.EndsAt)
			}
			_, _ = w.portal.Subscriptions.Withdraw(w.ctx, w.actor("rival", "port"), row.ID)
			_, _ = w.portal.Subscriptions.Leave(w.ctx, w.actor("rival", "port"), row.ID)
			w.clock.Advance(9 * time.Hour) // R69
		}
	})
}

// R64: a question moves nothing, is told to both sides, and is read before
// somebody decides. Only the two sides take part.
func TestQuestionsAndAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, row := w.portal.Subscriptions, w.request("partner", "auto-false")
		w.must(second(s.Ask(w.ctx, w.actor("admin", "port"), row.ID, "Which screens?")))
		if is := w.read(row.ID); is.State != models.SubscriptionPending || is.Seen() == row.Seen() {
			t.Errorf("after the question: %s, seen %s", is.State, is.Seen())
		}
		for who, n := range map[string]int{"partner": 1, "admin": 1, "admin2": 1, "colleague": 0, "rival": 0} {
			if got := w.inbox(who, models.NotifyMessage); got != n {
				t.Errorf("%s reads of it %d times, want %d", who, got, n)
			}
		}
		if w.mails("partner", portal.MailMessage) != 1 || w.mails("admin2", portal.MailMessage) != 1 || w.mails("admin", portal.MailMessage) != 0 {
			t.Error("the mails are not to everybody but the author")
		}
		if _, err := s.Approve(w.ctx, w.actor("admin2", "port"), row.ID, row.Seen()); fault.Code(err) != "changed_meanwhile" {
			t.Errorf("decided without reading the question: %v", err)
		}
		w.must(second(s.Answer(w.ctx, w.actor("partner", "port"), row.ID, "Those in the hall.")))
		said, err := s.Messages(w.ctx, w.actor("admin", "port"), row.ID)
		if err != nil || len(said) != 2 || said[0].FromTeam || !said[1].FromTeam || said[1].Body != "Those in the hall." {
			t.Errorf("%+v %v", said, err)
		}
		for name, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"by a member of the team":  {second(s.Answer(w.ctx, w.actor("colleague", "port"), row.ID, "Me too.")), fault.Forbidden},
			"by another team":          {second(s.Answer(w.ctx, w.actor("rival", "port"), row.ID, "Me too.")), fault.NotFound},
			"by a manager":             {second(s.Ask(w.ctx, w.actor("manager", "port"), row.ID, "Me too?")), fault.Forbidden},
			"by an admin as a partner": {second(s.Answer(w.ctx, w.actor("admin", "port"), row.ID, "Me too.")), fault.Forbidden},
			"from another tenant":      {second(s.Ask(w.ctx, w.actor("foreign-admin", "grid"), row.ID, "Me too?")), fault.NotFound},
			"of nothing":               {second(s.Ask(w.ctx, w.actor("admin", "port"), row.ID, " ")), fault.Invalid},
		} {
			if !fault.Is(c.err, c.kind) {
				t.Errorf("a message %s: %v", name, c.err)
			}
		}
		is := w.read(row.ID)
		w.must(second(s.Deny(w.ctx, w.actor("admin2", "port"), row.ID, is.Seen(), reason)))
		if _, err := s.Ask(w.ctx, w.actor("admin", "port"), row.ID, "And now?"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a question about what is denied: %v", err)
		}
	})
}

// A larger plan waits while the old one goes on, unless it approves by itself; a
// smaller one counts at once.
func TestAnotherPlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, id := w.portal.Subscriptions, w.let().ID
		change := func(plan string) {
			t.Helper()
			w.must(second(s.ChangePlan(w.ctx, w.actor("partner", "port"), id, plan, "More ships than ever.")))
		}
		expect := func(plan, wish string) portal.SubscriptionRow {
			t.Helper()
			row := w.read(id)
			if row.Plan.Slug != plan || row.Wanted.Slug != wish || row.State != models.SubscriptionApproved {
				t.Fatalf("%s under %s, wants %q; want %s and %q", row.State, row.Plan.Slug, row.Wanted.Slug, plan, wish)
			}
			return row
		}
		change("small")
		expect("small", "")
		change("auto-true")
		expect("auto-true", "")
		asked := w.inbox("admin2", models.NotifyRequested)
		change("large")
		row := expect("auto-true", "large")
		if w.inbox("admin2", models.NotifyRequested) != asked+1 || w.mails("admin2", portal.MailPlanAsked) != 1 {
			t.Error("the admins were not asked")
		}
		if rows, waiting, _, err := s.Inbox(w.ctx, w.actor("admin", "port"), portal.RequestsWaiting, "", 9); err != nil || len(rows) != 1 || waiting != 1 {
			t.Errorf("the inbox has %d of %d: %v", len(rows), waiting, err)
		}
		w.must(second(s.DenyPlan(w.ctx, w.actor("admin", "port"), id, row.Seen(), reason)))
		expect("auto-true", "")
		change("large")
		row = expect("auto-true", "large")
		p := row.Wanted
		p.Summary = "Changed meanwhile."
		w.must(second(w.portal.Plans.Update(w.ctx, w.actor("manager", "port"), "berths", p.ID, p)))
		if _, err := s.ApprovePlan(w.ctx, w.actor("admin", "port"), id, row.Seen()); fault.Code(err) != "changed_meanwhile" { // R64
			t.Errorf("a plan that changed since: %v", err)
		}
		w.must(second(s.ApprovePlan(w.ctx, w.actor("admin", "port"), id, w.read(id).Seen())))
		expect("large", "")
		if _, err := s.ChangePlan(w.ctx, w.actor("partner", "port"), id, "large", ""); fault.Code(err) != "same_plan" {
			t.Errorf("to the same plan: %v", err)
		}
		if _, err := s.ChangePlan(w.ctx, w.actor("colleague", "port"), id, "small", ""); fault.Code(err) != "not_allowed" {
			t.Errorf("by a member: %v", err)
		}
	})
}

// R65: an owner of both teams hands a subscription over, or who runs the tenant,
// but not to or from a team of their own.
func TestHandingOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, id, own, rival := w.portal.Subscriptions, w.let().ID, w.team("partner"), w.team("rival")
		for name, c := range map[string]struct {
			who, to string
			code    string
		}{
			"by an owner of one team": {"partner", rival, "invalid_input"},
			"by the other's owner":    {"rival", rival, "not_found"},
			"by a member":             {"colleague", rival, "not_allowed"},
			"by a manager":            {"manager", rival, "not_allowed"},
			"to the team that has it": {"admin", own, "same_team"},
			"to no team":              {"admin", models.NewID(), "invalid_input"},
		} {
			if _, err := s.Transfer(w.ctx, w.actor(c.who, "port"), id, c.to); fault.Code(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.must(second(s.Answer(w.ctx, w.actor("partner", "port"), id, "Our ships are late this year.")))
		w.clock.Advance(time.Minute)
		_, before := w.changes(0)
		w.must(second(s.Transfer(w.ctx, w.actor("admin", "port"), id, rival)))
		if fed, _ := w.changes(before); len(fed) != 1 || fed[0] != "subscription "+id {
			t.Errorf("gateways are told %v", fed)
		}
		w.must(second(s.Answer(w.ctx, w.actor("rival", "port"), id, "Thank you.")))
		read := func(who string) int {
			d, err := s.OwnOne(w.ctx, w.actor(who, "port"), id)
			w.must(err)
			return len(d.Messages)
		}
		if all, err := s.Messages(w.ctx, w.actor("admin", "port"), id); err != nil || len(all) != 2 || read("rival") != 1 {
			t.Errorf("%v: of %d messages the new team reads %d", err, len(all), read("rival"))
		}
		if rows, _ := s.Own(w.ctx, w.actor("partner", "port")); len(rows) != 0 {
			t.Error("the old team still has it")
		}
		for _, who := range []string{"partner", "rival", "admin2"} {
			if w.inbox(who, models.NotifySubscription) != 1 {
				t.Errorf("%s was not told", who)
			}
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(own, w.users["admin"].ID, models.TeamMember)
		})
		if _, err := s.Transfer(w.ctx, w.actor("admin", "port"), id, own); fault.Code(err) != "self_approval" {
			t.Errorf("to the admin's own team: %v", err)
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertTeam(&models.Team{ID: models.NewID(), Name: "Quay"}, w.users["manager"].ID)
		})
		w.must(w.portal.Members.NameStandIn(w.ctx, w.proven("admin2", "port", models.StandInName, w.users["admin2"].ID), w.users["manager"].ID, *w.in(0), *w.in(time.Hour)))
		if _, err := s.Transfer(w.ctx, w.actor("manager", "port"), id, own); fault.Code(err) != "not_found" {
			t.Errorf("by who stands in for an admin, and owns another team: %v", err)
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(own, w.users["rival"].ID, models.TeamOwner)
		})
		w.must(second(s.Transfer(w.ctx, w.actor("rival", "port"), id, own)))
		if w.read(id).TeamID != own {
			t.Error("an owner of both could not")
		}
	})
}

// An approval is the team's: a lost token is replaced without anybody deciding anew.
func TestANewTokenNeedsNoApproval(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		id := w.let().ID
		lost, _ := w.token("first")
		w.must(w.portal.Tokens.Revoke(w.ctx, w.actor("partner", "port"), lost.ID, models.CauseUnneeded, "Lost on a train."))
		asked := w.inbox("admin", models.NotifyRequested)
		if next, _ := w.token("second"); next.State != models.TokenActive {
			t.Errorf("the next token is %s", next.State)
		}
		if is := w.read(id); is.State != models.SubscriptionApproved || w.inbox("admin", models.NotifyRequested) != asked {
			t.Errorf("the subscription is %s, and the admins were asked again", is.State)
		}
	})
}

// R65: an exception is for a time. What a team changes to by itself is held against
// the plan that was agreed on.
func TestAnExceptionIsNoPlanToStayWithin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, row := w.portal.Subscriptions, w.let()
		w.must(second(w.portal.Plans.Except(w.ctx, w.actor("manager", "port"), "berths", row.PlanID, portal.NewException{
			Team: row.TeamID, Limits: models.Plan{Rates: []models.Rate{{Calls: 1_000_000, Seconds: 1}}}, Reason: reason, EndsAt: w.clock.Now().Add(time.Hour),
		})))
		w.must(second(s.ChangePlan(w.ctx, w.actor("partner", "port"), row.ID, "large", "More ships than ever.")))
		if is := w.read(row.ID); is.PlanID != row.PlanID || is.Wanted.Slug != "large" {
			t.Errorf("under %s, wants %q", is.Plan.Slug, is.Wanted.Slug)
		}
	})
}

// R65: a wish is decided by another person than who has it, whoever asked for access.
func TestNobodyGrantsTheirOwnWish(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, id, team := w.portal.Subscriptions, w.let().ID, w.team("partner")
		port := w.actor("admin", "port").Tenant()
		w.do(port, func(tx *store.Tx) error { return tx.InsertMembership(team, w.users["admin"].ID, models.TeamOwner) })
		w.must(second(s.ChangePlan(w.ctx, w.actor("admin", "port"), id, "large", "More ships than ever.")))
		w.do(port, func(tx *store.Tx) error { return tx.DeleteMembership(team, w.users["admin"].ID) })
		if _, err := s.ApprovePlan(w.ctx, w.actor("admin", "port"), id, w.read(id).Seen()); fault.Code(err) != "self_approval" {
			t.Errorf("got %v", err)
		}
		w.must(second(s.ApprovePlan(w.ctx, w.actor("admin2", "port"), id, w.read(id).Seen())))
	})
}
