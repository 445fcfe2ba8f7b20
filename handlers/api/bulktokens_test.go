package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"gatehouse/internal/testkit"
)

// A program counts first, then acts on that count: where another number fits, nothing
// is done; a second time there is nothing left.
func TestManyTokensAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		filter := `"filter":{"team":"` + p.Team.ID + `","kind":"access"}`
		type result struct {
			DryRun, Complete bool
			Matched, Done    int64
			Bulk             string
			Change           int64
		}
		ask := func(status int, verb, body string) (out result) {
			t.Helper()
			a := p.admin.want(status, "POST", p.path+"/tokens/"+verb, "{"+filter+body+"}")
			if err := json.Unmarshal([]byte(a.raw), &out); status == http.StatusOK && err != nil {
				t.Fatal(err)
			}
			return out
		}
		if n := ask(http.StatusOK, "pause", `,"dry_run":true`); n.Matched != 1 || n.Done != 0 || n.Bulk != "" {
			t.Fatalf("counted: %+v", n)
		}
		for name, body := range map[string]string{"without a count": `,"reason":"Looks stolen."`, "without a reason": `,"expected":1`} {
			if ask(http.StatusUnprocessableEntity, "pause", body); t.Failed() {
				t.Error(name)
			}
		}
		for _, n := range []int{0, 2} {
			ask(http.StatusConflict, "pause", fmt.Sprintf(`,"expected":%d,"reason":"Looks stolen."`, n))
		}
		if did := ask(http.StatusOK, "pause", `,"expected":1,"reason":"Looks stolen."`); did.Done != 1 || !did.Complete || did.Bulk == "" || did.Change == 0 {
			t.Errorf("paused: %+v", did)
		}
		if did := ask(http.StatusOK, "resume", `,"expected":1`); did.Done != 1 {
			t.Errorf("resumed: %+v", did)
		}
		ask(http.StatusUnprocessableEntity, "revoke", `,"expected":1,"reason":"Looks stolen."`) // no cause
		if did := ask(http.StatusOK, "revoke", `,"expected":1,"reason":"Looks stolen.","cause":"lost"`); did.Done != 1 || !did.Complete {
			t.Errorf("revoked: %+v", did)
		}
		ask(http.StatusConflict, "revoke", `,"expected":1,"reason":"Looks stolen.","cause":"lost"`)
		if n := ask(http.StatusOK, "revoke", `,"dry_run":true`); n.Matched != 0 {
			t.Errorf("left: %+v", n)
		}
		p.admin.want(http.StatusUnprocessableEntity, "POST", p.path+"/tokens/revoke", `{"filter":{"risk":["high"]},"dry_run":true}`)
		p.admin.want(http.StatusUnprocessableEntity, "GET", p.path+"/tokens?unused=x", "")
		var list struct {
			Items []struct{ Name, Cause string }
		}
		if err := json.Unmarshal([]byte(p.admin.want(http.StatusOK, "GET", p.path+"/tokens?cause=lost", "").raw), &list); err != nil || len(list.Items) != 1 || list.Items[0].Cause != "lost" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
