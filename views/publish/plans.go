package publish

import (
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// PlanForm is a plan as it is typed.
type PlanForm struct {
	Tenant, API, Back, Action string // slug; name of the API; addresses
	New                       bool
	Archive                   string // address that archives it, or ""
	Name, Slug, Summary       string
	LimitsForm
	Operations []OperationForm
	Known      []string // keys of operations that the API has
	Missing    []string // what is said of operations that it does not have
	Auto       bool
	Revision   int
	Problems   []fault.Field
	Preview    *Preview // of what is about to be saved, or nil
	Exceptions []Exception
	Except     string // address of the form for another one
	Now        time.Time
}

// LimitsForm are rates and a quota as they are typed.
type LimitsForm struct {
	Rates                             [models.PlanRates]RateForm
	QuotaCalls, QuotaPeriod, QuotaDay string
}

// RateForm is one rate as it is typed: so many calls in so many seconds, of the
// team or of each token.
type RateForm struct{ Calls, Seconds, Of string }

// PerToken stands for the rates of each token.
const PerToken = "token"

// OperationForm is what one operation counts and may be called at, as it is typed.
type OperationForm struct{ Key, Cost, Calls, Seconds string }

// Preview is what a change would have refused.
type Preview struct {
	Seen                  string // names what was shown
	From, MinutesSince    time.Time
	Passed, Refused       int64
	Teams, Left, Excepted int
	Rows                  []PreviewRow
}

// PreviewRow is what it would have refused of one team with one version.
type PreviewRow struct {
	Team, Version, Limit string
	Passed, Refused      int64
	Worst                time.Time
	WorstRefused         int64
	Days                 []PreviewDay
}

// PreviewDay is one day of it.
type PreviewDay struct {
	Day     time.Time
	Refused int64
}

// Exception is one for a team, in the list of a plan's.
type Exception struct {
	models.Exception
	Team, By string
	Runs     bool
	End      string // address that ends it
}

// Limits says what the exception allows.
func (e Exception) Limits() string { return ui.Limits(e.Over(models.Plan{})) }

// ExceptionForm is an exception as it is typed.
type ExceptionForm struct {
	Tenant, API, Plan, List, Back, Action string // slug; names; addresses
	Teams                                 []ui.Option
	Team, LastDay, Reason                 string
	First, Last                           string // days that can be chosen
	LimitsForm
	Problems []fault.Field
}

// share of the calls that would have been refused.
func (p PreviewRow) share() float64 { return float64(p.Refused) / float64(max(p.Passed, 1)) }

func (p PreviewRow) days() (text string) {
	for i, d := range p.Days {
		if i > 0 {
			text += ", "
		}
		text += ui.Date(d.Day) + ": " + ui.Number(d.Refused)
	}
	return text
}

// spans are the windows that a rate can have.
var spans = []ui.Option{{Value: "1", Label: "a second"}, {Value: "60", Label: "a minute"}, {Value: "3600", Label: "an hour"}, {Value: "86400", Label: "a day"}}

// spansWith keeps a window that is none of the usual ones.
func spansWith(seconds string) []ui.Option {
	for _, s := range spans {
		if s.Value == seconds || seconds == "" {
			return spans
		}
	}
	return append(spans[:len(spans):len(spans)], ui.Option{Value: seconds, Label: "in " + seconds + " seconds"})
}

var (
	periods  = []ui.Option{{Value: "", Label: "no quota"}, {Value: "day", Label: "a day"}, {Value: "month", Label: "a month"}}
	ofWhom   = []ui.Option{{Value: "", Label: "for the whole team"}, {Value: PerToken, Label: "for each token"}}
	ofSpan   = append([]ui.Option{{Value: "", Label: "no limit of its own"}}, spans...)
	quotaDay = func() (all []ui.Option) {
		for d := 1; d <= 31; d++ {
			all = append(all, ui.Option{Value: strconv.Itoa(d), Label: "day " + strconv.Itoa(d)})
		}
		return all
	}()
)

func rateName(i int) string { return "rate_" + strconv.Itoa(i+1) }

func operationName(i int) string { return "op_" + strconv.Itoa(i+1) }
