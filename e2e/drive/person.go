package drive

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Person uses the portal as people do: they read words, fill what a label names
// and press what bears a name. Every step waits until the page lets them.
type Person struct {
	Name   string
	Portal string // origin

	t             T
	ctx           context.Context
	authenticator webauthn.AuthenticatorID
	complaints    *complaints
}

// Expect says that the browser will complain with these words, because a
// refusal is what is being tested.
func (p *Person) Expect(part string) { p.complaints.expect(part) }

// Open goes to a path of the portal, or to a whole address.
func (p *Person) Open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.Portal + address
	}
	err := p.do(chromedp.Navigate(address))
	for tries := 0; tries < 3 && err != nil && strings.Contains(err.Error(), "net::ERR_ABORTED"); tries++ {
		err = p.do(chromedp.Navigate(address)) // a page on its way out got in between
	}
	if err != nil {
		p.t.Fatalf("%s opens %s: %v", p.Name, address, err)
	}
}

// Back goes back in the tab's history. It reports false where the browser shows
// no page but asks whether to send a form again.
func (p *Person) Back() bool {
	p.t.Helper()
	p.Expect("ERR_CACHE_MISS")
	from := JS[string](p, `location.href`)
	err := p.do(chromedp.NavigateBack())
	if errors.Is(err, context.DeadlineExceeded) && p.Waits(`document.readyState === "complete" && location.href !== `+quote(from)) {
		return true // a page that the browser kept is there without being loaded
	}
	if err != nil && !strings.Contains(err.Error(), "ERR_CACHE_MISS") {
		p.t.Fatalf("%s goes back: %v", p.Name, err)
	}
	return err == nil
}

// Reload loads the page anew.
func (p *Person) Reload() { p.t.Helper(); p.must(p.do(chromedp.Reload())) }

func (p *Person) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

func (p *Person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s, at %s: %v", p.Name, p.Path(), err)
	}
}

// Try evaluates an expression of JavaScript; it may be a promise.
func Try[R any](p *Person, js string) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, 3*patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[R](js, chromedp.EvalAwaitPromise))
}

// JS is Try for what does not fail.
func JS[R any](p *Person, js string) R {
	p.t.Helper()
	out, err := Try[R](p, js)
	if err != nil {
		p.t.Fatalf("%s, at %s: %v in %.200s", p.Name, p.Path(), err, js)
	}
	return out
}

// Path of the page, with its query.
func (p *Person) Path() string {
	out, _ := Try[string](p, `location.pathname + location.search`)
	return out
}

// Text of the page as it is to be seen.
func (p *Person) Text() string {
	out, _ := Try[string](p, `document.body.innerText`)
	return out
}

// Sees waits until the page has these words.
func (p *Person) Sees(words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !wait(patience, func() bool { return contains(p.Text(), w) }) {
			p.t.Fatalf("%s does not see %q at %s:\n%s", p.Name, w, p.Path(), p.Text())
		}
	}
}

// contains does not mind how lines are broken and letters are set.
func contains(text, words string) bool {
	return strings.Contains(flat(text), flat(words))
}

func flat(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, "’", "'")), " "))
}

// SeesNot fails if the page has these words.
func (p *Person) SeesNot(words string) {
	p.t.Helper()
	if contains(p.Text(), words) {
		p.t.Fatalf("%s sees %q at %s:\n%s", p.Name, words, p.Path(), p.Text())
	}
}

// Arrives waits until the page's path, with its query, matches, and it is loaded.
func (p *Person) Arrives(pattern string) {
	p.t.Helper()
	re := regexp.MustCompile("^(?:" + pattern + ")$")
	loaded := func() bool {
		state, err := Try[string](p, `document.readyState`)
		return err == nil && state == "complete"
	}
	if !wait(patience, func() bool { return re.MatchString(p.Path()) && loaded() }) {
		p.t.Fatalf("%s is at %s, not at %s:\n%s", p.Name, p.Path(), pattern, p.Text())
	}
}

