package models

import (
	"time"

	"gatehouse/internal/fault"
)

// Ending is what is announced of a version's end.
type Ending struct {
	DeprecatedAt *time.Time // from when new work should not build on it; nil is now, or as it was announced
	SunsetAt     *time.Time // from when its calls are refused; nil where that is open
	SuccessorID  *string    // the version to go to
	Notice       string     // Markdown
	Sooner       bool       // it may come sooner than it was announced
}

// Bounds of a version's end.
const (
	NoticeMost  = 4000    // characters that its callers are told
	RevivalDays = 30      // days for which a retired version can be brought back
	HurriedEnd  = 7 * Day // a sunset that is nearer is as good as a retirement at once
	ClosingDays = 30      // days before its end from which on nobody can subscribe anew
)

// Deprecate announces a version's end, or changes what was announced. An announced
// date comes sooner only where that is confirmed: callers plan by it.
func (v *Version) Deprecate(e Ending, now time.Time) error {
	if !v.Live() {
		return notLive(v.State)
	}
	from := e.DeprecatedAt
	if from == nil {
		from = v.DeprecatedAt
	}
	if from == nil {
		from = &now
	}
	var p fault.Problems
	// What was "now" to whoever sent it is a moment ago by now.
	known := func(at, announced *time.Time) bool { return announced != nil && at.Equal(*announced) }
	p.Add(e.DeprecatedAt != nil && from.Before(now.Add(-time.Minute)) && !known(from, v.DeprecatedAt), "deprecated_at", "Choose now or a moment to come.")
	p.Add(e.SunsetAt != nil && !e.SunsetAt.After(now), "sunset_at", "Choose a moment to come; to end the version at once, retire it.")
	p.Add(e.SunsetAt != nil && e.SunsetAt.After(now.Add(EndLatest)), "sunset_at", "Choose a day within ten years.")
	p.Add(e.SunsetAt != nil && e.SunsetAt.Before(*from), "sunset_at", "The end can't come before the version is deprecated.")
	p.Add(e.SuccessorID != nil && *e.SuccessorID == v.ID, "successor", "Choose another version than this one.")
	checkText(&p, "notice", e.Notice, 0, NoticeMost, "")
	if err := p.Err(); err != nil {
		return err
	}
	if !e.Sooner && v.SunsetAt != nil && e.SunsetAt != nil && e.SunsetAt.Before(*v.SunsetAt) {
		return fault.New(fault.Conflict, "end_sooner", "The end was announced for %s. To bring it forward, confirm that it comes sooner than its callers were told.", v.SunsetAt.UTC().Format("2 January 2006, 15:04 MST"))
	}
	at := from.UTC().Truncate(time.Second) // as the headers say it
	v.DeprecatedAt, v.SunsetAt, v.SuccessorID, v.Notice = &at, nil, e.SuccessorID, e.Notice
	if e.SunsetAt != nil {
		end := e.SunsetAt.UTC().Truncate(time.Second)
		v.SunsetAt = &end
	}
	v.State = VersionPublished
	if !at.After(now) {
		v.State = VersionDeprecated
	}
	return nil
}

// Undeprecate takes an announced end back.
func (v *Version) Undeprecate() error {
	if !v.Live() {
		return notLive(v.State)
	}
	if v.DeprecatedAt == nil {
		return fault.New(fault.Conflict, "not_deprecated", "No end of this version is announced.")
	}
	v.State = VersionPublished
	v.DeprecatedAt, v.SunsetAt, v.SuccessorID, v.Notice = nil, nil, nil, ""
	return nil
}

// Retire ends a version: its calls get 410 from now on. Subscriptions stay as they are.
func (v *Version) Retire(at time.Time) error {
	if !v.Live() {
		return notLive(v.State)
	}
	at = Time(at)
	v.State, v.RetiredAt = VersionRetired, &at
	return nil
}

// Revive brings a retired version back as it was before, without a date of its end.
func (v *Version) Revive(now time.Time) error {
	if v.State != VersionRetired {
		return fault.New(fault.Conflict, "not_retired", "This version is not retired.")
	}
	if v.RetiredAt != nil && !now.Before(v.RetiredAt.AddDate(0, 0, RevivalDays)) {
		return fault.New(fault.Conflict, "version_retired", "This version was retired more than %d days ago; publish a new one instead.", RevivalDays)
	}
	v.State, v.RetiredAt, v.SunsetAt = VersionPublished, nil, nil
	if v.DeprecatedAt != nil && !v.DeprecatedAt.After(now) {
		v.State = VersionDeprecated
	}
	return nil
}

