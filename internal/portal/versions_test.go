package portal_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// call has an operation of the berths called with a token, n minutes ago.
func (w *accessWorld) call(token models.Token, sub models.Subscription, operation string, ago time.Duration) {
	w.t.Helper()
	w.usage.Spool.Record(&gateway.Record{Start: w.clock.Now().Add(-ago), Status: 200, Outcome: "ok", Admitted: true, Tenant: uuid.MustParse(token.TenantID), Home: uuid.MustParse(token.TenantID),
		API: uuid.MustParse(sub.APIID), Version: uuid.MustParse(sub.VersionID), Subscription: uuid.MustParse(sub.ID), Team: uuid.MustParse(*token.TeamID),
		Token: uuid.MustParse(token.ID), Operation: operation})
	w.must(w.usage.Folder.Flush(w.ctx))
}

// tokenOf makes a token of a person's team that reads the berths.
func (w *accessWorld) tokenOf(name, label string) models.Token {
	w.t.Helper()
	token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: w.users[name].ID, TeamID: new(w.team(name)), Name: label, Digest: []byte(strings.Repeat(label, 32)[:32]),
		Hint: "abcd", State: models.TokenActive, ExpiresAt: w.clock.Now().AddDate(1, 0, 0)}
	w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error { return tx.InsertToken(&token, nil) })
	return token
}

// tellAll does the jobs that find and tell callers, twice as jobs may run.
func (w *accessWorld) tellAll() {
	w.t.Helper()
	w.mu.Lock()
	jobs := slices.Clone(w.jobs)
	w.mu.Unlock()
	for _, job := range append(jobs, jobs...) {
		if a, ok := job.(portal.Announce); ok {
			w.must(w.portal.Versions.Tell(w.ctx, a))
		}
	}
}

// versionNews is how many notices and mails about the berths somebody got.
func (w *accessWorld) versionNews(name string) [2]int {
	return [2]int{w.inbox(name, models.NotifyVersion), w.mails(name, portal.MailVersion)}
}

func (w *accessWorld) wantTold(when string, want map[string][2]int) {
	w.t.Helper()
	for _, name := range []string{"partner", "colleague", "rival", "admin", "manager", "stranger"} {
		if got := w.versionNews(name); got != want[name] {
			w.t.Errorf("%s: %s got %d notices and %d mails, want %v", when, name, got[0], got[1], want[name])
		}
	}
}

// A new document is told to who called what it changes: by operation, by token, and
// not longer ago than 30 days. What may break them comes by mail, too.
func TestWhoCalledWhatADocumentChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		partners, rivals := w.request("partner", "auto-true").Subscription, w.request("rival", "auto-true").Subscription
		reads, writes, old, theirs := w.tokenOf("partner", "reads"), w.tokenOf("colleague", "writes"), w.tokenOf("colleague", "old"), w.tokenOf("rival", "theirs")
		const day = 24 * time.Hour
		w.call(reads, partners, "GET /berths", 29*day)
		w.call(writes, partners, "POST /berths", time.Hour)
		w.call(old, partners, "GET /berths", 32*day)
		w.call(theirs, rivals, "POST /berths", time.Hour)
		w.republish(models.DocumentChange{Operation: "GET /berths", Kind: models.DiffChanged, Text: "The answer is another"})
		w.tellAll()
		w.wantTold("a change", map[string][2]int{"partner": {1, 0}})
		w.republish(models.DocumentChange{Operation: "POST /berths", Kind: models.DiffRemoved, Breaking: true, Text: "It is gone"}, models.DocumentChange{Kind: models.DiffChanged, Text: "Another title"})
		w.tellAll()
		w.wantTold("a breaking change", map[string][2]int{"partner": {2, 1}, "colleague": {1, 1}, "rival": {1, 1}})
		w.republish(models.DocumentChange{Kind: models.DiffChanged, Text: "Another title"})
		w.republish(models.DocumentChange{Operation: "GET /new", Kind: models.DiffAdded, Text: "It is new"})
		w.tellAll()
		w.wantTold("what nobody called", map[string][2]int{"partner": {2, 1}, "colleague": {1, 1}, "rival": {1, 1}})
		life, err := w.portal.Versions.Life(w.ctx, w.actor("manager", "port"), "berths", "v1")
		w.must(err)
		if len(life.Announcements) != 4 || life.Callers.Tokens != 3 || life.Callers.Teams != 2 {
			t.Fatalf("%+v", life)
		}
		breaking := life.Announcements[2]
		if breaking.Breaking != 1 || breaking.Summary != "POST /berths: It is gone" || breaking.Told != 3 || breaking.Seen != 0 {
			t.Errorf("%+v", breaking)
		}
		_, row, err := w.portal.Versions.Told(w.ctx, w.actor("admin", "port"), "berths", "v1", breaking.ID)
		w.must(err)
		var names []string
		for _, team := range row.Teams {
			for _, token := range team.Tokens {
				names = append(names, team.Team.Name+": "+token.Name+" "+strings.Join(token.Operations, ","))
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, "; "); got != "partner-team: writes POST /berths; rival-team: theirs POST /berths" {
			t.Error(got)
		}
		if _, row, err = w.portal.Versions.Told(w.ctx, w.actor("manager", "port"), "berths", "v1", breaking.ID); err != nil || row.Teams[0].Tokens[0].Name != "" {
			t.Errorf("an API manager, who sees no tokens, reads %+v (%v)", row.Teams, err)
		}
	})
}