// find is an expression for the place of the thing that can be pressed and bears
// the name, brought into view: buttons of the page's own content first, then
// its links and choices, then the frame around it.
const find = `((name) => {
  if (document.readyState !== "complete") return null; // scripts and styles may move things and take presses over
  const flat = (s) => (s || "").replaceAll("’", "'").replace(/\s+/g, " ").trim().toLowerCase();
  const named = (e) => [e.getAttribute("aria-label"), e.innerText, e.labels?.[0]?.innerText].map(flat);
  const all = ["main button", "main a, main summary, main label", "a, button, summary, label"]
    .flatMap((s) => [...document.querySelectorAll(s)]).filter((e) => e.checkVisibility() && !e.disabled);
  const e = all.find((e) => named(e).includes(flat(name))) || all.find((e) => named(e).some((n) => n.startsWith(flat(name))));
  if (!e) return null;
  e.scrollIntoView({ block: "center", behavior: "instant" });
  const box = [...e.getClientRects()].find((r) => r.width && r.height);
  if (!box) return null;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hit = document.elementFromPoint(x, y); // what a press there would meet
  return hit && (e.contains(hit) || hit.contains(e)) ? [x, y] : null;
})`

// Waits until an expression is true, and reports whether it came to that.
func (p *Person) Waits(js string) bool {
	return wait(patience, func() bool { ok, _ := Try[bool](p, js); return ok })
}

// Press presses the button, link or choice that bears the name.
func (p *Person) Press(name string) {
	p.t.Helper()
	var at []float64
	if !wait(patience, func() bool { at, _ = Try[[]float64](p, find+"("+quote(name)+")"); return len(at) == 2 }) {
		p.t.Fatalf("%s finds nothing called %q at %s:\n%s", p.Name, name, p.Path(), p.Text())
	}
	p.must(p.do(chromedp.MouseClickXY(at[0], at[1])))
}

// field is an expression for the control that a label names.
const field = `((name) => {
  const flat = (s) => (s || "").replaceAll("’", "'").replace(/\s+/g, " ").trim().toLowerCase();
  const all = [...document.querySelectorAll("main input, main textarea, main select, input, textarea, select")].filter((e) => e.type !== "hidden");
  const named = (e) => [e.getAttribute("aria-label"), ...[...(e.labels || [])].map((l) => l.innerText)].map(flat);
  return all.find((e) => named(e).includes(flat(name))) || all.find((e) => named(e).some((n) => n.startsWith(flat(name))));
})`

// Fills writes into the field that bears the label, in place of what it held.
func (p *Person) Fills(label, text string) {
	p.t.Helper()
	focus := `(() => { if (document.readyState !== "complete") return false; const e = ` + field + `(` + quote(label) + `); if (!e) return false; e.scrollIntoView({ block: "center", behavior: "instant" }); e.focus(); e.select?.(); return document.activeElement === e; })()`
	if !wait(patience, func() bool { ok, _ := Try[bool](p, focus); return ok }) {
		p.t.Fatalf("%s finds no field %q at %s:\n%s", p.Name, label, p.Path(), p.Text())
	}
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// Types presses keys, one after the other, wherever the focus is.
func (p *Person) Types(keys string) {
	p.t.Helper()
	p.must(p.do(chromedp.KeyEvent(keys)))
}

// TypesWithControl presses a key while Control is held.
func (p *Person) TypesWithControl(key string) {
	p.t.Helper()
	p.must(p.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(kb.ModifierCtrl))))
}

// Ticks sees to it that a box is ticked.
func (p *Person) Ticks(label string) {
	p.t.Helper()
	ticked := func() bool { return JS[bool](p, field+`(`+quote(label)+`)?.checked ?? false`) }
	if !ticked() {
		p.Press(label)
	}
	if !ticked() {
		p.t.Fatalf("%s can't tick %q at %s", p.Name, label, p.Path())
	}
}

