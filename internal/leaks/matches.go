// Package leaks speaks the protocol in which GitHub's secret scanning tells
// partners of the tokens that it found, and reads the same list from other
// scanners. It decides nothing about tokens.
package leaks

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"

	"gatehouse/internal/fault"
)

// Limits of one report.
const (
	BodyMost    = 10 << 20 // bytes
	MatchesMost = 20_000
)

// Match is one place in which a scanner found a text that looks like a token.
type Match struct {
	Token  string `json:"token"`
	Type   string `json:"type"`   // as the scanner calls this kind of token
	URL    string `json:"url"`    // may be empty
	Source string `json:"source"` // like "commit", in whatever case; may be empty
}

// Where says where it was found, for people.
func (m Match) Where() string {
	source := strings.ReplaceAll(strings.ToLower(m.Source), "_", " ")
	return strings.TrimSpace(source + " " + m.URL)
}

// Parse reads a list of matches. Members that nobody knows are passed over: the
// protocol may grow.
func Parse(body []byte) ([]Match, error) {
	var items []*Match
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&items); err != nil || d.More() {
		return nil, malformed("The body is not a JSON list of matches.")
	}
	if len(items) == 0 {
		return nil, malformed("The list of matches is empty.")
	}
	if len(items) > MatchesMost {
		return nil, fault.New(fault.TooLarge, "body_too_large", "These are more than the %d matches that are read at once.", MatchesMost)
	}
	matches := make([]Match, len(items))
	for i, m := range items {
		if m == nil || m.Token == "" {
			return nil, malformed("Match %d has no token.", i)
		}
		matches[i] = *m
	}
	return matches, nil
}

func malformed(format string, args ...any) error {
	return fault.New(fault.BadRequest, "malformed_json", format, args...)
}

// Feedback says of a match whether it was one of our tokens.
type Feedback struct {
	TokenHash string `json:"token_hash"` // SHA-256, hex
	TokenType string `json:"token_type"`
	Label     string `json:"label"`
}

// FeedbackOf makes it.
func FeedbackOf(m Match, sha [32]byte, ours bool) Feedback {
	f := Feedback{TokenHash: hex.EncodeToString(sha[:]), TokenType: m.Type, Label: "false_positive"}
	if ours {
		f.Label = "true_positive"
	}
	return f
}
