package testkit

import (
	"context"
	"fmt"

	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Place is a tenant in which everything was done once: an API is published, a
// team is subscribed, and a token calls it.
type Place struct {
	models.Tenant
	Admin, Manager, Auditor, Partner *Browser // Partner owns Team
	Team                             models.Team
	API                              models.API
	Version                          models.Version
	Revision                         models.Revision
	Plan                             models.Plan
	Subscription                     models.Subscription
	Token                            models.Token
	Secret                           keys.Secret // of Token
	Management                       models.Token
	ManagementSecret                 keys.Secret   // of the admin's management token, with all scopes
	Client                           models.Client // is told about Version, and may revoke
	ClientSecret                     keys.Secret
}

// UpstreamCredential is what the upstream of every Place is sent.
const UpstreamCredential = "upstream-credential-canary"

// Document is the OpenAPI document of a Place.
const Document = `openapi: 3.1.0
info: {title: Orders, version: "1.0"}
paths:
  /orders:
    get:
      operationId: listOrders
      summary: List orders
      responses: {"200": {description: The orders.}}
    post:
      operationId: createOrder
      summary: Place an order
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: The order.}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readOrder
      summary: Read one order
      responses: {"200": {description: The order.}}
    delete:
      operationId: cancelOrder
      summary: Cancel an order
      responses: {"204": {description: Gone.}}
webhooks:
  shipped:
    post:
      summary: An order was shipped
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Shipment"}}}}
      responses: {"204": {description: Thanks.}}
components:
  schemas:
    Shipment: {type: object, description: What left the yard., properties: {order: {type: string}}}
`

// Place makes a tenant with people, an API, a subscription and tokens.
func (k *Kit) Place(slug string, public bool) *Place {
	k.t.Helper()
	p := &Place{}
	operator := k.Person(slug+" operator", models.StaffOperator)
	var err error
	p.Tenant, err = k.Portal.Tenants.Create(k.ctx(), k.Actor(operator, ""), portal.NewTenant{
		Slug: slug, Code: slug, Name: "Tenant " + slug, Colour: "#0f766e", Public: public})
	k.must(err)
	p.Admin, p.Manager, p.Auditor = k.member(p, "admin", models.RoleAdmin), k.member(p, "manager", models.RoleAPIManager), k.member(p, "auditor", models.RoleAuditor)
	p.Partner = k.Person(slug+" partner", models.NotStaff)
	k.publish(p)
	k.subscribe(p)
	k.mint(p)
	return p
}

func (k *Kit) ctx() context.Context { return context.Background() }

func (k *Kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// Actor is who a browser is, in a tenant, with the rights that they have now.
func (k *Kit) Actor(b *Browser, slug string) models.Actor {
	k.t.Helper()
	a, err := k.Portal.Actors.OfSession(k.ctx(), b.User.ID, slug, models.Request{ID: "req-test", ClientIP: "192.0.2.1"})
	k.must(err)
	return a
}

// Proven is the actor with the step-up that an action demands.
func (k *Kit) Proven(a models.Actor, action models.Action, object string) models.Actor {
	k.t.Helper()
	session := []byte("testkit")
	id, err := k.Store.InsertProof(k.ctx(), session, a.User(), action.String(), object, nil)
	k.must(err)
	return a.WithProof(models.Proof{ID: id, Session: session})
}

// Write is a transaction of a person in a place, past all use cases.
func (k *Kit) Write(b *Browser, t models.Tenant, fn func(tx *store.Tx) error) {
	k.t.Helper()
	actor := models.NewActor(models.Standing{User: b.User, Role: models.RoleAdmin}, t, models.Request{ID: "req-test"})
	k.must(k.Store.Do(k.ctx(), actor, models.AccountUse, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record("test", "test", nil, nil, nil)
	}))
}

func (k *Kit) member(p *Place, name string, role models.Role) *Browser {
	k.t.Helper()
	b := k.Person(fmt.Sprintf("%s %s", p.Slug, name), models.NotStaff)
	k.Write(b, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(b.User.ID, role) })
	return b
}

