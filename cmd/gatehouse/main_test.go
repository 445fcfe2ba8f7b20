package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/config"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/vault"
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
	exposed, damaged := t.TempDir(), t.TempDir()
	for path, mode := range map[string]os.FileMode{filepath.Join(exposed, "key"): 0o644, filepath.Join(damaged, "key"): 0o600} {
		if err := os.WriteFile(path, []byte("k1 bm90aGluZw==\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, args := range map[string][]string{
		"no TLS":               {"serve", "--dir", dir, "--portal-url", "http://portal.example"},
		"an unknown flag":      {"serve", "--no-such-flag"},
		"an unknown command":   {"frobnicate"},
		"a wrong duration":     {"serve", "--stale-max", "often"},
		"a wrong network":      {"serve", "--trusted-proxies", "everybody"},
		"a wrong log level":    {"serve", "--log-level", "loud"},
		"the demo for all":     {"demo", "--dir", dir, "--portal-addr", "0.0.0.0:0"},
		"a wrong mail setting": {"serve", "--dir", dir, "--smtp", "mail.example:25"},
		"no mail server":       {"serve", "--dir", dir, "--smtp", "mail", "--mail-from", "a@b.example"},
		"no sender":            {"serve", "--dir", dir, "--mail-from", "nobody"},
		"no certificate":       {"serve", "--dir", dir, "--portal-tls-cert", "/nope/cert.pem", "--portal-tls-key", "/nope/key.pem"},
		"an open key":          {"serve", "--dir", exposed},
		"a damaged key":        {"serve", "--dir", damaged, "--portal-addr", "localhost:0", "--gateway-addr", "localhost:0", "--ops-addr", "localhost:0"},
		"all proxies":          {"serve", "--dir", dir, "--trusted-proxies", "0.0.0.0/1,128.0.0.0/1"},
		"others' passkeys":     {"serve", "--dir", dir, "--portal-url", "https://portal.example", "--rp-id", "other.example"},
		"a wrong database":     {"migrate", "--dir", dir, "--database", "postgres://u:%zz@db.example/x"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := command(t, args...)
			errors := slices.DeleteFunc(strings.SplitAfter(stderr, "\n"), func(line string) bool { return line == "" || line[0] == '{' }) // the log
			if code != config.ExitCode || len(errors) != 1 || !strings.HasPrefix(errors[0], "gatehouse: ") || stdout != "" {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
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
	serveOnce(t, dir)
	key := filepath.Join(dir, "key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"audit", "verify", "--dir", dir}, serving(dir)} {
		code, _, stderr := command(t, args...)
		if code == 0 || !strings.Contains(stderr, "put the key file back") {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key was made over the data")
	}
}

// Verifying says 3 where nothing can be known, and makes nothing.
func TestVerifyMakesNothing(t *testing.T) {
	whole := t.TempDir()
	serveOnce(t, whole)
	if code, stdout, stderr := command(t, "audit", "verify", "--dir", whole); code != 0 || !strings.Contains(stdout, "installation is intact") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	migrated := t.TempDir()
	if code, _, stderr := command(t, "migrate", "--dir", migrated); code != 0 {
		t.Fatal(stderr)
	}
	for name, dir := range map[string]string{
		"a folder that is not there": filepath.Join(t.TempDir(), "typo"), "an empty folder": t.TempDir(), "a database without keys": migrated,
	} {
		before := listed(dir)
		code, stdout, stderr := command(t, "audit", "verify", "--dir", dir)
		if code != audit.ExitUnknown || stdout != "" || !strings.Contains(stderr, "could not be checked") {
			t.Errorf("%s: exit %d: %s%s", name, code, stdout, stderr)
		}
		if after := listed(dir); after != before {
			t.Errorf("%s: there was %s, now there is %s", name, before, after)
		}
	}
}

// An installation whose database is gone does not begin anew.
func TestALostDatabaseIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	serveOnce(t, dir)
	db := filepath.Join(dir, "gatehouse.db")
	for _, file := range []string{db, db + "-wal", db + "-shm"} {
		if err := os.Rename(file, file+".away"); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	refused := func(what string, args ...string) {
		t.Helper()
		if code, _, stderr := command(t, args...); code == 0 || !strings.Contains(stderr, "restore the database") {
			t.Errorf("%s: exit %d: %s", what, code, stderr)
		}
	}
	refused("serve", serving(dir)...)
	refused("migrate", "migrate", "--dir", dir)
	if err := os.WriteFile(db, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("an empty file", serving(dir)...)
	if err := os.Rename(db+".away", db); err != nil {
		t.Fatal(err)
	}
	serveOnce(t, dir)
}

// A first start that was interrupted at any moment goes on at the next one.
func TestAnInterruptedFirstStart(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := command(t, "migrate", "--dir", dir); code != 0 {
		t.Fatal(stderr) // as far as the tables
	}
	if err := vault.CreateKeyFile(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err) // and the key
	}
	serveOnce(t, dir)
}

// After migrate as the owner the server needs the runtime role alone.
func TestMigrateMakesAllTables(t *testing.T) {
	dir, o := t.TempDir(), storetest.Postgres(t)
	if code, _, stderr := command(t, "migrate", "--dir", dir, "--database", o.URL, "--database-owner", o.Owner, "--database-schema", o.Schema); code != 0 {
		t.Fatal(stderr)
	}
	serveOnce(t, dir, func(c *config.Config) { c.Database, c.DatabaseSchema = o.URL, o.Schema })
}

// serving are the arguments of a server on free ports.
func serving(dir string) []string {
	return []string{"serve", "--dir", dir, "--portal-addr", "localhost:0", "--gateway-addr", "localhost:0", "--ops-addr", "localhost:0",
		"--log-level", "error"}
}

// serveOnce opens an installation as serve does, and closes it.
func serveOnce(t *testing.T, dir string, change ...func(*config.Config)) {
	t.Helper()
	c := config.Config{Dir: dir, PortalAddr: "localhost:0", GatewayAddr: "localhost:0", OpsAddr: "localhost:0", StaleMax: 10 * time.Second}
	for _, fn := range change {
		fn(&c)
	}
	checked, err := c.Check()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), checked, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Portal.Accounts.OperatorLink(t.Context()); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// listed names the files of a folder.
func listed(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	return strings.Join(files, " ")
}
