package tokens

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/views/ui"
)

// Life is what a token does with what it may, and how it ended.
type Life struct {
	Owned     bool   // by who looks
	Rotate    string // address
	Calendar  string // address of its file
	FinalAt   time.Time
	FinalFrom string // address and client
	FinalCall string // "GET /berths"
	Diet      *Diet  // nil where there is none to show
}

// Diet is what a token may call, and what of it it called.
type Diet struct {
	From         time.Time
	Days         int // with data
	Used, Unused []Meal
	Planned      int    // operations of its successor, 0 where no less is planned
	Narrow       string // address; "" where that is not for who looks
	Revision     int
}

// Meal is one operation that a token may call.
type Meal struct {
	Value             string // in the form
	API, Method, Name string
	Calls             int64
	Days              int
	First, Last       time.Time
	Seldom, Keep      bool
}

// title says it in a line: "May call 41 operations, used 3".
func (d Diet) title() string {
	may := ui.Plural(len(d.Used)+len(d.Unused), "operation")
	switch {
	case len(d.Used) == 0:
		return "May call " + may + ", used none"
	case len(d.Unused) == 0:
		return "May call " + may + ", used all"
	}
	return "May call " + may + ", used " + ui.Number(len(d.Used))
}

// youngDays is how many days of data are too few to see a job of each month.
const youngDays = 35

// used says when an operation was called.
func (m Meal) used() string {
	if m.Days == 0 {
		return "Not called"
	}
	calls := ui.Plural(int(m.Calls), "call") + " on " + ui.Plural(m.Days, "day")
	switch {
	case m.Days == 1:
		return calls + ": " + ui.Date(m.Last)
	case m.Seldom:
		return calls + ", from " + ui.Date(m.First) + " to " + ui.Date(m.Last)
	}
	return calls + ", last on " + ui.Date(m.Last)
}

// Narrowing is the page on which a token is left less.
type Narrowing struct {
	Tenant, URL, Back string
	Row
	Diet
	Problems []fault.Field
}

// foldedFrom is how many operations are shown without being asked for.
const foldedFrom = 12

// kept reports whether something is ticked that was not called.
func (d Diet) kept() bool {
	return slices.ContainsFunc(d.Unused, func(m Meal) bool { return m.Keep })
}

// window says how far back one has looked, and whether that is enough.
func (d Diet) window(made time.Time) string {
	since := "In the last 90 days"
	if d.From.Equal(made) {
		since = "Since it was made on " + ui.Date(made)
	}
	text := since + ", counted on " + ui.Plural(d.Days, "day") + "."
	if d.Days < youngDays {
		text += " A job that runs once a month may be missing."
	}
	return text
}

// watched says what a list of tokens to look at holds.
func (l List) watched() string {
	switch l.Watch {
	case "dormant":
		return "Nothing used these for as long as the token policy allows. What nobody needs, revoke."
	case "orphaned":
		return "Their owner left the team or the tenant, or has no account any more: calls with them are refused."
	case "broad":
		return "In 90 days these called at most half of what they may. Their owners can narrow them on the token’s page."
	}
	return ""
}
