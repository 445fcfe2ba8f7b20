package spec

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Start is what the way to a first call needs beside the document. Addresses are
// absolute; one that is "" is not linked to.
type Start struct {
	API, Version  string   // as people call them
	Plans         []string // in words: "Standard: 100 calls a minute"
	Subscribe     string   // address to ask for access
	NewToken      string   // address to make a token
	Reference     string   // of the operation
	BaseURL       string   // of the version at the gateway
	TokenVariable string   // environment variable that holds the token
}

// GettingStarted is a guide to the first call in four steps, as Markdown.
func GettingStarted(s Start, o Operation, d Detail) string {
	var b strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n\n", args...) }
	w("Four steps to your first call of %s %s.", MarkdownText(s.API), MarkdownText(s.Version))
	w("## 1. Get access")
	w("%s: choose a plan and say what you will use it for.", linked("Subscribe to "+s.API, s.Subscribe))
	for _, p := range s.Plans {
		fmt.Fprintf(&b, "- %s\n", MarkdownText(p))
	}
	if len(s.Plans) > 0 {
		b.WriteByte('\n')
	}
	w("## 2. Make a token")
	w("%s that may do what you need: this call needs %s. Its secret is shown once; keep it in an environment variable, never in code.", linked("Make a token", s.NewToken), MarkdownText(needs(o)))
	b.WriteString(MarkdownBlock("sh", "export "+orDefaultToken(s.TokenVariable)+"=…") + "\n")
	w("## 3. Call")
	w("%s", cmp.Or(MarkdownText(Line(o.Summary)), MarkdownCode(o.Key))+":")
	for _, sample := range Samples(o, d, s.BaseURL, s.TokenVariable) {
		if sample.Language == "curl" {
			b.WriteString(MarkdownBlock("sh", sample.Code) + "\n")
		}
	}
	w("The [reference](%s) has the same in Go, Python, JavaScript, Java and C#, and lets you try it in the browser.", s.Reference)
	w("## 4. Read the answer")
	if status, example := d.FirstAnswer(); example != nil {
		w("With %s comes:", status)
		b.WriteString(MarkdownBlock("json", Pretty(example)) + "\n")
	}
	w("If it does not work: 401 means that the token is missing, wrong or expired, 403 that your team is not subscribed or the token may not do this, 429 that you called too often. " +
		"The answer's body says which, and its `explain` leads to the whole story of the call.")
	return strings.TrimSpace(b.String()) + "\n"
}

// linked is a text that leads somewhere, if there is somewhere to lead.
func linked(words, to string) string {
	if to == "" {
		return MarkdownText(words)
	}
	return "[" + MarkdownText(words) + "](" + to + ")"
}

// StartsWith is the operation that makes the easiest first call: one that reads,
// without anything to fill into its path; -1 where there is none.
func StartsWith(operations []Operation) int {
	best, points := -1, -1
	for i, o := range operations {
		p := 0
		if o.Method == http.MethodGet {
			p += 4
		}
		if !strings.Contains(o.Path, "{") {
			p += 2
		}
		if !o.Deprecated {
			p++
		}
		if p > points {
			best, points = i, p
		}
	}
	return best
}

func needs(o Operation) string {
	if len(o.Scopes) > 0 && len(o.Scopes[0]) > 0 {
		return strings.Join(o.Scopes[0], ", ")
	}
	return string(o.Access)
}

func orDefaultToken(name string) string {
	if !tokenName.MatchString(name) {
		return DefaultToken
	}
	return name
}
