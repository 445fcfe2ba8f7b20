package gateway

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"time"
)

// segment is a table with linear probing. The tags, one byte a slot, let a
// search skip to the few slots that can match, so it may be filled to 7/8; it
// grows by a sixteenth, so it is never much emptier. Nothing is left behind by a
// removal: later slots of the run move up.
type segment struct {
	mu    sync.RWMutex
	tags  []uint8 // 0 is free
	slots []slot
	used  int
}

// home is where a digest would like to stand: its hash scaled to the size.
func (g *segment) home(digest *[16]byte) int {
	hi, _ := bits.Mul64(binary.BigEndian.Uint64(digest[4:12]), uint64(len(g.slots)))
	return int(hi)
}

func tagOf(digest *[16]byte) uint8 { return digest[13] | 1 }

// find returns the place of digest, or -1. The caller holds the lock.
func (g *segment) find(digest [16]byte) int {
	if g.used == 0 {
		return -1
	}
	tag := tagOf(&digest)
	for i := g.home(&digest); ; {
		switch g.tags[i] {
		case 0:
			return -1
		case tag:
			if g.slots[i].digest == digest {
				return i
			}
		}
		if i++; i == len(g.tags) {
			i = 0
		}
	}
}

func (g *segment) put(s slot) (old slot, replaced bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := g.find(s.digest); i >= 0 {
		old, g.slots[i] = g.slots[i], s
		return old, true
	}
	if g.used*8 >= len(g.slots)*7 {
		g.grow()
	}
	g.place(&s)
	g.used++
	return old, false
}

func (g *segment) place(s *slot) {
	i := g.home(&s.digest)
	for g.tags[i] != 0 {
		if i++; i == len(g.tags) {
			i = 0
		}
	}
	g.tags[i], g.slots[i] = tagOf(&s.digest), *s
}

func (g *segment) grow() {
	before := g.slots
	tags := g.tags
	size := len(before) + max(len(before)/16, 8)
	g.slots, g.tags = make([]slot, size), make([]uint8, size)
	for i := range before {
		if tags[i] != 0 {
			g.place(&before[i])
		}
	}
}

// expired removes and returns the slots that expired long enough ago.
func (g *segment) expired(now time.Time) (old []slot) {
	kept, try := seconds(now.Add(-expiredKept)), seconds(now.Add(-expiredTry))
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := 0; i < len(g.slots); {
		s := &g.slots[i]
		if g.tags[i] == 0 || s.expires > kept && (s.kind != TryToken || s.expires > try) {
			i++
			continue
		}
		gone, _ := g.take(s.digest)
		old = append(old, gone) // and look at what moved up to here
	}
	return old
}

func (g *segment) remove(digest [16]byte) (old slot, found bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.take(digest)
}

func (g *segment) take(digest [16]byte) (old slot, found bool) {
	hole := g.find(digest)
	if hole < 0 {
		return old, false
	}
	old, n := g.slots[hole], len(g.slots)
	for i := (hole + 1) % n; g.tags[i] != 0; i = (i + 1) % n {
		// A slot may move to the hole when its home is not between the two.
		if (i-g.home(&g.slots[i].digest)+n)%n >= (i-hole+n)%n {
			g.tags[hole], g.slots[hole] = g.tags[i], g.slots[i]
			hole = i
		}
	}
	g.tags[hole], g.slots[hole] = 0, slot{}
	g.used--
	return old, true
}
