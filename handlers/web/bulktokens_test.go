package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="(verb|filter|expected|shown)" value="([^"]*)"`)

// bulkForm is what the page sends whose evidence was looked at, with a fresh passkey.
func bulkForm(t *testing.T, b *testkit.Browser, page testkit.Answer, more url.Values) url.Values {
	t.Helper()
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page.Body, -1) {
		form.Set(m[1], strings.ReplaceAll(m[2], "&amp;", "&"))
	}
	object := regexp.MustCompile(`data-object="([^"]+)"`).FindStringSubmatch(page.Body)
	if object == nil {
		t.Fatalf("the page asks for no passkey: %.400s", page.Body)
	}
	form.Set("step_up", b.StepUp(models.TokenRevokeAny, object[1]))
	for name, v := range more {
		form[name] = v
	}
	return form
}

// states counts the access tokens of a place by state.
func states(t *testing.T, k *testkit.Kit, p *testkit.Place) map[models.TokenState]int {
	t.Helper()
	out := map[models.TokenState]int{}
	err := k.Store.As(t.Context(), k.Actor(p.Admin, p.Slug), func(r store.Tenant) error {
		for after := ""; ; {
			part, err := r.Tokens(store.TokenFilter{Kinds: []models.TokenKind{models.TokenAccess}, Order: store.TokensOldest, After: after, Limit: 100})
			if err != nil {
				return err
			}
			for _, token := range part {
				out[token.State]++
				after = token.ID
			}
			if len(part) < 100 {
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const bulkAt = "/t/port/admin/tokens/bulk"

// R13, R14, R64: "this team's laptop was stolen": everything of the team is found,
// shown and stopped at once, what was made meanwhile too, and the receipt says so.
func TestAllTokensOfATeamAreStopped(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		for i := range 130 {
			addToken(k, p, fmt.Sprint("crane ", i), nil, models.AccessRead)
		}
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Fatal(got)
		}
		if err := k.Usage.Folder.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		team := "team=" + p.Team.ID
		expect(t, p.Admin.Get("/t/port/admin/tokens?"+team), http.StatusOK, "131 tokens, in Team of port", bulkAt+"?verb=revoke&amp;"+team)
		page := p.Admin.Get(bulkAt + "?verb=revoke&" + team)
		expect(t, page, http.StatusOK, "Revoke 131 tokens?", "port partner (131)", "Teams: Team of port (131).", "1 token was used in the last 24 hours", "from 1 address", "Type Team of port to confirm")
		late := addToken(k, p, "made meanwhile", nil, models.AccessRead)
		why := url.Values{"cause": {"lost"}, "reason": {"A laptop was stolen."}, "confirm": {"team of  port"}}
		for name, wrong := range map[string]url.Values{
			"another name": {"confirm": {"Tenant port"}}, "no name": {"confirm": {""}}, "no cause": {"cause": nil}, "no word": {"reason": {""}},
		} {
			form := bulkForm(t, p.Admin, page, why)
			for field, v := range wrong {
				form[field] = v
			}
			if a := p.Admin.Post(bulkAt, form); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Nothing was changed") {
				t.Errorf("%s: %d", name, a.StatusCode)
			}
		}
		unproven := bulkForm(t, p.Admin, page, why)
		unproven.Set("step_up", p.Admin.StepUp(models.TokenRevokeAny, "another object"))
		if a := p.Admin.Post(bulkAt, unproven); a.StatusCode != http.StatusForbidden {
			t.Errorf("with a passkey for something else: %d", a.StatusCode)
		}
		if got := states(t, k, p); got[models.TokenRevoked] != 0 {
			t.Fatalf("refused, and %d are revoked", got[models.TokenRevoked])
		}
		done := p.Admin.Post(bulkAt, bulkForm(t, p.Admin, page, why))
		expect(t, done, http.StatusSeeOther)
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
			t.Errorf("the first call after the answer: %d", got)
		}
		if got := states(t, k, p); got[models.TokenRevoked] != 132 {
			t.Errorf("%v", got)
		}
		at := done.Header.Get("Location")
		receipt := p.Admin.Get(at)
		expect(t, receipt, http.StatusOK, "132 tokens revoked", "Made after that, and changed, too", "Lost: nobody knows where it is.", "A laptop was stolen.", "port admin")
		testkit.Eventually(t, "every gateway has it", func() bool {
			return strings.Contains(p.Admin.Get(at).Body, "Applied by every gateway")
		})
		next := regexp.MustCompile(`href="(` + at + `\?after=[0-9a-f-]+)"`).FindStringSubmatch(receipt.Body)
		rows := len(names(receipt.Body))
		for next != nil {
			receipt = p.Admin.Get(next[1])
			rows += len(names(receipt.Body))
			next = regexp.MustCompile(`href="(` + at + `\?after=[0-9a-f-]+)"`).FindStringSubmatch(receipt.Body)
		}
		if rows != 132 {
			t.Errorf("the receipt names %d tokens", rows)
		}
		expect(t, p.Auditor.Get(at), http.StatusOK)
		events, err := k.Portal.Audit.List(t.Context(), k.Actor(p.Admin, "port"), portal.AuditFilter{ObjectKind: "token", ObjectID: late.ID, Limit: 10})
		if err != nil || len(events) != 1 || !regexp.MustCompile(`"bulk":"[0-9a-f-]{36}","cause":"lost","change":\d+,`).Match(events[0].Details) {
			t.Errorf("%d events: %s, %v", len(events), events[0].Details, err)
		}
		if m := k.Mail(p.Partner.User.Email, "100 tokens were revoked"); !strings.Contains(m.Text, "crane 7") || !strings.Contains(m.Text, "A laptop was stolen.") {
			t.Errorf("the owner is told: %s", m.Text)
		}
	})
}

