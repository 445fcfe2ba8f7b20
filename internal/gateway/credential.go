package gateway

import (
	"net/http"
	"strings"

	"gatehouse/internal/keys"
)

// Headers and query parameters in which other gateways look for keys. Here they
// are credentials in the wrong place (R8).
var (
	keyHeaders    = []string{"X-Api-Key", "Api-Key", "Apikey", "X-Auth-Token", "X-Access-Token"}
	keyParameters = []string{"access_token", "api_key", "apikey"}
)

const maxToken = 512 // bytes of an Authorization field (R10)

// credential finds the one bearer token of a request (R8-R10). The code is nil
// when there is one; its shape is not checked yet.
func credential(r *Request) (token string, refusal *Code) {
	fields := r.Header["Authorization"]
	elsewhere := inURL(r.Target) || hasAny(r.Header, keyHeaders)
	switch {
	case len(fields) > 1, len(fields) == 1 && elsewhere:
		return "", InvalidRequest
	case elsewhere:
		return "", BearerRequired
	case len(fields) == 0 && cookieHolds(r.Header):
		return "", BearerRequired
	case len(fields) == 0:
		return "", AuthRequired
	}
	scheme, token, _ := strings.Cut(fields[0], " ")
	switch {
	case len(fields[0]) > maxToken:
		return "", InvalidToken
	case !strings.EqualFold(scheme, "Bearer"):
		return "", BearerRequired
	}
	return token, nil
}

func hasAny(h http.Header, names []string) bool {
	for _, n := range names {
		if _, there := h[n]; there {
			return true
		}
	}
	return false
}

// inURL reports whether a target holds a token, or a query parameter that is
// meant for one.
func inURL(target string) bool {
	path, query, _ := strings.Cut(target, "?")
	if holdsToken(path) || holdsToken(query) {
		return true
	}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(pair, "=")
		if name = unescape(name); name == "" {
			continue
		}
		for _, k := range keyParameters {
			if strings.EqualFold(name, k) {
				return true
			}
		}
	}
	return false
}

func cookieHolds(h http.Header) bool {
	for _, c := range h["Cookie"] {
		if holdsToken(c) {
			return true
		}
	}
	return false
}

// holdsToken reports whether one of our tokens stands anywhere in s, escaped or not.
func holdsToken(s string) bool {
	_, found := tokenIn(s)
	return found
}

// tokenIn finds the first of our tokens in s, escaped or not. Strangers choose s, so
// its cost is linear in it.
func tokenIn(s string) (keys.Token, bool) {
	if strings.IndexByte(s, '%') >= 0 {
		s = unescape(s)
	}
	return keys.First(s)
}

// misplacedToken is the token of a call that was refused since it stands where
// others can read it, and where that is.
func misplacedToken(r *Request) (token keys.Token, where string) {
	if token, found := tokenIn(r.Target); found {
		return token, InAddress
	}
	for _, name := range keyHeaders {
		for _, value := range r.Header[name] {
			if token, found := tokenIn(value); found {
				return token, InHeader
			}
		}
	}
	for _, value := range r.Header["Cookie"] {
		if token, found := tokenIn(value); found {
			return token, InCookie
		}
	}
	return keys.Token{}, ""
}
