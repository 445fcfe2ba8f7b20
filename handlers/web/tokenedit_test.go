package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// scoped is the place's document with scopes at its operations.
var scoped = strings.NewReplacer("operationId: listOrders", "operationId: listOrders\n      security: [{o: [orders.read]}]",
	"operationId: cancelOrder", "operationId: cancelOrder\n      security: [{o: [orders.read, orders.write]}]",
	"paths:", "components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {orders.read: r, orders.write: w}}}}}}\npaths:").Replace(testkit.Document)

// publishAnew puts another document in force in the place's version.
func publishAnew(t *testing.T, k *testkit.Kit, p *testkit.Place, document string) {
	t.Helper()
	ctx, manager := context.Background(), k.Actor(p.Manager, p.Slug)
	_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, "orders", "v1", []byte(document))
	if err == nil {
		_, err = k.Portal.APIs.Accepting().Publish(ctx, manager, "orders", "v1", revision.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// calls asks the gateway for an operation and says with what status it answered.
func calls(t *testing.T, k *testkit.Kit, p *testkit.Place, operation, secret string) int {
	t.Helper()
	method, path, _ := strings.Cut(operation, " ")
	r, err := http.NewRequest(method, k.GatewayURL.String()+"/"+p.Slug+"/orders/v1"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// editForm is what the form of the place's token sends when nothing is touched.
func editForm(p *testkit.Place, access string) url.Values {
	return url.Values{"name": {"ci"}, "access-" + p.Version.ID: {access}}
}

var revisionField = regexp.MustCompile(`name="revision" value="(\d+)"`)

// save sends an edit at the present revision.
func save(t *testing.T, b *testkit.Browser, at string, form url.Values) testkit.Answer {
	t.Helper()
	form.Set("revision", revisionField.FindStringSubmatch(b.Get(at + "/edit").Body)[1])
	return b.Post(at+"/edit", form)
}

// R7: single operations and scopes open what they name at the gateway and nothing else.
func TestATokenForSingleOperations(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		publishAnew(t, k, p, scoped)
		const list, read, place, cancel = "GET /orders", "GET /orders/7", "POST /orders", "DELETE /orders/7"
		for name, tt := range map[string]struct {
			scopes, operations []string
			opens              string
			says               string
		}{
			"one operation":          {nil, []string{"get-orders-id"}, read, "Can call 1 operation: Read one order. Can’t change anything."},
			"one that writes":        {nil, []string{"post-orders"}, place, "Of them 1 may change something."},
			"one scope":              {[]string{"orders.read"}, nil, list, "Can call 1 operation: List orders."},
			"half of the scopes":     {[]string{"orders.write"}, nil, "", "Nothing yet"},
			"all scopes":             {[]string{"orders.read", "orders.write"}, nil, list + "," + cancel, "Can call 2 operations: List orders, Cancel an order."},
			"a scope and operations": {[]string{"orders.read"}, []string{"get-orders-id", "post-orders"}, list + "," + read + "," + place, "Can call 3 operations"},
		} {
			t.Run(name, func(t *testing.T) {
				form := tokenForm(p, name)
				form["access-"+p.Version.ID], form["scope-"+p.Version.ID], form["op-"+p.Version.ID] = []string{"custom"}, tt.scopes, tt.operations
				looked := p.Partner.Post("/t/port/tokens/new?do=say", form)
				expect(t, looked, http.StatusOK, tt.says)
				form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
				made := p.Partner.Post("/t/port/tokens", form)
				expect(t, made, http.StatusCreated)
				secret := secretShape.FindString(made.Body)
				for _, operation := range []string{list, read, place, cancel} {
					want := http.StatusForbidden
					if strings.Contains(","+tt.opens+",", ","+operation+",") {
						want = http.StatusOK
					}
					if got := calls(t, k, p, operation, secret); (got < 300) != (want < 300) || got >= 300 && got != want {
						t.Errorf("%s: %d, want %d", operation, got, want)
					}
				}
			})
		}
		for name, form := range map[string]url.Values{
			"nothing ticked":             {},
			"an operation that is none":  {"op-" + p.Version.ID: {"get-everything"}},
			"a scope that is none":       {"scope-" + p.Version.ID: {"orders.admin"}},
			"an operation by its key":    {"op-" + p.Version.ID: {"GET /nothing"}},
			"an access that there isn't": {"access-" + p.Version.ID: {"everything"}},
		} {
			in := tokenForm(p, name)
			in.Set("access-"+p.Version.ID, "custom")
			for field, values := range form {
				in[field] = values
			}
			in.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
			if a := p.Partner.Post("/t/port/tokens", in); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `href="#f-access"`) {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
	})
}

// R13, R24: what narrows a token holds from the answer on and asks for nothing;
// what widens it asks for a passkey, for this token, once.
func TestEditingAToken(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		publishAnew(t, k, p, scoped)
		b, at, secret := p.Partner, "/t/port/tokens/"+p.Token.ID, p.Secret.Reveal()
		opens := func(operation string, want int) {
			t.Helper()
			if got := calls(t, k, p, operation, secret); got != want {
				t.Errorf("%s: %d, want %d", operation, got, want)
			}
		}
		opens("POST /orders", http.StatusOK)
		expect(t, save(t, b, at, editForm(p, "read")), http.StatusSeeOther)
		opens("POST /orders", http.StatusForbidden)
		opens("GET /orders", http.StatusOK)
		one := editForm(p, "custom")
		one.Set("op-"+p.Version.ID, "get-orders")
		expect(t, save(t, b, at, one), http.StatusSeeOther)
		opens("GET /orders/7", http.StatusForbidden)
		opens("GET /orders", http.StatusOK)
		one.Set("ips", "198.51.100.0/24")
		expect(t, save(t, b, at, one), http.StatusSeeOther)
		opens("GET /orders", http.StatusForbidden)

		wider := map[string]func(url.Values){
			"an operation more": func(f url.Values) { f.Add("op-"+p.Version.ID, "get-orders-id") },
			"a scope more":      func(f url.Values) { f.Set("scope-"+p.Version.ID, "orders.read") },
			"the whole API":     func(f url.Values) { f.Set("access-"+p.Version.ID, "read") },
			"a larger range":    func(f url.Values) { f.Set("ips", "198.51.100.0/23") },
			"no range":          func(f url.Values) { f.Set("ips", "") },
		}
		for name, change := range wider {
			form := url.Values{}
			for field, values := range one {
				form[field] = append([]string(nil), values...)
			}
			change(form)
			form.Set("description", "Kept "+name)
			for proof, id := range map[string]string{"without a passkey": "", "with one for another token": models.NewID(), "with one for another act": "create"} {
				form.Del("step_up")
				switch id {
				case "":
				case "create":
					form.Set("step_up", b.StepUp(models.TokenCreate, p.Token.ID))
				default:
					form.Set("step_up", b.StepUp(models.TokenWiden, id))
				}
				a := save(t, b, at, form)
				if a.StatusCode != http.StatusForbidden {
					t.Fatalf("%s %s: %d", name, proof, a.StatusCode)
				}
				expect(t, a, http.StatusForbidden, "This lets the token do more", `data-stepup="token.widen"`, `data-object="`+p.Token.ID+`"`, "Does more", "Kept "+name)
			}
		}
		opens("GET /orders", http.StatusForbidden)
		one.Set("ips", "")
		one.Add("op-"+p.Version.ID, "post-orders")
		one.Set("step_up", b.StepUp(models.TokenWiden, p.Token.ID))
		expect(t, save(t, b, at, one), http.StatusSeeOther)
		opens("POST /orders", http.StatusOK)
		opens("GET /orders", http.StatusOK)
		opens("GET /orders/7", http.StatusForbidden)
		one.Set("access-"+p.Version.ID, "write")
		if a := save(t, b, at, one); a.StatusCode != http.StatusForbidden {
			t.Errorf("a used proof: %d", a.StatusCode)
		}
	})
}

// A look says what saving would do, and does nothing.
func TestLookingAtAnEdit(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	at := "/t/port/tokens/" + p.Token.ID
	form := editForm(p, "read")
	form.Set("ips", "192.0.2.0/24")
	expect(t, p.Partner.Post(at+"/look?do=say", form), http.StatusOK, "read and write → read", "any address → 192.0.2.0/24", "Does less, or the same", "DELETE /orders/{id}")
	expect(t, p.Partner.Post(at+"/look?do=me", form), http.StatusOK, "192.0.2.0/24\n127.0.0.1")
	form.Set("ips", "nowhere")
	expect(t, p.Partner.Post(at+"/look?do=say", form), http.StatusUnprocessableEntity, "is no address or range", ">nowhere</textarea>")
	if got := call(t, k, p, http.MethodPost, p.Secret.Reveal()); got != http.StatusOK {
		t.Errorf("after looking: %d", got)
	}
}

// Whoever is responsible hears what somebody else changed; the audit log holds
// what it was before and after.
func TestAnEditIsToldAndAudited(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	mate, third := k.Person("Mate", models.NotStaff), k.Person("Third", models.NotStaff)
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		if err := tx.InsertMembership(p.Team.ID, third.User.ID, models.TeamMember); err != nil {
			return err
		}
		return tx.InsertMembership(p.Team.ID, mate.User.ID, models.TeamMember)
	})
	at := "/t/port/tokens/" + p.Token.ID
	form := editForm(p, "read")
	form["person"] = []string{third.User.ID, mate.User.ID}
	form.Set("purpose", "Prints labels.")
	expect(t, save(t, mate, at, form), http.StatusSeeOther)
	expect(t, p.Partner.Get(at), http.StatusOK, "Prints labels.", "Mate", "Third", "Orders v1: read")
	for _, b := range []*testkit.Browser{p.Partner, third} {
		expect(t, b.Get("/notifications"), http.StatusOK, "Token ci was changed")
		if k.Mail(b.User.Email, "Token ci was changed").Link == "" {
			t.Error("no mail")
		}
	}
	if strings.Contains(mate.Get("/notifications").Body, "Token ci was changed") {
		t.Error("who changed it is told of it")
	}
	log := p.Admin.Get("/t/port/admin/audit?action=token.edit").Body
	for _, words := range []string{"token.edit", "Prints labels.", "write", "read"} {
		if !strings.Contains(log, words) {
			t.Errorf("the audit log does not say %q", words)
		}
	}
	before := k.Actor(p.Admin, "port")
	expect(t, save(t, mate, at, form), http.StatusSeeOther) // nothing is another
	events := 0
	if err := k.Store.As(t.Context(), before, func(r store.Tenant) error {
		list, err := r.AuditEvents(store.AuditFilter{Action: "token.edit", Limit: 10})
		events = len(list)
		return err
	}); err != nil || events != 1 {
		t.Errorf("%d events, %v", events, err)
	}
	stranger := editForm(p, "read")
	stranger.Set("person", p.Admin.User.ID)
	expect(t, save(t, mate, at, stranger), http.StatusUnprocessableEntity, "no longer in the team")
}

