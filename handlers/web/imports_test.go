package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const version = "/t/nq/admin/apis/orders/versions/v1"

// later is a server on which nobody waits for an import.
func later(t *testing.T) (*testkit.Kit, *testkit.Place) {
	t.Helper()
	k := testkit.Prepare(t, t.TempDir(), store.Options{})
	k.ImportWait = time.Nanosecond
	k.Start()
	t.Cleanup(k.Stop)
	return k, k.Place("nq", true)
}

// ended follows an import's page until nothing more happens.
func ended(t *testing.T, b *testkit.Browser, page string) (a testkit.Answer) {
	t.Helper()
	testkit.Eventually(t, "the import ends", func() bool {
		a = b.Get(page)
		return a.StatusCode != http.StatusOK || !strings.Contains(a.Body, `hx-trigger="every 1s"`)
	})
	return a
}

// A document that takes its time shows how far it is, with or without a script,
// and ends at what was understood, or at each fault with its line.
func TestImportShowsItsProgress(t *testing.T) {
	k, p := later(t)
	m := p.Manager
	go_, begun := make(chan struct{}), make(chan struct{})
	var once sync.Once
	k.Upstream.Publish(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { close(begun) })
		<-go_
		_, _ = w.Write([]byte(strings.Replace(testkit.Document, "List orders", "List many orders", 1)))
	})
	a := m.Post(version+"/source", url.Values{"url": {k.Upstream.URL + "/documents/api.yaml"}, "schedule": {"off"}})
	page := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(page, version+"/imports/") {
		t.Fatal(a.StatusCode, a.Header)
	}
	<-begun
	has(t, m.Get(page), 200, "The document is being fetched", `hx-get="`+page+`"`, "Look again", k.Upstream.URL+"/documents/api.yaml")
	has(t, m.Get(version), 200, "The document is being fetched", page, "See how far it is")
	has(t, p.Auditor.Get(page), 200, "The document is being fetched")
	close(go_)
	if done := ended(t, m, page); done.StatusCode != http.StatusSeeOther || !strings.Contains(done.Header.Get("Location"), version+"/revisions/") {
		t.Errorf("ends with %d %v", done.StatusCode, done.Header)
	}
	if part := m.Do(http.MethodGet, page, nil, "HX-Request", "true", "Gatehouse-Poll", "1"); !strings.Contains(part.Header.Get("HX-Redirect"), "/revisions/") {
		t.Errorf("a script is not led on: %v", part.Header)
	}
	hasNot(t, m.Get(version), "See how far it is")

	faulty := m.Post(version+"/document", url.Values{"document": {"openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {pets: {}}\n"}})
	has(t, ended(t, m, faulty.Header.Get("Location")), 200, "The document can&#39;t be imported", "Line 3", "/paths/pets", "Refused")
	has(t, m.Get("/t/nq/admin/apis/orders/versions/v1/imports/none"), 404)

	// What was pasted is there to be mended, until a document is stored.
	again := "\npaths: {pets: {}}\n</textarea>"
	has(t, m.Get(faulty.Header.Get("Location")), 200, again, `action="`+version+`/document"`, "Mend it")
	hasNot(t, p.Auditor.Get(faulty.Header.Get("Location")), again, "Mend it")
	large := m.Post(version+"/document", url.Values{"document": {"openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {pets: {}}\n#" + strings.Repeat("x", models.ImportKept)}})
	has(t, ended(t, m, large.Header.Get("Location")), 200, "The document can&#39;t be imported", version+"#upload")
	if kept := importOf(t, k, p, large.Header.Get("Location")); kept.Document != nil {
		t.Error("a large document is kept after it was read")
	}
	stored := m.Post(version+"/document", url.Values{"document": {strings.Replace(testkit.Document, "List orders", "List the orders", 1)}})
	ended(t, m, stored.Header.Get("Location"))
	for _, one := range []testkit.Answer{stored, faulty} {
		if kept := importOf(t, k, p, one.Header.Get("Location")); kept.Document != nil {
			t.Error("a document is kept after one was stored")
		}
	}
}

