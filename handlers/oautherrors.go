package handlers

import (
	"encoding/json"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/problem"
)

// oauth reports whether a request goes to an address of RFC 7662 or RFC 7009, whose
// errors have the form of RFC 6749 §5.2.
func oauth(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/oauth/") }

// oauthError is the body of an error, RFC 6749 §5.2.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// writeOAuth answers a client with an error of RFC 6749 §5.2.
func writeOAuth(w http.ResponseWriter, r *http.Request, e *fault.Error) {
	h := w.Header()
	problem.Headers(h, e)
	if e.Kind == fault.Unauthenticated {
		h.Set("WWW-Authenticate", `Basic realm="Gatehouse", charset="UTF-8"`)
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(problem.Status(e))
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(oauthError{oauthCode(e), plain(e.Message)})
	}
}

func oauthCode(e *fault.Error) string {
	switch {
	case e.Kind == fault.Unauthenticated:
		return "invalid_client"
	case e.Code == "unauthorized_client" || e.Code == "unsupported_token_type":
		return e.Code
	case e.Kind == fault.Internal:
		return "server_error"
	case e.Kind == fault.Unavailable || e.Kind == fault.TooMany:
		return "temporarily_unavailable"
	}
	return "invalid_request"
}

// plain leaves out of a message what RFC 6749 §5.2 does not allow in a description.
func plain(message string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"' || c == '\\':
			return '\''
		case c < 0x20 || c > 0x7e:
			return -1
		}
		return c
	}, message)
}
