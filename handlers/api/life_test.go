package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/testkit"
)

// R139, R142: a program announces an end, brings it forward and retires the version,
// each only as it read it and with what it has to accept; it reads who was told.
func TestTheEndOfAVersionByAPI(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := newPlace(t, k, "acme")
		m, version := p.manager, p.path+"/apis/orders/versions/v1"
		called := func() (status int) {
			r, _ := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/acme/orders/v1/orders", nil)
			r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if err := k.Usage.Folder.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			return res.StatusCode
		}
		if called() != http.StatusOK {
			t.Fatal("the API is not there")
		}
		tag := func() []string {
			return []string{"If-Match", m.want(http.StatusOK, "GET", version, "").Header.Get("ETag")}
		}
		today := time.Now().UTC().Truncate(time.Second)
		at := func(days int) string { return today.AddDate(0, 0, days).Format(time.RFC3339) }
		if a := m.want(http.StatusPreconditionRequired, "POST", version+"/deprecate", `{}`); a.code() != "if_match_required" {
			t.Error(a.raw)
		}
		m.want(http.StatusPreconditionFailed, "POST", version+"/deprecate", `{}`, "If-Match", `"99"`)
		for body, field := range map[string]string{
			`{"sunset_at":"` + at(-1) + `"}`: "sunset_at", `{"deprecated_at":"` + at(9) + `","sunset_at":"` + at(8) + `"}`: "sunset_at",
			`{"deprecated_at":"` + at(-2) + `"}`: "deprecated_at", `{"successor":"v1"}`: "successor", `{"successor":"v7"}`: "successor",
			`{"notice":"` + strings.Repeat("x", 4001) + `"}`: "notice",
		} {
			if a := m.want(http.StatusUnprocessableEntity, "POST", version+"/deprecate", body, tag()...); a.fields()[field] == "" {
				t.Errorf("%.80s: %s", body, a.raw)
			}
		}
		if a := m.want(http.StatusConflict, "POST", version+"/undeprecate", "", tag()...); a.code() != "not_deprecated" {
			t.Error(a.raw)
		}
		if a := m.want(http.StatusConflict, "POST", version+"/deprecate", `{"sunset_at":"`+at(3)+`"}`, tag()...); a.code() != "callers_left" || a.fields()["accept_callers"] == "" {
			t.Errorf("within a week: %s", a.raw)
		}
		done := m.want(http.StatusOK, "POST", version+"/deprecate", `{"sunset_at":"`+at(60)+`","notice":"Move."}`, tag()...)
		if done.body["state"] != "deprecated" || done.body["sunset_at"] != at(60) || done.body["notice"] != "Move." {
			t.Error(done.raw)
		}
		if a := m.want(http.StatusConflict, "POST", version+"/deprecate", `{"sunset_at":"`+at(50)+`"}`, tag()...); a.code() != "end_sooner" {
			t.Error(a.raw)
		}
		m.want(http.StatusOK, "POST", version+"/deprecate", `{"sunset_at":"`+at(50)+`","accept_sooner":true}`, tag()...)
		if a := m.want(http.StatusConflict, "POST", version+"/retire", `{}`, tag()...); a.code() != "callers_left" {
			t.Error(a.raw)
		}
		var list answer
		testkit.Eventually(t, "all callers are told", func() bool {
			list = m.want(http.StatusOK, "GET", version+"/announcements", "")
			return !strings.Contains(list.raw, `"told":0`)
		})
		first := list.body["items"].([]any)[0].(map[string]any)
		if first["kind"] != "dates" || first["told"] != 1.0 || first["seen"] != 0.0 || first["sunset_at"] != at(50) {
			t.Error(list.raw)
		}
		one := m.want(http.StatusOK, "GET", version+"/announcements/"+first["id"].(string), "")
		if !strings.Contains(one.raw, p.Token.ID) || !strings.Contains(one.raw, `"team":"Team of acme"`) {
			t.Error(one.raw)
		}
		m.want(http.StatusOK, "POST", version+"/announcements/"+first["id"].(string)+"/remind", "")
		if a := m.want(http.StatusConflict, "POST", version+"/announcements/"+first["id"].(string)+"/remind", ""); a.code() != "reminded_lately" {
			t.Error(a.raw)
		}
		m.want(http.StatusOK, "POST", version+"/retire", `{"accept_callers":true}`, tag()...)
		if called() != http.StatusGone {
			t.Error("a retired version answers")
		}
		m.want(http.StatusOK, "POST", version+"/revive", "", tag()...)
		if called() != http.StatusOK {
			t.Error("a version that was brought back does not answer")
		}
	})
}
