package world

import (
	"gatehouse/internal/demo/traffic"
	"gatehouse/models"
)

func meridian() Tenant {
	return Tenant{
		Slug: "meridian", Name: "Meridian Grid", Code: "mg",
		Tagline: "Keep the grid in balance: sell flexibility, read your meters.",
		Colour:  "#f0a81c", Logo: mustRead("logos/meridian.svg"), Public: true, TokenDays: 366, AgeDays: 380,
		Members: staffOfTenant(),
		Teams: []Team{
			{Key: "aurelia", Name: "Aurelia Energy", Owners: []string{"aurelia"}, AgeDays: 350},
			{Key: "fjellkraft", Name: "Fjellkraft Pool", Owners: []string{"fjellkraft"}, AgeDays: 220},
			{Key: "lantern", Name: "Lantern Apps", Owners: []string{"lantern"}, AgeDays: 80},
		},
		APIs:          meridianAPIs(),
		Subscriptions: meridianSubscriptions(),
		Tokens:        meridianTokens(),
		Grants: []Grant{
			{Person: "support", GivenBy: "operator", Level: models.GrantSupport, Reason: "ticket 4812, tokens refused since this morning", Ticket: "4812", Hours: 0.7},
		},
		Favourite: []string{"support"},
	}
}

func meridianAPIs() []API {
	return []API{
		{
			Slug: "flex", Name: "Flexibility Market", AgeDays: 370,
			Category: "Market", Tags: []string{"bids", "settlement"},
			Summary:     "Offer to raise or lower consumption where the grid is tight, and be paid for it.",
			Description: "Offers, activations and settlement of the local flexibility market, by quarter hour.",
			Plans: []Plan{
				{Slug: "standard", Name: "Standard", Summary: "For single plants.", PerMinute: 60, PerMonth: 20_000},
				{Slug: "pool", Name: "Pool", Summary: "For operators of pools.", PerMinute: 600, PerSecond: 30, PerMonth: 500_000},
			},
			Versions: []Version{{Name: "v2", State: models.VersionPublished, File: "meridian-flex-v2.yaml", AgeDays: 140, Header: "X-Market-Key"}},
		},
		{
			Slug: "meters", Name: "Meter Data", AgeDays: 300,
			Category: "Metering", Tags: []string{"households"}, Visibility: models.VisibleHidden,
			Summary:     "Quarter-hour values of metering points, validated, two hours after the fact.",
			Description: "What your metering points consumed, produced or exchanged.",
			Plans: []Plan{
				{Slug: "standard", Name: "Standard", PerMinute: 120, PerMonth: 200_000, AutoApprove: true},
			},
			Versions: []Version{{Name: "v1", State: models.VersionPublished, File: "meridian-meters-v1.json", AgeDays: 290, Header: "X-Upstream-Key"}},
		},
	}
}

func meridianSubscriptions() []Subscription {
	day := 24.0
	return []Subscription{
		{Team: "aurelia", API: "flex", Version: "v2", Plan: "pool", State: models.SubscriptionApproved, RequestedBy: "aurelia",
			Purpose: "Offer two batteries and a pumping station, and settle what they deliver.", AgeHours: 130 * day, Decided: "admin", DecidedHours: 129 * day},
		{Team: "aurelia", API: "meters", Version: "v1", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "aurelia",
			Purpose: "Check deliveries against our own meters.", AgeHours: 280 * day, Decided: models.DecidedByPlan, DecidedHours: 280 * day},
		{Team: "fjellkraft", API: "flex", Version: "v2", Plan: "pool", State: models.SubscriptionApproved, RequestedBy: "fjellkraft",
			Purpose: "Bid the pool’s 46 cold stores into four zones.", AgeHours: 120 * day, Decided: "admin", DecidedHours: 119 * day},
		{Team: "fjellkraft", API: "meters", Version: "v1", Plan: "standard", State: models.SubscriptionEnded, RequestedBy: "fjellkraft",
			Purpose: "Read the meters of the cold stores.", AgeHours: 200 * day, Decided: models.DecidedByPlan, DecidedHours: 200 * day, Reason: "The pool reads its meters by itself now."},
		{Team: "lantern", API: "meters", Version: "v1", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "lantern",
			Purpose: "Show households what they use, in our app.", AgeHours: 78 * day, Decided: models.DecidedByPlan, DecidedHours: 78 * day},
		{Team: "lantern", API: "flex", Version: "v2", Plan: "standard", State: models.SubscriptionPending, RequestedBy: "lantern",
			Purpose: "Show congestion by zone on a public map. Reads the forecast four times an hour.", AgeHours: 20},
	}
}

