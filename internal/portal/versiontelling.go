package portal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// headline is what happened, as it goes on after the version's name.
func (s subject) headline() string {
	switch s.Kind {
	case models.AnnouncePublished:
		if s.Breaking > 0 {
			return "has " + count(s.Breaking, "breaking change")
		}
		return "has changes in operations that you call"
	case models.AnnounceUndeprecate:
		return "is no longer deprecated"
	case models.AnnounceRetired:
		return "is retired: its calls are refused"
	case models.AnnounceRevived:
		return "is back: its calls are answered again"
	}
	switch {
	case s.SunsetAt != nil:
		return "ends " + onDay(*s.SunsetAt)
	case s.Kind == models.AnnounceDates:
		return "is deprecated, its last day is open again"
	case s.DeprecatedAt != nil && s.DeprecatedAt.After(s.CreatedAt):
		return "will be deprecated on " + s.DeprecatedAt.UTC().Format("2 January 2006")
	}
	return "is deprecated"
}

// onDay is a version's end in a headline: a midnight by the day before.
func onDay(end time.Time) string {
	if end = end.UTC(); end.Equal(clock.DayStart(end)) {
		return "on " + end.Add(-time.Second).Format("2 January 2006")
	}
	return "on " + end.Format("2 January 2006, 15:04 MST")
}

// urgent reports whether it is worth a mail: what only adds something is not.
func (s subject) urgent() bool {
	return s.Kind != models.AnnouncePublished || s.Breaking > 0 || s.deprecates || s.Summary == "" || strings.HasPrefix(s.Summary, "What changed could not")
}

// advice is what follows, beside the tokens.
func (s subject) advice() (lines []string) {
	if s.Summary != "" {
		lines = append(lines, s.Summary)
	}
	if s.SunsetAt != nil && s.Kind != models.AnnounceRetired {
		lines = append(lines, "It is answered until "+moment(*s.SunsetAt)+", and refused with 410 from then on.")
	}
	ends := s.Kind == models.AnnounceDeprecated || s.Kind == models.AnnounceDates || s.Kind == models.AnnounceRetired
	if ends && s.successor != "" {
		lines = append(lines, "Move to "+s.successor+".")
	}
	if ends && s.version.Notice != "" {
		lines = append(lines, s.version.Notice)
	}
	return lines
}

// toldTokens is how many tokens a notice names.
const toldTokens = 8

// tellCallers tells the people of each team that calls, and returns the teams.
func tellCallers(tx *store.Tx, actor models.Actor, about subject, found []VersionCaller, headline string, mailed bool) (map[string]bool, error) {
	teams := map[string]bool{}
	for len(found) > 0 {
		team := *found[0].Token.TeamID
		n := slices.IndexFunc(found, func(c VersionCaller) bool { return *c.Token.TeamID != team })
		if n < 0 {
			n = len(found)
		}
		people, err := callerPeople(tx, team, found[:n])
		if err != nil {
			return nil, err
		}
		var lines []string
		for _, c := range found[:min(n, toldTokens)] {
			lines = append(lines, callerLine(c))
		}
		if n > toldTokens {
			lines = append(lines, fmt.Sprintf("And %d tokens more.", n-toldTokens))
		}
		lines = append(lines, about.advice()...)
		if err := tellVersion(tx, actor, about, team, people, headline, strings.Join(lines, "\n"), mailed); err != nil {
			return nil, err
		}
		teams[team], found = true, found[n:]
	}
	return teams, nil
}

func callerLine(c VersionCaller) string {
	line := "Token " + c.Token.Name + " …" + c.Token.Hint + " called it last on " + c.Last.UTC().Format("2 January 2006")
	if len(c.Operations) > 0 {
		shown := c.Operations[:min(len(c.Operations), aboutOperations)]
		line += ", of what changed: " + strings.Join(shown, ", ")
		if more := len(c.Operations) - len(shown); more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
	}
	return line + "."
}

// callerPeople are a team's owners and the people of its tokens, as long as they are
// in the team.
func callerPeople(tx *store.Tx, team string, callers []VersionCaller) (people []string, err error) {
	members, err := tx.Memberships(team)
	if err != nil {
		return nil, err
	}
	responsible := map[string]bool{}
	for _, c := range callers {
		own, err := tokenPeople(tx, c.Token)
		if err != nil {
			return nil, err
		}
		for _, user := range own {
			responsible[user] = true
		}
	}
	for _, m := range members {
		if m.Role == models.TeamOwner || responsible[m.UserID] {
			people = append(people, m.UserID)
		}
	}
	return people, nil
}

// tellSubscribers tells the owners of teams that may call and did not: here only, for
// nothing of theirs stops. What merely changes in the document is not for them.
func tellSubscribers(tx *store.Tx, actor models.Actor, about subject, told map[string]bool) (teams int, err error) {
	if about.Kind == models.AnnouncePublished {
		return 0, nil
	}
	subs, err := allSubscriptions(tx.Tenant, store.SubscriptionFilter{Version: about.VersionID, States: models.OpenSubscriptions})
	if err != nil {
		return 0, err
	}
	for _, sub := range subs {
		if told[sub.TeamID] {
			continue
		}
		people, err := callerPeople(tx, sub.TeamID, nil)
		if err != nil {
			return teams, err
		}
		lines := append([]string{"Your team may call it and has not done so of late."}, about.advice()...)
		if err := tellVersion(tx, actor, about, sub.TeamID, people, about.headline(), strings.Join(lines, "\n"), false); err != nil {
			return teams, err
		}
		teams++
	}
	return teams, nil
}

// tellVersion tells some people of a team, here and where it matters by mail.
func tellVersion(tx *store.Tx, actor models.Actor, about subject, team string, people []string, headline, body string, mailed bool) error {
	link := about.path(actor)
	for _, user := range people {
		if err := tx.NoteVersionTold(models.VersionNotice{AnnouncementID: about.ID, TeamID: team, UserID: user, VersionID: about.VersionID}); err != nil {
			return err
		}
	}
	n := models.Notification{TeamID: team, Kind: models.NotifyVersion, Title: about.name() + " " + headline, Body: body, Link: link}
	if err := tx.Notify(n, people...); err != nil || !mailed {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailVersion, Team: team, Path: link, Facts: MailFacts{Object: about.name(), Outcome: headline, Note: body}})
}
