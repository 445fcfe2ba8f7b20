package spec

import (
	"strings"
	"testing"
)

// R103: what a tenant writes as a page of its own.
func TestArticle(t *testing.T) {
	for src, want := range map[string]string{
		"# First steps\n\n## Über uns\n":                         `<h2 id="s-first-steps">First steps</h2>` + "\n" + `<h3 id="s-ber-uns">Über uns</h3>`,
		"## First steps\n\n#### Über uns\n":                      `<h2 id="s-first-steps">First steps</h2>` + "\n" + `<h3 id="s-ber-uns">Über uns</h3>`,
		"[berths](/t/northquay/apis/berths)":                     `<a href="/t/northquay/apis/berths" rel="nofollow noopener">berths</a>`,
		"[below](#s-below)":                                      `<a href="#s-below" rel="nofollow noopener">below</a>`,
		"[out](https://example.com/a)":                           `<a href="https://example.com/a" rel="nofollow noopener">out</a>`,
		"[evil](//evil.example/x)":                               "<p>evil</p>",
		"[js](javascript:alert(1))":                              "<p>js</p>",
		"[quit](/logout)":                                        "<p>quit</p>",
		"![picture](https://example.com/a.png)":                  "<p>picture</p>",
		"<svg onload=x()>hello</svg>":                            "hello",
		"# a {#main onclick=x()}":                                `<h2 id="s-a-main-onclickx">a {#main onclick=x()}</h2>`,
		"```sh\ncurl -H \"Authorization: Bearer $T\" x <y>\n```": "<pre><code>curl -H &#34;Authorization: Bearer $T&#34; x &lt;y&gt;",
	} {
		if got := Article(src); !strings.Contains(got, want) || strings.Contains(got, "onload=") {
			t.Errorf("%q is\n%swithout %s", src, got, want)
		}
	}
}
