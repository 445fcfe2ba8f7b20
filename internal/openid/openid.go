// Package openid is our side of OpenID Connect: it sends people to a provider, reads
// what comes back, and asks again later whether they are still there. It knows no
// accounts. Where it may connect says egress (R96-R99); what comes back is bounded in
// size and time, and no redirect is followed.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gatehouse/internal/clock"
	"gatehouse/internal/egress"
	"gatehouse/internal/vault"
)

// Limits on what a provider may take and send.
const (
	timeMost   = 10 * time.Second // for each answer
	bodyMost   = 1 << 20
	headerMost = 64 << 10
	freshFor   = 10 * time.Minute // how long what a provider says of itself is used
	cacheMost  = 1000
)

// Client talks to providers. It is safe for concurrent use.
type Client struct {
	policy *egress.Policy
	http   *http.Client
	origin string // of our pages, to which providers send people back
	clock  clock.Clock

	mu    sync.Mutex
	known map[string]known // by issuer
}

type known struct {
	described
	at time.Time
}

// described is what a provider says of itself (OpenID Connect Discovery §3).
type described struct {
	*oidc.Provider
	Endpoint    string   `json:"authorization_endpoint"`
	Token       string   `json:"token_endpoint"`
	UserInfoURL string   `json:"userinfo_endpoint"`
	Scopes      []string `json:"scopes_supported"`
	Challenges  []string `json:"code_challenge_methods_supported"`
	TokenAuth   []string `json:"token_endpoint_auth_methods_supported"`
	NamesItself bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// New makes a Client that connects where the policy allows. Proxies that the
// environment names are not used (R97).
func New(policy *egress.Policy, origin string, clk clock.Clock) *Client {
	c := &Client{policy: policy, origin: origin, clock: clk, known: map[string]known{}}
	c.http = &http.Client{
		Timeout:       timeMost,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: guarded{policy, &http.Transport{DialContext: policy.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: headerMost, TLSHandshakeTimeout: timeMost, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 2}},
	}
	return c
}

// guarded asks only where the policy allows, by the address as it is written, and
// reads no more of an answer than bodyMost.
type guarded struct {
	policy *egress.Policy
	next   http.RoundTripper
}

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := g.policy.CheckURL(r.URL.Scheme + "://" + r.URL.Host); err != nil {
		return nil, fmt.Errorf("%w: %w", egress.ErrRefused, err)
	}
	r.Header.Set("User-Agent", "gatehouse")
	resp, err := g.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, bodyMost), resp.Body}
	}
	return resp, err
}

// Registration is how we are known at a provider.
type Registration struct {
	Issuer   string
	ClientID string
	Secret   vault.Secret
	Callback string // path of our page to which people come back: another one for each provider (RFC 9700 §4.4.2)
	Groups   string // claim, or ""
}

