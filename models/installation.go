package models

import (
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Installation is what operators set for all tenants while the program runs.
type Installation struct {
	Banner  string // said on top of every page, "" for nothing
	Contact string // where people find help: an e-mail address or an https address, or ""
}

// Check returns a fault that names every field in error.
func (i Installation) Check() error {
	var p fault.Problems
	checkText(&p, "banner", i.Banner, 0, 200, "")
	if _, err := CanonicalEmail(i.Contact); i.Contact != "" && err != nil && !strings.HasPrefix(i.Contact, "https://") {
		p.Add(true, "contact", "Write an e-mail address, or an address that begins with https://.")
	}
	checkText(&p, "contact", i.Contact, 0, 200, "")
	return p.Err()
}

// Health is how an installation is: what the server that answers knows of itself and of
// what all share, and what the others last said.
type Health struct {
	At         time.Time
	Conditions []Condition
	Servers    []Gateway // all processes, the oldest first
	Applied    int64     // number of the newest change there is
}

// Well reports whether nothing needs attention.
func (h Health) Well() bool {
	for _, c := range h.Conditions {
		if !c.OK {
			return false
		}
	}
	return true
}

// Backup is a copy of the data that was made, or was to be.
type Backup struct {
	At     time.Time
	Where  string
	Bytes  int64  // 0 where nobody said
	Failed string // why there is none
}

// Names of the settings that hold the last backup, and the last that failed.
const (
	SettingBackup       = "backup"
	SettingBackupFailed = "backup_failed"
)

// BackupAge is how old the last backup may be until it needs attention: a day, and
// time for one that was late.
const BackupAge = 36 * time.Hour

// Condition is one thing that an operator looks at, and whether it is well.
type Condition struct {
	Name string
	OK   bool
	Says string // how it is
	Do   string // what to do where it is not well
}

// Configured is a setting that the program was started with, without secrets.
type Configured struct{ Name, Value, About string }