// importOf reads the row behind an import's page.
func importOf(t *testing.T, k *testkit.Kit, p *testkit.Place, page string) (in models.Import) {
	t.Helper()
	err := k.Store.As(t.Context(), k.Actor(p.Manager, p.Slug), func(r store.Tenant) (err error) {
		in, err = r.Import(page[strings.LastIndexByte(page, '/')+1:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// An import whose server ends is begun again by the next one. One that ends every
// server says so instead.
func TestImportOutlivesItsServer(t *testing.T) {
	k, p := later(t)
	release, asked := make(chan struct{}), make(chan struct{}, 1)
	defer close(release)
	k.Upstream.Publish(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-release })
	a := p.Manager.Post(version+"/source", url.Values{"url": {k.Upstream.URL + "/documents/api.yaml"}})
	page := a.Header.Get("Location")
	<-asked
	k.Upstream.Publish(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(testkit.Document + "# new\n")) })
	actor := k.Actor(p.Manager, "nq")
	in := importOf(t, k, p, page)
	if err := k.Portal.Imports.Run(t.Context(), portal.ImportJob{Tenant: p.Tenant.ID, Import: in.ID}); err != nil { // as the job of the next server
		t.Fatal(err)
	}
	if row, err := k.Portal.Imports.Show(t.Context(), actor, in.ID); err != nil || row.State != models.ImportStored {
		t.Errorf("%+v, %v", row, err)
	}
	broken := models.Import{ID: models.NewID(), API: "orders", Version: "v1", Origin: models.ImportUpload, State: models.ImportReading, Attempts: models.ImportAttempts}
	k.Write(p.Manager, p.Tenant, func(tx *store.Tx) error { return tx.InsertImport(&broken) })
	if err := k.Portal.Imports.Run(t.Context(), portal.ImportJob{Tenant: p.Tenant.ID, Import: broken.ID}); err != nil {
		t.Fatal(err)
	}
	has(t, p.Manager.Get(version+"/imports/"+broken.ID), 200, "Failed", "The server ended 3 times while it read this document")
}

// What is brought in by somebody who lost the right meanwhile stays out.
func TestImportOfSomebodyWhoMayNoLonger(t *testing.T) {
	k, p := later(t)
	gone := models.Import{ID: models.NewID(), API: "orders", Version: "v1", Origin: models.ImportUpload, State: models.ImportQueued, CreatedBy: p.Partner.User.ID}
	k.Write(p.Manager, p.Tenant, func(tx *store.Tx) error { return tx.InsertImport(&gone) })
	if err := k.Portal.Imports.Run(t.Context(), portal.ImportJob{Tenant: p.Tenant.ID, Import: gone.ID}); err != nil {
		t.Fatal(err)
	}
	if row, err := k.Portal.Imports.Show(t.Context(), k.Actor(p.Manager, "nq"), gone.ID); err != nil || row.State != models.ImportRefused || row.Code != "not_allowed" {
		t.Errorf("%+v, %v", row.Import, err)
	}
}

// R96, R97, R99: a document comes from where it may come from alone, and the page
// says why one does not.
func TestDocumentFromAURL(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	var asked atomic.Int32
	k.Upstream.Publish(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/documents/") {
		case "good.yaml":
			_, _ = w.Write([]byte(testkit.Document + "# from a URL\n"))
		case "moved.yaml":
			http.Redirect(w, r, "/documents/good.yaml", http.StatusFound)
		case "faulty.yaml":
			_, _ = w.Write([]byte("openapi: 3.0.3\npaths: {pets: {}}\n"))
		case "large.yaml":
			for range 34 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		case "private.yaml":
			asked.Add(1)
		default:
			http.NotFound(w, r)
		}
	})
	at := func(path string) string { return k.Upstream.URL + "/documents/" + path }
	for name, tt := range map[string]struct {
		url    string
		status int
		says   string
	}{
		"a password in it":       {"https://me:secret@api.example.com/openapi.yaml", 422, "must not hold a user name or password"},
		"a query":                {"https://api.example.com/openapi.yaml?key=1", 422, "must not have a query"},
		"a file":                 {"file:///etc/passwd", 422, "has to begin with https://"},
		"an internal address":    {"https://169.254.169.254/latest", 422, "not globally reachable"},
		"the portal itself":      {k.PortalURL.String() + "/healthz", 422, ""},
		"a redirect":             {at("moved.yaml"), 303, "Redirects are not followed"},
		"nothing there":          {at("none.yaml"), 303, "The server answers 404"},
		"more than is read":      {at("large.yaml"), 303, "larger than 32 MiB"},
		"a document with faults": {at("faulty.yaml"), 303, "Line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			a := p.Manager.Post(version+"/source", url.Values{"url": {tt.url}, "schedule": {"daily"}})
			if a.StatusCode == http.StatusSeeOther {
				if !strings.Contains(a.Header.Get("Location"), "/imports/") {
					t.Fatal(a.Header)
				}
				has(t, p.Manager.Get(a.Header.Get("Location")), 200, tt.says, "Refused")
				has(t, p.Manager.Get(version), 200, "can&#39;t be taken from there")
				return
			}
			has(t, a, tt.status, tt.says, "Nothing was changed")
			if tt.says != "" && !strings.Contains(tt.url, "secret") {
				has(t, a, tt.status, strings.ReplaceAll(tt.url, "&", "&amp;"))
			}
		})
	}
	a := p.Manager.Post(version+"/source", url.Values{"url": {at("good.yaml")}, "schedule": {"daily"}})
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "/revisions/") {
		t.Fatal(a.StatusCode, a.Header)
	}
	has(t, p.Manager.Get(version), 200, at("good.yaml"), "Fetch now", "Forget the URL")
	hasNot(t, p.Manager.Get(version), "be taken from there")
	if a := p.Manager.Post(version+"/source/check", nil); a.StatusCode != http.StatusSeeOther {
		t.Error(a.StatusCode)
	}
	if a := p.Manager.Post(version+"/source/delete", nil); a.StatusCode != http.StatusSeeOther {
		t.Error(a.StatusCode)
	}
	hasNot(t, p.Manager.Get(version), "Fetch now")
	if asked.Load() != 0 {
		t.Error("somebody was asked who should not")
	}
}

