package web_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// header fails unless an answer has it.
func header(t *testing.T, a testkit.Answer, name, want string) {
	t.Helper()
	if got := a.Header.Get(name); got != want {
		t.Errorf("%s: %s is %q, want %q", a.Request.URL, name, got, want)
	}
}

// R105, and no document is sent twice to who has it.
func TestDownloads(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	v, base, server := k.Visitor(), "/t/nq/apis/orders/v1", k.GatewayURL.String()+"/nq/orders/v1"
	has(t, v.Get(base+"/operations/post-orders"), 200, `href="`+base+`/openapi.json?operation=post-orders"`, `href="`+base+`/openapi.yaml"`, `href="`+base+`/operations/post-orders.md"`)
	for _, tt := range []struct {
		query, name    string
		present, other []string
	}{
		{"", "nq-orders-v1", []string{"createOrder", "cancelOrder", server}, nil},
		{"?operation=post-orders", "nq-orders-v1-post-orders", []string{"createOrder", server}, []string{"cancelOrder", "upstream.example"}},
	} {
		j, y := v.Get(base+"/openapi.json"+tt.query), v.Get(base+"/openapi.yaml"+tt.query)
		header(t, j, "Content-Type", "application/json")
		header(t, y, "Content-Type", "application/yaml")
		header(t, j, "Content-Disposition", `attachment; filename="`+tt.name+`.openapi.json"`)
		header(t, y, "Content-Disposition", `attachment; filename="`+tt.name+`.openapi.yaml"`)
		for _, a := range []testkit.Answer{j, y} {
			has(t, a, 200, tt.present...)
			hasNot(t, a, tt.other...)
			header(t, a, "Cache-Control", "private, no-cache")
			again := v.Do(http.MethodGet, a.Request.URL.RequestURI(), nil, "If-None-Match", a.Header.Get("ETag"))
			if a.Header.Get("ETag") == "" || again.StatusCode != http.StatusNotModified || again.Body != "" {
				t.Errorf("%s again: %d with %d bytes", a.Request.URL, again.StatusCode, len(again.Body))
			}
		}
		has(t, y, 200, "openapi: \"3.1.0\"\n", "servers:\n  - url: \""+server+"\"\n")
	}
	signedIn := p.Partner.Get(base + "/openapi.yaml") // R43
	header(t, signedIn, "Cache-Control", "no-store")
	has(t, p.Partner.Do(http.MethodGet, base+"/openapi.yaml", nil, "If-None-Match", signedIn.Header.Get("ETag")), 304)
	has(t, v.Get(base+"/openapi.json?operation=none"), 404)
	has(t, v.Get(base+"/openapi.yaml?tag=none"), 404)
}

