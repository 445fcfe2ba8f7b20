package gateway

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// A request id is 128 bits in hex: 48 of the time in milliseconds since 1970, and
// 80 random ones. By the time its call is found again in the request log. It need
// not be unguessable: who may read what stands behind it is asked elsewhere.
const requestIDLen = 32

// RequestID returns a new id of a call that begins now.
func RequestID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixMilli())<<16|rand.Uint64()&0xffff)
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	return hex.EncodeToString(id[:])
}

// RequestTime is the millisecond in which the call of an id began; ok is false for
// what is no request id.
func RequestTime(id string) (at time.Time, ok bool) {
	var raw [16]byte
	if len(id) != requestIDLen {
		return at, false
	}
	if _, err := hex.Decode(raw[:], []byte(id)); err != nil {
		return at, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(raw[:]) >> 16)).UTC(), true
}
