package openid

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// ErrGone is in the chain of the error of a person who is not there any more.
var ErrGone = errors.New("the provider does not know this sign-in any more")

// refused is the fault of an answer that is not believed.
func refused(reason string) *fault.Error {
	return fault.New(fault.BadRequest, "provider_refused", "You were not signed in: %s. Start again from the sign-in page.", reason)
}

// unavailable is the fault of a provider that does not answer as it should. It holds
// nothing of what was answered.
func unavailable(reason string) *fault.Error {
	return fault.New(fault.Unavailable, "provider_unavailable", "%s", reason)
}

// declined is what a provider's error means for the person (RFC 6749 §4.1.2.1, OpenID
// Connect Core §3.1.2.6).
func declined(code string) *fault.Error {
	switch code {
	case "access_denied":
		return refused("the provider says that you, or it, declined")
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return refused("the provider wants you to sign in there first")
	case "temporarily_unavailable", "server_error":
		return unavailable("The provider cannot sign anybody in just now. Try again later, or use your passkey.")
	case "unauthorized_client", "invalid_scope", "unsupported_response_type", "invalid_request":
		return refused("the provider does not accept how this portal asks; an admin has to look at its settings")
	}
	return refused("the provider answered with an error")
}

// badToken says why an ID token is not believed.
func badToken(err error) error {
	if reach(err) != "" {
		return why(err)
	}
	if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return refused("the ID token is too old; are the clocks right?").Because(err)
	}
	text := err.Error()
	for part, reason := range map[string]string{
		"expected audience":              "the ID token was made for another client",
		"issued by a different provider": "the ID token was made by another issuer",
		"signature":                      "the ID token’s signature does not fit",
		"before the nbf":                 "the ID token is not valid yet; are the clocks right?",
	} {
		if strings.Contains(text, part) {
			return refused(reason).Because(err)
		}
	}
	return refused("the ID token cannot be read").Because(err)
}

// codeOf is the error code of a token endpoint (RFC 6749 §5.2), or "".
func codeOf(err error) string {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return e.ErrorCode
	}
	return ""
}

// reach says why a provider cannot be reached, "" where it was.
func reach(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, badCert := errors.AsType[*tls.CertificateVerificationError](err)
	_, badHost := errors.AsType[x509.HostnameError](err)
	wait, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, egress.ErrRefused):
		return "The provider’s address may not be asked: it is not https, not globally reachable, or belongs to an internal network. An operator can allow it in GATEHOUSE_UPSTREAM_ALLOW."
	case isDNS && dns.IsNotFound:
		return "There is no host of the name in the issuer’s address. Is it written right?"
	case badCert, badHost:
		return "The provider’s certificate is not valid for its address, or not of an authority that is known here."
	case isNet && wait.Timeout():
		return "The provider did not answer in time."
	case isNet:
		return "The provider cannot be reached."
	}
	return ""
}

// why says in words why a provider gave nothing.
func why(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Code != "url_not_allowed" {
		return e
	}
	if reason := reach(err); reason != "" {
		return unavailable(reason).Because(quiet{err})
	}
	if e, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return unavailable("The provider calls itself by another issuer than the one that was entered: " + short(e.Discovered) + ".").Because(quiet{err})
	}
	switch code := codeOf(err); code {
	case "":
	case "invalid_grant":
		return refused("the provider does not take the code or token any more").Because(ErrGone)
	case "invalid_client", "unauthorized_client":
		return unavailable("The provider does not accept the client id and secret that were entered.").Because(quiet{err})
	default:
		return unavailable("The provider answered with the error " + short(code) + ".").Because(quiet{err})
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.Response != nil {
		if e.Response.StatusCode == 401 {
			return unavailable("The provider does not accept the client id and secret that were entered.").Because(quiet{err})
		}
		return unavailable("The provider answered " + e.Response.Status + " where it gives tokens.").Because(quiet{err})
	}
	return unavailable("The provider does not answer as an OpenID provider does. Is the issuer right? Its document is read at the issuer’s address with /.well-known/openid-configuration behind it.").Because(quiet{err})
}

// quiet keeps what a provider answered out of logs: it may hold secrets.
type quiet struct{ error }

func (quiet) Error() string { return "what the provider answered is not logged" }

// short is a word of a provider's that is shown.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 200)]
}
