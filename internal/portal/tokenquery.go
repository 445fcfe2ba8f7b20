package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TokenQuery narrows a list of tokens, as it stands in the page's address. What is
// no value of a field is refused and never left out: a filter that is half
// understood would find more than was asked for.
type TokenQuery struct {
	View  string // "", active, pending, expiring, paused, ended, tries
	Watch string // "", or one of TokenWatches
	API   string // slug
	Text  string
	Sort  string // "" is the newest first; created, name, -name, expires, -expires, used, -used
	After string // id: only those behind it
	Limit int

	Kind      string   // access or management
	Owner     string   // id, or text in the name or address
	Team      string   // id, or text in the name
	Access    string   // read, write, custom or none
	Scope     string   // that it has
	Operation string   // key of one that it names
	Older     string   // made at least so many days ago
	Newer     string   // made within so many days
	Unused    string   // not used for so many days, or never
	Used      string   // used within so many days
	Risks     []string // all of these; see models.TokenRisks
	Cause     string   // of its end or pause
}

// tokenParameters are the fields as they stand in addresses, in this order.
func (q *TokenQuery) parameters() []struct {
	name  string
	value *string
} {
	return []struct {
		name  string
		value *string
	}{
		{"state", &q.View}, {"view", &q.Watch}, {"api", &q.API}, {"q", &q.Text}, {"kind", &q.Kind}, {"owner", &q.Owner}, {"team", &q.Team}, {"access", &q.Access},
		{"scope", &q.Scope}, {"operation", &q.Operation}, {"older", &q.Older}, {"newer", &q.Newer}, {"unused", &q.Unused}, {"used", &q.Used},
		{"cause", &q.Cause}, {"sort", &q.Sort}, {"after", &q.After},
	}
}

// ParseTokenQuery reads what stands in an address.
func ParseTokenQuery(v url.Values) (q TokenQuery) {
	for _, p := range q.parameters() {
		*p.value = strings.TrimSpace(v.Get(p.name))
	}
	for _, r := range v["risk"] {
		if r != "" && !slices.Contains(q.Risks, r) {
			q.Risks = append(q.Risks, r)
		}
	}
	return q
}

// Values is the query as it stands in an address.
func (q TokenQuery) Values() url.Values {
	v := url.Values{}
	for _, p := range q.parameters() {
		if *p.value != "" {
			v.Set(p.name, *p.value)
		}
	}
	for _, r := range q.Risks {
		v.Add("risk", r)
	}
	return v
}

// Filter is the query as text, without its order and its page: what it finds.
func (q TokenQuery) Filter() string {
	q.Sort, q.After = "", ""
	return q.Values().Encode()
}

// parseFilter is Filter read again.
func parseFilter(text string) (TokenQuery, error) {
	v, err := url.ParseQuery(text)
	if err != nil || len(text) > filterMaxLen {
		return TokenQuery{}, invalid("filter", "This filter cannot be read. Open the list again.")
	}
	q := ParseTokenQuery(v)
	q.Sort, q.After = "", ""
	return q, nil
}

// filterMaxLen is the longest filter that is kept or acted upon, in bytes.
const filterMaxLen = 2000

// tokenViews are what a list can be narrowed to by state.
var tokenViews = []string{"", "active", "expiring", "paused", "ended", "tries", "pending"}

// TokenWatches are the lists of what somebody should look at.
var TokenWatches = []string{"dormant", "orphaned", "broad"}

// filter is the query for the store, on top of what the list is about.
func (q TokenQuery) filter(r store.Tenant, f store.TokenFilter, now time.Time) (store.TokenFilter, error) {
	if err := q.check(); err != nil {
		return f, err
	}
	f.View, f.Watch, f.Text, f.Order, f.After = store.TokenView(q.View), store.TokenWatch(q.Watch), q.Text, store.TokenOrder(q.Sort), q.After
	if q.View == "tries" {
		f.View, f.Kinds = store.TokensAll, []models.TokenKind{models.TokenTry}
	}
	if q.Kind != "" {
		f.Kinds = []models.TokenKind{models.TokenKind(q.Kind)}
	}
	if q.API != "" {
		api, _, err := r.API(q.API)
		if err != nil {
			return f, err
		}
		f.API = api.ID
	}
	m := store.TokenTraits{Access: models.Access(q.Access), Scope: q.Scope, Operation: q.Operation, Cause: models.TokenCause(q.Cause)}
	if models.IsID(q.Owner) {
		f.User = q.Owner
	} else {
		m.Owner = q.Owner
	}
	switch {
	case !models.IsID(q.Team):
		m.Team = q.Team
	case f.Teams == nil || slices.Contains(f.Teams, q.Team):
		f.Teams = []string{q.Team}
	default:
		f.Teams = []string{} // none of the list's
	}
	m.Made = store.Span{Since: daysAgo(now, q.Newer), Before: daysAgo(now, q.Older)}
	m.Used = store.Span{Since: daysAgo(now, q.Used), Before: daysAgo(now, q.Unused)}
	if q.Unused == never {
		m.Used.Before = time.Time{}.Add(time.Microsecond)
	} else if q.Unused != "" && (m.Made.Before.IsZero() || m.Made.Before.After(m.Used.Before)) {
		m.Made.Before = m.Used.Before // what is younger could not be unused for so long
	}
	for _, risk := range q.Risks {
		m.Risks = append(m.Risks, models.TokenRisk(risk))
	}
	f.More = m
	return f, nil
}

// never is the value of Unused for tokens that were never used.
const never = "never"

func daysAgo(now time.Time, days string) time.Time {
	n, err := strconv.Atoi(days)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return models.Time(now).AddDate(0, 0, -n)
}

// check names every field that is not understood.
func (q TokenQuery) check() error {
	var p fault.Problems
	among := func(field, value string, values ...string) {
		p.Add(value != "" && !slices.Contains(values, value), field, "Choose one of: %s.", strings.Join(values, ", "))
	}
	among("state", q.View, tokenViews[1:]...)
	among("view", q.Watch, TokenWatches...)
	among("kind", q.Kind, "access", "management", "try")
	among("access", q.Access, "read", "write", "custom", "none")
	among("sort", q.Sort, "created", "name", "-name", "expires", "-expires", "used", "-used")
	among("cause", q.Cause, models.CauseNames()...)
	for _, r := range q.Risks {
		p.Add(!models.TokenRisk(r).Known(), "risk", "There is no risk %q.", r)
	}
	days := func(field, value string) {
		n, err := strconv.Atoi(value)
		p.Add(value != "" && (err != nil || n < 1 || n > daysMost), field, "Choose 1 to %d days.", daysMost)
	}
	days("older", q.Older)
	days("newer", q.Newer)
	days("used", q.Used)
	if q.Unused != never {
		days("unused", q.Unused)
	}
	for field, value := range map[string]string{"q": q.Text, "owner": q.Owner, "team": q.Team, "scope": q.Scope, "operation": q.Operation, "api": q.API} {
		p.Add(len(value) > textMost, field, "At most %d characters.", textMost)
	}
	return p.Err()
}

// Bounds of what a filter says.
const (
	daysMost = 4000
	textMost = 300
)
