package web_test

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// addToken stores an access token of the place's team that nobody has the secret of.
func addToken(k *testkit.Kit, p *testkit.Place, name string, change func(*models.Token), access models.Access) models.Token {
	token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: p.Partner.User.ID, TeamID: &p.Team.ID, Name: name,
		Digest: make([]byte, 32), KeyID: "k1", Hint: "test", State: models.TokenActive, ExpiresAt: k.Store.Now().AddDate(0, 0, 30)}
	_, _ = rand.Read(token.Digest)
	if change != nil {
		change(&token)
	}
	k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
		if err := tx.InsertToken(&token, []models.Permission{{VersionID: p.Version.ID, Access: access}}); err != nil {
			return err
		}
		return tx.Changed(models.ChangeToken, token.ID)
	})
	return token
}

// alter changes a token's row past all doors: a day in the past cannot be waited for.
func alter(t *testing.T, k *testkit.Kit, column string, value any, token string) {
	t.Helper()
	h, err := k.Store.Handles()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write.Exec("UPDATE tokens SET "+column+" = ? WHERE id = ?", value, token); err != nil {
		t.Fatal(err)
	}
}

// useWasNoted waits for the copying of last uses that a start begins with: the next
// one comes a quarter of an hour later.
func useWasNoted(t *testing.T, k *testkit.Kit) {
	t.Helper()
	h, err := k.Store.Handles()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the job of the start", func() bool {
		var n int
		err := h.Read.QueryRow("SELECT count(*) FROM river_job WHERE kind = 'token_use' AND state = 'completed'").Scan(&n)
		return err == nil && n == 1
	})
}

func names(body string) (out []string) {
	for _, m := range regexp.MustCompile(`<a class="name" href="[^"]*">([^<]*)</a>`).FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

// Every filter of the inventory finds what it says, alone and together; what it does
// not understand it refuses, and never leaves out.
func TestFiltersOfTheInventory(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	now := k.Store.Now()
	addToken(k, p, "reads", func(t *models.Token) { t.AllowedIPs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }, models.AccessRead)
	old := addToken(k, p, "old", nil, models.AccessRead)
	addToken(k, p, "long", func(t *models.Token) { t.ExpiresAt = now.AddDate(0, 0, 300) }, models.AccessRead)
	lost := addToken(k, p, "lost", nil, models.AccessRead)
	if err := k.Portal.AllTokens.Revoke(t.Context(), k.Actor(p.Admin, "port"), lost.ID, models.CauseLost, "It fell off a crane."); err != nil {
		t.Fatal(err)
	}
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		return tx.InsertAlert(&models.Alert{ID: models.NewID(), Kind: models.AlertExposed, TokenID: &old.ID, Sightings: 1})
	})
	alter(t, k, "created_at", now.AddDate(0, 0, -120), old.ID)
	alter(t, k, "used_at", now.AddDate(0, 0, -100), old.ID)
	alter(t, k, "used_at", now.AddDate(0, 0, -1), p.Token.ID)
	for query, want := range map[string]string{
		"":                                    "lost long old reads automation ci",
		"kind=management":                     "automation",
		"kind=access&sort=created":            "ci reads old long lost",
		"owner=PORT+partner":                  "lost long old reads ci",
		"owner=" + p.Partner.User.Email:       "lost long old reads ci",
		"owner=" + p.Admin.User.ID:            "automation",
		"owner=" + models.NewID():             "",
		"team=team+of":                        "lost long old reads ci",
		"team=" + p.Team.ID:                   "lost long old reads ci",
		"team=100%25":                         "",
		"access=write":                        "ci",
		"access=read&state=active":            "long old reads",
		"scope=usage:read":                    "automation",
		"scope=usage":                         "",
		"operation=GET+/orders":               "",
		"older=90":                            "old",
		"newer=90&kind=access&state=active":   "long reads ci",
		"unused=90":                           "old",
		"unused=never&kind=access":            "lost long reads",
		"used=7":                              "ci",
		"used=110":                            "old ci",
		"cause=lost":                          "lost",
		"cause=leaked":                        "",
		"risk=writes":                         "automation ci",
		"risk=writes&kind=access":             "ci",
		"risk=long":                           "long",
		"risk=idle":                           "old",
		"risk=alert":                          "old",
		"risk=anywhere&risk=long":             "long",
		"risk=anywhere&state=active&older=90": "old",
		"api=orders&state=ended":              "lost",
		"sort=-used":                          "ci old",
	} {
		a := p.Admin.Get("/t/port/admin/tokens?" + query)
		expect(t, a, http.StatusOK)
		got := strings.Join(names(a.Body), " ")
		if query == "sort=-used" {
			got = got[:min(len(got), len(want))] // the others were never used
		}
		if got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"state=approved", "kind=x", "access=all", "risk=high", "older=-1", "older=x", "unused=0", "used=99999", "cause=x", "q=" + strings.Repeat("x", 400)} {
		if a := p.Admin.Get("/t/port/admin/tokens?" + query); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, a.StatusCode)
		}
	}
	expect(t, p.Admin.Get("/t/port/admin/tokens?owner="+p.Partner.User.ID), http.StatusOK, "of "+p.Partner.User.Name, `name="owner" value="`+p.Partner.User.ID+`"`)
	expect(t, p.Admin.Get("/t/port/admin/tokens?risk=alert"), http.StatusOK, "alert open, any address, unused")
}

