package portal_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"gatehouse/internal/demo/world"
	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

func TestAnUploadedDocumentIsReadByPartnersOnceItIsPublished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		apis, partner := s.portal.APIs, s.as("partner")
		created, r, problems, err := apis.PutDocument(s.ctx, s.as("manager"), "equipment", "v2", world.Document("northquay-equipment-v2.yaml"))
		if err != nil || !created || r.Number != 1 || r.Operations < 10 {
			t.Fatalf("uploaded: created %t, %+v, %v, %v", created, r, problems, err)
		}
		// R53: a draft is nowhere.
		hidden := func() {
			t.Helper()
			list, _, err := apis.List(s.ctx, partner, portal.APIPage{Limit: 10})
			if err != nil || len(list) != 0 {
				t.Errorf("a partner sees %d APIs, %v", len(list), err)
			}
			_, one := apis.Show(s.ctx, partner, "equipment")
			_, edition := apis.Edition(s.ctx, partner, "equipment", "v2")
			_, _, whole := apis.Download(s.ctx, partner, "equipment", "v2", portal.DocumentPart{}, "http://gw.example")
			_, part := apis.Slice(s.ctx, partner, "equipment", "v2", "get-cranes", "http://gw.example")
			for name, err := range map[string]error{"the API": one, "the reference": edition, "the document": whole, "the slice": part} {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s of a draft: %v, want not found", name, err)
				}
			}
			if found, err := apis.Find(s.ctx, partner, "crane"); err != nil || !found.None() {
				t.Errorf("a search finds %+v of a draft, %v", found, err)
			}
		}
		hidden()
		s.plan("equipment", "standard")
		s.upstream("equipment", "v2", "https://up.example/base")
		hidden()
		before := s.announce.Load()
		if _, err := apis.Publish(s.ctx, s.as("manager"), "equipment", "v2", r.ID); err != nil {
			t.Fatal(err)
		}
		if s.announce.Load() <= before {
			t.Error("gateways were not told")
		}
		e, err := apis.Edition(s.ctx, partner, "equipment", "v2")
		if err != nil || len(e.Operations) != r.Operations || e.Outline.Title == "" {
			t.Fatalf("the reference has %d of %d operations, %v", len(e.Operations), r.Operations, err)
		}
		for _, o := range e.Operations { // every page can be drawn from its row alone
			op, err := apis.Operation(s.ctx, partner, e, o.Slug)
			if err != nil || op.Key != o.Key {
				t.Fatalf("%s: %v", o.Slug, err)
			}
			if _, err := op.Open(); err != nil {
				t.Errorf("%s: %v", o.Slug, err)
			}
		}
		if found, err := apis.Find(s.ctx, partner, "crane list"); err != nil || len(found.Operations) == 0 || found.Operations[0].API.Slug != "equipment" {
			t.Errorf("a search found %v, %v", found, err)
		}
		w, err := apis.Welcome(s.ctx, partner)
		if err != nil || w.Operations != int64(r.Operations) || len(w.News) != 1 || w.News[0].API.Slug != "equipment" {
			t.Errorf("the home shows %+v, %v", w, err)
		}
	})
}

// A search says whose an operation is, however many APIs a tenant has.
func TestASearchKnowsTheAPIBehindAHundredOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.publish("yard", "v1", "northquay-equipment-v2.yaml")
		s.must(s.store.Do(s.ctx, s.as("manager"), models.APIManage, func(tx *store.Tx) error {
			for n := range store.PageMost {
				api := models.API{ID: models.NewID(), Slug: fmt.Sprintf("a%d", n), Name: fmt.Sprintf("A %d", n)}
				if err := tx.InsertAPI(&api); err != nil {
					return err
				}
			}
			return tx.Record("test", "test", nil, nil, nil)
		}))
		found, err := s.portal.APIs.Find(s.ctx, s.as("manager"), "crane list")
		if err != nil || len(found.Operations) == 0 || found.Operations[0].API.Slug != "yard" || found.Operations[0].Version.Name != "v1" {
			t.Errorf("a search found %v, %v", found, err)
		}
	})
}

