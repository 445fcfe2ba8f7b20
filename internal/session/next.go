package session

import (
	"net/url"
	"regexp"
)

const nextMaxLen = 2048

// local is an address on this host: one slash, then printable ASCII. Browsers read
// "//host" and "/\host" as another host and drop tabs and line feeds on the way.
var local = regexp.MustCompile(`^/(?:[\x21-\x2e\x30-\x5b\x5d-\x7e][\x21-\x7e]*)?$`)

// SafeNext is where to go after signing in: next if it is a path on this host, and
// is still one when its path is decoded once more, else "/" (R45).
func SafeNext(next string) string {
	if len(next) > nextMaxLen || !local.MatchString(next) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || !local.MatchString(u.Path) { // u.Path is decoded
		return "/"
	}
	return next
}
