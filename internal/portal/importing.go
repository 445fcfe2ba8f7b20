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

// Run does one import. Where the server ended in the middle it begins anew, and
// after some times it says so instead. It is a job.
func (i *Imports) Run(ctx context.Context, job ImportJob) error {
	tenant, err := i.store.TenantByID(ctx, job.Tenant)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := i.find(ctx, tenant, job.Import)
	if fault.Is(err, fault.NotFound) || err == nil && in.Done() {
		return nil
	}
	if err != nil {
		return err
	}
	actor, err := i.actorOf(ctx, tenant, in)
	if err != nil {
		return err
	}
	if in.Attempts >= models.ImportAttempts {
		return i.finish(ctx, actor, in, models.ImportFailed, nil, fault.New(fault.Unavailable, "import_interrupted",
			"The server ended %d times while it read this document. Nothing was changed. Upload it again; if that fails as well, tell the operator.", in.Attempts))
	}
	in.Attempts++
	if err = i.work(ctx, actor, in); !fault.Is(err, fault.NotFound) {
		return err
	}
	if now, lost := i.find(ctx, tenant, in.ID); lost != nil || !now.Done() {
		return err
	}
	return nil // another server, which was thought to have ended, was quicker
}

// find is an import as the program sees it.
func (i *Imports) find(ctx context.Context, tenant models.Tenant, id string) (in models.Import, err error) {
	err = i.store.As(ctx, models.NewProgram("documents", tenant), func(r store.Tenant) (err error) {
		in, err = r.Import(id)
		return err
	})
	return in, err
}

// actorOf is the person who brought the document, with the rights that they have
// now; the program itself where it looked by itself.
func (i *Imports) actorOf(ctx context.Context, tenant models.Tenant, in models.Import) (models.Actor, error) {
	if in.Origin == models.ImportCheck {
		return models.NewProgram("documents", tenant), nil
	}
	standing, err := i.store.Standing(ctx, in.CreatedBy, tenant.ID)
	return models.NewActor(standing, tenant, models.Request{}), err
}

// may is nil where the document may still be brought in.
func (i *Imports) may(actor models.Actor, in models.Import) error {
	if in.Origin == models.ImportCheck {
		return actor.May(models.DocumentCheck)
	}
	return actor.May(models.APIManage)
}

// work fetches, reads and stores.
func (i *Imports) work(ctx context.Context, actor models.Actor, in models.Import) error {
	if err := i.may(actor, in); err != nil {
		return i.finish(ctx, actor, in, models.ImportRefused, nil, err)
	}
	raw, seen, err := i.raw(ctx, &in)
	if err != nil {
		return i.ended(ctx, actor, in, nil, err)
	}
	if err := i.note(ctx, &in, models.StageReading); err != nil {
		return err
	}
	d, err := i.apis.reader.Read(ctx, raw)
	if err != nil {
		return i.ended(ctx, actor, in, d.Problems, err)
	}
	if err := i.note(ctx, &in, models.StageStoring); err != nil {
		return err
	}
	in.Operations, in.Warnings = len(d.Operations), len(d.Warnings())
	if in.Problems, err = packed(d.Problems); err != nil {
		return err
	}
	in.State, in.Document = models.ImportStored, nil
	_, _, err = i.apis.keep(ctx, actor, in.API, in.Version, in.CreatedBy, raw, d, func(tx *store.Tx, created, fresh bool, revision models.Revision) error {
		in.Created, in.RevisionID = created, &revision.ID
		if err := tx.FinishImport(in); err != nil {
			return err
		}
		if err := tx.ForgetRefused(in.API, in.Version); err != nil {
			return err
		}
		if err := i.found(tx, actor, in, revision, seen, fresh); err != nil {
			return err
		}
		return tx.RecordAs("document.imported", "import", in.ID, map[string]any{"api": in.API, "version": in.Version, "revision": revision.ID, "fresh": fresh}, nil, nil)
	})
	if err != nil {
		return i.ended(ctx, actor, in, d.Problems, err)
	}
	return nil
}

// raw is the document: as it came, or fetched.
func (i *Imports) raw(ctx context.Context, in *models.Import) (raw []byte, seen fetch.Seen, err error) {
	if in.Document != nil {
		raw, err = inflate(in.Document)
		return raw, seen, err
	}
	if err := i.note(ctx, in, models.StageFetching); err != nil {
		return nil, seen, err
	}
	raw, seen, _, err = i.fetch.Document(ctx, in.Address, fetch.Seen{}, spec.MaxBytes)
	in.Size = int64(len(raw))
	return raw, seen, err
}

func (i *Imports) note(ctx context.Context, in *models.Import, stage string) error {
	in.State, in.Stage = models.ImportReading, stage
	return i.store.NoteImport(ctx, *in)
}

// ended says what an error means: that others come first, that it is refused, or
// that something is wrong here, which may be over the next time.
func (i *Imports) ended(ctx context.Context, actor models.Actor, in models.Import, problems []spec.Problem, err error) error {
	f := fault.From(err)
	switch {
	case f.Kind == fault.Unavailable || ctx.Err() != nil:
		in.State, in.Stage = models.ImportQueued, ""
		if f.Code == "document_queue" {
			in.Attempts--
		}
		return errors.Join(err, i.store.NoteImport(context.WithoutCancel(ctx), in))
	case f.Kind != fault.Internal:
		return i.finish(ctx, actor, in, models.ImportRefused, problems, err)
	case in.Attempts < models.ImportAttempts:
		return err
	}
	return errors.Join(err, i.finish(ctx, actor, in, models.ImportFailed, nil, fault.New(fault.Unavailable, "import_failed",
		"The document was not stored, because something is wrong with this server. Nothing was changed. Try again later, or tell the operator.")))
}

// finish stores why a document was not stored.
func (i *Imports) finish(ctx context.Context, actor models.Actor, in models.Import, state models.ImportState, problems []spec.Problem, why error) error {
	f := fault.From(why)
	in.State, in.Code, in.Message, in.RevisionID = state, f.Code, f.Message, nil
	if !in.Kept() {
		in.Document = nil
	}
	if len(f.Fields) > 0 && len(problems) == 0 {
		in.Message += " " + f.Fields[0].Message
	}
	var err error
	if in.Problems, err = packed(problems); err != nil {
		return err
	}
	return i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error {
		if err := tx.FinishImport(in); err != nil {
			return err
		}
		if err := i.missed(tx, actor, in); err != nil {
			return err
		}
		return tx.RecordAs("document.refuse", "import", in.ID, map[string]any{"api": in.API, "version": in.Version, "code": in.Code}, nil, nil)
	})
}

func packed(problems []spec.Problem) ([]byte, error) {
	if len(problems) == 0 {
		return nil, nil
	}
	var z deflater
	return z.pack(problems)
}
