package tokens

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Rotate is the page that makes a new secret.
type Rotate struct {
	Tenant, TenantName string
	Row
	Callers          []Caller // in the last 24 hours
	Overlap          string
	Expires, Date    string
	Choices          []ui.Option
	MinDate, MaxDate string
	Days             int
	Key              string // the same when the form is sent twice
	Problems         []fault.Field
	Now              time.Time
}

// Live reports whether the old secret could go on beside the new one.
func (r Rotate) Live() bool { return r.Overlapping(r.Now) }

func (r Rotate) title() string {
	if r.Live() {
		return "Rotate " + r.Name
	}
	return "Renew " + r.Name
}

// overlaps are the choices of how long the old secret goes on.
func (r Rotate) overlaps() []ui.Option {
	until := func(d time.Duration) string {
		end := r.Now.Add(d)
		if r.ExpiresAt.Before(end) {
			return "ends on " + ui.Date(r.ExpiresAt) + ", when it expires anyway"
		}
		return "until " + ui.Moment(end)
	}
	return []ui.Option{
		{Value: string(models.OverlapNone), Label: "Not at all", Note: "it is refused at once"},
		{Value: string(models.OverlapHour), Label: "1 hour", Note: until(time.Hour)},
		{Value: string(models.OverlapDay), Label: "24 hours", Note: until(24 * time.Hour)},
		{Value: string(models.OverlapDays), Label: "72 hours", Note: until(72 * time.Hour)},
		{Value: string(models.OverlapQuiet), Label: "Until it is silent", Note: "for a day, once the new one was seen; at most until " + ui.Date(r.ExpiresAt)},
	}
}

// Pair is a token that works still and the one that takes its place.
type Pair struct {
	Since    time.Time
	Old, New Side
}

// Side is one of the two.
type Side struct {
	models.Token
	Code    string // of the tenant, as it stands in tokens
	URL     string
	LastAt  time.Time
	From    string // address of the last use
	Agent   string
	Calls   int // since the rotation
	More    bool
	Callers []PairCaller
}

// PairCaller is a client at an address.
type PairCaller struct {
	IP, Agent  string
	Calls      int
	Last       time.Time
	Operations []string // titles
}

// callersShown is how many clients the page names for each secret.
const callersShown = 5

func (s Side) shown() []PairCaller { return s.Callers[:min(len(s.Callers), callersShown)] }

func (s Side) mask() string { return Row{Token: s.Token, Code: s.Code}.Mask() }

func (s Side) calls() string {
	switch {
	case s.Calls == 0:
		return "Not used since the rotation."
	case s.More:
		return ui.Number(s.Calls) + " calls and more since the rotation; the last of them:"
	}
	return ui.Plural(s.Calls, "call") + " since the rotation:"
}

func (c PairCaller) does() string {
	const most = 3
	if len(c.Operations) > most {
		return strings.Join(c.Operations[:most], ", ") + ", " + ui.Plural(len(c.Operations)-most, "more operation")
	}
	return strings.Join(c.Operations, ", ")
}

// ends says when the old one goes by itself.
func (p Pair) ends(now time.Time) string {
	end := p.Old.Until()
	if p.Old.RetireIdle {
		seen := "It retires by itself when it has been silent for a day"
		if p.New.LastAt.IsZero() {
			seen += " after the new one was seen, which it was not so far"
		}
		return seen + "; at the latest " + ui.Ago(end, now) + ", when it expires."
	}
	return "It retires by itself " + ui.Ago(end, now) + ", on " + ui.Moment(end) + "."
}

// breaks says what retiring the old one now would do.
func (p Pair) breaks() string {
	if len(p.Old.Callers) == 0 {
		return "Nothing has used the old one since the rotation."
	}
	var who []string
	for _, c := range p.Old.shown() {
		if len(who) == 0 || who[len(who)-1] != c.IP {
			who = append(who, c.IP)
		}
	}
	return "Retiring the old one now breaks what calls from " + strings.Join(who, ", ") + "."
}

// MayRotate reports whether another token may take this one's place.
func (d Detail) MayRotate() bool {
	family := make([]models.Token, len(d.Family))
	for i, k := range d.Family {
		family[i] = k.Token
	}
	return d.Rotatable(d.Now) == nil || d.Forsaken(family, d.Now)
}

func (d Detail) rotateWord() string {
	if d.Overlapping(d.Now) {
		return "Rotate"
	}
	return "Renew"
}

// Kin is one of the tokens that replaced each other.
type Kin struct{ Row }

func (k Kin) tone(now time.Time) ui.Tone { return k.Sign(now).Tone }

// story is what became of it.
func (k Kin) story(now time.Time) string {
	switch {
	case k.Retired(now):
		return ", retired " + ui.Ago(*k.RetireAt, now)
	case k.Retiring(now):
		return ", goes on until " + ui.Moment(k.Until())
	}
	return ", " + strings.ToLower(k.Sign(now).Word)
}

// Alert is something about a token that somebody has to look at.
type Alert struct {
	models.Alert
	Title string
	URL   string // of its page; "" for whom there is none
}

// alarmed reports whether somebody has to look at an alert.
func (d Detail) alarmed() bool {
	return slices.ContainsFunc(d.Alerts, func(a Alert) bool { return a.Open() })
}

// story is what was seen, in one line.
func (a Alert) story() string {
	story := ui.Plural(int(a.Sightings), "time")
	if a.ClientIP != "" {
		story += " from " + a.ClientIP
	}
	if a.UserAgent != "" {
		story += ", client " + a.UserAgent
	}
	return story
}