// Chooses picks an option of a select by its words.
func (p *Person) Chooses(label, option string) {
	p.t.Helper()
	ok := JS[bool](p, `(() => { const e = `+field+`(`+quote(label)+`); const o = e && [...e.options].find((o) => o.text.trim() === `+quote(option)+`);
		if (!o) return false; e.value = o.value; e.dispatchEvent(new Event("input", { bubbles: true })); e.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
	if !ok {
		p.t.Fatalf("%s finds no %q in %q at %s", p.Name, option, label, p.Path())
	}
}

// Uploads puts a file into the page's first file field.
func (p *Person) Uploads(name, content string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), name)
	p.must(os.WriteFile(file, []byte(content), 0o600))
	p.must(p.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file})))
}

// View sets the size of the window in CSS pixels, and the colours of the system.
func (p *Person) View(width, height int64, dark bool) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Picture of the page as PNG: of the window, or of the whole page.
func (p *Person) Picture(whole bool) []byte {
	p.t.Helper()
	return call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &whole, Clip: p.clip(whole)}).Data
}

func (p *Person) clip(whole bool) *page.Viewport {
	if !whole {
		return nil
	}
	size := JS[[]float64](p, `[document.documentElement.clientWidth, document.documentElement.scrollHeight]`)
	return &page.Viewport{Width: size[0], Height: size[1], Scale: 1}
}

// Enrols makes a passkey by a one-time link. Name is given where the page asks for one.
func (p *Person) Enrols(link, email, name string) {
	p.t.Helper()
	p.Open(link)
	if contains(p.Text(), "Your name") {
		if JS[bool](p, `!!document.querySelector("input[name=email]")`) {
			p.Fills("E-mail", email)
		}
		p.Fills("Your name", name)
		p.Press("Create your passkey")
	} else {
		p.Press("Create a passkey")
	}
	u, err := url.Parse(link)
	p.must(err)
	if !wait(patience, func() bool { path := p.Path(); return path != "" && path != u.Path }) || !p.Waits(`document.readyState === "complete"`) {
		p.t.Fatalf("%s made no passkey:\n%s", p.Name, p.Text())
	}
}

// SignsOut presses the button in the account menu. The passkey is not touched
// when the next page offers to sign in with it.
func (p *Person) SignsOut() {
	p.t.Helper()
	p.touches(false)
	p.must(p.do(chromedp.Click(chromedp.CSS("header details.menu summary"))))
	p.Leaves(func() { p.Press("Sign out") })
	p.Sees("Sign in")
}

// Leaves does something that leads to another page, or to the same one anew, and
// waits until that is loaded: the words of the old page do not count.
func (p *Person) Leaves(do func()) {
	p.t.Helper()
	JS[bool](p, `window.old = true`)
	do()
	if !p.Waits(`!window.old && document.readyState === "complete"`) {
		p.t.Fatalf("%s is still at %s:\n%s", p.Name, p.Path(), p.Text())
	}
}

func (p *Person) touches(passkey bool) {
	p.t.Helper()
	call(p, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: p.authenticator, Enabled: passkey})
}

// ForgetsSession is a session that ends while its page is open: its cookie is gone.
func (p *Person) ForgetsSession() {
	p.t.Helper()
	call(p, network.ClearBrowserCookies, cdp.Empty{})
}

// SignsIn opens the sign-in page, where the browser offers the passkey at once
// (conditional mediation), and arrives somewhere else.
func (p *Person) SignsIn() {
	p.t.Helper()
	p.Open("about:blank") // where no page waits for the passkey
	p.touches(true)
	p.Open("/login")
	p.Arrives(`/(?:[^l].*)?`)
}

// SignsInHere presses the page's own button to sign in, and touches the passkey
// that the browser offers on the next page.
func (p *Person) SignsInHere() {
	p.t.Helper()
	p.touches(true)
	p.Leaves(func() { p.Press("Sign in") })
	p.Arrives(`/(?:[^l].*)?`)
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}
