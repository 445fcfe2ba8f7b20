package store_test

import (
	"context"
	"errors"
	"testing"

	"gorm.io/gorm"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R48: the databases themselves refuse what does not belong together, in one
// tenant as between two.
func TestReferencesBelongTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := storetest.Open(t, o)
		a, b := storetest.Tenant(t, s, "aa"), storetest.Tenant(t, s, "bb")
		mine, other, foreign := offerOf(t, s, a, "one"), offerOf(t, s, a, "two"), offerOf(t, s, b, "one")
		subscribe := func(api, version, plan string) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				return tx.InsertSubscription(&models.Subscription{ID: models.NewID(), TeamID: mine.team.ID, APIID: api, VersionID: version, PlanID: plan,
					State: models.SubscriptionEnded, RequestedBy: a.User()})
			}
		}
		publish := func(revision string) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				v := mine.version
				v.PublishedID = &revision
				return tx.UpdateVersion(v)
			}
		}
		invite := func(tenant *string, team string) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				return tx.InsertLink(&models.Link{Hash: []byte(models.NewID()), Kind: models.LinkTeam, Email: "a@test.example", ForTenant: tenant, ForTeam: &team,
					CreatedBy: a.User(), ExpiresAt: tx.Now()})
			}
		}
		except := func(plan, team string) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				return tx.InsertException(&models.Exception{ID: models.NewID(), PlanID: plan, TeamID: team, Rates: mine.plan.Rates, EndsAt: tx.Now()})
			}
		}
		home := a.Tenant().ID
		for name, tt := range map[string]struct {
			write func(*store.Tx) error
			fits  bool
		}{
			"a subscription to what belongs together":        {subscribe(mine.api.ID, mine.version.ID, mine.plan.ID), true},
			"a subscription to a version of another API":     {subscribe(mine.api.ID, other.version.ID, mine.plan.ID), false},
			"a subscription under a plan of another API":     {subscribe(mine.api.ID, mine.version.ID, other.plan.ID), false},
			"a subscription to a version of another tenant":  {subscribe(foreign.api.ID, foreign.version.ID, foreign.plan.ID), false},
			"an exception for a team of the tenant":          {except(mine.plan.ID, other.team.ID), true},
			"an exception for a team of another tenant":      {except(mine.plan.ID, foreign.team.ID), false},
			"an exception to a plan of another tenant":       {except(foreign.plan.ID, mine.team.ID), false},
			"a document of the version":                      {publish(mine.revision.ID), true},
			"a document of another version":                  {publish(other.revision.ID), false},
			"a document of another tenant":                   {publish(foreign.revision.ID), false},
			"a document of nobody":                           {publish(models.NewID()), false},
			"an invitation to a team of the tenant":          {invite(&home, mine.team.ID), true},
			"an invitation to a team of another tenant":      {invite(&home, foreign.team.ID), false},
			"an invitation to a team, but not to its tenant": {invite(nil, mine.team.ID), false},
		} {
			back := errors.New("taken back")
			err := s.Do(context.Background(), a, models.TeamManage, func(tx *store.Tx) error {
				if err := tt.write(tx); err != nil {
					return err
				}
				return back
			})
			if tt.fits != errors.Is(err, back) {
				t.Errorf("%s: %v", name, err)
			}
			if !tt.fits && !errors.Is(err, gorm.ErrForeignKeyViolated) && !errors.Is(err, gorm.ErrCheckConstraintViolated) {
				t.Errorf("%s is refused for another reason: %v", name, err)
			}
		}
	})
}

// offer is an API with a version, its document and a plan, and a team.
type offer struct {
	api      models.API
	version  models.Version
	revision models.Revision
	plan     models.Plan
	team     models.Team
}

func offerOf(t *testing.T, s *store.Store, a models.Actor, slug string) (o offer) {
	t.Helper()
	o = offer{api: models.API{ID: models.NewID(), Slug: slug, Name: slug}, team: models.Team{ID: models.NewID(), Name: slug}}
	o.version = models.Version{ID: models.NewID(), APIID: o.api.ID, Name: "v1", State: models.VersionDraft}
	o.revision = models.Revision{ID: models.NewID(), VersionID: o.version.ID, Document: []byte("{}"), SHA256: []byte{1}, Outline: []byte{1}, CreatedBy: a.User()}
	o.plan = models.Plan{ID: models.NewID(), APIID: o.api.ID, Slug: "plan", Name: "Plan", Rates: []models.Rate{{Calls: 1, Seconds: 1}}}
	do(t, s, a, func(tx *store.Tx) error {
		return errors.Join(tx.InsertAPI(&o.api), tx.InsertVersion(&o.version), tx.InsertRevision(&o.revision, nil), tx.InsertPlan(&o.plan),
			tx.InsertTeam(&o.team, a.User()))
	})
	return o
}
