package drive

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// ErrNoChromium says that this machine has no browser for tests.
var ErrNoChromium = errors.New("no chromium here; on Debian: apt-get install chromium")

// Browser is one Chromium with a fresh profile, for any number of people.
type Browser struct {
	ctx  context.Context
	stop func()
}

// OpenBrowser starts Chromium without a screen.
func OpenBrowser() (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, ErrNoChromium
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Flag("force-color-profile", "srgb"), chromedp.WindowSize(1280, 900),
		chromedp.WSURLReadTimeout(2 * time.Minute)}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
		"disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		free()
		return nil, err
	}
	return &Browser{ctx, func() { cancel(); free() }}, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.stop() }

// Person opens a window with cookies and passkeys of its own. At the end of the
// test all that the browser complained of fails the test, unless it was expected.
func (b *Browser) Person(t T, name, portal string) *Person {
	t.Helper()
	p := &Person{t: t, Name: name, Portal: portal, complaints: &complaints{}}
	p.open(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		for _, c := range p.complaints.all() {
			t.Errorf("%s's browser complained: %s", name, c)
		}
	})
	return p
}

// Tab opens another tab of the same person: the same cookies, no passkeys.
func (p *Person) Tab() *Person {
	p.t.Helper()
	other := &Person{t: p.t, Name: p.Name, Portal: p.Portal, complaints: p.complaints}
	other.open(p.ctx)
	return other
}

func (p *Person) open(parent context.Context, options ...chromedp.ContextOption) {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.complaints.hear))...)
	p.ctx = ctx
	p.t.Cleanup(cancel)
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.t.Fatalf("%v", err)
	}
	added, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	p.authenticator = added.AuthenticatorID
	p.View(1280, 900, false)
}

// complaints of a browser: violations of the content security policy, errors of
// scripts, requests that failed or were refused.
type complaints struct {
	mu       sync.Mutex
	heard    []string
	expected []string
}

func (c *complaints) add(words ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, strings.Join(words, " "))
}

func (c *complaints) expect(part string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expected = append(c.expected, part)
}

func (c *complaints) all() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.heard {
		if !slices.ContainsFunc(c.expected, func(part string) bool { return strings.Contains(h, part) }) {
			out = append(out, h)
		}
	}
	return out
}

func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			c.add(e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		c.add("exception:", e.ExceptionDetails.Text, described(e.ExceptionDetails.Exception), e.ExceptionDetails.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			c.add("console:", strings.Join(words, " "))
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
			c.add("request failed:", e.ErrorText, string(e.BlockedReason))
		}
	}
}

func described(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

// call sends a command of the protocol to the person's tab.
func call[P, R any](p *Person, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	out, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.Name, command.Method, err)
	}
	return out
}
