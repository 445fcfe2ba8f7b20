package usage

import (
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"gatehouse/internal/gateway"
)

const (
	segmentSize = 4 << 20
	spoolMost   = 1 << 30  // bytes of segments, if nobody can fold them
	memoryMost  = 64 << 20 // bytes of records that wait in memory (SECURITY §4, disk full)
)

// Spool takes one record for each call of the gateway and keeps it until a
// Folder has counted it. A record is in the kernel's hands when Record returns:
// a killed process loses none, a power failure the last second.
//
// Where no segment can be made (disk full, no memory mapping) records wait in
// memory, at most 64 MiB of them; what finds no room there is dropped and
// counted. Segments are tried again by the Folder.
type Spool struct {
	dir    string
	size   int
	memory int // most bytes in the memory of one shard
	log    *slog.Logger
	lock   *os.File
	shards []shard

	dropped atomic.Uint64
	torn    atomic.Uint64
	failing atomic.Bool
	made    atomic.Int64 // segments on the disk
	closed  atomic.Bool

	mu   sync.Mutex
	full []*source // segments without room, and those of earlier runs
}

// shard is what one call at a time writes to. There are twice as many as
// processors, taken at random, so calls hardly ever meet.
type shard struct {
	mu      sync.Mutex
	live    *source
	at      int // next free byte of live
	spare   *segment
	memory  []byte
	scratch [maxFrame/8 + 1]uint64 // of words, for its alignment
	_       [64]byte               // a cache line between shards
}

// source is a segment as the Folder sees it.
type source struct {
	*segment        // nil for one of an earlier run
	path     string // of the file
	id       [16]byte
	end      int // of its records, once it is full
	done     int // how far the Folder has come: its own note, the database knows better
	synced   int // how far the Folder has had it written to the disk
}

// span is what of a source can be folded now.
type span struct {
	*source
	to   int
	full bool // nothing will follow
}

// OpenSpool opens the spool in dir, which only one process may do at a time, and
// finds what earlier processes left.
func OpenSpool(dir string, log *slog.Logger) (*Spool, error) {
	return openSpool(dir, log, segmentSize)
}

func openSpool(dir string, log *slog.Logger, size int) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the usage spool: %w", err)
	}
	n := 2 << bits.Len(uint(min(max(runtime.GOMAXPROCS(0), 2), 32)-1))
	s := &Spool{dir: dir, size: size, memory: memoryMost / n, log: log, shards: make([]shard, n)}
	var err error
	if s.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("lock the usage spool: %w", err)
	}
	if taken, err := lockFile(s.lock); err != nil {
		if taken {
			err = fmt.Errorf("another process uses the usage spool %s: stop it, or give this one a data directory of its own", dir)
		}
		return nil, errors.Join(err, s.lock.Close())
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+segmentExt))
	if err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	for _, path := range left {
		if id, ok := segmentID(path); ok {
			s.made.Add(1)
			s.full = append(s.full, &source{path: path, id: id, done: segmentHead})
		}
	}
	s.prepare()
	return s, nil
}

// Record keeps r. It takes about 0.15 µs, does not allocate and never fails: what
// can't be kept is counted, see Dropped. Long texts are cut.
func (s *Spool) Record(r *gateway.Record) {
	h := s.pick()
	defer h.mu.Unlock()
	if h.live == nil || s.size-h.at < maxFrame {
		s.turn(h)
	}
	if h.live != nil {
		h.at += putFrame(h.live.mem[h.at:h.at+maxFrame], r)
		return
	}
	scratch := unsafe.Slice((*byte)(unsafe.Pointer(&h.scratch)), maxFrame)
	n := putFrame(scratch, r)
	if s.closed.Load() || len(h.memory)+n > s.memory {
		s.dropped.Add(1)
		return
	}
	h.memory = append(h.memory, scratch[:n]...)
}

// pick returns a locked shard.
func (s *Spool) pick() *shard {
	at := int(rand.Uint32())
	for i := range s.shards {
		if h := &s.shards[(at+i)&(len(s.shards)-1)]; h.mu.TryLock() {
			return h
		}
	}
	h := &s.shards[at&(len(s.shards)-1)]
	h.mu.Lock()
	return h
}

// turn gives h, which is locked, its next segment. Mostly prepare has made it.
func (s *Spool) turn(h *shard) {
	s.retire(h)
	next := h.spare
	h.spare = nil
	if next == nil && !s.failing.Load() && !s.closed.Load() {
		next = s.make()
	}
	if next != nil {
		h.live = &source{segment: next, path: next.path, id: next.id, done: segmentHead}
		h.at = segmentHead
	}
}

