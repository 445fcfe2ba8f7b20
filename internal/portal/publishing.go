package portal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Create makes an API without any version yet; teams see it by name where its
// visibility says so.
func (a *APIs) Create(ctx context.Context, actor models.Actor, api models.API, teams ...string) (models.API, error) {
	if err := actor.May(models.APIManage); err != nil {
		return api, err
	}
	api = models.API{ID: models.NewID(), Slug: api.Slug, Name: strings.TrimSpace(api.Name), Summary: strings.TrimSpace(api.Summary),
		Description: api.Description, Visibility: cmp.Or(api.Visibility, models.VisiblePublic), Category: strings.TrimSpace(api.Category), Tags: tagsOf(api.Tags)}
	if err := api.Check(); err != nil {
		return api, err
	}
	err := a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		if err := insertAPI(tx, &api); err != nil || api.Visibility != models.VisibleTeams {
			return err
		}
		return nameTeams(tx, api.ID, models.Audience{Visibility: api.Visibility, Teams: teams})
	})
	return api, err
}

func insertAPI(tx *store.Tx, api *models.API) error {
	if err := api.Check(); err != nil {
		return err
	}
	if err := tx.InsertAPI(api); err != nil {
		return err
	}
	details := map[string]any{"slug": api.Slug, "name": api.Name, "visibility": api.Visibility}
	return tx.RecordAs("api.create", "api", api.ID, details, nil, *api)
}

// tagsOf are tags as they are kept: in lower case, each once.
func tagsOf(typed []string) []string {
	var tags []string
	for _, t := range typed {
		if t = strings.ToLower(strings.TrimSpace(t)); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}

// Update changes what an API says of itself, and with to who sees it; its slug stays.
// Change.Revision says which state was seen.
func (a *APIs) Update(ctx context.Context, actor models.Actor, slug string, change models.API, to *models.Audience) (models.API, error) {
	if err := actor.May(models.APIManage); err != nil {
		return change, err
	}
	var after models.API
	err := a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		before, _, err := tx.API(slug)
		if err != nil {
			return err
		}
		after = before
		after.Name, after.Summary, after.Description = strings.TrimSpace(change.Name), strings.TrimSpace(change.Summary), change.Description
		after.Category, after.Tags, after.Revision = strings.TrimSpace(change.Category), tagsOf(change.Tags), change.Revision
		if err := after.Check(); err != nil {
			return err
		}
		if to != nil {
			err = showTo(tx, before, &after, *to)
		} else {
			err = tx.UpdateAPI(after)
		}
		if err != nil || to != nil && before.Says(after) {
			return err
		}
		return tx.RecordAs("api.update", "api", after.ID, map[string]any{"name": after.Name, "category": after.Category, "tags": after.Tags}, before, after)
	})
	return after, err
}

// CreateVersion makes a version of an API as a draft.
func (a *APIs) CreateVersion(ctx context.Context, actor models.Actor, api, name string) (v models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return v, err
	}
	v = models.Version{ID: models.NewID(), Name: name, State: models.VersionDraft, BodyLimit: models.BodyLimitDefault}
	if err := v.Check(); err != nil {
		return v, err
	}
	err = a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		parent, _, err := tx.API(api)
		if err != nil {
			return err
		}
		v.APIID = parent.ID
		return insertVersion(tx, parent, &v)
	})
	return v, err
}

func insertVersion(tx *store.Tx, api models.API, v *models.Version) error {
	if err := tx.InsertVersion(v); err != nil {
		return err
	}
	return tx.RecordAs("version.create", "version", v.ID, map[string]any{"api": api.Slug, "version": v.Name}, nil, *v)
}

// Workbench is one version as its publisher sees it.
type Workbench struct {
	API        models.API
	Version    models.Version
	Revisions  []models.Revision // without documents: the newest first, and the one in force
	Plans      []models.Plan     // archived ones too
	Credential *models.Credential
	People     map[string]models.User // who uploaded and who set the credential
	Source     *models.Source         // of the document, or nil
	UnderWay   []models.Import        // that are not done
	Missed     *models.Import         // the last one, where its document was not stored
	Servers    []string               // that the newest document names, while there is no upstream
}

