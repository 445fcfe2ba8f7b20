// Package alerts shows what somebody has to look at.
package alerts

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// Row is an alert with what it is about.
type Row struct {
	models.Alert
	Title, URL            string
	Token, TokenURL, Team string
	Closer                string
}

// List is a list of alerts with its filters.
type List struct {
	Rows          []Row
	States, Kinds []ui.SegLink
	Filtered      bool
	Clear         string // address without filters
	Next, First   string
	Now           time.Time
}

// One is the page of an alert.
type One struct {
	Tenant, Base string
	Row
	MayClose bool
	Note     string
	Problems []fault.Field
	Now      time.Time
}

func (r Row) sign() ui.Sign {
	if r.Open() {
		return ui.Sign{Tone: ui.Bad, Icon: "warn", Word: "Open"}
	}
	return ui.Sign{Tone: ui.Off, Icon: "check", Word: "Closed"}
}

// advice says what to do about an alert of the kind.
func (r Row) advice() string {
	switch r.Kind {
	case models.AlertRetired:
		return "Something still has the old secret: a program that was forgotten, or somebody who copied it. Its calls are refused. If nobody of the team knows the address, the secret was in other hands; then look at what was called with it before the rotation."
	case models.AlertExposed:
		return "Whoever could read along has the secret now. Rotate the token without overlap, or revoke it."
	case models.AlertLeaked:
		return "Everybody may have the secret. Make sure that the token is revoked, and look at what was called with it."
	}
	return ""
}
