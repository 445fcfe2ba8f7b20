// Package app is the one place that knows everybody: it opens the databases and
// the keys, wires the parts, and runs them until it is told to stop.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/handlers/api"
	"gatehouse/handlers/web"
	"gatehouse/internal/audit"
	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/fetch"
	"gatehouse/internal/gateway"
	"gatehouse/internal/jobs"
	"gatehouse/internal/keyring"
	"gatehouse/internal/leaks"
	"gatehouse/internal/limit"
	"gatehouse/internal/mail"
	"gatehouse/internal/mock"
	"gatehouse/internal/openid"
	"gatehouse/internal/passkey"
	"gatehouse/internal/portal"
	"gatehouse/internal/publish"
	"gatehouse/internal/session"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/views/dev"
)

// Options are what tests and the demo set beside the configuration.
type Options struct {
	Clock   clock.Clock // nil is the system's
	Log     *slog.Logger
	Mailbox *mail.Mailbox // takes all mails instead of a server
	// Reader is the command that reads documents in a child process; nil is this program's.
	Reader []string
	// ImportWait is how long an upload is waited for before its progress is shown; 0 is web.ImportWait.
	ImportWait time.Duration
	// Version of the program, as operators see it beside the others'.
	Version string
	// KeyFirst says that the key was made before the database, as the demo's is.
	KeyFirst bool
}

// App is a whole server.
type App struct {
	Portal   *portal.Portal
	Store    *store.Store
	Keys     *keyring.Keyring
	Gateway  *gateway.Gateway
	Usage    *usage.Usage
	Jobs     *jobs.Jobs
	Mailbox  *mail.Mailbox // nil outside of tests and the demo
	Publish  *publish.Publisher
	Sessions *session.Store

	PortalURL, GatewayURL, OpsURL *url.URL

	composer  *mail.Composer
	config    config.Checked
	clock     clock.Clock
	log       *slog.Logger
	web       *web.Web
	api       *api.API
	listeners listeners
	closers   []func() error
	witness   witness
	calls     *callCounter
	sightings sightings
	noted     useNoted
	checked   identityChecks
	begun     time.Time
}

type listeners struct{ portal, gateway, ops net.Listener }

