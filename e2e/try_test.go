package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatehouse/e2e/drive"
	"gatehouse/internal/leaveout"
)

// tagged is an API with a tag of several operations.
const tagged = `openapi: 3.1.0
info: {title: Berths, version: "1.0", description: Which ship lies where.}
servers: [{url: "https://upstream.example"}]
tags: [{name: Quays & berths}]
paths:
  /berths:
    get:
      operationId: listBerths
      summary: List berths
      tags: [Quays & berths]
      responses: {"200": {description: The berths., content: {application/json: {schema: {type: object, properties: {berths: {type: array, items: {type: string, enum: [made up]}}}}}}}}
    post:
      operationId: createBerth
      summary: Make a berth
      tags: [Quays & berths]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: The berth.}}
  /ships:
    get:
      operationId: listShips
      summary: List ships
      tags: [Ships]
      parameters: [{name: X-Harbour, in: header, schema: {type: string}, example: north}]
      responses: {"200": {description: The ships.}}
`

// Trying, from a stranger's first look to a call that is found in the usage: what is
// missing is said each time, and each way out leads back.
func TestTrying(t *testing.T) {
	b := chromium(t)
	f := &flow{T: t, browser: b, mails: drive.TakeMails(t), document: tagged}
	var allow string
	f.base, allow = upstream(t)
	f.server = drive.Serve(t, t.TempDir(), append(f.mails.Env(), "GATEHOUSE_UPSTREAM_ALLOW="+allow)...)
	f.install()
	f.invite()
	f.publish()
	f.manager.Press("Switch the mock on")
	f.manager.Sees("The mock is on", "/-/mock/northquay/berths/v1")
	f.comeBack()
	f.tryTheMock()
	f.approve()
	f.tryTheAPI()
	f.findTries()
}

const tryAll = "/t/northquay/apis/berths/v1/try?operation=get-berths&tag=" + "Quays+%26+berths"

// Not signed in: the page is whole but for the calls, and signing in leads back to it.
func (f *flow) comeBack() {
	f.enrolPartner()
	p := f.partner
	p.SignsOut()
	p.Open(tryAll)
	p.Sees("Sign in to try it", "List berths", "Make a berth")
	p.SeesNot("List ships")
	p.SignsInHere()
	p.Sees("You need a subscription")
	if at := drive.JS[string](p, `location.pathname + location.search`); at != tryAll {
		f.Errorf("signing in led to %s", at)
	}
	p.Press("This operation")
	p.Arrives(`/t/northquay/apis/berths/v1/try\?operation=get-berths`)
	p.Sees("List berths")
	p.Press("Subscribe")
	p.Fills("Name of your team", "Halden Maritime")
	p.Fills("What you will use it for", "We show our captains where to moor.")
	p.Press("Subscribe")
	p.Arrives("/t/northquay/subscriptions")
}

func (f *flow) tryTheMock() {
	p := f.partner
	p.Open("/t/northquay/apis/berths/v1/try?operation=get-berths")
	p.Sees("Your request is waiting for a decision")
	p.Press("Try the mock")
	p.Sees("These calls go to the mock", "Execute")
	f.execute("200: OK")
	p.Sees("The mock made this up", "calls left to mocks, in a minute", "made up")
}

func (f *flow) tryTheAPI() {
	p := f.partner
	p.Open("/t/northquay/apis/berths/v1/try?operation=get-berths")
	p.Sees("Execute")
	p.Press("Execute")
	p.Sees("200: OK", "the API’s own server answered", "99 of 100 calls left in a minute", "This page’s token works until", "north 1")
	if live := drive.JS[string](p, `document.getElementById("answer").getAttribute("aria-live")`); live != "polite" {
		f.Errorf("the explanation is %q to screen readers", live)
	}
	p.Press("Explain this answer")
	p.Arrives("/t/northquay/requests/[^/]+")
	p.Expect("404 (Not Found)") // where the log is not written yet
	if !p.Waits(`document.body.innerText.includes("Let through") || (location.reload(), false)`) {
		f.Errorf("the answer is not explained:\n%s", p.Text())
	}
	p.Open("/t/northquay/apis/berths/v1/try?operation=get-ships")
	p.Sees("Execute")
	p.Expect("CORS")
	p.Expect("net::ERR_FAILED")
	f.execute("No answer came back")
	p.Sees("The operation takes headers of its own")
}

// execute presses until the outcome is there: a press is lost while Swagger UI draws
// the page anew.
func (f *flow) execute(outcome string) {
	f.Helper()
	js := `document.body.innerText.includes(` + strconv.Quote(outcome) + `) || (document.querySelector("button.execute")?.click(), false)`
	if !f.partner.Waits(js) {
		f.Errorf("no %q:\n%s", outcome, f.partner.Text())
	}
}

// The reader finds their tries without knowing of any token.
func (f *flow) findTries() {
	p := f.partner
	for calls, words := range map[string]string{"Tries": "try", "Mock": "mock"} {
		p.Open("/t/northquay")
		p.Press("Usage")
		p.Arrives("/t/northquay/usage")
		p.Press(calls)
		p.Sees("Last requests", "/berths", "Berths v1")
		if !p.Waits(`[...document.querySelectorAll("td, th .badge")].some((b) => b.innerText.trim().toLowerCase() === "` + words + `")`) {
			f.Errorf("no call is marked %s:\n%s", words, p.Text())
		}
	}
}

// PERFORMANCE §3: the largest real document is tried as fast as a small one: from
// asking for the page until Execute can be pressed, 2 s on a machine that is not busy.
func TestTryingALargeDocument(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("../../shared/corpus", "github-api-3.0-13MB.json"))
	if err != nil {
		leaveout.Anywhere(t, "e2e: the corpus of real documents")
	}
	b := chromium(t)
	f := &flow{T: t, browser: b, mails: drive.TakeMails(t), document: string(raw)}
	var allow string
	f.base, allow = upstream(t)
	f.server = drive.Serve(t, t.TempDir(), append(f.mails.Env(), "GATEHOUSE_UPSTREAM_ALLOW="+allow)...)
	f.install()
	f.invite()
	f.publish()
	f.enrolPartner()
	p := f.partner
	for _, query := range []url.Values{
		{"operation": {"get-repos-owner-repo-pulls-pull-number"}}, {"operation": {"get-repos-owner-repo-pulls-pull-number"}, "tag": {"pulls"}}, {"operation": {"get-repos-owner-repo"}, "tag": {"repos"}},
	} {
		begun := time.Now()
		p.Open("/t/northquay/apis/berths/v1/try?" + query.Encode())
		ready := `[...document.querySelectorAll("button.execute")].length > 0`
		if query.Get("tag") == "repos" {
			ready = `document.body.innerText.includes("These are too many for one page")`
		} else if query.Get("tag") != "" {
			ready = `document.querySelectorAll(".opblock").length > 20`
		}
		if !p.Waits(ready) {
			t.Fatalf("%v: nothing to press:\n%.500s", query, p.Text())
		}
		took := time.Since(begun)
		t.Logf("%v: %s", query, took.Round(10*time.Millisecond))
		if took > 10*time.Second {
			t.Errorf("%v took %s", query, took)
		}
	}
}
