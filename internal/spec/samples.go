package spec

import (
	"regexp"
	"slices"
	"strings"
)

// DefaultToken is the environment variable that samples take the token from.
const DefaultToken = "GATEHOUSE_TOKEN"

// Sample is code that makes one call.
type Sample struct {
	Language string // for addresses: curl, go, python, javascript, java, csharp
	Title    string // for people: curl, Go, Python, JavaScript, Java, C#
	Code     string
}

var tokenName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// Samples are complete programs that make the call of the zero Choice.
func Samples(o Operation, d Detail, baseURL, tokenVariable string) []Sample {
	return Choice{}.Samples(o, d, baseURL, tokenVariable)
}

// Samples are complete programs that call the operation at the gateway with
// example values, in the order in which they are offered. They need nothing that
// does not come with the language. tokenVariable is the environment variable with
// the token, DefaultToken if it is empty or no name.
func (choice Choice) Samples(o Operation, d Detail, baseURL, tokenVariable string) []Sample {
	if !tokenName.MatchString(tokenVariable) {
		tokenVariable = DefaultToken
	}
	c := newCall(o, d, choice, baseURL, tokenVariable)
	all := []Sample{
		{"curl", "curl", c.curl()},
		{"go", "Go", c.golang()},
		{"python", "Python", c.python()},
		{"javascript", "JavaScript", c.javascript()},
		{"java", "Java", c.java()},
		{"csharp", "C#", c.csharp()},
	}
	if !c.fetches() {
		all = slices.DeleteFunc(all, func(s Sample) bool { return s.Language == "javascript" })
	}
	return all
}

// ExampleURL is where the samples call the operation.
func ExampleURL(o Operation, d Detail, baseURL string) string {
	return newCall(o, d, Choice{}, baseURL, DefaultToken).url
}

// headers with the media type of the body, for languages that set it like any
// other; forms in parts have theirs from the language's own code.
func (c call) allHeaders() [][2]string {
	if c.body.none() || len(c.body.parts) > 0 {
		return c.headers
	}
	return append([][2]string{{"Content-Type", c.body.media}}, c.headers...)
}

// code is written line by line.
type code struct{ strings.Builder }

// line adds what is joined, and ends the line.
func (b *code) line(parts ...string) {
	for _, p := range parts {
		b.WriteString(p)
	}
	b.WriteByte('\n')
}

func (b *code) String() string { return strings.TrimRight(b.Builder.String(), "\n") }

// joined writes text as one literal for each of its lines.
func joined(s, between string, quote func(string) string) string {
	all := strings.SplitAfter(s, "\n")
	if last := len(all) - 1; last > 0 && all[last] == "" {
		all = all[:last]
	}
	for i, line := range all {
		all[i] = quote(line)
	}
	return strings.Join(all, between)
}
