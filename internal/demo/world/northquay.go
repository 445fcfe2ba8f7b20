package world

import (
	"slices"
	"time"

	"gatehouse/internal/demo/traffic"
	"gatehouse/models"
)

func northquay() Tenant {
	return Tenant{
		Slug: "northquay", Name: "Northquay Ports", Code: "nq",
		Tagline: "Build on the port: berths, cranes, containers and gate appointments of Northquay’s four terminals.",
		Welcome: "Everything that happens on our quays has an API: **ships** that arrive, **boxes** that move, **trucks** that wait.\n\n" +
			"New here? Read [the guides](/t/northquay/guides), subscribe to an API and make your first call within ten minutes. " +
			"Terminal operators and hauliers are approved within one working day.",
		Help: "Ask [our integration desk](mailto:apis@northquay.example), Monday to Friday, 7:00 to 19:00. " +
			"What is planned stands in [our port calendar](https://northquay.example/calendar).",
		Links: []models.FooterLink{{Text: "Imprint", URL: "https://northquay.example/imprint"}, {Text: "Terms of use", URL: "https://northquay.example/terms"},
			{Text: "Privacy", URL: "https://northquay.example/privacy"}},
		Sender: "Northquay Ports",
		Colour: "#0f766e", Logo: mustRead("logos/northquay.svg"), Public: true, TokenDays: 180, AgeDays: 610,
		Members: staffOfTenant(),
		Teams: []Team{
			{Key: "halden", Name: "Halden Freight", Owners: []string{"partner"}, Members: []string{"partner-developer"}, AgeDays: 424, Domain: "halden.example",
				Services: []Service{{Key: "kiosks", Name: "Gate kiosks", Purpose: "The machines at which our drivers book their slots.", People: []string{"partner-developer", "partner"}, AgeDays: 30}}},
			{Key: "brackwater", Name: "Brackwater Lines", Owners: []string{"brackwater"}, AgeDays: 300},
			{Key: "quillhaven", Name: "Quillhaven Cold Chain", Owners: []string{"quillhaven"}, AgeDays: 12},
		},
		APIs:          northquayAPIs(),
		Subscriptions: northquaySubscriptions(),
		Tokens:        northquayTokens(),
		Clients: []Client{
			{Name: "Gate kiosk server", Person: "admin", API: "gate", Version: "v2", AgeDays: 40},
			{Name: "Yard telemetry", Person: "admin", API: "equipment", Version: "v2", MayRevoke: true, AgeDays: 12},
		},
		Alerts: []Alert{
			{Token: "gate-kiosk", Kind: models.AlertExposed, IP: "192.0.2.118", Agent: "kiosk/2.9", HoursAgo: 30,
				Detail: "It was sent without encryption, so everybody on the way could read it. The call was refused. Replace the token."},
		},
		Grants: []Grant{
			{Person: "support", GivenBy: "operator", Level: models.GrantManage, Reason: "ticket 4790, new API version", Ticket: "4790", Hours: 3},
		},
		Asked: []Grant{
			{Person: "support", Level: models.GrantManage, Reason: "The new version takes until tonight.", Ticket: "4790", Hours: 4},
		},
		Favourite: []string{"support"},
		Guides:    []Guide{{Slug: "first-week", Title: "Your first week at the port", Body: firstWeek}},
	}
}

