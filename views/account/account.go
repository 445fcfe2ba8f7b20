// Package account shows what belongs to a person: signing up and in, one-time
// links, and the page of their account.
package account

import (
	"net/url"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// LoginURL is the sign-in page, which leads on to next.
func LoginURL(next string) string { return withNext("/login", next) }

// SignUpURL is where an account is made, and SentURL the page after it; both lead
// on to next.
func SignUpURL(next string) string { return withNext("/signup", next) }

// SentURL says that the mail is on its way.
func SentURL(next string) string { return withNext("/signup/sent", next) }

func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

// Session is one browser session of the person.
type Session struct {
	ID, Device, ClientIP, Network string
	Host                          string // a tenant's own that it is good on, "" for the portal's
	Passkey                       string // its name; "" where it was removed since
	Provider                      string // through which it was begun, "" for a passkey
	CreatedAt, SeenAt             time.Time
	Current                       bool
}

// SessionsData is the page of one's sessions.
type SessionsData struct {
	Sessions []Session
	Now      time.Time
}

// EmailForm is the state of the page on which an address is changed.
type EmailForm struct {
	Email    string // as typed
	Now      string // the address that the account has
	Problems []fault.Field
}

// Place is a role or a team of the person.
type Place struct {
	Tenant, URL string
	What        string // "Admin", or "Owner of Halden Freight"
}

// Data is the person's account.
type Data struct {
	Name     string // as typed
	Email    string
	Since    time.Time
	Passkeys []models.Passkey
	Safety   Safety
	Sessions int
	Places   []Place
	Problems []fault.Field
	Now      time.Time

	Identities []Identity
}

func (d SessionsData) others() int {
	n := 0
	for _, s := range d.Sessions {
		if !s.Current {
			n++
		}
	}
	return n
}

func signedInWith(s Session) string {
	if s.Provider != "" {
		return "none: through " + s.Provider
	}
	if s.Passkey == "" {
		return "one that was removed since"
	}
	return s.Passkey
}

// used is when a passkey was used last.
func used(k models.Passkey) time.Time {
	if k.LastUsedAt == nil {
		return time.Time{}
	}
	return *k.LastUsedAt
}

// kept says where a passkey lives.
func kept(k models.Passkey) string {
	switch {
	case k.BackupEligible && k.BackupState:
		return "Synced by its provider"
	case k.BackupEligible:
		return "Can be synced by its provider"
	}
	return "Stays on one device"
}

// Safety is what keeps a person from losing their account, and others from taking it.
type Safety struct {
	CodesLeft, CodesOf int
	CodesMade          time.Time
	TokensFrom         time.Time  // until when no tokens are made after a recovery, or zero
	Recoveries         []Recovery // of this account, under way
	Changed            bool       // a passkey was just added or removed
}

// Recovery is one that an admin began.
type Recovery struct {
	ID, Tenant, By, Reason string
	Sent                   bool
	DueAt                  time.Time
}

// lowCodes is how few codes left are few.
const lowCodes = 3

// Objects of the step-ups of this page.
const (
	AddObject   = "passkey.add"
	LinkObject  = "passkey.link"
	CodesObject = "recovery.codes"
)

// Enrolment is what the page of a one-time link offers.
type Enrolment uint8

// What a link's page offers: a new account, a passkey for one that is there,
// accepting as the person who is signed in, or signing in first.
const (
	NewAccount Enrolment = iota
	AddPasskey
	Accept
	SignInFirst
	AddDevice     // a passkey for one's own account, from another device
	StartRecovery // a recovery session, in which a passkey can be made
	StopRecovery  // that an admin began
)

// LinkData is a one-time link as its page shows it.
type LinkData struct {
	Offer      Enrolment
	Secret     string
	Title      string
	Lead       string
	Email      string // of the new account; "" asks for it
	Button     string
	Verb       string // of the form: what the button does
	SignedInAs string // somebody else, or ""
	Problems   []fault.Field
}

func (l LinkData) path() string { return "/link/" + l.Secret }
