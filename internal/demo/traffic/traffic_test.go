package traffic_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/demo/traffic"
)

var now = time.Date(2026, 11, 23, 16, 41, 52, 0, time.FixedZone("", 3600)) // a Monday

func profiles(perDay float64) []traffic.Profile {
	read := traffic.Mix{API: "equipment", Version: "v2", Operation: "GET /spreaders", Weight: 9}
	write := traffic.Mix{API: "equipment", Version: "v2", Operation: "PUT /cranes/{crane_id}/target", Weight: 1, Paths: []string{"/cranes/STS-3/target"}}
	addresses := []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("198.51.100.24")}
	return []traffic.Profile{
		{Ref: "office", PerDay: perDay, Shape: traffic.Office, Mix: []traffic.Mix{read, write}, Missing: 0.05, Failing: 0.02, Addresses: addresses, Agents: []string{"eta-worker/1.8"}, Live: true,
			Incidents: []traffic.Incident{{Mix: write, Ago: 2 * time.Hour, For: time.Hour, PerHour: 60, Status: 403, Outcome: "insufficient_scope"}}},
		{Ref: "night", PerDay: perDay, Shape: traffic.Night, Mix: []traffic.Mix{read}, Addresses: addresses},
		{Ref: "ended", PerDay: perDay, Shape: traffic.Steady, Mix: []traffic.Mix{read}, Addresses: addresses, UntilDays: 10},
		{Ref: "shop", PerDay: perDay, Shape: traffic.Shop, Mix: []traffic.Mix{read}, Addresses: addresses, FromDays: 5},
	}
}

func TestHistoryIsInOrderAndInTime(t *testing.T) {
	last := now.AddDate(0, 0, -traffic.Days).Truncate(time.Minute)
	for c := range traffic.History(now, profiles(500), 300_000) {
		if c.At.Before(last) || !c.At.Before(now) {
			t.Fatalf("%v comes after %v", c.At, last)
		}
		last = c.At
		switch ago := now.Sub(c.At).Hours() / 24; {
		case c.Ref == "ended" && ago < 9.99, c.Ref == "shop" && ago > 5.01:
			t.Fatalf("%s called %v days ago", c.Ref, ago)
		case c.Ref == "night" && (c.At.Hour() != 2 || c.At.Minute() < 10 || c.At.Minute() >= 30):
			t.Fatalf("night called at %v", c.At)
		}
		if c.Status == 0 || c.Took <= 0 || c.Outcome == "" || !c.ClientIP.IsValid() || !strings.HasPrefix(c.Path, "/") {
			t.Fatalf("incomplete: %+v", c)
		}
	}
}

func TestHistoryHasTheRhythmAndTheShares(t *testing.T) {
	count := map[string]int{}
	for c := range traffic.History(now, profiles(2000), 300_000) {
		if c.Ref != "office" {
			continue
		}
		count["all"]++
		switch {
		case c.Outcome == "insufficient_scope":
			count["refused"]++
		case c.Status == 404 || c.Status == 400:
			count["missing"]++
		case c.Status >= 500:
			count["failing"]++
		case strings.HasPrefix(c.Operation, "PUT"):
			count["writes"]++
		}
		switch {
		case c.At.Weekday() == time.Sunday:
			count["sunday"]++
		case c.At.Weekday() == time.Tuesday && c.At.Hour() == 10:
			count["morning"]++
		case c.At.Weekday() == time.Tuesday && c.At.Hour() == 3:
			count["night"]++
		case c.At.Weekday() == time.Tuesday:
			count["tuesday"]++
		}
	}
	share := func(name string) float64 { return float64(count[name]) / float64(count["all"]) }
	if share("missing") < 0.04 || share("missing") > 0.06 || share("failing") < 0.013 || share("failing") > 0.027 {
		t.Errorf("errors: %v", count)
	}
	if share("writes") < 0.07 || share("writes") > 0.11 || count["refused"] < 30 || count["refused"] > 90 {
		t.Errorf("mix: %v", count)
	}
	if count["morning"] < 4*count["night"] || 2*count["sunday"] > count["tuesday"] {
		t.Errorf("rhythm: %v", count)
	}
}

func TestHistoryIsTheSameEveryTime(t *testing.T) {
	read := func() (calls []traffic.Call) {
		for c := range traffic.History(now, profiles(100), 300_000) {
			calls = append(calls, c)
		}
		return calls
	}
	a, b := read(), read()
	if len(a) == 0 || len(a) != len(b) {
		t.Fatal(len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("call %d: %+v, %+v", i, a[i], b[i])
		}
	}
}

func TestHistoryIsThinnedEvenlyToItsLimit(t *testing.T) {
	n, last := 0, time.Time{}
	for c := range traffic.History(now, profiles(20_000), 50_000) {
		n, last = n+1, c.At
	}
	if n > 50_000 || n < 45_000 {
		t.Errorf("%d calls", n)
	}
	if now.Sub(last) > 10*time.Minute {
		t.Errorf("the last call is of %v: cut at the end rather than thinned", last)
	}
}

func TestHistoryStopsWhenAskedTo(t *testing.T) {
	for range traffic.History(now, profiles(100), 300_000) {
		break
	}
}

func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		n := 0
		for range traffic.History(now, profiles(20_000), 300_000) {
			n++
		}
		b.ReportMetric(float64(n), "calls/op")
	}
}

func TestLiveCallsUntilItIsStopped(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	enough := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+r.UserAgent()]++
		seen["all"]++
		if seen["all"] == 40 {
			close(enough)
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	l := &traffic.Live{
		Profiles: profiles(100), Least: 2000, Most: 2000,
		Secret: func(ref string) (string, bool) { return "secret-of-" + ref, true },
		Request: func(_ string, m traffic.Mix, n uint64, wrong bool) (traffic.Request, bool) {
			method, path, _ := strings.Cut(m.Operation, " ")
			return traffic.Request{Method: method, URL: server.URL + strings.ReplaceAll(path, "{crane_id}", "STS-3")}, !wrong
		},
	}
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	<-enough
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if answered, failed := l.Sent(); answered < 40 || failed != 0 {
		t.Errorf("%d answered, %d failed", answered, failed)
	}
	mu.Lock()
	defer mu.Unlock()
	if seen["GET /spreaders Bearer secret-of-office eta-worker/1.8"] == 0 {
		t.Errorf("seen: %v", seen)
	}
}
