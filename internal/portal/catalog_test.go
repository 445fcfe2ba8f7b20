package portal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// catalog fills the shop: four APIs that are published and a draft.
func (s *shop) catalog(clk clock.Clock) {
	s.t.Helper()
	for _, a := range []models.API{
		{Slug: "cranes", Name: "Cranes", Summary: "What hooks do.", Category: "Port", Tags: []string{"live", "100%", `of "steel"`}},
		{Slug: "berths", Name: "Berths", Summary: "Where ships lie.", Category: "Port", Tags: []string{"Live"}},
		{Slug: "trucks", Name: "Trucks", Category: "Road", Tags: []string{"slots"}},
		{Slug: "drafts", Name: "Drafts", Category: "Later", Tags: []string{"live"}},
		{Slug: "axles", Name: "Axles"},
	} {
		_, err := s.portal.APIs.Create(s.ctx, s.as("manager"), a)
		s.must(err)
	}
	_, err := s.portal.APIs.CreateVersion(s.ctx, s.as("manager"), "drafts", "v1")
	s.must(err)
	for _, slug := range []string{"axles", "trucks", "cranes", "berths"} { // in this order
		clk.(*clock.Manual).Advance(time.Hour)
		s.publish(slug, "v1", "northquay-gate-v2.yaml")
	}
	_, err = s.portal.Plans.Create(s.ctx, s.as("manager"), "cranes", models.Plan{Slug: "trial", Name: "Trial", AutoApprove: true, Rates: []models.Rate{{Calls: 1, Seconds: 1}}})
	s.must(err)
	_, err = s.portal.APIs.SetAudience(s.ctx, s.as("manager"), "trucks", 1, models.Audience{Visibility: models.VisibleHidden})
	s.must(err)
	err = s.store.Do(s.ctx, s.as("manager"), models.APIManage, func(tx *store.Tx) error {
		_, v, err := tx.Version("axles", "v1")
		if err != nil {
			return err
		}
		v.State = models.VersionDeprecated
		if err := tx.UpdateVersion(v); err != nil {
			return err
		}
		return tx.Record("version", v.ID, nil, nil, nil)
	})
	s.must(err)
}

func TestTheCatalogIsNarrowedAndSorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.catalog(o.Clock)
		for _, tt := range []struct {
			who  string
			page portal.APIPage
			want string
		}{
			{"partner", portal.APIPage{}, "axles berths cranes"},
			{"manager", portal.APIPage{}, "axles berths cranes drafts trucks"},
			{"manager", portal.APIPage{Sort: "newest"}, "axles drafts trucks berths cranes"},
			{"partner", portal.APIPage{Sort: "newest"}, "axles berths cranes"},
			{"partner", portal.APIPage{Sort: "updated"}, "berths cranes axles"},
			{"manager", portal.APIPage{Sort: "updated"}, "berths cranes trucks axles drafts"},
			{"partner", portal.APIPage{Category: "Port"}, "berths cranes"},
			{"partner", portal.APIPage{Category: "port"}, ""},
			{"partner", portal.APIPage{Category: "Road"}, ""},
			{"manager", portal.APIPage{Category: "Road"}, "trucks"},
			{"partner", portal.APIPage{Tag: "live"}, "berths cranes"},
			{"partner", portal.APIPage{Tag: "liv"}, ""},
			{"partner", portal.APIPage{Tag: "100%"}, "cranes"},
			{"partner", portal.APIPage{Tag: "%"}, ""},
			{"partner", portal.APIPage{Tag: `of "steel"`}, "cranes"},
			{"partner", portal.APIPage{Tag: `" , "`}, ""},
			{"partner", portal.APIPage{Text: "PORT ships"}, "berths"},
			{"partner", portal.APIPage{Text: "slots"}, ""},
			{"partner", portal.APIPage{State: "deprecated"}, "axles"},
			{"partner", portal.APIPage{State: "published", Tag: "live", Category: "Port", Text: "hook"}, "cranes"},
			{"manager", portal.APIPage{State: "draft"}, "drafts"},
			{"partner", portal.APIPage{Access: "open"}, "cranes"},
			{"partner", portal.APIPage{Access: "approval"}, "axles berths"},
			{"partner", portal.APIPage{Access: "subscribed"}, ""},
			{"manager", portal.APIPage{Visibility: "hidden"}, "trucks"},
		} {
			if got := s.listed(tt.who, tt.page, 100); got != tt.want {
				t.Errorf("%s, %+v: %q, not %q", tt.who, tt.page, got, tt.want)
			}
			if got := s.listed(tt.who, tt.page, 1); got != tt.want {
				t.Errorf("%s, %+v, by pages of one: %q, not %q", tt.who, tt.page, got, tt.want)
			}
			_, _, all, err := s.portal.APIs.Labels(s.ctx, s.as(tt.who), tt.page)
			if err != nil || all != len(strings.Fields(tt.want)) {
				t.Errorf("%s, %+v: %d are counted, %v", tt.who, tt.page, all, err)
			}
		}
		for _, page := range []portal.APIPage{{State: "draft"}, {State: "retired"}, {Visibility: "hidden"}, {Access: "any"}, {Sort: "id"}} {
			page.Limit = 5
			if _, _, err := s.portal.APIs.List(s.ctx, s.as("partner"), page); !fault.Is(err, fault.Invalid) {
				t.Errorf("a partner may ask for %+v: %v", page, err)
			}
		}
	})
}

