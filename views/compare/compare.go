// Package compare shows what changed between two documents of an API, in words.
package compare

import (
	"strings"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Page is two documents beside each other.
type Page struct {
	Crumbs   []ui.Link
	Base     string // address of the page, without what was chosen
	From, To Side
	Choices  []ui.Option // documents that can be chosen, by their names in addresses
	Kind     string      // only these changes, or ""
	Query    string      // only operations with this in their name
	Kinds    []ui.Option
	Tally    models.Tally
	Notes    []string // what was not compared
	Groups   []Group
	Pages    ui.Pages
	Late     bool
	Failure  string
	Filtered bool
	Clear    string                   // leads to all changes
	Only     func(kind string) string // leads to the changes of a kind
}

// Side is one of the two documents.
type Side struct {
	Name  string // in addresses; "" where there is none
	Title string // for people: "v1" or "v1, document 3"
	Lead  string // of its state and number
}

// Group is the changes of one operation, or of the document as a whole.
type Group struct {
	Method, Path string // of the operation, "" for the document as a whole
	From, To     ui.Link
	Changes      []models.DocumentChange
}

// Groups sorts changes by operation, in the order in which they come: those with
// something breaking first. What says that something was not compared comes apart.
func Groups(changes []models.DocumentChange) (groups []Group, notes []string) {
	at := map[string]int{}
	for _, c := range changes {
		if c.Rule == models.RuleIncomplete {
			notes = append(notes, c.Text)
			continue
		}
		i, ok := at[c.Operation]
		if !ok {
			i = len(groups)
			at[c.Operation] = i
			method, path, _ := strings.Cut(c.Operation, " ")
			groups = append(groups, Group{Method: method, Path: path})
		}
		groups[i].Changes = append(groups[i].Changes, c)
	}
	return groups, notes
}

// Breaking is the kind of all changes that may stop callers' programs.
const Breaking = "breaking"

// Of reports whether a change is of a kind, "" being any.
func Of(c models.DocumentChange, kind string) bool {
	return kind == "" || kind == string(c.Kind) || kind == Breaking && c.Breaking
}

// sign is what a change is, in a word.
func sign(c models.DocumentChange) ui.Sign {
	switch {
	case c.Kind == models.DiffRemoved:
		return ui.Sign{Tone: ui.Bad, Icon: "trash", Word: "Removed"}
	case c.Breaking:
		return ui.Sign{Tone: ui.Bad, Icon: "warn", Word: "Breaking"}
	case c.Kind == models.DiffAdded:
		return ui.Sign{Tone: ui.OK, Icon: "plus", Word: "New"}
	case c.Kind == models.DiffDeprecated:
		return ui.Sign{Tone: ui.Warn, Icon: "hourglass", Word: "Deprecated"}
	}
	return ui.Sign{Tone: ui.Plain, Icon: "edit", Word: "Changed"}
}

// Words are the counts in a line: "2 new, 3 changed, 1 breaking".
func Words(t models.Tally) string {
	if t.All() == 0 {
		return "Nothing that concerns callers changed"
	}
	var out []string
	for _, part := range counts(t) {
		if part.n > 0 {
			out = append(out, ui.Number(part.n)+" "+strings.ToLower(part.word))
		}
	}
	return strings.Join(out, ", ")
}

type count struct {
	kind, word string
	n          int
}

func counts(t models.Tally) []count {
	return []count{{Breaking, "Breaking", t.Breaking}, {string(models.DiffAdded), "New", t.Added}, {string(models.DiffChanged), "Changed", t.Changed},
		{string(models.DiffDeprecated), "Deprecated", t.Deprecated}, {string(models.DiffRemoved), "Removed", t.Removed}}
}

// KindOptions are the kinds to filter by.
func KindOptions() []ui.Option {
	out := []ui.Option{{Label: "All changes"}}
	for _, c := range counts(models.Tally{}) {
		out = append(out, ui.Option{Value: c.kind, Label: c.word})
	}
	return out
}
