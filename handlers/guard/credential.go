package guard

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
)

// one is the one Authorization field of a request, "" where there is none. Of two
// credentials none is chosen (R9).
func one(r *http.Request, form string) (string, error) {
	fields := r.Header.Values("Authorization")
	if len(fields) > 1 || len(fields) == 1 && len(r.Header.Values("X-Api-Key")) > 0 {
		return "", fault.New(fault.BadRequest, "invalid_request", "Send exactly one Authorization header and no other credential: %s", form)
	}
	if len(fields) == 0 {
		return "", nil
	}
	return fields[0], nil
}

// bearer is the token of the one Authorization field, RFC 6750 §2.1. Kind says how
// tokens begin that are taken here.
func bearer(r *http.Request, kind string) (string, error) {
	form := "Authorization: Bearer " + kind
	field, err := one(r, form)
	if err != nil {
		return "", err
	}
	if field == "" {
		return "", fault.New(fault.Unauthenticated, "authentication_required", "Send a token: %s", form)
	}
	scheme, token, ok := strings.Cut(field, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", fault.New(fault.Unauthenticated, "invalid_token", "Send exactly one token: %s", form)
	}
	return token, nil
}

// basic are the id and the secret of a registered client, RFC 6749 §2.3.1: both are
// form-encoded before they are put together.
func basic(r *http.Request) (id, secret string, err error) {
	const form = "Authorization: Basic with the client's id and secret"
	if _, err := one(r, form); err != nil {
		return "", "", err
	}
	refused := fault.New(fault.Unauthenticated, "invalid_client", "Send the id and the secret of a registered client: %s", form)
	id, secret, ok := r.BasicAuth()
	if !ok {
		return "", "", refused
	}
	if id, err = url.QueryUnescape(id); err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", refused
	}
	return id, secret, nil
}
