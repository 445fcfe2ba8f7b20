package catalog

import (
	"time"

	"gatehouse/views/ui"
)

// Status is how an API is, as the gateway sees it.
type Status struct {
	Name      string
	Base      string // address of the API's page
	ListURL   string
	Versions  []VersionStatus
	Open      []Incident
	Past      []Incident
	Incidents string // where they are written, or ""
	Minutes   int    // that say how it is now
	Degraded  string // "2 %": from this share of failed calls on
	Down      string
	Now       time.Time
}

// VersionStatus is how one version is and was.
type VersionStatus struct {
	Name     string
	Sign     ui.Sign
	State    *ui.Sign // of the version, where it is not simply published
	Spans    []Span
	P50, P95 string // "12 ms", or "" without calls
	Label    string // of the strip, in words
	Strip    []ui.Health
	Days     []StatusDay // as in the strip, the newest first
}

// Span is the uptime over a length of time.
type Span struct{ Words, Value string }

// StatusDay is one day of the strip.
type StatusDay struct {
	Day, Share string
	Sign       ui.Sign
}
