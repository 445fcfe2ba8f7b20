package testkit_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// mockDocument has something of everything that a mock is made from.
const mockDocument = `openapi: 3.0.3
info: {title: Parcels, version: "1.0"}
paths:
  /parcels:
    get:
      operationId: listParcels
      parameters:
        - {name: depot, in: query, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
      responses:
        "200":
          description: Some.
          headers: {X-Total: {schema: {type: integer, minimum: 3, maximum: 9}}}
          content: {application/json: {schema: {type: array, minItems: 2, items: {$ref: "#/components/schemas/Parcel"}}}}
    post:
      operationId: addParcel
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}}
      responses:
        "201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}}
        "422":
          description: Wrong.
          content:
            application/problem+json:
              examples:
                heavy: {value: {title: Too heavy}}
                large: {value: {title: Too large}}
  /parcels/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: readParcel
      responses:
        "200":
          description: One.
          content:
            application/json: {schema: {$ref: "#/components/schemas/Parcel"}}
            text/plain: {schema: {type: string}, example: a parcel}
        "404": {description: None.}
    delete:
      operationId: dropParcel
      responses: {"204": {description: Gone.}}
components:
  schemas:
    Parcel:
      type: object
      required: [code, weight]
      properties:
        id: {type: integer, readOnly: true}
        code: {type: string, pattern: "^[A-Z]{2}-[0-9]{4}$"}
        weight: {type: number, minimum: 1, maximum: 30}
        state: {type: string, enum: [here, under_way, there]}
        owner: {type: string, format: email}
        made: {type: string, format: date-time}
        secret: {type: string, writeOnly: true}
        parts: {type: array, items: {$ref: "#/components/schemas/Parcel"}}
`

// mocked is a place with a version parcels/v1 whose mock is on, which nobody is subscribed to.
func mocked(t *testing.T, k *testkit.Kit) *testkit.Place {
	t.Helper()
	p, ctx := k.Place("nq", true), context.Background()
	manager := k.Actor(p.Manager, "nq")
	_, revision, problems, err := k.Portal.APIs.PutDocument(ctx, manager, "parcels", "v1", []byte(mockDocument))
	if err != nil {
		t.Fatal(err, problems)
	}
	_, err = k.Portal.Plans.Create(ctx, manager, "parcels", models.Plan{Slug: "standard", Name: "Standard", Rates: []models.Rate{{Calls: 1000, Seconds: 60}}})
	must(t, err)
	w, err := k.Portal.APIs.Workbench(ctx, manager, "parcels", "v1")
	must(t, err)
	w.Version.Upstream = k.Upstream.URL + "/base"
	_, err = k.Portal.APIs.SetUpstream(ctx, manager, "parcels", "v1", w.Version)
	must(t, err)
	_, err = k.Portal.APIs.Publish(ctx, manager, "parcels", "v1", revision.ID)
	must(t, err)
	_, err = k.Portal.APIs.SetMock(ctx, manager, "parcels", "v1", true)
	must(t, err)
	return p
}

