package portal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// strike lets the clock strike twice, as jobs may.
func (w *accessWorld) strike() {
	w.t.Helper()
	for range 2 {
		w.must(w.portal.Subscriptions.Due(w.ctx))
	}
}

// The owners of a team are told 30, 7 and 1 days before the end, once each; then
// access ends, and both sides are told.
func TestTheEndIsToldBeforeItComes(t *testing.T) {
	const day = 24 * time.Hour
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		s, id := w.portal.Subscriptions, w.let().ID
		w.must(second(s.EndOn(w.ctx, w.actor("admin", "port"), id, w.in(40*day))))
		told := w.mails("partner", portal.MailEnding)
		for _, step := range []struct {
			after time.Duration
			more  int
		}{{9 * day, 0}, {day, 1}, {22 * day, 0}, {day, 1}, {5 * day, 0}, {day, 1}, {12 * time.Hour, 0}} {
			w.clock.Advance(step.after)
			w.strike()
			if n := w.mails("partner", portal.MailEnding); n != told+step.more {
				t.Fatalf("%v later: %d notices, want %d more than %d", step.after, n, step.more, told)
			} else {
				told = n
			}
		}
		if w.mails("colleague", portal.MailEnding) != 0 || w.mails("rival", portal.MailEnding) != 0 {
			t.Error("others were told, too")
		}
		w.clock.Advance(12 * time.Hour)
		if is := w.read(id); is.State != models.SubscriptionApproved || !is.Over(w.clock.Now()) {
			t.Fatalf("at its end it is %s", is.State)
		}
		if _, err := s.EndOn(w.ctx, w.actor("admin", "port"), id, w.in(day)); fault.Code(err) != "subscription_over" {
			t.Errorf("what is over was given more time: %v", err)
		}
		before := w.mails("partner", portal.MailSubscription)
		w.strike()
		if is := w.read(id); is.State != models.SubscriptionEnded || !strings.Contains(is.Reason, "time was up") {
			t.Errorf("after its end it is %s: %s", is.State, is.Reason)
		}
		if w.mails("partner", portal.MailSubscription) != before+1 || w.mails("admin", portal.MailSubscription) != 1 {
			t.Error("the end was not told once to both sides")
		}
		if done := w.audited("port", id); done["subscription.expire"] != 1 || done["subscription.notice"] != 3 {
			t.Errorf("audited: %v", done)
		}
		w.request("partner", "auto-false") // the way is free to ask anew
	})
}

// A date that is near when it is set is told once, not again as a notice.
func TestANearEndIsToldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		id := w.let().ID
		w.must(second(w.portal.Subscriptions.EndOn(w.ctx, w.actor("admin", "port"), id, w.in(5*24*time.Hour))))
		w.strike()
		if n := w.mails("partner", portal.MailEnding); n != 0 {
			t.Errorf("%d notices at once", n)
		}
		w.clock.Advance(4 * 24 * time.Hour)
		w.strike()
		if n := w.mails("partner", portal.MailEnding); n != 1 {
			t.Errorf("%d notices a day before", n)
		}
	})
}

// What waits longer than the tenant wants is told once more to all who decide,
// is marked, and stands with the oldest first.
func TestWhatWaitsTooLong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		row := w.request("partner", "auto-false")
		w.clock.Advance(2 * 24 * time.Hour)
		later := w.ask("rival", func(*portal.NewSubscription) {})
		w.clock.Advance(23 * time.Hour)
		w.strike()
		if w.inbox("admin", models.NotifyOverdue) != 0 {
			t.Error("told before three days were over")
		}
		w.clock.Advance(time.Hour)
		w.strike()
		for who, n := range map[string]int{"admin": 1, "admin2": 1, "manager": 0, "partner": 0} {
			if w.inbox(who, models.NotifyOverdue) != n || w.mails(who, portal.MailOverdue) != n {
				t.Errorf("%s was told %d times, want %d", who, w.mails(who, portal.MailOverdue), n)
			}
		}
		rows, _, _, err := w.portal.Subscriptions.Inbox(w.ctx, w.actor("admin", "port"), portal.RequestsWaiting, "", 9)
		if err != nil || len(rows) != 2 || rows[0].ID != row.ID || rows[0].EscalatedAt == nil || rows[1].ID != later.ID || rows[1].EscalatedAt != nil {
			t.Errorf("%+v %v", rows, err)
		}
		tenant := w.actor("admin", "port").Tenant()
		tenant.EscalateDays = 0
		w.must(second(w.portal.Tenants.Configure(w.ctx, w.actor("admin", "port"), tenant)))
		w.clock.Advance(9 * 24 * time.Hour)
		w.strike()
		if w.mails("admin", portal.MailOverdue) != 1 {
			t.Error("told although the tenant wants none of it")
		}
	})
}