// R64: where more of what was there fits than was shown, nothing is done.
func TestABulkIsAboutWhatWasShown(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	one := addToken(k, p, "one", nil, models.AccessRead)
	addToken(k, p, "two", nil, models.AccessRead)
	page := p.Admin.Get(bulkAt + "?verb=pause&q=one")
	expect(t, page, http.StatusOK, "Pause 1 token?", "Type Tenant port to confirm")
	why := url.Values{"reason": {"Looks odd."}, "confirm": {"Tenant port"}}
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		token, err := tx.LockToken(p.Token.ID)
		if err != nil {
			return err
		}
		token.Description = "one more"
		return tx.UpdateToken(token)
	})
	a := p.Admin.Post(bulkAt, bulkForm(t, p.Admin, page, why))
	expect(t, a, http.StatusConflict, "finds 2 tokens now, not the 1 that were shown", "Pause 2 tokens?", "Looks odd.")
	if got := states(t, k, p); got[models.TokenPaused] != 0 {
		t.Fatalf("%v", got)
	}
	expect(t, p.Admin.Post(bulkAt, bulkForm(t, p.Admin, a, why)), http.StatusSeeOther)
	if got := states(t, k, p); got[models.TokenPaused] != 2 || got[models.TokenActive] != 1 {
		t.Fatalf("%v", got)
	}
	if a := p.Partner.Post("/t/port/tokens/"+one.ID+"/resume", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("its owner resumes what an admin has paused: %d", a.StatusCode)
	}
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusUnauthorized {
		t.Errorf("a paused token: %d", got)
	}
	page = p.Admin.Get(bulkAt + "?verb=resume")
	expect(t, page, http.StatusOK, "Resume 2 tokens?")
	expect(t, p.Admin.Post(bulkAt, bulkForm(t, p.Admin, page, url.Values{"confirm": {"Tenant port"}})), http.StatusSeeOther)
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Errorf("a resumed token: %d", got)
	}
	expect(t, p.Admin.Get(bulkAt+"?verb=resume"), http.StatusOK, "Nothing to resume")
}

