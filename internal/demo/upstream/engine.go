// Package upstream is the demo's upstream: one engine that serves every
// operation of an OpenAPI document with made-up data. What POST makes is there
// for GET, lists agree with their items, wrong requests get the documented
// error, and the same seed makes the same data after a restart. It reads our
// own documents only, and is no mock server for others'.
package upstream

import (
	"crypto/subtle"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/clock"
)

// Options say how an engine behaves.
type Options struct {
	Seed    uint64      // makes the data; the same seed, the same ids
	Latency float64     // 0 answers at once, 1 takes as long as a real system
	Faults  float64     // share of calls, 0 to 1, that end as a documented 429 or 5xx
	Clock   clock.Clock // clock.System when nil
	// Header and Credential are what the gateway must send, or it is answered
	// 401. An empty Header is X-Upstream-Key; an empty Credential asks for none.
	Header, Credential string
}

// Engine serves one document. It is safe for concurrent use, and keeps its
// state in memory, within bounds.
type Engine struct {
	options    Options
	operations []*operation
	tables     []*table
	owners     map[string]*table // by path parameter
	day        time.Time         // the data's times lie around it

	mu    sync.Mutex
	luck  *rand.Rand
	set   kept[*record] // what PUT wrote on paths that are no items
	first kept[answer]  // by Idempotency-Key
}

// New makes an engine of an OpenAPI 3.0 or 3.1 document, JSON or YAML. It
// serves the document's paths at the root, without the path of its servers.
func New(doc []byte, options Options) (*Engine, error) {
	_, operations, err := readDocument(doc)
	if err != nil {
		return nil, err
	}
	if options.Clock == nil {
		options.Clock = clock.System
	}
	if options.Header == "" {
		options.Header = "X-Upstream-Key"
	}
	e := &Engine{
		options:    options,
		operations: operations,
		owners:     map[string]*table{},
		day:        options.Clock.Now().UTC().Truncate(24 * time.Hour),
		luck:       rand.New(rand.NewPCG(options.Seed, 1)),
	}
	e.findTables()
	for _, t := range e.tables {
		e.fill(t)
	}
	return e, nil
}

// Operations are the keys of all operations, in the document's order: the
// method, a space and the path, as in GET /cranes/{crane_id}.
func (e *Engine) Operations() []string {
	keys := make([]string, len(e.operations))
	for i, op := range e.operations {
		keys[i] = op.Key()
	}
	return keys
}

// Usual is the status of an operation's success, and how long half of its
// calls take where Latency is 1. It is 0, 0 for one that is not documented.
func (e *Engine) Usual(key string) (status int, median time.Duration) {
	for _, op := range e.operations {
		if op.Key() == key {
			return op.success, op.median()
		}
	}
	return 0, 0
}

// ServeHTTP answers one call.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	given := r.Header.Get(e.options.Header)
	if subtle.ConstantTimeCompare([]byte(given), []byte(e.options.Credential)) != 1 && e.options.Credential != "" {
		refusal(nil, http.StatusUnauthorized, "The upstream's credential is missing or wrong.").write(w)
		return
	}
	op, params, allowed := e.match(r.Method, r.URL.EscapedPath())
	if op == nil && len(allowed) == 0 {
		refusal(nil, http.StatusNotFound, "There is no such path.").write(w)
		return
	}
	if op == nil {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		refusal(nil, http.StatusMethodNotAllowed, "This path knows no "+r.Method+".").write(w)
		return
	}
	delay, fault := e.chance(op)
	if !wait(r.Context(), delay) {
		return
	}
	if fault != 0 {
		w.Header().Set("Retry-After", "1")
		refusal(op, fault, "Try again in a moment.").write(w)
		return
	}
	call, wrong := e.read(op, params, w, r)
	if wrong != nil {
		wrong.write(w)
		return
	}
	e.mu.Lock()
	a := e.answer(call)
	e.mu.Unlock()
	a.write(w)
}

// match finds the operation of a path; literal segments win over parameters.
// For a path that is there with other methods, it names those.
func (e *Engine) match(method, path string) (found *operation, params map[string]string, allowed []string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for _, op := range e.operations {
		values, ok := op.match(segments)
		switch {
		case !ok:
		case op.method != method:
			allowed = append(allowed, op.method)
		case found == nil || len(values) < len(params):
			found, params = op, values
		}
	}
	slices.Sort(allowed)
	return found, params, slices.Compact(allowed)
}
