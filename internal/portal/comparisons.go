package portal

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// CompareDocuments is the job that compares two documents before somebody asks.
type CompareDocuments struct {
	Tenant   string
	Base     string // ids of revisions
	Revision string
}

// Kind names the job.
func (CompareDocuments) Kind() string { return "documents_compare" }

// CompareTimeout is how long one job of comparing may take: others may be read or
// compared before it.
const CompareTimeout = 2*spec.ReadTimeout + 10*time.Second

// ComparisonPause is how long to wait before asking again for a comparison that is
// still being made.
const ComparisonPause = 5 * time.Second

// compareAgain is how old a comparison that failed is when it is tried again.
const compareAgain = 10 * time.Minute

// Comparison is what changed from one document to another for their callers. It
// is made if that was not done before, which takes a second as a rule and
// spec.ReadTimeout at most: who does not wait until then gets Unavailable, and it
// goes on. Where it can't be made, the fault comparison_failed says why.
func (a *APIs) Comparison(ctx context.Context, actor models.Actor, base, revision models.Revision) (changes []models.DocumentChange, err error) {
	if err := actor.May(models.DocumentCompare); err != nil {
		return nil, err
	}
	var made models.Comparison
	var ok bool
	err = a.store.As(ctx, actor, func(r store.Tenant) error {
		editions, err := r.Editions([]string{base.VersionID, revision.VersionID})
		if err != nil {
			return err
		}
		for _, want := range []models.Revision{base, revision} {
			if !slices.ContainsFunc(editions, func(e models.Revision) bool { return e.ID == want.ID }) {
				return fault.Missing("revision")
			}
		}
		made, ok, err = r.Comparison(base.ID, revision.ID)
		return err
	})
	switch {
	case err != nil || base.ID == revision.ID:
		return nil, err
	case ok && made.Failure == "":
		err := unpack(made.Changes, &changes)
		return changes, err
	case ok && a.store.Now().Sub(made.CreatedAt) < compareAgain:
		return nil, fault.New(fault.Invalid, "comparison_failed", "%s", made.Failure)
	}
	return a.compareOnce(ctx, actor.Tenant(), base.ID, revision.ID)
}

// CompareNow does the job.
func (a *APIs) CompareNow(ctx context.Context, job CompareDocuments) error {
	tenant, err := a.store.TenantByID(ctx, job.Tenant)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var made models.Comparison
	var ok bool
	err = a.store.As(ctx, comparer(tenant), func(r store.Tenant) error {
		made, ok, err = r.Comparison(job.Base, job.Revision)
		return err
	})
	if err != nil || ok && made.Failure == "" {
		return err
	}
	_, err = a.compareOnce(ctx, tenant, job.Base, job.Revision)
	if fault.Code(err) == "comparison_failed" {
		return nil // and kept, for those who ask
	}
	return err
}

// comparer is the program, which keeps what it finds: readers write nothing.
func comparer(tenant models.Tenant) models.Actor { return models.NewProgram("comparisons", tenant) }

// compareOnce compares two documents, for all who ask for it at the same time.
func (a *APIs) compareOnce(ctx context.Context, tenant models.Tenant, base, revision string) ([]models.DocumentChange, error) {
	type result = []models.DocumentChange
	answer := a.comparing.DoChan(tenant.ID+" "+base+" "+revision, func() (any, error) {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), CompareTimeout)
		defer cancel()
		return a.compare(limited, comparer(tenant), base, revision)
	})
	select {
	case got := <-answer:
		changes, _ := got.Val.(result)
		return changes, got.Err
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "comparison_waits", "The documents are still being compared. Try again in a moment.").
			Because(ctx.Err()).After(ComparisonPause)
	}
}

// compare compares two documents and stores what it found, or why it can't.
func (a *APIs) compare(ctx context.Context, program models.Actor, base, revision string) ([]models.DocumentChange, error) {
	if err := program.May(models.DocumentCompare); err != nil {
		return nil, err
	}
	var documents [2][]byte
	err := a.store.As(ctx, program, func(r store.Tenant) error {
		for i, id := range []string{base, revision} {
			rev, err := r.Revision(id)
			if err != nil {
				return err
			}
			if documents[i], err = inflate(rev.Document); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, failed := a.reader.Compare(ctx, documents[0], documents[1])
	if failed != nil && fault.Code(failed) != "comparison_failed" {
		return nil, failed
	}
	changes := make([]models.DocumentChange, len(found))
	for i, c := range found {
		changes[i] = models.DocumentChange{Operation: c.Operation, Kind: models.Difference(c.Kind), Breaking: c.Breaking, Text: c.Text, Rule: c.Rule}
	}
	made := models.Comparison{BaseID: base, RevisionID: revision, Tally: models.TallyOf(changes)}
	if failed != nil {
		made.Failure = fault.From(failed).Message
	}
	var z deflater
	if made.Changes, err = z.pack(changes); err != nil {
		return nil, err
	}
	err = a.store.Do(ctx, program, models.DocumentCompare, func(tx *store.Tx) error {
		if err := tx.SetComparison(made); err != nil {
			return err
		}
		return tx.Record("revision", revision, map[string]any{"base": base, "changes": made.All(), "breaking": made.Breaking, "failure": made.Failure}, nil, nil)
	})
	if err != nil && !a.compared(ctx, program, base, revision) {
		return nil, err
	}
	return changes, failed
}

// compared reports whether another process has stored the same comparison.
func (a *APIs) compared(ctx context.Context, program models.Actor, base, revision string) (ok bool) {
	err := a.store.As(ctx, program, func(r store.Tenant) (err error) {
		_, ok, err = r.Comparison(base, revision)
		return err
	})
	return ok && err == nil
}
