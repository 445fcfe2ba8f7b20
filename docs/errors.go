package docs

// Error explains one error code of the portal, the management API or the
// gateway. Its page is /docs/errors/{Code}, the type of the problem documents
// that carry it (RFC 9457).
type Error struct {
	Code  string
	Title string
	What  string // happened; one or two sentences
	Do    string // what the reader can do about it
}

// ErrorGroup is errors that are met in the same place.
type ErrorGroup struct {
	Title  string
	Errors []Error
}

// Errors are all codes that there are.
var Errors = []ErrorGroup{
	{"Calls through the gateway", gatewayErrors},
	{"Upstreams", upstreamErrors},
	{"Signing in and passkeys", signInErrors},
	{"Requests to the portal and the management API", requestErrors},
	{"APIs and documents", publishErrors},
	{"Subscriptions and tokens", accessErrors},
	{"Tenants, members and staff", tenantErrors},
	{"The installation", installationErrors},
}

// ErrorOf finds the explanation of a code.
func ErrorOf(code string) (Error, bool) {
	for _, g := range Errors {
		for _, e := range g.Errors {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Error{}, false
}
