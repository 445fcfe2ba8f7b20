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

// A member who left the team sees its tokens no longer, not even their own.
func TestWhoLeftSeesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		team := w.team("partner")
		token, _, err := w.portal.Tokens.Create(w.ctx, w.proven("colleague", "port", models.TokenCreate, team), w.newToken("k"))
		w.must(err)
		before := w.actor("colleague", "port")
		if _, err := w.portal.Tokens.Show(w.ctx, before, token.ID, "7d"); err != nil {
			t.Fatal(err)
		}
		w.do(before.Tenant(), func(tx *store.Tx) error { return tx.DeleteMembership(team, before.User()) })
		after := w.actor("colleague", "port")
		if _, err := w.portal.Tokens.Show(w.ctx, after, token.ID, "7d"); err == nil {
			t.Error("it is still shown")
		}
		err = w.store.As(w.ctx, after, func(r store.Tenant) error {
			_, _, err := r.Token(token.ID)
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("the store still gives it: %v", err)
		}
	})
}

// Every order is read whole in pages of one, and the same way in both databases;
// what is equal keeps its place.
func TestTheListsOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		for _, made := range [][2]string{{"berth", "30"}, {"Crane", "7"}, {"anchor", "7"}, {"Berth", "90"}} {
			in := w.newToken(made[0])
			in.Name, in.Expires = made[0], made[1]
			_, _, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, in.Team), in)
			w.must(err)
		}
		for sort, want := range map[string]string{
			"": "Berth anchor Crane berth", "created": "berth Crane anchor Berth",
			"name": "anchor berth Berth Crane", "-name": "Crane Berth berth anchor",
			"expires": "Crane anchor berth Berth", "-expires": "Berth berth anchor Crane",
		} {
			var got []string
			q := portal.TokenQuery{Sort: sort, Limit: 1}
			for more := true; more && len(got) < 10; {
				page, err := w.portal.Tokens.List(w.ctx, w.actor("partner", "port"), q)
				w.must(err)
				for _, row := range page.Rows {
					got, q.After = append(got, row.Name), row.ID
				}
				more = page.More
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q: %v, want %s", sort, got, want)
			}
		}
	})
}

func TestTheListsViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		make := func(name, expires string) string {
			in := w.newToken(name)
			in.Name, in.Expires = name, expires
			token, _, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, in.Team), in)
			w.must(err)
			return token.ID
		}
		partner := w.actor("partner", "port")
		make("Short", "1")
		make("Long", "90")
		make("Soon", "7")
		w.must(w.portal.Tokens.Pause(w.ctx, partner, make("Held", "90"), ""))
		w.must(w.portal.Tokens.Revoke(w.ctx, partner, make("Gone", "90"), models.CauseUnneeded, ""))
		_, _, err := w.portal.Tries.Token(w.ctx, partner, "berths", "v1")
		w.must(err)
		w.clock.Advance(25 * time.Hour)
		for name, c := range map[string]struct {
			q    portal.TokenQuery
			want string
		}{
			"all": {portal.TokenQuery{}, "Gone Held Soon Long Short"}, "active": {portal.TokenQuery{View: "active"}, "Soon Long"},
			"expiring": {portal.TokenQuery{View: "expiring"}, "Soon"}, "paused": {portal.TokenQuery{View: "paused"}, "Held"},
			"ended": {portal.TokenQuery{View: "ended"}, "Gone Short"}, "tries": {portal.TokenQuery{View: "tries"}, "Try berths v1"},
			"by text": {portal.TokenQuery{Text: "sho"}, "Short"}, "by a wildcard": {portal.TokenQuery{Text: "%"}, ""},
			"by API": {portal.TokenQuery{API: "berths", View: "active"}, "Soon Long"}, "by another API": {portal.TokenQuery{API: "cranes"}, ""},
		} {
			c.q.Limit = 50
			page, err := w.portal.Tokens.List(w.ctx, partner, c.q)
			var names []string
			for _, r := range page.Rows {
				names = append(names, r.Name)
			}
			if got := strings.Join(names, " "); err != nil || got != c.want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	})
}

