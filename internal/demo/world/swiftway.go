package world

import (
	"gatehouse/internal/demo/traffic"
	"gatehouse/models"
)

func swiftway() Tenant {
	return Tenant{
		Slug: "swiftway", Name: "Swiftway Parcel", Code: "sw",
		Tagline: "Labels, pickups and tracking for everything that fits in a box.",
		Colour:  "#6d3fd1", Logo: mustRead("logos/swiftway.svg"), Public: true, TokenDays: 180, AgeDays: 500,
		Members: staffOfTenant(),
		Teams: []Team{
			{Key: "halden", Name: "Halden Freight", Owners: []string{"partner"}, AgeDays: 424},
			{Key: "brightwell", Name: "Brightwell Returns", Owners: []string{"brightwell"}, AgeDays: 265},
			{Key: "orchard", Name: "Orchard Post", Owners: []string{"orchard"}, AgeDays: 190},
			{Key: "delta", Name: "Delta Nine Labs", Owners: []string{"delta"}, AgeDays: 1},
			{Key: "marrow", Name: "Marrow & Finch", Owners: []string{"marrow"}, AgeDays: 33},
			{Key: "koto", Name: "Koto Threads", Owners: []string{"koto"}, AgeDays: 150},
		},
		APIs:          swiftwayAPIs(),
		Subscriptions: swiftwaySubscriptions(),
		Tokens:        swiftwayTokens(),
		Grants: []Grant{
			{Person: "support", GivenBy: "operator", Level: models.GrantView, Reason: "on-call week 47", Hours: 8},
		},
	}
}

func swiftwayAPIs() []API {
	return []API{
		{
			Slug: "labels", Name: "Labels", AgeDays: 480,
			Category: "Shipping", Tags: []string{"labels", "returns"},
			Summary:     "Make, read and void shipping and return labels.",
			Description: "One label is one parcel, billed when it is first scanned.",
			Plans: []Plan{
				{Slug: "standard", Name: "Standard", PerMinute: 60, PerMonth: 10_000},
				{Slug: "business", Name: "Business", PerMinute: 300, PerSecond: 20, PerMonth: 100_000},
			},
			Versions: []Version{{Name: "v3", State: models.VersionPublished, File: "swiftway-labels-v3.yaml", AgeDays: 100, Header: "X-Upstream-Key"}},
		},
		{
			Slug: "tracking", Name: "Tracking", AgeDays: 480,
			Category: "Shipping", Tags: []string{"live", "tracking"},
			Summary:     "Where a parcel is, what happened to it and when it will arrive.",
			Description: "The same scans that our depots see, within ten seconds.",
			Plans: []Plan{
				{Slug: "standard", Name: "Standard", PerMinute: 120, PerMonth: 100_000},
				{Slug: "bulk", Name: "Bulk", PerMinute: 1200, PerSecond: 40, PerMonth: 5_000_000},
			},
			Versions: []Version{{Name: "v2", State: models.VersionPublished, File: "swiftway-tracking-v2.json", AgeDays: 330, Header: "X-Upstream-Key"}},
		},
		{
			Slug: "pickups", Name: "Pickups", AgeDays: 210,
			Category: "Shipping", Tags: []string{"returns"}, Visibility: models.VisibleTeams, Teams: []string{"brightwell", "koto"},
			Summary:  "Have parcels fetched from a shop or a farm gate.",
			Plans:    []Plan{{Slug: "standard", Name: "Standard", PerMinute: 60, PerMonth: 20_000}},
			Versions: []Version{{Name: "v1", State: models.VersionPublished, File: "swiftway-pickups-v1.yaml", AgeDays: 205, Header: "X-Upstream-Key"}},
		},
		{
			Slug: "addresses", Name: "Addresses", AgeDays: 90,
			Category: "Data", Tags: []string{"addresses"}, Visibility: models.VisibleSignedIn,
			Summary: "Check an address before a parcel is sent to it.",
			Plans: []Plan{
				{Slug: "trial", Name: "Trial", PerMinute: 30, PerMonth: 1_000, AutoApprove: true},
				{Slug: "standard", Name: "Standard", PerMinute: 120, PerMonth: 50_000},
			},
			Versions: []Version{{Name: "v1", State: models.VersionPublished, File: "swiftway-addresses-v1.json", AgeDays: 88, Header: "X-Upstream-Key"}},
		},
	}
}

