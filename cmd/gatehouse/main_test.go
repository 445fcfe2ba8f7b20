package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

// command runs the program's main function and returns what it printed.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	read := func(into **os.File) func() string {
		old := *into
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		*into = w
		var b bytes.Buffer
		done := make(chan struct{})
		go func() { _, _ = io.Copy(&b, r); close(done) }()
		return func() string { *into = old; _ = w.Close(); <-done; return b.String() }
	}
	out, errs := read(&os.Stdout), read(&os.Stderr)
	code = run(args)
	return code, out(), errs()
}

// R143: bad settings end the program with EX_CONFIG and one line.
func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"no TLS":               {"serve", "--dir", dir, "--portal-url", "http://portal.example"},
		"an unknown flag":      {"serve", "--no-such-flag"},
		"an unknown command":   {"frobnicate"},
		"a wrong duration":     {"serve", "--stale-max", "often"},
		"a wrong network":      {"serve", "--trusted-proxies", "everybody"},
		"a wrong log level":    {"serve", "--log-level", "loud"},
		"the demo for all":     {"demo", "--dir", dir, "--portal-addr", "0.0.0.0:0"},
		"a wrong mail setting": {"serve", "--dir", dir, "--smtp", "mail.example:25"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(t, args...)
			if code != config.ExitCode || !strings.Contains(stderr, "gatehouse: ") {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v %v", entries, err)
	}
}

func TestHelpConfigNamesEverySetting(t *testing.T) {
	code, stdout, _ := command(t, "help", "config")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	for _, name := range []string{"GATEHOUSE_DATABASE", "GATEHOUSE_PORTAL_URL", "GATEHOUSE_UPSTREAM_ALLOW", "GATEHOUSE_STALE_MAX"} {
		if !strings.Contains(stdout, name) {
			t.Errorf("%s is missing", name)
		}
	}
}

// R109: a database whose key file is gone is not given a new key.
func TestKeyFileIsNotMadeOverData(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := command(t, "migrate", "--dir", dir); code != 0 {
		t.Fatal(stderr)
	}
	if code, stdout, stderr := command(t, "audit", "verify", "--dir", dir); code != 0 {
		t.Fatal(stdout, stderr) // the first command that needs keys makes them
	}
	key := filepath.Join(dir, "key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t, "audit", "verify", "--dir", dir)
	if code == 0 || !strings.Contains(stderr, "put the key file back") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key was made over the data")
	}
}
