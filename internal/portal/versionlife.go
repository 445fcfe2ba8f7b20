package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Life is a version's life as those who publish it see it.
type Life struct {
	API           models.API
	Version       models.Version
	Successor     models.Version   // zero where none is named
	Others        []models.Version // to which callers could go
	Callers       CallerSum        // of the last 30 days
	Announcements []AnnouncementRow
}

// AnnouncementRow is an announcement with what came of it.
type AnnouncementRow struct {
	models.Announcement
	By         models.User // zero where the clock did it
	Told, Seen int         // people
	Still      int         // tokens that call still
	Teams      []ToldTeam  // only of one that is looked at alone
	Later      int         // tokens that call still and were not among those told
}

// ToldTeam is a team of which somebody was told.
type ToldTeam struct {
	Team       models.Team
	Told, Seen int
	Tokens     []ToldToken // with which it called, the last caller first
	Still      int
}

// ToldToken is a token that was found to call.
type ToldToken struct {
	models.AnnouncedCaller
	Name  string    // "" where the reader may not see tokens
	Still time.Time // of its last call since they were told; zero where it stopped
}

// Life shows a version's life to those who publish it.
func (s *Versions) Life(ctx context.Context, actor models.Actor, api, version string) (l Life, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return l, err
	}
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		var all []models.Version
		if l.API, all, err = r.API(api); err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(v models.Version) bool { return v.Name == version })
		if i < 0 {
			return fault.Missing("version")
		}
		l.Version = all[i]
		for _, v := range all {
			if v.ID != l.Version.ID && v.Live() && v.DeprecatedAt == nil {
				l.Others = append(l.Others, v)
			}
			if next := l.Version.SuccessorID; next != nil && v.ID == *next {
				l.Successor = v
			}
		}
		list, err := r.Announcements(l.Version.ID)
		if err != nil {
			return err
		}
		l.Announcements, err = announcementRows(r, list)
		return err
	})
	if err != nil {
		return l, err
	}
	program := models.NewProgram("versions", actor.Tenant())
	called, err := s.callers(ctx, program, l.Version.ID, s.daysAgo(callerDays), false)
	if err != nil {
		return l, err
	}
	l.Callers = Callers(called)
	for i := range l.Announcements[:min(len(l.Announcements), stillCounted)] {
		still, err := s.still(ctx, program, l.Announcements[i].Announcement)
		if err != nil {
			return l, err
		}
		l.Announcements[i].Still = len(still)
	}
	return l, nil
}

// stillCounted is for how many announcements of a list it is counted who still calls.
const stillCounted = 10

// announcementRows adds who made announcements, and how many were told.
func announcementRows(r store.Tenant, list []models.Announcement) ([]AnnouncementRow, error) {
	people, err := r.Users(ids(list, func(a models.Announcement) string { return a.MadeBy }))
	if err != nil {
		return nil, err
	}
	rows := make([]AnnouncementRow, len(list))
	for i, a := range list {
		rows[i] = AnnouncementRow{Announcement: a, By: people[a.MadeBy]}
		notices, err := r.VersionNotices(a.ID)
		if err != nil {
			return nil, err
		}
		rows[i].Told = len(notices)
		for _, n := range notices {
			if n.SeenAt != nil {
				rows[i].Seen++
			}
		}
	}
	return rows, nil
}

// Told shows who was told of an announcement, and what they did since.
func (s *Versions) Told(ctx context.Context, actor models.Actor, api, version, id string) (l Life, row AnnouncementRow, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return l, row, err
	}
	var callers []models.AnnouncedCaller
	var notices []models.VersionNotice
	var teams map[string]models.Team
	var names map[string]models.Token
	err = s.store.As(ctx, actor, func(r store.Tenant) error {
		var a models.Announcement
		if l.API, l.Version, a, err = announcementOf(r, api, version, id); err != nil {
			return err
		}
		rows, err := announcementRows(r, []models.Announcement{a})
		if err != nil {
			return err
		}
		row = rows[0]
		if callers, err = r.AnnouncedCallers(id); err != nil {
			return err
		}
		if notices, err = r.VersionNotices(id); err != nil {
			return err
		}
		if teams, err = r.Teams(ids(notices, func(n models.VersionNotice) string { return n.TeamID })); err != nil {
			return err
		}
		names, err = r.TokensByID(ids(callers, func(c models.AnnouncedCaller) string { return c.TokenID }))
		return err
	})
	if err != nil {
		return l, row, err
	}
	still, err := s.still(ctx, models.NewProgram("versions", actor.Tenant()), row.Announcement)
	if err != nil {
		return l, row, err
	}
	row.fill(callers, notices, teams, names, still)
	return l, row, nil
}

// fill brings together who was told and who calls.
func (row *AnnouncementRow) fill(callers []models.AnnouncedCaller, notices []models.VersionNotice, teams map[string]models.Team, names map[string]models.Token, still []VersionCaller) {
	calls := map[string]time.Time{}
	for _, c := range still {
		calls[c.Token.ID] = c.Last
	}
	row.Still, row.Later = len(still), len(still)
	at := map[string]int{}
	for _, n := range notices {
		if _, ok := at[n.TeamID]; !ok {
			at[n.TeamID] = len(row.Teams)
			row.Teams = append(row.Teams, ToldTeam{Team: teams[n.TeamID]})
		}
		team := &row.Teams[at[n.TeamID]]
		team.Told++
		if n.SeenAt != nil {
			team.Seen++
		}
	}
	for _, c := range callers {
		i, ok := at[c.TeamID]
		if !ok {
			continue // nobody is left in the team
		}
		token := ToldToken{AnnouncedCaller: c, Name: names[c.TokenID].Name, Still: calls[c.TokenID]}
		if !token.Still.IsZero() {
			row.Teams[i].Still++
			row.Later--
		}
		row.Teams[i].Tokens = append(row.Teams[i].Tokens, token)
	}
}
