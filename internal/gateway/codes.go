package gateway

import "net/http"

// Code of a refusal: what the client's program can act on. Its page is
// {portal}/docs/errors/{Name}.
type Code struct {
	Name   string // stable, also the outcome in records
	Status int
	Title  string
	Help   string // what the caller can do, one sentence; the detail where a call has none of its own
}

// The codes of the gateway, in the order in which a call is refused.
var (
	MethodUnknown       = code("method_unknown", http.StatusNotImplemented, "Method not implemented", "Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in capitals.")
	Misdirected         = code("misdirected", http.StatusMisdirectedRequest, "Not a proxy", "Send the path alone in the request line, not a whole URL: this is no forward proxy.")
	TargetTooLong       = code("target_too_long", http.StatusRequestURITooLong, "Address too long", "Keep path and query together below 8 KiB; move long input to the body.")
	HeadersTooLarge     = code("headers_too_large", http.StatusRequestHeaderFieldsTooLarge, "Headers too large", "Send at most 100 header fields, 64 cookies and 32 KiB of headers.")
	AmbiguousPath       = code("ambiguous_path", http.StatusBadRequest, "Ambiguous path", "Send the path without empty or dot segments, semicolons, backslashes, and without escapes of any of them; it is never repaired.")
	AmbiguousQuery      = code("ambiguous_query", http.StatusBadRequest, "Ambiguous query", "Escape every semicolon and percent sign in the query, and send at most 1,000 parameters.")
	LoopDetected        = code("loop_detected", http.StatusLoopDetected, "Loop detected", "The upstream of this API leads back to a gateway; its publisher has to correct its address.")
	VerdictUnavailable  = code("verdict_unavailable", http.StatusServiceUnavailable, "Calls cannot be checked right now", "Try again after the time in Retry-After; nothing is let through unchecked.")
	InvalidRequest      = code("invalid_request", http.StatusBadRequest, "More than one credential", "Send exactly one Authorization header and no other credential.")
	TokenOverHTTP       = code("token_over_http", http.StatusBadRequest, "Token sent without encryption", "Call https:// instead. The token has travelled in clear: replace it.")
	AuthRequired        = code("authentication_required", http.StatusUnauthorized, "A token is needed", "Send your token as 'Authorization: Bearer gth_…'.")
	BearerRequired      = code("bearer_required", http.StatusUnauthorized, "Credential in the wrong place", "Send your token as 'Authorization: Bearer gth_…', never in the address, a cookie or another header.")
	InvalidToken        = code("invalid_token", http.StatusUnauthorized, "This token is not valid", "The token is unknown, revoked or paused. Check that it was copied whole, or make a new one in the portal.")
	TokenExpired        = code("token_expired", http.StatusUnauthorized, "This token has expired", "Make a new token in the portal and replace this one.")
	TooManyFailures     = code("too_many_failures", http.StatusTooManyRequests, "Too many failed attempts", "Wait as long as Retry-After says, and send a valid token; valid ones are not slowed down.")
	APINotFound         = code("api_not_found", http.StatusNotFound, "No such API", "Check tenant, API and version in the address: /{tenant}/{api}/{version}/…")
	VersionRetired      = code("version_retired", http.StatusGone, "This version is retired", "Move to a newer version; the API's page in the portal lists them.")
	OperationNotFound   = code("operation_not_found", http.StatusNotFound, "No such operation", "The API has no operation at this path; its reference in the portal lists all of them.")
	MethodNotAllowed    = code("method_not_allowed", http.StatusMethodNotAllowed, "Method not allowed", "The header Allow names the methods of this path.")
	MockOff             = code("mock_off", http.StatusNotFound, "No mock", "This version has no mock, or its publisher has switched it off; its page in the portal says whether there is one.")
	TenantSuspended     = code("tenant_suspended", http.StatusForbidden, "Publisher suspended", "Calls to this publisher's APIs are suspended; ask the operator of this installation.")
	SubscriptionNeeded  = code("subscription_required", http.StatusForbidden, "No subscription", "Your team has no approved subscription to this version; subscribe on the API's page in the portal.")
	SubscriptionPending = code("subscription_pending", http.StatusForbidden, "Subscription not approved yet", "The publisher has not decided about your team's request yet; you are told when it does.")
	SubscriptionPaused  = code("subscription_paused", http.StatusForbidden, "Subscription paused", "The publisher has paused your team's subscription; its page in the portal gives the reason.")
	InsufficientScope   = code("insufficient_scope", http.StatusForbidden, "The token does not allow this operation", "Edit the token on its page in the portal and give it this right; the secret stays.")
	AddressNotAllowed   = code("address_not_allowed", http.StatusForbidden, "Not from this address", "The token is bound to other IP addresses; its page in the portal lists them.")
	RateLimited         = code("rate_limited", http.StatusTooManyRequests, "Rate limit reached", "Wait as long as Retry-After says; the RateLimit headers tell how much is left.")
	QuotaExceeded       = code("quota_exceeded", http.StatusTooManyRequests, "Quota used up", "The plan's calls for this period are used up; Retry-After says when the next begins. A larger plan can be asked for in the portal.")
	MockMismatch        = code("mock_mismatch", http.StatusBadRequest, "The call does not fit the document", "Compare the call with the operation's page in the portal: its parameters, its body and what you prefer.")
	BodyTooLarge        = code("body_too_large", http.StatusRequestEntityTooLarge, "Body too large", "Send a smaller body; the API's page gives its limit (10 MiB unless it says otherwise).")
	BodyMalformed       = code("body_malformed", http.StatusBadRequest, "Malformed body", "The body did not arrive as its framing announced; check Content-Length or the chunks.")
	BodyTooSlow         = code("body_too_slow", http.StatusRequestTimeout, "Body too slow", "Send the body at 1 KiB a second at least.")
	CredentialDetached  = code("credential_detached", http.StatusServiceUnavailable, "The API's own credential is missing", "The publisher has to enter the credential for the API's server again; tell them the request id.")
	UpstreamUnreachable = code("upstream_unreachable", http.StatusBadGateway, "The API cannot be reached", "The API's own server did not take the call. Trying again later may help; tell the publisher the request id.")
	UpstreamInvalid     = code("upstream_invalid", http.StatusBadGateway, "The API answered wrongly", "The API's own server sent something that is no valid answer; tell the publisher the request id.")
	UpstreamTimeout     = code("upstream_timeout", http.StatusGatewayTimeout, "The API does not answer", "The API's own server did not answer in time. A call that changes something may have had its effect.")
	InternalError       = code("gateway_error", http.StatusInternalServerError, "Something went wrong on our side", "Trying again may help; if it does not, tell the operator the request id.")
)

// Codes is all of them, for documentation and tests.
var Codes []*Code

func code(name string, status int, title, help string) *Code {
	c := &Code{name, status, title, help}
	Codes = append(Codes, c)
	return c
}