func meridianTokens() []Token {
	return []Token{
		{Key: "substation-poller", Name: "Substation poller", Description: "Reads zones and forecasts for the trading desk.", Team: "aurelia", Person: "aurelia",
			Permissions: []Permission{permit("flex", "v2", models.AccessRead)}, State: models.TokenActive, AgeDays: 60, ExpiresDays: 112,
			Use: traffic.Profile{PerDay: 700, Shape: traffic.Steady, Failing: 0.002, Live: true,
				Mix:       calls("flex", "v2", "GET /zones/{zone_id}/forecast", 60, "GET /zones/{zone_id}/limits", 15, "GET /zones", 10, "GET /activations", 15),
				Addresses: addresses("203.0.113.44"), Agents: []string{"poller/2.3"}}},
		{Key: "dispatch-bridge", Name: "Dispatch bridge", Description: "Bids, confirms and reports for the pool.", Team: "fjellkraft", Person: "fjellkraft",
			Permissions: []Permission{permit("flex", "v2", models.AccessWrite)}, State: models.TokenActive, AgeDays: 110, ExpiresDays: 41,
			Use: traffic.Profile{PerDay: 900, Shape: traffic.Steady, Missing: 0.006, Limited: 0.002, Failing: 0.004, Live: true,
				Mix: calls("flex", "v2", "GET /activations", 45, "POST /offers", 14, "GET /offers", 14, "GET /offers/{offer_id}", 8, "PATCH /offers/{offer_id}", 4,
					"DELETE /offers/{offer_id}", 2, "POST /activations/{activation_id}/confirm", 6, "POST /activations/{activation_id}/delivery", 5, "GET /statements", 2),
				Addresses: addresses("198.51.100.12", "198.51.100.13"), Agents: []string{"dispatch-bridge/5.1"}}},
		{Key: "meter-import", Name: "Meter import", Description: "Yesterday’s values, every night.", Team: "aurelia", Person: "aurelia",
			Permissions: []Permission{permit("meters", "v1", models.AccessRead)}, State: models.TokenActive, AgeDays: 85, ExpiresDays: 5,
			Use: traffic.Profile{PerDay: 320, Shape: traffic.Night, Missing: 0.005, Live: true,
				Mix:       calls("meters", "v1", "GET /metering-points/{point_id}/values", 90, "GET /metering-points", 10),
				Addresses: addresses("203.0.113.45"), Agents: []string{"meter-import/1.0"}}},
		{Key: "household-app", Name: "Household app", Team: "lantern", Person: "lantern",
			Permissions: []Permission{permit("meters", "v1", models.AccessRead)}, State: models.TokenPaused, Reason: "Paused while the app is reviewed.", AgeDays: 77, ExpiresDays: 78, EndedDays: 6,
			Use: traffic.Profile{PerDay: 240, Shape: traffic.Shop, UntilDays: 6, Missing: 0.02,
				Mix:       calls("meters", "v1", "GET /metering-points/{point_id}/values", 4, "GET /metering-points/{point_id}", 1),
				Addresses: addresses("192.0.2.15"), Agents: []string{"lantern-backend/0.9"}}},
		{Key: "settlement", Name: "Settlement export", Description: "For the accountants, once a month.", Team: "aurelia", Person: "aurelia",
			Permissions: []Permission{permit("flex", "v2", models.AccessCustom, "flex:settlement:read")}, State: models.TokenActive, AgeDays: 25, ExpiresDays: 65},
		management("mg-ci-publish", "CI publish", "Uploads documents after each merge.", "api-manager", []string{"apis:read", "apis:write"}, 62, 28, false),
	}
}
