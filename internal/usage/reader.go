package usage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
)

// readMost bounds each question to the database (R134).
const readMost = 5 * time.Second

// Reader answers questions about one tenant's usage. Ids are UUIDs as models has
// them; one that is none is ErrID. What was never used has no usage: no error.
type Reader struct {
	db    *database
	clock clock.Clock
}

// ErrID says that an id is not a UUID.
var ErrID = errors.New("an id is not a UUID")

func parseID(s string) ([16]byte, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return none, fmt.Errorf("%w: %q", ErrID, s)
	}
	return id, nil
}

// parseIDs reads all of them, the tenant's first.
func parseIDs(tenant string, ids []string) (t [16]byte, out [][16]byte, err error) {
	if t, err = parseID(tenant); err != nil {
		return t, nil, err
	}
	for _, s := range ids {
		id, err := parseID(s)
		if err != nil {
			return t, nil, err
		}
		out = append(out, id)
	}
	return t, out, nil
}

// idText is an id as models has it, "" for none.
func idText(id [16]byte) string {
	if id == none {
		return ""
	}
	return uuid.UUID(id).String()
}

// each calls fn for each row of a question about one tenant. On PostgreSQL the
// database itself shows no other's (R49).
func (r *Reader) each(ctx context.Context, tenant [16]byte, fn func(*sql.Rows) error, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, readMost)
	defer cancel()
	return store.Classify(r.db.seeing(ctx, tenant, func(in asked) error {
		return each(in.QueryContext(ctx, r.db.bind(query), args...))(fn)
	}))
}

// everything is each over all tenants.
func (r *Reader) everything(ctx context.Context, fn func(*sql.Rows) error, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, readMost)
	defer cancel()
	return store.Classify(r.db.seeingAll(ctx, func(in asked) error {
		return each(in.QueryContext(ctx, r.db.bind(query), args...))(fn)
	}))
}

// Filter narrows a question to one thing of the tenant: the first field that is
// set counts. The zero Filter is all of the tenant.
type Filter struct {
	Token         string
	Tries, Mocks  []string // teams: their calls with try tokens, or to mocks; with Version, to that one alone
	Subscriptions []string // their sum, such as those of a team; [] is none, nil not set
	Version       string
	API           string

	// Since, if set, is when the thing was made: before it there is no data.
	Since time.Time
}

// subjects are the kind and the ids that a filter names.
func (f Filter) subjects(tenant string) (t [16]byte, k kind, ids [][16]byte, err error) {
	switch {
	case f.Token != "":
		t, ids, err = parseIDs(tenant, []string{f.Token})
		return t, ofToken, ids, err
	case f.Tries != nil:
		t, ids, err = parseIDs(tenant, f.Tries)
		return t, teamTry, ids, err
	case f.Mocks != nil:
		t, ids, err = parseIDs(tenant, f.Mocks)
		return t, teamMock, ids, err
	case f.Subscriptions != nil:
		t, ids, err = parseIDs(tenant, f.Subscriptions)
		return t, ofSubscription, ids, err
	case f.Version != "":
		t, ids, err = parseIDs(tenant, []string{f.Version})
		return t, versionTotal, ids, err
	case f.API != "":
		t, ids, err = parseIDs(tenant, []string{f.API})
		return t, apiTotal, ids, err
	}
	t, _, err = parseIDs(tenant, nil)
	return t, tenantTotal, [][16]byte{none}, err
}

// part narrows tries and mocks to a version, "" to none.
func (f Filter) part() (string, error) {
	if f.Version == "" || f.Token != "" || f.Tries == nil && f.Mocks == nil {
		return "", nil
	}
	id, err := parseID(f.Version)
	return string(id[:]), err
}

// ofThing is the kind for operations or errors of the filter's token or API.
func (f Filter) ofThing(token, api kind) (string, kind, error) {
	switch {
	case f.Token != "":
		return f.Token, token, nil
	case f.API != "" && f.Subscriptions == nil && f.Version == "":
		return f.API, api, nil
	}
	return "", 0, errors.New("operations and errors are counted by token and by API only")
}

// cells calls fn for each cell of the subjects from one time to before another.
func (r *Reader) cells(ctx context.Context, t [16]byte, k kind, ids [][16]byte, res *resolution, from, to int64,
	fn func(subject [16]byte, part string, at int64, c []byte) error) error {
	if len(ids) == 0 {
		return nil
	}
	args := []any{t[:], int(k)}
	for _, id := range ids {
		args = append(args, id[:])
	}
	var at int64
	var subject, part, cell []byte
	return r.each(ctx, t, func(rows *sql.Rows) error {
		if err := rows.Scan(&subject, &part, &at, &cell); err != nil {
			return err
		}
		return fn([16]byte(subject), string(part), at, cell)
	}, "SELECT s.subject, s.part, c.at, c.cell FROM usage_subject s JOIN "+res.table+` c ON c.subject = s.id
		WHERE s.tenant = ? AND s.kind = ? AND s.subject IN (`+list("?", len(ids))+") AND c.at >= ? AND c.at < ?",
		append(args, from, to)...)
}

// address is what addressBytes wrote.
func address(b []byte) netip.Addr {
	ip, _ := netip.AddrFromSlice(b)
	return ip
}
