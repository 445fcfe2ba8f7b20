package portal_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R3, R4: of a secret nothing is kept that it could be found by.
func TestASecretIsNowhereInTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, secret := w.token("k1")
		parsed, ok := keys.Parse(secret)
		if !ok || parsed.Kind != keys.Access || !strings.HasSuffix(secret, token.Hint) || len(token.Hint) != 4 {
			t.Fatalf("%v %q", ok, token.Hint)
		}
		dump := everything(t, o)
		if !strings.Contains(dump, token.ID) {
			t.Fatal("the dump does not even hold the token's id")
		}
		payload := secret[strings.LastIndexByte(secret, '_')+1:][:30]
		sum := parsed.SHA256
		for name, text := range map[string]string{
			"itself": secret, "its random part": payload, "in base64": base64.StdEncoding.EncodeToString([]byte(secret)),
			"in hex": hex.EncodeToString([]byte(secret)), "its plain SHA-256": string(sum[:]), "its plain SHA-256 in base64": base64.StdEncoding.EncodeToString(sum[:]), "its plain SHA-256 in hex": hex.EncodeToString(sum[:]),
		} {
			if strings.Contains(dump, text) {
				t.Errorf("the database holds the secret %s", name)
			}
		}
		if err := w.portal.Tokens.CheckSecret(w.ctx, w.actor("partner", "port"), token.ID, secret); err != nil {
			t.Errorf("the secret is not recognised: %v", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, j := range w.jobs {
			if m, ok := j.(portal.Mail); ok && strings.Contains(m.Facts.Object+m.Facts.Note+m.Path, payload) {
				t.Error("a mail holds the secret")
			}
		}
	})
}

