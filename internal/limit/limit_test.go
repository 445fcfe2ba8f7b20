package limit_test

import (
	"context"
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"gatehouse/internal/limit"
	"gatehouse/internal/limit/limittest"
)

func TestMemory(t *testing.T) {
	limittest.Run(t, func(_ *testing.T, now time.Time) limit.Limiter { return limit.NewMemory(now) })
}

// A quota survives a restart: what Used tells, or the usage log sums up, is restored.
func TestQuotaSurvivesARestart(t *testing.T) {
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	plan := &limit.Plan{Quota: limit.Quota{Calls: 10, Refill: limit.Refill{Period: limit.Day}}}
	subject := limit.Subject{1}
	before := limit.NewMemory(now)
	for range 7 {
		_, _ = before.Take(context.Background(), subject, limit.Part{}, plan, now)
	}
	used := before.Used(now)
	if len(used) != 1 || used[0].Calls != 7 || !used[0].Day.Equal(time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("used %+v", used)
	}
	for name, tt := range map[string]struct {
		used []limit.Used
		now  time.Time
		left int64
	}{
		"on the same day":               {used, now.Add(time.Hour), 2},
		"told twice, counted once":      {append(used, used...), now, 2},
		"on the next day it is over":    {used, now.AddDate(0, 0, 1), 9},
		"nothing was used":              {nil, now, 9},
		"more than the plan allows now": {[]limit.Used{{Subject: subject, Day: used[0].Day, Calls: 99}}, now, 0},
	} {
		t.Run(name, func(t *testing.T) {
			after := limit.NewMemory(tt.now)
			after.Restore(tt.used, tt.now)
			if r, _ := after.Take(context.Background(), subject, limit.Part{}, plan, tt.now); r.States[0].Remaining != tt.left {
				t.Errorf("%d left, want %d", r.States[0].Remaining, tt.left)
			}
		})
	}
}

// R130: only failures consume, by address, and by /64 for IPv6.
func TestFailures(t *testing.T) {
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	f := limit.NewFailures(3, time.Minute, now)
	for i, tt := range []struct {
		ip     string
		waits  bool
		reason string
	}{
		{"192.0.2.1", false, "first"}, {"192.0.2.1", false, "second"}, {"::ffff:192.0.2.1", false, "third, the same address written otherwise"},
		{"192.0.2.1", true, "fourth"}, {"192.0.2.2", false, "another address"},
		{"2001:db8::1", false, ""}, {"2001:db8::2", false, ""}, {"2001:db8::3", false, ""}, {"2001:db8::ffff", true, "same /64"}, {"2001:db8:0:1::1", false, "another /64"},
	} {
		if wait := f.Failed(netip.MustParseAddr(tt.ip), now); (wait > 0) != tt.waits {
			t.Errorf("%d: %s waits %v (%s)", i, tt.ip, wait, tt.reason)
		}
	}
	if wait := f.Failed(netip.MustParseAddr("192.0.2.1"), now.Add(20*time.Second)); wait > 0 {
		t.Error("a third of a minute later one more is allowed")
	}
}

// R135: any number of addresses costs a bounded amount of memory.
func TestFailuresAreBounded(t *testing.T) {
	now := time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)
	f := limit.NewFailures(3, time.Minute, now)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 400_000 {
		var a [16]byte
		a[0] = 0x20
		binary.BigEndian.PutUint32(a[4:], uint32(i))
		f.Failed(netip.AddrFrom16(a), now)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	runtime.KeepAlive(f)
}

func BenchmarkTake(b *testing.B) {
	now := time.Now()
	m := limit.NewMemory(now)
	plan := &limit.Plan{Rates: []limit.Rate{{Calls: 1e9, Window: time.Second}, {Calls: 1e9, Window: time.Hour, PerToken: true}}, Quota: limit.Quota{Calls: 1e12, Refill: limit.Refill{Period: limit.Month, Day: 15}}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			_, _ = m.Take(context.Background(), limit.Subject{15: byte(i)}, limit.Part{15: byte(i)}, plan, now)
		}
	})
}
