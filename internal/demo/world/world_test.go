package world_test

import (
	"encoding/xml"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/demo/world"
	"gatehouse/models"
)

var now = time.Date(2026, 11, 23, 16, 42, 0, 0, time.UTC)

// All the demo's rows pass the rules that hold for anybody's.
func TestTheModelsTakeEverything(t *testing.T) {
	for _, tenant := range world.New().Tenants {
		check := func(what string, err error) {
			if err != nil {
				t.Errorf("%s, %s: %v", tenant.Slug, what, err)
			}
		}
		check("tenant", models.Tenant{Name: tenant.Name, Tagline: tenant.Tagline, Welcome: tenant.Welcome, Help: tenant.Help, Links: tenant.Links, Sender: tenant.Sender,
			Slug: tenant.Slug, Code: tenant.Code, Colour: tenant.Colour, TokenDays: tenant.TokenDays, TokenPolicy: models.DefaultTokenPolicy(), SignUp: models.SignUpOpen}.Check())
		for _, a := range tenant.APIs {
			check(a.Slug, models.API{Slug: a.Slug, Name: a.Name, Summary: a.Summary, Description: a.Description, Visibility: a.Visibility, Category: a.Category, Tags: a.Tags}.Check())
			for _, p := range a.Plans {
				plan := models.Plan{Slug: p.Slug, Name: p.Name, Summary: p.Summary, Rates: []models.Rate{{Calls: p.PerMinute, Seconds: 60}}, QuotaCalls: p.PerMonth, QuotaPeriod: models.QuotaMonth}
				check(p.Slug, plan.Check())
			}
			for _, v := range a.Versions {
				check(v.Name, models.Version{Name: v.Name, BodyLimit: models.BodyLimitDefault}.Check())
				if v.Header == "" || len(world.Document(v.File)) == 0 {
					t.Errorf("%s %s lacks a document or header", a.Slug, v.Name)
				}
			}
		}
		for _, s := range tenant.Subscriptions {
			check(s.Purpose, models.Subscription{Purpose: s.Purpose}.Check(time.Now()))
		}
		for _, token := range tenant.Tokens {
			created := now.Add(-hours(token.AgeDays * 24))
			row := models.Token{Kind: token.Kind, Name: token.Name, Description: token.Description, Scopes: token.Scopes, ExpiresAt: now.Add(hours(token.ExpiresDays * 24))}
			check(token.Key, row.Check(created, tenant.TokenDays))
			for _, ip := range token.AllowedIPs {
				if _, err := netip.ParsePrefix(ip); err != nil {
					check(token.Key, err)
				}
			}
		}
		for _, g := range tenant.Grants {
			check(g.Reason, models.Grant{Level: g.Level, Reason: g.Reason, ExpiresAt: now.Add(hours(g.Hours))}.Check(now))
		}
		for _, g := range tenant.Asked {
			check(g.Reason, models.GrantRequest{Level: g.Level, Reason: g.Reason, Ticket: g.Ticket, Minutes: int(g.Hours * 60)}.Check())
		}
		var svg struct{ XMLName xml.Name }
		check("logo", xml.Unmarshal(tenant.Logo, &svg))
	}
}

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }

func TestEveryNameLeadsSomewhere(t *testing.T) {
	w := world.New()
	people := map[string]bool{models.DecidedByPlan: true, "": true}
	emails := map[string]bool{}
	for _, p := range w.People {
		if people[p.Key] || emails[p.Email] {
			t.Errorf("%s is there twice", p.Key)
		}
		people[p.Key], emails[p.Email] = true, true
	}
	for _, tenant := range w.Tenants {
		need := func(ok bool, what string) {
			if !ok {
				t.Errorf("%s: %s leads nowhere", tenant.Slug, what)
			}
		}
		teams, versions, plans := map[string][]string{}, map[string]bool{}, map[string]bool{}
		for _, team := range tenant.Teams {
			teams[team.Key] = slices.Concat(team.Owners, team.Members)
			for _, p := range teams[team.Key] {
				need(people[p], p)
			}
		}
		for _, a := range tenant.APIs {
			for _, v := range a.Versions {
				versions[a.Slug+" "+v.Name] = true
			}
			for _, p := range a.Plans {
				plans[a.Slug+" "+p.Slug] = true
			}
		}
		for _, m := range tenant.Members {
			need(people[m.Person] && m.Role.Valid(), m.Person)
		}
		seen := map[string]bool{}
		for _, s := range tenant.Subscriptions {
			need(versions[s.API+" "+s.Version] && plans[s.API+" "+s.Plan], s.Purpose)
			need(slices.Contains(teams[s.Team], s.RequestedBy) && people[s.Decided], s.Purpose)
			need((s.Decided == "") == (s.State == models.SubscriptionPending || s.State == models.SubscriptionWithdrawn), s.Purpose)
			need(!seen[s.Team+s.API+s.Version], "a second subscription: "+s.Purpose)
			seen[s.Team+s.API+s.Version] = true
		}
		for _, token := range tenant.Tokens {
			need(token.Kind == models.TokenManagement || slices.Contains(teams[token.Team], token.Person), token.Key)
			need(!seen[token.Key], "a second "+token.Key)
			seen[token.Key] = true
			for _, p := range token.Permissions {
				need(versions[p.API+" "+p.Version], token.Key)
			}
		}
	}
}

func TestEveryStateIsShown(t *testing.T) {
	subscriptions, tokens := map[models.SubscriptionState]bool{}, map[string]bool{}
	for _, tenant := range world.New().Tenants {
		for _, s := range tenant.Subscriptions {
			subscriptions[s.State] = true
		}
		for _, token := range tenant.Tokens {
			tokens[string(token.State)] = true
			tokens["printed "+string(token.Kind)] = tokens["printed "+string(token.Kind)] || token.Printed
			tokens["expired"] = tokens["expired"] || token.ExpiresDays < 0
			tokens["expires soon"] = tokens["expires soon"] || token.ExpiresDays > 0 && token.ExpiresDays < 14
			tokens["unused"] = tokens["unused"] || token.Use.PerDay == 0
		}
	}
	if len(subscriptions) != 6 {
		t.Errorf("subscriptions: %v", subscriptions)
	}
	for _, state := range []string{"active", "paused", "revoked", "expired", "expires soon", "unused", "printed access", "printed management"} {
		if !tokens[state] {
			t.Errorf("no token is %s", state)
		}
	}
}