// R56, issue 2 part 3: a refused document writes nothing by halves, and names every fault.
func TestARefusedDocumentNamesEveryFaultAndWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		_, _, read, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), "bad", "v1",
			[]byte("openapi: 3.0.3\ninfo: {title: Bad, version: '1'}\npaths:\n  pets:\n    get: {responses: {}}\n  /cats:\n    get: nonsense\n"))
		e := fault.From(err)
		if e.Code != "document_refused" || len(e.Fields) < 2 || len(read.Problems) < len(e.Fields) {
			t.Fatalf("refused with %v, fields %v, problems %v", err, e.Fields, read.Problems)
		}
		for _, p := range read.Problems {
			if p.Line == 0 || p.Message == "" {
				t.Errorf("a problem without its place or words: %+v", p)
			}
		}
		if _, err := s.portal.APIs.Show(s.ctx, s.as("manager"), "bad"); !fault.Is(err, fault.NotFound) {
			t.Errorf("the API exists: %v", err)
		}
		for name, raw := range map[string][]byte{"an empty document": nil, "blanks": []byte(" \n"), "prose": []byte("hello")} {
			if _, _, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), "bad", "v1", raw); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestALaterDocumentIsADraftRevision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		apis := s.portal.APIs
		s.publish("containers", "v1", "northquay-containers-v1.json")
		first, err := apis.Edition(s.ctx, s.as("partner"), "containers", "v1")
		s.must(err)
		created, again, _, err := apis.PutDocument(s.ctx, s.as("manager"), "containers", "v1", world.Document("northquay-containers-v1.json"))
		if err != nil || created || again.ID != first.Revision.ID {
			t.Errorf("the same document again: created %t, revision %d, %v", created, again.Number, err)
		}
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		if next.Number != 2 {
			t.Errorf("the second document is number %d", next.Number)
		}
		seen, err := apis.Edition(s.ctx, s.as("partner"), "containers", "v1")
		if err != nil || seen.Revision.ID != first.Revision.ID {
			t.Errorf("partners see document %d before it is published, %v", seen.Revision.Number, err)
		}
		one, err := apis.Show(s.ctx, s.as("manager"), "containers")
		if err != nil || !one.Waiting[seen.Version.ID] {
			t.Errorf("the publisher is not told that a document waits: %v %v", one.Waiting, err)
		}
		if _, err = apis.Publish(s.ctx, s.as("manager"), "containers", "v1", next.ID); fault.Code(err) != "breaking_changes" {
			t.Errorf("a document that breaks callers' programs: %v", err)
		}
		_, err = apis.Accepting().Publish(s.ctx, s.as("manager"), "containers", "v1", next.ID)
		s.must(err)
		seen, err = apis.Edition(s.ctx, s.as("partner"), "containers", "v1")
		if err != nil || seen.Revision.ID != next.ID {
			t.Errorf("partners see document %d, %v", seen.Revision.Number, err)
		}
	})
}

func TestPublishingSaysWhatIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		r := s.upload("gate", "v2", "northquay-gate-v2.yaml")
		want := func(words ...string) {
			t.Helper()
			_, err := s.portal.APIs.Publish(s.ctx, s.as("manager"), "gate", "v2", r.ID)
			if fault.Code(err) != "not_ready" {
				t.Fatalf("published: %v", err)
			}
			for _, w := range words {
				if !strings.Contains(fault.From(err).Message, w) {
					t.Errorf("%q does not name %q", fault.From(err).Message, w)
				}
			}
		}
		want("upstream", "plan")
		v := s.upstream("gate", "v2", "https://up.example")
		want("plan")
		p := s.plan("gate", "standard")
		if _, err := s.portal.Plans.Archive(s.ctx, s.as("manager"), "gate", p.ID); err != nil {
			t.Fatal(err)
		}
		want("plan")
		s.plan("gate", "other")
		s.must(s.portal.APIs.SetCredential(s.ctx, s.proven(v.ID), "gate", "v2", "X-Api-Key", "k"))
		s.upstream("gate", "v2", "https://elsewhere.example")
		want("credential")
	})
}

