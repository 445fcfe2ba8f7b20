package gateway

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// TokenKind says what a token is for.
type TokenKind uint8

// The kinds of tokens that call APIs.
const (
	AccessToken TokenKind = iota
	TryToken              // of a documentation page, 15 minutes
)

// TokenState says whether a token opens anything. One that does not is kept until
// its expiry, so that its use is noticed.
type TokenState uint8

// The states of tokens.
const (
	Live      TokenState = iota
	Waiting              // not approved yet
	Held                 // paused
	Revoked              // for good
	Replaced             // another took its place
	Ownerless            // its owner left
)

// outcome of a call with such a token, in records; the answer is the same for all.
var outcomes = [...]string{Waiting: "token_pending", Held: "token_paused", Revoked: "token_revoked", Replaced: "token_retired", Ownerless: "token_ownerless"}

// TokenRecord is what a token stands for.
type TokenRecord struct {
	ID      ID
	Tenant  ID
	Team    ID
	Owner   ID        // user
	Expires time.Time // whole seconds count; the moment itself is after the end
	Kind    TokenKind
	State   TokenState
	Leaving bool    // when it expires, another took its place
	Ruled   bool    // when it expires, a rule of its tenant holds it
	Rights  *Rights // shared between tokens; never nil in what Lookup returns
}

// Tokens holds the tokens that are not expired, with their state; expiry is
// compared at use (R15).
//
// It is an open-addressing table in many small segments, without pointers, so
// that ten million tokens cost the collector nothing: 49 bytes a slot, 56-62 a
// token. Digests are HMACs that nobody can choose, so 16 bytes of them are kept.
// The zero Tokens is empty and ready; all methods are safe for concurrent use.
type Tokens struct {
	segments [segments]segment
	holders  interned[holder]
	rights   interned[rightsKey]
	count    atomic.Int64
}

// holder is what the tokens of one person in one team share.
type holder struct{ tenant, team, owner ID }

const segments = 1 << 10

// slot is 48 bytes and holds no pointer.
type slot struct {
	digest  [16]byte
	id      ID
	holder  uint32
	rights  uint32
	expires uint32 // Unix seconds, until 2106
	kind    TokenKind
	state   TokenState
	leaving bool
	ruled   bool
}

// Put adds a token, or replaces what it stands for.
func (t *Tokens) Put(digest [32]byte, r TokenRecord) {
	s := slot{
		digest: [16]byte(digest[:16]), id: r.ID, kind: r.Kind, expires: seconds(r.Expires), state: r.State, leaving: r.Leaving, ruled: r.Ruled,
		holder: t.holders.add(holder{r.Tenant, r.Team, r.Owner}, nil),
		rights: t.rights.add(r.Rights.key(), r.Rights),
	}
	old, replaced := t.segment(digest).put(s)
	t.count.Add(s.live())
	if replaced {
		t.release(old)
		t.count.Add(-old.live())
	}
}

// live is 1 for a live token and 0 for any other.
func (s *slot) live() int64 {
	if s.state == Live {
		return 1
	}
	return 0
}

// Remove forgets a token: the next call with it is refused. It reports whether it was there.
func (t *Tokens) Remove(digest [32]byte) bool {
	old, found := t.segment(digest).remove([16]byte(digest[:16]))
	if found {
		t.release(old)
		t.count.Add(-old.live())
	}
	return found
}

// Lookup finds what a digest stands for. Whether it is expired is for the caller.
func (t *Tokens) Lookup(digest [32]byte) (r TokenRecord, found bool) {
	g := t.segment(digest)
	g.mu.RLock()
	defer g.mu.RUnlock()
	i := g.find([16]byte(digest[:16]))
	if i < 0 {
		return r, false
	}
	// While the slot is there its holder and rights are referenced, so they are
	// read under the segment's lock: after it their places may be reused.
	s := &g.slots[i]
	h := &t.holders.at(s.holder).key
	return TokenRecord{
		ID: s.id, Tenant: h.tenant, Team: h.team, Owner: h.owner, Kind: s.kind, State: s.state, Leaving: s.leaving, Ruled: s.ruled,
		Expires: time.Unix(int64(s.expires), 0), Rights: t.rights.at(s.rights).rights,
	}, true
}

// Len is how many tokens are live, expired ones that were not removed included.
func (t *Tokens) Len() int { return int(t.count.Load()) }

// How long an expired token stays in the table, so that its holder is told why it
// is refused. Try tokens are many, and nobody holds one.
const (
	expiredKept = 24 * time.Hour
	expiredTry  = 5 * time.Minute
)

// sweep takes out of one segment what expired long enough ago (R135).
func (t *Tokens) sweep(n int, now time.Time) {
	for _, s := range t.segments[n%segments].expired(now) {
		t.release(s)
		t.count.Add(-s.live())
	}
}

func (t *Tokens) release(s slot) {
	t.holders.release(s.holder)
	t.rights.release(s.rights)
}

func (t *Tokens) segment(digest [32]byte) *segment {
	return &t.segments[binary.LittleEndian.Uint16(digest[:])&(segments-1)]
}

func seconds(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), 1<<32-1))
}

// Rights of a token: what it may call and from where. The zero Rights open nothing.
type Rights struct {
	Grants   []Grant
	Prefixes []netip.Prefix // addresses that it may be used from; none is any
}

// Access is how much of a version a grant opens.
type Access uint8

// The accesses.
const (
	NoAccess Access = iota
	Read
	Write  // and read
	Custom // what Scopes and Operations name
)

// Grant of a token for one version.
type Grant struct {
	Version    ID
	Access     Access
	Scopes     []string // with Custom
	Operations []string // keys, with Custom
}

// interned keeps one copy of equal values, counted, addressed by a small number.
// Reading takes no lock; see Tokens.Lookup for why that is safe.
type interned[K comparable] struct {
	mu     sync.Mutex
	index  map[K]uint32
	free   []uint32
	size   uint32
	chunks atomic.Pointer[[]*[chunk]kept[K]]
}

const chunk = 1 << 10

type kept[K comparable] struct {
	key    K
	rights *Rights // of rights only
	refs   uint32
}

func (n *interned[K]) at(i uint32) *kept[K] { return &(*n.chunks.Load())[i/chunk][i%chunk] }

func (n *interned[K]) add(key K, rights *Rights) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i, ok := n.index[key]; ok {
		n.at(i).refs++
		return i
	}
	i := n.place()
	*n.at(i) = kept[K]{key, rights.clone(), 1}
	n.index[key] = i
	return i
}

func (n *interned[K]) place() uint32 {
	if n.index == nil {
		n.index = map[K]uint32{}
		n.chunks.Store(&[]*[chunk]kept[K]{})
	}
	if last := len(n.free) - 1; last >= 0 {
		i := n.free[last]
		n.free = n.free[:last]
		return i
	}
	i := n.size
	n.size++
	if all := *n.chunks.Load(); int(i/chunk) == len(all) {
		grown := append(all[:len(all):len(all)], new([chunk]kept[K]))
		n.chunks.Store(&grown)
	}
	return i
}

func (n *interned[K]) release(i uint32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.at(i)
	if k.refs--; k.refs == 0 {
		delete(n.index, k.key)
		*k = kept[K]{}
		n.free = append(n.free, i)
	}
}
