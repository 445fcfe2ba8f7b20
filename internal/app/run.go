package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/handlers"
	"gatehouse/handlers/guard"
	"gatehouse/internal/gateway"
)

// drain is how long a stop waits for requests under way (R146).
const drain = 25 * time.Second

// Run serves until ctx ends, then finishes what is under way and closes
// everything: readiness first, then the listeners, then what they fed (R146).
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()
	serving, stopServing := errgroup.WithContext(ctx)
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	feeding := errgroup.Group{}
	feeding.Go(func() error { return a.Usage.Folder.Run(working) })
	feeding.Go(func() error { return a.Publish.Run(working) })
	feeding.Go(func() error { return a.Gateway.Run(working) })

	serving.Go(func() error { return a.servePortal(stopServing) })
	serving.Go(func() error { return a.serveGateway(stopServing) })
	serving.Go(func() error { return a.serveOps(stopServing) })
	serving.Go(func() error { return a.Jobs.Run(stopServing) })
	err = serving.Wait()
	stopWorking()
	return errors.Join(err, feeding.Wait(), a.Usage.Folder.Flush(context.WithoutCancel(ctx)))
}

func (a *App) servePortal(ctx context.Context) error {
	h := handlers.New(handlers.Options{
		Portal: a.PortalURL, Gateway: a.GatewayURL, TrustedProxies: a.config.TrustedProxies, Demo: a.config.Demo,
	}, a.web, a.api, &guard.Guard{Portal: a.Portal, Sessions: a.Sessions})
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