func swiftwaySubscriptions() []Subscription {
	day := 24.0
	return []Subscription{
		{Team: "brightwell", API: "labels", Version: "v3", Plan: "business", State: models.SubscriptionPending, RequestedBy: "brightwell",
			Purpose: "Print return labels in our shops’ tills. 120 tills in 34 shops, about 900 labels a day, twice that in January. We store no addresses.", AgeHours: 0.1},
		{Team: "halden", API: "tracking", Version: "v2", Plan: "standard", State: models.SubscriptionPending, RequestedBy: "partner",
			Purpose: "Show parcel state in our customer app.", AgeHours: 0.42},
		{Team: "orchard", API: "pickups", Version: "v1", Plan: "standard", State: models.SubscriptionPending, RequestedBy: "orchard",
			Purpose: "Book pickups for 40 farm shops.", AgeHours: 1},
		{Team: "delta", API: "tracking", Version: "v2", Plan: "bulk", State: models.SubscriptionPending, RequestedBy: "delta",
			Purpose: "For research.", AgeHours: 3},
		{Team: "marrow", API: "addresses", Version: "v1", Plan: "standard", State: models.SubscriptionPending, RequestedBy: "marrow",
			Purpose: "Check addresses at checkout.", AgeHours: 1.1 * day},
		{Team: "koto", API: "labels", Version: "v3", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "koto",
			Purpose: "Labels for our web shop, 60 parcels a day.", AgeHours: 20 * day, Decided: "admin-2", DecidedHours: 19.8 * day},
		{Team: "halden", API: "labels", Version: "v3", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "partner",
			Purpose: "Labels for document pouches from our offices.", AgeHours: 90 * day, Decided: "admin", DecidedHours: 89 * day},
		{Team: "brightwell", API: "tracking", Version: "v2", Plan: "bulk", State: models.SubscriptionApproved, RequestedBy: "brightwell",
			Purpose: "Tell customers when their return has arrived.", AgeHours: 260 * day, Decided: "admin", DecidedHours: 259 * day},
		{Team: "orchard", API: "tracking", Version: "v2", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "orchard",
			Purpose: "Track honey, jam and cider on their way.", AgeHours: 185 * day, Decided: "admin-2", DecidedHours: 184 * day},
		{Team: "koto", API: "addresses", Version: "v1", Plan: "trial", State: models.SubscriptionApproved, RequestedBy: "koto",
			Purpose: "Try whether fewer parcels come back.", AgeHours: 6 * day, Decided: models.DecidedByPlan, DecidedHours: 6 * day},
		{Team: "koto", API: "tracking", Version: "v2", Plan: "bulk", State: models.SubscriptionDenied, RequestedBy: "koto",
			Purpose: "Track all our parcels.", AgeHours: 40 * day, Decided: "admin", DecidedHours: 39 * day, Reason: "60 parcels a day fit the Standard plan; please ask for that one."},
	}
}

func swiftwayTokens() []Token {
	return []Token{
		{Key: "returns-tracker", Name: "Returns tracker", Description: "Follows each return until it is in the depot.", Team: "brightwell", Person: "brightwell",
			Permissions: []Permission{permit("tracking", "v2", models.AccessRead)}, State: models.TokenActive, AgeDays: 70, ExpiresDays: 110,
			Use: traffic.Profile{PerDay: 1300, Shape: traffic.Shop, Missing: 0.003, Live: true,
				Mix:       calls("tracking", "v2", "GET /parcels/{parcel_id}", 70, "GET /parcels/{parcel_id}/events", 20, "GET /parcels", 10),
				Addresses: addresses("198.51.100.77", "198.51.100.78"), Agents: []string{"returns/7.4"}}},
		{Key: "label-printer", Name: "Label printer", Description: "The packing table’s printer.", Team: "koto", Person: "koto",
			Permissions: []Permission{permit("labels", "v3", models.AccessWrite)}, State: models.TokenActive, AgeDays: 19, ExpiresDays: 71,
			Use: traffic.Profile{PerDay: 260, Shape: traffic.Office, FromDays: 19, Missing: 0.02, Live: true,
				Mix:       calls("labels", "v3", "POST /labels", 40, "GET /labels/{label_id}/print", 40, "GET /labels", 12, "GET /labels/{label_id}", 6, "DELETE /labels/{label_id}", 2),
				Addresses: addresses("203.0.113.140"), Agents: []string{"label-station/2.0"}}},
		{Key: "checkout-check", Name: "Checkout check", Team: "koto", Person: "koto",
			Permissions: []Permission{permit("addresses", "v1", models.AccessWrite)}, State: models.TokenActive, AgeDays: 6, ExpiresDays: 24,
			Use: traffic.Profile{PerDay: 90, Shape: traffic.Shop, FromDays: 5.9, Live: true,
				Mix:       calls("addresses", "v1", "POST /addresses:check", 8, "GET /postal-codes/{code}", 2),
				Addresses: addresses("203.0.113.141"), Agents: []string{"koto-shop/1.12"}}},
		{Key: "farm-shops", Name: "Farm shops", Team: "orchard", Person: "orchard",
			Permissions: []Permission{permit("tracking", "v2", models.AccessWrite)}, State: models.TokenActive, AgeDays: 160, ExpiresDays: 12,
			Use: traffic.Profile{PerDay: 210, Shape: traffic.Shop, Missing: 0.01, Live: true,
				Mix:       calls("tracking", "v2", "GET /parcels", 40, "GET /parcels/{parcel_id}", 55, "POST /parcels/{parcel_id}/redirect", 5),
				Addresses: addresses("192.0.2.201"), Agents: []string{"orchard-web/3.3"}}},
		{Key: "document-pouches", Name: "Document pouches", Team: "halden", Person: "partner",
			Permissions: []Permission{permit("labels", "v3", models.AccessCustom, "labels:read")}, State: models.TokenActive, AgeDays: 40, ExpiresDays: 50},
		{Key: "old-till", Name: "Old till", Team: "brightwell", Person: "brightwell",
			Permissions: []Permission{permit("tracking", "v2", models.AccessRead)}, State: models.TokenRevoked, Reason: "The till was stolen.", AgeDays: 170, ExpiresDays: 10, EndedDays: 17,
			Use: traffic.Profile{PerDay: 60, Shape: traffic.Shop, UntilDays: 17,
				Mix:       calls("tracking", "v2", "GET /parcels/{parcel_id}", 1),
				Addresses: addresses("198.51.100.79"), Agents: []string{"till/2.2"}}},
	}
}
