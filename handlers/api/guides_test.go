package api_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// Guides are kept in a repository and pushed: made, changed, put in order, shown
// to readers and taken away.
func TestGuides(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		m, at := p.manager, p.path+"/guides"
		made := m.want(http.StatusCreated, "POST", at, `{"api":"orders","slug":"labels","title":"Labels","body":"Print *them*."}`)
		if made.body["published"] != false || made.body["api"] != "orders" {
			t.Error(made.raw)
		}
		for field, bad := range map[string]string{"slug": `{"slug":"A b","title":"x","body":"x"}`, "title": `{"slug":"a","title":"","body":"x"}`, "body": `{"slug":"a","title":"x","body":""}`} {
			if a := m.want(http.StatusUnprocessableEntity, "POST", at, bad); a.fields()[field] == "" {
				t.Errorf("%s: %s", field, a.raw)
			}
		}
		m.want(http.StatusNotFound, "POST", at, `{"api":"nothing","slug":"labels","title":"Labels","body":"x"}`)
		if a := m.want(http.StatusConflict, "POST", at, `{"api":"orders","slug":"labels","title":"Again","body":"x"}`); a.code() != "name_taken" {
			t.Error(a.raw)
		}
		m.want(http.StatusCreated, "POST", at, `{"slug":"labels","title":"The house's","body":"x","published":true}`)
		one := at + "/" + made.body["id"].(string)
		m.want(http.StatusPreconditionRequired, "PATCH", one, `{"published":true}`)
		shown := m.want(http.StatusOK, "PATCH", one, `{"published":true,"position":5}`, "If-Match", `"1"`)
		if shown.body["published"] != true || shown.body["newer_draft"] != false {
			t.Error(shown.raw)
		}
		m.want(http.StatusPreconditionFailed, "PATCH", one, `{"title":"Late"}`, "If-Match", `"1"`)
		ahead := m.want(http.StatusOK, "PATCH", one, `{"body":"Use a pen."}`, "If-Match", `"2"`)
		if ahead.body["newer_draft"] != true || ahead.body["body"] != "Use a pen." {
			t.Error(ahead.raw)
		}
		if list := m.want(http.StatusOK, "GET", at+"?api=orders", ""); !strings.Contains(list.raw, "Use a pen.") || strings.Contains(list.raw, "The house's") {
			t.Error(list.raw)
		}
		m.want(http.StatusNoContent, "DELETE", one, "")
		m.want(http.StatusNotFound, "GET", one, "")
		_, reader := k.ManagementToken(p.Place, p.Manager, "apis:read")
		client{t, m.base, reader.Reveal()}.want(http.StatusForbidden, "POST", at, `{"slug":"x","title":"x","body":"x"}`)
	})
}
