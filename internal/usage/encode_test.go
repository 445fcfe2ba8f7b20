package usage

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"

	"pgregory.net/rapid"
)

func drawRecord(t *rapid.T) gateway.Record {
	text := func(most int) string { return rapid.StringOfN(rapid.Rune(), 0, -1, most).Draw(t, "text") }
	r := gateway.Record{
		Start:     time.UnixMicro(rapid.Int64Range(0, 1<<51).Draw(t, "start")).UTC(),
		Took:      time.Duration(rapid.Uint32().Draw(t, "took")) * time.Microsecond,
		Upstream:  time.Duration(rapid.Uint32().Draw(t, "upstream")) * time.Microsecond,
		Operation: text(maxText), Method: text(20), Path: text(maxLong), Refusal: text(maxLong), Outcome: text(30),
		RequestID: text(maxText), UserAgent: text(maxText),
		Status:   rapid.IntRange(0, 999).Draw(t, "status"),
		Admitted: rapid.Bool().Draw(t, "admitted"), Try: rapid.Bool().Draw(t, "try"), Mock: rapid.Bool().Draw(t, "mock"),
		Price:    rapid.Int64Range(0, 1<<16-1).Draw(t, "price"),
		BytesIn:  rapid.Int64Range(0, 1<<62).Draw(t, "in"),
		BytesOut: rapid.Int64Range(0, 1<<62).Draw(t, "out"),
	}
	for _, id := range []*[16]byte{&r.API, &r.Version, &r.Token, &r.Subscription, &r.Team, &r.Home} {
		copy(id[:], rapid.SliceOfN(rapid.ByteMax(2), 16, 16).Draw(t, "id"))
	}
	ip := rapid.SampledFrom([]string{"", "203.0.113.7", "2001:db8::1", "::"}).Draw(t, "ip")
	if ip != "" {
		r.ClientIP = netip.MustParseAddr(ip)
	}
	return r
}

func TestARecordComesBackAsItWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t)
		copy(r.Tenant[:], "tenant")
		room := make([]byte, maxFrame)
		n := putFrame(room, &r)
		body, size, err := frame(room)
		if err != nil || size != n || n%8 != 0 {
			t.Fatalf("frame of %d bytes: %d, %v", n, size, err)
		}
		var got gateway.Record
		if err := getBody(body, &got, interner{}.text); err != nil || !reflect.DeepEqual(got, r) {
			t.Fatalf("%v\n%+v\n%+v", err, got, r)
		}
		room[frameHead+3] ^= 1
		if _, size, err := frame(room); !errors.Is(err, errTorn) || size != n {
			t.Fatalf("a changed byte: %d, %v", size, err)
		}
	})
}

func TestABlockComesBackAsItWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(drawRecord), 0, 30).Draw(t, "records")
		tenant := id('t', 3)
		for i := range records {
			records[i].Tenant = tenant
		}
		oldestFirst(records)
		packed, err := packBlock(records)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpackBlock(tenant, packed)
		if err != nil || !slices.EqualFunc(got, records, func(a, b gateway.Record) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("%v\n%+v\n%+v", err, got, records)
		}
	})
}

func FuzzFrame(f *testing.F) {
	room := make([]byte, maxFrame)
	f.Add(room[:putFrame(room, call())])
	f.Fuzz(func(t *testing.T, b []byte) {
		if body, size, err := frame(b); err == nil {
			if size > len(b) {
				t.Fatalf("%d of %d bytes", size, len(b))
			}
			var r gateway.Record
			_ = getBody(body, &r, interner{}.text)
		}
		var r gateway.Record
		_ = getBody(b, &r, interner{}.text)
	})
}

func FuzzBlock(f *testing.F) {
	packed, err := packBlock([]gateway.Record{*call(), *call()})
	must(f, err)
	f.Add(packed)
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = unpackBlock(none, b) })
}

// A power failure may leave a record whose bytes are not those that were written:
// it is left out, and those behind it still count.
func TestADamagedRecordCostsOnlyItself(t *testing.T) {
	ctx, dir, db := context.Background(), t.TempDir(), dsn(t, "")
	spool, err := OpenSpool(dir, slog.New(slog.DiscardHandler))
	must(t, err)
	for range 3 {
		spool.Record(call())
	}
	var path string
	for _, s := range spool.pending() {
		if b := s.mem[segmentHead:s.to]; len(b) > 0 && path == "" {
			path = s.path
			b[frameHead+1] ^= 0x40
		}
	}
	must(t, spool.Close())
	u := open(t, db, dir, clock.NewManual(noon))
	must(t, u.Folder.Flush(ctx))
	s, err := u.Series(ctx, acme, Filter{}, LastHour)
	must(t, err)
	if s.Total.Calls != 2 || u.Spool.Torn() != 1 {
		t.Errorf("%d calls counted, %d torn; want 2 and 1", s.Total.Calls, u.Spool.Torn())
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the segment is still there: %v", err)
	}
}

// SECURITY §4, disk full: records wait in memory within a bound, what is beyond is
// counted, and the disk is used again when it can be.
func TestWithoutDiskRecordsWaitInMemory(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	var log bytes.Buffer
	spool, err := OpenSpool(dir, slog.New(slog.NewTextHandler(&log, nil)))
	must(t, err)
	file := dsn(t, "")
	db, err := openDatabase(ctx, file)
	must(t, err)
	u := &Usage{spool, newFolder(spool, db, clock.NewManual(noon), spool.log), &Reader{db, clock.NewManual(noon)}, db}
	defer func() { must(t, u.Close()) }()
	size := frameSize(putBody(make([]byte, maxFrame), call()))
	spool.memory = 10 * size
	for i := range spool.shards { // as where no segment could be made
		h := &spool.shards[i]
		must(t, h.live.close())
		h.live, h.spare = nil, nil
	}
	spool.size = 1 << 50 // nor can one
	spool.made.Store(1)
	most := uint64(10 * len(spool.shards))
	for range most + 2000 {
		spool.Record(call())
	}
	s, err := u.Series(ctx, acme, Filter{}, LastHour)
	must(t, err)
	if s.Total.Calls != 0 {
		t.Fatalf("%d calls counted before folding", s.Total.Calls)
	}
	must(t, db.close()) // a fold that fails keeps them
	if err := u.Folder.Flush(ctx); err == nil {
		t.Fatal("folding into a closed database worked")
	}
	must(t, db.connect(file))
	kept := most + 2000 - spool.Dropped()
	if kept == 0 || kept > most {
		t.Errorf("%d records kept, want at most %d", kept, most)
	}
	spool.size = segmentSize
	spool.made.Store(0)
	must(t, u.Folder.Flush(ctx))
	spool.Record(call())
	if len(spool.pending()) != len(spool.shards) {
		t.Error("the disk is not used again")
	}
	must(t, u.Folder.Flush(ctx))
	s, err = u.Series(ctx, acme, Filter{}, LastHour)
	must(t, err)
	if s.Total.Calls != kept+1 {
		t.Errorf("%d calls counted, %d kept", s.Total.Calls, kept+1)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "on disk again") {
		t.Errorf("the log says it %d times: %s", n, log.String())
	}
}

func TestASpoolBelongsToOneProcess(t *testing.T) {
	dir := t.TempDir()
	spool, err := OpenSpool(dir, slog.New(slog.DiscardHandler))
	must(t, err)
	if _, err := OpenSpool(dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("opened twice: %v", err)
	}
	must(t, spool.Close())
	again, err := OpenSpool(dir, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, again.Close())
}
