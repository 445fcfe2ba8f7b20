package e2e

import (
	"github.com/chromedp/chromedp/kb"

	"gatehouse/e2e/drive"
)

// side goes through a tenant's administration by its list at the side, by keyboard
// alone: each entry is met in its order, is to be seen, and leads to the page that then
// says it is the current one. On a phone the list unfolds by Enter.
func (w *walk) side(p *drive.Person) {
	w.Helper()
	const (
		start   = "/t/northquay/admin"
		list    = `[...document.querySelectorAll("nav.side a")].filter((a) => a.checkVisibility())`
		focused = `document.activeElement?.closest("nav.side")`
		ringed  = `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"; })()`
	)
	p.Open(start)
	entries := drive.JS[[]string](p, list+`.map((a) => a.pathname)`)
	if len(entries) < 10 {
		w.Errorf("the list at the side has only %q", entries)
	}
	// into is Tab until the list has the focus.
	into := func(what string) bool {
		w.Helper()
		for range 60 {
			if drive.JS[bool](p, `!!`+focused) {
				return true
			}
			p.Types(kb.Tab)
		}
		w.Errorf("%s: Tab does not lead into the list at the side of %s", what, p.Path())
		return false
	}
	if !into("on a wide window") {
		return
	}
	for _, entry := range entries {
		if at := drive.JS[string](p, `document.activeElement.pathname ?? document.activeElement.outerHTML.slice(0, 200)`); at != entry || !drive.JS[bool](p, ringed) {
			w.Errorf("Tab leads to %s with a ring %t, not to %s", at, drive.JS[bool](p, ringed), entry)
		}
		p.Types(kb.Tab)
	}
	for _, entry := range []string{entries[1], entries[len(entries)-1]} {
		p.Open(start)
		if !into(entry) {
			return
		}
		for range entries {
			if drive.JS[bool](p, `document.activeElement.pathname === "`+entry+`"`) {
				break
			}
			p.Types(kb.Tab)
		}
		p.Types(kb.Enter)
		p.Arrives(entry + `(\?.*)?`)
		if !p.Waits(`document.querySelector("nav.side a[aria-current=page]")?.pathname === "` + entry + `"`) {
			w.Errorf("the list at the side does not say that %s is the current page", entry)
		}
	}
	p.View(375, 800, false)
	p.Open(start)
	if into("on a phone") {
		p.Types(kb.Enter)
		if !p.Waits(`document.querySelector("nav.side details").open && ` + list + `.length === ` + `document.querySelectorAll("nav.side a").length`) {
			w.Errorf("Enter does not unfold the list at the side of a phone")
		}
		w.accessible(w.T, p, "the list at the side, unfolded on a phone")
	}
	p.View(1280, 900, false)
}