// What cannot be edited, and what an edit leaves alone.
func TestWhatAnEditCannotDo(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	at := "/t/port/tokens/" + p.Token.ID
	form := editForm(p, "read")
	form.Set("expires", "90")
	form.Set("team", models.NewID())
	expect(t, save(t, p.Partner, at, form), http.StatusSeeOther)
	var token models.Token
	read := func() {
		t.Helper()
		if err := k.Store.As(t.Context(), k.Actor(p.Admin, "port"), func(r store.Tenant) (err error) {
			token, _, err = r.Token(p.Token.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if !token.ExpiresAt.Equal(p.Token.ExpiresAt) || *token.TeamID != p.Team.ID {
		t.Errorf("%v, %v", token.ExpiresAt, token.TeamID)
	}
	// R66: while its team is out, the permission stays as it is, and it can be given back.
	sub := p.Subscription.ID
	if _, err := k.Portal.Subscriptions.Pause(t.Context(), k.Actor(p.Admin, "port"), sub, "Looks odd."); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Partner.Get(at+"/edit"), http.StatusOK, "Your team has no access to it at present", "As it is")
	form.Set("description", "While out.")
	expect(t, save(t, p.Partner, at, form), http.StatusSeeOther)
	form.Set("access-"+p.Version.ID, "write")
	expect(t, save(t, p.Partner, at, form), http.StatusUnprocessableEntity, "no access to one of these APIs")
	if _, err := k.Portal.Subscriptions.Resume(t.Context(), k.Actor(p.Admin, "port"), sub); err != nil {
		t.Fatal(err)
	}
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Errorf("the permission is gone: %d", got)
	}
	form.Set("access-"+p.Version.ID, "read")
	expect(t, p.Partner.Post(at+"/revoke", url.Values{"cause": {"unneeded"}}), http.StatusSeeOther)
	expect(t, save(t, p.Partner, at, form), http.StatusUnprocessableEntity, "has ended")
	tries, _, err := k.Portal.Tries.Token(t.Context(), k.Actor(p.Partner, "port"), "orders", "v1")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, save(t, p.Partner, "/t/port/tokens/"+tries.ID, form), http.StatusUnprocessableEntity, "none that can be edited")
}

// A document may have a thousand operations: the form stays quick and can be
// searched without a script.
func TestAFormOfAThousandOperations(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	var doc strings.Builder
	doc.WriteString("openapi: 3.1.0\ninfo: {title: Large, version: '1'}\npaths:\n")
	for i := range 1000 {
		fmt.Fprintf(&doc, "  /things%d:\n    get: {summary: Read thing %d, tags: [Tag %d], responses: {'200': {description: ok}}}\n", i, i, i%20)
	}
	publishAnew(t, k, p, doc.String())
	closed := p.Partner.Get("/t/port/tokens/new")
	expect(t, closed, http.StatusOK, "Choose among them", "1,000")
	if len(closed.Body) > 100_000 {
		t.Errorf("%d bytes before anybody asked for the operations", len(closed.Body))
	}
	form := tokenForm(p, "k")
	start := time.Now()
	open := p.Partner.Post("/t/port/tokens/new?do=open&version="+p.Version.ID, form)
	took := time.Since(start)
	expect(t, open, http.StatusOK, "Tag 19", `value="get-things999"`)
	t.Logf("%d bytes in %v", len(open.Body), took)
	if len(open.Body) > 1<<20 {
		t.Errorf("%d bytes", len(open.Body))
	}
	form.Set("access-"+p.Version.ID, "custom")
	form.Set("op-"+p.Version.ID, "get-things1")
	form.Set("find-"+p.Version.ID, "thing 77")
	found := p.Partner.Post("/t/port/tokens/new?do=find", form)
	expect(t, found, http.StatusOK)
	if shown := regexp.MustCompile(`<li><label`).FindAllString(found.Body, -1); len(shown) != 12 { // 77, 770 to 779, and the ticked one
		t.Errorf("%d are shown", len(shown))
	}
	all := form
	all.Del("find-" + p.Version.ID)
	for i := range 1000 {
		all.Add("op-"+p.Version.ID, fmt.Sprintf("get-things%d", i))
	}
	all.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
	expect(t, p.Partner.Post("/t/port/tokens", all), http.StatusCreated, "Can call 1,000 operations")
}
