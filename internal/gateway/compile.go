package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
}

type plan struct {
	limit.Plan
	names  []string // of the rates and the quota, quoted, as in the headers
	policy string   // RateLimit-Policy
}

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
		id: v.ID, api: v.API, state: v.State,
		bodyLimit: orDefault(v.BodyLimit, DefaultBodyLimit), idle: orDefault(v.IdleTimeout, DefaultIdleTimeout),
		origins: slices.Clone(v.Origins), cookies: v.AllowCookies, credential: v.Credential, detached: v.Detached, scope: v.APISlug,
	}
	out.credential.Header = http.CanonicalHeaderKey(v.Credential.Header)
	out.secrets = v.Credential.secrets()
	var errs [4]error
	out.base, errs[0] = compileUpstream(v.Upstream)
	out.base.tenant, out.base.credential, out.base.headerTimeout = tenant, v.Credential.ID, orDefault(v.HeaderTimeout, DefaultHeaderTimeout)
	if c := v.Credential; c.Header != "" && (!httpguts.ValidHeaderFieldName(c.Header) || !httpguts.ValidHeaderFieldValue(c.value)) {
		out.detached, errs[1] = true, errors.New("its upstream credential is no valid header")
	}
	out.operations, errs[2] = compileOperations(slices.Clone(v.Operations))
	out.subscriptions, errs[3] = compileSubscriptions(tenant, v)
	return out, errors.Join(errs[:]...)
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

func compileSubscriptions(tenant ID, v *Version) (map[ID]*subscription, error) {
	plans := make(map[ID]*plan, len(v.Plans))
	var errs []error
	for _, p := range v.Plans {
		c, err := compilePlan(p)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		plans[p.ID] = c
	}
	all := make(map[ID]*subscription, len(v.Subscriptions))
	for _, s := range v.Subscriptions {
		if plans[s.Plan] == nil {
			errs = append(errs, errors.New("a subscription has a plan that is not there"))
			continue
		}
		all[s.Team] = &subscription{s.ID, s.State, plans[s.Plan], limit.SubjectOf(tenant, s.Team, v.ID)}
	}
	return all, errors.Join(errs...)
}

func compilePlan(p Plan) (*plan, error) {
	if len(p.Rates) > limit.MaxRates {
		return nil, fmt.Errorf("a plan has more than %d rates", limit.MaxRates)
	}
	c := &plan{Plan: limit.Plan{Rates: slices.Clone(p.Rates), Quota: p.Quota}}
	var policy []string
	for i := range c.Rates {
		r := &c.Rates[i]
		if r.Calls < 1 || r.Window < time.Second {
			return nil, fmt.Errorf("a plan has a rate of no calls or below a second")
		}
		if r.Name == "" {
			r.Name = windowName(r.Window)
		}
		c.names = append(c.names, strconv.Quote(r.Name))
		policy = append(policy, fmt.Sprintf(`%q;q=%d;w=%d`, r.Name, r.Calls, int64(r.Window/time.Second)))
	}
	if q := p.Quota; q.Period != limit.NoQuota {
		// A month has no fixed w, which is an optional parameter.
		name := "quota-" + q.Period.Name()
		c.names = append(c.names, strconv.Quote(name))
		policy = append(policy, fmt.Sprintf(`%q;q=%d`, name, q.Calls)+map[limit.Period]string{limit.Day: ";w=86400"}[q.Period])
	}
	c.policy = strings.Join(policy, ", ")
	return c, nil
}

func windowName(w time.Duration) string {
	switch w {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	}
	return strconv.FormatInt(int64(w/time.Second), 10) + "s"
}

func orDefault[T ~int64](v, standard T) T {
	if v > 0 {
		return v
	}
	return standard
}
