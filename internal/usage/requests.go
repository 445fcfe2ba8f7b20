package usage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/gateway"
)

// Request is one line of the request log. Ids are as in models, "" where unknown.
type Request struct {
	Start                                   time.Time // UTC, microseconds
	Took, Upstream                          time.Duration
	API, Version, Token, Subscription, Team string
	Operation, Method, Path                 string // path without query
	Status                                  int
	Outcome                                 string
	Admitted, Try, Mock                     bool
	BytesIn, BytesOut                       int64
	IP                                      netip.Addr
	RequestID, UserAgent                    string
	Home                                    string // tenant of the token
	Refusal                                 gateway.Refusal
}

func requestOf(r *gateway.Record) Request {
	return Request{
		Start: r.Start, Took: r.Took, Upstream: r.Upstream,
		API: idText(r.API), Version: idText(r.Version), Token: idText(r.Token), Subscription: idText(r.Subscription), Team: idText(r.Team),
		Operation: r.Operation, Method: r.Method, Path: r.Path, Status: r.Status, Outcome: r.Outcome,
		Admitted: r.Admitted, Try: r.Try, Mock: r.Mock, BytesIn: r.BytesIn, BytesOut: r.BytesOut,
		IP: r.ClientIP, RequestID: r.RequestID, UserAgent: r.UserAgent, Home: idText(r.Home), Refusal: gateway.ParseRefusal(r.Refusal),
	}
}

// Cursor is a place in the log: what is older than it comes next. The zero Cursor
// is its newest end.
type Cursor struct {
	at int64 // microseconds since 1970
	id string
}

// String is the cursor as it stands in addresses, "" for the newest end.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return strconv.FormatInt(c.at, 10) + "." + c.id
}

// ParseCursor is the inverse of String.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	at, id, found := strings.Cut(s, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !found || len(id) > maxText {
		return Cursor{}, fmt.Errorf("%.40q is no place in the request log", s)
	}
	return Cursor{n, id}, nil
}

// LogQuery asks for requests, newest first.
type LogQuery struct {
	Token      string   // or
	Teams      []string // whose calls; without either, all of the tenant
	Kind       CallKind
	Version    string    // "" for all
	From, To   time.Time // if set: not before From, before To
	ErrorsOnly bool
	Before     Cursor
	Limit      int // at most 100
}

// CallKind says which calls are meant.
type CallKind uint8

// The kinds of calls.
const (
	AnyCalls  CallKind = iota
	LiveCalls          // of APIs, tries too
	Tries              // of APIs, with the tokens of documentation pages
	MockCalls          // of mocks
)

// has reports whether a call is of the kind.
func (k CallKind) has(r *gateway.Record) bool {
	switch k {
	case LiveCalls:
		return !r.Mock
	case Tries:
		return r.Try && !r.Mock
	case MockCalls:
		return r.Mock
	}
	return true
}

// LogPage is part of the request log.
type LogPage struct {
	Requests []Request // newest first
	More     bool      // older ones may follow, from Next
	Next     Cursor
}

// blocksAtOnce bounds the work of one page: where few requests match, it is
// shorter than asked for, and More is set. It is more than the small blocks that
// can wait to be merged (log.go), so that each page comes further.
const blocksAtOnce = 64

// LastRequests reads a page of the request log.
func (r *Reader) LastRequests(ctx context.Context, tenant string, q LogQuery) (LogPage, error) {
	t, w, err := q.whose(tenant)
	if err != nil {
		return LogPage{}, err
	}
	q.Limit = min(max(q.Limit, 1), listMost)
	if q.Before == (Cursor{}) {
		q.Before.at = int64(1) << 62
	}
	if !q.To.IsZero() && q.To.UnixMicro() <= q.Before.at {
		q.Before = Cursor{at: q.To.UnixMicro()}
	}
	blocks, err := r.blocks(ctx, t, w, q)
	if err != nil {
		return LogPage{}, err
	}
	return r.page(ctx, t, w, q, blocks)
}

// whose calls a query asks for.
type whose struct {
	of      kind // tokenLog or teamLog; 0 is everybody's
	ids     [][16]byte
	version [16]byte
}

func (q *LogQuery) whose(tenant string) (t [16]byte, w whose, err error) {
	ids := q.Teams
	switch {
	case q.Token != "":
		w.of, ids = tokenLog, []string{q.Token}
	case q.Teams != nil:
		w.of = teamLog
	}
	if t, w.ids, err = parseIDs(tenant, ids); err == nil && q.Version != "" {
		w.version, err = parseID(q.Version)
	}
	return t, w, err
}

// made reports whether the call is one of theirs.
func (w *whose) made(r *gateway.Record) bool {
	if w.version != none && r.Version != w.version {
		return false
	}
	switch w.of {
	case tokenLog:
		return slices.Contains(w.ids, r.Token)
	case teamLog:
		return slices.Contains(w.ids, r.Team)
	}
	return true
}

type logBlock struct{ id, last int64 }