// What a reader sees as pages it also reads as Markdown, and links between them are whole.
func TestMarkdownForPrograms(t *testing.T) {
	k := testkit.New(t)
	k.Place("nq", true)
	v, origin := k.Visitor(), k.PortalURL.String()
	base := "/t/nq/apis/orders/v1"
	index := v.Get("/t/nq/llms.txt")
	has(t, index, 200, "# ", "\n## APIs\n\n- [", "]("+origin+"/t/nq/apis/orders.md)")
	header(t, index, "Content-Type", "text/markdown; charset=utf-8")
	has(t, v.Get("/t/nq/apis/orders.md"), 200, "](", origin+base+"/llms.txt", "Plans to subscribe to:")
	has(t, v.Get(base+"/llms.txt"), 200, "# ", k.GatewayURL.String()+"/nq/orders/v1", "[Place an order]("+origin+base+"/operations/post-orders.md): `POST /orders`")
	page := v.Get(base + "/operations/post-orders.md")
	has(t, page, 200, "# Place an order\n", "`POST "+k.GatewayURL.String()+"/nq/orders/v1/orders`", "## Body", "## Responses", "curl 'http", "NQ_TOKEN", origin+base+"/llms.txt")
	header(t, page, "Content-Type", "text/markdown; charset=utf-8")
	if got := v.Do(http.MethodGet, base+"/operations/post-orders", nil, "Accept", "text/markdown"); got.Body != page.Body {
		t.Errorf("asked for by Accept: %.200s", got.Body)
	}
	for path, tt := range map[string]struct {
		md   string
		says []string
	}{
		"":                  {"/llms.txt", []string{"# Orders v1\n", "[Place an order]("}},
		"/schemas/Shipment": {"/schemas/Shipment.md", []string{"# Shipment\n", "schema (object)", "What left the yard.", "- `order` (string)", "```json\n"}},
		"/webhooks/shipped": {"/webhooks/shipped.md", []string{"# An order was shipped\n", "`POST` to an address of yours", "## Body", "- `order` (string)", "## Responses"}},
	} {
		asked := v.Do(http.MethodGet, base+path, nil, "Accept", "text/markdown")
		has(t, asked, 200, tt.says...)
		header(t, asked, "Content-Type", "text/markdown; charset=utf-8")
		if got := v.Get(base + tt.md); got.Body != asked.Body {
			t.Errorf("%s: %.200s", tt.md, got.Body)
		}
		has(t, v.Do(http.MethodGet, base+path, nil, "Accept", "text/html,*/*"), 200, `type="text/markdown" title="This page as Markdown" href="`+base+tt.md+`"`)
	}
	html := v.Get(base + "/operations/post-orders")
	has(t, html, 200, `<link rel="alternate" type="text/markdown" title="This page as Markdown" href="`+base+`/operations/post-orders.md">`, `type="application/atom+xml"`)
	if !slices.Contains(html.Header.Values("Vary"), "Accept") {
		t.Errorf("Vary: %q", html.Header.Values("Vary"))
	}
	has(t, v.Get(base+"/operations/none.md"), 404)
	has(t, v.Get("/t/nq/apis/none.md"), 404)
	seen := map[string]bool{}
	for _, from := range []string{"/t/nq/llms.txt", "/t/nq/apis/orders.md", base + "/llms.txt", base + "/operations/post-orders.md", base + "/schemas/Shipment.md", base + "/webhooks/shipped.md"} {
		for _, part := range strings.Split(v.Get(from).Body, "]("+origin)[1:] {
			link, _, _ := strings.Cut(part, ")")
			if !seen[link] {
				seen[link] = true
				has(t, v.Get(link), 200)
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("few links: %v", seen)
	}
}

// atomFeed is what a feed reader needs (RFC 4287 §4.1).
type atomFeed struct {
	XMLName xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string     `xml:"id"`
	Title   string     `xml:"title"`
	Updated time.Time  `xml:"updated"`
	Author  string     `xml:"author>name"`
	Links   []atomLink `xml:"link"`
	Entries []struct {
		ID      string    `xml:"id"`
		Title   string    `xml:"title"`
		Updated time.Time `xml:"updated"`
		Link    atomLink  `xml:"link"`
		Summary string    `xml:"summary"`
	} `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

// feedOf reads a feed and holds it to the RFC.
func feedOf(t *testing.T, a testkit.Answer) (f atomFeed) {
	t.Helper()
	has(t, a, 200)
	header(t, a, "Content-Type", "application/atom+xml; charset=utf-8")
	if err := xml.Unmarshal([]byte(a.Body), &f); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	ids := map[string]bool{}
	absolute := func(id string, links ...atomLink) {
		if u, err := url.Parse(id); err != nil || u.Scheme != "urn" || ids[id] {
			t.Errorf("the id %q: %v", id, err)
		}
		ids[id] = true
		for _, l := range links {
			if u, err := url.Parse(l.Href); err != nil || !u.IsAbs() {
				t.Errorf("the link %q: %v", l.Href, err)
			}
		}
	}
	absolute(f.ID, f.Links...)
	if f.Title == "" || f.Author == "" || f.Updated.IsZero() || len(f.Links) != 2 || f.Links[0] != (atomLink{"self", f.Links[0].Href}) {
		t.Errorf("the feed %+v", f)
	}
	for _, e := range f.Entries {
		absolute(e.ID, e.Link)
		if e.Title == "" || e.Summary == "" || e.Updated.IsZero() || e.Updated.After(f.Updated) {
			t.Errorf("the entry %+v", e)
		}
	}
	return f
}

func titles(f atomFeed) (out []string) {
	for _, e := range f.Entries {
		out = append(out, e.Title)
	}
	return out
}

func TestChangelogAsAFeed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		v, name := k.Visitor(), p.API.Name
		first := feedOf(t, v.Get("/t/nq/apis/orders/feed.atom"))
		if got := titles(first); !slices.Equal(got, []string{name + " v1 is published"}) || first.Entries[0].Summary != "It has 4 operations." {
			t.Fatalf("%q %+v", got, first.Entries)
		}
		same := v.Get("/t/nq/feed.atom")
		has(t, v.Do(http.MethodGet, "/t/nq/feed.atom", nil, "If-None-Match", same.Header.Get("ETag")), 304)
		if got := titles(feedOf(t, same)); len(got) != 1 {
			t.Errorf("the tenant's: %q", got)
		}
		now := k.Store.Now()
		set := func(change func(v *models.Version)) {
			k.Write(p.Manager, p.Tenant, func(tx *store.Tx) error {
				_, at, err := tx.Version("orders", "v1")
				if err != nil {
					return err
				}
				change(&at)
				return tx.UpdateVersion(at)
			})
		}
		sunset := now.Add(48 * time.Hour)
		set(func(v *models.Version) { v.State, v.DeprecatedAt, v.SunsetAt = models.VersionDeprecated, &now, &sunset })
		ending := feedOf(t, v.Get("/t/nq/apis/orders/feed.atom"))
		if got := titles(ending); !slices.Equal(got, []string{name + " v1 is deprecated", name + " v1 is published"}) ||
			!strings.Contains(ending.Entries[0].Summary, "answered until "+sunset.UTC().Format("2 January 2006")) || ending.Entries[1].ID != first.Entries[0].ID {
			t.Errorf("%q %+v", got, ending.Entries)
		}
		// R53: once nobody sees the API any more, strangers see nothing of it; those who read drafts see its end.
		set(func(v *models.Version) { v.State, v.RetiredAt = models.VersionRetired, &now })
		has(t, v.Get("/t/nq/apis/orders/feed.atom"), 404)
		if got := titles(feedOf(t, v.Get("/t/nq/feed.atom"))); len(got) != 0 {
			t.Errorf("a stranger reads %q", got)
		}
		if got := titles(feedOf(t, p.Manager.Get("/t/nq/feed.atom"))); !slices.Contains(got, name+" v1 is retired") {
			t.Errorf("the manager reads %q", got)
		}
	})
}

// R53: pages for programs show what pages for people do.
func TestProgramsReadWhatTheirReaderMay(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	k.Write(p.Manager, p.Tenant, func(tx *store.Tx) error {
		api, _, err := tx.API("orders")
		if err != nil {
			return err
		}
		api.Visibility = models.VisibleHidden
		return tx.UpdateAPI(api)
	})
	v := k.Visitor()
	for _, path := range []string{".md", "/feed.atom", "/v1/llms.txt", "/v1/openapi.json", "/v1/openapi.yaml", "/v1/operations/post-orders.md"} {
		has(t, v.Get("/t/nq/apis/orders"+path), 404)
		has(t, p.Partner.Get("/t/nq/apis/orders"+path), 200) // its team is subscribed
	}
	for _, path := range []string{"/t/nq/llms.txt", "/t/nq/feed.atom"} {
		hasNot(t, v.Get(path), p.API.Name, "orders")
		has(t, p.Partner.Get(path), 200, p.API.Name)
	}
}

// The reader chooses what the code sends, by links that work without script.
func TestTheReaderChoosesWhatTheCodeSends(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	has(t, p.Manager.Post("/t/nq/admin/apis/orders/versions", url.Values{"version": {"v2"}}), 303)
	upload(t, p.Manager, "/t/nq/admin/apis/orders/versions/v2", `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{
		"parameters":[{"name":"dry","in":"query","schema":{"type":"boolean"}}],
		"requestBody":{"content":{"application/json":{"examples":{"small":{"summary":"A small one","value":{"size":1}},"large":{"value":{"size":99}}}},"application/xml":{"example":"<a/>"}}},
		"responses":{"200":{"description":"x"}}}}}}`, 303)
	const page = "/t/nq/apis/orders/v2/operations/post-a"
	plain := p.Manager.Get(page)
	has(t, plain, 200, "curl", "&#34;size&#34;: 1\n", "A small one", `href="`+page+`?example=large"`, `href="`+page+`?media=application%2Fxml"`, `href="`+page+`?all=1"`)
	hasNot(t, plain, "?dry=")
	has(t, p.Manager.Get(page+"?example=large"), 200, "&#34;size&#34;: 99\n", `href="`+page+`?example=large&amp;lang=go"`, `href="`+page+`?all=1&amp;example=large"`)
	has(t, p.Manager.Get(page+"?media=application/xml&lang=python"), 200, "&lt;a/&gt;", "urllib.request")
	has(t, p.Manager.Get(page+"?all=1&lang=java"), 200, "/a?dry=true", "HttpClient")
	has(t, p.Manager.Get(page+"?all=x&lang=none&media=none&example=none"), 200, "curl")
}
