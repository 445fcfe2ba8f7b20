package keys

import (
	"iter"
	"strings"
)

// MaxLen is the length of the longest token, in bytes.
const MaxLen = len("gthm_") + codeMaxLen + 1 + payloadLen + checksumLen

// Place of a token in a text, in bytes.
type Place struct{ Start, End int }

// next finds the first token in a text. Strangers choose the text, so the cost is
// linear in it.
func next(text string) (t Token, p Place, found bool) {
	for at := 0; ; at += len("gth") {
		i := strings.Index(text[at:], "gth")
		if i < 0 {
			return Token{}, Place{}, false
		}
		at += i
		if t, length := begins(text[at:]); length > 0 {
			return t, Place{at, at + length}, true
		}
	}
}

// First finds the first token in a text, whatever stands around it.
func First(text string) (Token, bool) {
	t, _, found := next(text)
	return t, found
}

// Find yields all tokens in a text with their places, whatever stands around
// them. What fails the checksum was never ours.
func Find(text string) iter.Seq2[Place, Token] {
	return func(yield func(Place, Token) bool) {
		for from := 0; ; {
			t, p, found := next(text[from:])
			if !found || !yield(Place{from + p.Start, from + p.End}, t) {
				return
			}
			from += p.End
		}
	}
}

// Masked is a token as it may be shown: its prefix, its tenant and its last four
// characters.
func (t Token) Masked() string { return t.Kind.Prefix() + t.Code + "_…" + t.Hint }

// Mask shows a text without the tokens in it.
func Mask(text string) string {
	var b strings.Builder
	last := 0
	for place, token := range Find(text) {
		b.WriteString(text[last:place.Start])
		b.WriteString(token.Masked())
		last = place.End
	}
	return b.String() + text[last:]
}
