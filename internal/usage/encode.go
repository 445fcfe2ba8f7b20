package usage

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/netip"
	"sync/atomic"
	"time"
	"unsafe"

	"gatehouse/internal/gateway"
)

// A record in a spool is
//
//	uint32 size of the body | uint32 CRC-32C of the body | body | padding to 8
//
// in the machine's byte order for the size, which is stored last and atomically:
// a process killed in the middle leaves a zero there, and that is the end. The
// CRC is for power loss, where pages reach the disk in any order.
const (
	frameHead = 8
	fixedBody = 8 + 4 + 4 + 7*16 + 16 + 8 + 8 + 2 + 1 + 2 + 5 + 2*2
	maxText   = 255 // bytes of each text but the long ones
	maxLong   = 1024
	maxFrame  = frameHead + fixedBody + 5*maxText + 2*maxLong + 8
)

const (
	flagTry = 1 << iota
	flagIPv4
	flagIPv6
	flagAdmitted
	flagMock
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameSize is how much room a body of n bytes takes.
func frameSize(n int) int { return (frameHead + n + 7) &^ 7 }

// putFrame writes r into room, which holds at least maxFrame zero bytes and
// starts at a multiple of 8, and returns what it took. It does not allocate.
func putFrame(room []byte, r *gateway.Record) int {
	n := putBody(room[frameHead:], r)
	binary.LittleEndian.PutUint32(room[4:], crc32.Checksum(room[frameHead:frameHead+n], castagnoli))
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&room[0])), uint32(n))
	return frameSize(n)
}

func putBody(b []byte, r *gateway.Record) int {
	le := binary.LittleEndian
	le.PutUint64(b, uint64(r.Start.UnixMicro()))
	le.PutUint32(b[8:], micros32(r.Took))
	le.PutUint32(b[12:], micros32(r.Upstream))
	n := 16
	for _, id := range [...]*[16]byte{&r.Tenant, &r.API, &r.Version, &r.Token, &r.Subscription, &r.Team, &r.Home} {
		n += copy(b[n:], id[:])
	}
	flags := byte(0)
	if r.Try {
		flags |= flagTry
	}
	if r.Admitted {
		flags |= flagAdmitted
	}
	if r.Mock {
		flags |= flagMock
	}
	switch ip := r.ClientIP; {
	case ip.Is4() || ip.Is4In6():
		flags |= flagIPv4
	case ip.Is6():
		flags |= flagIPv6
	}
	if flags&(flagIPv4|flagIPv6) != 0 {
		ip := r.ClientIP.As16()
		copy(b[n:], ip[:])
	}
	n += 16
	le.PutUint64(b[n:], uint64(r.BytesIn))
	le.PutUint64(b[n+8:], uint64(r.BytesOut))
	le.PutUint16(b[n+16:], uint16(r.Status))
	b[n+18] = flags
	le.PutUint16(b[n+19:], uint16(min(max(r.Price, 0), 1<<16-1)))
	n += 21
	for _, s := range [...]string{r.Operation, r.Method, r.Outcome, r.RequestID, r.UserAgent} {
		s = s[:min(len(s), maxText)]
		b[n] = byte(len(s))
		n += 1 + copy(b[n+1:], s)
	}
	for _, s := range [...]string{r.Path, r.Refusal} {
		s = s[:min(len(s), maxLong)]
		le.PutUint16(b[n:], uint16(len(s)))
		n += 2 + copy(b[n+2:], s)
	}
	return n
}

// micros32 is d in microseconds, at most 71 minutes.
func micros32(d time.Duration) uint32 {
	return uint32(min(max(d.Microseconds(), 0), 1<<32-1))
}

var (
	errEnd  = errors.New("no more records")
	errTorn = errors.New("a record is damaged")
)

// frame returns the body of the frame at the start of b and the frame's size.
// errEnd: nothing was written here. errTorn: skip size bytes; a size of 0 means
// that what follows can't be found.
func frame(b []byte) (body []byte, size int, err error) {
	if len(b) < frameHead {
		return nil, 0, errEnd
	}
	n := int(binary.NativeEndian.Uint32(b))
	switch {
	case n == 0:
		return nil, 0, errEnd
	case n < fixedBody || n > maxFrame || frameSize(n) > len(b):
		return nil, 0, errTorn
	}
	body = b[frameHead : frameHead+n]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return nil, frameSize(n), errTorn
	}
	return body, frameSize(n), nil
}

// getBody reads into r what putBody wrote. Texts go through intern, because few
// of them are new.
func getBody(b []byte, r *gateway.Record, intern func([]byte) string) error {
	if len(b) < fixedBody {
		return errTorn
	}
	le := binary.LittleEndian
	*r = gateway.Record{
		Start:    time.UnixMicro(int64(le.Uint64(b))).UTC(),
		Took:     time.Duration(le.Uint32(b[8:])) * time.Microsecond,
		Upstream: time.Duration(le.Uint32(b[12:])) * time.Microsecond,
	}
	n := 16
	for _, id := range [...]*[16]byte{&r.Tenant, &r.API, &r.Version, &r.Token, &r.Subscription, &r.Team, &r.Home} {
		n += copy(id[:], b[n:])
	}
	ip := netip.AddrFrom16([16]byte(b[n : n+16]))
	n += 16
	r.BytesIn, r.BytesOut = int64(le.Uint64(b[n:])), int64(le.Uint64(b[n+8:]))
	r.Status = int(le.Uint16(b[n+16:]))
	flags := b[n+18]
	r.Price = int64(le.Uint16(b[n+19:]))
	n += 21
	r.Try, r.Admitted, r.Mock = flags&flagTry != 0, flags&flagAdmitted != 0, flags&flagMock != 0
	switch {
	case flags&flagIPv4 != 0:
		r.ClientIP = ip.Unmap()
	case flags&flagIPv6 != 0:
		r.ClientIP = ip
	}
	for _, s := range [...]*string{&r.Operation, &r.Method, &r.Outcome, &r.RequestID, &r.UserAgent} {
		if n >= len(b) || n+1+int(b[n]) > len(b) {
			return errTorn
		}
		text := b[n+1 : n+1+int(b[n])]
		*s = intern(text)
		n += 1 + len(text)
	}
	for _, s := range [...]*string{&r.Path, &r.Refusal} {
		if n+2 > len(b) || n+2+int(le.Uint16(b[n:])) > len(b) {
			return errTorn
		}
		text := b[n+2 : n+2+int(le.Uint16(b[n:]))]
		*s = intern(text)
		n += 2 + len(text)
	}
	if n != len(b) {
		return errTorn
	}
	return nil
}
