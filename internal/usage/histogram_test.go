package usage

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// PERFORMANCE §2: buckets are mergeable and a quantile is off by at most 1/32.
func TestQuantilesOfMergedHistogramsAreWithinTheirBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []uint32
		var merged cell
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			part := rapid.SliceOfN(rapid.OneOf(rapid.Uint32(), rapid.Uint32Max(1000), rapid.Uint32Max(2_000_000)), 0, 200).Draw(t, "part")
			var c cell
			for _, us := range part {
				c.Latency.Add(time.Duration(us) * time.Microsecond)
			}
			c.Status[2] = uint64(len(part))
			if err := merged.mergeFrom(c.append(nil)); err != nil {
				t.Fatal(err)
			}
			all = append(all, part...)
		}
		if int(merged.Latency.Count()) != len(all) || int(merged.Calls) != len(all) {
			t.Fatalf("%d of %d counted", merged.Latency.Count(), len(all))
		}
		if len(all) == 0 {
			return
		}
		slices.Sort(all)
		for _, q := range []float64{0, .5, .95, .99, 1} {
			exact := float64(all[max(int(ceil(q*float64(len(all)))), 1)-1])
			got := float64(merged.Latency.Quantile(q)) / float64(time.Microsecond)
			if off := abs(got - exact); off > exact/32 {
				t.Fatalf("quantile %v of %v: %v, exactly %v", q, all, got, exact)
			}
		}
	})
}

func ceil(f float64) float64 {
	if n := float64(int(f)); n < f {
		return n + 1
	}
	return f
}

func abs(f float64) float64 { return max(f, -f) }

func TestBucketsAscendWithoutGap(t *testing.T) {
	last := uint16(0)
	for us := uint64(0); us < 1<<32; us += us/64 + 1 {
		at := bucketOf(uint32(us))
		if at < last || at > last+1 {
			t.Fatalf("%d µs is in bucket %d, after %d", us, at, last)
		}
		if b := bucketOf(uint32(middle(at))); b != at {
			t.Fatalf("the middle of bucket %d is in %d", at, b)
		}
		last = at
	}
}

func FuzzCell(f *testing.F) {
	c := cellOf(call())
	f.Add(c.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c cell
		_ = c.mergeFrom(b) // never panics, whatever the database holds
	})
}
