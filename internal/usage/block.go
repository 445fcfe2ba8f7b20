package usage

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/gateway"
)

// blockRecords is the size of a full block of the request log.
const blockRecords = 4096

const blockShape = 3

// byTime is the order of the log: by start, then by request id.
func byTime(a, b *gateway.Record) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.RequestID, b.RequestID))
}

// packBlock writes records of one tenant, sorted by time, column by column and
// deflated: what repeats from call to call then costs next to nothing.
func packBlock(records []gateway.Record) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(records)))
	last := int64(0)
	for i := range records {
		at := records[i].Start.UnixMicro()
		b = binary.AppendUvarint(b, uint64(at-last))
		last = at
	}
	for _, column := range numbers {
		for i := range records {
			b = binary.AppendUvarint(b, column.get(&records[i]))
		}
	}
	for _, column := range texts {
		b = packTexts(b, records, column.get)
	}
	var out bytes.Buffer
	out.WriteByte(blockShape)
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("deflate a block of the request log: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("deflate a block of the request log: %w", err)
	}
	return out.Bytes(), nil
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return w
}}

// packTexts writes one column as the list of its different values and, for each
// record, its place in the list.
func packTexts(b []byte, records []gateway.Record, get func(*gateway.Record) string) []byte {
	places := map[string]uint64{}
	var list []byte
	which := make([]byte, 0, len(records))
	for i := range records {
		v := get(&records[i])
		at, known := places[v]
		if !known {
			at = uint64(len(places))
			places[v] = at
			list = binary.AppendUvarint(list, uint64(len(v)))
			list = append(list, v...)
		}
		which = binary.AppendUvarint(which, at)
	}
	if len(places) == len(records) {
		return append(append(b, 0), list...) // all different: no places
	}
	b = binary.AppendUvarint(b, uint64(len(places)))
	return append(append(b, list...), which...)
}

// The columns of a block, in their order. New ones go to the end, with a new shape.
var numbers = []struct {
	get func(*gateway.Record) uint64
	set func(*gateway.Record, uint64)
}{
	{func(r *gateway.Record) uint64 { return uint64(micros32(r.Took)) },
		func(r *gateway.Record, v uint64) { r.Took = time.Duration(v) * time.Microsecond }},
	{func(r *gateway.Record) uint64 { return uint64(micros32(r.Upstream)) },
		func(r *gateway.Record, v uint64) { r.Upstream = time.Duration(v) * time.Microsecond }},
	{func(r *gateway.Record) uint64 { return uint64(max(r.BytesIn, 0)) },
		func(r *gateway.Record, v uint64) { r.BytesIn = int64(v) }},
	{func(r *gateway.Record) uint64 { return uint64(max(r.BytesOut, 0)) },
		func(r *gateway.Record, v uint64) { r.BytesOut = int64(v) }},
	{func(r *gateway.Record) uint64 {
		return uint64(max(r.Status, 0))<<3 | bit(r.Mock)<<2 | bit(r.Admitted)<<1 | bit(r.Try)
	},
		func(r *gateway.Record, v uint64) {
			r.Status, r.Mock, r.Admitted, r.Try = int(v>>3), v&4 != 0, v&2 != 0, v&1 != 0
		}},
	{func(r *gateway.Record) uint64 { return uint64(max(r.Price, 0)) },
		func(r *gateway.Record, v uint64) { r.Price = int64(v) }},
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

var texts = []struct {
	get func(*gateway.Record) string
	set func(*gateway.Record, string)
}{
	{func(r *gateway.Record) string { return string(r.API[:]) }, func(r *gateway.Record, v string) { copy(r.API[:], v) }},
	{func(r *gateway.Record) string { return string(r.Version[:]) }, func(r *gateway.Record, v string) { copy(r.Version[:], v) }},
	{func(r *gateway.Record) string { return string(r.Token[:]) }, func(r *gateway.Record, v string) { copy(r.Token[:], v) }},
	{func(r *gateway.Record) string { return string(r.Subscription[:]) }, func(r *gateway.Record, v string) { copy(r.Subscription[:], v) }},
	{func(r *gateway.Record) string { return string(r.Team[:]) }, func(r *gateway.Record, v string) { copy(r.Team[:], v) }},
	{func(r *gateway.Record) string { return string(r.ClientIP.AsSlice()) },
		func(r *gateway.Record, v string) { r.ClientIP, _ = netip.AddrFromSlice([]byte(v)) }},
	{func(r *gateway.Record) string { return r.Operation }, func(r *gateway.Record, v string) { r.Operation = v }},
	{func(r *gateway.Record) string { return r.Method }, func(r *gateway.Record, v string) { r.Method = v }},
	{func(r *gateway.Record) string { return r.Outcome }, func(r *gateway.Record, v string) { r.Outcome = v }},
	{func(r *gateway.Record) string { return r.UserAgent }, func(r *gateway.Record, v string) { r.UserAgent = v }},
	{func(r *gateway.Record) string { return r.Path }, func(r *gateway.Record, v string) { r.Path = v }},
	{func(r *gateway.Record) string { return r.RequestID }, func(r *gateway.Record, v string) { r.RequestID = v }},
	{func(r *gateway.Record) string { return string(r.Home[:]) }, func(r *gateway.Record, v string) { copy(r.Home[:], v) }},
	{func(r *gateway.Record) string { return r.Refusal }, func(r *gateway.Record, v string) { r.Refusal = v }},
}

var errBlock = errors.New("a block of the request log is not readable: it was written by a newer version, or is damaged")

// unpackBlock reads what packBlock wrote for the tenant.
func unpackBlock(tenant [16]byte, packed []byte) ([]gateway.Record, error) {
	if len(packed) == 0 || packed[0] != blockShape {
		return nil, errBlock
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), blockRecords*maxFrame))
	if err != nil {
		return nil, errors.Join(errBlock, err)
	}
	r := varints{b: b}
	n := r.next()
	if n > blockRecords {
		return nil, errBlock
	}
	records := make([]gateway.Record, n)
	at := int64(0)
	for i := range records {
		at += int64(r.next())
		records[i].Start, records[i].Tenant = time.UnixMicro(at).UTC(), tenant
	}
	for _, column := range numbers {
		for i := range records {
			column.set(&records[i], r.next())
		}
	}
	for _, column := range texts {
		unpackTexts(&r, records, column.set)
	}
	if r.bad || len(r.b) != 0 {
		return nil, errBlock
	}
	return records, nil
}

func unpackTexts(r *varints, records []gateway.Record, set func(*gateway.Record, string)) {
	n := r.next()
	each := n == 0 && len(records) > 0
	if each {
		n = uint64(len(records))
	}
	if n > uint64(len(records)) {
		r.bad = true
		return
	}
	list := make([]string, n)
	for i := range list {
		size := r.next()
		if size > uint64(len(r.b)) {
			r.bad = true
			return
		}
		list[i], r.b = string(r.b[:size]), r.b[size:]
	}
	for i := range records {
		at := uint64(i)
		if !each {
			at = r.next()
		}
		if at >= n {
			r.bad = true
			return
		}
		set(&records[i], list[at])
	}
}

// oldestFirst sorts records of several blocks into one log.
func oldestFirst(records []gateway.Record) {
	slices.SortFunc(records, func(a, b gateway.Record) int { return byTime(&a, &b) })
}

func newestFirst(records []gateway.Record) {
	slices.SortFunc(records, func(a, b gateway.Record) int { return -byTime(&a, &b) })
}