// R19: when a token was last used is written now and then, not with its calls.
func TestLastUseComesIntoTheList(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		useWasNoted(t, k)
		p, ctx := k.Place("port", true), context.Background()
		used := func() time.Time {
			var token models.Token
			err := k.Store.As(ctx, k.Actor(p.Admin, "port"), func(r store.Tenant) (err error) {
				token, _, err = r.Token(p.Token.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return token.UsedAt
		}
		for range 5 {
			call(t, k, p, http.MethodGet, p.Secret.Reveal())
		}
		if err := k.Usage.Folder.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if at := used(); !at.IsZero() {
			t.Errorf("a call has written %v", at)
		}
		if err := k.NoteUse(ctx); err != nil {
			t.Fatal(err)
		}
		first := used()
		if time.Since(first) > time.Minute {
			t.Errorf("last used at %v", first)
		}
		if got := names(p.Admin.Get("/t/port/admin/tokens?used=1").Body); len(got) != 1 || got[0] != "ci" {
			t.Errorf("used within a day: %v", got)
		}
		call(t, k, p, http.MethodGet, p.Secret.Reveal())
		if err := k.Usage.Folder.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if err := k.NoteUse(ctx); err != nil {
			t.Fatal(err)
		}
		if !used().After(first) {
			t.Error("a later use is not noted")
		}
	})
}

// R119: an export takes a passkey, is recorded, is the tenant's own, and holds
// nothing that a spreadsheet runs, and nothing of a secret.
func TestExports(t *testing.T) {
	k := testkit.New(t)
	p, other := k.Place("port", true), k.Place("rival", true)
	evil := map[string]string{
		`=HYPERLINK("http://e")`: `"'=HYPERLINK(""http://e"")"`, "+1": `'+1`, "-1": `'-1`, "@x": `'@x`, "\t=1": "'\t=1", `"a,b"`: `"""a,b"""`,
	}
	for name := range evil {
		addToken(k, p, name, nil, models.AccessRead)
	}
	for i := range 120 { // more than a part
		addToken(k, p, fmt.Sprint("many ", i), nil, models.AccessNone)
	}
	const at = "/t/port/admin/tokens/export"
	expect(t, p.Admin.Get(at+"?kind=access"), http.StatusOK, "Export 127 tokens", `data-stepup="token.export"`, `value="kind=access"`)
	form := func(format, filter string) url.Values {
		return url.Values{"format": {format}, "filter": {filter}, "step_up": {p.Admin.StepUp(models.TokenExport, portal.ExportObject)}}
	}
	if a := p.Admin.Post(at, url.Values{"format": {"csv"}, "filter": {"kind=access"}}); a.StatusCode != http.StatusForbidden || strings.Contains(a.Body, "many 7") {
		t.Errorf("without a passkey: %d", a.StatusCode)
	}
	for _, wrong := range []url.Values{form("xlsx", ""), form("csv", "risk=high"), form("csv", "%zz")} {
		if a := p.Admin.Post(at, wrong); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, a.StatusCode)
		}
	}
	proof := form("csv", "kind=access")
	a := p.Admin.Post(at, proof)
	expect(t, a, http.StatusOK)
	if h := a.Header; h.Get("Content-Type") != "text/csv; charset=utf-8" || !regexp.MustCompile(`^attachment; filename="tokens-port-\d{8}\.csv"$`).MatchString(h.Get("Content-Disposition")) || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", h)
	}
	lines := strings.Split(a.Body, "\r\n")
	if len(lines) != 1+127+1 || lines[0] != "id,kind,name,description,purpose,looks,state,owner,owner_email,team,may,allowed_ips,created_at,expires_at,last_used_at,last_used_from,revoked_at,cause,reason,risks" {
		t.Errorf("%d lines, the first %q", len(lines), lines[0])
	}
	for name, want := range evil {
		if !strings.Contains(a.Body, ",access,"+want+",,,gth_port_…test,active,port partner,"+p.Partner.User.Email+",Team of port,orders v1 read,,") {
			t.Errorf("%q is not written as %q", name, want)
		}
	}
	if rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll(); err != nil || len(rows) != 128 {
		t.Errorf("a reader of RFC 4180 finds %d rows, %v", len(rows), err)
	}
	if b := p.Admin.Post(at, proof); b.StatusCode != http.StatusForbidden {
		t.Errorf("a proof is good for a second file: %d", b.StatusCode)
	}
	j := p.Admin.Post(at, form("json", ""))
	var out []map[string]any
	if err := json.Unmarshal([]byte(j.Body), &out); err != nil || len(out) != 128 {
		t.Fatalf("%d tokens, %v", len(out), err)
	}
	for _, text := range []string{other.Token.ID, other.Partner.User.Email, p.Secret.Reveal(), p.ManagementSecret.Reveal(), "digest", "key_id"} {
		if strings.Contains(j.Body, text) || strings.Contains(a.Body, text) {
			t.Errorf("%q stands in a file", text)
		}
	}
	if empty := p.Admin.Post(at, form("json", "q=nothing")); empty.Body != "[]\n" {
		t.Errorf("nothing is %q", empty.Body)
	}
	events, err := k.Portal.Audit.List(t.Context(), k.Actor(p.Admin, "port"), portal.AuditFilter{Action: "token.export", Limit: 10})
	if err != nil || len(events) != 3 {
		t.Fatalf("%d exports are recorded, %v", len(events), err)
	}
	if d := string(events[2].Details); !strings.Contains(d, `"filter":"kind=access"`) || !strings.Contains(d, `"tokens":127`) || !strings.Contains(d, `"format":"csv"`) {
		t.Errorf("recorded: %s", d)
	}
}

