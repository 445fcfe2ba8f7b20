package usage

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"time"
)

// Histogram counts durations in logarithmic buckets that are the same everywhere,
// so that two are merged by adding. Below 16 µs a bucket is one microsecond wide,
// above it a sixteenth of its power of two: a quantile is off by at most 1/32.
// The zero Histogram is empty.
type Histogram struct {
	buckets []bucket // ascending
}

type bucket struct {
	at uint16
	n  uint64
}

const subBuckets = 16

// bucketOf is the bucket of a number of microseconds.
func bucketOf(us uint32) uint16 {
	if us < subBuckets {
		return uint16(us)
	}
	e := bits.Len32(us) - 5
	return uint16(e*subBuckets + int(us>>e))
}

// middle is the middle of a bucket, in microseconds; the inverse of bucketOf.
func middle(at uint16) float64 {
	if at < 2*subBuckets {
		return float64(at)
	}
	e := int(at)/subBuckets - 1
	low := uint64(int(at)-e*subBuckets) << e
	return float64(low) + float64(uint64(1)<<e-1)/2
}

// Add counts d, at most 71 minutes.
func (h *Histogram) Add(d time.Duration) { h.add(bucketOf(micros32(d)), 1) }

func (h *Histogram) add(at uint16, n uint64) {
	i, found := slices.BinarySearchFunc(h.buckets, at, func(b bucket, at uint16) int { return int(b.at) - int(at) })
	if found {
		h.buckets[i].n += n
		return
	}
	h.buckets = slices.Insert(h.buckets, i, bucket{at, n})
}

// Merge adds what o has counted.
func (h *Histogram) Merge(o *Histogram) {
	if len(h.buckets) == 0 {
		h.buckets = slices.Clone(o.buckets)
		return
	}
	for _, b := range o.buckets {
		h.add(b.at, b.n)
	}
}

// Count is how many durations were added.
func (h *Histogram) Count() (n uint64) {
	for _, b := range h.buckets {
		n += b.n
	}
	return n
}

// Quantile is the duration that a share q (0 to 1) of all do not exceed; 0 when empty.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(max(math.Ceil(q*float64(h.Count())), 1)) - 1
	for i, b := range h.buckets {
		if rank < b.n || i == len(h.buckets)-1 {
			return time.Duration(middle(b.at) * float64(time.Microsecond))
		}
		rank -= b.n
	}
	return 0
}

// append writes h as number of buckets and, for each, its distance from the one
// before and its count, all varints.
func (h *Histogram) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(h.buckets)))
	last := uint16(0)
	for _, k := range h.buckets {
		b = binary.AppendUvarint(b, uint64(k.at-last))
		b = binary.AppendUvarint(b, k.n)
		last = k.at
	}
	return b
}
