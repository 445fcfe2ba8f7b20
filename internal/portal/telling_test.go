package portal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R63, R69: each step of a subscription is told to those whom it concerns and to
// nobody else, in the inbox and, where one has to act or can no longer call, by
// mail; a reason goes with it.
func TestWhoIsToldOfAStep(t *testing.T) {
	partners, admins := []string{"partner", "stranger"}, []string{"admin", "admin2"} // both owners of the team
	type told struct {
		who          []string
		kind         models.NotificationKind
		title, body  string
		mail         portal.MailKind
		outcome, by  string
		link, mailTo string
	}
	s := func(w *accessWorld) *portal.Subscriptions { return w.portal.Subscriptions }
	approved := func(w *accessWorld, r portal.SubscriptionRow) {
		w.must(second(s(w).Approve(w.ctx, w.actor("admin2", "port"), r.ID, r.Seen())))
	}
	paused := func(w *accessWorld, r portal.SubscriptionRow) {
		approved(w, r)
		w.must(second(s(w).Pause(w.ctx, w.actor("admin2", "port"), r.ID, "Once before.")))
	}
	const object, own, inbox = "berths v1, plan Plan", "/t/port/subscriptions/%s", "/t/port/admin/requests/%s"
	cases := map[string]struct {
		before func(*accessWorld, portal.SubscriptionRow)
		act    func(*accessWorld, portal.SubscriptionRow) error
		want   told
	}{
		"approving": {nil, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Approve(w.ctx, w.actor("admin", "port"), r.ID, r.Seen()))
		}, told{partners, models.NotifyDecided, object + ": approved", "", portal.MailDecided, "approved", "admin", own, own}},
		"denying": {nil, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Deny(w.ctx, w.actor("admin", "port"), r.ID, r.Seen(), reason))
		}, told{partners, models.NotifyDecided, object + ": denied", reason, portal.MailDecided, "denied", "admin", own, own}},
		"pausing": {approved, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Pause(w.ctx, w.actor("admin", "port"), r.ID, reason))
		}, told{partners, models.NotifySubscription, object + ": paused", reason, portal.MailSubscription, "paused", "admin", own, own}},
		"resuming": {paused, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Resume(w.ctx, w.actor("admin", "port"), r.ID))
		}, told{partners, models.NotifySubscription, object + ": resumed", "", portal.MailSubscription, "resumed", "admin", own, own}},
		"ending": {approved, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).End(w.ctx, w.actor("admin", "port"), r.ID, reason))
		}, told{partners, models.NotifySubscription, object + ": ended", reason, portal.MailSubscription, "ended", "admin", own, own}},
		"ending what is paused": {paused, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).End(w.ctx, w.actor("admin", "port"), r.ID, reason))
		}, told{partners, models.NotifySubscription, object + ": ended", reason, portal.MailSubscription, "ended", "admin", own, own}},
		"withdrawing": {nil, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Withdraw(w.ctx, w.actor("partner", "port"), r.ID))
		}, told{admins, models.NotifySubscription, object + ": withdrawn by partner-team", "", "", "", "", inbox, ""}},
		"a team's own end": {approved, func(w *accessWorld, r portal.SubscriptionRow) error {
			return second(s(w).Leave(w.ctx, w.actor("partner", "port"), r.ID))
		}, told{admins, models.NotifySubscription, object + ": ended by partner-team", "", portal.MailSubscription, "ended", "partner", inbox, inbox}},
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		team := w.team("partner")
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(team, w.users["stranger"].ID, models.TeamOwner)
		})
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				w.clock.Advance(25 * time.Hour) // R69
				row, err := w.portal.Subscriptions.Request(w.ctx, w.actor("partner", "port"), portal.NewSubscription{
					API: "berths", Version: "v1", Plan: "auto-false", Team: team, Purpose: purpose})
				w.must(err)
				if tt.before != nil {
					tt.before(w, row)
				}
				earlier := w.heard()
				w.must(tt.act(w, row))
				var want []string
				for _, who := range tt.want.who {
					link := strings.ReplaceAll(tt.want.link, "%s", row.ID)
					want = append(want, fmt.Sprintf("%s reads %s: %q, %q at %s", who, tt.want.kind, tt.want.title, tt.want.body, link))
					if tt.want.mail != "" {
						want = append(want, fmt.Sprintf("%s gets %s: %s %q by %s, %q at %s", who, tt.want.mail, tt.want.outcome, object, tt.want.by, tt.want.body, strings.ReplaceAll(tt.want.mailTo, "%s", row.ID)))
					}
				}
				slices.Sort(want)
				if got := news(w.heard(), earlier); !slices.Equal(got, want) {
					t.Errorf("told was\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				finish(w, row.ID)
			})
		}
	})
}

// news are the lines that were not there before, as often as they are more.
func news(now, before []string) []string {
	left := slices.Clone(now)
	for _, line := range before {
		if i := slices.Index(left, line); i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	return left
}

// heard is what everybody has in their inbox and their mail, a line each.
func (w *accessWorld) heard() (lines []string) {
	w.t.Helper()
	names := map[string]string{}
	for name, u := range w.users {
		names[u.ID] = name
		rows, err := w.portal.Notifications.List(w.ctx, models.NewActor(models.Standing{User: u}, models.Tenant{}, models.Request{}))
		w.must(err)
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("%s reads %s: %q, %q at %s", name, r.Kind, r.Title, r.Body, r.Link))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if m, ok := j.(portal.Mail); ok {
			lines = append(lines, fmt.Sprintf("%s gets %s: %s %q by %s, %q at %s", names[m.User], m.Mail, m.Facts.Outcome, m.Facts.Object, m.Facts.By, m.Facts.Note, m.Path))
		}
	}
	slices.Sort(lines)
	return lines
}

// Of an archived tenant only operators hear, as only they know that it is there.
func TestWhoHearsOfAnArchivedTenant(t *testing.T) {
	for role, want := range map[models.StaffRole][2]bool{models.StaffSupport: {true, false}, models.StaffOperator: {true, true}, models.NotStaff: {false, false}} {
		for i, state := range []models.TenantState{models.TenantActive, models.TenantArchived} {
			user := models.User{ID: "u", State: models.UserActive, Staff: role}
			actor := models.NewActor(models.Standing{User: user}, models.Tenant{ID: "t", State: state}, models.Request{})
			if got := (portal.Mail{Mail: portal.MailGrantChanged, Tenant: "t"}).MayKnow(actor); got != want[i] {
				t.Errorf("%s, tenant %s: told is %v", role, state, got)
			}
		}
	}
}
