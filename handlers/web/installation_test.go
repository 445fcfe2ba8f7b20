package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// What operators say stands on everybody's pages; what the server was started with is
// read without secrets; the page of its health says what to do (R24, R143).
func TestInstallation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		o, s := k.Person("Operator", models.StaffOperator), k.Person("Support person", models.StaffSupport)
		const at = "/support/installation"
		said := url.Values{"banner": {"Work on <Sunday>."}, "contact": {"help@gatehouse.example"}}
		expect(t, s.Get(at), http.StatusForbidden)
		expect(t, s.Post(at, said), http.StatusForbidden)
		expect(t, o.Get(at), http.StatusOK, "GATEHOUSE_DIR", "Said to everybody")
		expect(t, o.Post(at, said), http.StatusForbidden, "Work on &lt;Sunday&gt;.") // without a passkey, and kept
		wrong := url.Values{"contact": {"javascript:alert(1)"}, "step_up": {o.StepUp(models.InstallationConfigure, "")}}
		expect(t, o.Post(at, wrong), http.StatusUnprocessableEntity, "begins with https://")
		hasNot(t, k.Visitor().Get("/t/port"), "Sunday")
		said.Set("step_up", o.StepUp(models.InstallationConfigure, ""))
		expect(t, o.Post(at, said), http.StatusSeeOther)
		for _, b := range []*testkit.Browser{k.Visitor(), p.Partner, p.Admin} {
			expect(t, b.Get("/t/port"), http.StatusOK, "Work on &lt;Sunday&gt;.", `href="mailto:help@gatehouse.example"`)
		}
		expect(t, o.Get("/support/audit"), http.StatusOK, "installation.configure")
		expect(t, o.Post(at, url.Values{"step_up": {o.StepUp(models.InstallationConfigure, "")}}), http.StatusSeeOther)
		hasNot(t, k.Visitor().Get("/t/port"), "Sunday", "mailto:")
		expect(t, o.Get("/support/health"), http.StatusOK, "Database", "Gateway", "Data folder", "Jobs")
	})
}
