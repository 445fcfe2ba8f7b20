package web_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/archive"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// resigned is an archive in which whoever signed it has put other words.
func resigned(t *testing.T, k *testkit.Kit, file string, alter func(part, line string) string) *archive.Archive {
	t.Helper()
	a, err := archive.Open(strings.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := archive.Create(&out, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	for _, p := range a.Manifest.Parts {
		if err := w.Part(p.Name); err != nil {
			t.Fatal(err)
		}
		for line, err := range a.Lines(p.Name) {
			if err != nil {
				t.Fatal(err)
			}
			now := alter(p.Name, string(line))
			changed = changed || now != string(line)
			if err := w.Row([]byte(now)); err != nil {
				t.Fatal(err)
			}
		}
	}
	key, err := k.Keys.CheckpointKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(a.Manifest, key); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	back, err := portal.ReadArchive(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// What no form takes comes in by no archive either, and no call goes from here to where
// none may (R99, R100).
func TestAnArchiveHoldsNothingThatNoFormTakes(t *testing.T) {
	from, to := testkit.New(t), testkit.New(t)
	p := from.Place("nq", true)
	from.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertGuide(&models.Guide{ID: models.NewID(), Slug: "start", Title: "Start", Body: "Begin here.", ShownTitle: "Start", ShownBody: "Begin here.", PublishedAt: &p.CreatedAt})
	})
	file := exported(t, p.Admin, "nq")
	bring := func(t *testing.T, slug string, archived *archive.Archive) error {
		t.Helper()
		_, _, err := to.Portal.Archives.Import(t.Context(), models.NewProgram("command line", models.Tenant{}), archived,
			portal.ArchiveChoice{Fingerprint: archive.Fingerprint(archived.Signer), Slug: slug, Code: slug}, "")
		return err
	}
	for name, c := range map[string]struct{ part, pattern, with string }{
		"a plan without limits":            {"plans", `"rates":\[.*?\]`, `"rates":[]`},
		"a slug that leads out of its API": {"apis", `"slug":"[^"]*"`, `"slug":"../x"`},
		"a version of another shape":       {"versions", `"name":"[^"]*"`, `"name":"v1/../.."`},
		"a guide of another shape":         {"guides", `"slug":"[^"]*"`, `"slug":"../x"`},
		"a team without a name":            {"teams", `"name":"[^"]*"`, `"name":""`},
	} {
		pattern := regexp.MustCompile(c.pattern)
		err := bring(t, "bad", resigned(t, from, file, func(part, line string) string {
			if part == c.part {
				return pattern.ReplaceAllString(line, c.with)
			}
			return line
		}))
		if err == nil || !strings.Contains(err.Error(), "of a row of kind") {
			t.Errorf("%s: %v", name, err)
		}
	}
	own := to.PortalURL.String()
	upstream := regexp.MustCompile(`"upstream":"[^"]*"`)
	if err := bring(t, "good", resigned(t, from, file, func(part, line string) string {
		if part == "versions" {
			return upstream.ReplaceAllString(line, `"upstream":"`+own+`"`)
		}
		return line
	})); err != nil {
		t.Fatal(err)
	}
	o := to.Person("Operator", models.StaffOperator)
	expect(t, o.Get("/support/tenants/good"), http.StatusOK)
	here, err := to.Store.TenantBySlug(t.Context(), "good")
	if err != nil {
		t.Fatal(err)
	}
	err = to.Store.As(t.Context(), models.NewProgram("test", here), func(r store.Tenant) error {
		_, v, err := r.Version(p.API.Slug, p.Version.Name)
		if v.Upstream != "" {
			t.Errorf("calls go to %s", v.Upstream)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
