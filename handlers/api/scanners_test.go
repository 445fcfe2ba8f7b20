package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/leaks"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/internal/webhook"
	"gatehouse/models"
)

// scanners is a server that takes reports of a GitHub whose key we have, and of a
// scanner named corp.
type scanners struct {
	*testkit.Kit
	t      *testing.T
	client client
	key    *ecdsa.PrivateKey
	secret webhook.Secret
	down   bool // whether the keys cannot be read
}

func newScanners(t *testing.T, o store.Options) *scanners {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	s := &scanners{t: t, key: key, Kit: testkit.Prepare(t, t.TempDir(), o)}
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if s.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"public_keys": []map[string]any{
			{"key_identifier": "k1", "is_current": true, "key": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}}})
	}))
	t.Cleanup(list.Close)
	allowed, err := egress.ParseAllowed(strings.TrimPrefix(list.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if s.secret, err = webhook.ParseSecret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))); err != nil {
		t.Fatal(err)
	}
	s.Config.GitHubKeys, s.Config.LeakSecrets = list.URL, map[string]webhook.Secret{"corp": s.secret}
	s.Config.Egress.Allow = append(s.Config.Egress.Allow, allowed)
	s.Start()
	t.Cleanup(s.Stop)
	s.client = client{t: t, base: s.PortalURL.String()}
	return s
}

// github sends a report as GitHub does.
func (s *scanners) github(body string, header ...string) answer {
	s.t.Helper()
	sum := sha256.Sum256([]byte(body))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, sum[:])
	if err != nil {
		s.t.Fatal(err)
	}
	return s.client.do("POST", "/leaks/github", body, append([]string{leaks.KeyHeader, "k1", leaks.SignatureHeader, base64.StdEncoding.EncodeToString(signature)}, header...)...)
}

// corp sends a report as the other scanner does.
func (s *scanners) corp(body string, header ...string) answer {
	s.t.Helper()
	now := time.Now()
	return s.client.do("POST", "/leaks/corp", body, append([]string{webhook.IDHeader, "m1", webhook.TimestampHeader, strconv.FormatInt(now.Unix(), 10),
		webhook.SignatureHeader, s.secret.Sign("m1", now, []byte(body))}, header...)...)
}

func match(token, where string) string {
	raw, _ := json.Marshal([]leaks.Match{{Token: token, Type: "gatehouse_token", URL: where, Source: "Commit"}})
	return string(raw)
}

// token is how one of the place's tokens is now.
func (s *scanners) token(p *testkit.Place, id string) (token models.Token) {
	s.t.Helper()
	err := s.App.Store.As(s.t.Context(), s.Actor(p.Admin, p.Slug), func(r store.Tenant) (err error) {
		token, _, err = r.Token(id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// becomes waits until a token has a state.
func (s *scanners) becomes(p *testkit.Place, id string, state models.TokenState) (token models.Token) {
	s.t.Helper()
	testkit.Eventually(s.t, "the token is "+string(state), func() bool {
		token = s.token(p, id)
		return token.State == state
	})
	return token
}

func (s *scanners) policy(p *testkit.Place, leak models.LeakAction) {
	s.t.Helper()
	s.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant, err := tx.TenantByID(p.Tenant.ID)
		if err != nil {
			return err
		}
		tenant.TokenPolicy.Leak = leak
		return tx.UpdateTenant(tenant)
	})
}

func (s *scanners) alerts(p *testkit.Place, token string) (alerts []models.Alert, events []string) {
	s.t.Helper()
	err := s.App.Store.As(s.t.Context(), s.Actor(p.Admin, p.Slug), func(r store.Tenant) error {
		log, err := r.AuditEvents(store.AuditFilter{Limit: 100})
		for _, e := range log {
			if strings.HasPrefix(e.Actor, "reporter:") {
				events = append(events, e.Actor+" "+e.Action)
			}
		}
		if err != nil {
			return err
		}
		alerts, err = r.Alerts(store.AlertFilter{Token: token, Limit: 10})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return alerts, events
}

// limited sends something until it is too often: within an hour 60 go through, and on
// a slow machine a few more, since each minute brings one back.
func (s *scanners) limited(path, body string) {
	s.t.Helper()
	for range 120 {
		a := s.client.do("POST", path, body)
		if a.StatusCode != http.StatusTooManyRequests {
			continue
		}
		if a.Header.Get("Retry-After") == "" {
			s.t.Error("it is not said when to come back")
		}
		return
	}
	s.t.Errorf("%s may be asked without end", path)
}

// mailed reports whether a person gets a mail about a leak in which all words stand.
func (s *scanners) mailed(b *testkit.Browser, words ...string) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, m := range s.Mailbox.Messages() {
			missing := func(w string) bool { return !strings.Contains(m.Text, w) }
			if m.To == b.User.Email && strings.Contains(m.Subject, "found in public") && !slices.ContainsFunc(words, missing) {
				return true
			}
		}
	}
	return false
}

// refused waits until the gateway refuses a token: it hears of a change after it
// stands in the database.
func (s *scanners) refused(p *testkit.Place, secret string) {
	s.t.Helper()
	testkit.Eventually(s.t, "the token opens nothing", func() bool { return called(s.t, s.Kit, p, secret) == http.StatusUnauthorized })
}