// Try tokens live a quarter of an hour; of more than three the oldest ends.
func TestTryTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		if _, _, err := w.portal.Tries.Token(w.ctx, w.actor("partner", "port"), "berths", "v1"); fault.Code(err) != "not_subscribed" {
			t.Errorf("without access: %v", err)
		}
		w.request("partner", "auto-true")
		var wg sync.WaitGroup
		for range 6 {
			actor := w.actor("partner", "port")
			wg.Go(func() {
				token, secret, err := w.portal.Tries.Token(context.Background(), actor, "berths", "v1")
				if err != nil || secret.Reveal() == "" || !token.ExpiresAt.Equal(w.clock.Now().Add(models.TryLifetime)) {
					t.Errorf("%v, ends %s", err, token.ExpiresAt)
				}
			})
		}
		wg.Wait()
		live := 0
		page, err := w.portal.Tokens.List(w.ctx, w.actor("partner", "port"), portal.TokenQuery{View: "tries", Limit: 50})
		for _, r := range page.Rows {
			if r.State == models.TokenActive {
				live++
			}
		}
		if err != nil || live != models.TryMost || len(page.Rows) != 6 {
			t.Errorf("%d of %d live, %v", live, len(page.Rows), err)
		}
	})
}

// R7: a management token gets no scope that its person could not use.
func TestScopesOfManagementTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		tenant := w.actor("admin", "port").Tenant().ID
		for name, c := range map[string]struct {
			who    string
			scopes []string
			ok     bool
		}{
			"an admin's own":                {"admin", []string{"subscriptions:write", "tokens:write"}, true},
			"a manager's own":               {"manager", []string{"apis:write", "usage:read"}, true},
			"a manager's beyond their role": {"manager", []string{"apis:write", "tokens:write"}, false},
			"an admin's, to publish":        {"admin", []string{"apis:write"}, true},
			"a scope that is none":          {"admin", []string{"everything"}, false},
			"the empty scope":               {"admin", []string{""}, false},
			"none at all":                   {"admin", []string{}, false},
		} {
			_, secret, err := w.portal.ManagementTokens.Create(w.ctx, w.proven(c.who, "port", models.ManagementTokenCreate, tenant),
				portal.NewManagementToken{Name: name, Expires: "7", Scopes: c.scopes, Key: name})
			if c.ok != (err == nil) || !c.ok && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
			if !c.ok {
				continue
			}
			if a, err := w.portal.Actors.OfToken(w.ctx, secret.Reveal(), "port", models.Request{}); err != nil || a.User() != w.users[c.who].ID || a.Can(models.TokenCreate) {
				t.Errorf("%s does not work, or mints tokens: %v", name, err)
			}
		}
		if _, _, err := w.portal.ManagementTokens.Create(w.ctx, w.actor("partner", "port"), portal.NewManagementToken{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a partner: %v", err)
		}
	})
}

// R16, R13: everything that decides who may call what stands in the change feed,
// in the transaction that decided it.
func TestWhatGatewaysAreTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		partner, admin := w.actor("partner", "port"), w.actor("admin", "port")
		row := w.request("partner", "auto-false")
		var token models.Token
		sub, tok := "subscription "+row.ID, ""
		_, seq := w.changes(0)
		for _, step := range []struct {
			name string
			do   func() error
			want *string
		}{
			{"approving", func() error { return second(w.portal.Subscriptions.Approve(w.ctx, admin, row.ID, row.Seen())) }, &sub},
			{"making a token", func() error { token, _ = w.token("k"); tok = "token " + token.ID; return nil }, &tok},
			{"pausing it", func() error { return w.portal.Tokens.Pause(w.ctx, partner, token.ID, "") }, &tok},
			{"resuming it", func() error { return w.portal.Tokens.Resume(w.ctx, partner, token.ID) }, &tok},
			{"pausing the subscription", func() error { return second(w.portal.Subscriptions.Pause(w.ctx, admin, row.ID, reason)) }, &sub},
			{"resuming it", func() error { return second(w.portal.Subscriptions.Resume(w.ctx, admin, row.ID)) }, &sub},
			{"revoking the token", func() error { return w.portal.AllTokens.Revoke(w.ctx, admin, token.ID, models.CauseLost, reason) }, &tok},
			{"ending the subscription", func() error { return second(w.portal.Subscriptions.End(w.ctx, admin, row.ID, reason)) }, &sub},
		} {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			var got []string
			if got, seq = w.changes(seq); strings.Join(got, ", ") != *step.want {
				t.Errorf("%s tells %v, want %s", step.name, got, *step.want)
			}
		}
	})
}

// The call that a new token's page offers is one that the token may make.
func TestTheFirstCall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, secret := w.token("k")
		call, err := w.portal.Tokens.FirstCall(w.ctx, w.actor("partner", "port"), token.ID, "https://gw.example/")
		if err != nil || call.Path != "/port/berths/v1/berths" || !strings.Contains(call.Curl, "https://gw.example/port/berths/v1/berths") ||
			!strings.Contains(call.Curl, "PORT_TOKEN") || strings.Contains(call.Curl, secret) {
			t.Errorf("%+v %v", call, err)
		}
	})
}