// packed is a value as the tables hold it.
func packed(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if err := errors.Join(json.NewEncoder(z).Encode(v), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// republish puts another revision of the berths in force, with what is said to change.
func (w *accessWorld) republish(changes ...models.DocumentChange) {
	w.t.Helper()
	made := packed(w.t, changes)
	r := models.Revision{ID: models.NewID(), VersionID: w.api["port"].ID, Document: made, SHA256: []byte{}, Outline: packed(w.t, spec.Document{})}
	w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
		if err := tx.InsertRevision(&r, []models.Operation{operation("GET", "/berths", models.ClassRead)}); err != nil {
			return err
		}
		_, v, err := tx.Version("berths", "v1")
		if err != nil {
			return err
		}
		return tx.SetComparison(models.Comparison{BaseID: *v.PublishedID, RevisionID: r.ID, Changes: made})
	})
	w.must(second(w.portal.APIs.Accepting().Publish(w.ctx, w.actor("manager", "port"), "berths", "v1", r.ID)))
}

// R139: owners of tokens that called in 30 days, or 90 where it ends, are told; who may
// call and does not hears of it in the portal alone. Who still calls is reminded 30, 7
// and 1 days before, once each; the clock ends the version, and says so.
func TestTheEndOfAVersionIsToldAndComes(t *testing.T) {
	const day = 24 * time.Hour
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		partners := w.request("partner", "auto-true").Subscription
		w.request("rival", "auto-true")
		nightly, quarterly := w.tokenOf("partner", "nightly"), w.tokenOf("colleague", "quarterly")
		w.call(nightly, partners, "GET /berths", time.Hour)
		w.call(quarterly, partners, "GET /berths", 80*day)
		v, manager := w.portal.Versions, w.actor("manager", "port")
		sunset := w.clock.Now().Add(40 * day)
		w.must(second(v.Deprecate(w.ctx, manager, "berths", "v1", portal.VersionEnd{Ending: models.Ending{SunsetAt: &sunset, Notice: "Move."}})))
		w.tellAll()
		w.wantTold("announced", map[string][2]int{"partner": {1, 1}, "colleague": {1, 1}, "rival": {1, 0}})
		want := map[string][2]int{"partner": {1, 1}, "colleague": {1, 1}, "rival": {1, 0}}
		read, err := w.portal.Notifications.List(w.ctx, w.actor("colleague", ""))
		w.must(err)
		w.must(w.portal.Notifications.MarkRead(w.ctx, w.actor("colleague", ""), read[0].ID))
		w.must(v.See(w.ctx, w.actor("rival", "port"), "berths", "v1"))
		life, err := v.Life(w.ctx, manager, "berths", "v1")
		w.must(err)
		if a := life.Announcements[0]; a.Told != 3 || a.Seen != 2 || a.Still != 0 {
			t.Errorf("who read a notice, and who opened the page: %+v", a)
		}
		for _, step := range []struct {
			after time.Duration
			calls bool
			more  int
		}{{9 * day, true, 0}, {day, true, 1}, {22 * day, true, 0}, {day, true, 1}, {5 * day, false, 0}, {day, false, 1}, {20 * time.Hour, false, 0}} {
			w.clock.Advance(step.after)
			if step.calls {
				w.call(nightly, partners, "GET /berths", time.Minute)
			}
			for range 2 {
				w.must(v.Due(w.ctx))
			}
			want["partner"] = [2]int{want["partner"][0] + step.more, want["partner"][1] + step.more}
			w.wantTold(step.after.String()+" later", want)
		}
		if _, err := v.Retire(w.ctx, manager, "berths", "v1", portal.Accept{Confirm: "another"}); fault.Code(err) != "callers_left" || !strings.Contains(fault.From(err).Message, "1 team called") {
			t.Errorf("a retirement with callers left: %v", err)
		}
		w.clock.Advance(4 * time.Hour)
		if is := w.version(); is.State != models.VersionDeprecated || is.StateAt(w.clock.Now()) != models.VersionRetired {
			t.Errorf("at its end it is %s", is.State)
		}
		for range 2 {
			w.must(v.Due(w.ctx))
		}
		w.tellAll()
		is := w.version()
		if is.State != models.VersionRetired || is.RetiredAt == nil || !is.RetiredAt.Equal(sunset.Truncate(time.Second)) {
			t.Errorf("after its end it is %s, retired at %v", is.State, is.RetiredAt)
		}
		want["partner"], want["rival"] = [2]int{want["partner"][0] + 1, want["partner"][1] + 1}, [2]int{2, 0}
		w.wantTold("retired", want) // the quarterly job's last call is 120 days ago by now
		if done := w.audited("port", is.ID); done["version.retire"] != 1 || done["version.remind"] != 3 || done["version.announce"] != 2 {
			t.Errorf("audited: %v", done)
		}
		if _, err := v.Deprecate(w.ctx, manager, "berths", "v1", portal.VersionEnd{}); fault.Code(err) != "version_retired" {
			t.Errorf("a retired version was deprecated: %v", err)
		}
		w.clock.Advance((models.RevivalDays - 1) * day)
		w.must(second(v.Revive(w.ctx, w.actor("manager", "port"), "berths", "v1")))
		if is := w.version(); is.State != models.VersionDeprecated || is.SunsetAt != nil {
			t.Errorf("brought back: %+v", is)
		}
	})
}

func (w *accessWorld) version() (v models.Version) {
	w.t.Helper()
	w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) (err error) {
		_, v, err = r.Version("berths", "v1")
		return err
	}))
	return v
}
