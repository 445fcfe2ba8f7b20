package e2e

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/drive"
	"gatehouse/internal/leaveout"
)

// large are ten real documents, the largest first; their slugs.
var large = []struct{ file, slug string }{
	{"github-api-3.0-13MB.json", "github"}, {"twilio-api-2010-3.0.json", "twilio"}, {"sendgrid-stoplight-3.1.json", "sendgrid"}, {"kong-admin-ee-3.9.yaml", "kong"},
	{"trello-3.0.json", "trello"}, {"asana-3.0.yaml", "asana"}, {"amazon-sqs-3.0.json", "sqs"}, {"spotify-3.0.json", "spotify"},
	{"googleapis-drive-3.0.json", "drive"}, {"lumminary-3.0.json", "lumminary"},
}

// The reference of ten large documents in a real browser: no page fails, nothing of
// it breaks the content security policy, no link leads nowhere, axe-core finds
// nothing, nothing is wider than a phone. GATEHOUSE_SOAK looks at all pages, else
// at a few of two.
func TestReferencesOfLargeDocuments(t *testing.T) {
	corpus := filepath.Join(drive.Root(), "../shared/corpus")
	if _, err := os.Stat(corpus); err != nil {
		leaveout.Anywhere(t, "e2e: the references of real documents, for want of "+corpus)
	}
	documents, most := large[8:], 3
	if os.Getenv("GATEHOUSE_SOAK") != "" {
		documents, most = large, 0
	}
	b, w := chromium(t), newWalk(t)
	server := drive.Demo(t, t.TempDir())
	var manager *drive.Person
	for _, r := range server.People {
		if r.Role == "api_manager" {
			manager = b.Person(t, r.Role, server.Portal)
			manager.Enrols(r.EnrolURL, r.Email, r.Name)
		}
	}
	for _, d := range documents {
		t.Run(d.slug, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(corpus, d.file))
			if err != nil {
				t.Fatal(err)
			}
			push(t, server, d.slug, raw)
			begun, n := time.Now(), w.reads(t, manager, "/t/northquay/apis/"+d.slug+"/v1", most)
			t.Logf("%d pages in %v", n, time.Since(begun).Round(time.Second))
		})
	}
}

// push uploads a document as version v1 of an API, by the management API.
func push(t *testing.T, s *drive.Server, slug string, raw []byte) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPut, s.Portal+"/api/v1/tenants/northquay/apis/"+slug+"/versions/v1/document", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.ManagementToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatal(answer.Status)
	}
}

// reads opens every page of a reference that links lead to, at most so many, and
// says how many that were. A browser that complains fails its test at the end.
func (w *walk) reads(t *testing.T, p *drive.Person, start string, most int) (n int) {
	t.Helper()
	seen := map[string]bool{start: true}
	for queue := []string{start}; len(queue) > 0 && (most == 0 || n < most); queue = queue[1:] {
		p.Open(queue[0])
		for _, path := range drive.JS[[]string](p, `[...document.querySelectorAll("a[href]")].map((a) => new URL(a.href, location)).filter((u) => u.origin === location.origin).map((u) => u.pathname)`) {
			if strings.HasPrefix(path, start+"/") && !file.MatchString(path) && !strings.HasSuffix(path, "/try") && !seen[path] {
				seen[path] = true
				queue = append(queue, path)
			}
		}
		if n++; n > 1 { // the list of all operations is the same on every page, and the first was looked at with it
			drive.JS[bool](p, `document.querySelector("#ops")?.remove(); true`)
		}
		if n%200 == 0 {
			t.Logf("%d pages of %s", n, start)
		}
		w.accessible(t, p, queue[0])
	}
	return n
}

// accessible is what axe-core says of the page that a person is at, and whether it
// fits a phone.
func (w *walk) accessible(t *testing.T, p *drive.Person, where string) {
	t.Helper()
	drive.JS[bool](p, w.axe+"; true")
	for _, violation := range drive.JS[[]string](p, strings.Replace(axeRun, "%s", "{}", 1)) {
		t.Errorf("%s: %s", where, violation)
	}
	p.View(375, 900, false)
	if wide := drive.JS[int](p, `document.documentElement.scrollWidth`); wide > 375 {
		t.Errorf("%s is %d px wide in a window of 375 px: %s", where, wide, drive.JS[string](p, widest))
	}
	p.View(1280, 900, false)
}
