package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// End is what is announced of a version, for its readers.
type End struct {
	API           models.API
	Version       models.Version
	Successor     models.Version // zero where none is named, or the reader may not see it
	Announcements []models.Announcement
	Tokens        []OwnCaller // of the reader's teams, that were found to call
	Unseen        bool        // the reader was told, and has not said that they saw it
}

// OwnCaller is a token of the reader's own team that calls a version.
type OwnCaller struct {
	models.AnnouncedCaller
	Token models.Token
	Team  models.Team
}

// End shows readers what is announced of a version that they see, or saw until it
// was retired.
func (s *Versions) End(ctx context.Context, actor models.Actor, api, version string) (e End, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return e, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		if e.API, e.Version, err = r.Version(api, version); fault.Is(err, fault.NotFound) {
			e.API, e.Version, err = r.RetiredVersion(api, version)
		}
		if err != nil {
			return err
		}
		if e.Successor, err = successorOf(r, e.API, e.Version); err != nil {
			return err
		}
		if e.Version.State != models.VersionDraft {
			e.Announcements, err = r.Announcements(e.Version.ID)
		}
		if err != nil || len(actor.Teams()) == 0 {
			return err
		}
		return e.ofReader(r, actor)
	})
	return e, err
}

// ofReader adds what concerns the reader alone.
func (e *End) ofReader(r store.Tenant, actor models.Actor) error {
	for _, a := range e.Announcements {
		notices, err := r.VersionNotices(a.ID)
		if err != nil {
			return err
		}
		for _, n := range notices {
			e.Unseen = e.Unseen || n.UserID == actor.User() && n.SeenAt == nil
		}
		if len(e.Tokens) == 0 {
			if e.Tokens, err = ownCallers(r, actor, a.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// successorOf is the version to go to, as far as the reader sees it.
func successorOf(r store.Tenant, api models.API, v models.Version) (models.Version, error) {
	if v.SuccessorID == nil {
		return models.Version{}, nil
	}
	seen, err := r.VersionsOf([]string{api.ID})
	for _, other := range seen {
		if other.ID == *v.SuccessorID {
			return other, err
		}
	}
	return models.Version{}, err
}

// ownCallers are the tokens of the reader's teams that an announcement found.
func ownCallers(r store.Tenant, actor models.Actor, id string) (out []OwnCaller, err error) {
	callers, err := r.AnnouncedCallers(id)
	if err != nil {
		return nil, err
	}
	callers = slices.DeleteFunc(callers, func(c models.AnnouncedCaller) bool { return actor.TeamRole(c.TeamID) == "" })
	if len(callers) == 0 {
		return nil, nil
	}
	tokens, err := r.TokensByID(ids(callers, func(c models.AnnouncedCaller) string { return c.TokenID }))
	if err != nil {
		return nil, err
	}
	teams, err := r.Teams(ids(callers, func(c models.AnnouncedCaller) string { return c.TeamID }))
	for _, c := range callers {
		if token, ok := tokens[c.TokenID]; ok {
			out = append(out, OwnCaller{c, token, teams[c.TeamID]})
		}
	}
	return out, err
}

// See notes that a person has seen what they were told of a version.
func (s *Versions) See(ctx context.Context, actor models.Actor, api, version string) error {
	if err := actor.May(models.SubscriptionReadOwn); err != nil {
		return err
	}
	e, err := s.End(ctx, actor, api, version)
	if err != nil {
		return err
	}
	return s.store.SeeVersion(ctx, actor.User(), e.Version.ID, LifePath(actor.Tenant().Slug, e.API.Slug, e.Version.Name))
}
