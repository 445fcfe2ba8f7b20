package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/gateway"
)

// drain is how long a stop waits for requests under way (R146).
const drain = 25 * time.Second

// Run serves until ctx ends, or a part of it fails, and then stops in this order
// (R146): readiness is gone at once, and requests are answered all the same
// until balancers have seen it; then the listeners take no more and finish what
// is under way; then the jobs; then what counts the calls. The listener that
// tells how it goes is the last. Each step has an end.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()
	serving, failed := context.WithCancel(ctx)
	defer failed()
	start := func(parts ...func(context.Context) error) (stop func() error) {
		running, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var group errgroup.Group
		for _, part := range parts {
			group.Go(func() error {
				err := part(running)
				if err != nil {
					failed()
				}
				return err
			})
		}
		return func() error { cancel(); return group.Wait() }
	}
	stopOps := start(func(running context.Context) error { return a.serveOps(running, serving) })
	stopFeeding := start(a.kept("usage", a.Usage.Folder.Run), a.kept("publish", a.Publish.Run), a.kept("announce", a.Publish.Announce),
		a.kept("listen", a.Publish.Listen), a.kept("gateway", a.Gateway.Run), a.kept("sightings", a.watchSightings))
	stopJobs := start(a.Jobs.Run)
	stopListeners := start(a.servePortal, a.serveGateway)
	<-serving.Done()
	if ctx.Err() != nil {
		a.log.Info("stopping", "part", "app")
		<-time.After(a.config.DrainDelay)
	}
	return errors.Join(stopListeners(), stopJobs(), stopFeeding(), stopOps())
}

// kept is a part of the program that keep keeps.
func (a *App) kept(name string, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return keep(ctx, a.log, name, run) }
}

// restartAfter is how long a part that panicked rests before it runs again.
const restartAfter = time.Second

// keep runs a part of the program until it ends by itself, and again where it
// panicked: one bug must not end the process (R102). What the others rely on stays
// closed meanwhile: without the feed the gateway refuses everything after StaleMax.
func keep(ctx context.Context, log *slog.Logger, name string, run func(context.Context) error) error {
	for {
		panicked, err := recovered(ctx, log, name, run)
		if !panicked {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(restartAfter):
		}
	}
}

func recovered(ctx context.Context, log *slog.Logger, name string, run func(context.Context) error) (panicked bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			panicked = true
			log.ErrorContext(ctx, "a part of the program panicked; it is started again", "part", name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	return false, run(ctx)
}

func (a *App) servePortal(ctx context.Context) error {
	h := handlers.New(handlers.Options{
		Portal: a.PortalURL, Gateway: a.GatewayURL, TrustedProxies: a.config.TrustedProxies, Demo: a.config.Demo,
		Served: a.Publish.Served,
	}, a.web, a.api, &guard.Guard{Portal: a.Portal, Sessions: a.Sessions, Pace: guard.NewPace(a.clock)})
	config, err := certificate(a.config.PortalTLSCert, a.config.PortalTLSKey)
	if err != nil {
		return err
	}
	return serve(ctx, a.listeners.portal, config, h)
}

func (a *App) serveGateway(ctx context.Context) error {
	config, err := certificate(a.config.GatewayTLSCert, a.config.GatewayTLSKey)
	if err != nil {
		return err
	}
	s := gateway.NewServer(gateway.ServerConfig{TLS: config, Drain: drain}, a.Gateway)
	return s.Serve(ctx, a.listeners.gateway)
}

func certificate(cert, key string) (*tls.Config, error) {
	if cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// serve answers on l until ctx ends, then lets requests under way finish.
func serve(ctx context.Context, l net.Listener, config *tls.Config, h http.Handler) error {
	s := &http.Server{
		Handler: h, TLSConfig: config, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 2 * time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 32 << 10,
	}
	done := make(chan error, 1)
	go func() {
		if config != nil {
			done <- s.ServeTLS(l, "", "")
			return
		}
		done <- s.Serve(l)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(limited); err != nil {
		_ = s.Close() // what did not finish in time is cut
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
