package testkit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// meets fails unless a call is answered with a status and, where there is one, a code.
func meets(t *testing.T, k *testkit.Kit, path, secret string, status int, code string) {
	t.Helper()
	got, _, body := call(t, k, http.MethodGet, path, secret)
	if got != status || code != "" && !strings.Contains(body, "/docs/errors/"+code+`"`) {
		t.Errorf("%s: %d, want %d %s: %.300s", path, got, status, code, body)
	}
}

// publish puts one more version of an API into a place, with an upstream credential of its own.
func publish(t *testing.T, k *testkit.Kit, p *testkit.Place, api, version, credential string) models.Version {
	t.Helper()
	ctx, manager := context.Background(), k.Actor(p.Manager, p.Slug)
	_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, api, version, []byte(testkit.Document))
	must(t, err)
	w, err := k.Portal.APIs.Workbench(ctx, manager, api, version)
	must(t, err)
	if len(w.Plans) == 0 {
		_, err = k.Portal.Plans.Create(ctx, manager, api, models.Plan{Slug: "standard", Name: "Standard", Rates: []models.Rate{{Calls: 1000, Seconds: 60}}})
		must(t, err)
	}
	w.Version.Upstream = k.Upstream.URL + "/base"
	_, err = k.Portal.APIs.SetUpstream(ctx, manager, api, version, w.Version)
	must(t, err)
	must(t, k.Portal.APIs.SetCredential(ctx, k.Proven(manager, models.CredentialWrite, w.Version.ID), api, version, "X-Upstream-Key", credential))
	v, err := k.Portal.APIs.Publish(ctx, manager, api, version, revision.ID)
	must(t, err)
	return v
}

// subscribe lets the place's team in to a version.
func subscribe(t *testing.T, k *testkit.Kit, p *testkit.Place, api, version string) portal.SubscriptionRow {
	t.Helper()
	row, err := k.Portal.Subscriptions.Request(context.Background(), k.Actor(p.Partner, p.Slug), portal.NewSubscription{
		API: api, Version: version, Plan: "standard", Team: p.Team.ID, Purpose: "Trying everything twice."})
	must(t, err)
	return row
}

// mint makes a token of the place's team that may call some versions.
func mint(t *testing.T, k *testkit.Kit, p *testkit.Place, versions ...models.Version) string {
	t.Helper()
	access := map[string]models.Access{}
	for _, v := range versions {
		access[v.ID] = models.AccessWrite
	}
	_, secret, err := k.Portal.Tokens.Create(context.Background(), k.Proven(k.Actor(p.Partner, p.Slug), models.TokenCreate, p.Team.ID),
		portal.NewToken{Team: p.Team.ID, Name: "both", Expires: "30", Access: access})
	must(t, err)
	return secret.Reveal()
}

// R66: a subscription opens one version, to the team that has it, and every step
// of it counts with the next call: for tokens that people make and for those of
// the try page. A later document of the same version needs no new approval.
//
// R67: what was approved works only while its version and its tenant are there;
// the subscription itself stays as it is.
func TestASubscriptionOpensOneVersion(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("nq", true)
		t.Run("approved and over", func(t *testing.T) { approvedAndOver(t, k, p) })
		t.Run("version by version", func(t *testing.T) { versionByVersion(t, k, p) })
	})
}

// R66: a subscription that was handed over is the other team's with the next call,
// and one whose time is up is nobody's, though its state does not say so yet.
func TestASubscriptionMovesAndEnds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, ctx := k.Place("nq", true), context.Background()
		const path = "/nq/orders/v1/orders"
		admin, id := k.Actor(p.Admin, "nq"), p.Subscription.ID
		other, owner := models.Team{ID: models.NewID(), Name: "Other"}, k.Person("Other", models.NotStaff)
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.InsertTeam(&other, owner.User.ID) })
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
		_, err := k.Portal.Subscriptions.Transfer(ctx, admin, id, other.ID)
		must(t, err)
		meets(t, k, path, p.Secret.Reveal(), http.StatusForbidden, "subscription_required")
		_, err = k.Portal.Subscriptions.Transfer(ctx, admin, id, p.Team.ID)
		must(t, err)
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
		end := func(at time.Time) { // as if it had been set long ago
			t.Helper()
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				sub, err := tx.Subscription(id)
				if err != nil {
					return err
				}
				sub.EndsAt = &at
				if err := tx.MoveSubscription(sub, sub.State); err != nil {
					return err
				}
				return tx.Changed(models.ChangeSubscription, id)
			})
		}
		end(k.Store.Now().Add(time.Hour))
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
		end(k.Store.Now())
		meets(t, k, path, p.Secret.Reveal(), http.StatusForbidden, "subscription_required")
		must(t, k.Portal.Subscriptions.Due(ctx))
		if d, err := k.Portal.Subscriptions.Inspect(ctx, admin, id); err != nil || d.State != models.SubscriptionEnded {
			t.Errorf("then it is %s: %v", d.State, err)
		}
	})
}

