package upstream_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/demo/upstream"
	"gatehouse/internal/demo/world"
)

const credential = "demo-upstream-credential"

func newEngine(t testing.TB, name string, options upstream.Options) *upstream.Engine {
	t.Helper()
	if options.Clock == nil {
		options.Clock = clock.NewManual(time.Date(2026, 11, 22, 16, 42, 0, 0, time.UTC))
	}
	options.Credential = credential
	e, err := upstream.New(world.Document(name), options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const equipment = "northquay-equipment-v2.yaml"

func do(t testing.TB, e http.Handler, method, path, body string, headers ...string) (int, map[string]any, http.Header) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Upstream-Key", credential)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	data, _ := io.ReadAll(w.Result().Body)
	var v map[string]any
	if len(data) > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return w.Code, v, w.Header()
}

const key1 = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

func TestWhatIsMadeIsThereChangesAndEnds(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{Seed: 1})
	order := `{"task":"weigh","container":"NQCU3054386","terminal":"T1"}`
	status, made, header := do(t, e, "POST", "/work-orders", order, "Idempotency-Key", key1)
	if status != 201 || made["task"] != "weigh" || made["state"] != "placed" {
		t.Fatalf("POST: %d %v", status, made)
	}
	id := made["id"].(string)
	if got := header.Get("Location"); got != "/work-orders/"+id {
		t.Errorf("Location is %q", got)
	}
	if status, got, _ := do(t, e, "GET", "/work-orders/"+id, ""); status != 200 || got["container"] != "NQCU3054386" {
		t.Errorf("GET: %d %v", status, got)
	}
	_, list, _ := do(t, e, "GET", "/work-orders?limit=1&state=placed", "")
	if first := list["work_orders"].([]any)[0].(map[string]any); first["id"] != id {
		t.Errorf("the list begins with %v, want %s", first, id)
	}
	if _, again, _ := do(t, e, "POST", "/work-orders", order, "Idempotency-Key", key1); again["id"] != id {
		t.Errorf("the same key made %v", again["id"])
	}
	if status, got, _ := do(t, e, "DELETE", "/work-orders/"+id, ""); status != 200 || got["state"] != "cancelled" {
		t.Errorf("DELETE: %d %v", status, got)
	}
	if status, _, _ := do(t, e, "DELETE", "/work-orders/"+id, ""); status != 409 {
		t.Errorf("the second DELETE: %d, want 409", status)
	}
}

func TestADryRunMakesNothing(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{})
	status, made, _ := do(t, e, "POST", "/work-orders?dry_run=true", `{"task":"weigh","container":"NQCU3054386","terminal":"T1"}`, "Idempotency-Key", key1)
	if status != 201 {
		t.Fatal(status)
	}
	if status, _, _ := do(t, e, "GET", "/work-orders/"+made["id"].(string), ""); status != 404 {
		t.Errorf("GET after a dry run: %d", status)
	}
}

func TestListsFilterPageAndAgreeWithItems(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{Seed: 3})
	var ids []string
	path := "/spreaders?limit=10&terminal=T1"
	for range 20 {
		_, page, _ := do(t, e, "GET", path, "")
		for _, v := range page["spreaders"].([]any) {
			item := v.(map[string]any)
			ids = append(ids, item["id"].(string))
			if item["terminal"] != "T1" {
				t.Errorf("%v is at %v", item["id"], item["terminal"])
			}
			if _, alone, _ := do(t, e, "GET", "/spreaders/"+item["id"].(string), ""); alone["load_kg"] != item["load_kg"] {
				t.Errorf("the list and the item differ: %v, %v", item, alone)
			}
		}
		next, more := page["next"].(string)
		if !more {
			break
		}
		path = "/spreaders?limit=10&terminal=T1&cursor=" + next
	}
	slices.Sort(ids)
	if len(ids) < 11 || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("pages repeat or miss: %v", ids)
	}
	_, moves, _ := do(t, e, "GET", "/cranes/STS-3/moves", "")
	for _, m := range moves["moves"].([]any) {
		if m.(map[string]any)["crane_id"] != "STS-3" {
			t.Errorf("a move of another crane: %v", m)
		}
	}
	if len(moves["moves"].([]any)) == 0 {
		t.Error("STS-3 has no moves")
	}
}