// Pending is a sign-in under way. It is a secret of the browser that began it.
type Pending struct {
	Issuer   string `json:"issuer"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // RFC 7636
}

// Reply is with what somebody comes back.
type Reply struct {
	Code, State string
	Issuer      string // RFC 9207
	Error       string
}

// Person is who somebody is at a provider.
type Person struct {
	Subject  string
	Email    string
	Verified bool // the address, says the provider
	Name     string
	Groups   []string
	Asked    bool   // whether Groups is an answer: not every check gets one
	Refresh  string // token by which to ask again, "" if the provider gave none
}

// describe is what the issuer says of itself, read anew from time to time.
func (c *Client) describe(ctx context.Context, issuer string) (d described, err error) {
	c.mu.Lock()
	k, ok := c.known[issuer]
	c.mu.Unlock()
	if now := c.clock.Now(); ok && now.Sub(k.at) < freshFor && !now.Before(k.at) {
		return k.described, nil
	}
	if d.Provider, err = oidc.NewProvider(oidc.ClientContext(ctx, c.http), issuer); err != nil {
		return d, err
	}
	if err := d.Claims(&d); err != nil {
		return d, err
	}
	for _, address := range []string{d.Endpoint, d.Token} {
		if _, err := c.policy.CheckURL(originOf(address)); err != nil {
			return d, fmt.Errorf("%w: an address that the provider names", egress.ErrRefused)
		}
	}
	c.mu.Lock()
	if len(c.known) >= cacheMost {
		clear(c.known)
	}
	c.known[issuer] = known{d, c.clock.Now()}
	c.mu.Unlock()
	return d, nil
}

// forget makes the next question read anew what the issuer says of itself.
func (c *Client) forget(issuer string) {
	c.mu.Lock()
	delete(c.known, issuer)
	c.mu.Unlock()
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// config is how the provider is talked to.
func (c *Client) config(d described, r Registration) *oauth2.Config {
	endpoint := oauth2.Endpoint{AuthURL: d.Endpoint, TokenURL: d.Token, AuthStyle: oauth2.AuthStyleInHeader}
	if len(d.TokenAuth) > 0 && !slices.Contains(d.TokenAuth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	scopes := []string{oidc.ScopeOpenID, "email", "profile"}
	if slices.Contains(d.Scopes, oidc.ScopeOfflineAccess) {
		scopes = append(scopes, oidc.ScopeOfflineAccess)
	}
	if slices.Contains(d.Scopes, r.Groups) {
		scopes = append(scopes, r.Groups)
	}
	return &oauth2.Config{ClientID: r.ClientID, ClientSecret: string(r.Secret.Expose()), Endpoint: endpoint, RedirectURL: c.origin + r.Callback, Scopes: scopes}
}

// Callback is the whole address of a page to which people come back, for the form at
// the provider.
func (c *Client) Callback(path string) string { return c.origin + path }

// Begin is where to send somebody, and what has to be kept until they come back.
func (c *Client) Begin(ctx context.Context, r Registration) (address string, p Pending, err error) {
	d, err := c.describe(ctx, r.Issuer)
	if err != nil {
		return "", p, why(err)
	}
	p = Pending{Issuer: r.Issuer, State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)}
	if !slices.Contains(d.Scopes, oidc.ScopeOfflineAccess) { // the way of providers that have no such scope
		options = append(options, oauth2.AccessTypeOffline, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	return c.config(d, r).AuthCodeURL(p.State, options...), p, nil
}

func random() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Finish is who came back, once the provider has said so to us. The caller has used
// Pending up, and found it in the browser that began (R21, R40).
func (c *Client) Finish(ctx context.Context, r Registration, p Pending, reply Reply) (who Person, err error) {
	if p.Issuer != r.Issuer || subtle.ConstantTimeCompare([]byte(p.State), []byte(reply.State)) != 1 {
		return who, refused("the answer belongs to another sign-in")
	}
	d, err := c.describe(ctx, r.Issuer)
	if err != nil {
		return who, why(err)
	}
	switch { // RFC 9207 §2.4
	case reply.Issuer != "" && reply.Issuer != r.Issuer:
		return who, refused("the answer is of another provider")
	case reply.Issuer == "" && d.NamesItself:
		return who, refused("the answer does not say of which provider it is, although this one always does")
	case reply.Error != "":
		return who, declined(reply.Error)
	case reply.Code == "":
		return who, refused("the answer holds no code")
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := c.config(d, r).Exchange(ctx, reply.Code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return who, why(err)
	}
	id, err := c.verify(ctx, d, r, token)
	if err != nil {
		return who, err
	}
	if id == nil {
		return who, refused("the provider sent no ID token")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(p.Nonce)) != 1 {
		return who, refused("the ID token was made for another sign-in")
	}
	who, err = c.person(ctx, d, r, token, id)
	return who, err
}

// verify reads the ID token of an answer, nil if there is none (OpenID Connect Core
// §3.1.3.7).
func (c *Client) verify(ctx context.Context, d described, r Registration, token *oauth2.Token) (*oidc.IDToken, error) {
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return nil, nil
	}
	id, err := d.Verifier(&oidc.Config{ClientID: r.ClientID, Now: c.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, badToken(err)
	}
	var also struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&also); err != nil || (len(id.Audience) > 1 || also.Party != "") && also.Party != r.ClientID {
		return nil, refused("the ID token was made for another client")
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil {
		return nil, refused("the access token does not belong to the ID token")
	}
	if id.Subject == "" || len(id.Subject) > 255 {
		return nil, refused("the ID token names nobody")
	}
	return id, nil
}

// Check asks the provider whether a person is still there, with the token that it
// gave. An ErrGone says that they are not; any other error says nothing about them.
func (c *Client) Check(ctx context.Context, r Registration, subject, refresh string) (who Person, err error) {
	d, err := c.describe(ctx, r.Issuer)
	if err != nil {
		return who, why(err)
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := c.config(d, r).TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return who, why(err)
	}
	// From here on the provider may have made the old token worthless: the new one has to be kept, whatever follows.
	who = Person{Subject: subject, Refresh: token.RefreshToken}
	id, err := c.verify(ctx, d, r, token)
	if err != nil {
		return who, err
	}
	if id != nil && id.Subject != subject {
		return who, refused("the provider answers for somebody else")
	}
	now, err := c.person(ctx, d, r, token, id)
	if err != nil {
		return who, err
	}
	if now.Subject != "" && now.Subject != subject {
		return who, refused("the provider answers for somebody else")
	}
	now.Subject = subject
	return now, nil
}

// Facts is what a provider says of itself, in words.
type Facts struct {
	Endpoint string // where people are sent
	Notes    []string
	Warnings []string
}

// Probe asks a provider what it offers, as it is now, and says what is missing.
func (c *Client) Probe(ctx context.Context, r Registration) (f Facts, err error) {
	c.forget(r.Issuer)
	d, err := c.describe(ctx, r.Issuer)
	if err != nil {
		return f, why(err)
	}
	f.Endpoint = d.Endpoint
	if err := c.keys(ctx, d); err != nil {
		return f, why(err)
	}
	if err := c.registered(ctx, d, r); err != nil {
		return f, err
	}
	note := func(ok bool, yes, no string) {
		if ok {
			f.Notes = append(f.Notes, yes)
		} else {
			f.Warnings = append(f.Warnings, no)
		}
	}
	note(len(d.Challenges) == 0 || slices.Contains(d.Challenges, "S256"), "It takes PKCE with S256.", "It does not announce PKCE with S256; a sign-in will fail if it refuses that.")
	note(slices.Contains(d.Scopes, oidc.ScopeOfflineAccess), "It has the scope offline_access, by which we learn who left.",
		"It does not announce the scope offline_access. We ask with access_type=offline, as some providers want; if no refresh token comes, people cannot sign in through it.")
	if d.NamesItself {
		f.Notes = append(f.Notes, "It names itself in its answers (RFC 9207), which is checked.")
	}
	if r.Groups != "" {
		note(slices.Contains(d.Scopes, r.Groups), "It has a scope "+r.Groups+", which is asked for.", "It announces no scope "+r.Groups+". Set the provider up to put the claim into its ID token or userinfo.")
	}
	return f, nil
}

// registered finds out whether the client id and the secret are good, by a code that is
// not: a provider that knows the client answers invalid_grant.
func (c *Client) registered(ctx context.Context, d described, r Registration) error {
	_, err := c.config(d, r).Exchange(oidc.ClientContext(ctx, c.http), "gatehouse-test", oauth2.VerifierOption(oauth2.GenerateVerifier()))
	if code := codeOf(err); code == "invalid_client" || code == "unauthorized_client" {
		return why(err)
	}
	return nil
}

// keys reads the provider's keys, so that a wrong address of them shows.
func (c *Client) keys(ctx context.Context, d described) error {
	var at struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := d.Claims(&at); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.JWKS, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("its keys answer %d", resp.StatusCode)
	}
	return nil
}