// What a document may say and what the gateway can serve are the same: what one
// refuses, the other does, so that no accepted document takes a version offline.
func TestADocumentIsAcceptedWhereTheGatewayCanServeIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		for i, template := range []string{"/{x}{y}", "/{x}-{y}{z}", "/{x", "/{x/y}", "/x}", "/{a{b}}", "/{}", "/{x}.json", "/{a}:{b}", "/a//b", "/{x}/", "/"} {
			raw := fmt.Sprintf("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  %q: {get: {responses: {}}}\n", template)
			_, _, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), fmt.Sprintf("api-%d", i), "v1", []byte(raw))
			if cannot := gateway.CheckOperation(template); (err != nil) != (cannot != nil) {
				t.Errorf("%q: the document is answered %v, the gateway says %v", template, err, cannot)
			}
		}
		r := s.upload("gate", "v2", "northquay-gate-v2.yaml")
		s.plan("gate", "standard")
		s.upstream("gate", "v2", "https://up.example")
		s.must(s.store.Do(s.ctx, s.as("manager"), models.APIManage, func(tx *store.Tx) error { // as an earlier release may have stored it
			_, v, err := tx.Version("gate", "v2")
			s.must(err)
			v.Upstream = "https://up.example/[x]"
			if err := tx.UpdateVersion(v); err != nil {
				return err
			}
			return tx.Record("version", v.ID, nil, nil, nil)
		}))
		if _, err := s.portal.APIs.Publish(s.ctx, s.as("manager"), "gate", "v2", r.ID); fault.Code(err) != "not_ready" {
			t.Errorf("published to an upstream that the gateway cannot call: %v", err)
		}
	})
}

func TestWhoMayPublish(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		v := s.publish("gate", "v2", "northquay-gate-v2.yaml")
		granted := models.NewActor(models.Standing{User: s.users["operator"], Grant: &models.Grant{Level: models.GrantManage}}, s.tenant, models.Request{})
		for name, actor := range map[string]models.Actor{"stranger": models.Stranger(s.tenant, models.Request{}), "partner": s.as("partner"),
			"admin": s.as("admin"), "auditor": s.as("auditor"), "granted": granted} {
			_, create := s.portal.APIs.Create(s.ctx, actor, models.API{Slug: "x-" + fmt.Sprint(len(name)), Name: "x"})
			_, version := s.portal.APIs.CreateVersion(s.ctx, actor, "gate", fmt.Sprintf("v%d", 100+len(name)))
			_, _, _, document := s.portal.APIs.PutDocument(s.ctx, actor, "gate", "v2", world.Document("northquay-gate-v2.yaml"))
			credential := s.portal.APIs.SetCredential(s.ctx, actor, "gate", "v2", "X-Key", "v")
			_, plan := s.portal.Plans.Create(s.ctx, actor, "gate", models.Plan{Slug: "p" + fmt.Sprint(len(name)), Name: "p", Rates: []models.Rate{{Calls: 1, Seconds: 1}}})
			got := []bool{create == nil, version == nil, document == nil, plan == nil, credential == nil}
			may := name == "granted" || name == "admin"
			want := []bool{may, may, may, may, false}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v (%v %v %v %v %v)", name, got, want, create, version, document, plan, credential)
			}
		}
		if w, err := s.portal.APIs.Workbench(s.ctx, s.as("auditor"), "gate", "v2"); err != nil || w.Version.ID != v.ID {
			t.Errorf("an auditor looks: %v", err)
		}
		if _, err := s.portal.APIs.Workbench(s.ctx, s.as("partner"), "gate", "v2"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a partner looks: %v", err)
		}
	})
}

// R52: what belongs elsewhere is not there, ids of another API included.
func TestThingsOfOtherAPIsAreNotThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.publish("gate", "v2", "northquay-gate-v2.yaml")
		other := s.upload("containers", "v1", "northquay-containers-v1.json")
		plan := s.plan("containers", "bulk")
		_, publish := s.portal.APIs.Publish(s.ctx, s.as("manager"), "gate", "v2", other.ID)
		_, understood := s.portal.APIs.Understood(s.ctx, s.as("manager"), "gate", "v2", other.ID)
		_, update := s.portal.Plans.Update(s.ctx, s.as("manager"), "gate", plan.ID, plan)
		_, archive := s.portal.Plans.Archive(s.ctx, s.as("manager"), "gate", plan.ID)
		_, _, show := s.portal.Plans.Show(s.ctx, s.as("manager"), "gate", plan.ID)
		_, foreign := s.portal.APIs.Edition(s.ctx, s.in(s.rival, "manager"), "gate", "v2")
		for name, err := range map[string]error{"publish": publish, "understood": understood, "update": update, "archive": archive, "show": show, "foreign": foreign} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// R105: whatever the document says, callers are sent to the gateway alone.
