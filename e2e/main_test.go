// Package e2e is the whole product as people use it: the real program as a
// process, real Chromium with a virtual authenticator, real mails, real calls.
package e2e

import (
	"errors"
	"os"
	"sync"
	"testing"

	"gatehouse/e2e/drive"
	"gatehouse/internal/leaveout"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if browser.opened != nil {
		browser.opened.Close()
	}
	if started {
		drive.Remove()
	}
	os.Exit(status)
}

// started says that a program was built.
var started bool

// browser is the one Chromium of a test run.
var browser struct {
	once   sync.Once
	opened *drive.Browser
	err    error
}

// chromium is the browser, or the end of the test where there is none.
func chromium(t *testing.T) *drive.Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is not started in short runs")
	}
	browser.once.Do(func() { browser.opened, browser.err = drive.OpenBrowser() })
	if errors.Is(browser.err, drive.ErrNoChromium) {
		leaveout.Skip(t, "e2e: "+browser.err.Error())
	}
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	started = true
	return browser.opened
}
