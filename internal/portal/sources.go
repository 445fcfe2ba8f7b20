package portal

import (
	"context"
	"errors"

	"gatehouse/internal/fault"
	"gatehouse/internal/fetch"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// SourceJob looks at the URL of one version.
type SourceJob struct {
	Tenant  string `json:"tenant"` // ids
	Version string `json:"version"`
}

// Kind of the job.
func (SourceJob) Kind() string { return "document_check" }

// Source is the URL that a version's document comes from; NotFound where it has none.
func (i *Imports) Source(ctx context.Context, actor models.Actor, api, version string) (s models.Source, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return s, err
	}
	err = i.store.As(ctx, actor, func(r store.Tenant) error {
		_, v, err := r.Version(api, version)
		if err != nil {
			return err
		}
		s, err = r.Source(v.ID)
		return err
	})
	return s, err
}

// SetSource says where a version's document comes from and how often it is looked
// at, and begins to fetch it.
func (i *Imports) SetSource(ctx context.Context, actor models.Actor, api, version, address string, schedule models.Schedule) (s models.Source, in models.Import, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return s, in, err
	}
	u, err := i.apis.upstreams.CheckURL(address)
	if err != nil {
		return s, in, err
	}
	s = models.Source{URL: u.String(), Schedule: schedule, SetBy: actor.User()}
	if err := s.Check(); err != nil {
		return s, in, err
	}
	err = i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		v, err := i.sourced(tx, api, version)
		if err != nil {
			return err
		}
		s.VersionID, s.SetAt = v.ID, tx.Now()
		s.Succeeded(tx.Now()) // plans the next look; this first one is the import's
		s.CheckedAt = nil
		if err := tx.SetSource(s); err != nil {
			return err
		}
		if err := tx.RecordAs("document.source", "version", v.ID, map[string]any{"api": api, "version": version, "url": s.URL, "schedule": schedule}, nil, nil); err != nil {
			return err
		}
		in = models.Import{ID: models.NewID(), API: api, Version: version, Origin: models.ImportURL, Address: s.URL, State: models.ImportQueued}
		return begin(tx, &in)
	})
	return s, in, err
}

// sourced is a version whose document may come from a URL.
func (i *Imports) sourced(tx *store.Tx, api, version string) (models.Version, error) {
	_, v, err := tx.Version(api, version)
	if err == nil && v.State == models.VersionRetired {
		err = fault.New(fault.Conflict, "version_retired", "This version is retired; publish a new one instead.")
	}
	return v, err
}

// FetchAgain looks at a version's URL now.
func (i *Imports) FetchAgain(ctx context.Context, actor models.Actor, api, version string) (in models.Import, err error) {
	if err := actor.May(models.APIManage); err != nil {
		return in, err
	}
	err = i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		v, err := i.sourced(tx, api, version)
		if err != nil {
			return err
		}
		s, err := tx.Source(v.ID)
		if err != nil {
			return err
		}
		in = models.Import{ID: models.NewID(), API: api, Version: version, Origin: models.ImportURL, Address: s.URL, State: models.ImportQueued}
		return begin(tx, &in)
	})
	return in, err
}

// DeleteSource ends that a version's document comes from a URL.
func (i *Imports) DeleteSource(ctx context.Context, actor models.Actor, api, version string) error {
	if err := actor.May(models.APIManage); err != nil {
		return err
	}
	return i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		_, v, err := tx.Version(api, version)
		if err != nil {
			return err
		}
		if _, err := tx.Source(v.ID); err != nil {
			return err
		}
		if err := tx.DeleteSource(v.ID); err != nil {
			return err
		}
		return tx.RecordAs("document.source_delete", "version", v.ID, map[string]any{"api": api, "version": version}, nil, nil)
	})
}

// dueMost is how many URLs one round looks at; the rest waits for the next.
const dueMost = 500

// Due begins to look at each URL whose time has come. It is a job.
func (i *Imports) Due(ctx context.Context) error {
	now := i.store.Now()
	return i.store.Platform(ctx, func(p store.Platform) error {
		due, err := p.DueSources(now, dueMost)
		for _, s := range due {
			err = errors.Join(err, p.Enqueue(SourceJob{s.TenantID, s.VersionID}))
		}
		return err
	})
}