// A mock answers from the document, the same call always in the same way, whoever
// sees the API, and never asks the upstream.
func TestAMockAnswers(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := mocked(t, k)
		const base = "/-/mock/nq/parcels/v1"
		ask := func(method, path, body string, headers ...string) (*http.Response, string) {
			t.Helper()
			r, err := http.NewRequest(method, k.GatewayURL.String()+base+path, strings.NewReader(body))
			must(t, err)
			r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			res, err := http.DefaultClient.Do(r)
			must(t, err)
			raw, err := io.ReadAll(res.Body)
			must(t, err)
			_ = res.Body.Close()
			if res.Header.Get("Gatehouse-Mock") != "true" {
				t.Errorf("%s %s: the answer is not marked", method, path)
			}
			return res, string(raw)
		}
		before := len(k.Upstream.Calls())
		for _, tt := range []struct {
			name, method, path, body string
			headers                  []string
			status                   int
			words                    string
		}{
			{"a list", "GET", "/parcels?depot=a", "", nil, 200, `"code":"`},
			{"what is missing is named", "GET", "/parcels", "", nil, 400, `\"depot\" is missing`},
			{"so is what cannot be read", "GET", "/parcels?depot=a&limit=many", "", nil, 400, "must be an integer"},
			{"in the path too", "GET", "/parcels/x", "", nil, 400, "must be an integer"},
			{"the id comes back", "GET", "/parcels/4711", "", nil, 200, `"id":4711`},
			{"other types are made too", "GET", "/parcels/4711", "", []string{"Accept", "text/plain"}, 200, "a parcel"},
			{"and JSON where neither is wanted more", "GET", "/parcels/4711", "", []string{"Accept", "*/*"}, 200, `"id":4711`},
			{"nothing for HEAD", "HEAD", "/parcels/4711", "", nil, 200, ""},
			{"no content", "DELETE", "/parcels/4711", "", nil, 204, ""},
			{"a status that is preferred", "GET", "/parcels/4711", "", []string{"Prefer", "status=404"}, 404, ""},
			{"one that there is not", "GET", "/parcels/4711", "", []string{"Prefer", "status=418"}, 400, "which the document does not describe"},
			{"a named example", "POST", "/parcels", `{"code":"AB-1234","weight":3}`, []string{"Prefer", "status=422, example=large"}, 422, `{"title":"Too large"}`},
			{"what was sent comes back", "POST", "/parcels", `{"code":"AB-1234","weight":3}`, nil, 201, `"code":"AB-1234"`},
			{"a body that is none", "POST", "/parcels", `{"code":`, nil, 400, "not JSON"},
			{"a body that lacks something", "POST", "/parcels", `{"code":"AB-1234"}`, nil, 400, `lacks \"weight\"`},
			{"no body", "POST", "/parcels", "", nil, 400, "The body is missing"},
			{"of another type", "POST", "/parcels", "x", []string{"Content-Type", "text/csv"}, 400, "takes application/json"},
			{"no operation", "GET", "/lorries", "", nil, 404, "operation_not_found"},
			{"no method", "PATCH", "/parcels", "", nil, 405, "method_not_allowed"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				res, body := ask(tt.method, tt.path, tt.body, tt.headers...)
				if res.StatusCode != tt.status || !strings.Contains(body, tt.words) {
					t.Fatalf("%d %s", res.StatusCode, body)
				}
				if strings.Contains(body, "secret") {
					t.Errorf("write-only members are answered: %s", body)
				}
				if strings.HasPrefix(res.Header.Get("Content-Type"), "application/") && body != "" && !json.Valid([]byte(body)) {
					t.Errorf("not JSON: %s", body)
				}
				if again, same := ask(tt.method, tt.path, tt.body, tt.headers...); tt.status < 400 && (same != body || again.StatusCode != res.StatusCode) {
					t.Errorf("then %s\nand now %s", body, same)
				}
			})
		}
		_, one := ask("GET", "/parcels/1", "")
		if _, other := ask("GET", "/parcels/2", ""); strings.Replace(one, `"id":1`, `"id":2`, 1) == other {
			t.Error("two parcels are the same")
		}
		if after := len(k.Upstream.Calls()); after != before {
			t.Errorf("the upstream was called %d times", after-before)
		}
		// It is no way to the version itself.
		meets(t, k, "/nq/parcels/v1/parcels?depot=a", p.Secret.Reveal(), http.StatusForbidden, "subscription_required")
	})
}

// R53, R67: a mock is there for those for whom the API is, while its publisher wants that.
func TestWhoMayCallAMock(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p, ctx := mocked(t, k), context.Background()
		manager, partner := k.Actor(p.Manager, "nq"), k.Actor(p.Partner, "nq")
		const path = "/-/mock/nq/parcels/v1/parcels?depot=a"
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
		meets(t, k, "/-/mock/nq/orders/v1/orders", p.Secret.Reveal(), http.StatusNotFound, "mock_off")
		_, tried, err := k.Portal.Tries.MockToken(ctx, partner, "parcels", "v1")
		must(t, err)
		meets(t, k, path, tried.Reveal(), http.StatusOK, "")
		meets(t, k, "/nq/orders/v1/orders", tried.Reveal(), http.StatusForbidden, "insufficient_scope") // it opens nothing else
		if _, _, err := k.Portal.Tries.MockToken(ctx, partner, "orders", "v1"); err == nil {
			t.Error("a token was made for a mock that is off")
		}
		other := k.Place("gr", true)
		meets(t, k, path, other.Secret.Reveal(), http.StatusNotFound, "api_not_found")

		see := func(v models.Visibility, teams ...string) {
			t.Helper()
			k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
				a, _, err := tx.API("parcels")
				if err != nil {
					return err
				}
				a.Visibility = v
				if err := tx.UpdateAPI(a); err != nil {
					return err
				}
				if err := tx.SetAPITeams(a.ID, teams); err != nil {
					return err
				}
				return tx.Changed(models.ChangeAPI, a.ID)
			})
		}
		see(models.VisibleTeams)
		meets(t, k, path, p.Secret.Reveal(), http.StatusNotFound, "api_not_found")
		see(models.VisibleTeams, p.Team.ID)
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "")
		see(models.VisibleHidden, p.Team.ID)
		meets(t, k, path, p.Secret.Reveal(), http.StatusNotFound, "api_not_found")
		see(models.VisiblePublic)
		_, err = k.Portal.Subscriptions.Request(ctx, partner, portal.NewSubscription{API: "parcels", Version: "v1", Plan: "standard", Team: p.Team.ID, Purpose: "Building against the mock."})
		must(t, err)
		see(models.VisibleHidden)
		meets(t, k, path, p.Secret.Reveal(), http.StatusOK, "") // who has asked goes on seeing it

		_, err = k.Portal.APIs.SetMock(ctx, manager, "parcels", "v1", false)
		must(t, err)
		meets(t, k, path, p.Secret.Reveal(), http.StatusNotFound, "mock_off")
		_, err = k.Portal.APIs.SetMock(ctx, manager, "parcels", "v1", true)
		must(t, err)
		must(t, k.Portal.Tokens.Pause(ctx, partner, p.Token.ID, ""))
		meets(t, k, path, p.Secret.Reveal(), http.StatusUnauthorized, "invalid_token")
	})
}
