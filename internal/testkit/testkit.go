// Package testkit is the whole program for tests: real listeners, a database of
// its own, a browser without a screen that holds real passkeys, an upstream that
// really answers. Nothing in it is a mock.
package testkit

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/mail"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

// Main runs the tests of a package that uses testkit. The test binary is its
// own child process where documents are read.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == app.ReadDocument {
		os.Exit(spec.ChildMain(os.Stdin, os.Stdout))
	}
	if len(os.Args) > 1 && Child[os.Args[1]] != nil {
		os.Exit(Child[os.Args[1]](os.Args[2:]))
	}
	code := m.Run()
	if line := programLog.leak(); line != "" && code == 0 {
		fmt.Fprintln(os.Stderr, "R126: a secret stands in the log of these tests:", line)
		code = 1
	}
	os.Exit(code)
}

// Child is a process of the test binary that does something else than testing,
// by the name in its first argument. Tests that kill servers register theirs here.
var Child = map[string]func(args []string) int{}

// Kit is a running server with what tests need around it.
type Kit struct {
	*app.App
	Upstream *Upstream
	Config   config.Checked
	Clock    clock.Clock // nil is the system's; set it before Start

	ImportWait time.Duration // as in app.Options; set it before Start

	t    testing.TB
	stop context.CancelFunc
	done chan error
}

// Each runs a test against a server on every database there is.
func Each(t *testing.T, run func(t *testing.T, k *Kit)) {
	t.Run("sqlite", func(t *testing.T) { run(t, New(t)) })
	if os.Getenv(storetest.PostgresVariable) != "" {
		t.Run("postgres", func(t *testing.T) { run(t, NewOn(t, storetest.Postgres(t))) })
	}
}

// New starts a server on a new SQLite database.
func New(t testing.TB) *Kit { return NewOn(t, store.Options{}) }

// NewOn starts a server on a database; the zero options are a new SQLite file.
func NewOn(t testing.TB, o store.Options) *Kit {
	t.Helper()
	k := Prepare(t, t.TempDir(), o)
	k.Start()
	t.Cleanup(k.Stop)
	return k
}

// NewAt is New on a clock that stands until it is moved.
func NewAt(t testing.TB, c *clock.Manual) *Kit {
	t.Helper()
	k := Prepare(t, t.TempDir(), store.Options{})
	k.Clock = c
	k.Start()
	t.Cleanup(k.Stop)
	return k
}

// Prepare is a server that was not started yet, with its data in dir.
func Prepare(t testing.TB, dir string, o store.Options) *Kit {
	t.Helper()
	up := newUpstream(t)
	k := &Kit{t: t, Upstream: up, ImportWait: importWait}
	checked, err := configure(dir, o, up.URL)
	if err != nil {
		t.Fatal(err)
	}
	k.Config = checked
	begin(t, checked)
	return k
}

// importWait is longer than any import of a test takes on a busy machine, so that
// an upload ends with what became of it.
const importWait = time.Minute

// Start starts the server anew on the same data, after Stop, on other ports:
// somebody else may have taken the old ones.
func (k *Kit) Start() {
	k.t.Helper()
	log := slog.New(slog.NewMultiHandler(startLog().Handler(),
		slog.NewTextHandler(testLog{k.t}, &slog.HandlerOptions{Level: slog.LevelWarn})))
	a, err := app.New(context.Background(), k.Config, app.Options{
		Clock: k.Clock, Log: log, Mailbox: mail.NewMailbox(500), Reader: []string{"env", "GORACE=atexit_sleep_ms=0", os.Args[0], app.ReadDocument},
		ImportWait: k.ImportWait,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.App = a
	ctx, stop := context.WithCancel(context.Background())
	k.stop, k.done = stop, make(chan error, 1)
	go func() { k.done <- a.Run(ctx) }()
	k.waitReady()
}

func (k *Kit) waitReady() {
	k.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		resp, err := http.Get(k.OpsURL.String() + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-k.done:
			k.t.Fatalf("the server ended: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	k.t.Fatal("the server did not become ready")
}

// Stop ends the server as SIGTERM does.
func (k *Kit) Stop() {
	if k.stop == nil {
		return
	}
	k.stop()
	k.stop = nil
	if err := <-k.done; err != nil {
		k.t.Errorf("the server ended badly: %v", err)
	}
}

// Grep names the files of the data folder in which text stands, WAL included, and
// "the log" where the program has logged it at debug level.
func (k *Kit) Grep(text string) (files []string) {
	k.t.Helper()
	err := filepath.WalkDir(k.Config.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(raw), text) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if programLog.contains(text) {
		files = append(files, "the log")
	}
	return files
}

// Another tries to open a second server on the same data, and returns why not.
func (k *Kit) Another() error {
	c := k.Config
	c.PortalAddr, c.GatewayAddr, c.OpsAddr = "localhost:0", "localhost:0", "localhost:0"
	a, err := app.New(context.Background(), c, app.Options{Reader: []string{os.Args[0], app.ReadDocument}})
	if err != nil {
		return err
	}
	return a.Close()
}
