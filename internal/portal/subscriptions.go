package portal

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// RequestsPerDay is how often a team may ask for the same API in 24 hours (R69).
const RequestsPerDay = 3

// Subscriptions are the use cases around access to APIs: asking for it, deciding,
// stopping it.
type Subscriptions struct {
	store *store.Store
	calls *usage.Reader
	seen  seen
}

// NewSubscription is what a partner fills in to ask for access.
type NewSubscription struct {
	API, Version string // as in the address
	Plan         string // slug
	Team         string // id; empty for the only team that the person owns
	TeamName     string // of a new team, for who has none
	Purpose      string

	ExpectedCalls int64      // a month; 0 where the team does not say
	WishedEnd     *time.Time // nil: as long as it lasts
}

// SubscribeForm is what somebody can choose who asks for access.
type SubscribeForm struct {
	API      models.API
	Versions []models.Version // published ones, the newest first
	Plans    []models.Plan
	Teams    []models.Team         // that the person owns
	MemberOf int                   // teams in which they only are a member
	Standing []models.Subscription // open ones of these teams to this API
}

// Form shows what can be asked for.
func (s *Subscriptions) Form(ctx context.Context, actor models.Actor, api string) (f SubscribeForm, err error) {
	if err := actor.May(models.SubscriptionRequest); err != nil {
		return f, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		var versions []models.Version
		if f.API, versions, err = r.API(api); err != nil {
			return err
		}
		for _, v := range versions {
			if v.Live() && !v.Closing(s.store.Now()) {
				f.Versions = append(f.Versions, v)
			}
		}
		if len(f.Versions) == 0 {
			return nothingOpen(versions)
		}
		if f.Plans, err = offered(r, f.API.ID); err != nil {
			return err
		}
		if f.Teams, err = ownedTeams(r, actor); err != nil {
			return err
		}
		f.MemberOf = len(actor.Teams()) - len(f.Teams)
		open, err := allSubscriptions(r, store.SubscriptionFilter{Teams: ids(f.Teams, teamID), States: models.OpenSubscriptions})
		for _, sub := range open {
			if sub.APIID == f.API.ID {
				f.Standing = append(f.Standing, sub)
			}
		}
		return err
	})
	return f, err
}

// nothingOpen is why nobody can ask for any of the versions.
func nothingOpen(versions []models.Version) error {
	for _, v := range versions {
		if v.Live() {
			return closing(v)
		}
	}
	return fault.Missing("API")
}

func closing(v models.Version) error {
	return fault.New(fault.Conflict, "version_ends", "Version %s ends on %s. Nobody gets access to it anew.", v.Name, v.SunsetAt.UTC().Format("2 January 2006"))
}

// offered are the plans that can be asked for now.
func offered(r store.Tenant, api string) ([]models.Plan, error) {
	all, err := r.Plans(api)
	var out []models.Plan
	for _, p := range all {
		if p.ArchivedAt == nil {
			out = append(out, p)
		}
	}
	return out, err
}

// ownedTeams are the teams that the actor speaks for.
func ownedTeams(r store.Tenant, actor models.Actor) ([]models.Team, error) {
	teams, err := r.Teams(actor.Teams())
	var out []models.Team
	for _, id := range actor.Teams() {
		if t, ok := teams[id]; ok && actor.TeamRole(id) == models.TeamOwner {
			out = append(out, t)
		}
	}
	return out, err
}

// Request asks for a team's access to a version of an API under a plan. Who has
// no team yet becomes the owner of a new one. A plan may approve by itself;
// otherwise the tenant's admins are told.
func (s *Subscriptions) Request(ctx context.Context, actor models.Actor, in NewSubscription) (row SubscriptionRow, err error) {
	if err := actor.May(models.SubscriptionRequest); err != nil {
		return row, err
	}
	err = s.store.Do(ctx, actor, models.SubscriptionRequest, func(tx *store.Tx) error {
		row = SubscriptionRow{By: actor.Account(), Subscription: models.Subscription{
			ID: models.NewID(), State: models.SubscriptionPending, Purpose: in.Purpose, RequestedBy: actor.User(),
			ExpectedCalls: in.ExpectedCalls, WishedEnd: models.TimeOrNil(in.WishedEnd),
		}}
		if err := s.offer(tx, in, &row); err != nil {
			return err
		}
		if err := s.asking(tx, actor, in, &row); err != nil {
			return err
		}
		if row.Plan.AutoApprove {
			if err := row.Approve(models.DecidedByPlan, asAsked(row.Subscription), tx.Now()); err != nil {
				return err
			}
		}
		if err := tx.InsertSubscription(&row.Subscription); err != nil {
			return err
		}
		if err := tx.Record("subscription", row.ID, map[string]any{
			"team": row.Team.ID, "api": row.API.Slug, "version": row.Version.Name, "plan": row.Plan.Slug, "state": row.State,
		}, nil, row.Subscription); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeSubscription, row.ID); err != nil {
			return err
		}
		if row.State == models.SubscriptionApproved {
			return nil
		}
		return tellAdmins(tx, actor, row)
	})
	return row, err
}

