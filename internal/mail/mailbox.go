package mail

import (
	"context"
	"slices"
	"sync"
)

// Mailbox is a Sender that keeps the newest messages in memory, for the demo. It is
// safe for concurrent use.
type Mailbox struct {
	mu    sync.Mutex
	most  int
	kept  []Message // oldest first
	taken int
}

// NewMailbox keeps the newest messages, most of them.
func NewMailbox(most int) *Mailbox { return &Mailbox{most: most} }

// Send keeps m under the same checks as a mail server would see.
func (b *Mailbox) Send(_ context.Context, m Message) error {
	m, err := m.settle()
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.IndexFunc(b.kept, func(k Message) bool { return k.ID != "" && k.ID == m.ID }); i >= 0 {
		return nil // a job that was tried again
	}
	b.taken++
	if len(b.kept) >= b.most {
		b.kept = slices.Delete(b.kept, 0, len(b.kept)-b.most+1)
	}
	b.kept = append(b.kept, m)
	return nil
}

// Messages are the kept ones, newest first.
func (b *Mailbox) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.kept)
	slices.Reverse(out)
	return out
}

// Taken is how many messages there were in all, so that a page can say how many are gone.
func (b *Mailbox) Taken() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken
}