// New opens everything and starts nothing. Close must follow where Run does not.
func New(ctx context.Context, c config.Checked, o Options) (*App, error) {
	a := &App{config: c, clock: o.Clock, log: o.Log, Mailbox: o.Mailbox}
	if a.clock == nil {
		a.clock = clock.System
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	a.begun = a.clock.Now()
	for _, step := range []func(context.Context, Options) error{
		a.lock, a.listen, a.keepPrivate, a.openStore, a.openUsage, a.openGateway, a.openPortal,
	} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	return a, nil
}

// Close releases what New opened, the last first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(fn func() error) { a.closers = append(a.closers, fn) }

func (a *App) lock(context.Context, Options) error {
	unlock, err := Lock(a.config)
	if err == nil {
		a.onClose(unlock)
	}
	return err
}

func (a *App) listen(context.Context, Options) error {
	for _, l := range []struct {
		into              *net.Listener
		variable, address string
	}{
		{&a.listeners.portal, "GATEHOUSE_PORTAL_ADDR", a.config.PortalAddr},
		{&a.listeners.gateway, "GATEHOUSE_GATEWAY_ADDR", a.config.GatewayAddr},
		{&a.listeners.ops, "GATEHOUSE_OPS_ADDR", a.config.OpsAddr},
	} {
		opened, err := listen(l.variable, l.address)
		if err != nil {
			return err
		}
		*l.into = opened
		a.onClose(func() error { _ = opened.Close(); return nil }) // its server has closed it, in the best case
	}
	a.PortalURL = origin(a.config.Portal, a.listeners.portal, a.config.PortalTLSCert != "")
	a.GatewayURL = origin(a.config.Gateway, a.listeners.gateway, a.config.GatewayTLSCert != "")
	a.OpsURL = &url.URL{Scheme: "http", Host: a.listeners.ops.Addr().String()}
	return nil
}

func (a *App) openStore(ctx context.Context, o Options) error {
	if !o.KeyFirst {
		if err := NotLost(ctx, a.config); err != nil {
			return err
		}
	}
	s, err := store.Open(ctx, a.storeOptions())
	if err != nil {
		return err
	}
	a.Store = s
	a.onClose(s.Close)
	if err := s.CheckDurability(ctx); err != nil {
		return err
	}
	v, err := openVault(ctx, a.config, s)
	if err != nil {
		return err
	}
	a.Keys = keyring.New(s, v)
	if err := a.Keys.Open(ctx); err != nil {
		return err
	}
	return keepRPID(ctx, s, a.rpID())
}

func (a *App) storeOptions() store.Options {
	return StoreOptions(a.config, a.clock)
}

// StoreOptions say where the records are, also for commands beside a server.
func StoreOptions(c config.Checked, clk clock.Clock) store.Options {
	return store.Options{URL: c.Database, Owner: c.DatabaseOwner, Schema: c.DatabaseSchema, Relaxed: c.Demo, Clock: clk}
}

func (a *App) rpID() string {
	if a.config.RPID != "" {
		return a.config.RPID
	}
	return a.PortalURL.Hostname()
}

func (a *App) openUsage(ctx context.Context, _ Options) error {
	if err := usage.Migrate(ctx, UsageOptions(a.config)); err != nil {
		return err
	}
	u, err := usage.Open(ctx, usageDSN(a.config), filepath.Join(a.config.Dir, "spool"), a.clock)
	if err != nil {
		return err
	}
	a.Usage = u
	a.onClose(u.Close)
	return nil
}

// UsageOptions say where usage is kept: a SQLite file of its own, or PostgreSQL
// beside the records, in their schema.
func UsageOptions(c config.Checked) store.Options {
	o := StoreOptions(c, nil)
	if !o.Postgres() {
		o.URL = filepath.Join(c.Dir, "usage.db")
	}
	return o
}

// usageDSN is UsageOptions for the runtime role, in one text.
func usageDSN(c config.Checked) string {
	o := UsageOptions(c)
	u, err := url.Parse(o.URL)
	if err != nil || !o.Postgres() || o.Schema == "" {
		return o.URL
	}
	q := u.Query()
	q.Set("search_path", `"`+strings.ReplaceAll(o.Schema, `"`, `""`)+`"`)
	u.RawQuery = q.Encode()
	return u.String()
}

func (a *App) openGateway(ctx context.Context, o Options) error {
	a.config.Egress = a.config.Guarded(a.PortalURL, a.GatewayURL)
	limiter := limit.NewMemory(a.clock.Now())
	if err := a.Usage.Folder.Flush(ctx); err != nil {
		return fmt.Errorf("folding what the last run left in the spool: %w", err)
	}
	used, err := a.quotas(ctx)
	if err != nil {
		return err
	}
	limiter.Restore(used, a.clock.Now())
	a.calls = newCallCounter(a.Usage.Spool)
	a.sightings.queue = make(chan gateway.Sighting, sightingsKept)
	a.Gateway = gateway.New(gateway.Config{
		PortalURL: a.PortalURL.String(), Origins: []string{a.PortalURL.String()}, Clock: a.clock, Limiter: limiter,
		Meter: a.calls, Sightings: a.sightings.tell, Dial: a.config.Egress.DialContext, TrustedProxies: a.config.TrustedProxies,
		StaleMax: a.config.StaleMax, Log: a.log, Mocker: mock.New(a.described),
	})
	a.Publish = publish.New(a.Store, a.Keys, a.Gateway, a.clock, a.log)
	host, err := os.Hostname()
	if err != nil {
		host = "" // it is shown, and nothing else
	}
	a.Publish.Name(host, cmp.Or(o.Version, "devel"))
	return a.Publish.Load(ctx)
}

func (a *App) openPortal(ctx context.Context, o Options) error {
	keys, err := passkey.New(passkey.Config{RPID: a.rpID(), RPName: "Gatehouse", Origins: []string{a.PortalURL.String()}}, a.clock)
	if err != nil {
		return err
	}
	if a.Sessions, err = session.New(sessionRows{a.Store}, session.DefaultLimits(), a.clock); err != nil {
		return err
	}
	reader, err := documentReader(o.Reader)
	if err != nil {
		return err
	}
	a.Portal = portal.New(portal.Deps{
		Store: a.Store, Keys: a.Keys, Passkeys: keys, Clock: a.clock, Reader: reader, Upstreams: &a.config.Egress, Fetch: fetch.New(&a.config.Egress), OpenID: openid.New(&a.config.Egress, a.PortalURL.String(), a.clock), Usage: a.Usage.Reader, Records: resolver(a.config.DNS),
		Hosts: a.Publish, OwnNames: []string{a.PortalURL.Hostname(), a.GatewayURL.Hostname(), a.rpID()}, Local: a.config.Demo,
		SupportBreaksGlass: a.config.BreakGlass == "staff",
		Checkpoints:        func(ctx context.Context) ([]audit.Checkpoint, error) { return readCheckpoints(ctx, a.config, a.Keys) },
		StaffDeviceBound:   a.config.StaffDeviceBound,
		Origin:             a.PortalURL.String(), Dir: a.config.Dir,
	})
	if err := a.openJobs(ctx); err != nil {
		return err
	}
	a.onClose(a.signAtStop)
	a.Portal.Jobs.Wire(a.Jobs)
	a.Portal.Installation.Wire(a.configured(), a.conditions)
	a.Store.Wire(a.Keys, a.Jobs, a.Publish.Await)
	a.web = &web.Web{Portal: a.Portal, Sessions: a.Sessions, Clock: a.clock, Gateway: a.GatewayURL, Origin: a.PortalURL, Demo: a.config.Demo,
		Letters: mail.NewExamples(a.composer, a.config.MailFrom, a.clock),
		Tester:  web.NewGatewayTester(a.GatewayURL, a.clock), ImportWait: cmp.Or(o.ImportWait, web.ImportWait)}
	if a.Mailbox != nil {
		a.web.Mails = a.letters
	}
	a.api = &api.API{Portal: a.Portal, Clock: a.clock, Origin: a.PortalURL, Gateway: a.GatewayURL, Scanners: a.scanners()}
	return nil
}

// scanners are who may report tokens that were found in public.
func (a *App) scanners() api.Scanners {
	s := api.Scanners{Others: a.config.LeakSecrets}
	if keys := a.config.GitHubKeys; keys != "" && keys != config.NoKeys {
		client := &http.Client{Transport: &http.Transport{DialContext: a.config.Egress.DialContext, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute}}
		s.GitHub = leaks.NewGitHub(keys, client, a.clock)
	}
	return s
}

// letters are what the demo's mailbox shows.
func (a *App) letters() []dev.Letter {
	var out []dev.Letter
	for _, m := range a.Mailbox.Messages() {
		out = append(out, dev.Letter{To: m.To, Subject: m.Subject, Text: m.Text, Link: m.Link, At: m.At})
	}
	return out
}

// documentReader reads documents in a child process of this very program.
func documentReader(command []string) (*spec.Reader, error) {
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program's file: %w", err)
		}
		command = []string{self, ReadDocument}
	}
	return spec.NewReader(command...), nil
}

// ReadDocument is the hidden subcommand of a child process that reads a document.
const ReadDocument = "read-document"
