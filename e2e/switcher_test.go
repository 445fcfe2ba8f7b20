package e2e

import (
	"github.com/chromedp/chromedp/kb"

	"gatehouse/e2e/drive"
)

// switcher goes from one tenant to another by keyboard alone, as the combobox
// pattern of WAI-ARIA has it; on a phone a button opens the same.
func (w *walk) switcher(p *drive.Person) {
	w.Helper()
	const (
		open    = `document.getElementById("switcher").open && document.activeElement === document.querySelector("#switcher input")`
		closed  = `!document.getElementById("switcher").open`
		chosen  = `document.querySelector("#switcher [aria-selected=true]")`
		current = `document.querySelector("#switcher input").getAttribute("aria-activedescendant") === ` + chosen + `?.id && `
		all     = `document.querySelectorAll("#switcher [role=option]").length >= 3`
	)
	for _, step := range []struct{ keys, holds string }{
		{"ctrl-k", open + ` && ` + all},
		{kb.Escape, closed},
		{"ctrl-k", open + ` && ` + all},
		{"swift", current + chosen + `.href.endsWith("/t/swiftway")`},
		{"nobody", `document.querySelector("#switcher-found p")?.textContent.includes("No tenant")`},
		{kb.Escape, closed},
		{"ctrl-k", open + ` && ` + all},
		{kb.ArrowDown, current + chosen + ` === document.querySelectorAll("#switcher [role=option]")[1]`},
		{kb.ArrowUp + kb.ArrowUp, current + chosen + ` === [...document.querySelectorAll("#switcher [role=option]")].at(-1)`},
		{"meridian" + kb.Enter, `location.pathname === "/t/meridian"`}, // Enter before the answer is there
	} {
		if p.Path() == "about:blank" || step.keys == "ctrl-k" && !drive.JS[bool](p, `!!document.getElementById("switcher")`) {
			p.Open("/t/northquay/admin")
		}
		if step.keys == "ctrl-k" {
			p.TypesWithControl("k")
		} else {
			p.Types(step.keys)
		}
		if !p.Waits(step.holds) {
			w.Errorf("after %q at %s: %s", step.keys, p.Path(), drive.JS[string](p, `document.getElementById("switcher")?.outerHTML.slice(0, 1500) ?? "no switcher"`))
		}
	}
	p.View(375, 800, false)
	p.Press("Go to another tenant")
	if !p.Waits(open + ` && ` + all) {
		w.Errorf("on a phone the button opens no switcher")
	}
	w.accessible(w.T, p, "the switcher on a phone")
	p.Types(kb.Escape)
	p.View(1280, 900, false)
}
