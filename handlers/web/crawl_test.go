package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gatehouse/internal/leaveout"
	"gatehouse/internal/testkit"
)

// crawled is a document with a thing of every kind, and with texts that mean ill.
const crawled = `{"openapi":"3.1.0",
"info":{"title":"Yard <svg onload=alert(1)>","version":"1","description":"<svg onload=alert(1)> [x](javascript:alert(1)) <style>*{}</style> [rel](other.md) **bold**",
 "contact":{"name":"Dock office","email":"dock@example.com","url":"javascript:alert(1)"},"license":{"name":"MIT","url":"https://example.com/licence"},"termsOfService":"https://example.com/terms"},
"servers":[{"url":"https://secret.example","description":"Production <svg onload=alert(1)>"}],
"tags":[{"name":"lots and more","description":"All <svg onload=alert(1)> lots"},{"name":"日本"}],
"paths":{"/lots/{id}":{"servers":[{"url":"https://other.example","description":"Close by"}],
 "get":{"operationId":"getLot","tags":["lots and more"],"summary":"One lot","description":"<img src=x onerror=alert(1)>","parameters":[
   {"name":"id","in":"path","required":true,"schema":{"$ref":"#/components/schemas/a b/c"}},
   {"name":"filter.name","in":"query","schema":{"type":"string"},"examples":{"one":{"value":"x"},"far":{"externalValue":"https://example.com/far.txt"}}}],
  "responses":{"200":{"description":"Fine","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lot"}},"application/xml":{"schema":{"$ref":"#/components/schemas/Lot"}}},
    "links":{"Next":{"operationId":"addLot","parameters":{"id":"$response.body#/id"}},"Ref":{"operationRef":"#/paths/~1lots~1{id}/get"},"Lost":{"operationId":"none"}}}}},
 "post":{"operationId":"addLot","tags":["日本"],"summary":"<svg onload=alert(1)>","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lot"}}}},
  "responses":{"201":{"description":"Made"}},
  "callbacks":{"stored":{"{$request.body#/url}":{"post":{"summary":"Stored","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lot"}}}},"responses":{"200":{"description":"Thanks"}}}}}}}}},
"webhooks":{"lot moved":{"post":{"summary":"A lot moved","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lot"}}}},"responses":{"200":{"description":"Thanks"}}}}},
"components":{"securitySchemes":{"o":{"type":"oauth2","description":"<svg onload=alert(1)>","flows":{"clientCredentials":{"tokenUrl":"https://secret.example/t","scopes":{"read":"To <b>read</b>"}}}}},
"schemas":{"a b/c":{"type":"string","description":"An id"},"Base":{"type":"object","properties":{"id":{"$ref":"#/components/schemas/a b~1c"}}},
 "Lot":{"allOf":[{"$ref":"#/components/schemas/Base"},{"type":"object","properties":{"up":{"$ref":"#/components/schemas/Lot"},"kind":{"oneOf":[{"$ref":"#/components/schemas/Base"},{"type":"null"}]},"a.b":{"type":"string"},"a":{"type":"object","properties":{"b":{"type":"integer"}}}}}]}}}}`

// hostile is what none of the pages may have in it.
var hostile = []string{"<svg onload", "javascript:", "<style>*", "onerror=alert(1)>", "secret.example", "other.example"}

// text is the address of what no browser shows as a page.
var text = regexp.MustCompile(`\.(json|yaml|md|txt)(\?|$)`)

// R103, R105: every page of a reference answers, holds no broken link and no id
// twice, and nothing of a document's comes through as markup.
func TestAllPagesOfAReference(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", false)
	put(t, k, p, "yard", []byte(crawled))
	pages := crawl(t, p.Manager, "/t/nq/apis/yard/v1", 0)
	if len(pages) != 12 { // the overview, two operations, a webhook, three schemas; the document and the operations for programs
		t.Errorf("%d pages: %v", len(pages), pages)
	}
	for _, page := range pages {
		body := p.Manager.Get(page).Body
		for _, bad := range hostile {
			if !text.MatchString(page) && strings.Contains(strings.ReplaceAll(body, "&#34;", `"`), bad) {
				t.Errorf("%s: has %q", page, bad)
			}
		}
	}
	get := p.Manager.Get("/t/nq/apis/yard/v1/operations/get-lots-id")
	has(t, get, 200, `id="param-query-filter%2Ename"`, "example.com/far.txt", `href="/t/nq/apis/yard/v1/operations/post-lots-id">addLot`, "$response.body#/id",
		`>GET /lots/{id}</a>`, "a server of its own", "Close by", `/t/nq/apis/yard/v1/schemas/Lot"`, `id="r200.id"`, `id="response-200"`)
	has(t, p.Manager.Get("/t/nq/apis/yard/v1/operations/post-lots-id"), 200, "{$request.body#/url}", "What you answer", `id="body.a.b"`, `id="body.a%2Eb"`)
	has(t, p.Manager.Get("/t/nq/apis/yard/v1/webhooks/lot-moved"), 200, "the API calls you")
	has(t, p.Manager.Get("/t/nq/apis/yard/v1/schemas/Base"), 200, "Where it is used", "One lot", `/schemas/Lot"`)
	has(t, p.Manager.Get("/t/nq/apis/yard/v1"), 200, "Dock office", "https://example.com/terms", "OAuth 2", "To read", `rel="next"`)
}

