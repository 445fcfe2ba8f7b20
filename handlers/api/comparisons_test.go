package api_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/testkit"
)

// A pipeline asks what its document breaks, is refused, and says that it means it.
func TestComparing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		m, version := p.manager, p.path+"/apis/orders/versions/v1"
		same := m.want(http.StatusOK, "GET", version+"/comparison", "")
		if same.body["breaking"] != float64(0) || !strings.Contains(same.raw, `"changes":[]`) {
			t.Errorf("a document with itself: %s", same.raw)
		}
		base := strings.Replace(testkit.Document, `version: "1.0"`, `version: "1.1.0"`, 1)
		added := strings.Replace(base, "  /orders/{id}:", "  /new: {get: {responses: {'200': {description: ok}}}}\n  /orders/{id}:", 1)
		m.want(http.StatusOK, "PUT", version+"/document", added)
		if got := m.want(http.StatusOK, "GET", version+"/comparison", ""); got.body["breaking"] != float64(0) || got.body["added"] != float64(1) || got.body["version_advice"] != nil {
			t.Errorf("an operation more in a minor version: %s", got.raw)
		}
		broken := strings.Replace(base, "{type: object}", "{type: object, required: [ship], properties: {ship: {type: string}}}", 1)
		m.want(http.StatusOK, "PUT", version+"/document", broken)
		got := m.want(http.StatusOK, "GET", version+"/comparison", "")
		if got.body["breaking"] != float64(1) || got.body["version_that_fits"] != "2.0.0" || !strings.Contains(got.raw, `"operation":"POST /orders"`) || !strings.Contains(got.raw, `ship`) {
			t.Errorf("an input more: %s", got.raw)
		}
		if back := m.want(http.StatusOK, "GET", version+"/comparison?from=v1:3&to=v1", ""); !strings.Contains(back.raw, "Removed the request property") || back.body["version_advice"] != nil {
			t.Errorf("the other way: %s", back.raw)
		}
		m.want(http.StatusNotFound, "GET", version+"/comparison?from=v1:9", "")
		m.want(http.StatusNotFound, "GET", version+"/comparison?to=v7", "")

		revision := m.draft(version)
		refused := m.want(http.StatusConflict, "POST", version+"/publish", `{"revision":"`+revision+`"}`)
		if refused.code() != "breaking_changes" || refused.fields()["accept_breaking"] == "" {
			t.Errorf("published: %s", refused.raw)
		}
		published := m.want(http.StatusOK, "POST", version+"/publish", `{"revision":"`+revision+`","accept_breaking":true}`)
		if !strings.Contains(published.raw, "2.0.0 would fit") {
			t.Errorf("no word about the number: %s", published.raw)
		}
	})
}