// A document is looked at on its schedule: what is unchanged is not sent again,
// what is changed becomes a draft, what fails is told once and waits longer.
func TestDocumentIsLookedAtAgain(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	text, broken, full := atomic.Value{}, atomic.Bool{}, atomic.Int32{}
	text.Store(testkit.Document + "# one\n")
	k.Upstream.Publish(func(w http.ResponseWriter, r *http.Request) {
		body := text.Load().(string)
		tag := fmt.Sprintf(`"%d"`, len(body))
		w.Header().Set("ETag", tag)
		switch {
		case broken.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
		default:
			full.Add(1)
			_, _ = w.Write([]byte(body))
		}
	})
	if a := p.Manager.Post(version+"/source", url.Values{"url": {k.Upstream.URL + "/documents/api.yaml"}, "schedule": {"hourly"}}); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.StatusCode, a.Body)
	}
	manager := k.Actor(p.Manager, "nq")
	look := func() models.Source {
		t.Helper()
		due := func() (s models.Source) {
			s, err := k.Portal.Imports.Source(t.Context(), manager, "orders", "v1")
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := due()
		past := s.SetAt.Add(-time.Hour)
		s.NextAt = &past
		s.TenantID = p.Tenant.ID
		if err := k.Store.NoteSource(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "somebody looks", func() bool {
			if err := k.Portal.Imports.Due(t.Context()); err != nil { // each time: the last job may not have been put aside yet
				t.Fatal(err)
			}
			if !due().NextAt.After(past) {
				return false
			}
			under, err := k.Portal.APIs.Workbench(t.Context(), manager, "orders", "v1") // after that: an import begins with the next look
			if err != nil {
				t.Fatal(err)
			}
			s = due()
			return len(under.UnderWay) == 0
		})
		return s
	}
	revisions := func() int {
		w, err := k.Portal.APIs.Workbench(t.Context(), manager, "orders", "v1")
		if err != nil {
			t.Fatal(err)
		}
		return len(w.Revisions)
	}
	told := func(title string) int { return strings.Count(p.Manager.Get("/notifications").Body, title) }
	const news, bad = "orders v1: a new document was found", "orders v1: its document can&#39;t be read any more"
	before := revisions()
	if s := look(); s.FailingSince != nil || full.Load() != 1 || revisions() != before || told(news) != 0 {
		t.Errorf("unchanged: %+v, sent %d times", s, full.Load())
	}
	text.Store(testkit.Document + "# another\n")
	if s := look(); s.FailingSince != nil || revisions() != before+1 || told(news) != 1 {
		t.Errorf("changed: %+v, %d documents, told %d times", s, revisions(), told(news))
	}
	k.Mail(p.Manager.User.Email, "a new document was found")
	broken.Store(true)
	first := look()
	second := look()
	if first.FailingSince == nil || second.Failures != 2 || !strings.Contains(second.Failure, "503") || told(bad) != 1 {
		t.Errorf("failing: %+v, told %d times", second, told(bad))
	}
	if wait := second.NextAt.Sub(*second.CheckedAt); wait != 4*time.Hour {
		t.Errorf("after two failures it waits %v", wait)
	}
	has(t, p.Manager.Get(version), 200, "The server answers 503", "Failing since")
	broken.Store(false)
	text.Store("openapi: 3.0.3\npaths: {pets: {}}\n")
	if s := look(); s.FailingSince == nil || !strings.Contains(s.Failure, "cannot be imported") || revisions() != before+1 || told(bad) != 1 {
		t.Errorf("refused: %+v, told %d times", s, told(bad))
	}
	text.Store(testkit.Document + "# another\n")
	if s := look(); s.FailingSince != nil || s.Failures != 0 || revisions() != before+1 || told(news) != 1 {
		t.Errorf("good again: %+v", s)
	}
	due := func() (all []models.Source) {
		err := k.Store.Survey(t.Context(), func(s store.Platform) (err error) {
			all, err = s.DueSources(time.Now().AddDate(1, 0, 0), 10)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if len(due()) != 1 {
		t.Errorf("of a version that lives: %+v", due())
	}
	if _, err := k.Portal.Versions.Retire(t.Context(), manager, "orders", "v1", portal.Accept{}); err != nil {
		t.Fatal(err)
	}
	if len(due()) != 0 {
		t.Errorf("of a retired version: %+v", due())
	}
}
