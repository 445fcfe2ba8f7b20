package spec

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3conv"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// detailed compares two documents with oasdiff. Nothing they point at is fetched.
func detailed(p prepared) (changes []Change, err error) {
	defer rescue(&err)
	base, err := loaded(p.base)
	if err != nil {
		return nil, err
	}
	revision, err := loaded(p.revision)
	if err != nil {
		return nil, err
	}
	if firstTwo(base.Spec.OpenAPI) != firstTwo(revision.Spec.OpenAPI) {
		// Else each schema with an old word for the same thing would be a change.
		openapi3conv.Upgrade(base.Spec)
		openapi3conv.Upgrade(revision.Spec)
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), base, revision)
	if err != nil {
		return nil, err
	}
	found := checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), report, sources, checker.INFO)
	words := checker.NewDefaultLocalizer()
	for _, f := range found {
		if c, ok := p.change(f, words); ok {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

func loaded(document []byte) (*load.SpecInfo, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	return load.NewSpecInfoFromData(loader, document, "document", load.WithFlattenParams()) // wherever a parameter stands
}

// change puts a finding into our words and names.
func (p prepared) change(f checker.Change, words checker.Localizer) (c Change, ok bool) {
	rule := f.GetId()
	if strings.HasPrefix(rule, "api-version-") || rule == "api-major-version-not-bumped" {
		return c, false // the portal compares versions itself, and says what would fit
	}
	c = Change{Kind: kindOf(rule), Breaking: f.GetLevel() >= checker.WARN, Rule: rule, Text: sentence(f.GetUncolorizedText(words))}
	if f.GetPath() != "" {
		path, _, _ := strings.Cut(f.GetPath(), twiceMark)
		key := strings.TrimSpace(f.GetOperation() + " " + path)
		known, found := p.places[p.known(key)]
		switch {
		case found:
			c.Operation, c.at = known.key, known.at
		case !strings.HasPrefix(c.Text, key):
			c.Text = clipTo(strings.Replace(key, " webhook:", " webhook ", 1)+": "+c.Text, maxChangeText)
		}
	}
	if said, ok := wholeWords[c.Kind]; ok && c.Operation != "" && isWhole(rule) {
		c.Text = said
	}
	if c.Kind == KindRemoved {
		c.Breaking = true // announced or not
	}
	if f.GetLevel() == checker.WARN {
		c.Text += " Some programs may be affected."
	}
	return c, true
}

// wholeWords are what is said of operations as a whole.
var wholeWords = map[string]string{
	KindAdded: "The operation is new.", KindRemoved: "The operation was removed.", KindDeprecated: "The operation is deprecated.",
}

// isWhole says whether a rule is about an operation as a whole and has no more to say.
func isWhole(rule string) bool {
	return rule == "endpoint-added" || rule == "endpoint-deprecated" || kindOf(rule) == KindRemoved && !strings.Contains(rule, "sunset")
}

// kindOf is what a rule says of the operation.
func kindOf(rule string) string {
	switch {
	case rule == "endpoint-added" || rule == "webhook-added":
		return KindAdded
	case strings.HasPrefix(rule, "api-removed-"), strings.HasPrefix(rule, "api-path-removed-"), rule == "webhook-removed":
		return KindRemoved
	case strings.HasPrefix(rule, "endpoint-deprecated"), strings.HasSuffix(rule, "-deprecated"), strings.HasSuffix(rule, "-deprecated-with-sunset"):
		return KindDeprecated
	}
	return KindChanged
}

// plainer says in other words what callers would not call so.
var plainer = strings.NewReplacer("#/components/schemas/", "", "endpoint scheme security", "security requirement", "component security scheme", "security scheme")

// maxChangeText is how many bytes a change has, about.
const maxChangeText = 400

// sentence is a message in one line, with an upper case letter first and a full
// stop at its end.
func sentence(s string) string {
	s = plainer.Replace(s)
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == '`':
			return '"'
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)), " ")
	s = clipTo(s, maxChangeText)
	if r, size := utf8.DecodeRuneInString(s); size > 0 {
		s = string(unicode.ToUpper(r)) + s[size:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

// firstLine is what an error of a library says, short enough for a sentence.
func firstLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return clipTo(strings.TrimSuffix(sentence(first), "."), 160)
}

var errPanic = errors.New("panic")

// rescue turns a panic of a library into an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack())
	}
}
