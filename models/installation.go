package models

import (
	"strings"

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

// Condition is one thing that an operator looks at, and whether it is well.
type Condition struct {
	Name string
	OK   bool
	Says string // how it is
	Do   string // what to do where it is not well
}

// Configured is a setting that the program was started with, without secrets.
type Configured struct{ Name, Value, About string }
