package spec

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"gatehouse/internal/leaveout"
)

var (
	doubleQuoted = regexp.MustCompile(`"(?:[^"\\\n]|\\[^\n])*"`)
	singleQuoted = regexp.MustCompile(`'[^']*'|\\'`)
	joinedOnes   = regexp.MustCompile(`""(?:\s*\+?\s*"")+`)
	goLiteral    = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\[^\n])*\"|`[^`]*`")
)

// skeleton is code without what its literals say: it may not depend on a value.
func skeleton(language, code string) string {
	switch language {
	case "curl":
		code = regexp.MustCompile(`(?:`+singleQuoted.String()+`)+`).ReplaceAllString(code, "''")
		return strings.ReplaceAll(code, "--data-raw ''", "--data ''") // for what begins with @
	case "go":
		return goLiteral.ReplaceAllString(code, `""`)
	}
	return joinedOnes.ReplaceAllString(doubleQuoted.ReplaceAllString(code, `""`), `""`)
}

// fuzzedDocument has the value in every place of a call, in one kind of body.
func fuzzedDocument(v string, media int) (Operation, Detail) {
	raw := json.RawMessage(jsonOf(v))
	example := []Example{{Value: raw}}
	d := Detail{Parameters: []Parameter{
		{Name: "p", In: "path", Style: "simple", Examples: example}, {Name: "q", In: "query", Style: "form", Required: true, Examples: example},
		{Name: "r", In: "query", Style: "form", Reserved: true, Required: true, Examples: example},
		{Name: "X-Text", In: "header", Style: "simple", Required: true, Examples: example}, {Name: "c", In: "cookie", Style: "form", Required: true, Examples: example},
	}}
	object := objectOf("text", textNode(v), "nested", objectOf("k", textNode(v))).appendJSON(nil)
	d.Body = &Body{Required: true, Media: []Media{{Type: []string{"application/json", formMedia, multipartMedia, "text/plain"}[media], Examples: []Example{{Value: object}}}}}
	if media == 3 {
		d.Body.Media[0].Examples[0].Value = json.RawMessage(jsonOf("." + v)) // nothing would be a file
	}
	return Operation{Key: "POST /a/{p}", Method: "POST", Path: "/a/{p}"}, d
}

// Whatever a document says stands in literals, and reads as it was meant.
func FuzzSamples(f *testing.F) {
	for _, s := range []string{biting, "", "x", "'", `"`, `\`, "`\n", "@x", "${1}", "\x00\x1b[2J", "\xff\xfe", "\u0085\u2028", "*/ ?>", "\U000e0001", "..", "%00%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if len(v) > 1000 || !utf8.ValidString(v) { // documents are valid, and what is long is a file
			t.Skip()
		}
		for media := range 4 {
			o, d := fuzzedDocument(v, media)
			plain, e := fuzzedDocument("plain", media)
			want := Samples(plain, e, "https://gw.example/", "")
			for i, s := range Samples(o, d, "https://gw.example/", "") {
				if a, b := skeleton(s.Language, s.Code), skeleton(s.Language, want[i].Code); a != b {
					t.Fatalf("%s: the code depends on the value %q\n%s\nin place of\n%s\nfrom\n%s", s.Language, v, a, b, s.Code)
				}
				if s.Language == "go" {
					if _, err := parser.ParseFile(token.NewFileSet(), "main.go", s.Code, 0); err != nil {
						t.Fatalf("%v\n%s", err, s.Code)
					}
				}
				if s.Language == "java" && strings.ContainsFunc(s.Code, func(r rune) bool { return r > 0x7e }) {
					t.Fatalf("not ASCII:\n%s", s.Code)
				}
			}
		}
		for name, quote := range map[string]func(string) string{"JSON": jsonQuote, "Java": javaQuote, "Python, C#": longQuote} {
			q := quote(v)
			got := ""
			if name == "Python, C#" { // Go's literals are like theirs
				got, _ = strconv.Unquote(q)
			} else if err := json.Unmarshal([]byte(q), &got); err != nil {
				t.Fatalf("%s: %v in %s", name, err, q)
			}
			if got != v {
				t.Fatalf("%s: %q became %s", name, v, q)
			}
		}
		if got, err := strconv.Unquote(goText(v)); err != nil || got != v {
			t.Fatalf("Go: %q became %s", v, goText(v))
		}
	})
}

