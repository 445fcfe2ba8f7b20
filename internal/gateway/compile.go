package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/limit"
)

// Compiled is a Tenant in the form that calls are decided on. It is immutable
// and may be in many snapshots.
type Compiled struct {
	id         ID
	slug, code string
	public     bool
	suspended  bool
	closed     bool
	peppers    []Pepper
	versions   map[string]*version // by "api/name"
}

type version struct {
	id, api       ID
	state         VersionState
	audience      Audience
	teams         map[ID]bool
	life          *life // nil where nothing is said of its end
	base          upstream
	operations    *matcher
	bodyLimit     int64
	idle          time.Duration
	origins       []string
	cookies       bool
	credential    Credential
	secrets       []string // of the credential
	detached      bool
	scope         string // "berths": what scopes are named after where the document names none
	subscriptions map[ID]*subscription
	mock          bool // answers from its document those who ask for it
	document      ID
}

// upstream is where a version is served, and what its connections are pooled by:
// nothing of it is shared between tenants or credentials (R88).
type upstream struct {
	tenant        ID
	scheme, host  string
	path          string // without a slash at the end
	credential    string
	headerTimeout time.Duration
}

type subscription struct {
	id      ID
	state   SubscriptionState
	plan    *plan
	subject limit.Subject // that its calls are counted for
	ends    time.Time     // zero is never

	exception     *plan // instead of plan until exceptionEnds; nil where there is none
	exceptionEnds time.Time
}

// over reports whether its time is up.
func (s *subscription) over(now time.Time) bool { return !s.ends.IsZero() && !now.Before(s.ends) }

// Compile makes the form that the gateway works with. What is wrong costs as
// little as is safe, so that a mistake in one place takes nothing else offline: a
// bad operation is not found, a subscription without a plan is none, a version
// with a bad credential or upstream refuses its calls. The error names all of
// it; the Compiled is there in any case.
func Compile(t Tenant) (*Compiled, error) {
	c := &Compiled{
		id: t.ID, slug: t.Slug, code: t.Code, public: t.Public, suspended: t.Suspended, closed: t.Closed,
		peppers: slices.Clone(t.Peppers), versions: make(map[string]*version, len(t.Versions)),
	}
	var errs []error
	for i := range t.Versions {
		v := &t.Versions[i]
		compiled, err := compileVersion(t.ID, v)
		if err != nil {
			errs = append(errs, fmt.Errorf("version %s/%s/%s: %w", t.Slug, v.APISlug, v.Name, err))
		}
		c.versions[v.APISlug+"/"+v.Name] = compiled
	}
	return c, errors.Join(errs...)
}

func compileVersion(tenant ID, v *Version) (*version, error) {
	out := &version{
		id: v.ID, api: v.API, state: v.State, life: compileLife(v.Life), audience: v.Audience, teams: make(map[ID]bool, len(v.Teams)),
		bodyLimit: orDefault(v.BodyLimit, DefaultBodyLimit), idle: orDefault(v.IdleTimeout, DefaultIdleTimeout),
		origins: slices.Clone(v.Origins), cookies: v.AllowCookies, credential: v.Credential, detached: v.Detached, scope: v.APISlug,
		mock: v.Mock, document: v.Document,
	}
	for _, team := range v.Teams {
		out.teams[team] = true
	}
	out.credential.Header = http.CanonicalHeaderKey(v.Credential.Header)
	out.secrets = v.Credential.secrets()
	var errs [4]error
	out.base, errs[0] = compileUpstream(v.Upstream)
	out.base.tenant, out.base.credential, out.base.headerTimeout = tenant, v.Credential.ID, orDefault(v.HeaderTimeout, DefaultHeaderTimeout)
	if c := v.Credential; c.Header != "" && (!httpguts.ValidHeaderFieldName(c.Header) || !httpguts.ValidHeaderFieldValue(c.value)) {
		out.detached, errs[1] = true, errors.New("its upstream credential is no valid header")
	}
	operations := slices.Clone(v.Operations)
	v.Life.compileLives(operations)
	out.operations, errs[2] = compileOperations(operations)
	out.subscriptions, errs[3] = compileSubscriptions(tenant, v)
	return out, errors.Join(errs[:]...)
}

// foundBy reports whether a tenant's version is there for a token (R53).
func (v *version) foundBy(token *TokenRecord, tenant ID) bool {
	switch v.audience {
	case ForAll:
		return true
	case ForTenant:
		return token.Tenant == tenant
	}
	return token.Tenant == tenant && v.teams[token.Team]
}

// CheckUpstream says why no call can be sent to a base URL, or nil. Where it
// may lead is not its question, but egress's.
func CheckUpstream(url string) error {
	_, err := compileUpstream(url)
	return err
}

func compileUpstream(text string) (upstream, error) {
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return upstream{}, errors.New("its upstream is no base URL")
	}
	path := strings.TrimSuffix(base.EscapedPath(), "/")
	if path != "" && !canonical(path) {
		return upstream{}, errors.New("the path of its upstream is ambiguous")
	}
	return upstream{scheme: base.Scheme, host: base.Host, path: path}, nil
}

func orDefault[T ~int64](v, standard T) T {
	if v > 0 {
		return v
	}
	return standard
}
