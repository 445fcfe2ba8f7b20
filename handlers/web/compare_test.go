package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
)

// second is the document of the place without its last operation, under the same number.
var second = func() string {
	head, rest, _ := strings.Cut(testkit.Document, "    delete:")
	return head + rest[strings.Index(rest, "webhooks:"):]
}()

var draftField = regexp.MustCompile(`name="revision" value="([0-9a-f-]{36})"`)

// A draft is compared with what is in force: on its pages, before it is published,
// and afterwards for readers, who never see what was not published (R53).
func TestADraftIsCompared(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		const version, page = "/t/nq/admin/apis/orders/versions/v1", "/t/nq/apis/orders/compare"
		has(t, k.Visitor().Get(page), 200, "There is nothing to compare yet")
		hasNot(t, p.Manager.Get(version), "What this draft changes")
		upload(t, p.Manager, version, second, 303)
		if err := k.Jobs.Drain(t.Context()); err != nil { // it is made before anybody asks
			t.Fatal(err)
		}
		manager := k.Actor(p.Manager, "nq")
		bench, err := k.Portal.APIs.Workbench(t.Context(), manager, "orders", "v1")
		if err != nil {
			t.Fatal(err)
		}
		err = k.Store.As(t.Context(), manager, func(r store.Tenant) error {
			made, ok, err := r.Comparison(p.Revision.ID, bench.Revisions[0].ID)
			if !ok || made.Removed != 1 || made.Failure != "" {
				t.Errorf("not compared in the background: %v %+v", ok, made)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		before := p.Manager.Get(version)
		has(t, before, 200, "What this draft changes", "The operation was removed.", "The version number does not fit what changed", "would fit", "accept_breaking",
			"from=v1&amp;to=v1%3A2")
		revision := draftField.FindStringSubmatch(before.Body)[1]
		has(t, p.Manager.Get(version+"/revisions/"+revision), 200, "What this draft changes", "accept_breaking")
		has(t, p.Manager.Get(page+"?from=v1&to=v1:2"), 200, "DELETE", "/orders/{id}", "The operation was removed.", `href="/t/nq/apis/orders/v1/operations/delete-orders-id"`)
		for _, address := range []string{page + "?from=v1&to=v1:2", page + "?from=v1:2&to=v1", page + "?from=v9&to=v1"} {
			has(t, p.Partner.Get(address), 404)
			has(t, k.Visitor().Get(address), 404)
		}
		hasNot(t, p.Partner.Get(page), "v1:2", "document 2")

		form := url.Values{"revision": {revision}}
		has(t, p.Manager.Post(version+"/publish", form), 409, "may stop partners&#39; programs", "accept_breaking")
		form.Set("accept_breaking", "on")
		has(t, p.Manager.Post(version+"/publish", form), 303)

		has(t, k.Visitor().Get(page), 200, "v1, document 1", "The operation was removed.", "Removed")
		has(t, k.Visitor().Get(page+"?kind=breaking&q=delete"), 200, "The operation was removed.")
		has(t, k.Visitor().Get(page+"?kind=added"), 200, "No such change", "Show all changes")
		has(t, k.Visitor().Get(page+"?q=zebra&page=7"), 200, "No such change")
		has(t, k.Visitor().Get(page+"?from=v1&to=v1"), 200, "Nothing that concerns callers changed")
		has(t, k.Visitor().Get("/t/nq/apis/orders"), 200, "What changed", "1 breaking", "See what changed", "First publication with 4 operations")
		hasNot(t, p.Manager.Get(version), "What this draft changes")
	})
}

// Without a script, as with one: every form and link of the page is plain.
func TestComparingVersions(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("nq", true)
	has(t, p.Manager.Post("/t/nq/admin/apis/orders/versions", url.Values{"version": {"v2"}}), 303)
	has(t, p.Manager.Post("/t/nq/admin/apis/orders/versions", url.Values{"version": {"compare"}}), 422, "taken by an address")
	upload(t, p.Manager, "/t/nq/admin/apis/orders/versions/v2", second, 303)
	has(t, p.Partner.Get("/t/nq/apis/orders/compare?from=v1&to=v2"), 404)
	has(t, p.Manager.Get("/t/nq/apis/orders/v2"), 200, "/t/nq/apis/orders/compare?to=v2")
	has(t, p.Manager.Get("/t/nq/apis/orders/compare?to=v2"), 200, "From v1 to v2", "The operation was removed.", `In v1`)
	hasNot(t, p.Partner.Get("/t/nq/apis/orders/v1"), "/compare")
}
