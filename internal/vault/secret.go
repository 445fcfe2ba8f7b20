package vault

import (
	"fmt"
	"log/slog"
)

// hidden is what a Secret looks like wherever something is printed.
const hidden = "[secret]"

// Secret is a value that must not show up in logs, errors, pages or JSON. Only Expose
// gives it away, so a search for Expose finds every place that does.
//
// The value is behind a pointer because fmt calls no method on an unexported field and
// would print its bytes.
type Secret struct{ text *[]byte }

// NewSecret takes over text, which the caller must not change any more.
func NewSecret(text []byte) Secret { return Secret{&text} }

// Expose is the value itself.
func (s Secret) Expose() []byte {
	if s.text == nil {
		return nil
	}
	return *s.text
}

// Len is its length in bytes.
func (s Secret) Len() int { return len(s.Expose()) }

// Format hides the value from every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// String hides the value.
func (s Secret) String() string { return hidden }

// LogValue hides the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value from JSON and other encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