func put(t *testing.T, k *testkit.Kit, p *testkit.Place, api string, raw []byte) {
	t.Helper()
	if _, _, problems, err := k.Portal.APIs.PutDocument(t.Context(), k.Actor(p.Manager, p.Slug), api, "v1", raw); err != nil {
		t.Fatal(api, err, problems)
	}
}

// crawl opens all pages below an address that links lead to, at most so many, and
// returns their paths.
func crawl(t *testing.T, b *testkit.Browser, start string, most int) (seen []string) {
	t.Helper()
	todo := []string{start}
	for len(todo) > 0 && (most == 0 || len(seen) < most) {
		path := todo[0]
		todo, seen = todo[1:], append(seen, path)
		answer := b.Get(path)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
			continue
		}
		if strings.HasSuffix(path, ".json") {
			continue
		}
		links, ids := linksOf(t, path, answer.Body)
		for _, link := range links {
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: the link %q: %v", path, link, err)
				continue
			}
			if u.Path == "" && u.RawQuery == "" && u.Fragment != "" && !slices.Contains(ids, u.Fragment) {
				t.Errorf("%s: nothing has the id of %q", path, link)
			}
			if u.Host != "" || u.Path != start && !strings.HasPrefix(u.Path, start+"/") || strings.HasSuffix(u.Path, "/try") {
				continue
			}
			if to := u.EscapedPath(); !slices.Contains(seen, to) && !slices.Contains(todo, to) {
				todo = append(todo, to)
			}
		}
	}
	return seen
}

// linksOf are the links of a page, and its ids, which must differ.
func linksOf(t *testing.T, path, body string) (links, ids []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "href" && n.Data == "a":
				links = append(links, a.Val)
			case a.Key == "id" && known[a.Val]:
				t.Errorf("%s: the id %q twice", path, a.Val)
			case a.Key == "id":
				known[a.Val] = true
				ids = append(ids, a.Val)
			}
		}
	}
	return links, ids
}

// Real documents: with GATEHOUSE_SOAK all pages of all of them, else some pages of
// three. PERFORMANCE §3: a page weighs at most 80 KB and takes at most 50 ms, of
// the largest document too.
func TestReferencesOfRealDocuments(t *testing.T) {
	const corpus = "../../../shared/corpus"
	files := []string{"burgershop-3.1.yaml", "callback-example-3.0.yaml", "shop-pro-jp-3.0.json"}
	most, long := 15, os.Getenv("GATEHOUSE_SOAK") != ""
	if long {
		all, _ := filepath.Glob(filepath.Join(corpus, "*-3.[012]*"))
		files, most = nil, 0
		for _, f := range all {
			files = append(files, filepath.Base(f))
		}
	}
	if _, err := os.Stat(corpus); err != nil {
		leaveout.Anywhere(t, "web: the pages of real documents, for want of "+corpus)
	}
	k := testkit.New(t)
	p := k.Place("nq", false)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(corpus, file))
			if err != nil {
				t.Fatal(err)
			}
			slug := strings.Trim(strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
					return r
				}
				return '-'
			}, strings.ToLower(file)), "-")[:min(len(file), 30)]
			slug = strings.Trim(slug, "-")
			start := time.Now()
			if _, _, _, err := k.Portal.APIs.PutDocument(t.Context(), k.Actor(p.Manager, p.Slug), slug, "v1", raw); err != nil {
				if !long {
					t.Fatal(err)
				}
				t.Log("refused, as other tests show: ", err)
				return
			}
			t.Logf("stored in %v", time.Since(start))
			pages := crawl(t, p.Manager, "/t/nq/apis/"+slug+"/v1", most)
			t.Logf("%d pages", len(pages))
			if long {
				weigh(t, p.Manager, pages)
			}
		})
	}
}

// weigh measures pages and searches.
func weigh(t *testing.T, b *testkit.Browser, pages []string) {
	t.Helper()
	var slowest, heaviest string
	var most time.Duration
	var weight, over int
	for i, page := range append(pages, pages[0]+"?q=issue", pages[0]+"?q=a", pages[0]+"?q=repository+list", pages[0]+"?group=schemas") {
		if strings.HasSuffix(page, ".json") || i > 400 && i < len(pages)-5 {
			continue
		}
		start := time.Now()
		answer := b.Get(page)
		took := time.Since(start)
		if took > most {
			slowest, most = page, took
		}
		if took > 50*time.Millisecond {
			over++
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = io.WriteString(z, answer.Body)
		_ = z.Close()
		if packed.Len() > weight {
			heaviest, weight = page, packed.Len()
		}
		if strings.Contains(page, "?") {
			t.Logf("%s: %v, %d KB", page, took, packed.Len()>>10)
		}
	}
	t.Logf("slowest %v (%s), over 50 ms: %d; heaviest %d KB (%s)", most, slowest, over, weight>>10, heaviest)
	if weight > 80<<10 {
		t.Errorf("%s weighs %d KB", heaviest, weight>>10)
	}
}
