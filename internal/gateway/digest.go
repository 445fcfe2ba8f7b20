package gateway

import "crypto/sha256"

// digest is keys.Digest, HMAC-SHA-256 (RFC 2104), without garbage: both of its
// hashes are of 96 bytes that fit on the stack. A test holds the two together.
func digest(pepper []byte, sha [32]byte) [32]byte {
	var key [64]byte
	if len(pepper) > len(key) {
		long := sha256.Sum256(pepper)
		pepper = long[:]
	}
	copy(key[:], pepper)
	var inner, outer [64 + 32]byte
	for i, k := range key {
		inner[i], outer[i] = k^0x36, k^0x5c
	}
	copy(inner[64:], sha[:])
	sum := sha256.Sum256(inner[:])
	copy(outer[64:], sum[:])
	return sha256.Sum256(outer[:])
}