// A person keeps filters under names; nobody else sees them.
func TestSavedViews(t *testing.T) {
	k := testkit.New(t)
	p := k.Place("port", true)
	const at = "/t/port/admin/tokens"
	save := func(b *testkit.Browser, name, filter string) testkit.Answer {
		return b.Post(at+"/views", url.Values{"name": {name}, "filter": {filter}})
	}
	a := save(p.Admin, "Stale & risky", "unused=90&risk=writes&risk=anywhere&sort=name&evil=1")
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || to != at+"?risk=writes&risk=anywhere&unused=90" {
		t.Fatalf("%d to %s", a.StatusCode, to)
	}
	expect(t, p.Admin.Get(at), http.StatusOK, "Stale &amp; risky", `href="/t/port/admin/tokens?risk=writes&amp;risk=anywhere&amp;unused=90"`)
	if strings.Contains(p.Auditor.Get(at).Body, "Stale") {
		t.Error("another person sees the view")
	}
	expect(t, save(p.Admin, "Stale & risky", "q=x"), http.StatusConflict, "You have a view of this name already.")
	expect(t, save(p.Admin, "", "q=x"), http.StatusUnprocessableEntity, "Give the view a name.")
	if a := save(p.Admin, "Odd", "state=odd"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a filter that is none: %d", a.StatusCode)
	}
	expect(t, save(p.Auditor, "Stale & risky", "q=x"), http.StatusSeeOther)
	id := regexp.MustCompile(`/views/([0-9a-f-]{36})/delete`).FindStringSubmatch(p.Admin.Get(at).Body)[1]
	if a := p.Auditor.Post(at+"/views/"+id+"/delete", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("another person deletes the view: %d", a.StatusCode)
	}
	expect(t, p.Admin.Post(at+"/views/"+id+"/delete", nil), http.StatusSeeOther)
	if strings.Contains(p.Admin.Get(at).Body, "Stale") {
		t.Error("the view is still there")
	}
	for i := range models.SavedViewsMost + 1 {
		a = save(p.Admin, fmt.Sprint("View ", i), "q=x")
	}
	expect(t, a, http.StatusUnprocessableEntity, "Delete one first.")
}