func northquayAPIs() []API {
	return []API{
		{
			Slug: "equipment", Name: "Terminal Equipment", AgeDays: 600,
			Category: "Terminal operations", Tags: []string{"cranes", "live"},
			Summary:     "Cranes, spreaders and straddle carriers: position, load, state and moves, live and for the last 90 days.",
			Description: "Read what every crane, spreader and carrier of the four terminals does now, and what it did in the last 90 days.\n\nWith *write* you can also set targets, hold a carrier and place work orders. A driver confirms each of them.",
			Plans: []Plan{
				{Slug: "trial", Name: "Trial", Summary: "To try it out.", PerMinute: 60, PerMonth: 10_000, AutoApprove: true},
				{Slug: "standard", Name: "Standard", Summary: "For dashboards and planning systems.", PerMinute: 600, PerSecond: 30, PerMonth: 500_000},
			},
			Versions: []Version{
				{Name: "v1", State: models.VersionPublished, File: "northquay-equipment-v1.yaml", AgeDays: 590, Header: "X-Upstream-Key",
					End: End{AgeDays: 18, LastDays: 120, Successor: "v2", Notice: equipmentV1Ends}},
				{Name: "v2", State: models.VersionPublished, File: "northquay-equipment-v2.yaml", AgeDays: 240, Header: "X-Upstream-Key"},
			},
			Guides: []Guide{
				{Slug: "polling", Title: "Follow a crane without polling too much", Body: followACrane},
				{Slug: "holds", Title: "Hold a carrier", Body: "Ask the shift leader first, then:", Draft: true},
			},
		},
		{
			Slug: "containers", Name: "Container Tracking", AgeDays: 420,
			Category: "Cargo", Tags: []string{"customs", "tracking"},
			Summary:     "Where a container is, who holds it, and the customs and hold flags on it.",
			Description: "One call a container tells where it is, who answers for it and whether it may leave.",
			Plans: []Plan{
				{Slug: "standard", Name: "Standard", Summary: "For forwarders and lines.", PerMinute: 300, PerMonth: 300_000},
				{Slug: "bulk", Name: "Bulk", Summary: "For nightly comparisons of whole inventories.", PerMinute: 3000, PerSecond: 100, PerMonth: 5_000_000},
			},
			Versions: []Version{
				{Name: "v1", State: models.VersionPublished, File: "northquay-containers-v1.json", AgeDays: 410, Header: "X-Upstream-Key"},
				{Name: "v2", State: models.VersionDraft, File: "northquay-containers-v2.yaml", AgeDays: 3, Header: "X-Upstream-Key"},
			},
		},
		{
			Slug: "gate", Name: "Gate Appointments", AgeDays: 200,
			Category: "Land side", Tags: []string{"live", "trucks"}, Visibility: models.VisibleTeams, Teams: []string{"halden", "brackwater"},
			Summary:     "Book, move and cancel truck slots; opening hours and queue lengths by gate.",
			Description: "A booked truck passes the gate in six minutes, one without a slot in forty.",
			Plans: []Plan{
				{Slug: "partner", Name: "Partner", Summary: "For haulage companies.", PerMinute: 60, PerMonth: 100_000},
			},
			Versions: []Version{{Name: "v2", State: models.VersionPublished, File: "northquay-gate-v2.yaml", AgeDays: 120, Header: "X-Gate-Key"}},
		},
	}
}

func northquaySubscriptions() []Subscription {
	day := 24.0
	return []Subscription{
		{Team: "halden", API: "equipment", Version: "v2", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "partner",
			Purpose: "Forecast arrival times from crane and spreader states, and show them on the wall screen in our yard.", AgeHours: 230 * day, Decided: "admin", DecidedHours: 229.9 * day},
		{Team: "halden", API: "equipment", Version: "v1", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "partner",
			Purpose: "Show where the cranes stand.", AgeHours: 410 * day, Decided: "admin", DecidedHours: 409 * day},
		{Team: "brackwater", API: "equipment", Version: "v1", Plan: "trial", State: models.SubscriptionApproved, RequestedBy: "brackwater",
			Purpose: "Find out which cranes work at our berths.", AgeHours: 290 * day, Decided: models.DecidedByPlan, DecidedHours: 290 * day},
		{Team: "halden", API: "containers", Version: "v1", Plan: "standard", State: models.SubscriptionApproved, RequestedBy: "partner",
			Purpose: "Tell our customers where their containers are.", AgeHours: 400 * day, Decided: "admin", DecidedHours: 399 * day},
		{Team: "halden", API: "gate", Version: "v2", Plan: "partner", State: models.SubscriptionApproved, RequestedBy: "partner-developer",
			Purpose: "Kiosks where drivers book their next slot.", AgeHours: 90 * day, Decided: "admin-2", DecidedHours: 88 * day},
		{Team: "brackwater", API: "containers", Version: "v1", Plan: "bulk", State: models.SubscriptionPending, RequestedBy: "brackwater",
			Purpose: "Compare our inventory with yours every night, about 90,000 boxes.", AgeHours: 5},
		{Team: "brackwater", API: "equipment", Version: "v2", Plan: "trial", State: models.SubscriptionApproved, RequestedBy: "brackwater",
			Purpose: "Find out whether crane moves help our berth planning.", AgeHours: 14 * day, Decided: models.DecidedByPlan, DecidedHours: 14 * day},
		{Team: "brackwater", API: "gate", Version: "v2", Plan: "partner", State: models.SubscriptionPaused, RequestedBy: "brackwater",
			Purpose: "Book slots for the trucks of our inland depot.", AgeHours: 60 * day, Decided: "admin", DecidedHours: 59 * day, Reason: "Slots were booked and not used for three weeks. Please call the gate desk."},
		{Team: "quillhaven", API: "equipment", Version: "v2", Plan: "standard", State: models.SubscriptionPending, RequestedBy: "quillhaven", ExpectedCalls: 40_000, WishedDays: 120,
			Purpose: "Plug in refrigerated containers as soon as a spreader has set them down.", AgeHours: 1.2},
		{Team: "quillhaven", API: "gate", Version: "v2", Plan: "partner", State: models.SubscriptionDenied, RequestedBy: "quillhaven",
			Purpose: "Bring trucks in.", AgeHours: 10 * day, Decided: "admin", DecidedHours: 9.5 * day, Reason: "Which depot, and how many trucks a day? Please ask again with both."},
		{Team: "quillhaven", API: "containers", Version: "v1", Plan: "standard", State: models.SubscriptionWithdrawn, RequestedBy: "quillhaven",
			Purpose: "Look up reefers by number.", AgeHours: 11 * day},
	}
}

