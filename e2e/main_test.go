// Package e2e is the whole product as people use it: the real program as a
// process, real Chromium with a virtual authenticator, real mails, real calls.
package e2e

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"gatehouse/e2e/drive"
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
	if errors.Is(browser.err, drive.ErrNoChromium) && os.Getenv("CI") == "" {
		leaveOut(t, "e2e: "+browser.err.Error())
	}
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	started = true
	return browser.opened
}

// leaveOut skips a test and writes down what was left out, for the end of `make test`.
func leaveOut(t *testing.T, what string) {
	t.Helper()
	if path := os.Getenv("GATEHOUSE_LEFT_OUT"); path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := fmt.Fprintln(f, what); err != nil {
			t.Fatal(err)
		}
	}
	t.Skip(what)
}
