// Package mock answers calls from what a document says, so that a partner can
// build before the API itself may be called. The answer depends on the call
// alone: the same call gets the same answer, from every gateway and on every day.
//
// Nothing of a document is parsed for a call: what package spec understood of the
// operation when the document was uploaded is enough.
package mock

import (
	"bytes"
	"compress/gzip"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/uuid"

	"gatehouse/internal/gateway"
	"gatehouse/internal/spec"
)

// Source finds what was understood of an operation: a spec.Operation as JSON,
// compressed with gzip. Ids are as in models.
type Source func(ctx context.Context, tenant, document, operation string) ([]byte, error)

// Mocks is a gateway.Mocker.
type Mocks struct {
	source Source
	cache  cache
}

// New makes the mocks of what a source knows.
func New(source Source) *Mocks { return &Mocks{source: source} }

// Mock makes the answer to one call.
func (m *Mocks) Mock(ctx context.Context, c gateway.MockCall) (gateway.MockAnswer, error) {
	op, err := m.open(ctx, c)
	if err != nil {
		return gateway.MockAnswer{}, err
	}
	return op.Answer(c), nil
}

// open finds an operation, in memory where it was called lately.
func (m *Mocks) open(ctx context.Context, c gateway.MockCall) (*Operation, error) {
	key := string(c.Tenant[:]) + string(c.Document[:]) + c.Operation
	if op := m.cache.get(key); op != nil {
		return op, nil
	}
	packed, err := m.source(ctx, uuid.UUID(c.Tenant).String(), uuid.UUID(c.Document).String(), c.Operation)
	if err != nil {
		return nil, fmt.Errorf("reading an operation to mock: %w", err)
	}
	raw, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("reading an operation to mock: %w", err)
	}
	op, err := Open(raw)
	if err == nil {
		m.cache.put(key, op, len(raw))
	}
	return op, err
}

func unpack(packed []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zip, 4*spec.MaxDetail))
}

// Operation that calls are answered for. It is immutable.
type Operation struct {
	spec.Operation
	detail spec.Detail
	path   template
}

// Open reads what package spec wrote about an operation.
func Open(raw []byte) (*Operation, error) {
	op := &Operation{}
	if err := json.Unmarshal(raw, &op.Operation); err != nil {
		return nil, fmt.Errorf("an operation to mock: %w", err)
	}
	var err error
	if op.detail, err = op.Operation.Open(); err != nil {
		return nil, fmt.Errorf("an operation to mock: %w", err)
	}
	op.Detail = nil // it was read
	op.path = compileTemplate(op.Path)
	return op, nil
}

// Answer is what the document says that the call is answered with.
func (op *Operation) Answer(c gateway.MockCall) gateway.MockAnswer {
	in := op.input(c)
	if misfit := op.misfit(in); misfit != "" {
		return gateway.MockAnswer{Misfit: misfit}
	}
	wish := wishOf(c.Header)
	status, response, misfit := op.choose(wish)
	if misfit != "" {
		return gateway.MockAnswer{Misfit: misfit}
	}
	g := newGenerator(in)
	a := gateway.MockAnswer{Status: status, Header: http.Header{}}
	if response == nil {
		return a
	}
	for _, h := range response.Headers {
		if value := g.header(h); value != "" {
			a.Header[http.CanonicalHeaderKey(h.Name)] = []string{value}
		}
	}
	if applied := wish.applied(); applied != "" {
		a.Header["Preference-Applied"] = []string{applied} // RFC 7240 §3
	}
	media := negotiate(response.Media, strings.Join(c.Header["Accept"], ","))
	if media == nil {
		return a
	}
	if a.Body, misfit = g.body(*media, wish.example); misfit != "" {
		return gateway.MockAnswer{Misfit: misfit}
	}
	a.Header["Content-Type"] = []string{concrete(media.Type)}
	return a
}

// seed is what all of an answer's choices come from.
func seed(c gateway.MockCall) [32]byte {
	h := sha256.New()
	method := c.Method
	if method == http.MethodHead {
		method = http.MethodGet // whose header it is
	}
	for _, part := range []string{method, c.Path, c.Query, string(c.Body)} {
		_, _ = fmt.Fprintf(h, "%d %s\n", len(part), part)
	}
	return [32]byte(h.Sum(nil))
}

// cacheMost is how much of what was read is kept, in bytes of its JSON.
const cacheMost = 8 << 20

// cache keeps what was asked for last.
type cache struct {
	mu    sync.Mutex
	items map[string]*list.Element
	order list.List // of *cached, the last used first
	size  int
}

type cached struct {
	key  string
	op   *Operation
	size int
}

func (c *cache) get(key string) *Operation {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[key]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).op
}

func (c *cache) put(key string, op *Operation, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[key] != nil {
		return
	}
	if c.items == nil {
		c.items = map[string]*list.Element{}
	}
	c.items[key] = c.order.PushFront(&cached{key, op, size})
	for c.size += size; c.size > cacheMost; {
		last := c.order.Remove(c.order.Back()).(*cached)
		delete(c.items, last.key)
		c.size -= last.size
	}
}
