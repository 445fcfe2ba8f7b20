// Package atom writes Atom feeds (RFC 4287): what a changelog needs of them and
// no more.
package atom

import (
	"encoding/xml"
	"time"
)

// Media is the media type of a feed.
const Media = "application/atom+xml; charset=utf-8"

// Feed is a list of entries, the newest first. All addresses are absolute.
type Feed struct {
	ID      string // an IRI that is never another feed's
	Title   string
	Author  string
	Self    string // where the feed is
	Page    string // where people read the same
	Began   time.Time
	Entries []Entry
}

// Entry is one thing that happened.
type Entry struct {
	ID      string // an IRI that is never another entry's
	Title   string
	Page    string
	At      time.Time
	Summary string // plain text
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type entry struct {
	ID        string `xml:"id"`
	Title     string `xml:"title"`
	Link      link   `xml:"link"`
	Published string `xml:"published"`
	Updated   string `xml:"updated"`
	Summary   string `xml:"summary"`
}

type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  string   `xml:"author>name"`
	Links   []link   `xml:"link"`
	Entries []entry  `xml:"entry"`
}

// XML is the feed as a document. It was changed last when its newest entry was
// made, or when it began.
func (f Feed) XML() ([]byte, error) {
	out := feed{ID: f.ID, Title: f.Title, Author: f.Author, Links: []link{
		{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Page}}}
	changed := f.Began
	for _, e := range f.Entries {
		if e.At.After(changed) {
			changed = e.At
		}
		at := when(e.At)
		out.Entries = append(out.Entries, entry{e.ID, e.Title, link{"alternate", "text/html", e.Page}, at, at, e.Summary})
	}
	out.Updated = when(changed)
	body, err := xml.MarshalIndent(out, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }
