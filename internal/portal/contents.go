package portal

import (
	"encoding/json"

	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// contents are what a revision's pages share, as its document has it.
type contents struct {
	outline    spec.Document
	operations []models.Operation
}

func readContents(r store.Tenant, revision string) (c contents, bytes int, err error) {
	packed, err := r.Outline(revision)
	if err != nil {
		return c, 0, err
	}
	outline, err := inflate(packed)
	if err != nil {
		return c, 0, err
	}
	if err := json.Unmarshal(outline, &c.outline); err != nil {
		return c, 0, err
	}
	c.outline.Problems, c.outline.Internal = nil, spec.Internal{} // for its publisher alone
	if c.operations, err = r.DocumentOperations(revision); err != nil {
		return c, 0, err
	}
	bytes = 2 * len(outline)
	for _, o := range c.operations {
		bytes += operationBytes + len(o.Key) + len(o.Slug) + len(o.Path) + len(o.OperationID) + len(o.Summary)
	}
	return c, bytes, nil
}

// What is kept of revisions in all, and what an operation or a page takes beside
// its words.
const (
	contentsMost   = 32 << 20
	pagesMost      = 8 << 20
	operationBytes = 800
	pageBytes      = 300
)