func TestDocumentsForPartnersNameTheGatewayAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		const evil = `{"openapi":"3.1.0","info":{"title":"T","version":"1"},"servers":[{"url":"https://evil.example"}],
			"components":{"securitySchemes":{"o":{"type":"oauth2","flows":{"implicit":{"authorizationUrl":"https://evil.example/auth","scopes":{}}}}}},
			"paths":{"/x":{"servers":[{"url":"https://evil.example/x"}],"get":{"servers":[{"url":"https://evil.example/y"}],"responses":{"200":{"description":"ok"}}}}}}`
		_, r, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), "evil", "v1", []byte(evil))
		s.must(err)
		s.plan("evil", "p")
		s.upstream("evil", "v1", "https://up.example")
		_, err = s.portal.APIs.Publish(s.ctx, s.as("manager"), "evil", "v1", r.ID)
		s.must(err)
		content, _, err := s.portal.APIs.Download(s.ctx, s.as("partner"), "evil", "v1", portal.DocumentPart{}, "https://gw.example/port/evil/v1")
		s.must(err)
		whole, err := io.ReadAll(content)
		s.must(err)
		part, err := s.portal.APIs.Slice(s.ctx, s.as("partner"), "evil", "v1", "get-x", "https://gw.example/port/evil/v1")
		s.must(err)
		for name, doc := range map[string][]byte{"whole": whole, "slice": part} {
			if bytes.Contains(doc, []byte("evil.example")) || !bytes.Contains(doc, []byte(`"https://gw.example/port/evil/v1"`)) {
				t.Errorf("%s: %s", name, doc)
			}
		}
	})
}

func TestPlansAreCheckedChangedAndArchived(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		api := s.made("a")
		rates := func(n int) (rs []models.Rate) {
			for i := range n {
				rs = append(rs, models.Rate{Calls: 10, Seconds: int64(i + 1)})
			}
			return rs
		}
		for _, tt := range []struct {
			name, field string
			plan        models.Plan
		}{
			{"a nameless one", "name", models.Plan{Slug: "a", Rates: rates(1)}},
			{"one without rates", "rates", models.Plan{Slug: "a", Name: "A"}},
			{"one with five rates", "rates", models.Plan{Slug: "a", Name: "A", Rates: rates(5)}},
			{"a rate of nothing", "rates", models.Plan{Slug: "a", Name: "A", Rates: []models.Rate{{Seconds: 1}}}},
			{"a quota without a period", "quota_period", models.Plan{Slug: "a", Name: "A", Rates: rates(1), QuotaCalls: 5}},
			{"a quota of nothing", "quota_calls", models.Plan{Slug: "a", Name: "A", Rates: rates(1), QuotaPeriod: models.QuotaDay}},
			{"a slug with a space", "slug", models.Plan{Slug: "a b", Name: "A", Rates: rates(1)}},
		} {
			_, err := s.portal.Plans.Create(s.ctx, s.as("manager"), api, tt.plan)
			if e := fault.From(err); e.Kind != fault.Invalid || len(e.Fields) == 0 || e.Fields[0].Name != tt.field {
				t.Errorf("%s: %v %v", tt.name, err, e.Fields)
			}
		}
		before := s.announce.Load()
		p := s.plan(api, "standard")
		if _, err := s.portal.Plans.Create(s.ctx, s.as("manager"), api, p); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same slug again: %v", err)
		}
		p.Rates, p.QuotaCalls, p.QuotaPeriod, p.AutoApprove = rates(4), 1000, models.QuotaMonth, true
		after, err := s.portal.Plans.Update(s.ctx, s.as("manager"), api, p.ID, p)
		s.must(err)
		if _, err := s.portal.Plans.Update(s.ctx, s.as("manager"), api, p.ID, p); !fault.Is(err, fault.Conflict) {
			t.Errorf("an update of what was changed meanwhile: %v", err)
		}
		if s.announce.Load() < before+2 {
			t.Error("gateways were not told")
		}
		_, err = s.portal.Plans.Archive(s.ctx, s.as("manager"), api, after.ID)
		s.must(err)
		_, all, err := s.portal.Plans.List(s.ctx, s.as("manager"), api)
		if err != nil || len(all) != 1 || all[0].ArchivedAt == nil || len(all[0].Rates) != 4 || all[0].QuotaCalls != 1000 {
			t.Errorf("the publisher sees %+v, %v", all, err)
		}
		one, err := s.portal.APIs.Show(s.ctx, s.as("manager"), api)
		if err != nil || len(one.Plans) != 0 {
			t.Errorf("it is still offered: %+v %v", one.Plans, err)
		}
	})
}