// Look asks whether the document at a version's URL has changed, and imports it if
// so. It is a job.
func (i *Imports) Look(ctx context.Context, job SourceJob) error {
	tenant, err := i.store.TenantByID(ctx, job.Tenant)
	if fault.Is(err, fault.NotFound) || err == nil && tenant.State != models.TenantActive {
		return nil
	}
	if err != nil {
		return err
	}
	actor := models.NewProgram("documents", tenant)
	if err := actor.May(models.DocumentCheck); err != nil {
		return err
	}
	var s models.Source
	var v models.Version
	var api models.API
	err = i.store.As(ctx, actor, func(r store.Tenant) error {
		if s, err = r.Source(job.Version); err != nil {
			return err
		}
		api, v, err = r.VersionByID(job.Version)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && (s.NextAt == nil || s.NextAt.After(i.store.Now()) || v.State == models.VersionRetired) {
		return nil // somebody has changed it meanwhile, or it was done
	}
	if err != nil {
		return err
	}
	return i.look(ctx, actor, api, v, s)
}

func (i *Imports) look(ctx context.Context, actor models.Actor, api models.API, v models.Version, s models.Source) error {
	raw, now, unchanged, err := i.fetch.Document(ctx, s.URL, fetch.Seen{ETag: s.ETag, LastModified: s.LastModified}, spec.MaxBytes)
	if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) {
		return err // ours; it is tried again
	}
	if err != nil {
		return i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
			return i.fails(tx, actor, api.Slug, v.Name, s, fault.From(err).Message)
		})
	}
	if unchanged {
		s.Succeeded(i.store.Now())
		return i.store.NoteSource(ctx, s)
	}
	var z deflater
	in := models.Import{ID: models.NewID(), API: api.Slug, Version: v.Name, Origin: models.ImportCheck, Address: s.URL, State: models.ImportQueued,
		Size: int64(len(raw)), CreatedBy: s.SetBy}
	if in.Document, err = z.deflate(raw); err != nil {
		return err
	}
	s.ETag, s.LastModified = now.ETag, now.LastModified
	at := i.store.Now()
	s.CheckedAt = &at
	s.Plan(at)
	return i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		if err := tx.NoteSource(s); err != nil {
			return err
		}
		return begin(tx, &in)
	})
}

// found keeps with a version's source that its document was stored, and tells
// those who publish where that was the program's own doing.
func (i *Imports) found(tx *store.Tx, actor models.Actor, in models.Import, revision models.Revision, seen fetch.Seen, fresh bool) error {
	s, ok, err := i.of(tx, in)
	if err != nil || !ok {
		return err
	}
	if in.Origin == models.ImportURL {
		s.ETag, s.LastModified = seen.ETag, seen.LastModified
	}
	s.Succeeded(tx.Now())
	if err := tx.NoteSource(s); err != nil || !fresh || in.Origin != models.ImportCheck {
		return err
	}
	return tellPublishers(tx, actor, in, "revisions/"+revision.ID, "a new document was found",
		"At "+s.URL+" stands another document than before. It is a draft until it is published.")
}

// missed keeps with a version's source that its document could not be stored. It
// is read anew the next time, even if it stays as it is.
func (i *Imports) missed(tx *store.Tx, actor models.Actor, in models.Import) error {
	s, ok, err := i.of(tx, in)
	if err != nil || !ok {
		return err
	}
	s.ETag, s.LastModified = "", ""
	return i.fails(tx, actor, in.API, in.Version, s, in.Message)
}

// of is the source that an import came from, as far as it is still that.
func (i *Imports) of(tx *store.Tx, in models.Import) (s models.Source, ok bool, err error) {
	if in.Address == "" {
		return s, false, nil
	}
	_, v, err := tx.Version(in.API, in.Version)
	if err == nil {
		s, err = tx.Source(v.ID)
	}
	if fault.Is(err, fault.NotFound) {
		return s, false, nil
	}
	return s, err == nil && s.URL == in.Address, err
}

// fails notes why a look failed, and tells those who publish the first time.
func (i *Imports) fails(tx *store.Tx, actor models.Actor, api, version string, s models.Source, why string) error {
	news := s.Failed(tx.Now(), why)
	if err := tx.NoteSource(s); err != nil {
		return err
	}
	if err := tx.RecordAs("document.check_failed", "version", s.VersionID, map[string]any{"api": api, "version": version}, nil, nil); err != nil || !news || actor.SignedIn() {
		return err // who asked for it sees it
	}
	return tellPublishers(tx, actor, models.Import{API: api, Version: version}, "#source", "its document can't be read any more", "At "+s.URL+": "+why)
}

// tellPublishers tells those who make APIs about a version's document, here and by mail.
func tellPublishers(tx *store.Tx, actor models.Actor, in models.Import, below, outcome, note string) error {
	people, err := tx.Publishers()
	if err != nil {
		return err
	}
	object, link := in.API+" "+in.Version, "/t/"+actor.Tenant().Slug+"/admin/apis/"+in.API+"/versions/"+in.Version
	if below[0] != '#' {
		link += "/"
	}
	link += below
	if err := tx.Notify(models.Notification{Kind: models.NotifyDocument, Title: object + ": " + outcome, Body: note, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: MailDocument, Path: link, Facts: MailFacts{Object: object, Outcome: outcome, Note: note}})
}