// listed are the slugs of a list, page by page.
func (s *shop) listed(who string, page portal.APIPage, limit int) string {
	s.t.Helper()
	var slugs []string
	for page.Limit = limit; ; {
		list, more, err := s.portal.APIs.List(s.ctx, s.as(who), page)
		s.must(err)
		for _, l := range list {
			slugs = append(slugs, l.Slug)
		}
		if page.After = more; more == "" || len(slugs) > 20 {
			return strings.Join(slugs, " ")
		}
	}
}

// R53: labels and their counts are of what the reader sees.
func TestLabelsCountWhatIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.catalog(o.Clock)
		for _, tt := range []struct {
			who              string
			page             portal.APIPage
			categories, tags string
		}{
			{"partner", portal.APIPage{}, "map[Port:2]", `map[100%:1 live:2 of "steel":1]`},
			{"manager", portal.APIPage{}, "map[Later:1 Port:2 Road:1]", `map[100%:1 live:3 of "steel":1 slots:1]`},
			{"manager", portal.APIPage{Category: "Road"}, "map[Later:1 Port:2 Road:1]", "map[slots:1]"},
			{"manager", portal.APIPage{Tag: "live"}, "map[Later:1 Port:2]", `map[100%:1 live:3 of "steel":1 slots:1]`},
			{"partner", portal.APIPage{Text: "ships"}, "map[Port:1]", "map[live:1]"},
		} {
			categories, tags, _, err := s.portal.APIs.Labels(s.ctx, s.as(tt.who), tt.page)
			s.must(err)
			if got := fmt.Sprint(categories.Categories); got != tt.categories {
				t.Errorf("%s, %+v: categories %s", tt.who, tt.page, got)
			}
			if got := fmt.Sprint(tags.Tags); got != tt.tags {
				t.Errorf("%s, %+v: tags %s", tt.who, tt.page, got)
			}
		}
	})
}

