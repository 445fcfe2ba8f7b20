package portal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// yard is a document with an operation at a path, and a word in its schema, its
// webhook and its prose.
func yard(path, operationID, word string) []byte {
	return fmt.Appendf(nil, `{"openapi":"3.1.0","info":{"title":"Yard","version":"1","description":"About %[3]s, **markedly**."},
	"tags":[{"name":"lots","description":"Lots of %[3]s."}],
	"paths":{%[1]q:{"get":{"operationId":%[2]q,"summary":"List parcels","tags":["lots"],"description":"Says where %[3]s stands. 商品の一覧を返します。",
	"responses":{"200":{"description":"Fine","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Parcel"}}}}}}}},
	"webhooks":{"moved":{"post":{"summary":"A parcel moved","description":"Sent for %[3]s.","responses":{"200":{"description":"Thanks"}}}}},
	"components":{"schemas":{"Parcel":{"type":"object","properties":{"pitchSlot":{"type":"string","description":"Where the %[3]s is."}}}}}}`, path, operationID, word)
}

func put(s *shop, version string, raw []byte) models.Revision {
	s.t.Helper()
	_, r, _, err := s.portal.APIs.PutDocument(s.ctx, s.as("manager"), "yard", version, raw)
	s.must(err)
	return r
}

func release(s *shop, version string, r models.Revision) {
	s.t.Helper()
	_, err := s.portal.APIs.Accepting().Publish(s.ctx, s.as("manager"), "yard", version, r.ID)
	s.must(err)
}

// titles are what was found, in words: "operation List parcels".
func titles(f portal.Findings) string {
	var out []string
	for _, one := range f.All() {
		out = append(out, string(one.Kind)+" "+one.Title)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

const all = "operation List parcels, prose About Yard, prose lots, schema Parcel, webhook A parcel moved"

// R53: what is found is what may be seen: nothing of drafts, of what is hidden, of
// what was replaced, nor of another tenant.
func TestWhatASearchFinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		finds := func(who, text, want string) {
			t.Helper()
			f, err := s.portal.APIs.Find(s.ctx, s.as(who), text)
			if err != nil || titles(f) != want {
				t.Errorf("%s finds by %q: %q, want %q, %v", who, text, titles(f), want, err)
			}
		}
		within := func(who, text, want string) {
			t.Helper()
			e, err := s.portal.APIs.Edition(s.ctx, s.as(who), "yard", "v1")
			if err != nil {
				t.Fatal(err)
			}
			f, err := s.portal.APIs.FindWithin(s.ctx, s.as(who), e, text)
			if err != nil || titles(f) != want {
				t.Errorf("%s finds within by %q: %q, want %q, %v", who, text, titles(f), want, err)
			}
		}
		first := put(s, "v1", yard("/lots/{lotId}", "listLots", "gantries"))
		finds("partner", "gantries", "")
		finds("manager", "gantries", "") // a draft is found inside of it alone
		within("manager", "gantries", all)
		s.plan("yard", "standard")
		s.upstream("yard", "v1", "https://up.example/base")
		release(s, "v1", first)
		for text, want := range map[string]string{
			"gantries": all, "gant": all, "GANTRIES stands": "operation List parcels", "lotid": "operation List parcels", "/lots/{lotId}": "operation List parcels",
			"list lots": "operation List parcels", "pitchSlot": "schema Parcel", "slot": "schema Parcel", "pitch_slot": "schema Parcel",
			"商品": "operation List parcels", "一覧": "operation List parcels", "品": "operation List parcels", "返します": "operation List parcels", "一致": "",
			"markedly": "prose About Yard", "zebra": "", "": "", "\"": "", "* OR NOT": "", "gantries & zebra": "", "a:* | b": "",
		} {
			finds("partner", text, want)
		}
		rival, err := s.portal.APIs.Find(s.ctx, s.in(s.rival, "partner"), "gantries")
		if err != nil || !rival.None() {
			t.Errorf("another tenant finds %+v, %v", rival, err)
		}

		second := put(s, "v1", yard("/lots/{lotId}", "listLots", "cranes"))
		finds("partner", "cranes", "")
		within("manager", "cranes", "") // who reads the published one searches it
		finds("partner", "gantries", all)
		release(s, "v1", second)
		finds("partner", "cranes", all)
		finds("partner", "gantries", "")
		release(s, "v1", first) // its words were dropped
		finds("partner", "gantries", all)
		finds("partner", "cranes", "")

		api, err := s.portal.APIs.Show(s.ctx, s.as("manager"), "yard")
		s.must(err)
		_, err = s.portal.APIs.Update(s.ctx, s.as("manager"), "yard", api.API, &models.Audience{Visibility: models.VisibleHidden})
		s.must(err)
		finds("partner", "gantries", "")
		finds("manager", "gantries", all)
	})
}