// What breaks off half-way leaves whole parts done, says so, and goes on from there.
func TestABulkThatBreaksOff(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	var poison models.Token
	for i := range 250 {
		if token := addToken(k, p, fmt.Sprint("crane ", i), nil, models.AccessRead); i == 170 {
			poison = token
		}
	}
	h, err := k.Store.Handles()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := h.Write.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TRIGGER poison BEFORE UPDATE ON tokens WHEN OLD.id = '` + poison.ID + `' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
	page := p.Admin.Get(bulkAt + "?verb=revoke&q=crane")
	why := url.Values{"cause": {"leaked"}, "reason": {"They stood in a log."}, "confirm": {"Tenant port"}}
	a := p.Admin.Post(bulkAt, bulkForm(t, p.Admin, page, why))
	expect(t, a, http.StatusSeeOther)
	at := a.Header.Get("Location")
	expect(t, p.Admin.Get(at), http.StatusOK, "This is not finished.", "100 tokens were done, for good; 150 still fit the filter.", "It broke off before all was done.")
	if got := states(t, k, p); got[models.TokenRevoked] != 100 {
		t.Errorf("%v", got)
	}
	if a := p.Auditor.Post(at, nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("an auditor goes on: %d", a.StatusCode)
	}
	expect(t, p.Admin.Post(at, nil), http.StatusSeeOther) // still broken
	exec(`DROP TRIGGER poison`)
	expect(t, p.Admin.Post(at, nil), http.StatusSeeOther)
	receipt := p.Admin.Get(at)
	expect(t, receipt, http.StatusOK, "250 tokens revoked")
	if strings.Contains(receipt.Body, "not finished") {
		t.Error("the receipt says that it is not finished")
	}
	if got := states(t, k, p); got[models.TokenRevoked] != 250 || got[models.TokenActive] != 1 {
		t.Errorf("%v", got)
	}
	expect(t, p.Admin.Post(at, nil), http.StatusSeeOther) // nothing is left, and nothing happens
	expect(t, p.Admin.Get(at), http.StatusOK, "250 tokens revoked")
}

// R14: bulks and single revocations of the same tokens at once: each token is
// revoked once, by whoever came first, and nobody waits for ever.
func TestBulksAndSingleRevocationsAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("port", true)
		var tokens []models.Token
		for i := range 150 {
			tokens = append(tokens, addToken(k, p, fmt.Sprint("crane ", i), nil, models.AccessRead))
		}
		admin := k.Actor(p.Admin, "port")
		var work sync.WaitGroup
		for range 2 {
			in := portal.NewBulk{Verb: models.BulkRevoke, Filter: "q=crane", Expected: 150, Cause: models.CauseLeaked, Reason: "They stood in a log.", Confirm: "Tenant port"}
			actor := k.Proven(admin, models.TokenRevokeAny, in.Object())
			work.Go(func() {
				if _, err := k.Portal.AllTokens.ChangeMany(t.Context(), actor, in); err != nil {
					t.Error(err)
				}
			})
		}
		for i := 149; i >= 0; i -= 10 {
			work.Go(func() {
				if err := k.Portal.AllTokens.Revoke(t.Context(), admin, tokens[i].ID, models.CauseLost, "It fell off a crane."); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if got := states(t, k, p); got[models.TokenRevoked] != 150 {
			t.Errorf("%v", got)
		}
		for _, token := range tokens {
			events, err := k.Portal.Audit.List(t.Context(), admin, portal.AuditFilter{Action: "token.revoke", ObjectKind: "token", ObjectID: token.ID, Limit: 5})
			if err != nil || len(events) != 1 {
				t.Fatalf("%s was revoked %d times, %v", token.Name, len(events), err)
			}
		}
	})
}

// R19: lists know of a use a little late; a bulk of what is unused looks again, and
// leaves what was used since alone.
func TestABulkOfTheUnusedLooksAgain(t *testing.T) {
	k := testkit.New(t)
	useWasNoted(t, k)
	p := k.Place("port", true)
	idle := addToken(k, p, "idle", nil, models.AccessRead)
	for _, id := range []string{idle.ID, p.Token.ID} {
		alter(t, k, "created_at", k.Store.Now().AddDate(0, 0, -120), id)
	}
	if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
		t.Fatal(got)
	}
	if err := k.Usage.Folder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"unused=30", "risk=idle", "unused=never&older=90"} {
		page := p.Admin.Get(bulkAt + "?verb=pause&" + filter)
		expect(t, page, http.StatusOK, "Pause 2 tokens?")
		done := p.Admin.Post(bulkAt, bulkForm(t, p.Admin, page, url.Values{"reason": {"Nothing uses it."}, "confirm": {"Tenant port"}}))
		expect(t, done, http.StatusSeeOther)
		expect(t, p.Admin.Get(done.Header.Get("Location")), http.StatusOK, "1 token paused", ">idle</a>")
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Errorf("%s: what was used just now is refused: %d", filter, got)
		}
		if err := k.Portal.AllTokens.Resume(t.Context(), k.Actor(p.Admin, "port"), idle.ID); err != nil {
			t.Fatal(err)
		}
	}
}
