package usage

import (
	"encoding/binary"
	"errors"
)

// Counts are the calls of some time.
type Counts struct {
	Calls    uint64
	Status   [6]uint64 // by hundreds of the status: [2] are the 2xx; [0] got no answer
	Refused  uint64    // by the gateway's checks, so they consumed no quota; also in Status
	Failed   uint64    // by the upstream or the gateway: 5xx, no answer, an answer that broke off; also in Status
	Unready  uint64    // of Refused, those that are Failed: the API could not be reached or checked
	Used     uint64    // of quotas: the calls that were not refused, each as often as it counts
	BytesIn  uint64
	BytesOut uint64
}

// Errors are the calls that ended with 4xx, 5xx or no answer.
func (c *Counts) Errors() uint64 { return c.Status[0] + c.Status[4] + c.Status[5] }

// Judged are the calls that say how an API is: not those that were refused for a
// reason of their caller's.
func (c *Counts) Judged() uint64 { return c.Calls - c.Refused + c.Unready }

// Add adds o.
func (c *Counts) Add(o *Counts) {
	c.Calls += o.Calls
	for i := range c.Status {
		c.Status[i] += o.Status[i]
	}
	c.Refused += o.Refused
	c.Failed += o.Failed
	c.Unready += o.Unready
	c.Used += o.Used
	c.BytesIn += o.BytesIn
	c.BytesOut += o.BytesOut
}

// cell is one subject in one minute, hour or day.
type cell struct {
	Counts
	Latency Histogram // as the caller waited, for calls that were not refused
}

func (c *cell) merge(o *cell) {
	c.Add(&o.Counts)
	c.Latency.Merge(&o.Latency)
}

// append writes c in varints, after a byte for the shape of the rest. Calls is
// the sum of Status, so it is left out; so are counts that are zero, by a mask.
// Most calls count as one, so Used is what it differs by from those not refused.
func (c *cell) append(b []byte) []byte {
	more := zigzag(int64(c.Used - (c.Calls - c.Refused)))
	fields := [...]uint64{c.Status[0], c.Status[1], c.Status[2], c.Status[3], c.Status[4], c.Status[5], c.Refused, c.BytesIn, c.BytesOut, more, c.Failed, c.Unready}
	mask := uint64(0)
	for i, v := range fields {
		if v != 0 {
			mask |= 1 << i
		}
	}
	b = append(b, cellShape)
	b = binary.AppendUvarint(b, mask)
	for _, v := range fields {
		if v != 0 {
			b = binary.AppendUvarint(b, v)
		}
	}
	return c.Latency.append(b)
}

const cellShape = 1

var errCell = errors.New("a usage cell is not readable: the database was written by a newer version, or is damaged")

// mergeFrom adds what append wrote.
func (c *cell) mergeFrom(b []byte) error {
	n, r, err := readCounts(b)
	if err != nil {
		return err
	}
	c.Add(&n)
	at := uint64(0)
	for range r.next() {
		at += r.next()
		n := r.next()
		if r.bad || at > 1<<15 {
			return errCell
		}
		c.Latency.add(uint16(at), n)
	}
	if r.bad || len(r.b) != 0 {
		return errCell
	}
	return nil
}

// readCounts reads the counts of a cell; the latencies are left.
func readCounts(b []byte) (c Counts, r varints, err error) {
	if len(b) == 0 || b[0] != cellShape {
		return c, r, errCell
	}
	r.b = b[1:]
	mask, more := r.next(), uint64(0)
	for i, at := range [...]*uint64{&c.Status[0], &c.Status[1], &c.Status[2], &c.Status[3], &c.Status[4], &c.Status[5], &c.Refused, &c.BytesIn, &c.BytesOut, &more, &c.Failed, &c.Unready} {
		if mask&(1<<i) != 0 {
			*at = r.next()
			if i < len(c.Status) {
				c.Calls += *at
			}
		}
	}
	c.Used = c.Calls - c.Refused + uint64(unzigzag(more))
	if r.bad {
		return c, r, errCell
	}
	return c, r, nil
}

// zigzag makes small numbers of either sign small ones without.
func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// varints reads unsigned varints, and is bad for good after one that is not there.
type varints struct {
	b   []byte
	bad bool
}

func (r *varints) next() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}
