package stage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/app"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/traffic"
	"gatehouse/internal/demo/upstream"
	"gatehouse/internal/demo/world"
	"gatehouse/internal/egress"
	"gatehouse/internal/keyring"
	"gatehouse/internal/mail"
	"gatehouse/internal/store"
	"gatehouse/internal/vault"
	"gatehouse/models"
)

// Options of the demo.
type Options struct {
	Config    config.Config
	Reset     bool   // forget everything first
	ReadyFile string // where to write what scripts need; "" is nowhere
	History   int    // calls of the past at most; 0 is HistoryMost
	Out       io.Writer
	Log       *slog.Logger
}

// demoSchema is the demo's own schema where it runs on PostgreSQL.
const demoSchema = "gatehouse_demo"

// seed makes the upstreams' data, the same at every start.
const seed = 20260302

// Run puts the demo on until ctx ends. What it prints is for a reader who sees
// Gatehouse for the first time.
func Run(ctx context.Context, o Options) (err error) {
	s := &show{Options: o, world: world.New()}
	if err := s.notReady(); err != nil { // nobody shall take an earlier start for this one
		return err
	}
	defer func() { err = errors.Join(err, s.notReady()) }()
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.fill(ctx); err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(o.Out, "\nStopped before everything was filled in; the next start begins anew.")
			return nil
		}
		return err
	}
	a, err := app.New(ctx, s.config, app.Options{Log: o.Log, Mailbox: mail.NewMailbox(200)})
	if err == nil {
		if err = moveUpstreams(ctx, a, s.world, s.base); err != nil {
			err = errors.Join(err, a.Close())
		}
	}
	if ctx.Err() != nil && err != nil {
		return nil // stopped before it had begun
	}
	if err != nil {
		return err
	}
	playing, stop := context.WithCancel(ctx)
	defer stop()
	group, playing := errgroup.WithContext(playing)
	group.Go(func() error { return a.Run(playing) })
	group.Go(func() error { return s.serveUpstreams(playing) })
	group.Go(func() error { return s.play(playing, a) })
	group.Go(func() error { return s.announce(playing, a) })
	return group.Wait()
}

// show is one run of the demo.
type show struct {
	Options
	world            world.World
	config           config.Checked
	upstreams        *demo.Upstreams
	upstreamListener net.Listener
	base             string // of the upstreams
	owner            ownership
	adopts           bool         // a schema without a mark: an earlier version left none
	unlock           func() error // the PostgreSQL schema, nil if there is none
}

// close lets go of what prepare took.
func (s *show) close() error {
	if s.upstreamListener != nil {
		_ = s.upstreamListener.Close()
	}
	if s.unlock != nil {
		return s.unlock()
	}
	return nil
}

// prepare opens what everything else needs: the folder, the key, and the
// upstreams, whose credentials are derived from it.
func (s *show) prepare(ctx context.Context) (err error) {
	c := s.Config
	c.Demo, c.DrainDelay = true, 0 // no balancer sends anybody here
	checked, err := c.Check()
	if err != nil {
		return err
	}
	s.config = checked
	if s.options().Postgres() && checked.DatabaseSchema == "" {
		s.config.DatabaseSchema = demoSchema
	}
	if err := s.recall(); err != nil {
		return err
	}
	unlock, err := app.Lock(s.config) // nothing is touched under a server that runs
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if s.options().Postgres() {
		if s.unlock, err = store.LockSchema(ctx, s.options()); err != nil {
			return err
		}
	}
	if err := s.own(ctx); err != nil {
		return err
	}
	if s.Reset || !s.complete() {
		if err := s.forget(ctx); err != nil {
			return err
		}
	}
	v, err := demoVault(s.config.KeyFile)
	if err != nil {
		return err
	}
	keys := keyring.New(nil, v)
	s.upstreams, err = demo.NewUpstreams(s.world, func(tenant, api, version string) string {
		return keys.DemoCredential(demo.Path(tenant, api, version))
	}, upstream.Options{Seed: seed, Latency: 0.5, Faults: 0.004, Clock: clock.System})
	if err != nil {
		return err
	}
	if s.upstreamListener, err = upstreamListener(filepath.Join(c.Dir, "upstreams.addr")); err != nil {
		return err
	}
	s.base = "http://" + s.upstreamListener.Addr().String()
	allowed, err := egress.ParseAllowed(s.upstreamListener.Addr().String())
	if err != nil {
		return err
	}
	s.config.Egress.Allow, s.config.Egress.PlainHTTP = append(s.config.Egress.Allow, allowed), true
	return nil
}

// options say where the records are.
func (s *show) options() store.Options { return app.StoreOptions(s.config, clock.System) }

func demoVault(path string) (*vault.Vault, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := vault.CreateKeyFile(path); err != nil {
			return nil, err
		}
	}
	return vault.OpenKeyFile(path)
}

// upstreamListener listens where it did the last time, or where it can.
func upstreamListener(file string) (net.Listener, error) {
	address := "127.0.0.1:0"
	if last, err := os.ReadFile(file); err == nil {
		address = string(last)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	return l, os.WriteFile(file, []byte(l.Addr().String()), 0o600)
}

// fill makes the past where there is none yet.
func (s *show) fill(ctx context.Context) (err error) {
	if s.complete() {
		return nil
	}
	began := clock.System.Now()
	fmt.Fprint(s.Out, "… filling the portal with tenants, APIs and 30 days of calls")
	past := clock.NewManual(models.Time(began))
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.serveUpstreams(serving) }()
	defer func() { stop(); err = errors.Join(err, <-served) }()
	a, err := app.New(ctx, s.config, app.Options{Log: s.Log, Clock: past, Mailbox: mail.NewMailbox(1), KeyFirst: true})
	if err != nil {
		return err
	}
	if err := errors.Join(install(ctx, a, past, s.world, s.upstreams, s.base, cmp.Or(s.History, HistoryMost)), a.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "\r✓ filled the portal with tenants, APIs and 30 days of calls (%.0f s)\n", clock.System.Now().Sub(began).Seconds())
	return os.WriteFile(filepath.Join(s.config.Dir, markFile), nil, 0o600)
}

// serveUpstreams answers for the tenants' systems until ctx ends.
func (s *show) serveUpstreams(ctx context.Context) error {
	if err := s.upstreamListener.(*net.TCPListener).SetDeadline(time.Time{}); err != nil {
		return err
	}
	server := &http.Server{Handler: s.upstreams, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(keepOpen{s.upstreamListener}) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	_ = server.Close()
	<-done
	return nil
}

// play calls the gateway with the demo's tokens, in the rhythm of their users.
func (s *show) play(ctx context.Context, a *app.App) error {
	live := traffic.Live{
		Profiles: s.upstreams.Complete(s.world.Profiles()),
		Secret: func(ref string) (string, bool) {
			t, token, ok := s.world.Token(ref)
			return s.secret(a, t, token).Reveal(), ok
		},
		Request: s.upstreams.Requests(a.GatewayURL.String()),
		Log:     s.Log,
		Seed:    seed,
	}
	return live.Run(ctx)
}
