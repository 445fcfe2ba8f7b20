package portal

import (
	"bytes"
	"context"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/fetch"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Fetcher reads documents from URLs.
type Fetcher interface {
	Document(ctx context.Context, address string, seen fetch.Seen, most int64) (body []byte, now fetch.Seen, unchanged bool, err error)
}

// Imports are documents that are read in the background, with what became of them.
type Imports struct {
	store *store.Store
	apis  *APIs
	fetch Fetcher
}

// ImportJob reads one document.
type ImportJob struct {
	Tenant string `json:"tenant"` // id
	Import string `json:"import"`
}

// Kind of the job.
func (ImportJob) Kind() string { return "document_import" }

// ImportRow is an import as its people see it.
type ImportRow struct {
	models.Import
	Found []spec.Problem // of the document
	By    string         // who brought it
	Text  []byte         // the document, where it was kept because it was not stored
}

// Begin takes a document to be read. What can be said at once is said: that there
// is none, that it is too large, that its version cannot have this name.
func (i *Imports) Begin(ctx context.Context, actor models.Actor, api, version string, origin models.ImportOrigin, raw []byte) (models.Import, error) {
	if err := actor.May(models.APIManage); err != nil {
		return models.Import{}, err
	}
	if err := newDocument(version, raw); err != nil {
		return models.Import{}, err
	}
	if err := spec.CheckSize(raw); err != nil {
		return models.Import{}, err
	}
	if err := (models.API{Slug: api, Name: api}).Check(); err != nil {
		return models.Import{}, err
	}
	in := models.Import{ID: models.NewID(), API: api, Version: version, Origin: origin, State: models.ImportQueued, Size: int64(len(raw))}
	var z deflater
	var err error
	if in.Document, err = z.deflate(raw); err != nil {
		return in, err
	}
	err = i.store.Do(ctx, actor, models.APIManage, func(tx *store.Tx) error { return begin(tx, &in) })
	return in, err
}

// begin stores an import, and has it done after the commit.
func begin(tx *store.Tx, in *models.Import) error {
	if err := tx.InsertImport(in); err != nil {
		return err
	}
	if err := tx.Enqueue(ImportJob{in.TenantID, in.ID}); err != nil {
		return err
	}
	return tx.RecordAs("document.import", "import", in.ID, map[string]any{"api": in.API, "version": in.Version, "origin": in.Origin, "size": in.Size}, nil, nil)
}

// Show is one import, with the problems of its document.
func (i *Imports) Show(ctx context.Context, actor models.Actor, id string) (row ImportRow, err error) {
	if err := actor.May(models.APIReadAll); err != nil {
		return row, err
	}
	err = i.store.As(ctx, actor, func(r store.Tenant) error {
		if row.Import, err = r.Import(id); err != nil {
			return err
		}
		people, err := r.Users([]string{row.CreatedBy})
		row.By = people[row.CreatedBy].Name
		return err
	})
	if err == nil && row.Done() && row.Document != nil {
		row.Text, err = inflate(row.Document)
	}
	row.Document = nil
	if err == nil && row.Problems != nil {
		err = unpack(row.Problems, &row.Found)
	}
	return row, err
}

// lookEvery is how soon the end of an import is seen by who waits for it.
const lookEvery = 40 * time.Millisecond

// Await is Show once the import is done, or so much later.
func (i *Imports) Await(ctx context.Context, actor models.Actor, id string, most time.Duration) (ImportRow, error) {
	late := time.NewTimer(most)
	defer late.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		row, err := i.Show(ctx, actor, id)
		if err != nil || row.Done() {
			return row, err
		}
		select {
		case <-look.C:
		case <-late.C:
			return row, nil
		case <-ctx.Done():
			return row, ctx.Err()
		}
	}
}

// newDocument is nil where there is something to be read, for a version that may be.
func newDocument(version string, raw []byte) error {
	if err := (models.Version{Name: version, BodyLimit: models.BodyLimitDefault}).Check(); err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "document", Message: "Choose a file, or paste an OpenAPI document in JSON or YAML."})
	}
	return nil
}
