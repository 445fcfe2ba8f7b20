package portal_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// called counts a call with a token now.
func (w *accessWorld) called(token models.Token, operation string) {
	w.t.Helper()
	w.usage.Spool.Record(&gateway.Record{
		Start: w.clock.Now(), Tenant: uuid.MustParse(token.TenantID), Token: uuid.MustParse(token.ID), Version: uuid.MustParse(w.api["port"].ID),
		Operation: operation, Method: "GET", Path: "/port/berths/v1/berths", Status: 200, Outcome: gateway.OutcomeOK, Admitted: true,
		ClientIP: netip.MustParseAddr("203.0.113.7"), UserAgent: "eta-worker/1.8", RequestID: models.NewID(),
	})
}

// look lets the program look at all tokens, as its job does.
func (w *accessWorld) look() {
	w.t.Helper()
	w.must(w.usage.Folder.Flush(w.ctx))
	tenants, err := w.portal.Watch.Tenants(w.ctx)
	w.must(err)
	for _, id := range tenants {
		for next := ""; ; {
			next, err = w.portal.Watch.Look(w.ctx, id, next)
			w.must(err)
			if next == "" {
				break
			}
		}
	}
}

// lives lets a token of the partner live so many days.
func (w *accessWorld) lives(key string, days int) models.Token {
	w.t.Helper()
	w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
		tenant, err := tx.TenantByID(w.actor("admin", "port").Tenant().ID)
		tenant.TokenDays = 366
		if err != nil {
			return err
		}
		return tx.UpdateTenant(tenant)
	})
	team, in := w.team("partner"), w.newToken(key)
	in.Expires = fmt.Sprint(days)
	token, _, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, team), in)
	w.must(err)
	return token
}

func (w *accessWorld) reload(id string) (token models.Token) {
	w.t.Helper()
	w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) (err error) {
		token, _, err = r.Token(id)
		return err
	}))
	return token
}

// told are the mails about tokens to somebody, the first one first.
func (w *accessWorld) told(name string) (out []portal.Mail) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if m, ok := j.(portal.Mail); ok && m.User == w.users[name].ID && m.Mail != portal.MailTokenMade && strings.HasPrefix(string(m.Mail), "token_") {
			out = append(out, m)
		}
	}
	return out
}

// R15: who answers for a token hears of its end five times, each time with what it
// is, who uses it, and the way to a new secret.
func TestPeopleHearBeforeATokenEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token := w.lives("k", 60)
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			return tx.SetTokenPeople(token.ID, []string{w.users["colleague"].ID})
		})
		for range 61 * 2 {
			w.called(token, "GET /berths")
			w.look()
			w.clock.Advance(12 * time.Hour)
		}
		for _, name := range []string{"partner", "colleague"} {
			var outcomes []string
			for _, m := range w.told(name) {
				outcomes = append(outcomes, m.Facts.Outcome)
				for _, part := range []string{"…" + token.Hint, "berths v1", "from 203.0.113.7 (eta-worker/1.8)", "GET /berths"} {
					if !strings.Contains(m.Facts.Note, part) {
						t.Errorf("%s is not told of %q: %s", name, part, m.Facts.Note)
					}
				}
				if m.Path != "/t/port/tokens/"+token.ID+"/rotate" || m.Facts.Object != "ETA sync" {
					t.Errorf("a mail about %q leads to %s", m.Facts.Object, m.Path)
				}
			}
			if want := []string{"expires in 30 days", "expires in 14 days", "expires in 7 days", "expires within a day", "has expired"}; !slices.Equal(outcomes, want) {
				t.Errorf("%s was told %q, want %q", name, outcomes, want)
			}
			if n := w.inbox(name, models.NotifyToken); n != 5 {
				t.Errorf("%s has %d notifications", name, n)
			}
		}
		if n := w.audited("port", token.ID)["token.notice"]; n != 5 {
			t.Errorf("%d notices in the audit log", n)
		}
	})
}

