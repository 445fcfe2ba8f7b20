package spec

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/leaveout"
)

// recorder answers everything and keeps what it was asked, by the first segment
// of the path, which is a case's number.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]string
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{asked: map[string]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		n, rest, _ := strings.Cut(strings.TrimPrefix(req.RequestURI, "/"), "/")
		said := said(req, "/"+rest)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked[n] = said
	}))
	t.Cleanup(r.Close)
	return r
}

// said is a request as the cases write it: its line, the headers that a sample
// sets, and its body by what it means.
func said(r *http.Request, uri string) string {
	lines := []string{r.Method + " " + uri}
	if auth := r.Header.Get("Authorization"); auth != "Bearer gth_t" {
		lines = append(lines, "identified by "+auth)
	}
	for _, name := range []string{"Cookie", "X-Empty", "X-List", "X-Object", "X-Text"} {
		if v, ok := r.Header[name]; ok {
			lines = append(lines, name+": "+strings.Join(v, " and "))
		}
	}
	body, _ := io.ReadAll(r.Body)
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "" && len(body) == 0 {
		media = "" // some languages name the type of nothing
	}
	if media != "" {
		lines = append(lines, media)
	}
	switch {
	case media == formMedia:
		values, _ := url.ParseQuery(string(body))
		lines = append(lines, fmt.Sprintf("%q", values))
	case media == multipartMedia:
		lines = append(lines, fields(string(body), params["boundary"])...)
	case IsJSON(media):
		var v any
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		err := d.Decode(&v)
		plain, _ := json.Marshal(v)
		lines = append(lines, string(plain))
		if err != nil {
			lines = append(lines, err.Error())
		}
	case len(body) > 0:
		lines = append(lines, fmt.Sprintf("%q", body))
	}
	return strings.Join(lines, "\n")
}

// fields are the parts of a form, with those of their headers that the cases set. Two
// things are JavaScript's own (HTML, multipart form data): it ends lines with CRLF,
// and what has a type has a file name.
func fields(body, boundary string) (out []string) {
	r := multipart.NewReader(strings.NewReader(body), boundary)
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			return append(out, err.Error())
		}
		content, _ := io.ReadAll(p)
		file := p.FileName()
		if file == "blob" {
			file = ""
		}
		more := ""
		for _, name := range []string{"X-Sum", "X-Spare"} {
			if v := p.Header.Get(name); v != "" {
				more += name + "=" + v + " "
			}
		}
		out = append(out, strings.Join(strings.Fields(fmt.Sprint(p.FormName(), " ", file, " ", p.Header.Get("Content-Type"), " ", more,
			strconv.Quote(strings.ReplaceAll(string(content), "\r\n", "\n")))), " "))
	}
}

// program is a sample that is to be run for a case.
type program struct {
	n    int
	code string
}

// languages runs all programs of a language at once, in a directory.
var languages = map[string]struct {
	needs string
	run   func(t *testing.T, dir string, all []program)
}{
	"curl": {"curl", func(t *testing.T, dir string, all []program) {
		script := ""
		for _, p := range all {
			script += strings.Replace(p.code, "curl ", "curl --silent --show-error --fail ", 1) + "\n"
		}
		start(t, dir, "sh", write(t, dir, "all.sh", "set -e\n"+script))
	}},
	"go": {"go", func(t *testing.T, dir string, all []program) {
		write(t, dir, "go.mod", "module samples\n\ngo 1.25\n")
		imports, calls := "", ""
		for _, p := range all { // one program, or each would be linked for itself
			name := fmt.Sprint("p", p.n)
			code := strings.Replace(p.code, "package main", "package "+name, 1)
			write(t, dir, filepath.Join(name, "call.go"), strings.Replace(code, "func main()", "func Main()", 1))
			imports, calls = imports+"import \"samples/"+name+"\"\n", calls+"\t"+name+".Main()\n"
		}
		write(t, dir, "main.go", "package main\n\n"+imports+"\nfunc main() {\n"+calls+"}\n")
		start(t, dir, "go", "run", ".")
	}},
	"python": {"python3", func(t *testing.T, dir string, all []program) {
		script := "import runpy\n"
		for _, p := range all {
			script += "runpy.run_path(" + strconv.Quote(write(t, dir, fmt.Sprint("call", p.n, ".py"), p.code)) + ")\n"
		}
		start(t, dir, "python3", write(t, dir, "all.py", script))
	}},
	"javascript": {"node", func(t *testing.T, dir string, all []program) {
		script := ""
		for _, p := range all {
			script += "await import(" + strconv.Quote("./"+write(t, dir, fmt.Sprint("call", p.n, ".mjs"), p.code)) + ");\n"
		}
		start(t, dir, "node", write(t, dir, "all.mjs", script))
	}},
	"java": {"javac", func(t *testing.T, dir string, all []program) {
		calls, files := "", []string{"javac", "-proc:none", "-d", "."}
		for _, p := range all {
			name := fmt.Sprint("Example", p.n)
			files = append(files, write(t, dir, name+".java", strings.Replace(p.code, "class Example ", "class "+name+" ", 1)))
			calls += name + ".main(args);\n"
		}
		files = append(files, write(t, dir, "All.java", "public class All { public static void main(String[] args) throws Exception {\n"+calls+"} }\n"))
		start(t, dir, files...)
		start(t, dir, "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "All")
	}},
}

func write(t *testing.T, dir, name, code string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func start(t *testing.T, dir string, words ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MY_TOKEN=gth_t", "PYENV_VERSION=", "GOFLAGS=-mod=mod -trimpath", "CGO_ENABLED=0", "LC_ALL=C", "NO_PROXY=127.0.0.1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%.4000s", words[0], err, out)
	}
}

// Every language's sample is run, where its toolchain is at hand, and makes the
// call that the table says: C# alone is nowhere.
func TestSamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts compilers")
	}
	for name, language := range languages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(language.needs); err != nil {
				leaveout.Skip(t, "spec: running the samples in "+name+", for want of "+language.needs)
			}
			server, dir := newRecorder(t), t.TempDir()
			for _, file := range []string{"body.png", "photo.png", "photo2.png", "doc.bin"} {
				write(t, dir, file, "\x00\r\n\xff of "+file)
			}
			write(t, dir, "body.json", `["from a file"]`)
			var all []program
			for i, tt := range sampleCases {
				o, d := operationOf(t, tt.document(), tt.key())
				samples := tt.choice.Samples(o, d, fmt.Sprint(server.URL, "/", i), "MY_TOKEN")
				at := slices.IndexFunc(samples, func(s Sample) bool { return s.Language == name })
				if at < 0 && name == "javascript" && tt.noFetch {
					continue
				}
				all = append(all, program{i, samples[at].Code})
			}
			language.run(t, dir, all)
			for _, p := range all {
				want := sampleCases[p.n].want
				if other := sampleCases[p.n].fetched; other != "" && name == "javascript" {
					want = other
				}
				if got := server.asked[fmt.Sprint(p.n)]; got != want {
					t.Errorf("%s\ngot  %s\nwant %s\n%s", sampleCases[p.n].name, got, want, p.code)
				}
			}
		})
	}
}

func goQuote(s string) string  { return strconv.Quote(s) }
func goQuoted(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] }