func (k *Kit) publish(p *Place) {
	k.t.Helper()
	manager := k.Actor(p.Manager, p.Slug)
	_, revision, problems, err := k.Portal.APIs.PutDocument(k.ctx(), manager, "orders", "v1", []byte(Document))
	if err != nil {
		k.t.Fatal(err, problems)
	}
	p.Revision = revision
	p.Plan, err = k.Portal.Plans.Create(k.ctx(), manager, "orders", models.Plan{Slug: "standard", Name: "Standard",
		Rates: []models.Rate{{Calls: 10_000, Seconds: 60}}, QuotaCalls: 1_000_000, QuotaPeriod: models.QuotaMonth})
	k.must(err)
	bench, err := k.Portal.APIs.Workbench(k.ctx(), manager, "orders", "v1")
	k.must(err)
	change := bench.Version
	change.Upstream = k.Upstream.URL + "/base"
	change, err = k.Portal.APIs.SetUpstream(k.ctx(), manager, "orders", "v1", change)
	k.must(err)
	k.must(k.Portal.APIs.SetCredential(k.ctx(), k.Proven(manager, models.CredentialWrite, change.ID), "orders", "v1", "X-Upstream-Key", UpstreamCredential))
	p.Version, err = k.Portal.APIs.Publish(k.ctx(), manager, "orders", "v1", revision.ID)
	k.must(err)
	p.API = bench.API
}

func (k *Kit) subscribe(p *Place) {
	k.t.Helper()
	p.Team = models.Team{ID: models.NewID(), Name: "Team of " + p.Slug}
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertTeam(&p.Team, p.Partner.User.ID) })
	row, err := k.Portal.Subscriptions.Request(k.ctx(), k.Actor(p.Partner, p.Slug), portal.NewSubscription{
		API: "orders", Version: "v1", Plan: "standard", Team: p.Team.ID, Purpose: "Trying everything once."})
	k.must(err)
	row, err = k.Portal.Subscriptions.Approve(k.ctx(), k.Actor(p.Admin, p.Slug), row.ID, row.Seen())
	k.must(err)
	p.Subscription = row.Subscription
}

func (k *Kit) mint(p *Place) {
	k.t.Helper()
	partner := k.Proven(k.Actor(p.Partner, p.Slug), models.TokenCreate, p.Team.ID)
	var err error
	p.Token, p.Secret, err = k.Portal.Tokens.Create(k.ctx(), partner, portal.NewToken{Team: p.Team.ID, Name: "ci", Expires: "30",
		Access: map[string]models.Access{p.Version.ID: models.AccessWrite}})
	k.must(err)
	var scopes []string
	for _, s := range models.ManagementScopes {
		scopes = append(scopes, s.Name)
	}
	p.Management, p.ManagementSecret = k.ManagementToken(p, p.Admin, scopes...)
	p.Client, p.ClientSecret = k.Client(p, "Orders server", true, p.Version.ID)
}

// Client registers one in a place.
func (k *Kit) Client(p *Place, name string, mayRevoke bool, versions ...string) (models.Client, keys.Secret) {
	k.t.Helper()
	client, secret, err := k.Portal.Clients.Register(k.ctx(), k.Proven(k.Actor(p.Admin, p.Slug), models.ClientManage, p.Tenant.ID),
		portal.ClientForm{Name: name, Versions: versions, MayRevoke: mayRevoke})
	k.must(err)
	return client, secret
}

// OperatorToken makes one of an operator.
func (k *Kit) OperatorToken(b *Browser, scopes ...string) (models.OperatorToken, keys.Secret) {
	k.t.Helper()
	actor := k.Proven(k.Actor(b, ""), models.OperatorTokenManage, "")
	token, secret, err := k.Portal.OperatorTokens.Create(k.ctx(), actor, portal.NewOperatorToken{Name: "provisioning", Expires: "30", Scopes: scopes})
	k.must(err)
	return token, secret
}

// ManagementToken makes one of a person in a place.
func (k *Kit) ManagementToken(p *Place, b *Browser, scopes ...string) (models.Token, keys.Secret) {
	k.t.Helper()
	actor := k.Actor(b, p.Slug)
	actor = k.Proven(actor, models.ManagementTokenCreate, p.Tenant.ID)
	token, secret, err := k.Portal.ManagementTokens.Create(k.ctx(), actor, portal.NewManagementToken{Name: "automation", Expires: "30", Scopes: scopes})
	k.must(err)
	return token, secret
}
