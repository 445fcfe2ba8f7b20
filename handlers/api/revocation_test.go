package api_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
)

// R138: revocation is done when it is answered, and asking for it again, or for what
// is not there, is no error.
func TestRevocationByClients(t *testing.T) {
	k := testkit.New(t)
	a, b := k.Place("aa", true), k.Place("bb", true)
	asks, foreign := askerOf(t, k, a.Client, a.ClientSecret), askerOf(t, k, b.Client, b.ClientSecret)
	revoke := func(who asker, token string) answer {
		return who.post("/oauth/revoke", url.Values{"token": {token}}.Encode())
	}
	_, revision, _, err := k.Portal.APIs.PutDocument(t.Context(), k.Actor(a.Manager, "aa"), "yard", "v1", []byte(testkit.Document))
	if err != nil {
		t.Fatal(err)
	}
	other, otherSecret := k.Client(a, "Yard server", true, revision.VersionID)
	token, secret := minted(t, k, a, nil)
	if got := revoke(askerOf(t, k, other, otherSecret), secret); got.StatusCode != 400 || got.body["error"] != "invalid_request" {
		t.Errorf("a token that is not for the client: %d %s", got.StatusCode, got.raw)
	}
	for name, tt := range map[string]struct {
		who   asker
		token string
	}{"of another tenant": {foreign, secret}, "unknown": {asks, keys.Mint(keys.Access, "aa").Reveal()}, "malformed": {asks, "gth_aa_hello"}} {
		if got := revoke(tt.who, tt.token); got.StatusCode != 200 || got.raw != "" {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.raw)
		}
	}
	if called(t, k, a, secret) != 200 {
		t.Fatal("one of them revoked it")
	}
	for range 2 {
		if got := revoke(asks, secret); got.StatusCode != 200 || got.raw != "" {
			t.Errorf("%d %s", got.StatusCode, got.raw)
		}
		if called(t, k, a, secret) != 401 {
			t.Error("it lives on after the answer")
		}
	}
	if !strings.Contains(k.Mail(a.Partner.User.Email, "Token revoked").Text, "Orders server") {
		t.Error("the owner does not hear who revoked it")
	}
	var events int
	err = k.Store.As(t.Context(), k.Actor(a.Admin, "aa"), func(r store.Tenant) error {
		page, err := r.AuditEvents(store.AuditFilter{ObjectID: token.ID, Limit: 10})
		for _, e := range page {
			if e.Action == "token.revoke" {
				if events++; e.Actor != "client:"+a.Client.ID || e.ActorName != "Orders server" {
					t.Errorf("the audit log names %s %s", e.Actor, e.ActorName)
				}
			}
		}
		return err
	})
	if err != nil || events != 1 {
		t.Errorf("%d events, %v", events, err)
	}
}
