// Package explain shows why a call was answered as it was.
package explain

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/views/ui"
)

// Find is the page that asks for a request id.
type Find struct {
	URL      string // of the search
	ID       string // as it was typed
	Problems []fault.Field
}

// Answer is the explanation of one.
type Answer struct {
	Find
	Base, Back string // list of tokens; the token's page, or ""
	Sign       ui.Sign
	Status     int
	Title      string
	Rule       string
	Do         string
	ResetsAt   time.Time
	CodeName   string // of the refusal; "" where it was none
	Method     string
	Path       string
	Operation  string
	API        string
	APIURL     string
	Token      string
	Team       string
	Plan       string
	At         time.Time
	From       string
	Agent      string
	Way        string // what kind of call it was, "" for any
	Limits     []Limit
	Now        time.Time
}

// Limit is one that was used up.
type Limit struct{ Name, Allows string }

// resets says when the same call would pass.
func (a Answer) resets() string {
	if a.ResetsAt.After(a.Now) {
		return "The same call passes " + ui.Ago(a.ResetsAt, a.Now) + ", at " + ui.Exact(a.ResetsAt) + "."
	}
	return "The same call would have passed from " + ui.Exact(a.ResetsAt) + " on."
}
