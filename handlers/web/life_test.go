package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

const (
	adminV1 = "/t/port/admin/apis/orders/versions/v1"
	lifeV1  = adminV1 + "/life"
)

// ask calls the place's API, and has the call counted.
func ask(t *testing.T, k *testkit.Kit, p *testkit.Place, path string) *http.Response {
	t.Helper()
	var res *http.Response
	testkit.Eventually(t, "an answer of the gateway", func() bool {
		r, _ := http.NewRequest(http.MethodGet, k.GatewayURL.String()+"/port/orders/v1"+path, nil)
		r.Header.Set("Authorization", "Bearer "+p.Secret.Reveal())
		var err error
		if res, err = http.DefaultClient.Do(r); err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode != http.StatusServiceUnavailable
	})
	if err := k.Usage.Folder.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	return res
}

// lifeForm is the form of a version's end as it stands on its page.
func lifeForm(k *testkit.Kit, p *testkit.Place, more ...string) url.Values {
	bench, err := k.Portal.APIs.Workbench(context.Background(), k.Actor(p.Manager, "port"), "orders", "v1")
	if err != nil {
		panic(err)
	}
	form := url.Values{"revision": {strconv.Itoa(bench.Version.Revision)}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// heard is how many notices about a version a person has.
func heard(t *testing.T, k *testkit.Kit, b *testkit.Browser, title string) (n int) {
	t.Helper()
	rows, err := k.Portal.Notifications.List(context.Background(), k.Actor(b, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == models.NotifyVersion && strings.Contains(r.Title, title) {
			n++
		}
	}
	return n
}

// Issue 4, 10 and 11, R139: from announcing an end to the 410, by pages and calls:
// those who call are told, and nobody else; the gateway says it in every answer, and
// ends it at its second; a retirement that takes something away asks twice.
func TestAVersionComesToItsEnd(t *testing.T) {
	stepped(t, func(t *testing.T, k *testkit.Kit, now *clock.Manual) {
		p := k.Place("port", true)
		rival := k.Person("rival", models.NotStaff)
		team := models.Team{ID: models.NewID(), Name: "Idle team"}
		k.Write(rival, p.Tenant, func(tx *store.Tx) error { return tx.InsertTeam(&team, rival.User.ID) })
		if got := ask(t, k, p, "/orders"); got.StatusCode != http.StatusOK || got.Header.Get("Deprecation") != "" {
			t.Fatalf("before: %d %v", got.StatusCode, got.Header)
		}
		now.Advance(5 * time.Minute)
		has(t, p.Manager.Get(adminV1), http.StatusOK, "by 1 team with 1 token", lifeV1)
		has(t, p.Manager.Get(lifeV1), http.StatusOK, "Announce its end", "Retire it now", "It is called")
		has(t, p.Manager.Post("/t/port/admin/apis/orders/versions", url.Values{"version": {"v3"}}), http.StatusSeeOther)
		draft := "/t/port/admin/apis/orders/versions/v3"
		has(t, p.Manager.Get(draft), http.StatusOK, draft+"/life")
		has(t, p.Manager.Get(draft+"/life"), http.StatusOK, "It is a draft")
		hasNot(t, p.Manager.Get(draft+"/life"), "Retire it now")

		last := now.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 40)
		end := last.AddDate(0, 0, 1)
		refused := p.Manager.Post(lifeV1, lifeForm(k, p, "last_day", "yesterday", "notice", "**Move** on"))
		has(t, refused, http.StatusUnprocessableEntity, "Write a day", "**Move** on")
		has(t, p.Manager.Post(lifeV1, lifeForm(k, p, "last_day", last.Format(time.DateOnly), "successor", "v9")), http.StatusUnprocessableEntity, "Choose a published version")
		has(t, p.Manager.Post(lifeV1, lifeForm(k, p, "last_day", last.Format(time.DateOnly), "notice", "**Move** on")), http.StatusSeeOther)

		m := k.Mail(p.Partner.User.Email, "Orders v1 ends on "+last.Format("2 January 2006"))
		if !strings.Contains(m.Text, p.Token.Name) || !strings.Contains(m.Text, "/t/port/apis/orders/v1/life") {
			t.Errorf("the mail names no token or leads nowhere: %s", m.Text)
		}
		if heard(t, k, p.Partner, "ends on") != 1 || heard(t, k, rival, "Orders") != 0 || heard(t, k, p.Admin, "Orders") != 0 {
			t.Error("not exactly those who call were told")
		}
		answer := ask(t, k, p, "/orders")
		page := strings.TrimSuffix(k.PortalURL.String(), "/") + "/t/port/apis/orders/v1/life"
		if sunset, links := answer.Header.Get("Sunset"), answer.Header["Link"]; sunset != end.Format(http.TimeFormat) || len(links) != 2 ||
			links[0] != "<"+page+`>; rel="deprecation"; type="text/html"` || links[1] != "<"+page+`>; rel="sunset"; type="text/html"` {
			t.Errorf("Sunset %q, Link %q", sunset, links)
		}

		life := p.Manager.Get(lifeV1)
		has(t, life, http.StatusOK, "Change what is announced", "Deprecated, ends at", `data-label="Told">1<`, `data-label="Seen">0<`)
		has(t, p.Partner.Get("/t/port/apis/orders/v1"), http.StatusOK, "is deprecated since", "<strong>Move</strong> on")
		has(t, p.Partner.Get("/t/port/apis/orders/v1/life"), http.StatusOK, "Tokens of yours that called it", p.Token.Name, "I have seen it")
		has(t, p.Manager.Get(lifeV1), http.StatusOK, `data-label="Seen">0<`)
		has(t, p.Partner.Post("/t/port/apis/orders/v1/life/seen", nil), http.StatusSeeOther)
		hasNot(t, p.Partner.Get("/t/port/apis/orders/v1/life"), "I have seen it")
		hasNot(t, k.Visitor().Get("/t/port/apis/orders/v1/life"), "Tokens of yours", p.Token.ID)
		has(t, p.Manager.Get(lifeV1), http.StatusOK, `data-label="Told">1<`, `data-label="Seen">1<`)
		has(t, k.Visitor().Get("/t/port/apis/orders/v1/life/end.ics"), http.StatusOK, "DTSTART:"+end.Format("20060102T150405Z"), "TRIGGER:-P30D")
		if heard(t, k, p.Partner, "ends on") != 1 {
			t.Error("the notice went")
		}

		soon := last.AddDate(0, 0, -10).Format(time.DateOnly)
		has(t, p.Manager.Post(lifeV1, lifeForm(k, p, "last_day", soon)), http.StatusConflict, "comes sooner", soon)
		has(t, p.Manager.Post(lifeV1, lifeForm(k, p, "last_day", soon, "sooner", "on")), http.StatusSeeOther)
		has(t, p.Manager.Post(lifeV1, url.Values{"revision": {"1"}, "last_day": {soon}}), http.StatusConflict, "Somebody else changed this")

		retire := lifeForm(k, p)
		has(t, p.Manager.Post(lifeV1+"/retire", retire), http.StatusConflict, "1 team called this version", "Type the API")
		retire.Set("confirm_retire", "order")
		has(t, p.Manager.Post(lifeV1+"/retire", retire), http.StatusConflict, "Type the API")
		if got := ask(t, k, p, "/orders"); got.StatusCode != http.StatusOK {
			t.Errorf("a retirement that was not confirmed: %d", got.StatusCode)
		}
		retire.Set("confirm_retire", " orders ")
		has(t, p.Manager.Post(lifeV1+"/retire", retire), http.StatusSeeOther)
		if got := ask(t, k, p, "/orders"); got.StatusCode != http.StatusGone {
			t.Errorf("retired: %d", got.StatusCode)
		}
		has(t, p.Partner.Get("/t/port/apis/orders/v1"), http.StatusGone, "Orders v1 is retired")
		has(t, p.Manager.Get("/t/port/apis/orders/v1"), http.StatusOK, "List orders", "is retired")
		has(t, p.Partner.Get("/t/port/subscriptions"), http.StatusOK)
		has(t, p.Partner.Get("/t/port/apis/orders/subscribe"), http.StatusNotFound)
		k.Mail(p.Partner.User.Email, "Orders v1 is retired: its calls are refused")

		has(t, p.Manager.Get(lifeV1), http.StatusOK, "Bring it back")
		has(t, p.Manager.Post(lifeV1+"/revive", lifeForm(k, p)), http.StatusSeeOther)
		if got := ask(t, k, p, "/orders"); got.StatusCode != http.StatusOK || got.Header.Get("Sunset") != "" {
			t.Errorf("brought back: %d %v", got.StatusCode, got.Header)
		}
		has(t, p.Manager.Post(lifeV1+"/undo", lifeForm(k, p)), http.StatusSeeOther)
		if got := ask(t, k, p, "/orders"); got.Header.Get("Deprecation") != "" {
			t.Errorf("taken back: %v", got.Header)
		}
	})
}

// R139: a document that deprecates one operation is told to who calls it, and by the
// gateway in each of its answers, with the day on which it was first published so.
func TestADeprecatedOperation(t *testing.T) {
	stepped(t, func(t *testing.T, k *testkit.Kit, now *clock.Manual) {
		p := k.Place("port", true)
		publish := func(document string) {
			t.Helper()
			ctx, manager := context.Background(), k.Actor(p.Manager, "port")
			_, revision, _, err := k.Portal.APIs.PutDocument(ctx, manager, "orders", "v1", []byte(document))
			if err == nil {
				_, err = k.Portal.APIs.Accepting().Publish(ctx, manager, "orders", "v1", revision.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		says := func(path, deprecation string) {
			t.Helper()
			testkit.Eventually(t, "the gateway to say "+deprecation+" of "+path, func() bool {
				return ask(t, k, p, path).Header.Get("Deprecation") == deprecation
			})
		}
		says("/orders", "")
		now.Advance(5 * time.Minute)
		deprecated := strings.Replace(testkit.Document, "operationId: listOrders", "operationId: listOrders\n      deprecated: true", 1)
		publish(deprecated)
		since := "@" + strconv.FormatInt(now.Now().Unix(), 10)
		says("/orders", since)
		says("/orders/7", "")
		if got, want := ask(t, k, p, "/orders").Header.Get("Link"), "<"+k.PortalURL.String()+`/t/port/apis/orders/v1/operations/get-orders>; rel="deprecation"; type="text/html"`; got != want {
			t.Errorf("Link: %q, want %q", got, want)
		}
		testkit.Eventually(t, "its caller to be told", func() bool { return heard(t, k, p.Partner, "changes in operations that you call") == 1 })
		k.Mail(p.Partner.User.Email, "Orders v1 has changes in operations that you call")

		now.Advance(24 * time.Hour)
		publish(strings.Replace(deprecated, "operationId: readOrder", "operationId: readOrder\n      deprecated: true", 1))
		says("/orders/7", "@"+strconv.FormatInt(now.Now().Unix(), 10))
		says("/orders", since)
		publish(testkit.Document)
		says("/orders", "")
	})
}