// Who wants one mail a day gets it at its hour with all that waits, and none for
// each; nothing where nothing waits.
func TestOneMailADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.must(w.portal.Members.HearDaily(w.ctx, w.actor("admin", "port"), true))
		w.strike()
		next := func() { // the next hour of the daily mails
			now := w.clock.Now().UTC()
			at := now.Truncate(24 * time.Hour).Add(portal.DailyHour * time.Hour)
			if !at.After(now) {
				at = at.AddDate(0, 0, 1)
			}
			w.clock.Advance(at.Sub(now))
		}
		next()
		w.strike()
		if n := w.mails("admin", portal.MailWaiting); n != 0 {
			t.Errorf("%d mails though nothing waits", n)
		}
		row := w.request("partner", "auto-false")
		if w.mails("admin", portal.MailAsked) != 0 || w.mails("admin2", portal.MailAsked) != 1 || w.inbox("admin", models.NotifyRequested) != 1 {
			t.Error("a request was not told as each of the admins wants")
		}
		w.clock.Advance(time.Hour)
		w.strike()
		if n := w.mails("admin", portal.MailWaiting); n != 0 {
			t.Errorf("%d mails before the hour", n)
		}
		next()
		w.strike()
		w.clock.Advance(time.Hour)
		w.strike()
		if w.mails("admin", portal.MailWaiting) != 1 || w.mails("admin2", portal.MailWaiting) != 0 {
			t.Errorf("%d and %d mails a day", w.mails("admin", portal.MailWaiting), w.mails("admin2", portal.MailWaiting))
		}
		w.mu.Lock()
		i := slices.IndexFunc(w.jobs, func(j store.Job) bool { m, ok := j.(portal.Mail); return ok && m.Mail == portal.MailWaiting })
		items := w.jobs[i].(portal.Mail).Facts.Items
		w.mu.Unlock()
		if len(items) != 1 || items[0].Path != "/t/port/admin/requests/"+row.ID || !strings.HasPrefix(items[0].Text, "partner-team: berths v1") {
			t.Errorf("%+v", items)
		}
	})
}

// A stand-in decides for the time that was named and about nothing else, hears of
// requests, and has no more right than whom they stand in for (R65).
func TestStandIns(t *testing.T) {
	const day = 24 * time.Hour
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		name := func(from, until time.Duration) error {
			return w.portal.Members.NameStandIn(w.ctx, w.proven("admin", "port", models.StandInName, w.users["admin"].ID), w.users["manager"].ID, *w.in(from), *w.in(until))
		}
		may := func(who string) bool { return w.actor(who, "port").Can(models.SubscriptionDecide) }
		unproven := w.portal.Members.NameStandIn(w.ctx, w.actor("admin", "port"), w.users["manager"].ID, *w.in(0), *w.in(day))
		stranger := w.portal.Members.NameStandIn(w.ctx, w.proven("admin", "port", models.StandInName, w.users["admin"].ID), w.users["partner"].ID, *w.in(0), *w.in(day))
		if fault.Code(unproven) != "step_up_required" || fault.Code(stranger) != "invalid_input" || fault.Code(name(day, 0)) != "invalid_input" || fault.Code(name(0, 99*day)) != "invalid_input" {
			t.Errorf("%v, %v", unproven, stranger)
		}
		if err := w.portal.Members.NameStandIn(w.ctx, w.actor("manager", "port"), w.users["admin"].ID, *w.in(0), *w.in(day)); fault.Code(err) != "not_allowed" {
			t.Errorf("a manager hands on what they do not have: %v", err)
		}
		w.must(name(day, 3*day))
		if may("manager") {
			t.Error("they decide before their time")
		}
		w.clock.Advance(day)
		row := w.request("partner", "auto-false")
		if !may("manager") || w.inbox("manager", models.NotifyRequested) != 1 || w.mails("manager", portal.MailAsked) != 1 || w.mails("admin", portal.MailAsked) != 1 {
			t.Error("they do not decide, or do not hear")
		}
		for _, a := range []models.Action{models.SubscriptionTransfer, models.TokenRevokeAny, models.MemberManage, models.TenantConfigure, models.StandInName} {
			if w.actor("manager", "port").Can(a) {
				t.Errorf("they may %s, too", a)
			}
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(w.team("partner"), w.users["admin"].ID, models.TeamMember)
		})
		if _, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("manager", "port"), row.ID, row.Seen()); fault.Code(err) != "self_approval" {
			t.Errorf("they decided about a team of whom they stand in for: %v", err)
		}
		other := w.ask("rival", func(*portal.NewSubscription) {})
		row, err := w.portal.Subscriptions.Approve(w.ctx, w.actor("manager", "port"), other.ID, other.Seen())
		if err != nil || row.DecidedBy != w.users["manager"].ID {
			t.Errorf("%s by %s: %v", row.State, row.DecidedBy, err)
		}
		w.clock.Advance(2 * day)
		if may("manager") {
			t.Error("they decide after their time")
		}
		w.must(name(0, day))
		w.must(w.portal.Members.EndStandIn(w.ctx, w.actor("admin", "port")))
		if may("manager") {
			t.Error("they decide after it was ended")
		}
		w.must(name(0, day))
		for state, want := range map[models.UserState]bool{models.UserDisabled: false, models.UserActive: true} {
			w.do(models.Tenant{}, func(tx *store.Tx) error {
				away := w.users["admin"]
				away.State = state
				return tx.UpdateUser(away)
			})
			if may("manager") != want {
				t.Errorf("they decide for one who is %s: %v", state, !want)
			}
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error { return tx.SetMember(w.users["admin"].ID, models.RoleAuditor) })
		if may("manager") {
			t.Error("they decide for one who decides no more")
		}
		if done := w.audited("port", w.users["manager"].ID); done["stand_in.name"] != 3 || done["stand_in.end"] != 1 {
			t.Errorf("audited: %v", done)
		}
	})
}
