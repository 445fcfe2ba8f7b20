package portal

import (
	"context"
	"iter"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// ExportObject is what the step-up of an export is for.
const ExportObject = "tokens"

// Export is every token that a query finds, for a file: their owners' names and
// addresses are in it, so it takes a passkey and is recorded. The rows are read part
// by part while they are written; the last one may be an error, after which nothing
// follows.
func (t *AllTokens) Export(ctx context.Context, actor models.Actor, q TokenQuery, format string) (iter.Seq2[TokenRow, error], error) {
	if err := actor.May(models.TokenExport); err != nil {
		return nil, err
	}
	if format != "csv" && format != "json" {
		return nil, invalid("format", "Choose CSV or JSON.")
	}
	q.Sort, q.After = "", ""
	var f store.TokenFilter
	err := t.store.Do(ctx, actor, models.TokenExport, func(tx *store.Tx) (err error) {
		if f, err = q.filter(tx.Tenant, store.TokenFilter{Kinds: allKinds}, tx.Now()); err != nil {
			return err
		}
		n, err := tx.CountTokens(f)
		if err != nil {
			return err
		}
		if err := tx.UseProof(ExportObject); err != nil {
			return err
		}
		return tx.Record("tokens", actor.Tenant().ID, map[string]any{"filter": q.Filter(), "tokens": n, "format": format}, nil, nil)
	})
	if err != nil {
		return nil, err
	}
	f.Limit = store.PageMost
	return func(yield func(TokenRow, error) bool) {
		for {
			rows, err := t.exportPart(ctx, actor, f)
			if err != nil {
				yield(TokenRow{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if len(rows) < f.Limit {
				return
			}
			f.After = rows[len(rows)-1].ID
		}
	}, nil
}

func (t *AllTokens) exportPart(ctx context.Context, actor models.Actor, f store.TokenFilter) (rows []TokenRow, err error) {
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		tokens, err := r.Tokens(f)
		if err != nil {
			return err
		}
		if rows, err = tokenRows(r, tokens); err != nil {
			return err
		}
		return addRisks(r, rows, t.store.Now())
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	last, err := t.calls.LastUsed(ctx, actor.Tenant().ID, ids(rows, func(t TokenRow) string { return t.ID }))
	for i := range rows {
		rows[i].Last = last[rows[i].ID]
	}
	return rows, err
}
