package portal

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Due does what the clock says about versions: what is announced comes to pass, and
// who still calls a version that ends hears of it 30, 7 and 1 days before. It is a
// job; each step is done once however often it runs, and what fails for one version
// keeps none of the others. Gateways end a version at its second by themselves.
func (s *Versions) Due(ctx context.Context) error {
	now := s.store.Now()
	var tenants map[string]models.Tenant
	var due []models.Version
	err := s.store.Survey(ctx, func(p store.Platform) (err error) {
		if tenants, err = tenantsByID(p); err != nil {
			return err
		}
		due, err = p.DueVersions(now.AddDate(0, 0, models.EndNotices[0]+1))
		return err
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range due {
		program := models.NewProgram("versions", tenants[v.TenantID])
		if v.StateAt(now) != v.State {
			errs = append(errs, s.comeToPass(ctx, program, v.ID))
		} else {
			errs = append(errs, s.reminders(ctx, program, v))
		}
	}
	return errors.Join(errs...)
}

// comeToPass brings a version into the state that its dates say.
func (s *Versions) comeToPass(ctx context.Context, program models.Actor, id string) error {
	if err := program.May(models.VersionWatch); err != nil {
		return err
	}
	err := s.store.Do(ctx, program, models.VersionWatch, func(tx *store.Tx) error {
		versions, err := tx.VersionsByID([]string{id})
		if err != nil {
			return err
		}
		before, after := versions[id], versions[id]
		switch state := before.StateAt(tx.Now()); {
		case state == before.State:
			return errNothingToDo // somebody was quicker
		case state == models.VersionRetired:
			if err := after.Retire(*before.SunsetAt); err != nil {
				return err
			}
			return s.keep(tx, program, "version.retire", models.AnnounceRetired, before, after)
		}
		after.State = models.VersionDeprecated
		return s.keep(tx, program, "version.deprecate", "", before, after) // its callers know
	})
	if errors.Is(err, errNothingToDo) {
		return nil
	}
	return err
}

// reminders tells those who still call that the end comes near.
func (s *Versions) reminders(ctx context.Context, program models.Actor, v models.Version) error {
	var list []models.Announcement
	err := s.store.As(ctx, program, func(r store.Tenant) (err error) {
		list, err = r.Announcements(v.ID)
		return err
	})
	if err != nil {
		return err
	}
	a, ok := sayingWhen(list)
	due := a.ReminderDue(s.store.Now())
	if !ok || due == 0 {
		return nil
	}
	_, err = s.remind(ctx, program, a.ID, func(a *models.Announcement, now time.Time) error {
		if a.ReminderDue(now) != due {
			return errNothingToDo
		}
		a.Reminded = due
		return nil
	})
	return err
}

// sayingWhen is the announcement that says when the version ends, of those of one
// version with the newest first.
func sayingWhen(list []models.Announcement) (models.Announcement, bool) {
	for _, a := range list {
		switch a.Kind {
		case models.AnnouncePublished:
			continue
		case models.AnnounceDeprecated, models.AnnounceDates:
			return a, a.Ends()
		}
		break
	}
	return models.Announcement{}, false
}

// remind tells those who still call, once for what note says, and how many tokens
// that were.
func (s *Versions) remind(ctx context.Context, actor models.Actor, id string, note func(*models.Announcement, time.Time) error) (n int, err error) {
	program := models.NewProgram("versions", actor.Tenant())
	var about subject
	if err := s.store.As(ctx, program, func(r store.Tenant) (err error) {
		about, err = subjectOf(r, id)
		return err
	}); err != nil {
		return 0, err
	}
	still, err := s.still(ctx, program, about.Announcement)
	if err != nil {
		return 0, err
	}
	action := models.VersionWatch
	if actor.User() != "" || actor.ManagementToken() != "" {
		action = models.APIManage
	}
	err = s.store.Do(ctx, actor, action, func(tx *store.Tx) error {
		a, err := tx.LockAnnouncement(id)
		if err != nil {
			return err
		}
		if err := note(&a, tx.Now()); err != nil {
			return err
		}
		if err := tx.UpdateAnnouncement(a); err != nil {
			return err
		}
		if _, err := tellCallers(tx, actor, about, still, reminderHead(about, tx.Now()), true); err != nil {
			return err
		}
		return tx.RecordAs("version.remind", "version", about.VersionID, map[string]any{"announcement": id, "tokens": len(still)}, nil, nil)
	})
	if errors.Is(err, errNothingToDo) {
		return 0, nil
	}
	return len(still), err
}

// still are those who call a version still that an announcement is about: of a changed
// document just those who were told of it.
func (s *Versions) still(ctx context.Context, program models.Actor, a models.Announcement) ([]VersionCaller, error) {
	all, err := s.callers(ctx, program, a.VersionID, s.stillSince(a), true)
	if err != nil || a.Kind != models.AnnouncePublished {
		return all, err
	}
	told := map[string]bool{}
	err = s.store.As(ctx, program, func(r store.Tenant) error {
		callers, err := r.AnnouncedCallers(a.ID)
		for _, c := range callers {
			told[c.TokenID] = true
		}
		return err
	})
	return slices.DeleteFunc(all, func(c VersionCaller) bool { return !told[c.Token.ID] }), err
}

func reminderHead(about subject, now time.Time) string {
	switch {
	case about.version.Gone(now):
		return "is retired and is still called"
	case about.SunsetAt != nil:
		return "ends " + onDay(*about.SunsetAt) + " and is still called"
	}
	return about.headline() + " and is still called"
}

// stillSince is from when on a call says that somebody still calls: after they were
// told, and within the last week.
func (s *Versions) stillSince(a models.Announcement) time.Time {
	since := s.store.Now().AddDate(0, 0, -stillDays)
	if told := a.CreatedAt; told.After(since) {
		return told
	}
	return since
}

// remindAgain is how long after one reminder by hand another may follow.
const remindAgain = 24 * time.Hour

// Remind tells those who still call once more, by hand.
func (s *Versions) Remind(ctx context.Context, actor models.Actor, api, version, id string) (tokens int, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return 0, err
	}
	if err := s.store.As(ctx, actor, func(r store.Tenant) error {
		_, _, _, err := announcementOf(r, api, version, id)
		return err
	}); err != nil {
		return 0, err
	}
	return s.remind(ctx, actor, id, func(a *models.Announcement, now time.Time) error {
		switch {
		case a.ToldAt == nil:
			return fault.New(fault.Conflict, "not_told_yet", "Its callers are being told just now. Try again in a moment.")
		case a.RemindedAt != nil && now.Sub(*a.RemindedAt) < remindAgain:
			return fault.New(fault.Conflict, "reminded_lately", "They were reminded at %s. Wait a day before you do so again.", date(*a.RemindedAt))
		}
		a.RemindedAt = &now
		return nil
	})
}

// announcementOf finds an announcement by the names in its address.
func announcementOf(r store.Tenant, api, version, id string) (found models.API, v models.Version, a models.Announcement, err error) {
	if found, v, err = r.Version(api, version); err != nil {
		return found, v, a, err
	}
	if a, err = r.Announcement(id); err == nil && a.VersionID != v.ID {
		err = fault.Missing("announcement")
	}
	return found, v, a, err
}