// R19, R24: an unused token is announced, paused, and woken by its owner with a
// passkey and by nobody else of the team; unused again, it ends.
func TestAnUnusedTokenIsPausedAndWoken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token := w.lives("k", 366)
		day := func(n int) { w.clock.Set(token.CreatedAt.AddDate(0, 0, n)); w.look() }
		day(89)
		if got := w.told("partner"); len(got) != 0 {
			t.Fatalf("told too early: %+v", got)
		}
		day(90)
		day(103)
		if got := w.told("partner"); len(got) != 1 || got[0].Mail != portal.MailTokenUnused {
			t.Fatalf("told %+v", got)
		}
		if s := w.reload(token.ID).State; s != models.TokenActive {
			t.Fatalf("paused too early: %s", s)
		}
		_, before := w.changes(0)
		day(104)
		paused := w.reload(token.ID)
		if paused.State != models.TokenPaused || paused.Cause != models.CauseUnused || paused.HeldBy != "" || paused.ChangeSeq <= before {
			t.Fatalf("not paused: %+v", paused)
		}
		changes, _ := w.changes(before)
		if !slices.Equal(changes, []string{"token " + token.ID}) {
			t.Errorf("gateways were told %v", changes)
		}
		tokens := w.portal.Tokens
		for who, err := range map[string]error{
			"a colleague":            tokens.Resume(w.ctx, w.proven("colleague", "port", models.TokenEditOwn, token.ID), token.ID),
			"its owner, no passkey":  tokens.Resume(w.ctx, w.actor("partner", "port"), token.ID),
			"its owner, for another": tokens.Resume(w.ctx, w.proven("partner", "port", models.TokenEditOwn, models.NewID()), token.ID),
		} {
			if code := fault.Code(err); code != "owner_wakes" && code != "step_up_required" {
				t.Errorf("%s: %v", who, err)
			}
		}
		w.must(tokens.Resume(w.ctx, w.proven("partner", "port", models.TokenEditOwn, token.ID), token.ID))
		day(105)
		if woken := w.reload(token.ID); woken.State != models.TokenActive || woken.Cause != "" {
			t.Fatalf("not woken: %+v", woken)
		}
		day(104 + 90)
		day(104 + 104)
		if s := w.reload(token.ID).State; s != models.TokenPaused {
			t.Errorf("unused again: %s", s)
		}
		if events := w.audited("port", token.ID); events["token.pause"] != 2 || events["token.resume"] != 1 || events["token.notice"] != 2 {
			t.Errorf("%v", events)
		}
	})
}

// R19: 365 days without a call end a token, for good, after a last notice; what
// was used meanwhile lives.
func TestAYearOfDisuseEndsAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		idle, used := w.lives("a", 366), w.lives("b", 366)
		for day := 0; day <= 365; day++ {
			w.clock.Set(idle.CreatedAt.AddDate(0, 0, day).Add(time.Minute))
			if day%80 == 0 {
				w.called(used, "GET /berths")
			}
			w.look()
		}
		var kinds []portal.MailKind
		for _, m := range w.told("partner") {
			if m.Mail != portal.MailTokenExpires {
				kinds = append(kinds, m.Mail)
			}
		}
		if want := []portal.MailKind{portal.MailTokenUnused, portal.MailTokenChanged, portal.MailTokenUnused, portal.MailTokenRevoked}; !slices.Equal(kinds, want) {
			t.Errorf("told %v, want %v", kinds, want)
		}
		if got := w.reload(idle.ID); got.State != models.TokenRevoked || got.Cause != models.CauseUnused || got.RevokedBy != "" {
			t.Errorf("unused: %+v", got)
		}
		if got := w.reload(used.ID); got.State != models.TokenActive {
			t.Errorf("used: %+v", got)
		}
	})
}

// R19: a policy that is made stricter tells people first, and pauses no token
// within 14 days of its first notice.
func TestAStricterPolicyTellsFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		token := w.lives("k", 366)
		admin := func() models.Actor { return w.actor("admin", "port") }
		day := func(n int) { w.clock.Set(token.CreatedAt.AddDate(0, 0, n)); w.called(token, "GET /berths"); w.look() }
		day(100)
		policy := models.DefaultTokenPolicy()
		policy.RotateDays = 60
		w.must(w.usage.Folder.Flush(w.ctx))
		f, err := w.portal.TokenPolicies.Forecast(w.ctx, admin(), policy)
		w.must(err)
		if f.Paused != 1 || len(f.Fates) != 1 || f.Fates[0].ID != token.ID || f.Fates[0].Owner.Name != "partner" || !f.Fates[0].When().Equal(token.CreatedAt.AddDate(0, 0, 114)) {
			t.Errorf("the forecast is %+v", f)
		}
		if _, err := w.portal.TokenPolicies.Set(w.ctx, w.actor("partner", "port"), policy, admin().Tenant().Revision); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a partner sets a policy: %v", err)
		}
		_, err = w.portal.TokenPolicies.Set(w.ctx, admin(), policy, admin().Tenant().Revision)
		w.must(err)
		for n := 100; n < 114; n++ {
			if day(n); w.reload(token.ID).State != models.TokenActive {
				t.Fatalf("paused on day %d", n)
			}
		}
		day(114)
		if got := w.reload(token.ID); got.State != models.TokenPaused || got.Cause != models.CauseAged {
			t.Fatalf("not paused: %+v", got)
		}
		if n := w.mails("partner", portal.MailTokenAged); n != 3 {
			t.Errorf("%d notices", n)
		}
	})
}

