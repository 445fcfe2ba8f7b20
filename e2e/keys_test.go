package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp/kb"

	"gatehouse/e2e/drive"
)

// keys reads the reference without a mouse: what is written into a field stays
// there, and who switches the keys off has them for themselves (WCAG 2.1.4).
func (w *walk) keys(p *drive.Person) {
	w.Helper()
	const (
		first    = `document.activeElement === document.querySelectorAll("#ops a")[0]`
		second   = `document.activeElement === document.querySelectorAll("#ops a")[1]`
		filter   = `document.activeElement === document.querySelector('[data-keys="filter"]')`
		nowhere  = `document.activeElement === document.body`
		before   = `document.querySelector('#operation a[rel="prev"]')` // the first page has none
		start    = "/t/northquay/apis/equipment/v2/operations/get-cranes"
		switched = `(() => { document.getElementById("keys-on").click(); document.activeElement.blur(); return true; })()`
	)
	nth := func(n int) string {
		return fmt.Sprintf(`document.querySelectorAll("#ops a")[%d].getAttribute("aria-current") === "page"`, n)
	}
	for _, step := range []struct{ before, keys, holds string }{
		{"open", "j", nowhere},
		{"", "/", filter},
		{"", "j/k[]", `document.activeElement.value.endsWith("j/k[]") && ` + filter},
		{"open", "/" + kb.ArrowDown, first},
		{"", "j", second},
		{"", "k", first},
		{"", "j" + kb.Enter, `location.pathname !== "` + start + `" && !!` + before},
		{"open", "/" + kb.ArrowDown + kb.Escape, `document.activeElement === document.querySelector("#operation h1")`},
		{switched, "/]", nowhere},
		{switched, "/", filter},
		{"open", "]", `!!` + before},
		{"", "[", `!` + before},
		{"open", "]]]", nth(3)}, // pressed while the one before is on its way
		{"", "[[", nth(1)},
	} {
		switch step.before {
		case "open":
			p.Open(start)
		case switched:
			drive.JS[bool](p, switched)
		}
		p.Types(step.keys)
		if !p.Waits(step.holds) {
			w.Errorf("after %q at %s the focus is on %s; want %s", step.keys, p.Path(), drive.JS[string](p, `document.activeElement.outerHTML.slice(0, 200)`), strings.TrimSpace(step.holds))
		}
	}
}
