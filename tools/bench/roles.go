package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/egress"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
	"gatehouse/internal/usage"
)

// roles are the processes that bench starts of itself.
var roles = map[string]func(args []string) error{
	"upstream": upstreamRole,
	"authz":    authzRole,
	"gateway":  gatewayRole,
	"load":     loadRole,
}

// upstreamRole answers every GET with 1 KB of JSON, at as little cost as Go
// allows: it must not be what is measured.
func upstreamRole(args []string) error {
	ln, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	body := `{"berth":"` + strings.Repeat("x", 1012) + `"}`
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go serveRaw(c, answer)
	}
}

func serveRaw(c net.Conn, answer []byte) {
	defer c.Close() //nolint:errcheck // the benchmark is over
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) <= 2 {
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}
}

// authzRole says yes to everything, as a trivial service behind auth_request does.
func authzRole(args []string) error {
	return http.ListenAndServe(args[0], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("Gatehouse-Subject", "nobody")
		}
		w.WriteHeader(http.StatusNoContent)
	}))
}

// benchToken is the one that the load carries.
var benchToken = keys.Derive(keys.Access, "nq", [32]byte{1})

// gatewayRole is our gateway with a snapshot like a real one: 50 tenants, and in
// the one that is called a rich API, a plan with two rates and a quota, 10,000
// tokens; each call is written to a spool on the disk, which nobody counts up meanwhile.
func gatewayRole(args []string) error {
	listen, upstream, profile, dir := args[0], args[1], args[2], args[3]
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	allowed, err := egress.ParseAllowed(upstream)
	if err != nil {
		return err
	}
	spool, err := usage.OpenSpool(dir, slog.Default())
	if err != nil {
		return err
	}
	defer spool.Close() //nolint:errcheck // its records go with the benchmark
	policy := &egress.Policy{Allow: []egress.Allowed{allowed}}
	g := gateway.New(gateway.Config{
		PortalURL: "http://localhost:8080", Limiter: limit.NewMemory(clock.System.Now()), Meter: spool,
		Dial: policy.DialContext, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err := fill(g, "http://"+upstream); err != nil {
		return err
	}
	go refresh(ctx, g)
	go func() { _ = g.Run(ctx) }()
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	return gateway.NewServer(gateway.ServerConfig{Drain: time.Second}, g).Serve(ctx, ln)
}

// refresh stands for the change feed.
func refresh(ctx context.Context, g *gateway.Gateway) {
	for ctx.Err() == nil {
		g.SetFresh(clock.System.Now())
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}
