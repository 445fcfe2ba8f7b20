package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/fault"

	"github.com/a-h/templ"
)

// Every icon that a template names exists, and no template breaks the CSP or the look with
// an inline style, an inline script or a colour of its own.
func TestTemplatesNameIconsThatExistAndKeepTheCSP(t *testing.T) {
	named := regexp.MustCompile(`(?:Icon|Empty|Evid|Event)\("([a-z-]+)"`)
	buttons := regexp.MustCompile(`ui\.(?:Button|ButtonLink)\("[^"]*", "([a-z-]+)"`)
	forbidden := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<script>|<style|javascript:|fill="#|templ\.SafeURL\(`)
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, re := range []*regexp.Regexp{named, buttons} {
			for _, m := range re.FindAllStringSubmatch(string(text), -1) {
				seen++
				if _, ok := icons[m[1]]; !ok {
					t.Errorf("%s: there is no icon %q", path, m[1])
				}
			}
		}
		if !strings.Contains(path, "mail") { // mail clients know inline styles only
			for _, m := range forbidden.FindAllString(string(text), -1) {
				t.Errorf("%s: %q", path, m)
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d icons found: %v", seen, err)
	}
	for word, s := range signs {
		if _, ok := icons[s.Icon]; !ok {
			t.Errorf("state %q: there is no icon %q", word, s.Icon)
		}
	}
}

func TestAControlIsTiedToItsProblem(t *testing.T) {
	problems := []fault.Field{{Name: "expires_at", Message: "Choose a day until 21 May 2027."}}
	for name, c := range map[string]templ.Component{
		"input":    Input(Control{Name: "expires_at", Label: "Expires", Help: "h", Problem: Problem(problems, "expires_at")}, nil),
		"textarea": TextArea(Control{Name: "expires_at", Label: "Expires", Problem: Problem(problems, "expires_at")}, 3, nil),
		"select":   Select(Control{Name: "expires_at", Label: "Expires", Problem: Problem(problems, "expires_at")}, nil, nil),
	} {
		html := render(t, c)
		for _, want := range []string{`id="f-expires-at"`, `name="expires_at"`, `for="f-expires-at"`, `aria-invalid="true"`, `aria-describedby="f-expires-at-about"`, `id="f-expires-at-about"`, "Choose a day"} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: no %s in %s", name, want, html)
			}
		}
	}
	summary := render(t, FormProblems("The token was not made", problems))
	for _, want := range []string{`role="alert"`, `href="#f-expires-at"`, "1 thing needs a look"} {
		if !strings.Contains(summary, want) {
			t.Errorf("summary: no %s in %s", want, summary)
		}
	}
	if render(t, FormProblems("x", nil)) != "" {
		t.Error("a summary of no problems")
	}
	if fine := render(t, Input(Control{Name: "n", Label: "N"}, nil)); strings.Contains(fine, "aria-invalid") || strings.Contains(fine, "describedby") {
		t.Errorf("nothing is wrong: %s", fine)
	}
}

func TestWhatPeopleWriteIsEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	for name, c := range map[string]templ.Component{
		"input":  Input(Control{Name: "n", Label: evil, Value: evil, Problem: evil}, nil),
		"head":   Head(Heading{Title: evil, Lead: evil, Crumbs: []Link{{evil, "/"}}}),
		"logo":   Logo(Brand{Name: evil, LogoURL: evil}, LogoMedium),
		"swatch": Swatch(evil, evil),
		"icon":   Icon("key", evil),
		"spark":  Spark(evil, []SparkPoint{{1, 1}}, false),
		"graph":  Graph(GraphData{Title: evil}),
	} {
		if strings.Contains(render(t, c), "<script>") {
			t.Errorf("%s lets markup through", name)
		}
	}
	if html := render(t, ButtonLink("x", "", "javascript:alert(1)", Default, nil)); strings.Contains(html, "javascript:") {
		t.Errorf("a script address: %s", html)
	}
}

func TestAConfirmationThatNeedsAPasskeySaysSo(t *testing.T) {
	c := Confirm{Title: "Revoke ETA sync?", Action: "/t/x/tokens/1/revoke", Yes: "Revoke it", Back: "/t/x/tokens/1"}
	with := render(t, ConfirmForm(c, StepUp("token.revoke", "1")))
	for _, want := range []string{`data-stepup="token.revoke"`, `data-object="1"`, `name="step_up"`, "<noscript>", `role="alert"`} {
		if !strings.Contains(with, want) {
			t.Errorf("no %s in %s", want, with)
		}
	}
	if strings.Contains(render(t, ConfirmForm(c, nil)), "step_up") {
		t.Error("a plain confirmation asks for a passkey")
	}
}

func TestAnUnknownStateIsShownAsItIs(t *testing.T) {
	if s := State("half_open"); s.Word != "half open" || s.Tone != Off {
		t.Errorf("%+v", s)
	}
}
