package api

import (
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// introspectionJSON is what RFC 7662 §2.2 says of a token that is good.
type introspectionJSON struct {
	Active     bool                `json:"active"`
	Scope      string              `json:"scope,omitempty"`
	ClientID   string              `json:"client_id"` // the team that the token belongs to
	Subject    string              `json:"sub"`       // its owner: a person, or a service account
	TokenType  string              `json:"token_type"`
	Expires    int64               `json:"exp"`
	IssuedAt   int64               `json:"iat"`
	NotBefore  int64               `json:"nbf"`
	Audience   []string            `json:"aud"` // tenant/api/version, as in the gateway's addresses
	Issuer     string              `json:"iss"`
	ID         string              `json:"jti"`
	AllowedIPs []string            `json:"allowed_ips,omitempty"` // where it is bound to addresses
	Details    []authorizationJSON `json:"authorization_details"` // what it may do at each of aud, RFC 9396 §9.2
}

// authorizationJSON is what a token may do with one version.
type authorizationJSON struct {
	Type       string   `json:"type"`      // gatehouse_api
	Locations  []string `json:"locations"` // one of aud
	Actions    []string `json:"actions"`   // read, write; none where it is scopes and operations
	Scopes     []string `json:"scopes,omitempty"`
	Operations []string `json:"operations,omitempty"` // like GET /berths
}

// inactive is all that is said of a token that is not good, whatever the reason
// (RFC 7662 §2.2, R137).
var inactive = struct {
	Active bool `json:"active"`
}{}

// Introspect answers a registered client that asks about a token (RFC 7662).
func (a *API) Introspect(c echo.Context) error {
	secret, err := presented(c)
	if err != nil {
		return err
	}
	var from netip.Addr
	if raw := c.Request().PostForm.Get("client_ip"); raw != "" { // "further context", RFC 7662 §2.1
		if from, err = netip.ParseAddr(raw); err != nil {
			return fault.New(fault.BadRequest, "invalid_request", "client_ip is no IP address.")
		}
	}
	actor := guard.Actor(c)
	v, err := a.Introspection.Ask(c.Request().Context(), actor, secret, from)
	if err != nil {
		return err
	}
	if !v.Active {
		return c.JSON(http.StatusOK, inactive)
	}
	return c.JSON(http.StatusOK, a.introspected(actor.Tenant().Slug, v))
}

// RevokePresented ends a token that was presented to a registered client (RFC 7009).
func (a *API) RevokePresented(c echo.Context) error {
	secret, err := presented(c)
	if err != nil {
		return err
	}
	if err := a.Introspection.Revoke(c.Request().Context(), guard.Actor(c), secret); err != nil {
		return err
	}
	return c.NoContent(http.StatusOK)
}

// presented is the token that a client asks about. It stands in the form alone,
// once; in an address, logs would keep it.
func presented(c echo.Context) (string, error) {
	r := c.Request()
	if r.URL.Query().Has("token") {
		return "", fault.New(fault.BadRequest, "invalid_request", "Send the token in the body, never in the address.")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return "", fault.New(fault.BadRequest, "invalid_request", "Send the parameters as application/x-www-form-urlencoded.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return "", fault.New(fault.BadRequest, "invalid_request", "Send the parameter %.40s once.", name)
		}
	}
	token := r.PostForm.Get("token")
	if token == "" {
		return "", fault.New(fault.BadRequest, "invalid_request", "Send the token as the parameter token.")
	}
	return token, nil
}

func (a *API) introspected(tenant string, v portal.Introspected) introspectionJSON {
	out := introspectionJSON{Active: true, Subject: v.OwnerID(), ClientID: *v.TeamID, TokenType: "Bearer", ID: v.ID, Issuer: a.Origin.String(),
		Expires: v.Until().Unix(), IssuedAt: v.CreatedAt.Unix(), NotBefore: v.CreatedAt.Unix(), AllowedIPs: rangesFrom(v.AllowedIPs)}
	for _, p := range v.Opens {
		address := tenant + "/" + p.API.Slug + "/" + p.Version.Name
		out.Audience = append(out.Audience, address)
		out.Details = append(out.Details, authorizationJSON{Type: "gatehouse_api", Locations: []string{address}, Actions: actions(p.Access),
			Scopes: p.Scopes, Operations: p.Operations})
	}
	out.Scope = strings.Join(scopes(v.Opens), " ")
	return out
}

// actions are what an access opens in general.
func actions(a models.Access) []string {
	switch a {
	case models.AccessRead:
		return []string{"read"}
	case models.AccessWrite:
		return []string{"read", "write"}
	}
	return []string{}
}

// scopes are those that hold for all versions of an API which the token opens:
// one word cannot say more without saying it of a version for which it is wrong.
func scopes(opens []portal.PermissionRow) (out []string) {
	byAPI, order := map[string][]string{}, []string{}
	for _, p := range opens {
		have := slices.Clone(p.Scopes)
		for _, action := range actions(p.Access) {
			have = append(have, p.API.Slug+":"+action)
		}
		before, known := byAPI[p.API.Slug]
		if !known {
			order = append(order, p.API.Slug)
			byAPI[p.API.Slug] = have
			continue
		}
		byAPI[p.API.Slug] = slices.DeleteFunc(before, func(s string) bool { return !slices.Contains(have, s) })
	}
	for _, slug := range order {
		for _, s := range byAPI[slug] {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