// Draft is the newest revision if it was never published.
func (w Workbench) Draft() (models.Revision, bool) {
	if len(w.Revisions) == 0 || w.Revisions[0].PublishedAt != nil {
		return models.Revision{}, false
	}
	return w.Revisions[0], true
}

// Published is the revision in force.
func (w Workbench) Published() (models.Revision, bool) {
	for _, r := range w.Revisions {
		if w.Version.PublishedID != nil && r.ID == *w.Version.PublishedID {
			return r, true
		}
	}
	return models.Revision{}, false
}

// Missing is what must be there before the version can be published, in words
// that go on after "Still missing:".
func (w Workbench) Missing() (words []string) {
	if len(w.Revisions) == 0 {
		words = append(words, "an OpenAPI document")
	}
	if w.Version.Upstream == "" {
		words = append(words, "the upstream's address")
	}
	if len(onOffer(w.Plans)) == 0 {
		words = append(words, "a plan")
	}
	if w.Credential != nil && w.Version.Detached(*w.Credential) {
		words = append(words, "the credential, entered again for the new upstream")
	}
	return words
}

func onOffer(plans []models.Plan) (out []models.Plan) {
	for _, p := range plans {
		if p.ArchivedAt == nil {
			out = append(out, p)
		}
	}
	return out
}

// Workbench opens a version for its publisher.
func (a *APIs) Workbench(ctx context.Context, actor models.Actor, api, version string) (w Workbench, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return w, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if w.API, w.Version, err = r.Version(api, version); err != nil {
			return err
		}
		if err := w.open(r); err != nil || w.Version.Upstream != "" || len(w.Revisions) == 0 {
			return err
		}
		w.Servers, err = a.servers(r, w.Revisions[0].ID)
		return err
	})
	return w, err
}

func (w *Workbench) open(r store.Tenant) (err error) {
	if w.Revisions, err = r.Revisions(w.Version.ID); err != nil {
		return err
	}
	if _, listed := w.Published(); !listed && w.Version.PublishedID != nil { // there are many newer ones
		old, err := r.Revision(*w.Version.PublishedID)
		if err != nil {
			return err
		}
		old.Document, old.Outline = nil, nil
		w.Revisions = append(w.Revisions, old)
	}
	if w.Plans, err = r.Plans(w.API.ID); err != nil {
		return err
	}
	var people []string
	for _, rev := range w.Revisions {
		people = append(people, rev.CreatedBy)
	}
	if err := w.incoming(r); err != nil {
		return err
	}
	c, ok, err := r.Credential(w.Version.ID)
	if err != nil {
		return err
	}
	if ok {
		c.Sealed = nil // R107: nothing but this package's writers touches the value
		w.Credential, people = &c, append(people, c.SetBy)
	}
	w.People, err = r.Users(people)
	return err
}

// incoming is where documents come from, and which are on their way.
func (w *Workbench) incoming(r store.Tenant) error {
	s, err := r.Source(w.Version.ID)
	if err == nil {
		w.Source = &s
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	if w.UnderWay, err = r.ImportsUnderWay(w.API.Slug, w.Version.Name); err != nil {
		return err
	}
	last, err := r.LastImport(w.API.Slug, w.Version.Name)
	if err == nil && last.Done() && last.State != models.ImportStored {
		w.Missed = &last
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Reading is what was understood of one document.
type Reading struct {
	Workbench
	Revision   models.Revision
	Document   []byte // as it was uploaded, where it has problems
	Outline    spec.Document
	Operations []models.Operation
}

// Understood opens one document of a version for its publisher.
func (a *APIs) Understood(ctx context.Context, actor models.Actor, api, version, revision string) (d Reading, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return d, err
	}
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		if d.API, d.Version, err = r.Version(api, version); err != nil {
			return err
		}
		if err := d.open(r); err != nil {
			return err
		}
		if d.Revision, err = r.Revision(revision); err != nil {
			return err
		}
		if d.Revision.VersionID != d.Version.ID {
			return fault.Missing("revision")
		}
		if err := unpack(d.Revision.Outline, &d.Outline); err != nil {
			return err
		}
		if len(d.Outline.Problems) > 0 {
			if d.Document, err = inflate(d.Revision.Document); err != nil {
				return err
			}
		}
		d.Revision.Document = nil
		d.Operations, err = r.Operations(d.Revision.ID)
		return err
	})
	return d, err
}