func TestWrongRequestsAreToldTheField(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{})
	flex := newEngine(t, "meridian-flex-v2.yaml", upstream.Options{})
	tests := []struct {
		name               string
		e                  http.Handler
		method, path, body string
		status             int
		field              string
	}{
		{"a crane that is not there", e, "GET", "/cranes/STS-99", "", 404, ""},
		{"a path that is not there", e, "GET", "/ships", "", 404, ""},
		{"a method that the path lacks", e, "DELETE", "/cranes", "", 405, ""},
		{"a limit that is no number", e, "GET", "/cranes?limit=many", "", 400, "limit"},
		{"a limit that is too high", e, "GET", "/cranes?limit=201", "", 400, "limit"},
		{"a state that is unknown, in a list", e, "GET", "/cranes?state=idle,flying", "", 400, "state"},
		{"a cursor that is made up", e, "GET", "/cranes?cursor=xyz", "", 400, "cursor"},
		{"a missing header", e, "POST", "/work-orders", `{}`, 400, "Idempotency-Key"},
		{"a body that is no JSON", e, "PUT", "/cranes/STS-3/target", `{"bay":`, 400, ""},
		{"two bodies", e, "PUT", "/cranes/STS-3/target", `{"bay":1}{}`, 400, ""},
		{"a missing field", e, "PUT", "/cranes/STS-3/target", `{}`, 422, "bay"},
		{"a number that is too high", e, "PUT", "/cranes/STS-3/target", `{"bay":97}`, 422, "bay"},
		{"a field of the wrong kind", e, "PUT", "/cranes/STS-3/target", `{"bay":"34"}`, 422, "bay"},
		{"a field that is not there", e, "PUT", "/cranes/STS-3/target", `{"bay":3,"speed":1}`, 422, "speed"},
		{"a time that is none", e, "PUT", "/cranes/STS-3/target", `{"bay":3,"not_before":"soon"}`, 422, "not_before"},
		{"only 400 documented, so 422 becomes 400", flex, "PATCH", "/offers/", `{}`, 400, ""},
		{"an id in the body that nothing has", flex, "POST", "/offers", `{"zone_id":"XX-1","direction":"raise","slots":[{"starts_at":"2026-11-23T17:15:00Z","power_kw":100}]}`, 400, "zone_id"},
		{"a step that is missed, deep in the body", flex, "POST", "/offers", `{"zone_id":"NW-4","direction":"raise","slots":[{"starts_at":"2026-11-23T17:15:00Z","power_kw":105}]}`, 400, "slots[0].power_kw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := tt.path
			if path == "/offers/" {
				_, page, _ := do(t, tt.e, "GET", "/offers", "")
				path += page["offers"].([]any)[0].(map[string]any)["id"].(string)
			}
			headers := []string{"Idempotency-Key", key1}
			if tt.field == "Idempotency-Key" {
				headers = nil
			}
			status, body, header := do(t, tt.e, tt.method, path, tt.body, headers...)
			if status != tt.status || header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%d %v, want %d", status, body, tt.status)
			}
			if tt.field != "" && body["errors"].([]any)[0].(map[string]any)["field"] != tt.field {
				t.Errorf("names %v, want %s", body["errors"], tt.field)
			}
		})
	}
}

func TestTheCredentialIsDemanded(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{Header: "X-Port-Key"})
	for given, want := range map[string]int{credential: 200, "": 401, "wrong": 401} {
		if status, _, _ := do(t, e, "GET", "/cranes", "", "X-Port-Key", given); status != want {
			t.Errorf("with %q: %d, want %d", given, status, want)
		}
	}
}

func TestTheSameSeedMakesTheSameData(t *testing.T) {
	read := func(seed uint64) string {
		w := httptest.NewRecorder()
		e := newEngine(t, equipment, upstream.Options{Seed: seed})
		example, _ := e.Example("GET /moves/{move_id}", 5)
		r := httptest.NewRequest("GET", example.Path, nil)
		r.Header.Set("X-Upstream-Key", credential)
		e.ServeHTTP(w, r)
		return w.Body.String()
	}
	first := read(1)
	if again := read(1); again != first {
		t.Error("a restart answers differently")
	}
	if first == read(2) {
		t.Error("the seed makes no difference")
	}
}

func TestFaultsComeAtTheAskedRate(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{Faults: 0.2})
	count := map[int]int{}
	for range 1000 {
		status, _, header := do(t, e, "GET", "/cranes", "")
		count[status]++
		if status != 200 && header.Get("Retry-After") == "" {
			t.Fatal("a fault without Retry-After")
		}
	}
	if faults := count[429] + count[503]; faults < 150 || faults > 250 || count[200]+faults != 1000 {
		t.Errorf("faults: %v", count)
	}
}

func TestLatencyIsRealWhenAsked(t *testing.T) {
	e := newEngine(t, equipment, upstream.Options{Latency: 1})
	start := time.Now()
	for range 5 {
		do(t, e, "GET", "/cranes", "")
	}
	if took := time.Since(start); took < 25*time.Millisecond {
		t.Errorf("five calls took %v", took)
	}
}

func TestManyAtOnceAndBounded(t *testing.T) {
	e := newEngine(t, "northquay-gate-v2.yaml", upstream.Options{})
	var wg sync.WaitGroup
	for w := range uint64(4) {
		wg.Go(func() {
			for n := range uint64(200) {
				for _, key := range e.Operations() {
					if example, ok := e.Example(key, w*1000+n); ok && (n%4 == 0 || !strings.HasPrefix(key, "DELETE")) {
						do(t, e, example.Method, example.Path, string(example.Body))
					}
				}
			}
		})
	}
	wg.Wait()
	_, list, _ := do(t, e, "GET", "/appointments?limit=1", "")
	if total := list["total"].(float64); total < 100 || total > 500 {
		t.Errorf("%v appointments are kept", total)
	}
}

// Whatever a caller sends, the engine answers and goes on.
func FuzzServe(f *testing.F) {
	f.Add("PUT", "/cranes/STS-3/target?x=%zz", `{"bay":[1]}`)
	f.Add("GET", "/cranes?state=,,&limit=1e3&cursor=eyJhIjoxZTl9", "")
	f.Add("POST", "/moves:search", `{"limit":null,"kind":{}}`)
	e, err := upstream.New(world.Document(equipment), upstream.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://upstream.test"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Idempotency-Key", key1)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %s: %d", method, path, w.Code)
		}
	})
}