// retire hands the full segment of h, which is locked, to the Folder.
func (s *Spool) retire(h *shard) {
	if h.live == nil {
		return
	}
	h.live.end = h.at
	s.mu.Lock()
	s.full = append(s.full, h.live)
	s.mu.Unlock()
	h.live, h.at = nil, 0
}

// make returns a new segment, or nil after saying why there is none.
func (s *Spool) make() *segment {
	var seg *segment
	err := fmt.Errorf("%d MiB of calls wait to be counted", spoolMost>>20)
	if s.made.Load()*int64(s.size) < spoolMost {
		seg, err = newSegment(s.dir, s.size)
	}
	if err != nil {
		if !s.failing.Swap(true) {
			s.log.Error("usage records wait in memory, and are lost if the process is killed", "err", err)
		}
		return nil
	}
	s.made.Add(1)
	if s.failing.Swap(false) {
		s.log.Info("usage records are kept on disk again")
	}
	return seg
}

// prepare makes the segments that will be needed next, so that calls don't wait
// for them.
func (s *Spool) prepare() {
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		need := h.spare == nil && (h.live == nil || h.at > s.size/2)
		h.mu.Unlock()
		if !need || s.closed.Load() {
			continue
		}
		seg := s.make()
		if seg == nil {
			return
		}
		h.mu.Lock()
		h.spare = seg
		if h.live == nil {
			s.turn(h)
		}
		h.mu.Unlock()
	}
}

// pending lists what can be folded, oldest first.
func (s *Spool) pending() (out []span) {
	s.mu.Lock()
	for _, f := range s.full {
		out = append(out, span{f, f.end, true})
	}
	s.mu.Unlock()
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		if h.live != nil {
			out = append(out, span{h.live, h.at, false})
		}
		h.mu.Unlock()
	}
	return out
}

// takeMemory empties the memory of all shards into one slice.
func (s *Spool) takeMemory() (all []byte) {
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		all = append(all, h.memory...)
		h.memory = nil
		h.mu.Unlock()
	}
	return all
}

// giveBack returns what takeMemory took and could not be folded.
func (s *Spool) giveBack(b []byte) {
	for i := 0; len(b) > 0 && i < len(s.shards); i++ {
		h := &s.shards[i]
		h.mu.Lock()
		room := s.memory - len(h.memory)
		n := 0
		for n < len(b) {
			_, size, err := frame(b[n:])
			if err != nil || n+size > room {
				break
			}
			n += size
		}
		h.memory = append(h.memory, b[:n]...)
		h.mu.Unlock()
		b = b[n:]
	}
	for len(b) > 0 {
		_, size, err := frame(b)
		if err != nil {
			return
		}
		s.dropped.Add(1)
		b = b[size:]
	}
}

// forget removes segments that are folded for good.
func (s *Spool) forget(done []*source) {
	if len(done) == 0 {
		return
	}
	s.mu.Lock()
	s.full = slices.DeleteFunc(s.full, func(f *source) bool { return slices.Contains(done, f) })
	s.mu.Unlock()
	for _, f := range done {
		var err error
		if f.segment != nil {
			err = f.close()
		}
		if err = errors.Join(err, os.Remove(f.path)); err != nil {
			s.log.Warn("a usage segment that is counted could not be removed", "err", err)
		}
		s.made.Add(-1)
	}
}

// sync brings the live segments to the disk, for a power failure. The lock is
// not held meanwhile; only the Folder closes segments, and it calls this.
func (s *Spool) sync() error {
	var errs []error
	for _, f := range s.pending() {
		if f.segment != nil && f.synced < f.to {
			f.synced = f.to
			errs = append(errs, f.segment.sync())
		}
	}
	return errors.Join(errs...)
}

// Dropped is the number of records lost since the start because neither disk nor
// memory had room.
func (s *Spool) Dropped() uint64 { return s.dropped.Load() }

// Failing reports whether records wait in memory, for want of a disk that takes them.
func (s *Spool) Failing() bool { return s.failing.Load() }

// Torn is the number of records that a power failure had damaged.
func (s *Spool) Torn() uint64 { return s.torn.Load() }

// Close lets the directory go. Records that nobody has folded stay in it. Later
// calls of Record are counted as dropped.
func (s *Spool) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	var errs []error
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		s.retire(h)
		if h.spare != nil {
			errs = append(errs, h.spare.close(), os.Remove(h.spare.path))
			h.spare = nil
		}
		h.mu.Unlock()
	}
	s.mu.Lock()
	for _, f := range s.full {
		if f.segment != nil {
			errs = append(errs, f.close())
		}
	}
	s.full = nil
	s.mu.Unlock()
	return errors.Join(append(errs, s.lock.Close())...)
}
