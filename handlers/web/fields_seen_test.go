package web_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// R61: partners read nothing of other partners of the same tenant, and nobody reads a
// token's digest: not on a page, not in a file, not from the management API.
func TestWhatEachRoleSeesOfOthers(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		rival := k.Person("Rivalia", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			team := models.Team{ID: models.NewID(), Name: "Rivalia Freight"}
			return tx.InsertTeam(&team, rival.User.ID)
		})
		own := []string{"/t/aa", "/t/aa/apis", "/t/aa/apis/orders", "/t/aa/apis/orders/status", "/t/aa/subscriptions", "/t/aa/subscriptions/" + p.Subscription.ID,
			"/t/aa/tokens", "/t/aa/tokens/new", "/t/aa/tokens/" + p.Token.ID, "/t/aa/usage", "/t/aa/team", "/t/aa/team/new", "/notifications", "/account"}
		for _, path := range own {
			page := p.Partner.Get(path)
			expect(t, page, http.StatusOK)
			if strings.Contains(page.Body, "Rivalia") || strings.Contains(page.Body, rival.User.Email) {
				t.Errorf("a partner reads of another one at %s", path)
			}
		}
		expect(t, p.Admin.Get("/t/aa/admin/teams"), http.StatusOK, "Rivalia Freight")

		var token models.Token
		if err := k.Store.As(t.Context(), k.Actor(p.Admin, "aa"), func(r store.Tenant) (err error) {
			token, _, err = r.Token(p.Token.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(token.Digest) == 0 {
			t.Fatal("a token without a digest shows nothing")
		}
		_, machine := k.ManagementToken(p, p.Admin, "tokens:read")
		answers := []testkit.Answer{k.Visitor().Ask(http.MethodGet, "/api/v1/tenants/aa/tokens", "Authorization", "Bearer "+machine.Reveal())}
		for _, path := range append(own, "/t/aa/admin/tokens", "/t/aa/admin/tokens/"+p.Token.ID, "/t/aa/admin/audit") {
			b := p.Partner
			if strings.Contains(path, "/admin") {
				b = p.Admin
			}
			answers = append(answers, b.Get(path))
		}
		for _, a := range answers {
			expect(t, a, http.StatusOK)
			for _, form := range []string{hex.EncodeToString(token.Digest), base64.StdEncoding.EncodeToString(token.Digest), base64.RawURLEncoding.EncodeToString(token.Digest)} {
				if strings.Contains(strings.ToLower(a.Body), strings.ToLower(form)) {
					t.Error("a token's digest is shown:", a.Request.URL)
				}
			}
		}
	})
}
