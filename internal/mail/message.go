// Package mail writes the portal's e-mails and hands them to a mail server, or to a
// box in memory. It decides nothing about who gets which; a job does.
package mail

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// SubjectMaxLen is the longest subject in characters.
const SubjectMaxLen = 60

// ErrRefused means that the mail server will never take this message. Trying again
// makes no sense.
var ErrRefused = errors.New("mail: refused for good")

// Message is one e-mail to one person.
type Message struct {
	ID       string // becomes the Message-ID, so that sending twice shows once; letters and digits
	To       string // bare address
	FromName string // whose name stands before the portal's address; empty: the portal's
	Subject  string
	Text     string
	HTML     string // the same in HTML; may be empty
	Link     string // what the button opens, for the demo's mailbox
	At       time.Time
}

// Sender sends messages. An error that wraps ErrRefused is final, any other passes.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// settle brings the headers into a form that nothing can be added to (R118).
func (m Message) settle() (Message, error) {
	to, err := models.CanonicalEmail(m.To)
	if err != nil {
		return Message{}, refuse(err)
	}
	for _, r := range m.ID {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			return Message{}, refuse(errors.New("mail: an id has letters and digits only"))
		}
	}
	m.To, m.FromName, m.Subject = to, Subject(m.FromName), Subject(m.Subject)
	if m.Subject == "" || m.Text == "" {
		return Message{}, refuse(errors.New("mail: nothing to say"))
	}
	return m, nil
}

func refuse(cause error) error {
	return fault.New(fault.Invalid, "mail_refused", "This e-mail cannot be sent to this address.").Because(errors.Join(ErrRefused, cause))
}

// Subject makes one line of at most SubjectMaxLen characters from text, whoever wrote it.
func Subject(text string) string { return oneLine(text, SubjectMaxLen) }

// oneLine drops what is invisible or turns the direction of text, and cuts the rest.
func oneLine(text string, most int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
	if runes := []rune(text); len(runes) > most {
		text = strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}
