// Package static holds what browsers load beside pages: the stylesheet, scripts and
// pictures, embedded into the program. Each has an address with the hash of its content,
// so that it may be kept for ever and a new build is seen at once.
//
// It knows nothing of tenants: their colour is a stylesheet of its own (views/ui.ThemeCSS).
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Root is the path under which Handler is mounted.
const Root = "/static/"

// placeholder is in git, so that the program compiles where nothing was built yet.
const placeholder = "placeholder.txt"

// contentTypes are those of the files that we build; nothing is ever guessed.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".txt": "text/plain; charset=utf-8",
}

// asset is one embedded file.
type asset struct {
	url         string
	contentType string
	body        []byte
	gzip        func() []byte // nil when compressing does not make it smaller
}

// set is all assets, by name ("app.css") and by address ("/static/app.1a2b3c4d5e6f.css").
type set struct{ byName, byURL map[string]*asset }

var assets = sync.OnceValue(func() set {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("static: " + err.Error()) // dist is embedded: the program itself is broken
	}
	return load(sub)
})

// URL gives the address of a built asset, hash included: URL("app.css") is
// "/static/app.1a2b3c4d5e6f.css". An asset that was not built gets its plain address,
// which answers 404; Built tells the two apart at start.
func URL(name string) string {
	if a := assets().byName[name]; a != nil {
		return a.url
	}
	return Root + name
}

// Built reports whether the assets were built into this program. A server without them
// should say so at start: pages work, but without style and script.
func Built() bool { return assets().byName["app.css"] != nil }

// Handler serves the assets at the addresses that URL gives, to GET and HEAD, to be kept
// for a year. Everything else under its path is 404.
func Handler() http.Handler { return assets() }

func (s set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "Assets can only be read.", http.StatusMethodNotAllowed)
		return
	}
	a := s.byURL[r.URL.Path]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	body := a.body
	if a.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = a.gzip()
		}
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader left: nobody to tell
	}
}

// load reads every file of dir. Scripts name each other by their plain names
// (`from "./http.js"`); these are replaced by hashed ones, the imported file first, so
// that a change in it changes the addresses of all that use it.
func load(dir fs.FS) set {
	s := set{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	names, err := fs.Glob(dir, "*")
	if err != nil {
		panic("static: " + err.Error())
	}
	for _, name := range names {
		if name != placeholder {
			s.add(dir, name)
		}
	}
	return s
}

// imports matches the import statements that our own modules use.
var imports = regexp.MustCompile(`(from "\./)([a-z-]+\.js)(")`)

func (s set) add(dir fs.FS, name string) *asset {
	if a := s.byName[name]; a != nil {
		return a
	}
	body, err := fs.ReadFile(dir, name)
	contentType := contentTypes[path.Ext(name)]
	if err != nil || contentType == "" {
		return nil
	}
	body = imports.ReplaceAllFunc(body, func(m []byte) []byte {
		part := imports.FindSubmatch(m)
		to := s.add(dir, string(part[2]))
		if to == nil {
			panic("static: " + name + " imports " + string(part[2]) + ", which was not built")
		}
		return []byte(string(part[1]) + path.Base(to.url) + string(part[3]))
	})
	sum := sha256.Sum256(body)
	base, ext, _ := strings.Cut(name, ".")
	a := &asset{
		url:         Root + base + "." + hex.EncodeToString(sum[:6]) + "." + ext,
		contentType: contentType,
		body:        body,
	}
	if path.Ext(name) != ".png" && len(body) > 512 {
		a.gzip = sync.OnceValue(func() []byte { return squeeze(body) }) // at the first use, not at start
	}
	s.byName[name], s.byURL[a.url] = a, a
	return a
}

func squeeze(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(body)                                    // a bytes.Buffer takes all
	_ = w.Close()
	return out.Bytes()
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3) as far as gzip goes.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !found || (err == nil && q > 0)
	}
	return false
}