// R53: of guides, too, what is found is what may be read: as readers see it, of APIs
// that are there for them, and of no other tenant.
func TestWhatASearchFindsOfGuides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		guides, manager := s.portal.Guides, s.as("manager")
		finds := func(who, text, want string) {
			t.Helper()
			f, err := s.portal.APIs.Find(s.ctx, s.as(who), text)
			got := titles(f)
			for _, g := range f.Guides {
				got += " of " + g.API.Slug
			}
			if err != nil || got != want {
				t.Errorf("%s finds by %q: %q, want %q, %v", who, text, got, want, err)
			}
		}
		release(s, "v1", func() models.Revision {
			r := put(s, "v1", yard("/lots", "listLots", "x"))
			s.plan("yard", "standard")
			s.upstream("yard", "v1", "https://up.example")
			return r
		}())
		one, err := guides.Create(s.ctx, manager, "yard", models.Guide{Slug: "cranes", Title: "Work with cranes", Body: "Wear a **helmet**."}, false)
		s.must(err)
		finds("partner", "helmet", "")
		finds("manager", "helmet", "") // a draft is in the desk alone
		one, err = guides.Update(s.ctx, manager, one.ID, one, portal.GuidePublish)
		s.must(err)
		_, err = guides.Create(s.ctx, manager, "", models.Guide{Slug: "gate", Title: "The gate", Body: "Open from six."}, true)
		s.must(err)
		for text, want := range map[string]string{"helmet": "guide Work with cranes of yard", "cran": "guide Work with cranes of yard", "gate six": "guide The gate of "} {
			finds("partner", text, want)
		}
		rival, err := s.portal.APIs.Find(s.ctx, s.in(s.rival, "partner"), "helmet")
		if err != nil || !rival.None() {
			t.Errorf("another tenant finds %+v, %v", rival, err)
		}
		e, err := s.portal.APIs.Edition(s.ctx, s.as("partner"), "yard", "v1")
		s.must(err)
		for text, want := range map[string]string{"helmet": "guide Work with cranes", "gate": ""} {
			if f, err := s.portal.APIs.FindWithin(s.ctx, s.as("partner"), e, text); err != nil || titles(f) != want {
				t.Errorf("within the reference %q finds %q, want %q, %v", text, titles(f), want, err)
			}
		}

		one.Body = "Wear gloves."
		one, err = guides.Update(s.ctx, manager, one.ID, one, portal.GuideKeep)
		s.must(err)
		finds("partner", "gloves", "")
		finds("partner", "helmet", "guide Work with cranes of yard")
		one, err = guides.Update(s.ctx, manager, one.ID, one, portal.GuidePublish)
		s.must(err)
		finds("partner", "helmet", "")
		finds("partner", "gloves", "guide Work with cranes of yard")

		api, err := s.portal.APIs.Show(s.ctx, manager, "yard")
		s.must(err)
		_, err = s.portal.APIs.SetAudience(s.ctx, manager, "yard", api.Revision, models.Audience{Visibility: models.VisibleHidden})
		s.must(err)
		finds("partner", "gloves", "")
		finds("manager", "gloves", "guide Work with cranes of yard")
		one, err = guides.Update(s.ctx, manager, one.ID, one, portal.GuideWithdraw)
		s.must(err)
		finds("manager", "gloves", "")
		_, err = guides.Update(s.ctx, manager, one.ID, one, portal.GuidePublish)
		s.must(err)
		_, err = guides.Delete(s.ctx, manager, one.ID)
		s.must(err)
		finds("manager", "gloves", "")
	})
}

// An address that was good once leads to what took its place.
func TestWhereAnOperationWent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		old := put(s, "v1", yard("/lots/{lotId}", "listLots", "x"))
		s.plan("yard", "standard")
		s.upstream("yard", "v1", "https://up.example/base")
		release(s, "v1", old)
		moved := func(who, version, slug string) (m portal.Moved, err error) {
			e, err := s.portal.APIs.Edition(s.ctx, s.as(who), "yard", version)
			s.must(err)
			return s.portal.APIs.Moved(s.ctx, s.as(who), e, slug)
		}
		if _, err := moved("partner", "v1", "get-nothing"); !fault.Is(err, fault.NotFound) {
			t.Errorf("what never was: %v", err)
		}
		release(s, "v1", put(s, "v1", yard("/lots/{id}", "other", "x")))
		if m, err := moved("partner", "v1", "get-lots-lotid"); err != nil || m.Here != "get-lots-id" || m.Key != "GET /lots/{lotId}" {
			t.Errorf("the name of a parameter changed: %+v, %v", m, err)
		}
		release(s, "v1", put(s, "v1", yard("/places", "listLots", "x")))
		if m, err := moved("partner", "v1", "get-lots-lotid"); err != nil || m.Here != "get-places" {
			t.Errorf("the path changed: %+v, %v", m, err)
		}
		release(s, "v1", put(s, "v1", yard("/else", "else", "x")))
		draft := put(s, "v2", yard("/new", "listLots", "x"))
		if m, err := moved("partner", "v1", "get-lots-lotid"); err != nil || m.Here != "" || m.Last.Name != "v1" || len(m.Others) != 0 {
			t.Errorf("a draft of another version is told of: %+v, %v", m, err)
		}
		s.upstream("yard", "v2", "https://up.example/base")
		release(s, "v2", draft)
		if m, err := moved("partner", "v1", "get-lots-lotid"); err != nil || len(m.Others) != 1 || m.Others[0].Version.Name != "v2" || m.Others[0].Operation.Slug != "get-new" {
			t.Errorf("it is in v2: %+v, %v", m, err)
		}
		if m, err := moved("partner", "v2", "get-lots-lotid"); err != nil || m.Here != "get-new" {
			t.Errorf("from v1 to v2: %+v, %v", m, err)
		}
	})
}
