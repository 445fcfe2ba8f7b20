package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gatehouse/static"
)

// serveOps answers health, metrics and profiles on a listener of their own (R145)
// until ctx ends. The process is ready while serving has not ended.
func (a *App) serveOps(ctx, serving context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { a.ready(serving, w, r) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /hosts/ask", a.askHost)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return serve(ctx, a.listeners.ops, nil, mux)
}

// askHost says to the proxy in front whether it may get a certificate for a name: 200 for
// a host that a tenant has proven, 404 for every other, the portal's own included. It asks
// no database, so it needs no limit.
func (a *App) askHost(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.Publish.Served(r.URL.Query().Get("domain")); !ok {
		http.Error(w, "no", http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte("yes\n"))
}

// ready says whether this process should get requests, and why not.
func (a *App) ready(serving context.Context, w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	checks := map[string]bool{
		"serving":  serving.Err() == nil, // false from the moment of the stop signal
		"database": a.Store.Ping(ctx) == nil,
		"gateway":  a.Gateway.Ready(),
		"assets":   static.Built(),
	}
	status := http.StatusOK
	for name, ok := range checks {
		if !ok && name != "assets" { // without them pages are plain, but work
			status = http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": status == http.StatusOK, "checks": checks, "warnings": a.warnings(), "stale_max": a.config.StaleMax.String()})
}

func (a *App) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gatehouse_" + name, Help: help}, value))
	}
	gauge("tokens_live", "Tokens that the gateway lets through.", func() float64 { return float64(a.Gateway.Tokens.Len()) })
	gauge("changes_applied", "Number of the last change that the gateway applied.", func() float64 { return float64(a.Publish.Applied()) })
	gauge("gateway_ready", "1 when calls are decided, 0 when all are refused.", func() float64 {
		if a.Gateway.Ready() {
			return 1
		}
		return 0
	})
	a.moreMetrics(r)
	r.MustRegister(refusals(a.Gateway.Refusals))
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}
