package portal

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Outlook is what publishing a document would change for who calls the version now.
type Outlook struct {
	Base    models.Revision // in force
	Changes []models.DocumentChange
	models.Tally
	Version models.VersionAdvice // of its number
	Late    bool                 // it is still being compared; there are no changes yet
	Failure string               // why it can't be compared, in words
}

// Asks reports whether publishing it asks for a second word.
func (o Outlook) Asks() bool { return o.Breaking > 0 || o.Failure != "" }

// Outlook compares a document of a version with the one in force. There is none
// where nobody could ever call the version, or the document is in force itself.
func (a *APIs) Outlook(ctx context.Context, actor models.Actor, w Workbench, revision models.Revision) (o *Outlook, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return nil, err
	}
	base, ok := w.Published()
	if !ok || base.ID == revision.ID {
		return nil, nil
	}
	o = &Outlook{Base: base}
	o.Changes, err = a.Comparison(ctx, actor, base, revision)
	switch {
	case fault.Code(err) == "comparison_failed":
		o.Failure = fault.From(err).Message
	case fault.Is(err, fault.Unavailable) && !store.Down(err):
		o.Late = true
	case err != nil:
		return nil, err
	default:
		o.Tally = models.TallyOf(o.Changes)
		o.Version = models.AdviseVersion(base.DocVersion, revision.DocVersion, o.Tally)
	}
	return o, nil
}

// outlookWait is how long publishing waits for a comparison that was not made before.
const outlookWait = 25 * time.Second

// OutlookOf is the Outlook of a document by the names in addresses.
func (a *APIs) OutlookOf(ctx context.Context, actor models.Actor, api, version, revision string) (*Outlook, error) {
	ctx, cancel := context.WithTimeout(ctx, outlookWait)
	defer cancel()
	w, err := a.Workbench(ctx, actor, api, version)
	if err != nil {
		return nil, err
	}
	r, err := a.revisionOf(ctx, actor, w, revision)
	if err != nil || r.ID == "" {
		return nil, err // publishing says that there is none
	}
	return a.Outlook(ctx, actor, w, r)
}

// revisionOf finds a document of a version, one that is too old for its list too;
// zero where there is none.
func (a *APIs) revisionOf(ctx context.Context, actor models.Actor, w Workbench, id string) (found models.Revision, err error) {
	for _, r := range w.Revisions {
		if r.ID == id {
			return r, nil
		}
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		found, err = r.Revision(id)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && found.VersionID != w.Version.ID {
		return models.Revision{}, nil
	}
	found.Document, found.Outline = nil, nil
	return found, err
}

// objection is why a document may not be published without a second word, and
// the document in force with which it was compared.
func (a *APIs) objection(ctx context.Context, actor models.Actor, api, version, revision string) (before string, objection error) {
	ctx, cancel := context.WithTimeout(ctx, outlookWait)
	defer cancel()
	w, err := a.Workbench(ctx, actor, api, version)
	if err != nil {
		return "", err
	}
	before = inForce(w.Version)
	if a.accepting && (a.over == "" || a.over == before) || !w.Version.Live() {
		return before, nil
	}
	r, err := a.revisionOf(ctx, actor, w, revision)
	if err != nil || r.ID == "" {
		return before, err // publishing says that there is none
	}
	o, err := a.Outlook(ctx, actor, w, r)
	switch {
	case err != nil:
		return before, err
	case o == nil:
	case o.Late:
		return before, fault.New(fault.Unavailable, "comparison_waits", "The document is still being compared with the one in force. Try again in a moment.").After(ComparisonPause)
	case o.Asks():
		why := o.Failure
		if why == "" {
			why = fmt.Sprintf("The document has %d changes that may stop partners' programs.", o.Breaking)
			if o.Breaking == 1 {
				why = "The document has a change that may stop partners' programs."
			}
		}
		const ask = "Publish it as a new version, or confirm that you want it in this one."
		return before, fault.New(fault.Conflict, "breaking_changes", "%s %s", why, ask).WithFields(fault.Field{Name: "accept_breaking", Message: ask})
	}
	return before, nil
}

// inForce is the document of a version that is served, or "".
func inForce(v models.Version) string {
	if v.PublishedID == nil {
		return ""
	}
	return *v.PublishedID
}