// What a choice takes from whom is said before; what was done stands in the audit log,
// and gateways learn of it.
func TestAnotherAudience(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		v := s.publish("cranes", "v1", "northquay-gate-v2.yaml")
		apis, manager := s.portal.APIs, s.as("manager")
		ids := map[string]string{}
		for _, name := range []string{"Alder", "Birch", "Cedar"} {
			ids[name] = models.NewID()
			s.must(s.store.Do(s.ctx, s.as("partner"), models.TeamManage, func(tx *store.Tx) error {
				if err := tx.InsertTeam(&models.Team{ID: ids[name], Name: name}, s.users["partner"].ID); err != nil {
					return err
				}
				return tx.Record("team", ids[name], nil, nil, nil)
			}))
		}
		cedar := models.NewActor(models.Standing{User: s.users["partner"], Teams: map[string]models.TeamRole{ids["Cedar"]: models.TeamOwner}}, s.tenant, models.Request{ID: "req"})
		_, err := s.portal.Subscriptions.Request(s.ctx, cedar, portal.NewSubscription{API: "cranes", Version: v.Name, Plan: "standard", Team: ids["Cedar"], Purpose: "To lift things up."})
		s.must(err)

		to := func(v models.Visibility, teams ...string) models.Audience {
			a := models.Audience{Visibility: v}
			for _, name := range teams {
				a.Teams = append(a.Teams, ids[name])
			}
			return a
		}
		revision := 1
		for _, step := range []struct {
			to        models.Audience
			losing    string
			strangers bool
			newcomers bool
		}{
			{to(models.VisibleSignedIn), "", true, false},
			{to(models.VisibleTeams, "Birch", "Birch", "Alder"), "", false, true},
			{to(models.VisibleTeams, "Birch"), "Alder", false, false},
			{to(models.VisibleHidden, "Alder"), "Birch", false, false},
			{to(models.VisiblePublic), "", false, false},
			{to(models.VisibleTeams, "Cedar"), "Alder Birch", true, true}, // Cedar subscribes
			{to(models.VisibleSignedIn), "", false, false},
			{to(models.VisibleHidden), "Alder Birch", false, true},
		} {
			view, err := apis.Audience(s.ctx, manager, "cranes", &step.to, "i")
			s.must(err)
			var losing []string
			for _, team := range view.Losing {
				losing = append(losing, team.Name)
			}
			if strings.Join(losing, " ") != step.losing || int(view.LosingAll) != len(losing) || view.Strangers != step.strangers || view.Newcomers != step.newcomers ||
				view.Narrows() != (len(losing) > 0 || step.strangers || step.newcomers) {
				t.Errorf("%+v takes it from %v, strangers %v, newcomers %v", step.to, losing, view.Strangers, view.Newcomers)
			}
			if len(view.Subscribed) != 1 || view.Subscribed[0].Name != "Cedar" {
				t.Errorf("it is kept by %+v", view.Subscribed)
			}
			if slices.ContainsFunc(view.Found, func(f models.Team) bool { return f.Name != "Birch" }) {
				t.Errorf("%+v are found by an i", view.Found)
			}
			was := s.announce.Load()
			after, err := apis.SetAudience(s.ctx, manager, "cranes", revision, step.to)
			s.must(err)
			revision++
			if after.Visibility != step.to.Visibility || s.announce.Load() == was {
				t.Errorf("it is %s, and gateways were told: %v", after.Visibility, s.announce.Load() != was)
			}
		}
		for name, bad := range map[string]models.Audience{
			"no team": {Visibility: models.VisibleTeams}, "nonsense": {Visibility: "all"}, "a team of nobody": {Visibility: models.VisibleTeams, Teams: []string{models.NewID()}},
			"too many": {Visibility: models.VisibleTeams, Teams: manyIDs(models.AudienceTeamsMost + 1)},
		} {
			if _, err := apis.SetAudience(s.ctx, manager, "cranes", revision, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := apis.SetAudience(s.ctx, manager, "cranes", 1, to(models.VisiblePublic)); !fault.Is(err, fault.Conflict) {
			t.Errorf("over somebody else's change: %v", err)
		}
		for _, who := range []string{"partner", "auditor"} {
			if _, err := apis.SetAudience(s.ctx, s.as(who), "cranes", revision, to(models.VisiblePublic)); !fault.Is(err, fault.Forbidden) {
				t.Errorf("by the %s: %v", who, err)
			}
		}
		if log := s.auditLog(); strings.Count(log, "api.show_to") != 8 || !strings.Contains(log, ids["Alder"]) || !strings.Contains(log, "old_visibility") {
			t.Errorf("the audit log says\n%s", log)
		}
		s.timesOfStatus(cedar)
	})
}

// timesOfStatus asks for the status of what was never called.
func (s *shop) timesOfStatus(who models.Actor) {
	s.t.Helper()
	_, list, err := s.portal.APIs.Status(s.ctx, who, "cranes")
	s.must(err)
	if len(list) != 1 || list[0].Now != portal.HealthQuiet || list[0].Known || len(list[0].Days) != 90 || len(list[0].Spans) != 4 || list[0].Spans[3].Known {
		s.t.Errorf("the status of what nobody calls: %+v", list)
	}
	if today := list[0].Days[89].Start; s.store.Now().Sub(today) >= 24*time.Hour {
		s.t.Errorf("the last day is %s", today)
	}
	if _, _, err := s.portal.APIs.Status(s.ctx, s.as("partner"), "cranes"); !fault.Is(err, fault.NotFound) {
		s.t.Errorf("the status of what one does not see: %v", err)
	}
}

func manyIDs(n int) (ids []string) {
	for range n {
		ids = append(ids, models.NewID())
	}
	return ids
}