// everything is all that a database holds, as text.
func everything(t *testing.T, o store.Options) string {
	t.Helper()
	var out strings.Builder
	if o.Owner == "" {
		files, _ := filepath.Glob(o.URL + "*")
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(content)
		}
		return out.String()
	}
	db, err := sql.Open("pgx", o.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT query_to_xml('SELECT * FROM ' || quote_ident(table_schema) || '.' || quote_ident(table_name), true, false, '')::text
		FROM information_schema.tables WHERE table_schema = $1`, o.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		out.WriteString(text)
	}
	return out.String()
}

// R5: a repeated request makes one token and shows one secret.
func TestARepeatedRequestMakesOneToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		results := make(chan error, 8)
		var wg sync.WaitGroup
		for range cap(results) {
			actor, in := w.proven("partner", "port", models.TokenCreate, w.team("partner")), w.newToken("the same")
			wg.Go(func() {
				_, secret, err := w.portal.Tokens.Create(context.Background(), actor, in)
				if err != nil && secret.Reveal() != "" {
					t.Error("a refused request got a secret")
				}
				results <- err
			})
		}
		wg.Wait()
		close(results)
		made := 0
		for err := range results {
			if err == nil {
				made++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		page, err := w.portal.Tokens.List(w.ctx, w.actor("partner", "port"), portal.TokenQuery{Limit: 50})
		if made != 1 || err != nil || len(page.Rows) != 1 {
			t.Errorf("%d made, %d there, %v", made, len(page.Rows), err)
		}
		_, _, err = w.portal.Tokens.Create(w.ctx, w.actor("partner", "port"), w.newToken("the same"))
		if fault.Code(err) != "already_created" {
			t.Errorf("later, without a new step-up: %v", err)
		}
	})
}

// R24: without a fresh proof for this team nothing is made.
func TestATokenWantsAStepUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		used := w.proven("partner", "port", models.TokenCreate, w.team("partner"))
		if _, _, err := w.portal.Tokens.Create(w.ctx, used, w.newToken("first")); err != nil {
			t.Fatal(err)
		}
		late := w.proven("partner", "port", models.TokenCreate, w.team("partner"))
		actors := map[string]models.Actor{
			"without one":        w.actor("partner", "port"),
			"with a used one":    used,
			"for another team":   w.proven("partner", "port", models.TokenCreate, w.team("rival")),
			"for another action": w.proven("partner", "port", models.ManagementTokenCreate, w.team("partner")),
			"of somebody else":   w.actor("partner", "port").WithProof(w.proven("rival", "port", models.TokenCreate, w.team("partner")).Proof()),
		}
		for name, a := range actors {
			if _, _, err := w.portal.Tokens.Create(w.ctx, a, w.newToken(name)); fault.Code(err) != "step_up_required" {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.clock.Advance(store.ProofLifetime)
		if _, _, err := w.portal.Tokens.Create(w.ctx, late, w.newToken("late")); fault.Code(err) != "step_up_required" {
			t.Errorf("too late: %v", err)
		}
	})
}

// R7, R15: what a token may be: no more than its team may, no longer than its tenant allows.
func TestWhatATokenMayBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		berths, read := w.api["port"].ID, models.AccessRead
		for name, c := range map[string]struct {
			change func(*portal.NewToken)
			field  string // with the problem; "" where it may be
		}{
			"for a day":                    {func(n *portal.NewToken) { n.Expires = "1" }, ""},
			"for the tenant's longest":     {func(n *portal.NewToken) { n.Expires = "90" }, ""},
			"to the tenant's last day":     {func(n *portal.NewToken) { n.Expires = storetest.Start.AddDate(0, 0, 90).Format(time.DateOnly) }, ""},
			"to the day after":             {func(n *portal.NewToken) { n.Expires = storetest.Start.AddDate(0, 0, 91).Format(time.DateOnly) }, "expires"},
			"to the end of today":          {func(n *portal.NewToken) { n.Expires = storetest.Start.Format(time.DateOnly) }, ""},
			"to yesterday":                 {func(n *portal.NewToken) { n.Expires = storetest.Start.AddDate(0, 0, -1).Format(time.DateOnly) }, "expires"},
			"for longer than allowed":      {func(n *portal.NewToken) { n.Expires = "91" }, "expires"},
			"for longer than anywhere":     {func(n *portal.NewToken) { n.Expires = "367" }, "expires"},
			"to the year 9999":             {func(n *portal.NewToken) { n.Expires = "9999-12-31" }, "expires"},
			"for ever":                     {func(n *portal.NewToken) { n.Expires = "" }, "expires"},
			"for minus a day":              {func(n *portal.NewToken) { n.Expires = "-1" }, "expires"},
			"without a name":               {func(n *portal.NewToken) { n.Name = " " }, "name"},
			"with a control character":     {func(n *portal.NewToken) { n.Description = "a\x00b" }, "description"},
			"writing where it may":         {func(n *portal.NewToken) { n.Access[berths] = models.AccessWrite }, ""},
			"doing nothing":                {func(n *portal.NewToken) { n.Access[berths] = models.AccessNone }, "access"},
			"with an access that is none":  {func(n *portal.NewToken) { n.Access[berths] = "all" }, "access"},
			"for an API without access":    {func(n *portal.NewToken) { n.Access[w.other.ID] = read }, "access"},
			"for another tenant's API":     {func(n *portal.NewToken) { n.Access[w.api["grid"].ID] = read }, "access"},
			"for what is not there":        {func(n *portal.NewToken) { n.Access["x"] = read }, "access"},
			"for somebody else's team":     {func(n *portal.NewToken) { n.Team = w.team("rival") }, "not found"},
			"for a team that is not there": {func(n *portal.NewToken) { n.Team = "x" }, "not found"},
		} {
			in := w.newToken(name)
			c.change(&in)
			_, _, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, in.Team), in)
			switch {
			case c.field == "not found":
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", name, err)
				}
			case c.field == "" && err != nil:
				t.Errorf("%s: %v %v", name, err, fault.From(err).Fields)
			case c.field != "" && (err == nil || len(fault.From(err).Fields) != 1 || fault.From(err).Fields[0].Name != c.field):
				t.Errorf("%s: %v, want a problem with %s", name, err, c.field)
			}
		}
	})
}

// R14: what is revoked stays so; doing it again says so and writes nothing.
func TestRevokingIsForGood(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, _ := w.token("k")
		partner, admin := w.actor("partner", "port"), w.actor("admin", "port")
		for range 2 {
			w.must(w.portal.Tokens.Revoke(w.ctx, partner, token.ID, models.CauseUnneeded, "not needed"))
		}
		w.must(w.portal.AllTokens.Revoke(w.ctx, admin, token.ID, models.CauseLost, reason))
		if n := w.audited("port", token.ID)["token.revoke"]; n != 1 {
			t.Errorf("%d events of revoking", n)
		}
		for name, err := range map[string]error{
			"resumed by its owner": w.portal.Tokens.Resume(w.ctx, partner, token.ID), "resumed by an admin": w.portal.AllTokens.Resume(w.ctx, admin, token.ID),
			"paused": w.portal.Tokens.Pause(w.ctx, partner, token.ID, ""),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What an admin paused only an admin resumes; its owner is told.
func TestAnAdminsPauseHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, _ := w.token("k")
		partner, admin := w.actor("partner", "port"), w.actor("admin", "port")
		if err := w.portal.AllTokens.Pause(w.ctx, admin, token.ID, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		w.must(w.portal.AllTokens.Pause(w.ctx, admin, token.ID, reason))
		if err := w.portal.Tokens.Resume(w.ctx, partner, token.ID); fault.Code(err) != "paused_by_admin" {
			t.Errorf("its owner resumed it: %v", err)
		}
		if w.inbox("partner", models.NotifyToken) != 1 || w.mails("partner", portal.MailTokenChanged) != 1 {
			t.Error("its owner was not told")
		}
		w.must(w.portal.AllTokens.Resume(w.ctx, admin, token.ID))
		w.must(w.portal.Tokens.Pause(w.ctx, partner, token.ID, ""))
		w.must(w.portal.Tokens.Resume(w.ctx, partner, token.ID))
	})
}

// R48, R52: a token of another team or tenant is not there, whatever is asked of it.
func TestForeignTokensAreNotThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token, secret := w.token("k")
		rival, foreign, id := w.actor("rival", "port"), w.actor("foreign-admin", "grid"), token.ID
		p := w.portal
		w.do(rival.Tenant(), func(tx *store.Tx) error {
			return tx.InsertMembership(rival.Teams()[0], w.users["admin2"].ID, models.TeamOwner)
		})
		both := w.actor("admin2", "port") // sees every token, and has a team of their own
		for name, err := range map[string]error{
			"an admin takes it for their own team's":      p.Tokens.Pause(w.ctx, both, id, ""),
			"an admin revokes it as their own team's":     p.Tokens.Revoke(w.ctx, both, id, models.CauseLost, ""),
			"an admin looks at it as their own team's":    second(p.Tokens.Show(w.ctx, both, id, "")),
			"an admin revokes it as their own management": p.ManagementTokens.Revoke(w.ctx, both, id, models.CauseLost, ""),
			"another team shows":                          second(p.Tokens.Show(w.ctx, rival, id, "")),
			"another team edits":                          func() error { _, err := p.Tokens.Edit(w.ctx, rival, id, portal.NewToken{Name: "Mine"}, 1); return err }(),
			"another team pauses":                         p.Tokens.Pause(w.ctx, rival, id, ""),
			"another team resumes":                        p.Tokens.Resume(w.ctx, rival, id),
			"another team revokes":                        p.Tokens.Revoke(w.ctx, rival, id, models.CauseLost, ""),
			"another team tests":                          p.Tokens.CheckSecret(w.ctx, rival, id, secret),
			"another tenant shows":                        second(p.AllTokens.Show(w.ctx, foreign, id, "")),
			"another tenant pauses":                       p.AllTokens.Pause(w.ctx, foreign, id, reason),
			"another tenant revokes":                      p.AllTokens.Revoke(w.ctx, foreign, id, models.CauseLost, reason),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		page, err := p.Tokens.List(w.ctx, rival, portal.TokenQuery{Limit: 50})
		if err != nil || len(page.Rows) != 0 {
			t.Errorf("another team lists %d, %v", len(page.Rows), err)
		}
	})
}

// A team with more subscriptions than a page of them holds can still use each.
func TestMoreSubscriptionsThanAPage(t *testing.T) {
	w := newAccessWorld(t, storetest.SQLite(t))
	w.request("partner", "auto-true") // the oldest, which a page of the newest leaves out
	port, partner, team := w.actor("admin", "port").Tenant(), w.users["partner"].ID, w.team("partner")
	for i := range store.PageMost {
		v := w.publish(port, fmt.Sprintf("api-%d", i))
		w.do(port, func(tx *store.Tx) error {
			plans, err := tx.Plans(v.APIID)
			if err != nil {
				return err
			}
			sub := models.Subscription{ID: models.NewID(), TeamID: team, APIID: v.APIID, VersionID: v.ID, PlanID: plans[0].ID,
				State: models.SubscriptionApproved, Purpose: purpose, RequestedBy: partner, DecidedBy: models.DecidedByPlan}
			return tx.InsertSubscription(&sub)
		})
	}
	form, err := w.portal.Tokens.Form(w.ctx, w.actor("partner", "port"), team, "")
	w.must(err)
	if len(form.APIs) != store.PageMost+1 {
		t.Errorf("%d APIs can be chosen", len(form.APIs))
	}
	w.token("one") // for the oldest
}
