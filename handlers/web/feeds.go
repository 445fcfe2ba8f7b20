package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/atom"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/layout"
	"gatehouse/views/ui"
)

// feedLink is a feed's address, for the head of pages.
func feedLink(title, address string) layout.Alternate {
	return layout.Alternate{Type: "application/atom+xml", Title: "Changelog of " + title, URL: address}
}

// TenantFeed is the changelog of all of a tenant's APIs that the reader sees.
func (w *Web) TenantFeed(c echo.Context) error {
	_, changes, err := w.APIs.Changes(c.Request().Context(), guard.Actor(c), "")
	if err != nil {
		return err
	}
	t, base := guard.Actor(c).Tenant(), w.origin(c)+tenantBase(c)
	return w.sendFeed(c, atom.Feed{ID: "urn:uuid:" + t.ID, Title: "Changelog of " + t.Name, Author: t.Name, Self: base + "/feed.atom", Page: base, Began: t.CreatedAt}, "", changes)
}

// APIFeed is the changelog of one API.
func (w *Web) APIFeed(c echo.Context) error {
	api, changes, err := w.APIs.Changes(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	base := w.origin(c) + apiURL(c, api.Slug)
	return w.sendFeed(c, atom.Feed{ID: "urn:uuid:" + api.ID, Title: "Changelog of " + api.Name, Author: guard.Actor(c).Tenant().Name,
		Self: base + "/feed.atom", Page: base, Began: api.CreatedAt}, api.Slug, changes)
}

// sendFeed sends what changed, and what was told of incidents of the same API or, with
// "", of all.
func (w *Web) sendFeed(c echo.Context, f atom.Feed, api string, changes []portal.Change) error {
	for _, change := range changes {
		page := w.origin(c) + apiURL(c, change.API.Slug)
		if change.Kind != portal.ChangeRetired {
			page += "/" + change.Version.Name
		}
		f.Entries = append(f.Entries, atom.Entry{ID: "urn:uuid:" + changeID(change), Title: change.API.Name + " " + change.Version.Name + " " + changeTitle[change.Kind],
			Page: page, At: change.At, Summary: changeWords(change)})
	}
	incidents, err := w.incidentEntries(c, api)
	if err != nil {
		return err
	}
	if len(incidents) > 0 {
		f.Entries = append(f.Entries, incidents...)
		slices.SortStableFunc(f.Entries, func(a, b atom.Entry) int { return b.At.Compare(a.At) })
		f.Entries = f.Entries[:min(len(f.Entries), feedMost)]
	}
	body, err := f.XML()
	if err != nil {
		return err
	}
	return sendTagged(c, atom.Media, body)
}

// feedMost is how many entries a feed has.
const feedMost = 100

// changeID is a change's own: a document that is put in force again is another.
func changeID(c portal.Change) string {
	what := c.Version.ID
	if c.Revision.ID != "" {
		what = c.Revision.ID
	}
	return uuid.NewSHA1(uuid.MustParse(what), []byte(string(c.Kind)+c.At.UTC().Format(time.RFC3339Nano))).String()
}

var changeTitle = map[portal.ChangeKind]string{
	portal.ChangePublished: "is published", portal.ChangeRevised: "has a new description",
	portal.ChangeDeprecated: "is deprecated", portal.ChangeRetired: "is retired",
}

// changeWords say what a change means to callers.
func changeWords(c portal.Change) string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch c.Kind {
	case portal.ChangePublished:
		say("It has %s.", ui.Plural(c.Revision.Operations, "operation"))
	case portal.ChangeRevised:
		say("It has %s.", ui.Plural(c.Revision.Operations, "operation"))
		var counts []string
		for _, kind := range []models.Difference{models.DiffAdded, models.DiffChanged, models.DiffDeprecated, models.DiffRemoved} {
			if n := c.Counts[kind]; n > 0 {
				counts = append(counts, fmt.Sprint(n, " ", kind))
			}
		}
		if len(counts) > 0 {
			say("Since the one before: %s.", strings.Join(counts, ", "))
		}
		if c.Breaking > 0 {
			say("%s may break callers.", ui.Plural(c.Breaking, "change"))
		}
	case portal.ChangeDeprecated:
		say("New work should not build on it.")
		if c.Version.SunsetAt != nil && c.Version.RetiredAt == nil {
			say("It is answered until %s.", c.Version.SunsetAt.UTC().Format("2 January 2006, 15:04 UTC"))
		}
	case portal.ChangeRetired:
		say("It is not answered any more.")
	}
	if c.Next != "" {
		say("Use %s in its place.", c.Next)
	}
	return strings.Join(out, " ")
}