func versionByVersion(t *testing.T, k *testkit.Kit, p *testkit.Place) {
	ctx := context.Background()
	const v1, v2 = "/nq/orders/v1/orders", "/nq/orders/v2/orders"
	second := publish(t, k, p, "orders", "v2", "second-credential")
	try := func(version string) (string, error) {
		_, secret, err := k.Portal.Tries.Token(ctx, k.Actor(p.Partner, "nq"), "orders", version)
		return secret.Reveal(), err
	}
	tried, err := try("v1")
	must(t, err)
	for _, secret := range []string{p.Secret.Reveal(), tried} {
		meets(t, k, v1, secret, http.StatusOK, "")
		meets(t, k, v2, secret, http.StatusForbidden, "subscription_required")
	}
	if _, err := try("v2"); err == nil {
		t.Error("a try token was made for a version without a subscription")
	}
	row := subscribe(t, k, p, "orders", "v2")
	meets(t, k, v2, p.Secret.Reveal(), http.StatusForbidden, "")
	admin := k.Actor(p.Admin, "nq")
	row, err = k.Portal.Subscriptions.Approve(ctx, admin, row.ID, row.Seen())
	must(t, err)
	meets(t, k, v2, p.Secret.Reveal(), http.StatusForbidden, "insufficient_scope") // a token was made for what was open then
	both := mint(t, k, p, p.Version, second)
	if tried, err = try("v2"); err != nil {
		t.Fatal(err)
	}
	after := func(what string, err error, status int, code string) {
		t.Helper()
		must(t, err)
		before := len(k.Upstream.Calls())
		meets(t, k, v2, both, status, code)
		meets(t, k, v2, tried, status, code)
		if reached := len(k.Upstream.Calls()) - before; (reached != 0) != (status == http.StatusOK) {
			t.Errorf("after %s the upstream was called %d times", what, reached)
		}
		meets(t, k, v1, both, http.StatusOK, "") // the other version goes on
	}
	after("approving", nil, http.StatusOK, "")
	_, err = k.Portal.Subscriptions.Pause(ctx, admin, row.ID, "Too many calls at night.")
	after("pausing", err, http.StatusForbidden, "subscription_paused")
	_, err = k.Portal.Subscriptions.Resume(ctx, admin, row.ID)
	after("resuming", err, http.StatusOK, "")
	manager := k.Actor(p.Manager, "nq")
	_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, "orders", "v2", []byte(strings.Replace(testkit.Document, "List orders", "List all orders", 1)))
	must(t, err)
	_, err = k.Portal.APIs.Publish(ctx, manager, "orders", "v2", revision.ID)
	after("a later document", err, http.StatusOK, "")
	_, err = k.Portal.Subscriptions.End(ctx, admin, row.ID, "The contract has ended.")
	after("ending", err, http.StatusForbidden, "subscription_required")
	denied := subscribe(t, k, p, "orders", "v2")
	_, err = k.Portal.Subscriptions.Deny(ctx, admin, denied.ID, denied.Seen(), "Not again.")
	after("denying", err, http.StatusForbidden, "subscription_required")
	_, err = k.Portal.Subscriptions.Leave(ctx, k.Actor(p.Partner, "nq"), p.Subscription.ID)
	must(t, err)
	meets(t, k, v1, both, http.StatusForbidden, "subscription_required")
}

func approvedAndOver(t *testing.T, k *testkit.Kit, p *testkit.Place) {
	ctx := context.Background()
	operator := k.Person("Operator", models.StaffOperator)
	const path = "/nq/orders/v1/orders"
	suspend := func(to models.TenantState) {
		t.Helper()
		_, err := k.Portal.Tenants.SetState(ctx, k.Proven(k.Actor(operator, ""), models.TenantSuspend, "nq"), "nq", portal.TenantChange{To: to, Reason: "Invoice 12 is open.", Typed: p.Name})
		must(t, err)
	}
	retire := func(to models.VersionState) { // as no use case does yet
		t.Helper()
		k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
			_, v, err := tx.Version("orders", "v1")
			if err != nil {
				return err
			}
			v.State = to
			if err := tx.UpdateVersion(v); err != nil {
				return err
			}
			return tx.Changed(models.ChangeVersion, v.ID)
		})
	}
	meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
	before := len(k.Upstream.Calls())
	suspend(models.TenantSuspended)
	meets(t, k, path, p.Secret.Reveal(), http.StatusForbidden, "tenant_suspended")
	suspend(models.TenantActive)
	retire(models.VersionRetired)
	meets(t, k, path, p.Secret.Reveal(), http.StatusGone, "version_retired")
	suspend(models.TenantSuspended)
	if status, _, _ := call(t, k, http.MethodGet, path, p.Secret.Reveal()); status == http.StatusOK {
		t.Error("a retired version of a suspended tenant answers")
	}
	retire(models.VersionPublished)
	meets(t, k, path, p.Secret.Reveal(), http.StatusForbidden, "tenant_suspended")
	if after := len(k.Upstream.Calls()); after != before {
		t.Errorf("the upstream was called %d times", after-before)
	}
	suspend(models.TenantActive)
	meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
	d, err := k.Portal.Subscriptions.Inspect(ctx, k.Actor(p.Admin, "nq"), p.Subscription.ID)
	if err != nil || d.State != models.SubscriptionApproved || d.Revision != p.Subscription.Revision+1 { // as approving left it
		t.Errorf("the subscription is %s at revision %d, %v", d.State, d.Revision, err)
	}
}