// blocks lists those that may hold what q asks for, one more than may be read.
func (r *Reader) blocks(ctx context.Context, tenant [16]byte, w whose, q LogQuery) (out []logBlock, err error) {
	from := int64(0)
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
	}
	query := "SELECT id, last FROM usage_block WHERE tenant = ? AND last >= ? AND first <= ? ORDER BY last DESC, id DESC LIMIT ?"
	args := []any{tenant[:], from, q.Before.at, blocksAtOnce + 1}
	if w.of != 0 {
		if len(w.ids) == 0 {
			return nil, nil
		}
		query = `SELECT DISTINCT t.block, t.last FROM usage_block_token t WHERE t.subject IN (SELECT id FROM usage_subject
			WHERE tenant = ? AND kind = ? AND subject IN (` + list("?", len(w.ids)) + `) AND part = ?) AND t.last >= ? AND t.first <= ?
			ORDER BY t.last DESC, t.block DESC LIMIT ?`
		args = []any{tenant[:], int(w.of)}
		for _, id := range w.ids {
			args = append(args, id[:])
		}
		args = append(args, []byte{}, from, q.Before.at, blocksAtOnce+1)
	}
	err = r.each(ctx, tenant, func(rows *sql.Rows) error {
		var b logBlock
		err := rows.Scan(&b.id, &b.last)
		out = append(out, b)
		return err
	}, query, args...)
	return out, err
}

// page reads blocks from the newest on until the page is full and no later block
// can hold anything newer than its end.
func (r *Reader) page(ctx context.Context, tenant [16]byte, w whose, q LogQuery, blocks []logBlock) (LogPage, error) {
	var found []gateway.Record
	var rest *logBlock
	for i, b := range blocks {
		if i == blocksAtOnce || len(found) > q.Limit && found[q.Limit].Start.UnixMicro() > b.last {
			rest = &blocks[i]
			break
		}
		records, err := r.block(ctx, tenant, b.id)
		if err != nil {
			return LogPage{}, err
		}
		for _, rec := range records {
			if q.matches(&w, &rec) {
				found = append(found, rec)
			}
		}
		newestFirst(found)
		found = found[:min(len(found), q.Limit+1)]
	}
	page := LogPage{More: rest != nil || len(found) > q.Limit}
	for i := range found[:min(len(found), q.Limit)] {
		rec := &found[i]
		if rest != nil && rec.Start.UnixMicro() <= rest.last {
			break // blocks not read yet may hold newer ones
		}
		page.Requests = append(page.Requests, requestOf(rec))
		page.Next = Cursor{rec.Start.UnixMicro(), rec.RequestID}
	}
	if len(page.Requests) < q.Limit && rest != nil {
		page.Next = Cursor{at: rest.last + 1}
	}
	return page, nil
}

// matches says whether the record is on the page or on a later one.
func (q *LogQuery) matches(w *whose, r *gateway.Record) bool {
	at := r.Start.UnixMicro()
	switch {
	case !w.made(r) || !q.Kind.has(r):
	case at > q.Before.at || at == q.Before.at && r.RequestID >= q.Before.id:
	case !q.From.IsZero() && r.Start.Before(q.From):
	case q.ErrorsOnly && r.Status >= 100 && r.Status < 400 && r.Outcome == gateway.OutcomeOK:
	default:
		return true
	}
	return false
}

func (r *Reader) block(ctx context.Context, tenant [16]byte, id int64) (records []gateway.Record, err error) {
	var data []byte
	err = r.each(ctx, tenant, func(rows *sql.Rows) error {
		if err := rows.Scan(&data); err != nil {
			return err
		}
		records, err = unpackBlock(tenant, data)
		return err
	}, "SELECT data FROM usage_block WHERE tenant = ? AND id = ?", tenant[:], id)
	return records, err
}

// ErrNoRequest says that a tenant's log holds no call with an id.
var ErrNoRequest = errors.New("no such request")

// Request finds one call in a tenant's log by its id, which says when it was.
func (r *Reader) Request(ctx context.Context, tenant, id string) (Request, error) {
	t, err := parseID(tenant)
	if err != nil {
		return Request{}, err
	}
	at, ok := gateway.RequestTime(id)
	if !ok {
		return Request{}, ErrNoRequest
	}
	var blocks []int64
	err = r.each(ctx, t, func(rows *sql.Rows) error {
		var block int64
		err := rows.Scan(&block)
		blocks = append(blocks, block)
		return err
	}, "SELECT id FROM usage_block WHERE tenant = ? AND last >= ? AND first < ? ORDER BY last, id LIMIT ?",
		t[:], at.UnixMicro(), at.Add(time.Millisecond).UnixMicro(), blocksAtOnce)
	if err != nil {
		return Request{}, err
	}
	for _, block := range blocks {
		records, err := r.block(ctx, t, block)
		if err != nil {
			return Request{}, err
		}
		for i := range records {
			if records[i].RequestID == id {
				return requestOf(&records[i]), nil
			}
		}
	}
	return Request{}, ErrNoRequest
}
