package testkit

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"gatehouse/models"
)

// Browser is a person's browser without a screen: it keeps cookies, holds a
// passkey, and follows no redirects by itself.
type Browser struct {
	User  models.User
	Agent string // of the browser as it says itself; "" is Go's
	Host  string // that it asks for; "" is the portal's

	kit    *Kit
	client *http.Client
	rp     virtualwebauthn.RelyingParty
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
}

// Answer is a response with its body read.
type Answer struct {
	*http.Response
	Body string
}

// jar keeps all cookies, secure ones too: browsers do so on http://localhost,
// net/http/cookiejar does not.
type jar map[string]*http.Cookie

func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j, c.Name)
			continue
		}
		j[c.Name] = c
	}
}

func (j jar) Cookies(*url.URL) (out []*http.Cookie) {
	for _, c := range j {
		out = append(out, c)
	}
	return out
}

// Visitor opens a browser in which nobody is signed in.
func (k *Kit) Visitor() *Browser {
	return &Browser{
		kit: k,
		client: &http.Client{Jar: jar{}, Timeout: 30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		rp:     virtualwebauthn.RelyingParty{ID: k.PortalURL.Hostname(), Name: "Gatehouse", Origin: k.PortalURL.String()},
		device: virtualwebauthn.NewAuthenticator(),
		key:    newKey(k.t),
	}
}

// newKey makes a passkey. The library's own leaves leading zeros out of the
// coordinates, which would make one key in 128 invalid.
func newKey(t testing.TB) virtualwebauthn.Credential {
	t.Helper()
	for {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if point, err := key.PublicKey.Bytes(); err != nil || point[1] == 0 || point[33] == 0 {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, der)
	}
}

// Person makes an account with a passkey, and opens a browser that it is signed in with.
func (k *Kit) Person(name string, staff models.StaffRole) *Browser {
	k.t.Helper()
	ctx := context.Background()
	u, err := k.Portal.Accounts.DemoPerson(ctx, name, strings.ReplaceAll(strings.ToLower(name), " ", "-")+"@test.example", staff)
	if err != nil {
		k.t.Fatal(err)
	}
	path, err := k.Portal.Accounts.EnrolLink(ctx, u, time.Now())
	if err != nil {
		k.t.Fatal(err)
	}
	b := k.Visitor()
	b.User = u
	b.Enrol(path, nil)
	return b
}

// Do sends a request as a browser does for a page of the same origin.
func (b *Browser) Do(method, path string, body io.Reader, header ...string) Answer {
	b.kit.t.Helper()
	req, err := http.NewRequest(method, b.kit.PortalURL.String()+path, body)
	if err != nil {
		b.kit.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,application/xhtml+xml")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Host = b.Host
	if b.Agent != "" {
		req.Header.Set("User-Agent", b.Agent)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "-" { // leaves out what is sent otherwise
			req.Header.Del(header[i])
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.kit.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.kit.t.Fatal(err)
	}
	return Answer{resp, string(raw)}
}

// Get opens a page.
func (b *Browser) Get(path string) Answer { b.kit.t.Helper(); return b.Do(http.MethodGet, path, nil) }

// Post sends a form. Inside a tenant it carries the tenant's field, as forms do.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.kit.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if m := tenantPath.FindStringSubmatch(path); m != nil && !form.Has("tenant") {
		form.Set("tenant", m[1])
	}
	return b.Do(http.MethodPost, path, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

var tenantPath = regexp.MustCompile(`^/t/([^/?]+)`)

func (b *Browser) postJSON(path, body string) Answer {
	b.kit.t.Helper()
	return b.Do(http.MethodPost, path, strings.NewReader(body), "Content-Type", "application/json", "Accept", "application/json")
}

// Enrol makes a passkey by a one-time link. Form has the fields of its page.
func (b *Browser) Enrol(path string, form url.Values) Answer {
	t := b.kit.t
	t.Helper()
	begun := b.Post(path+"/begin", form)
	wantStatus(t, begun, http.StatusOK)
	options, err := virtualwebauthn.ParseAttestationOptions(begun.Body)
	if err != nil {
		t.Fatalf("options %s: %v", begun.Body, err)
	}
	b.device.Options.UserHandle = []byte(options.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(b.rp, b.device, b.key, *options)
	b.device.AddCredential(b.key)
	done := b.postJSON(path+"/finish", answer)
	wantStatus(t, done, http.StatusOK)
	return done
}

// SignIn signs in with the browser's passkey.
func (b *Browser) SignIn() Answer {
	t := b.kit.t
	t.Helper()
	begun := b.Post("/login/begin", nil)
	wantStatus(t, begun, http.StatusOK)
	done := b.postJSON("/login/finish", b.assert(begun.Body))
	return done
}

func (b *Browser) assert(body string) string {
	b.kit.t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(body)
	if err != nil {
		b.kit.t.Fatalf("options %s: %v", body, err)
	}
	b.key.Counter++
	return virtualwebauthn.CreateAssertionResponse(b.rp, b.device, b.key, *options)
}

// StepUp confirms one action on one object, and returns the proof for the form's step_up field.
func (b *Browser) StepUp(action models.Action, object string) string {
	t := b.kit.t
	t.Helper()
	begun := b.Post("/step-up/begin", url.Values{"action": {action.String()}, "object": {object}})
	wantStatus(t, begun, http.StatusOK)
	done := b.postJSON("/step-up/finish", b.assert(begun.Body))
	wantStatus(t, done, http.StatusOK)
	var out struct{ Proof string }
	if err := json.Unmarshal([]byte(done.Body), &out); err != nil || out.Proof == "" {
		t.Fatalf("no proof in %s", done.Body)
	}
	return out.Proof
}

func wantStatus(t testing.TB, a Answer, status int) {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d: %.400s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.Body)
	}
}

// Ask sends a request as a script would, with a form that holds the tenant's
// field alone, so that whatever answers says in JSON what it is.
func (b *Browser) Ask(method, path string, header ...string) Answer {
	b.kit.t.Helper()
	form := url.Values{}
	if m := tenantPath.FindStringSubmatch(path); m != nil {
		form.Set("tenant", m[1])
	}
	var body io.Reader
	if method != http.MethodGet && method != http.MethodHead {
		body, header = strings.NewReader(form.Encode()), append(header, "Content-Type", "application/x-www-form-urlencoded")
	}
	return b.Do(method, path, body, header...)
}

// Code of a problem document, "" of every other answer.
func (a Answer) Code() string { return path(a.problem().Type) }

// Detail of a problem document.
func (a Answer) Detail() string { return a.problem().Detail }

func (a Answer) problem() (p struct{ Type, Detail string }) {
	_ = json.Unmarshal([]byte(a.Body), &p)
	return p
}

func path(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }
