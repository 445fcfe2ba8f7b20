package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Versions are the use cases around a version's life after it was published:
// announcing its end, ending it, and telling those who call it.
type Versions struct {
	store *store.Store
	calls *usage.Reader
	apis  *APIs
	seen  seen
}

// AsSeen are the same use cases for who changes a version only as they saw it: its
// Revision is one of these states.
func (s *Versions) AsSeen(states ...string) *Versions {
	c := *s
	c.seen = states
	return &c
}

// VersionEnd is what somebody announces of a version's end.
type VersionEnd struct {
	models.Ending
	Successor string // name of a version of the same API, or ""
	Accept           // where it ends so soon that it is as good as now
}

// Accept says that a version may end although it is called: a person types the API's
// name, a program says so.
type Accept struct {
	Confirm string
	Callers bool
}

// Deprecate announces a version's end, or changes what was announced, and has its
// callers told.
func (s *Versions) Deprecate(ctx context.Context, actor models.Actor, api, version string, in VersionEnd) (models.Version, error) {
	return s.change(ctx, actor, api, version, "version.deprecate", in.Accept, func(tx *store.Tx, found models.API, v *models.Version) (models.AnnouncementKind, error) {
		in.Notice = strings.TrimSpace(in.Notice)
		if in.SuccessorID = nil; in.Successor != "" {
			_, next, err := tx.Version(found.Slug, in.Successor)
			if err != nil || !next.Live() || next.DeprecatedAt != nil {
				return "", invalid("successor", "Choose a published version of this API that is not deprecated itself.")
			}
			in.SuccessorID = &next.ID
		}
		kind := models.AnnounceDeprecated
		if v.DeprecatedAt != nil {
			kind = models.AnnounceDates
		}
		return kind, v.Deprecate(in.Ending, tx.Now())
	})
}

// Undeprecate takes an announced end back, and has those told who call the version.
func (s *Versions) Undeprecate(ctx context.Context, actor models.Actor, api, version string) (models.Version, error) {
	return s.change(ctx, actor, api, version, "version.undeprecate", Accept{}, func(_ *store.Tx, _ models.API, v *models.Version) (models.AnnouncementKind, error) {
		return models.AnnounceUndeprecate, v.Undeprecate()
	})
}

// Retire ends a version now. Where it is called still, that has to be accepted.
func (s *Versions) Retire(ctx context.Context, actor models.Actor, api, version string, accept Accept) (models.Version, error) {
	return s.change(ctx, actor, api, version, "version.retire", accept, func(tx *store.Tx, _ models.API, v *models.Version) (models.AnnouncementKind, error) {
		return models.AnnounceRetired, v.Retire(tx.Now())
	})
}

// Revive brings a retired version back.
func (s *Versions) Revive(ctx context.Context, actor models.Actor, api, version string) (models.Version, error) {
	return s.change(ctx, actor, api, version, "version.revive", Accept{}, func(tx *store.Tx, _ models.API, v *models.Version) (models.AnnouncementKind, error) {
		return models.AnnounceRevived, v.Revive(tx.Now())
	})
}

// change changes a version, tells the gateways, and has its callers told. What takes
// it away from them at once, or nearly so, has to be accepted where there are any.
func (s *Versions) change(ctx context.Context, actor models.Actor, api, version, verb string, accept Accept,
	with func(*store.Tx, models.API, *models.Version) (models.AnnouncementKind, error)) (after models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return after, err
	}
	if err := actor.May(models.APIReadAll); err != nil {
		return after, err
	}
	called, err := s.called(ctx, actor, api, version)
	if err != nil {
		return after, err
	}
	err = s.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		found, before, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		if err := s.seen.still(strconv.Itoa(before.Revision)); err != nil {
			return err
		}
		after = before
		kind, err := with(tx, found, &after)
		if err != nil {
			return err
		}
		sooner := after.Hurried(tx.Now()) && (before.SunsetAt == nil || after.SunsetAt.Before(*before.SunsetAt))
		if after.Gone(tx.Now()) || sooner {
			if err := accepted(actor, found, called, accept); err != nil {
				return err
			}
		}
		return s.keep(tx, actor, verb, kind, before, after)
	})
	after.Revision++
	return after, err
}

// keep stores a version's change, and has it told.
func (s *Versions) keep(tx *store.Tx, actor models.Actor, verb string, kind models.AnnouncementKind, before, after models.Version) error {
	if err := tx.UpdateVersion(after); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeVersion, after.ID); err != nil {
		return err
	}
	details := map[string]any{"from": before.State, "to": after.State}
	for name, at := range map[string]*time.Time{"deprecated_at": after.DeprecatedAt, "sunset_at": after.SunsetAt} {
		if at != nil {
			details[name] = at.Format(time.RFC3339)
		}
	}
	if err := tx.RecordAs(verb, "version", after.ID, details, before, after); err != nil || kind == "" {
		return err
	}
	return announce(tx, actor, after, models.Announcement{Kind: kind})
}

// called is who called a version in the last 30 days.
func (s *Versions) called(ctx context.Context, actor models.Actor, api, version string) ([]VersionCaller, error) {
	var v models.Version
	err := s.store.As(ctx, actor, func(r store.Tenant) (err error) {
		_, v, err = r.Version(api, version)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.callers(ctx, models.NewProgram("versions", actor.Tenant()), v.ID, s.daysAgo(callerDays), false)
}

// accepted is nil where nobody calls any more, or whoever ends the version said that
// they know.
func accepted(actor models.Actor, api models.API, called []VersionCaller, a Accept) error {
	if len(called) == 0 {
		return nil
	}
	if actor.ManagementToken() != "" && a.Callers || actor.ManagementToken() == "" && models.SameWords(a.Confirm, api.Name) {
		return nil
	}
	sum := Callers(called)
	left := fault.New(fault.Conflict, "callers_left", "%s called this version in the last %d days with %s, the last one on %s. Nothing was changed.",
		count(sum.Teams, "team"), callerDays, count(sum.Tokens, "token"), sum.Last.UTC().Format("2 January 2006"))
	if actor.ManagementToken() != "" {
		return left.WithFields(fault.Field{Name: "accept_callers", Message: "Send true to end it all the same."})
	}
	return left.WithFields(fault.Field{Name: "confirm", Message: "Type the API's name, " + strconv.Quote(api.Name) + ", to end it all the same."})
}