// R19: whatever people do, and however long the server stands still, the program
// pauses and revokes nothing that it did not announce, and each of its deeds is an
// event of the audit log with somebody told.
func TestTheProgramAnnouncesWhatItDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		rapid.Check(t, func(rt *rapid.T) {
			draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(rt, name) }
			policy := models.DefaultTokenPolicy()
			set := func() {
				policy.UnusedDays, policy.PauseDays = draw("unused", 7, 60), draw("pause", 1, 20)
				policy.RevokeDays = policy.UnusedDays + policy.PauseDays + draw("revoke", 1, 40)
				policy.RotateDays = rapid.SampledFrom([]int{0, 30, 90}).Draw(rt, "rotate")
				a := w.actor("admin", "port")
				_, err := w.portal.TokenPolicies.Set(w.ctx, a, policy, a.Tenant().Revision)
				w.must(err)
			}
			set()
			token := w.lives(models.NewID(), 366)
			defer func() { // so that the next sequence has its own token to look at only
				w.must(w.portal.AllTokens.Revoke(w.ctx, w.actor("admin", "port"), token.ID, models.CauseUnneeded, "This sequence is over."))
			}()
			steps := 5
			switch {
			case os.Getenv("GATEHOUSE_SOAK") != "":
				steps = 30
			case o.Postgres():
				steps = 2
			}
			for range steps {
				w.clock.Advance(time.Duration(draw("hours", 6, 24*16)) * time.Hour)
				switch draw("what", 0, 8) {
				case 0:
					w.called(token, "GET /berths")
				case 1:
					set()
				case 2:
					if w.reload(token.ID).Asleep() {
						w.must(w.portal.Tokens.Resume(w.ctx, w.proven("partner", "port", models.TokenEditOwn, token.ID), token.ID))
					}
				}
				before := w.reload(token.ID)
				w.look()
				after := w.reload(token.ID)
				if before.State == after.State {
					continue
				}
				need, least := "unused.", time.Duration(policy.PauseDays)*models.Day
				switch {
				case after.State == models.TokenRevoked:
					need, least = "ending.", models.NoticeLeast
				case after.Cause == models.CauseAged:
					need, least = "age.", models.NoticeLeast
				}
				if at, ok := w.noticed(token, need); !ok || w.clock.Now().Sub(at) < least {
					rt.Fatalf("%s (%s) %v after its notice of %v", after.State, after.Cause, w.clock.Now().Sub(at), at)
				}
			}
		})
	})
}

// noticed is when the first notice of a kind was given that is the last of its spell.
func (w *accessWorld) noticed(token models.Token, kind string) (first time.Time, ok bool) {
	w.t.Helper()
	spells := map[string]time.Time{}
	w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) error {
		told, err := r.TokenNotices(token.ID)
		for k, at := range told[token.ID] {
			if !strings.HasPrefix(k, kind) {
				continue
			}
			spell := k
			if kind == "age." {
				spell = k[:strings.LastIndexByte(k, '.')]
			}
			if was, known := spells[spell]; !known || at.Before(was) {
				spells[spell] = at
			}
		}
		return err
	}))
	for _, at := range spells {
		if at.After(first) {
			first, ok = at, true
		}
	}
	return first, ok
}

// R19: the use of a management token is kept, and not more often than every 15 minutes.
func TestTheUseOfAManagementTokenIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		admin := w.actor("admin", "port")
		token, secret, err := w.portal.ManagementTokens.Create(w.ctx, w.proven("admin", "port", models.ManagementTokenCreate, admin.Tenant().ID),
			portal.NewManagementToken{Name: "bot", Expires: "90", Scopes: []string{"usage:read"}})
		w.must(err)
		kept := map[time.Time]bool{}
		began := w.clock.Now()
		for range 120 {
			_, err := w.portal.Actors.OfToken(w.ctx, secret.Reveal(), "port", models.Request{ClientIP: "192.0.2.9"})
			w.must(err)
			w.must(w.store.As(w.ctx, admin, func(r store.Tenant) error {
				uses, err := r.TokenUses(token.ID)
				u := uses[token.ID]
				if err != nil || u.UsedAt == nil || u.UsedFrom != "192.0.2.9" || w.clock.Now().Sub(*u.UsedAt) >= 15*time.Minute {
					t.Fatalf("%v, at %v: %+v", err, w.clock.Now(), u)
				}
				kept[*u.UsedAt] = true
				is, _, err := r.Token(token.ID) // by which lists go, and what is done to all that they find
				if err != nil || !is.UsedAt.Equal(*u.UsedAt) {
					t.Fatalf("%v: lists say %v, not %v", err, is.UsedAt, *u.UsedAt)
				}
				return nil
			}))
			w.clock.Advance(30 * time.Second)
		}
		if w.clock.Now().Sub(began) != time.Hour || len(kept) != 4 {
			t.Errorf("written %d times in an hour", len(kept))
		}
		w.clock.Set(token.ExpiresAt.AddDate(0, 0, -7))
		w.look() // it is told of as others are, with the page that it has
		told := w.told("admin")
		if len(told) != 1 || told[0].Facts.Outcome != "expires in 7 days" || told[0].Path != "/t/port/admin/management-tokens" || !strings.Contains(told[0].Facts.Note, "Last used 2 March 2026") ||
			!strings.Contains(told[0].Facts.Note, "or let the program rotate it") {
			t.Errorf("%+v", told)
		}
	})
}
