package portal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Announce is a job: find who calls a version, and tell them what happened to it.
type Announce struct {
	Tenant       string `json:"tenant"`
	Announcement string `json:"announcement"`
}

// Kind of the job.
func (Announce) Kind() string { return "version_announce" }

// announce notes what happened to a version, and has its callers told.
func announce(tx *store.Tx, actor models.Actor, v models.Version, a models.Announcement) error {
	a.ID, a.VersionID, a.DeprecatedAt, a.SunsetAt, a.MadeBy = models.NewID(), v.ID, v.DeprecatedAt, v.SunsetAt, actor.User()
	if err := tx.InsertAnnouncement(&a); err != nil {
		return err
	}
	return tx.Enqueue(Announce{actor.Tenant().ID, a.ID})
}

// announcePublished has those told who call what another document changes.
func announcePublished(tx *store.Tx, actor models.Actor, before models.Version, revision string) error {
	if before.PublishedID == nil || *before.PublishedID == revision {
		return nil
	}
	return announce(tx, actor, before, models.Announcement{Kind: models.AnnouncePublished, BaseID: before.PublishedID, RevisionID: &revision})
}

// subject is what an announcement is about.
type subject struct {
	models.Announcement
	api        models.API
	version    models.Version
	successor  string
	deprecates bool // operations; known while its callers are found
}

func (s subject) name() string { return s.api.Name + " " + s.version.Name }

// path of the page that tells about it.
func (s subject) path(actor models.Actor) string {
	return LifePath(actor.Tenant().Slug, s.api.Slug, s.version.Name)
}

// LifePath is where readers find what is announced of a version.
func LifePath(tenant, api, version string) string {
	return "/t/" + tenant + "/apis/" + api + "/" + version + "/life"
}

// subjectOf reads it.
func subjectOf(r store.Tenant, id string) (s subject, err error) {
	if s.Announcement, err = r.Announcement(id); err != nil {
		return s, err
	}
	versions, err := r.VersionsByID([]string{s.VersionID})
	if err != nil {
		return s, err
	}
	s.version = versions[s.VersionID]
	if next := s.version.SuccessorID; next != nil {
		others, err := r.VersionsByID([]string{*next})
		if err != nil {
			return s, err
		}
		s.successor = others[*next].Name
	}
	apis, err := r.APIsByID([]string{s.version.APIID})
	s.api = apis[s.version.APIID]
	return s, err
}

// Tell finds whom an announcement concerns and tells them, once however often it runs.
func (s *Versions) Tell(ctx context.Context, job Announce) error {
	tenant, err := s.store.TenantByID(ctx, job.Tenant)
	if err != nil {
		return err
	}
	program := models.NewProgram("versions", tenant)
	if err := program.May(models.VersionWatch); err != nil {
		return err
	}
	var about subject
	if err := s.store.As(ctx, program, func(r store.Tenant) (err error) {
		about, err = subjectOf(r, job.Announcement)
		return err
	}); err != nil || about.ToldAt != nil {
		return err
	}
	found, err := s.concerned(ctx, program, &about)
	if err != nil {
		return err
	}
	err = s.store.Do(ctx, program, models.VersionWatch, func(tx *store.Tx) error {
		now, err := tx.LockAnnouncement(about.ID)
		if err != nil {
			return err
		}
		if now.ToldAt != nil {
			return errNothingToDo
		}
		at := tx.Now()
		now.ToldAt, now.Summary, now.Breaking = &at, about.Summary, about.Breaking
		if err := tx.UpdateAnnouncement(now); err != nil {
			return err
		}
		if err := tx.InsertAnnouncedCallers(about.ID, announced(found)); err != nil {
			return err
		}
		teams, err := tellCallers(tx, program, about, found, about.headline(), about.urgent())
		if err != nil {
			return err
		}
		quiet, err := tellSubscribers(tx, program, about, teams)
		if err != nil {
			return err
		}
		return tx.RecordAs("version.announce", "version", about.VersionID, map[string]any{"announcement": about.ID, "kind": about.Kind,
			"callers": len(found), "teams": len(teams), "subscribers": quiet}, nil, nil)
	})
	if errors.Is(err, errNothingToDo) {
		return nil
	}
	return err
}

// concerned are the callers that an announcement is for.
func (s *Versions) concerned(ctx context.Context, program models.Actor, about *subject) ([]VersionCaller, error) {
	since := s.daysAgo(callerDays)
	if about.SunsetAt != nil || about.Kind == models.AnnounceRetired {
		since = s.daysAgo(lastCallerDays)
	}
	var touched map[string]bool
	if about.Kind == models.AnnouncePublished {
		since = s.daysAgo(callerDays)
		all := false
		var err error
		if touched, all, err = s.touched(ctx, program, about); err != nil || len(touched) == 0 && !all {
			return nil, err
		} else if all {
			touched = nil
		}
	}
	callers, err := s.callers(ctx, program, about.VersionID, since, false)
	if err != nil || touched == nil || len(callers) == 0 {
		return callers, err
	}
	return s.callersOf(ctx, program, about.VersionID, callers, touched, since)
}

// summaryLines is how many changes a notice names.
const summaryLines = 5

// touched are the operations that another document changes; all of them where a
// breaking change is of none alone.
func (s *Versions) touched(ctx context.Context, program models.Actor, about *subject) (operations map[string]bool, all bool, err error) {
	var base, next models.Revision
	if err := s.store.As(ctx, program, func(r store.Tenant) error {
		if base, err = r.Revision(*about.BaseID); err != nil {
			return err
		}
		next, err = r.Revision(*about.RevisionID)
		return err
	}); err != nil {
		return nil, false, err
	}
	changes, err := s.apis.Comparison(ctx, program, base, next)
	if e := fault.From(err); err != nil && e.Kind != fault.Internal && e.Kind != fault.Unavailable {
		about.Summary = "What changed could not be found out: " + e.Message
		return nil, true, nil
	}
	operations = map[string]bool{}
	var lines []string
	slices.SortStableFunc(changes, func(a, b models.DocumentChange) int {
		switch {
		case a.Breaking == b.Breaking:
			return 0
		case a.Breaking:
			return -1
		}
		return 1
	})
	for _, c := range changes {
		if c.Breaking {
			about.Breaking++
			all = all || c.Operation == ""
		}
		if c.Operation == "" && !c.Breaking {
			continue
		}
		if c.Operation != "" {
			operations[c.Operation] = true
		}
		about.deprecates = about.deprecates || c.Kind == models.DiffDeprecated
		lines = append(lines, strings.TrimPrefix(c.Operation+": "+c.Text, ": "))
	}
	if more := len(lines) - summaryLines; more > 0 {
		lines = append(lines[:summaryLines], fmt.Sprintf("And %d more.", more))
	}
	about.Summary = strings.Join(lines, "\n")
	return operations, all, err
}

func announced(found []VersionCaller) []models.AnnouncedCaller {
	out := make([]models.AnnouncedCaller, len(found))
	for i, c := range found {
		out[i] = models.AnnouncedCaller{TokenID: c.Token.ID, TeamID: *c.Token.TeamID, LastAt: c.Last, Operations: c.Operations}
	}
	return out
}
