// Package keys makes and recognises the secrets that calls are made with. The
// portal mints them and the gateway checks them, so the format lives here once.
// It stores nothing and knows no tenant but the code written in a token.
package keys

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"log/slog"
	"math/big"
	"strings"
)

// A token is prefix + tenant code + "_" + 30 random characters + 6 characters
// of checksum, all base62 (SECURITY R1 as settled: the checksum is CRC-32/IEEE
// over everything between the prefix and the checksum).
const (
	payloadLen  = 30
	checksumLen = 6
	codeMinLen  = 2
	codeMaxLen  = 12

	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Kind of a token, told by its prefix.
type Kind uint8

// The kinds of tokens.
const (
	Access     Kind = iota + 1 // calls APIs through the gateway
	Management                 // calls Gatehouse's own API
	Client                     // is the secret of a registered client, which asks about tokens
	Operator                   // does what an operator does, to the installation
)

// OperatorCode stands in tokens of operators where others name their tenant. No tenant
// may have it.
const OperatorCode = "gatehouse"

// kinds are all of them.
var kinds = [...]Kind{Access, Management, Client, Operator}

// Prefix that tokens of this kind start with.
func (k Kind) Prefix() string {
	switch k {
	case Management:
		return "gthm_"
	case Client:
		return "gthc_"
	case Operator:
		return "gtho_"
	}
	return "gth_"
}

// Secret is a freshly minted token. It prints as its hint in logs, errors and
// %v; only Reveal gives it away, so a search for Reveal finds every place that does.
// The text is behind a pointer because fmt calls no methods of unexported fields.
type Secret struct{ text *string }

// Reveal returns the whole secret, "" of the zero Secret.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Hint is the last four characters, to recognise the token by.
func (s Secret) Hint() string {
	text := s.Reveal()
	return text[max(0, len(text)-4):]
}

// SHA256 of the whole token, from which its digest is made.
func (s Secret) SHA256() [32]byte { return sha256.Sum256([]byte(s.Reveal())) }

func (s Secret) String() string       { return "token …" + s.Hint() }
func (s Secret) GoString() string     { return s.String() }
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Mint returns a new secret for a tenant. It panics on a tenant code that
// ValidCode refuses, which would make tokens nobody can parse.
func Mint(kind Kind, code string) Secret {
	random := make([]byte, payloadLen)
	for i := range random {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails on a supported system
		}
		random[i] = alphabet[n.Int64()]
	}
	return assemble(kind, code, string(random))
}

// Derive returns the secret that seed stands for, always the same one. Only the
// demo uses it, so that a restart shows the same tokens with nothing in clear on disk.
func Derive(kind Kind, code string, seed [32]byte) Secret {
	n, base, digit := new(big.Int).SetBytes(seed[:]), big.NewInt(int64(len(alphabet))), new(big.Int)
	random := make([]byte, payloadLen)
	for i := range random {
		n.DivMod(n, base, digit)
		random[i] = alphabet[digit.Int64()]
	}
	return assemble(kind, code, string(random))
}

func assemble(kind Kind, code, payload string) Secret {
	if !ValidCode(code) {
		panic(fmt.Sprintf("keys: %q is no tenant code", code))
	}
	body := code + "_" + payload
	text := kind.Prefix() + body + Checksum(body)
	return Secret{&text}
}

// ValidCode reports whether code can stand in a token: 2 to 12 of [0-9a-z].
func ValidCode(code string) bool {
	if len(code) < codeMinLen || len(code) > codeMaxLen {
		return false
	}
	return strings.Trim(code, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// Checksum is CRC-32/IEEE of s in base62, left-padded with 0 to six characters.
func Checksum(s string) string {
	sum := checksum(s)
	return string(sum[:])
}

// checksum walks the table itself: crc32.ChecksumIEEE wants a slice and lets it
// escape, which would be garbage for every call through the gateway.
func checksum(s string) (out [checksumLen]byte) {
	sum := ^uint32(0)
	for i := range len(s) {
		sum = crc32.IEEETable[byte(sum)^s[i]] ^ sum>>8
	}
	sum = ^sum
	for i := checksumLen - 1; i >= 0; i-- {
		out[i] = alphabet[sum%62]
		sum /= 62
	}
	return out
}

// Token is what can be read from a presented secret without any key.
type Token struct {
	Kind   Kind
	Code   string // the tenant's
	SHA256 [32]byte
	Hint   string
}

// Parse checks the shape and the checksum of a presented secret. It touches no
// store; a token that fails here was never ours (R2).
func Parse(secret string) (Token, bool) {
	kind, rest, ok := kindOf(secret)
	if !ok {
		return Token{}, false
	}
	split := len(rest) - payloadLen - checksumLen - 1
	if split < codeMinLen || split > codeMaxLen || rest[split] != '_' || !ValidCode(rest[:split]) {
		return Token{}, false
	}
	sum := rest[len(rest)-checksumLen:]
	for i := split + 1; i < len(rest); i++ {
		if !base62(rest[i]) {
			return Token{}, false
		}
	}
	if want := checksum(rest[:len(rest)-checksumLen]); string(want[:]) != sum {
		return Token{}, false
	}
	var room [64]byte // longer than any token; a conversion would be garbage for every call
	text := room[:copy(room[:], secret)]
	return Token{Kind: kind, Code: rest[:split], SHA256: sha256.Sum256(text), Hint: secret[len(secret)-4:]}, true
}

// kindOf tells a secret's kind by its prefix, and what stands behind that.
func kindOf(secret string) (kind Kind, rest string, ok bool) {
	for _, k := range kinds {
		if rest, ok := strings.CutPrefix(secret, k.Prefix()); ok {
			return k, rest, true
		}
	}
	return 0, "", false
}

// begins is the token that s begins with and its length, 0 where there is none. It
// looks at no more than a token's length.
func begins(s string) (Token, int) {
	kind, rest, ok := kindOf(s)
	if !ok {
		return Token{}, 0
	}
	split := strings.IndexByte(rest[:min(len(rest), codeMaxLen+1)], '_')
	end := len(kind.Prefix()) + split + 1 + payloadLen + checksumLen
	if split < 0 || end > len(s) {
		return Token{}, 0
	}
	token, ok := Parse(s[:end])
	if !ok {
		return Token{}, 0
	}
	return token, end
}

func base62(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// Digest is what is stored of a token and looked up: HMAC-SHA-256 of its
// SHA-256 under the tenant's pepper (R3 as settled). Who can write to the
// database but has no pepper can make no token.
func Digest(pepper []byte, sha [32]byte) [32]byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(sha[:])
	return [32]byte(mac.Sum(nil))
}
