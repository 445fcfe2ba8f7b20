package spec

import (
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestMarkdown(t *testing.T) {
	for name, tt := range map[string]struct{ src, want string }{
		"emphasis, code and lists are kept":        {"**a** `b`\n\n- c", "<p><strong>a</strong> <code>b</code></p>\n<ul>\n<li>c</li>\n</ul>\n"},
		"headings go below those of the page":      {"# Big\n\n## Small", "<h3>Big</h3>\n<h4>Small</h4>\n"},
		"the biggest heading starts at the top":    {"### Big\n\n#### Small\n\n### Big", "<h3>Big</h3>\n<h4>Small</h4>\n<h3>Big</h3>\n"},
		"headings leave no level out":              {"# A\n\n#### B\n\n###### C\n\n## D", "<h3>A</h3>\n<h4>B</h4>\n<h5>C</h5>\n<h4>D</h4>\n"},
		"the first heading is at the top":          {"### A\n\n# B", "<h3>A</h3>\n<h3>B</h3>\n"},
		"no heading is below h6":                   {"# 1\n\n## 2\n\n### 3\n\n#### 4\n\n##### 5", "<h3>1</h3>\n<h4>2</h4>\n<h5>3</h5>\n<h6>4</h6>\n<h6>5</h6>\n"},
		"links lead out without trust":             {"[x](https://a.example/?q=1)", `<p><a href="https://a.example/?q=1" rel="nofollow noopener">x</a></p>` + "\n"},
		"a javascript link is text":                {"[x](javascript:alert(1))", "<p>x</p>\n"},
		"a relative link is text":                  {"[x](/admin)", "<p>x</p>\n"},
		"an image is its words":                    {"![a **map**](https://a.example/x.png)", "<p>a <strong>map</strong></p>\n"},
		"HTML is its words":                        {"<p>Adds a <b>user</b>.</p>", "<p>Adds a user.</p>\n"},
		"HTML inside a line is its words":          {"a <i onclick=x>b</i> c", "<p>a b c</p>\n"},
		"a script in code stays readable":          {"```html\n<script>x</script>\n```", "<pre><code>&lt;script&gt;x&lt;/script&gt;\n</code></pre>\n"},
		"tables are kept":                          {"|a|\n|-|\n|b|", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>\n"},
		"characters of other scripts are kept":     {"注文を作成 ثابت", "<p>注文を作成 ثابت</p>\n"},
		"what looks like rel in text is untouched": {` rel="nofollow"`, "<p>rel=&#34;nofollow&#34;</p>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Markdown(tt.src); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestLead(t *testing.T) {
	if got := Lead("## A {#x}\n\n# B\n\n### C\n\n[x](/t/y)"); got != "<h2>A {#x}</h2>\n<h2>B</h2>\n<h3>C</h3>\n<p>x</p>\n" {
		t.Errorf("got %q", got)
	}
}

func TestLine(t *testing.T) {
	if got := Line("Get a *pet* & `id<1>`.\n\nMore."); got != "Get a pet & id<1>." {
		t.Errorf("got %q", got)
	}
}

// Nobody's words turn the direction of those that stand behind them; texts from right
// to left keep the marks that they need.
func TestProseReadsAsItRuns(t *testing.T) {
	for _, src := range []string{"gnp\u202eexe", "*gnp*\u202eexe", "gnp&#x202e;exe", "\u2066a\u2069 `\u202d`", strings.Repeat(">", 100) + "\u202e"} {
		for name, got := range map[string]string{"a line": Line(src), "a text": Markdown(src), "a page": Article(src)} {
			if strings.ContainsAny(got, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
				t.Errorf("%s of %q is %q", name, src, got)
			}
		}
	}
	if got := Line("\u05d0\u200f!"); got != "\u05d0\u200f!" {
		t.Errorf("got %q", got)
	}
}

// hostile is what customers' prose may hold (R103).
var hostile = []string{
	"<svg onload=alert(1)>", "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
	"[x](java\nscript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)",
	"<style>*{display:none}</style>", "<img src=x onerror=alert(1)>", "![x](https://evil.example/p.png)", "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
	"<iframe src=https://evil.example></iframe>", "<a href='https://a' onclick=alert(1)>x</a>", "<form action=https://evil.example><input name=password></form>",
	"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
	"<svg><style><img src=x onerror=alert(1)></style></svg>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<base href=https://evil.example>", "<link rel=stylesheet href=https://evil.example>", "<meta http-equiv=refresh content=0;url=https://evil.example>",
	"<<script>alert(1)//<</script>", "[a]: javascript:alert(1)\n\n[a]", "<javascript:alert(1)>", "`` <script> ``<script>alert(1)</script>",
	"<details open ontoggle=alert(1)>", "<xss style=x:expression(alert(1))>", "[x](//evil.example)", "[x](https://a.example \"onmouseover=alert(1)\")",
	"<!--><img src=x onerror=alert(1)>-->", "<a id=x name=y class=z>", "# h {onclick=alert(1)}", "# h {#id .class}",
}

// R103: nothing that runs, loads or restyles comes through.
func TestMarkdownTamesHostileProse(t *testing.T) {
	for _, src := range hostile {
		t.Run(src, func(t *testing.T) { requireTame(t, Markdown(src)) })
	}
}

func TestMarkdownTakesItsTimeFromNobody(t *testing.T) {
	for name, src := range map[string]string{
		"quotes in quotes":  strings.Repeat(">", 50_000),
		"open brackets":     strings.Repeat("[", 50_000),
		"open emphasis":     strings.Repeat("*a ", 50_000),
		"open HTML":         strings.Repeat("<a ", 50_000),
		"lists in lists":    strings.Repeat("- ", 50_000),
		"open images":       strings.Repeat("![", 50_000),
		"open links":        strings.Repeat("[a](", 50_000),
		"quotes in lists":   strings.Repeat("- > ", 50_000),
		"lists with text":   strings.Repeat("- ", 50_000) + "a",
		"a wide table":      "|" + strings.Repeat("a|", 2000) + "\n|" + strings.Repeat("-|", 2000) + "\n" + strings.Repeat("a\n", 2000),
		"a table in a list": "- |" + strings.Repeat("a|", 2000) + "\n  |" + strings.Repeat("-|", 2000) + "\n" + strings.Repeat("  a\n", 2000),
		"many definitions":  strings.Repeat("[a]: b\n", 8_000) + strings.Repeat("[a]", 8_000),
		"emphasis in words": strings.Repeat("a**b_", 25_000),
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan string, 1)
			go func() { done <- Markdown(src) }()
			select {
			case out := <-done:
				requireTame(t, out)
			case <-time.After(slow * 3 * time.Second):
				t.Fatal("takes more than 3 s")
			}
		})
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, src := range hostile {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		requireTame(t, Markdown(src))
		requireSteps(t, Markdown(src), 3)
		requireSteps(t, Lead(src), 2)
		requireSteps(t, Article(src), 2)
	})
}

// requireSteps: headings start at top, and none is more than a level below the one
// before it.
func requireSteps(t *testing.T, out string, top int) {
	t.Helper()
	before := top - 1
	for _, h := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(out, -1) {
		level := int(h[1][0] - '0')
		if level < top || level > before+1 {
			t.Fatalf("h%d after h%d in %q", level, before, out)
		}
		before = level
	}
}

var tameElements = strings.Fields("p br hr h3 h4 h5 h6 ul ol li blockquote pre code em strong del table thead tbody tr th td a")

func requireTame(t *testing.T, out string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(out))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				t.Fatal(err)
			}
			return
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("a comment in %q", out)
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if !slices.Contains(tameElements, tok.Data) {
				t.Fatalf("<%s> in %q", tok.Data, out)
			}
			for _, a := range tok.Attr {
				u, err := url.Parse(a.Val)
				href := a.Key == "href" && tok.Data == "a" && err == nil && slices.Contains([]string{"http", "https", "mailto"}, u.Scheme)
				if !href && a.Key != "rel" && !(a.Key == "start" && tok.Data == "ol") {
					t.Fatalf("%s=%q in %q", a.Key, a.Val, out)
				}
			}
		}
	}
}
