package models

import (
	"time"

	"gatehouse/internal/fault"
)

// Schedule is how often a document's URL is looked at.
type Schedule string

// The schedules.
const (
	ScheduleOff    Schedule = "off"
	ScheduleHourly Schedule = "hourly"
	ScheduleDaily  Schedule = "daily"
	ScheduleWeekly Schedule = "weekly"
)

var every = map[Schedule]time.Duration{ScheduleOff: 0, ScheduleHourly: time.Hour, ScheduleDaily: 24 * time.Hour, ScheduleWeekly: 7 * 24 * time.Hour}

// Source is the URL from which a version's document comes.
type Source struct {
	TenantID     string `gorm:"primaryKey"`
	VersionID    string `gorm:"primaryKey"`
	URL          string `gorm:"column:url"` // canonical; it holds no credential (R99)
	Schedule     Schedule
	ETag         string `gorm:"column:etag"` // of what was read last, for If-None-Match
	LastModified string // the same for If-Modified-Since
	SetBy        string
	SetAt        time.Time
	CheckedAt    *time.Time
	NextAt       *time.Time // when it is looked at again; nil is never
	Failures     int        // in a row
	Failure      string     // why, of the last one
	FailingSince *time.Time
}

// TableName of the rows.
func (Source) TableName() string { return "document_sources" }

// Check returns a fault that names the field in error.
func (s Source) Check() error {
	var p fault.Problems
	_, known := every[s.Schedule]
	p.Add(!known, "schedule", "Choose off, hourly, daily or weekly.")
	return p.Err()
}

// Succeeded notes that the document was found, and is good.
func (s *Source) Succeeded(at time.Time) {
	s.CheckedAt, s.Failures, s.Failure, s.FailingSince = &at, 0, "", nil
	s.Plan(at)
}

// Failed notes why it was not, and reports whether that is new. It waits longer
// after each failure, up to a day or to the schedule where that is longer.
func (s *Source) Failed(at time.Time, why string) (news bool) {
	news = s.FailingSince == nil
	if news {
		s.FailingSince = &at
	}
	s.CheckedAt, s.Failure = &at, why
	s.Failures++
	s.Plan(at)
	return news
}

// Plan sets when it is looked at again.
func (s *Source) Plan(at time.Time) {
	wait := every[s.Schedule]
	if wait == 0 {
		s.NextAt = nil
		return
	}
	for range min(s.Failures, 10) {
		if wait >= 24*time.Hour {
			break
		}
		wait = min(2*wait, 24*time.Hour)
	}
	next := at.Add(wait)
	s.NextAt = &next
}
