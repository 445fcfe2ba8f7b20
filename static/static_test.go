package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var files = fstest.MapFS{
	"placeholder.txt": {Data: []byte("not an asset")},
	"app.css":         {Data: []byte(strings.Repeat(".a{color:red}", 100))},
	"copy.js":         {Data: []byte(`import { post } from "./http.js"; post();`)},
	"http.js":         {Data: []byte(`export const post = 1;`)},
	"page.html":       {Data: []byte("<script>")},
}

func get(h http.Handler, method, path, encoding string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	h.ServeHTTP(w, r)
	return w
}

func TestAssetsAreServedUnderHashedAddressesOnly(t *testing.T) {
	s := load(files)
	css := s.byName["app.css"].url
	if !regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.css$`).MatchString(css) {
		t.Fatalf("address %q has no hash", css)
	}
	for _, tt := range []struct {
		name, method, path string
		status             int
	}{
		{"the hashed address answers", "GET", css, 200},
		{"HEAD answers too", "HEAD", css, 200},
		{"the plain name does not", "GET", "/static/app.css", 404},
		{"another hash does not", "GET", "/static/app.000000000000.css", 404},
		{"the placeholder does not", "GET", "/static/placeholder.txt", 404},
		{"a file of unknown type was never taken in", "GET", "/static/page.html", 404},
		{"the folder does not", "GET", "/static/", 404},
		{"a path out of it does not", "GET", "/static/../static.go", 404},
		{"nothing can be written", "POST", css, 405},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(s, tt.method, tt.path, "")
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("nosniff is missing")
			}
			if kept := strings.Contains(w.Header().Get("Cache-Control"), "immutable"); kept != (tt.status == 200) {
				t.Errorf("immutable: %v", kept)
			}
			if tt.status == 200 && w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
				t.Errorf("type %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestGzipIsGivenToThoseWhoTakeIt(t *testing.T) {
	s := load(files)
	a := s.byName["app.css"]
	for encoding, want := range map[string]bool{
		"gzip": true, "br, gzip;q=0.5": true, "GZIP": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, br": false, "xgzip": false,
	} {
		w := get(s, "GET", a.url, encoding)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: gzip %v, want %v", encoding, got, want)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: caches are not told that the answer varies", encoding)
		}
		body := io.Reader(w.Body)
		if want {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, a.body) {
			t.Errorf("%q: the content is not the file (%v)", encoding, err)
		}
	}
}

func TestAChangedImportChangesWhoImportsIt(t *testing.T) {
	before := load(files)
	changed := fstest.MapFS{"copy.js": files["copy.js"], "http.js": {Data: []byte(`export const post = 2;`)}}
	after := load(changed)
	if before.byName["copy.js"].url == after.byName["copy.js"].url {
		t.Error("copy.js keeps its address although what it imports changed")
	}
	name := strings.TrimPrefix(after.byName["http.js"].url, Root)
	if body := string(after.byName["copy.js"].body); !strings.Contains(body, `from "./`+name+`"`) {
		t.Errorf("copy.js does not import the hashed name: %s", body)
	}
}

func TestWithoutABuildAddressesStayPlainAndBuiltSaysSo(t *testing.T) {
	s := load(fstest.MapFS{"placeholder.txt": files["placeholder.txt"]})
	if len(s.byURL) != 0 {
		t.Errorf("assets without a build: %v", s.byURL)
	}
	if !Built() {
		if URL("app.css") != "/static/app.css" {
			t.Errorf("URL %q", URL("app.css"))
		}
		return
	}
	for _, name := range []string{"app.css", "htmx.min.js", "http.js", "copy.js", "passkey.js", "try.js", "graph.js", "swagger-ui-bundle.js", "swagger-ui.css", "favicon.svg"} {
		if w := get(Handler(), "GET", URL(name), "gzip"); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: status %d, %d bytes", name, w.Code, w.Body.Len())
		}
	}
}
