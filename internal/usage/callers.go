package usage

import (
	"context"
	"database/sql"
	"net/netip"
	"time"
)

// Use is the last call with a token.
type Use struct {
	At    time.Time // UTC
	IP    netip.Addr
	Agent string
}

// LastUsed is the last use of up to 100 tokens, by id. One that was never used
// is not in the answer. Refused calls count: somebody holds the token.
func (r *Reader) LastUsed(ctx context.Context, tenant string, tokens []string) (map[string]Use, error) {
	t, ids, err := parseIDs(tenant, tokens[:min(len(tokens), listMost)])
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args := []any{t[:]}
	for _, id := range ids {
		args = append(args, id[:])
	}
	out := map[string]Use{}
	return out, r.each(ctx, t, func(rows *sql.Rows) error {
		var token, ip []byte
		var at int64
		var use Use
		if err := rows.Scan(&token, &at, &ip, &use.Agent); err != nil {
			return err
		}
		use.At, use.IP = time.UnixMicro(at).UTC(), address(ip)
		out[idText([16]byte(token))] = use
		return nil
	}, "SELECT token, at, ip, agent FROM usage_last WHERE tenant = ? AND token IN ("+list("?", len(ids))+")", args...)
}

// LastUse is when a token was last used.
type LastUse struct {
	Tenant, Token string
	At            time.Time // UTC
}

// LastUses are the last uses of all tokens of all tenants since then, in pages in
// an order of their own: those behind the last one of the page before, the zero
// LastUse for the first page. It is for the program itself.
func (r *Reader) LastUses(ctx context.Context, since time.Time, behind LastUse, limit int) (out []LastUse, err error) {
	var tenant, token [16]byte
	if behind.Token != "" {
		t, ids, err := parseIDs(behind.Tenant, []string{behind.Token})
		if err != nil {
			return nil, err
		}
		tenant, token = t, ids[0]
	}
	err = r.everything(ctx, func(rows *sql.Rows) error {
		var t, id []byte
		var at int64
		if err := rows.Scan(&t, &id, &at); err != nil {
			return err
		}
		out = append(out, LastUse{idText([16]byte(t)), idText([16]byte(id)), time.UnixMicro(at).UTC()})
		return nil
	}, "SELECT tenant, token, at FROM usage_last WHERE (tenant > ? OR tenant = ? AND token > ?) AND at >= ? ORDER BY tenant, token LIMIT ?",
		tenant[:], tenant[:], token[:], since.UnixMicro(), limit)
	return out, err
}

// Busy is how much a token was used of late.
type Busy struct {
	Callers int // addresses
	Calls   int64
	Last    time.Time
	IP      netip.Addr // of the last call, and its client
	Agent   string
}

// BusyTokens are those of up to 100 tokens that were used since then, by id.
func (r *Reader) BusyTokens(ctx context.Context, tenant string, tokens []string, since time.Time) (map[string]Busy, error) {
	t, ids, err := parseIDs(tenant, tokens[:min(len(tokens), listMost)])
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args := []any{t[:]}
	for _, id := range ids {
		args = append(args, id[:])
	}
	out := map[string]Busy{}
	return out, r.each(ctx, t, func(rows *sql.Rows) error {
		var token, ip []byte
		var b Busy
		var last int64
		if err := rows.Scan(&token, &b.Callers, &b.Calls, &last, &ip, &b.Agent); err != nil {
			return err
		}
		b.Last, b.IP = time.UnixMicro(last).UTC(), address(ip)
		out[idText([16]byte(token))] = b
		return nil
	}, `SELECT c.token, c.callers, c.calls, c.last, l.ip, l.agent FROM (SELECT tenant, token, COUNT(DISTINCT ip) AS callers, SUM(calls) AS calls, MAX(last) AS last
			FROM usage_caller WHERE tenant = ? AND token IN (`+list("?", len(ids))+`) AND hour >= ? GROUP BY tenant, token) c
		JOIN usage_last l ON l.tenant = c.tenant AND l.token = c.token`, append(args, hours.at(since))...)
}

// Caller is one address that used a token.
type Caller struct {
	IP    netip.Addr
	Agent string // of the last call
	Last  time.Time
	Calls int64
}

// Callers lists the addresses that used the token since then, at most seven days
// back, in whole hours, the last caller first: at most 100.
func (r *Reader) Callers(ctx context.Context, tenant, token string, since time.Time) ([]Caller, error) {
	t, ids, err := parseIDs(tenant, []string{token})
	if err != nil {
		return nil, err
	}
	var out []Caller
	err = r.each(ctx, t, func(rows *sql.Rows) error {
		var c Caller
		var ip []byte
		var last int64
		if err := rows.Scan(&ip, &last, &c.Calls, &c.Agent); err != nil {
			return err
		}
		c.IP, c.Last = address(ip), time.UnixMicro(last).UTC()
		out = append(out, c)
		return nil
	}, `SELECT s.ip, s.last, s.calls, c.agent FROM (SELECT tenant, token, ip, MAX(last) AS last, SUM(calls) AS calls, MAX(hour) AS hour
			FROM usage_caller WHERE tenant = ? AND token = ? AND hour >= ? GROUP BY tenant, token, ip) s
		JOIN usage_caller c ON c.tenant = s.tenant AND c.token = s.token AND c.hour = s.hour AND c.ip = s.ip
		ORDER BY s.last DESC, s.ip LIMIT ?`, t[:], ids[0][:], hours.at(since), listMost)
	return out, err
}

// FirstUsed is when a token was used first, as far as that is known still: it may
// have been up to an hour earlier. It is zero where the token was never used, but
// by calls of the named client.
func (r *Reader) FirstUsed(ctx context.Context, tenant, token, except string) (first time.Time, err error) {
	last, err := r.LastUsed(ctx, tenant, []string{token})
	if err != nil {
		return first, err
	}
	if use := last[token]; use.Agent != except {
		first = use.At
	}
	t, ids, err := parseIDs(tenant, []string{token})
	if err != nil {
		return first, err
	}
	return first, r.each(ctx, t, func(rows *sql.Rows) error {
		var hour sql.NullInt64
		if err := rows.Scan(&hour); err != nil || !hour.Valid {
			return err
		}
		if end := hours.start(hour.Int64 + 1); first.IsZero() || end.Before(first) {
			first = end
		}
		return nil
	}, "SELECT MIN(hour) FROM usage_caller WHERE tenant = ? AND token = ? AND agent <> ?", t[:], ids[0][:], except)
}
