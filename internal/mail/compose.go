package mail

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/brand"
)

// Facts is what an e-mail tells. Names are shown as text whoever chose them; a fact
// that is empty is left out.
type Facts struct {
	Tenant  string    // name of the tenant
	Object  string    // to what it happened: "Parcel tracking 2.1, plan Standard"
	By      string    // who did it
	Team    string    // of the partner
	Outcome string    // of a decision: "approved", "denied"
	Note    string    // their words: the purpose, the reason
	At      time.Time // when it happened
	Until   time.Time // how long the link works

	// Items are listed, each with a link of its own.
	Items []Item

	// Choices says that the person can choose whether and when to get such mails.
	Choices bool

	// Sender and Colour are the tenant's: the name that the mail comes from, and the
	// colour of its button ("#rrggbb"). Empty, they are the portal's.
	Sender, Colour string

	// Path is where the button leads, from the portal's base address: "/verify/…".
	Path string
}

// Item is one thing that an e-mail lists. Path is as in Facts.
type Item struct{ Text, Path string }

// Composer writes e-mails of one portal.
type Composer struct {
	base   *url.URL
	portal string
}

// NewComposer writes for the portal at base (https://portal.example.com) called portal.
func NewComposer(base *url.URL, portal string) (*Composer, error) {
	if base == nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, errors.New("mail: links need the portal's base address")
	}
	return &Composer{base, oneLine(portal, nameMaxLen)}, nil
}

const (
	nameMaxLen = 120
	noteMaxLen = 2000
	timeForm   = "2 January 2006, 15:04 MST"
)

//go:embed mail.html
var page string

var pages = template.Must(template.New("mail").Parse(page))

// letter is what the HTML and the text are made from.
type letter struct {
	Portal, Tenant, Subject, Happened string
	Fill, Ink                         string // of the button
	Facts                             []fact
	Note                              []string // lines
	Items                             []linked
	NoteLabel, Button, Link, After    string
	Choices                           string // where one says what one wants to hear of, or ""
}

type fact struct{ Label, Value string }

type linked struct{ Text, Link string }

// Compose writes one kind of e-mail. Its link stands on the portal, whatever the
// facts are.
func (c *Composer) Compose(kind Kind, to string, f Facts) (Message, error) {
	w, ok := wordings[kind]
	if !ok {
		return Message{}, fmt.Errorf("mail: no e-mail of kind %q", kind)
	}
	link, err := c.link(f.Path)
	if err != nil {
		return Message{}, err
	}
	f = f.tidy()
	l := letter{
		Portal: c.portal, Tenant: f.Tenant, Subject: Subject(w.subject(f)), Happened: w.happened(f),
		Facts: f.list(), NoteLabel: w.note, Button: w.button, Link: link, After: w.after,
	}
	if f.Choices {
		if l.Choices, err = c.link("/account/notifications"); err != nil {
			return Message{}, err
		}
	}
	l.Portal = cmp.Or(f.Sender, l.Portal)
	var coloured bool
	if l.Fill, l.Ink, coloured = brand.Button(f.Colour); !coloured {
		l.Fill, l.Ink = "#1f4f8f", "#ffffff"
	}
	if f.Note != "" {
		l.Note = strings.Split(f.Note, "\n")
	}
	for _, i := range f.Items {
		to, err := c.link(i.Path)
		if err != nil {
			return Message{}, err
		}
		l.Items = append(l.Items, linked{oneLine(i.Text, 2*nameMaxLen), to})
	}
	var html bytes.Buffer
	if err := pages.Execute(&html, l); err != nil {
		return Message{}, fmt.Errorf("mail: %w", err)
	}
	return Message{To: to, FromName: f.Sender, Subject: l.Subject, Text: l.text(), HTML: html.String(), Link: link, At: f.At}, nil
}

// subject is what an e-mail of a kind would be headed with.
func (c *Composer) subject(kind Kind, f Facts) (string, error) {
	w, ok := wordings[kind]
	if !ok {
		return "", fmt.Errorf("mail: no e-mail of kind %q", kind)
	}
	return Subject(w.subject(f.tidy())), nil
}

// link joins the base address and a path of ours; a path cannot lead to another host.
func (c *Composer) link(path string) (string, error) {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("mail: the link's path does not start with one slash")
	}
	out := c.base.ResolveReference(u)
	if out.Host != c.base.Host || out.Scheme != c.base.Scheme {
		return "", fmt.Errorf("mail: the link leaves the portal")
	}
	return out.String(), nil
}

// tidy takes line breaks and invisible characters out of the names.
func (f Facts) tidy() Facts {
	for _, name := range []*string{&f.Tenant, &f.Object, &f.By, &f.Team, &f.Outcome, &f.Sender} {
		*name = oneLine(*name, nameMaxLen)
	}
	var lines []string
	for line := range strings.Lines(f.Note) {
		lines = append(lines, oneLine(line, noteMaxLen))
	}
	f.Note = strings.TrimSpace(strings.Join(lines, "\n"))
	if runes := []rune(f.Note); len(runes) > noteMaxLen {
		f.Note = string(runes[:noteMaxLen]) + "…"
	}
	return f
}

func (f Facts) list() []fact {
	var out []fact
	add := func(label, value string) {
		if value != "" {
			out = append(out, fact{label, value})
		}
	}
	add("Portal", f.Tenant)
	add("What", f.Object)
	add("Team", f.Team)
	add("By", f.By)
	if !f.At.IsZero() {
		add("When", f.At.UTC().Format(timeForm))
	}
	if !f.Until.IsZero() {
		add("Link works until", f.Until.UTC().Format(timeForm))
	}
	return out
}

// text is the letter without HTML.
func (l letter) text() string {
	var b strings.Builder
	b.WriteString(l.Happened + "\n\n")
	for _, f := range l.Facts {
		fmt.Fprintf(&b, "%s: %s\n", f.Label, f.Value)
	}
	if len(l.Note) > 0 {
		fmt.Fprintf(&b, "\n%s:\n", l.NoteLabel)
		for _, line := range l.Note {
			b.WriteString("> " + line + "\n")
		}
	}
	for _, i := range l.Items {
		fmt.Fprintf(&b, "\n%s\n%s\n", i.Text, i.Link)
	}
	fmt.Fprintf(&b, "\n%s:\n%s\n", l.Button, l.Link)
	if l.After != "" {
		b.WriteString("\n" + l.After + "\n")
	}
	fmt.Fprintf(&b, "\n-- \n%s\n", l.Portal)
	if l.Choices != "" {
		b.WriteString("What you hear of, and how: " + l.Choices + "\n")
	}
	return b.String()
}