func northquayTokens() []Token {
	readsEquipment := permit("equipment", "v2", models.AccessRead)
	// Searching is a POST, which plain "read" doesn't open; its scope does.
	searchesEquipment := permit("equipment", "v2", models.AccessCustom, "equipment:read")
	spreaders := calls("equipment", "v2", "GET /spreaders", 74, "GET /cranes", 13, "POST /moves:search", 11, "GET /spreaders/{spreader_id}", 2)
	return []Token{
		{Key: "eta-sync", Name: "ETA sync", Description: "Reads spreader positions for the arrival forecast, every minute.", Team: "halden", Person: "partner",
			Permissions: []Permission{searchesEquipment}, State: models.TokenActive, AgeDays: 98, ExpiresDays: 82,
			Use: traffic.Profile{PerDay: 2600, Shape: traffic.Office, Mix: spreaders, Missing: 0.008, Limited: 0.004, Failing: 0.006, Live: true,
				Addresses: addresses("203.0.113.7", "203.0.113.9", "198.51.100.24"), Agents: []string{"eta-worker/1.9", "eta-worker/1.8"},
				Incidents: []traffic.Incident{{Mix: calls("equipment", "v2", "PUT /cranes/{crane_id}/target", 1)[0], Ago: 7 * time.Hour, For: 2 * time.Hour, PerHour: 153, Status: 403, Outcome: "insufficient_scope"}}}},
		{Key: "yard-dashboard", Name: "Yard dashboard", Description: "Crane and spreader states for the wall screen.", Team: "halden", Person: "partner",
			Permissions: []Permission{readsEquipment, permit("equipment", "v1", models.AccessRead), permit("containers", "v1", models.AccessCustom, "containers:read", "holds:read")}, State: models.TokenActive, AgeDays: 81, ExpiresDays: 99,
			Use: traffic.Profile{PerDay: 1700, Shape: traffic.Steady, Missing: 0.004, Failing: 0.003, Live: true,
				Mix: slices.Concat(calls("equipment", "v2", "GET /cranes", 40, "GET /spreaders", 30, "GET /carriers", 12, "GET /cranes/{crane_id}/moves", 8),
					calls("equipment", "v1", "GET /cranes", 3, "GET /cranes/{crane_id}", 2),
					calls("containers", "v1", "GET /containers/{number}", 8, "GET /containers/{number}/holds", 4)),
				Addresses: addresses("198.51.100.24"), Agents: []string{"yard-screen/4.2"}}},
		{Key: "night-batch", Name: "Night batch", Description: "Compares our containers with the port’s, every night at ten past two.", Team: "halden", Person: "partner",
			Permissions: []Permission{permit("containers", "v1", models.AccessRead)}, State: models.TokenActive, AgeDays: 81, ExpiresDays: 9,
			Use: traffic.Profile{PerDay: 900, Shape: traffic.Night, Missing: 0.02, Failing: 0.002,
				Mix:       calls("containers", "v1", "GET /containers/{number}", 80, "GET /containers", 15, "GET /containers/{number}/events", 5),
				Addresses: addresses("198.51.100.60"), Agents: []string{"python-requests/2.32"}}},
		{Key: "gate-kiosk", Name: "Gate kiosk 3", Description: "Drivers book their slots here.", Team: "halden", Person: "partner-developer", Service: "kiosks",
			Permissions: []Permission{permit("gate", "v2", models.AccessWrite)}, State: models.TokenActive, AgeDays: 21, ExpiresDays: 159,
			Use: traffic.Profile{PerDay: 720, Shape: traffic.Office, Missing: 0.015, Failing: 0.004, Live: true,
				Mix:       calls("gate", "v2", "GET /gates", 40, "GET /appointments", 25, "POST /appointments", 20, "GET /appointments/{appointment_id}", 10, "PATCH /appointments/{appointment_id}", 5, "DELETE /appointments/{appointment_id}", 2),
				Addresses: addresses("192.0.2.118"), Agents: []string{"kiosk/3.0"},
				Incidents: []traffic.Incident{
					{Mix: calls("gate", "v2", "GET /gates", 1)[0], Ago: 17 * 24 * time.Hour, For: 5 * time.Hour, PerHour: 600, Status: 503, Outcome: "credential_detached"},
					{Mix: calls("gate", "v2", "GET /gates", 1)[0], Ago: 5 * 24 * time.Hour, For: 2 * time.Hour, PerHour: 60, Status: 503, Outcome: "credential_detached"},
				}}},
		{Key: "work-orders", Name: "Work order desk", Purpose: "Orders for tomorrow’s trucks.", Description: "Places weighing and shifting orders for tomorrow’s trucks.", Team: "halden", Person: "partner-developer",
			Permissions: []Permission{permit("equipment", "v2", models.AccessWrite)}, AllowedIPs: []string{"203.0.113.0/28"}, State: models.TokenActive, AgeDays: 30, ExpiresDays: 60,
			Use: traffic.Profile{PerDay: 160, Shape: traffic.Office, Missing: 0.01, FromDays: 29,
				Mix:       calls("equipment", "v2", "POST /work-orders", 20, "GET /work-orders", 50, "GET /work-orders/{order_id}", 28, "DELETE /work-orders/{order_id}", 2),
				Addresses: addresses("203.0.113.11"), Agents: []string{"orderdesk/0.7"}}},
		{Key: "work-orders-next", Name: "Work order desk", Description: "Places weighing and shifting orders for tomorrow’s trucks.", Team: "halden", Person: "partner-developer",
			Permissions: []Permission{permit("equipment", "v2", models.AccessWrite)}, AllowedIPs: []string{"203.0.113.0/28"}, State: models.TokenActive, AgeDays: 0.25, ExpiresDays: 90,
			Replaces: "work-orders", OverlapHours: 72,
			Use: traffic.Profile{PerDay: 90, Shape: traffic.Office, Missing: 0.01, FromDays: 0.2,
				Mix:       calls("equipment", "v2", "POST /work-orders", 20, "GET /work-orders", 50, "GET /work-orders/{order_id}", 28, "DELETE /work-orders/{order_id}", 2),
				Addresses: addresses("203.0.113.12"), Agents: []string{"orderdesk/0.8"}}},
		{Key: "crane-watch", Name: "Crane watch", Description: "Reads crane and spreader states for the wall screen, every minute.", Team: "halden", Person: "partner",
			Permissions: []Permission{readsEquipment}, State: models.TokenActive, AgeDays: 2, ExpiresDays: 88},
		{Key: "berth-screen", Name: "Berth screen", Team: "halden", Person: "partner",
			Permissions: []Permission{readsEquipment}, State: models.TokenPaused, Reason: "The screen is being moved.", AgeDays: 123, ExpiresDays: 57, EndedDays: 13,
			Use: traffic.Profile{PerDay: 260, Shape: traffic.Office, UntilDays: 13, Mix: calls("equipment", "v2", "GET /cranes", 4, "GET /spreaders", 1),
				Addresses: addresses("203.0.113.90"), Agents: []string{"berth-screen/1.1"}}},
		{Key: "old-integration", Name: "Old integration", Description: "Replaced by Night batch.", Team: "halden", Person: "partner",
			Permissions: []Permission{permit("containers", "v1", models.AccessRead)}, State: models.TokenActive, AgeDays: 112, ExpiresDays: -22,
			Use: traffic.Profile{PerDay: 700, Shape: traffic.Steady, UntilDays: 22, Missing: 0.03,
				Mix:       calls("containers", "v1", "GET /containers/{number}", 1),
				Addresses: addresses("198.51.100.24"), Agents: []string{"Java/17.0.9"}}},
		{Key: "laptop-test", Name: "Laptop test", Team: "halden", Person: "partner-developer",
			Permissions: []Permission{permit("containers", "v1", models.AccessRead)}, State: models.TokenRevoked, Reason: "No longer needed.", AgeDays: 10, ExpiresDays: 20, EndedDays: 8,
			Use: traffic.Profile{PerDay: 51, Shape: traffic.Office, FromDays: 10, UntilDays: 8, Missing: 0.2,
				Mix:       calls("containers", "v1", "GET /containers/{number}", 1, "GET /containers", 1),
				Addresses: addresses("203.0.113.7"), Agents: []string{"curl/8.5.0"}}},
		{Key: "command-line", Name: "Command line", Description: "Printed by the demo, for the first curl.", Team: "halden", Person: "partner",
			Permissions: []Permission{readsEquipment, permit("containers", "v1", models.AccessRead)}, State: models.TokenActive, ExpiresDays: 180, Printed: true},
		{Key: "label-printer", Name: "Label printer", Purpose: "Prints a label for each container that leaves the yard.", Team: "halden", Person: "partner-developer",
			Permissions: []Permission{permit("equipment", "v2", models.AccessWrite)}, AllowedIPs: []string{"203.0.113.0/26"}, State: models.TokenPending, AgeDays: 0.2, ExpiresDays: 90},
		{Key: "berth-planning", Name: "Berth planning trial", Team: "brackwater", Person: "brackwater",
			Permissions: []Permission{searchesEquipment}, State: models.TokenActive, AgeDays: 14, ExpiresDays: 16,
			Use: traffic.Profile{PerDay: 180, Shape: traffic.Office, FromDays: 13.8, Missing: 0.01, Limited: 0.02, Live: true,
				Mix:       calls("equipment", "v2", "GET /cranes/{crane_id}/moves", 60, "POST /moves:search", 30, "GET /moves/{move_id}", 10),
				Addresses: addresses("192.0.2.40", "192.0.2.41"), Agents: []string{"Go-http-client/1.1"}}},
		{Key: "stowage-check", Name: "Stowage check", Team: "brackwater", Person: "brackwater",
			Permissions: []Permission{permit("equipment", "v1", models.AccessRead)}, State: models.TokenActive, AgeDays: 150, ExpiresDays: 30,
			Use: traffic.Profile{PerDay: 70, Shape: traffic.Office, UntilDays: 9, Missing: 0.01, // it moved
				Mix:       calls("equipment", "v1", "GET /cranes", 3, "GET /spreaders", 1),
				Addresses: addresses("192.0.2.42"), Agents: []string{"Go-http-client/1.1"}}},
		management("demo-scripts", "Demo scripts", "Printed by the demo, for the management API.", "admin", allScopes(), 0, 180, true),
		management("ci-publish", "CI publish", "Uploads documents after each merge.", "api-manager", []string{"apis:read", "apis:write"}, 62, 28, false),
	}
}

const equipmentV1Ends = `The old poller behind it is switched off with the last of the 2014 cranes.

Version 2 answers the same questions, fresher: a list comes in pages, and *x* and *y* moved into **position**.`

const firstWeek = `## Monday: look around

Every API has a reference and can be tried in the browser, without a token: the answers are made up, but shaped like real ones.

## Tuesday: ask for access

Choose a plan and say what it is for. The desk answers within two working days; a **trial** begins at once.

## Wednesday: make a token

One program, one token, and no more scopes than it needs. Keep it where you keep passwords.

## From Thursday on

- Ask for what changed, rather than for everything.
- Wait as long as **Retry-After** says.
- Read the mails about versions that end. They come months before.
`

const followACrane = `A crane reports every ten seconds. Asking more often costs calls and tells nothing new.

## Ask for what changed

Keep the time of the last answer and ask for moves *since* then. An empty list is a good answer: nothing moved.

## When the answer is 429

Wait as long as **Retry-After** says. The plan's limits hold for your whole team, so two programs share them:

| programs | ask every |
|---|---|
| 1 | 10 seconds |
| 3 | 30 seconds |

More about limits stands with the [plans](/t/northquay/apis/equipment).
`