// No toolchain for C# is at hand: its samples are looked at for what a compiler
// would refuse first.
func TestCSharpHasItsShape(t *testing.T) {
	for _, tt := range sampleCases {
		o, d := operationOf(t, tt.document(), tt.key())
		samples := tt.choice.Samples(o, d, "https://gw.example", "")
		code := samples[len(samples)-1].Code
		bare := skeleton("csharp", code)
		for _, pair := range []string{"()", "{}", "[]"} {
			if strings.Count(bare, pair[:1]) != strings.Count(bare, pair[1:]) {
				t.Errorf("%s: %s do not balance:\n%s", tt.name, pair, code)
			}
		}
		for line := range strings.SplitSeq(bare, "\n") {
			if end := strings.TrimSpace(line); end != "" && !strings.ContainsAny(end[len(end)-1:], `;{},"`) && !strings.HasPrefix(end, "if (") && !strings.HasSuffix(end, "[]") {
				t.Errorf("%s: ends in nothing: %q in\n%s", tt.name, line, code)
			}
		}
		if strings.Count(code, "SendAsync(request)") != 1 || !strings.Contains(code, "new HttpMethod(\""+o.Method+"\")") {
			t.Errorf("%s: makes no call:\n%s", tt.name, code)
		}
	}
}

// The samples of all operations of real documents are programs: Go's parser, and
// Python's and Node's and Java's compilers take them.
func TestSamplesOfTheCorpusCompile(t *testing.T) {
	if os.Getenv("GATEHOUSE_SOAK") == "" {
		t.Skip("takes minutes; set GATEHOUSE_SOAK=1 to run it")
	}
	dir, n := t.TempDir(), 0
	java := []string{"javac", "-proc:none", "-d", "classes"}
	modules := ""
	for _, row := range corpusRows(t) {
		ops, _ := strconv.Atoi(row.operations)
		if row.expected != "accept" && row.expected != "accept-with-warning" || ops > 700 {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(corpus, row.file))
		if err != nil {
			leaveout.Anywhere(t, "spec: the corpus of real documents")
		}
		doc, err := examine(raw)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range doc.Operations {
			d, err := o.Open()
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range (Choice{All: i%2 == 1}).Samples(o, d, "https://gw.example/v1", "") {
				switch s.Language {
				case "go":
					checkGo(t, row.file+" "+o.Key, s.Code)
				case "python":
					write(t, dir, fmt.Sprint("python/p", n, ".py"), s.Code)
				case "javascript":
					modules += write(t, dir, fmt.Sprint("js/p", n, ".mjs"), s.Code) + "\n"
				case "java":
					name := fmt.Sprint("Example", n)
					java = append(java, write(t, dir, name+".java", strings.Replace(s.Code, "class Example ", "class "+name+" ", 1)))
				case "curl":
					write(t, dir, fmt.Sprint("sh/p", n, ".sh"), s.Code)
				}
			}
			n++
		}
	}
	t.Log(n, "operations")
	start(t, dir, "python3", "-m", "compileall", "-q", "python")
	start(t, dir, "sh", "-c", `for f in sh/*; do sh -n "$f" || exit 1; done`)
	start(t, dir, "node", "--experimental-vm-modules", "--no-warnings", "-e",
		`const fs=require("fs"),vm=require("vm");for(const f of fs.readdirSync("js"))new vm.SourceTextModule(fs.readFileSync("js/"+f,"utf8"))`)
	for files := range slices.Chunk(java[4:], 500) {
		start(t, dir, slices.Concat(java[:4], files)...)
	}
}

// checkGo parses, and looks for imports that are not used.
func checkGo(t *testing.T, name, code string) {
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", code, 0)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, code)
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				used[x.Name] = true
			}
		}
		return true
	})
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if !used[path[strings.LastIndexByte(path, '/')+1:]] {
			t.Errorf("%s: %s is not used in\n%s", name, path, code)
		}
	}
}