// Publish puts a revision of a version in force: partners see and call it from
// now on. Where it may stop the programs of callers who had another one, it is
// refused unless that is accepted (Accepting).
func (a *APIs) Publish(ctx context.Context, actor models.Actor, api, version, revision string) (v models.Version, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return v, err
	}
	before, objection := a.objection(ctx, actor, api, version, revision)
	err = a.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		w := Workbench{}
		if w.API, w.Version, err = tx.Version(api, version); err != nil {
			return err
		}
		if err := a.seen.still(strconv.Itoa(w.Version.Revision)); err != nil {
			return err
		}
		if err := w.open(tx.Tenant); err != nil {
			return err
		}
		rev, err := tx.Revision(revision)
		if err != nil || rev.VersionID != w.Version.ID {
			return fault.Missing("revision")
		}
		if a.latest && w.Revisions[0].ID != rev.ID {
			return fault.New(fault.Conflict, "newer_document", "Somebody stored another document for this version after yours. Nothing was published: look at theirs, and send yours again if it is the one.")
		}
		if missing := w.Missing(); len(missing) > 0 {
			return fault.New(fault.Conflict, "not_ready", "This version can't be published yet. Still missing: %s.", strings.Join(missing, ", "))
		}
		if rev.Grave > 0 {
			return fault.New(fault.Conflict, "not_ready", "This document can't be published: %s in it would harm your partners. Its report says where, and how to mend it.", counted(rev.Grave, "grave problem"))
		}
		if err := servable(tx, w.Version, rev); err != nil {
			return err
		}
		if objection != nil {
			return objection
		}
		v = w.Version
		if before != inForce(v) {
			return fault.New(fault.Conflict, "changed_meanwhile", "Somebody published another document in the meantime. Look at it again; nothing was changed.")
		}
		if err := v.Publish(rev.ID, tx.Now()); err != nil {
			return err
		}
		if err := tx.UpdateVersion(v); err != nil {
			return err
		}
		if err := tx.MarkPublished(rev.ID); err != nil {
			return err
		}
		if err := tx.MarkDeprecated(rev.ID, before); err != nil {
			return err
		}
		if err := indexPublished(tx, rev); err != nil {
			return err
		}
		if err := tx.Changed(models.ChangeVersion, v.ID); err != nil {
			return err
		}
		if before != "" && before != rev.ID {
			if err := tx.Enqueue(CompareDocuments{v.TenantID, before, rev.ID}); err != nil {
				return err
			}
		}
		if err := announcePublished(tx, actor, w.Version, rev.ID); err != nil {
			return err
		}
		return tx.RecordAs("version.publish", "version", v.ID, map[string]any{"api": api, "version": version,
			"revision": rev.ID, "number": rev.Number, "operations": rev.Operations}, w.Version, v)
	})
	return v, err
}

// servable is nil where the gateway can serve a version with that revision. What
// it cannot was refused before it was stored, so this is for what was stored
// otherwise; it must not be found out by the partners' calls.
func servable(tx *store.Tx, v models.Version, rev models.Revision) error {
	if err := gateway.CheckUpstream(v.Upstream); err != nil {
		return fault.New(fault.Conflict, "not_ready", "This version can't be published yet. Enter the upstream's address again: the gateway can't call it as it is.").Because(err)
	}
	operations, err := tx.Operations(rev.ID)
	if err != nil {
		return err
	}
	for _, op := range operations {
		if err := gateway.CheckOperation(op.Path); err != nil {
			return fault.New(fault.Conflict, "not_ready", "This version can't be published yet. Correct the path of %s in the document: no call could reach it.", op.Key).Because(err)
		}
	}
	return nil
}
