package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
)

// Request is what a decision is made on, whichever front it comes from.
type Request struct {
	Method string
	Target string      // the raw request-target, RFC 9112 §3.2: origin-form only
	Header http.Header // as received
	Peer   netip.Addr  // the client's address, after trusted proxies
	Secure bool        // it travelled encrypted, or not at all (R150)
	Length int64       // of the body as announced; 0 or less where it is not
}

// Verdict is the decision about one call.
type Verdict struct {
	Code       *Code  // why it is refused; nil when it may go on
	Detail     string // of the refusal; Code.Help where it is empty
	RetryAfter time.Duration
	Credential bool   // one was sent, valid or not (R12)
	Allow      string // methods of the path, with 405
	Scope      string // that was missing, with insufficient_scope

	Token        TokenRecord // zero where none was recognised
	Ended        TokenRecord // one that was recognised and opens nothing; the answer does not show it (R11)
	Exposed      TokenRecord // one that came where others can read it, and lives
	Where        string      // that was, see Sighting
	KeyID        string      // of the pepper that it was found under
	Tenant       ID          // whose API was addressed; zero where there is none to see
	API          ID
	Version      ID
	Operation    *Operation
	Subscription ID
	Scopes       string // that the token has for this version, for the upstream
	Admitted     bool   // a call was counted against the plan, or the limit of mocks
	Mock         bool   // it is the version's mock that was addressed

	snapshot *Snapshot // one for the whole decision
	tenant   *Compiled // whose API it is
	home     *Compiled // whose token it is
	version  *version
	digest   [32]byte // of the token
	clean    bool     // the address was looked through and holds no secret
	rest     string   // path behind the version, as received
	query    string   // as received, with its question mark
	plan     *plan
	subject  limit.Subject
	limits   limit.Result
}

// Decide decides about one call and counts it against its plan if it is
// admitted. The order of refusals is that of DESIGN §5. It does no I/O but the
// limiter's and writes its answer to v, which it overwrites.
func (g *Gateway) Decide(ctx context.Context, r *Request, v *Verdict) {
	*v = Verdict{}
	now := g.clock.Now()
	if v.Code = g.route(r, v, now); v.Code != nil {
		return
	}
	if v.Code = g.identify(r, v, now); v.Code != nil {
		return
	}
	if v.Code = v.locate(r, now); v.Code != nil {
		return
	}
	if v.Mock {
		v.Code = g.permitMock(ctx, r, v, now)
		return
	}
	if v.Code = v.permit(r, now); v.Code != nil {
		return
	}
	v.Code = g.admit(ctx, v, now)
}

// route checks the request line and splits it. Whether anything is there is
// answered to known callers only, so it is looked up later.
func (g *Gateway) route(r *Request, v *Verdict, now time.Time) *Code {
	switch {
	case !knownMethod(r.Method):
		return MethodUnknown
	case len(r.Method)+len(r.Target)+len(" HTTP/1.1 \r\n") > maxRequestLine:
		return TargetTooLong
	case !strings.HasPrefix(r.Target, "/"):
		return Misdirected
	}
	path, query, _ := strings.Cut(r.Target, "?")
	if !canonical(path) {
		return AmbiguousPath
	}
	if !passable(query) {
		return AmbiguousQuery
	}
	if hops(r.Header) > maxHops {
		return LoopDetected
	}
	v.query = r.Target[len(path):]
	v.rest, v.Mock = mocked(path)
	if v.snapshot = g.snapshot.Load(); v.snapshot == nil || g.stale(now) {
		v.RetryAfter = staleRetry
		return VerdictUnavailable
	}
	return nil
}

// staleRetry is when to try again where nothing is known for sure.
const staleRetry = 5 * time.Second

// identify finds out whose call this is.
func (g *Gateway) identify(r *Request, v *Verdict, now time.Time) *Code {
	secret, refusal := credential(r)
	v.Credential = refusal != AuthRequired
	v.clean = refusal == nil || refusal == AuthRequired
	if refusal == nil {
		refusal = g.recognise(secret, v, now)
		if state := v.Ended.State; !r.Secure && (state == Held || state == Waiting) && now.Before(v.Ended.Expires) {
			v.Exposed, v.Where = v.Ended, InPlainHTTP // it opens nothing now, and may again
		}
	} else {
		g.rejects.count(reasonOf(refusal))
		if refusal == BearerRequired || refusal == InvalidRequest {
			token, where := misplacedToken(r)
			g.expose(token, where, v, now)
		}
	}
	if refusal == nil && !r.Secure {
		g.rejects.count(plainHTTP)
		return TokenOverHTTP // known only now whose token it is, so that it can be flagged
	}
	if refusal != nil && refusal.Status == http.StatusUnauthorized && v.Credential {
		if v.RetryAfter = g.failures.Failed(r.Peer, now); v.RetryAfter > 0 {
			g.rejects.count(throttled)
			return TooManyFailures
		}
	}
	return refusal
}

// recognise looks the token up. What is unknown, malformed or revoked takes the
// same way and gets the same answer (R11).
func (g *Gateway) recognise(secret string, v *Verdict, now time.Time) *Code {
	token, ok := keys.Parse(secret)
	if !ok {
		g.rejects.count(badChecksum)
		return InvalidToken
	}
	if token.Kind != keys.Access {
		g.rejects.count(wrongKind)
		return InvalidToken
	}
	t := g.tenantOf(v, token)
	if t.closed {
		v.RetryAfter = staleRetry
		return VerdictUnavailable
	}
	record, keyID, d, found := g.lookUp(t, token)
	if !found {
		g.rejects.count(unknown)
		return InvalidToken
	}
	expiry := !now.Before(record.Expires)
	switch {
	case expiry && record.Leaving:
		record.State = Replaced
	case expiry && record.Ruled:
		record.State = Held
	}
	if record.State != Live {
		v.Ended = record
		g.rejects.count(ended)
		return InvalidToken
	}
	v.Token, v.KeyID, v.digest, v.home = record, keyID, d, t
	if expiry {
		g.rejects.count(expired)
		return TokenExpired
	}
	return nil
}

