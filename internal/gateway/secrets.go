package gateway

import (
	"encoding/base64"
	"slices"
	"strings"
)

// goesBy reports whether a header's name is that of the credential, in this or
// another spelling: what a client sends there must not stand beside ours.
func (c Credential) goesBy(name string) bool { return c.Header != "" && sameLetters(name, c.Header) }

// secrets of a credential: what must not come back in a header (R81). Those are
// its value, the value without its scheme, and of Basic also what it encodes.
func (c Credential) secrets() (all []string) {
	if c.value == "" {
		return nil
	}
	all = append(all, c.value)
	scheme, bare, _ := strings.Cut(c.value, " ")
	if bare = strings.TrimSpace(bare); bare == "" {
		return all
	}
	all = append(all, bare)
	if !strings.EqualFold(scheme, "Basic") {
		return all
	}
	if pair, err := base64.StdEncoding.DecodeString(bare); err == nil {
		all = append(all, string(pair))
		if _, password, _ := strings.Cut(string(pair), ":"); password != "" {
			all = append(all, password)
		}
	}
	return all
}

// tells reports whether one of the values holds a secret of the upstream's credential.
func (v *version) tells(values []string) bool {
	for _, secret := range v.secrets {
		if slices.ContainsFunc(values, func(value string) bool { return holds(value, secret) }) {
			return true
		}
	}
	return false
}

// short secrets count only where they stand by themselves: a few letters are in
// every other header.
const short = 8

func holds(value, secret string) bool {
	for {
		i := strings.Index(value, secret)
		if i < 0 {
			return false
		}
		end := i + len(secret)
		if len(secret) >= short || (i == 0 || apart(value[i-1])) && (end == len(value) || apart(value[end])) {
			return true
		}
		value = value[end:]
	}
}

func apart(c byte) bool {
	return !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z')
}
