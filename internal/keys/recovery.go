package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// A recovery code is 23 random characters (115 bits) and one of checksum, in groups of
// four that can be read aloud. Its alphabet has no letters that look like a digit, and
// none of U, which makes words.
const (
	recoveryAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	recoveryLen      = 24
	recoveryGroup    = 4

	recoveryTypedMost = 100 // longest text in bytes that is looked at
)

// NewRecoveryCode makes a code by which a person without their passkeys can make a new
// one, in the form in which it is shown: "K7QM-2XWD-…".
func NewRecoveryCode() Secret {
	random := make([]byte, recoveryLen-1)
	_, _ = rand.Read(random) // crypto/rand never fails
	for i, b := range random {
		random[i] = recoveryAlphabet[int(b)%len(recoveryAlphabet)] // 256 is a multiple of 32
	}
	code := string(random)
	code += string(recoveryChecksum(code))
	var groups []string
	for i := 0; i < len(code); i += recoveryGroup {
		groups = append(groups, code[i:i+recoveryGroup])
	}
	text := strings.Join(groups, "-")
	return Secret{&text}
}

// RecoveryHash is what is kept of a code, read from what a person typed: letters of
// either case, with or without spaces and dashes, O for 0, I and L for 1. What can
// be no code is not ok; that says nothing about which codes there are.
func RecoveryHash(typed string) (hash [sha256.Size]byte, ok bool) {
	if len(typed) > recoveryTypedMost {
		return hash, false
	}
	code := strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "-", "", "–", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	if len(code) != recoveryLen || strings.Trim(code, recoveryAlphabet) != "" || recoveryChecksum(code[:recoveryLen-1]) != code[recoveryLen-1] {
		return hash, false
	}
	return sha256.Sum256([]byte("gatehouse/recovery/1\x00" + code)), true
}

// recoveryChecksum is Luhn's, modulo 32: it tells every single mistyped character.
func recoveryChecksum(code string) byte {
	const n = len(recoveryAlphabet)
	sum, factor := 0, 2
	for i := len(code) - 1; i >= 0; i-- {
		add := factor * strings.IndexByte(recoveryAlphabet, code[i])
		sum += add/n + add%n
		factor = 3 - factor
	}
	return recoveryAlphabet[(n-sum%n)%n]
}