// tenantOf is whose token it says it is.
func (g *Gateway) tenantOf(v *Verdict, token keys.Token) *Compiled {
	if t := v.snapshot.byCode[token.Code]; t != nil {
		return t
	}
	return g.nobody
}

// lookUp finds what a token stands for, the pepper that it was found under, and
// its digest.
func (g *Gateway) lookUp(t *Compiled, token keys.Token) (r TokenRecord, keyID string, d [32]byte, found bool) {
	for i := range t.peppers {
		d = digest(t.peppers[i].Secret, token.SHA256)
		if r, found = g.Tokens.Lookup(d); found {
			if r.Tenant != t.id {
				return TokenRecord{}, "", d, false
			}
			return r, t.peppers[i].KeyID, d, true
		}
	}
	return TokenRecord{}, "", d, false
}

// expose notes a token that came where others can read it, if it could still be
// used. The answer does not depend on that (R11).
func (g *Gateway) expose(token keys.Token, where string, v *Verdict, now time.Time) {
	if where == "" || token.Kind != keys.Access {
		return
	}
	record, _, _, found := g.lookUp(g.tenantOf(v, token), token)
	if found && now.Before(record.Expires) && (record.State == Live || record.State == Held || record.State == Waiting) {
		v.Exposed, v.Where = record, where
	}
}

// locate finds the version and the operation, as far as this caller may see them.
func (v *Verdict) locate(r *Request, now time.Time) *Code {
	t, api, name, rest := v.snapshot.split(v.rest)
	if t == nil || (!t.public || v.Mock) && !t.closed && t.id != v.Token.Tenant {
		return APINotFound
	}
	if t.closed {
		v.RetryAfter = staleRetry
		return VerdictUnavailable
	}
	version := t.find(api, name)
	if version == nil || !version.foundBy(&v.Token, t.id) {
		return APINotFound
	}
	v.Tenant, v.API, v.Version = t.id, version.api, version.id
	v.tenant, v.version, v.rest = t, version, rest
	if version.state == Retired || version.life.over(now) {
		v.Detail = version.life.wayOn()
		return VersionRetired
	}
	if v.Mock && !version.mock {
		return MockOff
	}
	item := version.operations.find(rest)
	if item == nil {
		return OperationNotFound
	}
	if v.Operation = item.find(r.Method); v.Operation == nil {
		v.Allow = item.allow
		return MethodNotAllowed
	}
	if t.suspended {
		return TenantSuspended
	}
	return nil
}

// permit holds the call against the subscription, the token's grants and its addresses.
func (v *Verdict) permit(r *Request, now time.Time) *Code {
	sub := v.version.subscriptions[v.Token.Team]
	if sub == nil || v.Tenant != v.Token.Tenant || sub.over(now) {
		return SubscriptionNeeded
	}
	v.Subscription, v.plan, v.subject = sub.id, sub.at(now).of(v.Operation.Key), sub.subject
	switch sub.state {
	case Pending:
		return SubscriptionPending
	case Paused:
		return SubscriptionPaused
	}
	grant := v.Token.Rights.For(v.Version)
	if !grant.Opens(v.Operation) {
		v.Scope = v.version.scopeOf(v.Operation)
		return InsufficientScope
	}
	v.Scopes = grant.String()
	if !v.Token.Rights.From(r.Peer) {
		return AddressNotAllowed
	}
	if v.version.detached {
		return CredentialDetached
	}
	if v.version.base.host == "" {
		return UpstreamUnreachable
	}
	if r.Length > v.version.bodyLimit {
		return BodyTooLarge
	}
	return nil
}

// admit counts the call against the plan.
func (g *Gateway) admit(ctx context.Context, v *Verdict, now time.Time) *Code {
	result, err := g.limiter.Take(ctx, v.subject, limit.Part(v.Token.ID), &v.plan.Plan, now)
	if err != nil {
		v.RetryAfter = time.Second
		return VerdictUnavailable
	}
	v.limits, v.Admitted = result, result.Allowed
	if result.Allowed {
		return nil
	}
	v.RetryAfter = result.RetryAfter
	if result.Violated>>len(v.plan.Rates) != 0 {
		return QuotaExceeded
	}
	return RateLimited
}

// split an address into its tenant, API, version and the rest, which keeps its slash.
func (s *Snapshot) split(path string) (t *Compiled, api, name, rest string) {
	slug, path, _ := strings.Cut(path[1:], "/")
	api, path, _ = strings.Cut(path, "/")
	if i := strings.IndexByte(path, '/'); i >= 0 {
		path, rest = path[:i], path[i:]
	}
	return s.bySlug[slug], api, path, rest
}

func (t *Compiled) find(api, name string) *version {
	// The key is built on the stack: a concatenation would be garbage for every call.
	var room [128]byte
	if len(api)+len(name)+1 > len(room) {
		return nil
	}
	key := append(append(append(room[:0], api...), '/'), name...)
	return t.versions[string(key)]
}

// scopeOf names what a token lacks, for WWW-Authenticate (RFC 6750 §3).
func (v *version) scopeOf(op *Operation) string {
	switch {
	case len(op.Scopes) > 0:
		return strings.Join(op.Scopes[0], " ") // one set: RFC 6750 has no word for "or"
	case op.Write:
		return v.scope + ":write"
	}
	return v.scope + ":read"
}
