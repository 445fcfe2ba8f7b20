package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// The operator sees what is done later, and what failed of it: finds it by kind, state
// and text, reads why, and tries it again or gives it up, which the log says.
func TestJobsPage(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	o, s := k.Person("Operator", models.StaffOperator), k.Person("Support", models.StaffSupport)
	expect(t, o.Get("/support/jobs"), http.StatusOK, "mail", "audit_checkpoint", "Nothing has failed")
	for _, address := range []string{"/support/jobs", "/support/jobs/1"} {
		expect(t, s.Get(address), http.StatusForbidden)
	}
	expect(t, o.Get("/support/jobs/999999"), http.StatusNotFound)
	expect(t, o.Get("/support/jobs/x"), http.StatusNotFound)
	expect(t, o.Post("/support/jobs/999999/retry", nil), http.StatusNotFound)
	expect(t, o.Post("/support/jobs/x/discard", nil), http.StatusNotFound)

	err := k.Store.Platform(t.Context(), func(q store.Platform) error { // mails of a kind that nobody writes
		for range 2 {
			if err := q.Enqueue(portal.Mail{Mail: "no_such_mail", To: "ann@port.example", Tenant: p.Tenant.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var failed []models.Job
	testkit.Eventually(t, "two mails to fail", func() bool {
		failed, err = k.Jobs.List(t.Context(), models.JobFilter{Kind: "mail", Limit: 10})
		return err == nil && len(failed) == 2
	})
	at := fmt.Sprintf("/support/jobs/%d", failed[0].ID)
	expect(t, o.Get("/support/jobs?kind=mail&q=no_such_mail"), http.StatusOK, "no_such_mail", at+"/discard", `name="kind" value="mail"`)
	expect(t, o.Get("/support/jobs?show=running&kind=sweep"), http.StatusOK, "No job fits")
	hasNot(t, o.Get(fmt.Sprintf("/support/jobs?before=%d", failed[1].ID)), at)
	page := o.Get(at)
	expect(t, page, http.StatusOK, "no_such_mail", "/support/tenants/port", p.Tenant.Name)
	hasNot(t, page, "ann@port.example")
	gone := o.Post(at+"/discard", url.Values{"kind": {"mail"}, "show": {""}, "q": {"no_such"}})
	expect(t, gone, http.StatusSeeOther)
	if to := gone.Header.Get("Location"); to != "/support/jobs?kind=mail&q=no_such" {
		t.Errorf("it leads to %s", to)
	}
	expect(t, o.Get(at), http.StatusNotFound)
	expect(t, o.Post(strings.Replace(at, fmt.Sprint(failed[0].ID), fmt.Sprint(failed[1].ID), 1)+"/retry", nil), http.StatusSeeOther)
	expect(t, o.Get("/support/audit"), http.StatusOK, "job.discard", "job.retry")
}
