package publish

import (
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// VisibilityForm is who sees an API, as it is chosen.
type VisibilityForm struct {
	Tenant, API, List, Back string // slug, name; addresses
	Visibility              models.Visibility
	Teams                   []TeamName // that are chosen
	Find                    string     // what was looked for
	Looked                  bool
	Found                   []TeamName // by it, and not chosen
	Subscribed              []TeamName // the first that keep it
	SubscribedAll           int64
	Losses                  []string // from whom the choice takes it, when Seen asks
	Seen                    string   // what is sent with the next saving, "" where nothing is asked
	Revision                int
	Problems                []fault.Field
}

// FindMost is how many characters teams are looked for by.
const FindMost = 80

// TeamName is a team in a list.
type TeamName struct{ ID, Name string }

// TeamsInWords names teams: "Harbour Apps, Quayside and 3 more teams."
func TeamsInWords(first []TeamName, all int64) string {
	names := make([]string, len(first))
	for i, t := range first {
		names[i] = t.Name
	}
	more := int(all) - len(first)
	switch {
	case more > 0:
		return "Teams: " + strings.Join(names, ", ") + " and " + ui.Number(more) + " more."
	case len(names) == 1:
		return "The team " + names[0] + "."
	}
	return "The teams " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + "."
}

// VisibilityName is a visibility in a word or two.
func VisibilityName(v models.Visibility) string {
	switch v {
	case models.VisiblePublic:
		return "Public"
	case models.VisibleSignedIn:
		return "Signed in"
	case models.VisibleTeams:
		return "Chosen teams"
	case models.VisibleHidden:
		return "Hidden"
	}
	return ""
}

// VisibilityWords says who sees an API of a visibility that names so many teams.
func VisibilityWords(v models.Visibility, teams int) string {
	switch v {
	case models.VisiblePublic:
		return "Whoever sees this portal sees the API."
	case models.VisibleSignedIn:
		return "Whoever is signed in sees the API."
	case models.VisibleTeams:
		return "The API is there for " + ui.Plural(teams, "chosen team") + " and for its subscribers."
	}
	return "The API is there for its subscribers alone."
}

// visibilitySign marks an API that not everybody sees.
func visibilitySign(v models.Visibility) ui.Sign {
	if v == models.VisiblePublic {
		return ui.Sign{Tone: ui.OK, Icon: "globe", Word: VisibilityName(v)}
	}
	return ui.Sign{Tone: ui.Off, Icon: "lock", Word: VisibilityName(v)}
}

func visibilityOptions() (out []ui.Option) {
	notes := map[models.Visibility]string{
		models.VisiblePublic:   "Whoever sees this portal: in the catalog, in searches, in feeds.",
		models.VisibleSignedIn: "People who have signed in, in a team or not.",
		models.VisibleTeams:    "The teams that you choose below.",
		models.VisibleHidden:   "Nobody new. For an API that is being wound down or prepared.",
	}
	for _, v := range models.Visibilities {
		out = append(out, ui.Option{Value: string(v), Label: VisibilityName(v), Note: notes[v]})
	}
	return out
}
