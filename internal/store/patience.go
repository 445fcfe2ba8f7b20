package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// How long the database may take for one step: to hand out a connection, to run
// a statement, to commit. A database that takes longer hangs, and whoever waits
// is told so (SECURITY §4). Work that nobody waits for has more time.
const (
	requestPatience  = 2 * time.Second
	platformPatience = 10 * time.Second
)

// errHung is why a transaction was given up.
var errHung = errors.New("store: the database takes too long for one step")

// patience ends the context of a transaction in which nothing moves. A long
// transaction of quick steps is not cut: a document has thousands of operations.
type patience struct {
	ctx    context.Context
	most   time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

type patienceKey struct{}

func wait(ctx context.Context, sc scope) (context.Context, *patience) {
	p := &patience{most: requestPatience}
	if sc.platform {
		p.most = platformPatience
	}
	ctx, p.cancel = context.WithCancelCause(ctx)
	p.ctx = ctx
	p.timer = time.AfterFunc(p.most, func() { p.cancel(errHung) })
	return context.WithValue(ctx, patienceKey{}, p), p
}

// moved begins to wait anew.
func (p *patience) moved() { p.timer.Reset(p.most) }

func (p *patience) end() {
	p.timer.Stop()
	p.cancel(nil)
}

// explain says that the database hangs, where that is why err came about.
func (p *patience) explain(err error) error {
	if err == nil || !errors.Is(context.Cause(p.ctx), errHung) {
		return err
	}
	return unavailable(errors.Join(errHung, err))
}

// patient is the GORM plugin that sees statements end.
type patient struct{}

func (patient) Name() string { return "patience" }

func (patient) Initialize(db *gorm.DB) error {
	cb := db.Callback()
	return errors.Join(
		cb.Query().After("gorm:query").Register("patience:query", ended),
		cb.Row().After("gorm:row").Register("patience:row", ended),
		cb.Update().After("gorm:update").Register("patience:update", ended),
		cb.Delete().After("gorm:delete").Register("patience:delete", ended),
		cb.Create().After("gorm:create").Register("patience:create", ended),
	)
}

func ended(db *gorm.DB) {
	if p, ok := db.Statement.Context.Value(patienceKey{}).(*patience); ok {
		p.moved()
	}
}
