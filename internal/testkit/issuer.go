package testkit

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	oidcop "github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"gatehouse/internal/egress"
	"gatehouse/models"
)

// Issuer is a real OpenID provider, at which whoever comes is signed in as Current
// without being asked.
type Issuer struct {
	*httptest.Server
	ClientID, Secret string

	mu      sync.Mutex
	storage issuerStorage
	current string
	people  map[string]*oidcop.User
	groups  map[string][]string
	gone    map[string]bool
	alter   func(path string, body []byte) []byte
	down    bool
}

// NewIssuer starts a provider that knows one client, whatever its callback.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{ClientID: "gatehouse", Secret: "issuer-secret-canary", people: map[string]*oidcop.User{}, groups: map[string][]string{}, gone: map[string]bool{}}
	var inner http.Handler
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { i.serve(w, r, inner) }))
	t.Cleanup(i.Close)
	clients := map[string]*oidcop.Client{}
	storage := issuerStorage{oidcop.NewStorageWithClients(i, clients), i}
	i.storage = storage
	provider, err := op.NewProvider(&op.Config{CryptoKey: sha256.Sum256([]byte("test")), CodeMethodS256: true, GrantTypeRefreshToken: true},
		storage, op.StaticIssuer(i.URL), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	back := op.AuthCallbackURL(provider)
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) { // one client, with the callback that it names
		i.mu.Lock()
		clients[i.ClientID] = oidcop.WebClient(i.ClientID, i.Secret, r.FormValue("redirect_uri"))
		i.mu.Unlock()
		provider.ServeHTTP(w, r)
	})
	mux.Handle("/login/username", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		if err := storage.CheckUsernamePassword(i.name(), "password", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, back(r.Context(), id), http.StatusFound)
	}))
	inner = mux
	return i
}

// AllowIssuers lets a kit that was not started yet reach providers on this machine.
func (k *Kit) AllowIssuers(issuers ...*Issuer) {
	for _, i := range issuers {
		u, err := url.Parse(i.URL)
		if err != nil {
			k.t.Fatal(err)
		}
		at := netip.MustParseAddrPort(u.Host)
		k.Config.Egress.Allow = append(k.Config.Egress.Allow, egress.Allowed{Prefix: netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), Port: at.Port()})
	}
}

// Become makes the next who comes be this person, who is in these groups.
func (i *Issuer) Become(subject, email string, verified bool, groups ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current = subject
	i.people[subject] = &oidcop.User{ID: subject, Username: subject, Password: "password", FirstName: strings.ToUpper(subject[:1]) + subject[1:], LastName: "Example", Email: email, EmailVerified: verified}
	i.groups[subject] = groups
}

// Groups puts a person into other groups.
func (i *Issuer) Groups(subject string, groups ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.groups[subject] = groups
}

// Leave takes a person away, or brings them back.
func (i *Issuer) Leave(subject string, gone bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gone[subject] = gone
}

// Down has the provider answer nothing of use.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Alter changes what the provider answers, or with nil nothing any more.
func (i *Issuer) Alter(alter func(path string, body []byte) []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.alter = alter
}

func (i *Issuer) name() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.current
}

// serve is the provider with what a test makes of its answers.
func (i *Issuer) serve(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	i.mu.Lock()
	down, alter := i.down, i.alter
	i.mu.Unlock()
	switch {
	case down:
		http.Error(w, "out of order", http.StatusBadGateway)
	case alter == nil:
		inner.ServeHTTP(w, r)
	default:
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		body := alter(r.URL.Path, rec.Body.Bytes())
		for name, values := range rec.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}
}

// GetUserByID is of the storage's UserStore, as the two below.
func (i *Issuer) GetUserByID(id string) *oidcop.User {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.people[id]
}

// GetUserByUsername finds a person.
func (i *Issuer) GetUserByUsername(name string) *oidcop.User { return i.GetUserByID(name) }

// ExampleClientID is of no use here.
func (i *Issuer) ExampleClientID() string { return "service" }

// issuerStorage is the storage with groups, and with people who leave.
type issuerStorage struct {
	*oidcop.Storage
	issuer *Issuer
}

func (s issuerStorage) addGroups(info *oidc.UserInfo, subject string) {
	s.issuer.mu.Lock()
	defer s.issuer.mu.Unlock()
	if g := s.issuer.groups[subject]; g != nil {
		info.AppendClaims("groups", g)
	}
}

func (s issuerStorage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	err := s.Storage.SetUserinfoFromRequest(ctx, info, token, scopes)
	s.addGroups(info, token.GetSubject())
	return err
}

func (s issuerStorage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin)
	s.addGroups(info, subject)
	return err
}

func (s issuerStorage) TokenRequestByRefreshToken(ctx context.Context, refresh string) (op.RefreshTokenRequest, error) {
	request, err := s.Storage.TokenRequestByRefreshToken(ctx, refresh)
	if err != nil {
		return nil, op.ErrInvalidRefreshToken
	}
	s.issuer.mu.Lock()
	defer s.issuer.mu.Unlock()
	if s.issuer.gone[request.GetSubject()] {
		return nil, op.ErrInvalidRefreshToken
	}
	return request, nil
}

// Visit goes through the provider as a browser does that was sent to an address, and
// returns the address of ours to which it is sent back.
func (i *Issuer) Visit(t testing.TB, address string) *url.URL {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 5 {
		resp, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		next, err := resp.Location()
		if err != nil {
			dump, _ := httputil.DumpResponse(resp, true)
			t.Fatalf("the provider stops: %s", dump)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if !strings.HasPrefix(next.String(), i.URL) {
			return next
		}
		address = next.String()
	}
	t.Fatal("the provider sends round in circles")
	return nil
}

// patient is a client whose ID tokens outlast the clocks that tests move on.
type patient struct{ op.Client }

func (patient) IDTokenLifetime() time.Duration { return 30 * models.Day }

func (s issuerStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return patient{c}, err
}

// Forge changes the claims of ID tokens that the provider hands out, under its own key
// or, with foreign, under one that it does not have.
func (i *Issuer) Forge(t testing.TB, foreign bool, change func(claims map[string]any)) func(string, []byte) []byte {
	t.Helper()
	key, err := i.storage.SigningKey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	secret := key.Key()
	if foreign {
		if secret, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.SignatureAlgorithm(), Key: jose.JSONWebKey{Key: secret, KeyID: key.ID()}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(path string, body []byte) []byte {
		var answer map[string]any
		raw, _ := "", json.Unmarshal(body, &answer)
		if raw, _ = answer["id_token"].(string); raw == "" {
			return body
		}
		token, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{key.SignatureAlgorithm()})
		if err != nil {
			t.Error(err)
			return body
		}
		claims := map[string]any{}
		if err := json.Unmarshal(token.UnsafePayloadWithoutVerification(), &claims); err != nil {
			t.Error(err)
			return body
		}
		change(claims)
		payload, _ := json.Marshal(claims)
		signed, err := signer.Sign(payload)
		if err != nil {
			t.Error(err)
			return body
		}
		answer["id_token"], _ = signed.CompactSerialize()
		out, _ := json.Marshal(answer)
		return out
	}
}

// FirstPasskey makes the first passkey of an account that a provider made.
func (b *Browser) FirstPasskey(name string) Answer {
	b.kit.t.Helper()
	return b.take("/account/first-passkey/begin", "/account/first-passkey/finish", name)
}
