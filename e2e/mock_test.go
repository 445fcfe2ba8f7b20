package e2e

import "gatehouse/e2e/drive"

// mock lets an API manager turn a version's mock on, and looks at the samples and the
// page to try an operation that go there.
func (w *walk) mock(p *drive.Person) {
	w.Helper()
	const version = "/t/northquay/apis/equipment/v2"
	p.Open("/t/northquay/admin/apis/equipment/versions/v2")
	p.Leaves(func() { p.Press("Switch the mock on") })
	p.Sees("Whoever sees the API can build against the mock")
	w.look(p, "a version with a mock")
	p.Open(version + "/operations/get-cranes?lang=go")
	p.Press("The mock")
	p.Arrives(version + `/operations/get-cranes\?.*to=mock.*`)
	p.Sees("/-/mock/")
	w.look(p, "samples that call the mock")
	p.Open(version + "/try?operation=get-cranes&to=mock")
	w.look(p, "trying the mock")
}
