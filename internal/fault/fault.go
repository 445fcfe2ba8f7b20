// Package fault is the one error type of the program.
//
// A fault says what went wrong in words that the person who caused it may read,
// and carries the cause for the people who operate the program. It knows nothing
// of HTTP: internal/problem maps a Kind to a status, and nothing else does.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind groups faults by who has to act, not by status code.
type Kind uint8

// The kinds of faults.
const (
	Internal             Kind = iota // zero value: whatever nobody classified is our own fault
	BadRequest                       // the request cannot be understood at all
	Invalid                          // the input is wrong; Fields says where
	Unauthenticated                  // we do not know who is asking
	Forbidden                        // we know, and the answer is no
	NotFound                         // absent, or not visible to this actor: the same thing
	NotAllowed                       // the address exists, but not for this method
	Conflict                         // the state does not allow it (any more)
	Gone                             // it was there and was used up
	TooLarge                         // more than we read
	TooSlow                          // it did not arrive in the time that we wait
	Unsupported                      // a media type we do not read
	Misdirected                      // a host that we do not serve
	PreconditionFailed               // somebody changed it since it was read (RFC 9110 §13)
	PreconditionRequired             // an update without If-Match (RFC 6585 §3)
	TooMany                          // a limit; RetryAfter says when
	Unavailable                      // a dependency is down; try again
	kinds
)

// Kinds is the number of kinds; tables indexed by Kind have this length.
const Kinds = int(kinds)

// Field is one problem with one input, named as the form and the API name it.
type Field struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Error is a classified failure.
type Error struct {
	Kind       Kind
	Code       string // stable and documented at /docs/errors/{code}, e.g. "token_name_taken"
	Message    string // safe to show
	Fields     []Field
	RetryAfter time.Duration
	cause      error
}

// New makes a fault whose message is shown to the person who caused it.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Missing is the answer for anything the actor cannot see.
func Missing(what string) *Error {
	return New(NotFound, "not_found", "There is no such %s.", what)
}

// Because keeps the cause for the log. The message shown does not change.
func (e *Error) Because(cause error) *Error { e.cause = cause; return e }

// WithFields names the inputs that are wrong.
func (e *Error) WithFields(fields ...Field) *Error { e.Fields = append(e.Fields, fields...); return e }

// After says when trying again makes sense.
func (e *Error) After(d time.Duration) *Error { e.RetryAfter = d; return e }

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Code + ": " + e.cause.Error()
	}
	text := e.Code + ": " + e.Message
	for _, f := range e.Fields {
		text += " " + f.Name + ": " + f.Message
	}
	return text
}

func (e *Error) Unwrap() error { return e.cause }

// From classifies any error. What nobody classified is Internal, and its text
// stays in the log.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return New(Internal, "internal", "Something went wrong on our side. Trying again may help; if it does not, tell us the request id.").Because(err)
}

// Is reports whether err is a fault of the given kind.
func Is(err error, kind Kind) bool { return err != nil && From(err).Kind == kind }

// Code is the code of err, or "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// Problems collects field problems while a value is checked.
type Problems []Field

// Add notes a problem when bad is true.
func (p *Problems) Add(bad bool, field, format string, args ...any) {
	if bad {
		*p = append(*p, Field{field, fmt.Sprintf(format, args...)})
	}
}

// Err is nil when nothing was noted.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid_input", Message: "Please check the marked fields.", Fields: p}
}
