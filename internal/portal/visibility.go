package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// AudienceView is who sees an API, and what another choice would take from whom.
type AudienceView struct {
	API   models.API
	Teams []models.Team // that the choice names, by name
	Found []models.Team // of a search, those that it does not name

	Subscribed    []models.Team // that keep the API whatever is chosen, the first by name
	SubscribedAll int64
	Losing        []models.Team // for which it would not be there any more, the first by name
	LosingAll     int64
	Strangers     bool // visitors who are not signed in lose it
	Newcomers     bool // people who are signed in and in no team lose it
}

// Narrows reports whether the choice takes the API from anybody.
func (v AudienceView) Narrows() bool { return v.Strangers || v.Newcomers || v.LosingAll > 0 }

// Sight names what the view says of a choice, so that who saves it has seen this
// and nothing else.
func (v AudienceView) Sight(to models.Audience) string {
	return strings.Join(append([]string{strconv.Itoa(v.API.Revision), string(to.Visibility), strconv.FormatInt(v.LosingAll, 10)}, kept(to).Teams...), ".")
}

// audienceNames is how many teams a view names of those that keep or lose an API.
const audienceNames = 20

// Audience shows who sees an API; with to, what that choice would change. Teams whose
// names have every word of find are looked for where it is not "".
func (a *APIs) Audience(ctx context.Context, actor models.Actor, slug string, to *models.Audience, find string) (v AudienceView, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return v, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if v.API, _, err = r.API(slug); err != nil {
			return err
		}
		from, err := audienceOf(r, v.API)
		if err != nil {
			return err
		}
		if to == nil {
			to = &from
		}
		if v.Teams, err = teamsNamed(r, to.Teams); err != nil {
			return err
		}
		if strings.TrimSpace(find) != "" {
			if v.Found, err = r.FindTeams(find, audienceNames); err != nil {
				return err
			}
			v.Found = slices.DeleteFunc(v.Found, func(t models.Team) bool { return slices.Contains(to.Teams, t.ID) })
		}
		if v.Subscribed, v.SubscribedAll, err = r.TeamsSubscribed(v.API.ID, audienceNames); err != nil {
			return err
		}
		v.Strangers = from.Visibility == models.VisiblePublic && to.Visibility != models.VisiblePublic
		v.Newcomers = open(from.Visibility) && !open(to.Visibility)
		v.Losing, v.LosingAll, err = r.TeamsLosing(v.API.ID, from, kept(*to), audienceNames)
		return err
	})
	return v, err
}

// open reports whether whoever is signed in sees an API of the visibility.
func open(v models.Visibility) bool {
	return v == models.VisiblePublic || v == models.VisibleSignedIn
}

func audienceOf(r store.Tenant, api models.API) (models.Audience, error) {
	teams, err := r.APITeams(api.ID)
	return models.Audience{Visibility: api.Visibility, Teams: teams}, err
}

func teamsNamed(r store.Tenant, ids []string) ([]models.Team, error) {
	known, err := r.Teams(ids)
	var out []models.Team
	for _, t := range known {
		out = append(out, t)
	}
	slices.SortFunc(out, func(x, y models.Team) int { return strings.Compare(x.Name+x.ID, y.Name+y.ID) })
	return out, err
}

// SetAudience says who sees an API. Revision says which state was seen.
func (a *APIs) SetAudience(ctx context.Context, actor models.Actor, slug string, revision int, to models.Audience) (models.API, error) {
	if err := actor.May(models.APIManage); err != nil {
		return models.API{}, err
	}
	var after models.API
	err := a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		before, _, err := tx.API(slug)
		if err != nil {
			return err
		}
		after = before
		after.Revision = revision
		return showTo(tx, before, &after, to)
	})
	return after, err
}

// showTo stores an API with another audience, which gateways learn of.
func showTo(tx *store.Tx, before models.API, after *models.API, to models.Audience) error {
	to = kept(to)
	if err := to.Check(); err != nil {
		return err
	}
	from, err := audienceOf(tx.Tenant, before)
	if err != nil {
		return err
	}
	after.Visibility = to.Visibility
	if err := tx.UpdateAPI(*after); err != nil {
		return err
	}
	if err := nameTeams(tx, before.ID, to); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeAPI, before.ID); err != nil {
		return err
	}
	details := map[string]any{"name": after.Name, "visibility": to.Visibility, "old_visibility": from.Visibility,
		"teams_added": without(to.Teams, from.Teams), "teams_removed": without(from.Teams, to.Teams)}
	return tx.RecordAs("api.show_to", "api", before.ID, details, before, *after)
}

// nameTeams stores the teams that an audience names; they are of the tenant.
func nameTeams(tx *store.Tx, api string, to models.Audience) error {
	to = kept(to)
	if err := to.Check(); err != nil {
		return err
	}
	known, err := tx.Teams(to.Teams)
	if err != nil {
		return err
	}
	if len(known) != len(to.Teams) {
		return invalid("teams", "One of these teams is not there. Look for the teams by name.")
	}
	return tx.SetAPITeams(api, to.Teams)
}

// kept is an audience as it is kept: each team once, and none where they do not count.
func kept(to models.Audience) models.Audience {
	if to.Visibility != models.VisibleTeams {
		return models.Audience{Visibility: to.Visibility}
	}
	teams := slices.Clone(to.Teams)
	slices.Sort(teams)
	return models.Audience{Visibility: to.Visibility, Teams: slices.Compact(teams)}
}

// without are the texts that are not among the others.
func without(some, others []string) []string {
	out := []string{}
	for _, s := range some {
		if !slices.Contains(others, s) {
			out = append(out, s)
		}
	}
	return out
}
