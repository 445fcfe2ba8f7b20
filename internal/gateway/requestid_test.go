package gateway

import (
	"testing"
	"time"
)

// A request id says when its call began, to the millisecond; two are never the same.
func TestRequestID(t *testing.T) {
	seen := map[string]bool{}
	for i := range 10_000 {
		now := time.Date(2026, 11, 26, 13, 0, 0, i*123_457, time.UTC)
		id := RequestID(now)
		if at, ok := RequestTime(id); !ok || !at.Equal(now.Truncate(time.Millisecond)) || len(id) != requestIDLen || seen[id] {
			t.Fatalf("%s of %v: %v, %t", id, now, at, ok)
		}
		seen[id] = true
	}
	for _, id := range []string{"", "hello", "0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001", "zz98c1f27a3e7c119d2f5b7e01a4c001"} {
		if _, ok := RequestTime(id); ok {
			t.Errorf("%q is a request id", id)
		}
	}
}

// FuzzRequestTime: whatever stands in an address, nothing breaks.
func FuzzRequestTime(f *testing.F) {
	f.Add(RequestID(time.Unix(1, 0)))
	f.Add("")
	f.Add("ffffffffffffffffffffffffffffffff")
	f.Fuzz(func(t *testing.T, id string) {
		if at, ok := RequestTime(id); ok && at.Before(time.UnixMilli(0)) {
			t.Errorf("%q began %v", id, at)
		}
	})
}

// FuzzParseRefusal: what a record holds is read whatever it is.
func FuzzParseRefusal(f *testing.F) {
	f.Add(`{"after":12,"limits":[{"name":"minute","calls":600,"seconds":60}]}`)
	f.Add("{")
	f.Fuzz(func(_ *testing.T, text string) { ParseRefusal(text) })
}
