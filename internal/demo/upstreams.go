// Package demo brings the demo's parts together: the upstreams that serve the
// world's APIs, and the traffic that calls them. It writes no rows and starts
// no listeners.
package demo

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"gatehouse/internal/demo/traffic"
	"gatehouse/internal/demo/upstream"
	"gatehouse/internal/demo/world"
)

// Upstreams serve all versions of all APIs of a world on one listener, each
// below /{tenant}/{api}/{version}.
type Upstreams struct {
	engines map[string]*upstream.Engine // by Path
}

// Credential is what the upstream of a version wants, in the version's Header.
type Credential func(tenant, api, version string) string

// NewUpstreams reads the documents and makes the data. Header and Credential
// of the options come from the world and from credential instead.
func NewUpstreams(w world.World, credential Credential, options upstream.Options) (*Upstreams, error) {
	u := &Upstreams{engines: map[string]*upstream.Engine{}}
	for _, t := range w.Tenants {
		for _, a := range t.APIs {
			for _, v := range a.Versions {
				path := Path(t.Slug, a.Slug, v.Name)
				o := options
				o.Seed ^= digest(path)
				o.Header, o.Credential = v.Header, credential(t.Slug, a.Slug, v.Name)
				engine, err := upstream.New(world.Document(v.File), o)
				if err != nil {
					return nil, fmt.Errorf("upstream of %s: %w", path, err)
				}
				u.engines[path] = engine
			}
		}
	}
	return u, nil
}

// Path is where a version is, at the gateway and at its upstream alike:
// /{tenant}/{api}/{version}.
func Path(tenant, api, version string) string { return "/" + tenant + "/" + api + "/" + version }

func digest(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// ServeHTTP hands a call to the engine of its version.
func (u *Upstreams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(r.URL.Path, "/", 5)
	if len(parts) == 5 {
		prefix := strings.Join(parts[:4], "/")
		if engine := u.engines[prefix]; engine != nil {
			http.StripPrefix(prefix, engine).ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// Engine serves one version; nil where the world has no such version.
func (u *Upstreams) Engine(tenant, api, version string) *upstream.Engine {
	return u.engines[Path(tenant, api, version)]
}

func (u *Upstreams) engineOf(ref string, m traffic.Mix) *upstream.Engine {
	tenant, _, _ := strings.Cut(ref, "/")
	return u.Engine(tenant, m.API, m.Version)
}

// Complete fills in what only the engines know: real paths, the status of
// success, and the usual time of each operation.
func (u *Upstreams) Complete(profiles []traffic.Profile) []traffic.Profile {
	done := make([]traffic.Profile, len(profiles))
	for i, p := range profiles {
		done[i] = p
		done[i].Mix = make([]traffic.Mix, len(p.Mix))
		for j, m := range p.Mix {
			done[i].Mix[j] = u.complete(p.Ref, m)
		}
		done[i].Incidents = make([]traffic.Incident, len(p.Incidents))
		for j, in := range p.Incidents {
			in.Mix = u.complete(p.Ref, in.Mix)
			done[i].Incidents[j] = in
		}
	}
	return done
}

const pathsOfOperation = 12 // that the history draws from

func (u *Upstreams) complete(ref string, m traffic.Mix) traffic.Mix {
	engine := u.engineOf(ref, m)
	if engine == nil {
		return m
	}
	m.Success, m.Median = engine.Usual(m.Operation)
	m.Paths = nil
	for n := range uint64(pathsOfOperation) {
		if r, ok := engine.Example(m.Operation, n); ok {
			path, _, _ := strings.Cut(r.Path, "?")
			m.Paths = append(m.Paths, path)
		}
	}
	return m
}

// Requests makes what traffic.Live sends: valid calls at the gateway's address,
// without a slash at its end.
func (u *Upstreams) Requests(gateway string) func(ref string, m traffic.Mix, n uint64, wrong bool) (traffic.Request, bool) {
	return func(ref string, m traffic.Mix, n uint64, wrong bool) (traffic.Request, bool) {
		engine := u.engineOf(ref, m)
		if engine == nil {
			return traffic.Request{}, false
		}
		example := engine.Example
		if wrong {
			example = engine.WrongExample
		}
		r, ok := example(m.Operation, n)
		tenant, _, _ := strings.Cut(ref, "/")
		return traffic.Request{Method: r.Method, URL: gateway + Path(tenant, m.API, m.Version) + r.Path, Header: r.Header, Body: r.Body}, ok
	}
}
