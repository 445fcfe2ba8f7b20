package gateway

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func digestOf(n uint64) [32]byte {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	return sha256.Sum256(b[:])
}

func recordOf(n uint64) TokenRecord {
	r := TokenRecord{Expires: time.Unix(int64(1e9+n%1e6), 0), Kind: TokenKind(n % 2), Rights: &Rights{Grants: []Grant{{Access: Access(n % 3)}}}}
	binary.LittleEndian.PutUint64(r.ID[:], n)
	binary.LittleEndian.PutUint64(r.Team[:], n%50)
	return r
}

// The table does what a map does, through any sequence of puts and removes.
func TestTokensLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, model := &Tokens{}, map[uint64]uint64{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			n, v := rapid.Uint64Range(0, 60).Draw(t, "token"), rapid.Uint64().Draw(t, "value")
			if rapid.Bool().Draw(t, "put") {
				table.Put(digestOf(n), recordOf(v))
				model[n] = v
			} else {
				_, there := model[n]
				if table.Remove(digestOf(n)) != there {
					t.Fatalf("removing %d", n)
				}
				delete(model, n)
			}
		}
		compare(t, table, model)
	})
}

// One segment, so that runs of slots meet and wrap.
func TestSegmentLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, model := &segment{}, map[[16]byte]uint32{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			n, v := rapid.Uint64Range(0, 40).Draw(t, "token"), rapid.Uint32().Draw(t, "value")
			d := digestOf(n)
			key := [16]byte(d[:16])
			if rapid.IntRange(0, 2).Draw(t, "put") > 0 {
				g.put(slot{digest: key, holder: v})
				model[key] = v
			} else {
				g.remove(key)
				delete(model, key)
			}
		}
		for n := range uint64(41) {
			d := digestOf(n)
			key := [16]byte(d[:16])
			want, there := model[key]
			if i := g.find(key); (i >= 0) != there || there && g.slots[i].holder != want {
				t.Fatalf("%d: found at %d, want %v %d", n, i, there, want)
			}
		}
		if g.used != len(model) {
			t.Fatalf("%d used, want %d", g.used, len(model))
		}
	})
}

func compare(t *rapid.T, table *Tokens, model map[uint64]uint64) {
	if table.Len() != len(model) {
		t.Fatalf("%d tokens, want %d", table.Len(), len(model))
	}
	for n, v := range model {
		got, found := table.Lookup(digestOf(n))
		want := recordOf(v)
		if !found || got.ID != want.ID || got.Team != want.Team || got.Kind != want.Kind || !got.Expires.Equal(want.Expires) ||
			got.Rights.Grants[0].Access != want.Rights.Grants[0].Access {
			t.Fatalf("%d is %+v, want %+v", n, got, want)
		}
	}
}

// Readers never see a token with the team or rights of another, while tokens come and go.
func TestTokensTogether(t *testing.T) {
	table, stop := &Tokens{}, make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for n := uint64(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if r, found := table.Lookup(digestOf(n % 200)); found {
					id := binary.LittleEndian.Uint64(r.ID[:])
					if binary.LittleEndian.Uint64(r.Team[:]) != id%50 || r.Rights.Grants[0].Access != Access(id%3) {
						t.Errorf("token %d has another's team or rights", id)
						return
					}
				}
			}
		})
	}
	for w := range uint64(2) {
		writers.Go(func() {
			for n := range uint64(20_000) {
				i := (n*7 + w*100) % 200
				table.Put(digestOf(i), recordOf(i+200*(n%5)))
				if n%3 == 0 {
					table.Remove(digestOf((i + 50) % 200))
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

// PERFORMANCE §1: at most 64 bytes a token.
func TestTokensMemory(t *testing.T) {
	const n = 400_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table := &Tokens{}
	for i := range uint64(n) {
		table.Put(digestOf(i), recordOf(i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	per := float64(after.HeapAlloc-before.HeapAlloc) / n
	t.Logf("%.1f bytes a token", per)
	if per > 64 {
		t.Errorf("%.1f bytes a token", per)
	}
	runtime.KeepAlive(table)
}

func TestRights(t *testing.T) {
	v, other := ID{1}, ID{2}
	r := &Rights{Grants: []Grant{{Version: v, Access: Custom, Scopes: []string{"a", "b"}, Operations: []string{"odd"}}}, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}}
	for name, tt := range map[string]struct {
		grant Grant
		op    Operation
		want  bool
	}{
		"no grant opens nothing":               {r.For(other), Operation{}, false},
		"a named operation":                    {r.For(v), Operation{Key: "odd", Write: true}, true},
		"all scopes of an operation are there": {r.For(v), Operation{Key: "x", Scopes: [][]string{{"a", "b"}}}, true},
		"a scope is missing":                   {r.For(v), Operation{Key: "x", Scopes: [][]string{{"a", "c"}}}, false},
		"one set of several is enough":         {r.For(v), Operation{Key: "x", Scopes: [][]string{{"a", "c"}, {"b"}}}, true},
		"an operation without scopes":          {r.For(v), Operation{Key: "x"}, false},
		"read opens reading":                   {Grant{Access: Read}, Operation{Scopes: [][]string{{"z"}}}, true},
		"read opens no writing":                {Grant{Access: Read}, Operation{Write: true}, false},
		"write opens both":                     {Grant{Access: Write}, Operation{}, true},
	} {
		if got := tt.grant.Opens(&tt.op); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for ip, want := range map[string]bool{"192.0.2.9": true, "::ffff:192.0.2.9": true, "192.0.3.1": false, "2001:db8::1": true, "2001:db9::1": false} {
		if r.From(netip.MustParseAddr(ip)) != want {
			t.Errorf("from %s is not %v", ip, want)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	table := &Tokens{}
	const n = 1_000_000
	digests := make([][32]byte, n)
	for i := range digests {
		digests[i] = digestOf(uint64(i))
		table.Put(digests[i], recordOf(uint64(i)))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, ok := table.Lookup(digests[i]); !ok {
			b.Fatal("lost")
		}
		if i += 7919; i >= n {
			i -= n
		}
	}
}