// StateAt is the state that the clock says: a date that has come counts before
// anybody has written so.
func (v Version) StateAt(now time.Time) VersionState {
	switch {
	case !v.Live():
		return v.State
	case v.Gone(now):
		return VersionRetired
	case v.DeprecatedAt != nil && !now.Before(*v.DeprecatedAt):
		return VersionDeprecated
	}
	return VersionPublished
}

// Gone reports whether its calls are refused because its time is over.
func (v Version) Gone(now time.Time) bool {
	return v.State == VersionRetired || v.Live() && v.SunsetAt != nil && !now.Before(*v.SunsetAt)
}

// Closing reports whether its end is so near that nobody should subscribe any more.
func (v Version) Closing(now time.Time) bool {
	return v.Gone(now) || v.SunsetAt != nil && !now.Before(v.SunsetAt.AddDate(0, 0, -ClosingDays))
}

// Hurried reports whether a version that is called now would end so soon that it is
// as good as at once.
func (v Version) Hurried(now time.Time) bool {
	return v.SunsetAt != nil && v.SunsetAt.Sub(now) < HurriedEnd
}

func notLive(s VersionState) error {
	if s == VersionRetired {
		return fault.New(fault.Conflict, "version_retired", "This version is retired; it can be brought back for %d days.", RevivalDays)
	}
	return fault.New(fault.Conflict, "not_published", "This version is not published yet.")
}

// AnnouncementKind says what happened to a version that its callers are told of.
type AnnouncementKind string

// The kinds of announcements.
const (
	AnnouncePublished   AnnouncementKind = "published" // a document that changes what was called
	AnnounceDeprecated  AnnouncementKind = "deprecated"
	AnnounceDates       AnnouncementKind = "dates" // or another successor or notice
	AnnounceUndeprecate AnnouncementKind = "undeprecated"
	AnnounceRetired     AnnouncementKind = "retired"
	AnnounceRevived     AnnouncementKind = "revived"
)

// Announcement is one cause of notices to those who call a version.
type Announcement struct {
	TenantID     string `gorm:"primaryKey"`
	ID           string `gorm:"primaryKey"`
	VersionID    string
	Kind         AnnouncementKind
	BaseID       *string // of a published document: the revision before
	RevisionID   *string // and the one in force since
	DeprecatedAt *time.Time
	SunsetAt     *time.Time
	Breaking     int    // changes that may break a caller, of a published document
	Summary      string // of what changed, in words
	MadeBy       string // user id, "" where the clock did it
	CreatedAt    time.Time
	ToldAt       *time.Time // when its callers were found and told
	Reminded     int        // the last of EndNotices that was given
	RemindedAt   *time.Time // when who still called was told again
}

// Ends reports whether it names a day on which its version ends.
func (a Announcement) Ends() bool {
	return a.SunsetAt != nil && (a.Kind == AnnounceDeprecated || a.Kind == AnnounceDates)
}

// ReminderDue is the reminder of the end that is to be given now, in days before it,
// or 0 for none. What was due when it was announced is left out.
func (a Announcement) ReminderDue(now time.Time) int {
	if !a.Ends() || !now.Before(*a.SunsetAt) {
		return 0
	}
	due := noticeAt(*a.SunsetAt, now)
	if due == 0 || due == noticeAt(*a.SunsetAt, a.CreatedAt) || a.Reminded != 0 && due >= a.Reminded {
		return 0
	}
	return due
}

// AnnouncedCaller is a token that was found to call what an announcement is about.
type AnnouncedCaller struct {
	TenantID       string `gorm:"primaryKey"`
	AnnouncementID string `gorm:"primaryKey"`
	TokenID        string `gorm:"primaryKey"`
	TeamID         string
	LastAt         time.Time // of its calls by then
	Operations     []string  `gorm:"serializer:json"` // that it called of those that were touched; empty: the whole version
}

// VersionNotice is one person who was told, for one team.
type VersionNotice struct {
	TenantID       string `gorm:"primaryKey"`
	AnnouncementID string `gorm:"primaryKey"`
	TeamID         string `gorm:"primaryKey"`
	UserID         string `gorm:"primaryKey"`
	VersionID      string
	ToldAt         time.Time
	SeenAt         *time.Time // when they read it, or opened the page
}