// offer finds what is asked for, and locks what an approval rests on.
func (s *Subscriptions) offer(tx *store.Tx, in NewSubscription, row *SubscriptionRow) (err error) {
	if row.API, row.Version, err = tx.Version(in.API, in.Version); err != nil {
		return err
	}
	if err := live(tx, row.Version.ID); err != nil {
		return err
	}
	if row.Version.Closing(tx.Now()) {
		return closing(row.Version)
	}
	plans, err := offered(tx.Tenant, row.API.ID)
	if err != nil {
		return err
	}
	for _, p := range plans {
		if p.Slug == in.Plan {
			row.Plan = p
		}
	}
	var p fault.Problems
	p.Add(row.Plan.ID == "", "plan", "Choose one of the plans.")
	row.APIID, row.VersionID, row.PlanID = row.API.ID, row.Version.ID, row.Plan.ID
	return check(p, row.Check(tx.Now()))
}

// asking finds or makes the team that asks.
func (s *Subscriptions) asking(tx *store.Tx, actor models.Actor, in NewSubscription, row *SubscriptionRow) error {
	owned, err := ownedTeams(tx.Tenant, actor)
	if err != nil {
		return err
	}
	switch {
	case len(actor.Teams()) == 0:
		return s.teamOfOne(tx, actor, in.TeamName, row)
	case len(owned) == 0:
		return fault.New(fault.Forbidden, "not_team_owner", "Only an owner of your team can ask for access. Please ask them.")
	case in.Team == "" && len(owned) == 1:
		row.Team = owned[0]
	default:
		for _, t := range owned {
			if t.ID == in.Team {
				row.Team = t
			}
		}
	}
	if row.Team.ID == "" {
		return invalid("team", "Choose one of your teams.")
	}
	row.TeamID = row.Team.ID
	n, err := tx.RequestsSince(row.TeamID, row.APIID, tx.Now().Add(-24*time.Hour))
	if err == nil && n >= RequestsPerDay {
		return fault.New(fault.TooMany, "too_many_requests",
			"Your team asked for this API %d times in a day. Please wait until tomorrow, or write to the people who run it.", n).After(24 * time.Hour)
	}
	return err
}

func (s *Subscriptions) teamOfOne(tx *store.Tx, actor models.Actor, name string, row *SubscriptionRow) error {
	row.Team = models.Team{ID: models.NewID(), Name: name}
	row.TeamID = row.Team.ID
	if err := row.Team.Check(); err != nil {
		return err
	}
	if err := foundable(tx); err != nil {
		return err
	}
	if err := stillAlone(tx, actor.User()); err != nil {
		return err
	}
	return makeTeam(tx, actor, &row.Team)
}

// stillAlone is nil where the person is in no team yet: a form that was sent
// twice makes one team. It locks the account until the transaction ends.
func stillAlone(tx *store.Tx, user string) error {
	if _, err := tx.LockUser(user); err != nil {
		return err
	}
	n, err := tx.CountMemberships(user)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "changed_meanwhile", "You have a team by now. Reload the page and look again.")
	}
	return err
}

// live is nil where access to the version may be given: it is published and its
// tenant is active, and both stay so until the transaction ends (R67).
func live(tx *store.Tx, version string) error {
	tenant, v, err := tx.LockOffer(version)
	switch {
	case err != nil:
		return err
	case tenant.State != models.TenantActive:
		return fault.New(fault.Conflict, "tenant_suspended", "%s is suspended. Nobody gets access to its APIs now.", tenant.Name)
	case !v.Live():
		return fault.New(fault.Conflict, "version_not_published", "Version %s is %s. Nobody gets access to it now.", v.Name, v.State)
	}
	return nil
}

// check joins what is wrong with the input of one form.
func check(p fault.Problems, more error) error {
	if more != nil {
		p = append(p, fault.From(more).Fields...)
	}
	return p.Err()
}

func invalid(field, format string, args ...any) error {
	var p fault.Problems
	p.Add(true, field, format, args...)
	return p.Err()
}

// ids lists what id finds in each of the things, without repetition.
func ids[T any](things []T, id func(T) string) []string {
	out := make([]string, 0, len(things))
	seen := map[string]bool{}
	for _, t := range things {
		if v := id(t); v != "" && !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func teamID(t models.Team) string { return t.ID }

// Title is what a subscription is to, in words.
func (r SubscriptionRow) Title() string {
	return fmt.Sprintf("%s %s, plan %s", r.API.Name, r.Version.Name, r.Plan.Name)
}
