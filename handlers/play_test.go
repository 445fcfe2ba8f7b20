package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// seenField is what a page was shown at, which the next form sends back.
var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// run sends everything once.
func (s *play) run() {
	s.accounts()
	s.publishing()
	s.access()
	s.tokens()
	s.clients()
	s.tenant()
	s.support()
	s.send(s.p.Partner, "/logout", "/logout", 303, nil)
}

func (s *play) accounts() {
	p, n := s.p, s.k.Visitor()
	s.send(n, "/signup", "/signup", 303, url.Values{"email": {"new@x.example"}}, "next")
	s.send(n, "/found", "/found", 303, url.Values{"secret": {keys.Derive(keys.Access, "aa", [32]byte{6}).Reveal()}}, "where")
	link := s.k.LinkIn(s.k.Mail("new@x.example", "Confirm"))
	begun := s.send(n, "/link/:secret/begin", link+"/begin", 200, url.Values{"name": {"Newcomer"}})
	if a := n.PostJSON(link+"/finish", n.Attest(begun)); a.StatusCode != http.StatusOK {
		s.t.Fatal(a.Status, a.Body)
	}
	tab := p.Partner.Elsewhere()
	begun = s.send(tab, "/login/begin", "/login/begin", 200, nil)
	if a := tab.PostJSON("/login/finish", tab.Assert(begun)); a.StatusCode != http.StatusOK {
		s.t.Fatal(a.Status, a.Body)
	}
	s.send(tab, "/account", "/account", 303, url.Values{"name": {"Renamed partner"}})
	s.send(tab, "/account/passkeys", "/account/passkeys", 303, url.Values{"step_up": {tab.StepUp(models.AccountUse, "passkey.add")}})
	begun = s.send(tab, "/account/passkeys/begin", "/account/passkeys/begin", 200, url.Values{"name": {"Phone"}})
	if a := tab.PostJSON("/account/passkeys/finish", tab.Attest(begun)); a.StatusCode != http.StatusOK {
		s.t.Fatal(a.Status, a.Body)
	}
	begun = s.send(tab, "/step-up/begin", "/step-up/begin", 200, url.Values{"action": {models.AccountUse.String()}, "object": {p.passkey}})
	if a := tab.PostJSON("/step-up/finish", tab.Assert(begun)); a.StatusCode != http.StatusOK {
		s.t.Fatal(a.Status, a.Body)
	}
	keys, err := s.k.Portal.Accounts.Passkeys(s.t.Context(), s.k.Actor(p.Partner, ""))
	if err != nil || len(keys) != 2 {
		s.t.Fatal(keys, err)
	}
	s.send(tab, "/account/passkeys/:id", "/account/passkeys/"+keys[1].ID, 303, url.Values{"name": {"Old phone"}})
	s.recovery(tab)
	s.send(tab, "/account/passkeys/:id/remove", "/account/passkeys/"+keys[1].ID+"/remove", 303, url.Values{"step_up": {tab.StepUp(models.AccountUse, keys[1].ID)}})
	ids := regexp.MustCompile(`name="session" value="([^"]+)"`)
	before := tab.Get("/account/sessions").Body
	p.Partner.Elsewhere().SignIn()
	for _, id := range ids.FindAllStringSubmatch(tab.Get("/account/sessions").Body, -1) {
		if !strings.Contains(before, id[1]) {
			s.send(tab, "/account/sessions/end", "/account/sessions/end", 303, url.Values{"session": {id[1]}})
		}
	}
	moves := s.k.Person("Moves", models.NotStaff)
	s.send(moves, "/account/email", "/account/email", 303, url.Values{"email": {"moved@x.example"}, "step_up": {moves.StepUp(models.AccountUse, portal.EmailChange)}})
	s.send(moves, "/link/:secret/email", s.k.LinkIn(s.k.Mail("moved@x.example", "Confirm your new"))+"/email", 303, nil)
	s.send(n, "/link/:secret/undo", s.k.LinkIn(s.k.Mail(moves.User.Email, "address of your account was changed"))+"/undo", 200, nil)
	moves.SignIn()
	s.send(moves, "/account/notifications", "/account/notifications", 303, url.Values{"mail-requests": {"daily"}, "app-requests": {"on"}, "mail-tokens": {"off"}})
	s.send(moves, "/account/export", "/account/export", 200, url.Values{"step_up": {moves.StepUp(models.AccountUse, portal.AccountExport)}})
	s.send(moves, "/account/delete", "/account/delete", 303, url.Values{"email": {moves.User.Email}, "step_up": {moves.StepUp(models.AccountUse, portal.AccountDelete)}})
	s.send(tab, "/theme", "/theme", 303, url.Values{"theme": {"light"}}, "back")
	s.send(p.Admin, "/notifications/read", "/notifications/read", 303, url.Values{"up_to": {"0"}})
}

func (s *play) recovery(tab *testkit.Browser) {
	s.send(tab, "/account/passkeys/link", "/account/passkeys/link", 201, url.Values{"step_up": {tab.StepUp(models.AccountUse, "passkey.link")}})
	lost := s.k.Person("Lost everything", models.NotStaff)
	s.send(lost, "/account/recovery-codes", "/account/recovery-codes", 201, url.Values{"step_up": {lost.StepUp(models.AccountUse, "recovery.codes")}})
	codes := lost.MakeRecoveryCodes()
	found := s.k.Visitor()
	s.send(found, "/recover", "/recover", 303, url.Values{"recovery_code": {codes[0]}})
	begun := s.send(found, "/recover/passkey/begin", "/recover/passkey/begin", 200, url.Values{"name": {"New phone"}})
	if a := found.PostJSON("/recover/passkey/finish", found.Attest(begun)); a.StatusCode != http.StatusOK {
		s.t.Fatal(a.Status, a.Body)
	}
	admin, at, all := s.p.Admin, "/t/aa/admin/recoveries", "/t/:tenant/admin/recoveries"
	begin := func() {
		s.t.Helper()
		s.send(admin, all, at, 303, url.Values{"email": {s.p.Auditor.User.Email}, "reason": {"Lost their phone."}, "step_up": {admin.StepUp(models.RecoveryStart, "aa")}})
	}
	running := func() string {
		s.t.Helper()
		rows, err := s.k.Portal.Accounts.Recoveries(s.t.Context(), s.k.Actor(s.p.Auditor, ""))
		if err != nil || len(rows) != 1 {
			s.t.Fatal(rows, err)
		}
		return rows[0].ID
	}
	begin()
	s.send(admin, all+"/:id/stop", at+"/"+running()+"/stop", 303, nil)
	begin()
	s.send(s.p.Auditor, "/account/recoveries/:id/stop", "/account/recoveries/"+running()+"/stop", 303, nil)
	begin()
	link := s.k.LinkIn(s.k.MailNumber(3, s.p.Auditor.User.Email, "Recovery of your account"))
	s.send(s.k.Visitor(), "/link/:secret/stop", link+"/stop", 200, nil)
}

func (s *play) publishing() {
	m := s.p.Manager
	const apis, api = "/t/:tenant/admin/apis", "/t/:tenant/admin/apis/:api"
	at, one := "/t/aa/admin/apis", "/t/aa/admin/apis/orders"
	s.send(m, apis, at, 303, url.Values{"name": {"Yard"}, "slug": {"yard"}, "summary": {"Where things stand."}, "description": {""}, "category": {"Yard"}, "tags": {"cranes, Yard"}})
	s.send(m, api, one, 303, url.Values{"name": {"Orders"}, "summary": {"What is ordered."}, "description": {""}, "category": {""}, "tags": {""}, "revision": {"1"}})
	shown := s.send(m, api+"/visibility", "/t/aa/admin/apis/yard/visibility", 200, url.Values{"visibility": {"hidden"}, "find": {""}, "revision": {"1"}}, "team", "look", "seen")
	s.send(m, api+"/visibility", "/t/aa/admin/apis/yard/visibility", 303, url.Values{"visibility": {"hidden"}, "find": {""}, "revision": {"1"}, "seen": {seenField.FindStringSubmatch(shown.Body)[1]}}, "team", "look")
	rates := []string{"rate_4_calls", "rate_4_seconds", "quota_calls", "quota_period", "auto"}
	made := url.Values{"name": {"Slow"}, "slug": {"slow"}, "summary": {""}, "rate_1_calls": {"1"}, "rate_1_seconds": {"60"}}
	s.send(m, api+"/plans/new", one+"/plans/new", 303, made, rates...)
	plans, err := s.plans()
	if err != nil {
		s.t.Fatal(err)
	}
	slow := one + "/plans/" + plans[len(plans)-1].ID
	slower := url.Values{"name": {"Slower"}, "summary": {""}, "rate_1_calls": {"1"}, "rate_1_seconds": {"90"}, "op_1_key": {"GET /orders"}, "op_1_calls": {"1"}, "op_1_seconds": {"1"}, "revision": {"1"}}
	shown = s.send(m, api+"/plans/:plan", slow, 200, maps.Clone(slower), append(rates, "seen")...)
	slower.Set("seen", seenField.FindStringSubmatch(shown.Body)[1])
	s.send(m, api+"/plans/:plan", slow, 303, slower, rates...)
	exceptions, standard := api+"/plans/:plan/exceptions", one+"/plans/"+s.p.Plan.ID+"/exceptions"
	s.send(m, exceptions+"/new", standard+"/new", 303, url.Values{"team": {s.p.Team.ID}, "last_day": {time.Now().AddDate(0, 0, 9).Format(time.DateOnly)},
		"reason": {"A launch of theirs."}, "rate_1_calls": {"2"}, "rate_1_seconds": {"60"}}, rates...)
	running, _, err := s.k.Portal.Plans.Exceptions(s.t.Context(), s.k.Actor(m, "aa"), "orders", s.p.Plan.ID)
	if err != nil || !running[0].Runs {
		s.t.Fatal(running, err)
	}
	s.send(m, exceptions+"/:id/end", standard+"/"+running[0].ID+"/end", 303, nil)
	s.send(m, api+"/plans/:plan/archive", slow+"/archive", 303, nil)
	fast := url.Values{"name": {"Fast"}, "slug": {"fast"}, "summary": {""}, "rate_1_calls": {"1000000"}, "rate_1_seconds": {"1"}}
	s.send(m, api+"/plans/new", one+"/plans/new", 303, fast, rates...)
	s.guides()
	s.incidents()
	s.send(m, api+"/versions", one+"/versions", 303, url.Values{"version": {"v2"}})
	v := one + "/versions/v2"
	s.send(m, api+"/versions/:version", v, 303, url.Values{"upstream": {s.k.Upstream.URL + "/v2"}, "body_limit": {"5"}, "revision": {"1"}})
	done := s.send(m, api+"/versions/:version/document", v+"/document", 303, url.Values{"document": {testkit.Document}})
	revision := done.Header.Get("Location")[strings.LastIndexByte(done.Header.Get("Location"), '/')+1:]
	s.send(m, api+"/versions/:version/source", v+"/source", 303, url.Values{"url": {s.k.Upstream.URL + "/openapi.yaml"}, "schedule": {"weekly"}})
	s.send(m, api+"/versions/:version/source/check", v+"/source/check", 303, nil)
	s.send(m, api+"/versions/:version/source/delete", v+"/source/delete", 303, nil)
	w, err := s.k.Portal.APIs.Workbench(s.t.Context(), s.k.Actor(m, "aa"), "orders", "v2")
	if err != nil {
		s.t.Fatal(err)
	}
	proof := func() []string { return []string{m.StepUp(models.CredentialWrite, w.Version.ID)} }
	s.send(m, api+"/versions/:version/operations", v+"/operations", 303, url.Values{"op": {"post-orders"}, "tag": {}, "access": {"read"}, "mode": {"named"},
		"scope": {"orders:place"}, "description": {"Place orders"}, "revision": {"0"}, "seen": {""}})
	s.send(m, api+"/versions/:version/credential", v+"/credential", 303, url.Values{"credential_header": {"X-Key"}, "credential_value": {"v2"}, "step_up": proof()})
	s.send(m, api+"/versions/:version/publish", v+"/publish", 303, url.Values{"revision": {revision}})
	s.send(m, api+"/versions/:version/mock", v+"/mock", 303, url.Values{"on": {"yes"}})
	s.send(m, api+"/versions/:version/credential/delete", v+"/credential/delete", 303, url.Values{"step_up": proof()})
	s.life(v)
}

// life brings a version to its end and back.
func (s *play) life(v string) {
	m, life := s.p.Manager, "/t/:tenant/admin/apis/:api/versions/:version/life"
	seen := func(more ...string) url.Values {
		w, err := s.k.Portal.APIs.Workbench(s.t.Context(), s.k.Actor(m, "aa"), "orders", "v2")
		if err != nil {
			s.t.Fatal(err)
		}
		form := url.Values{"revision": {strconv.Itoa(w.Version.Revision)}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return form
	}
	told := func() (newest string) {
		s.t.Helper()
		testkit.Eventually(s.t, "it was told", func() bool {
			l, err := s.k.Portal.Versions.Life(s.t.Context(), s.k.Actor(m, "aa"), "orders", "v2")
			if err != nil {
				s.t.Fatal(err)
			}
			newest = l.Announcements[0].ID
			return l.Announcements[0].ToldAt != nil
		})
		return newest
	}
	s.send(m, life, v+"/life", 303, seen("deprecated_on", "", "last_day", time.Now().AddDate(0, 0, 90).Format(time.DateOnly), "successor", "", "notice", "Move."))
	told()
	s.send(m, life+"/undo", v+"/life/undo", 303, seen())
	told()
	s.send(m, life+"/retire", v+"/life/retire", 303, seen())
	told()
	s.send(m, life+"/revive", v+"/life/revive", 303, seen())
	newest := told()
	s.send(m, life+"/:announcement/remind", v+"/life/"+newest+"/remind", 303, nil)
	s.send(s.p.Partner, "/t/:tenant/apis/:api/:version/life/seen", "/t/aa/apis/orders/v2/life/seen", 303, nil)
}

func (s *play) guides() {
	m := s.p.Manager
	const guides, at = "/t/:tenant/admin/guides", "/t/aa/admin/guides"
	text := func(title string) url.Values {
		return url.Values{"api": {"orders"}, "title": {title}, "slug": {"returns"}, "body": {"Send *it* back."}, "do": {"keep"}, "revision": {"1"}}
	}
	made := s.send(m, guides+"/new", at+"/new", 303, text("Returns"))
	one := made.Header.Get("Location")
	changed := text("Sending back")
	changed.Set("do", "publish")
	s.send(m, guides+"/:id", one, 303, changed)
	s.send(m, guides+"/:id/move", one+"/move", 303, url.Values{"position": {"0"}})
	s.send(m, guides+"/:id/delete", one+"/delete", 303, nil)
}

func (s *play) incidents() {
	const desk, at = "/t/:tenant/admin/apis/:api/incidents", "/t/aa/admin/apis/orders/incidents"
	s.send(s.p.Manager, desk, at, 303, url.Values{"title": {"Slow answers"}, "state": {"investigating"}, "text": {"We *look* into it."}, "versions": {"v1"}})
	_, rows, err := s.k.Portal.Incidents.List(s.t.Context(), s.k.Actor(s.p.Manager, "aa"), "orders")
	if err != nil || len(rows) == 0 {
		s.t.Fatal(rows, err)
	}
	subscribersTold(s.t, s.k, s.k.Actor(s.p.Manager, "aa"))
	s.send(s.p.Manager, desk+"/:id", at+"/"+rows[0].ID, 303, url.Values{"state": {"resolved"}, "text": {"All is well."}})
	subscribersTold(s.t, s.k, s.k.Actor(s.p.Manager, "aa"))
}

func (s *play) plans() ([]models.Plan, error) {
	_, plans, err := s.k.Portal.Plans.List(s.t.Context(), s.k.Actor(s.p.Manager, "aa"), "orders")
	return plans, err
}

func (s *play) access() {
	p := s.p
	const requests = "/t/:tenant/admin/requests"
	at := "/t/aa/admin/requests/"
	ask := func(b *testkit.Browser, version string, form url.Values) string {
		s.t.Helper()
		form.Set("plan", "standard")
		form.Set("purpose", "To print labels.")
		s.send(b, "/t/:tenant/apis/:api/:version/subscribe", "/t/aa/apis/orders/"+version+"/subscribe", 303, form, "expected_calls", "last_day")
		own, err := s.k.Portal.Subscriptions.Own(s.t.Context(), s.k.Actor(b, "aa"))
		if err != nil {
			s.t.Fatal(err)
		}
		return own[0].ID
	}
	asks := s.k.Person("Somebody", models.NotStaff)
	id := ask(asks, "v1", url.Values{"team_name": {"Ours"}})
	const own, ownAt = "/t/:tenant/subscriptions/:id", "/t/aa/subscriptions/"
	s.send(p.Admin, requests+"/:id/messages", at+id+"/messages", 303, url.Values{"message": {"Which printers?"}})
	s.send(asks, own+"/messages", ownAt+id+"/messages", 303, url.Values{"message": {"All of them."}})
	s.send(p.Admin, requests+"/:id/approve", at+id+"/approve", 303, url.Values{"seen": {"3.1"}}, "plan", "last_day", "reason", "advice")
	wish := url.Values{"plan": {"fast"}, "why": {"We print more and more."}}
	s.send(asks, own+"/plan", ownAt+id+"/plan", 303, wish)
	s.send(asks, own+"/plan/keep", ownAt+id+"/plan/keep", 303, nil)
	s.send(asks, own+"/plan", ownAt+id+"/plan", 303, wish)
	s.send(p.Admin, requests+"/:id/plan/deny", at+id+"/plan/deny", 303, url.Values{"seen": {"7.1.1"}, "reason": {"Not so many."}})
	s.send(asks, own+"/plan", ownAt+id+"/plan", 303, wish)
	s.send(p.Admin, requests+"/:id/plan/approve", at+id+"/plan/approve", 303, url.Values{"seen": {"9.1.1"}})
	s.send(p.Admin, requests+"/:id/until", at+id+"/until", 303, url.Values{"until": {time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}})
	for _, step := range []struct {
		verb string
		form url.Values
	}{
		{"pause", url.Values{"reason": {"Looks odd."}}}, {"resume", nil}, {"end", url.Values{"reason": {"Enough of it."}}},
	} {
		s.send(p.Admin, requests+"/:id/"+step.verb, at+id+"/"+step.verb, 303, step.form)
	}
	id = ask(asks, "v2", url.Values{"team": {s.k.Actor(asks, "aa").Teams()[0]}})
	s.send(p.Admin, requests+"/:id/deny", at+id+"/deny", 303, url.Values{"seen": {"1.1"}, "reason": {"Not this one."}})
	id = ask(asks, "v2", url.Values{"team": {s.k.Actor(asks, "aa").Teams()[0]}})
	s.send(asks, "/t/:tenant/subscriptions/:id/withdraw", "/t/aa/subscriptions/"+id+"/withdraw", 303, nil)
	id = ask(p.Partner, "v2", url.Values{"team": {p.Team.ID}})
	s.send(p.Admin, requests, strings.TrimSuffix(at, "/"), 303, url.Values{"pick": {id + " 1.1"}, "decision": {"approve"}}, "reason", "show")
	theirs := s.k.Actor(asks, "aa").Teams()[0]
	s.send(p.Admin, requests+"/:id/team", at+id+"/team", 303, url.Values{"team": {theirs}})
	s.k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.InsertMembership(p.Team.ID, asks.User.ID, models.TeamOwner) })
	s.send(asks, own+"/team", ownAt+id+"/team", 303, url.Values{"team": {p.Team.ID}})
	s.send(p.Partner, "/t/:tenant/subscriptions/:id/end", "/t/aa/subscriptions/"+id+"/end", 303, nil)
}

func (s *play) tokens() {
	p, b := s.p, s.p.Partner
	const tokens, all, management = "/t/:tenant/tokens", "/t/:tenant/admin/tokens", "/t/:tenant/admin/management-tokens"
	access := "access-" + p.Version.ID
	form := url.Values{"team": {p.Team.ID}, "key": {"once"}, "name": {"Crane watch"}, "purpose": {"Watches cranes."}, "description": {""}, "expires": {"7"}, access: {"read"}, "ips": {""},
		"step_up": {b.StepUp(models.TokenCreate, p.Team.ID)}}
	s.send(b, tokens+"/new", "/t/aa/tokens/new", 200, form, "date", "step_up")
	made := s.send(b, tokens, "/t/aa/tokens", 201, form, "date")
	secret := regexp.MustCompile(`gth_aa_[0-9A-Za-z]{36}`).FindString(made.Body)
	id := regexp.MustCompile(`/t/aa/tokens/([0-9a-f-]{36})/test`).FindStringSubmatch(made.Body)[1]
	at := "/t/aa/tokens/" + id
	s.send(b, tokens+"/:id/test", at+"/test", 200, url.Values{"secret": {secret}})
	edited := func(revision, access string) url.Values {
		return url.Values{"name": {"Crane clock"}, "purpose": {"Tells the time."}, "description": {"On the crane."}, "ips": {""}, "access-" + p.Version.ID: {access}, "revision": {revision}}
	}
	s.send(b, tokens+"/:id/look", at+"/look", 200, edited("1", "read"))
	s.send(b, tokens+"/:id/edit", at+"/edit", 303, edited("1", "read"))
	s.send(b, tokens+"/:id/pause", at+"/pause", 303, url.Values{"reason": {"Holidays."}})
	s.send(b, tokens+"/:id/resume", at+"/resume", 303, nil)
	s.send(p.Admin, all+"/:id/pause", "/t/aa/admin/tokens/"+id+"/pause", 303, url.Values{"reason": {"Looks odd."}})
	s.send(p.Admin, all+"/:id/resume", "/t/aa/admin/tokens/"+id+"/resume", 303, nil)
	used := url.Values{"keep": {p.Version.ID + " GET /orders"}, "when": {"rotation"}, "revision": {"6"}}
	s.send(b, tokens+"/:id/narrow", at+"/narrow", 303, used)
	s.send(b, tokens+"/:id/narrow/undo", at+"/narrow/undo", 303, url.Values{"revision": {"7"}})
	s.approval(true)
	wider := func(revision string) url.Values {
		form := edited(revision, "write")
		form.Set("step_up", b.StepUp(models.TokenWiden, id))
		return form
	}
	s.send(b, tokens+"/:id/edit", at+"/edit", 303, wider("8"))
	s.send(b, tokens+"/:id/withdraw", at+"/withdraw", 303, nil)
	s.send(b, tokens+"/:id/edit", at+"/edit", 303, wider("10"))
	s.send(p.Admin, all+"/:id/approve", "/t/aa/admin/tokens/"+id+"/approve", 303, url.Values{"seen": {"11"}})
	form.Set("key", "again")
	form.Set("step_up", b.StepUp(models.TokenCreate, p.Team.ID))
	made = s.send(b, tokens, "/t/aa/tokens", 201, form, "date")
	waits := regexp.MustCompile(`/t/aa/tokens/([0-9a-f-]{36})"`).FindStringSubmatch(made.Body)[1]
	s.send(p.Admin, all+"/:id/deny", "/t/aa/admin/tokens/"+waits+"/deny", 303, url.Values{"seen": {"1"}, "reason": {"Not this one."}})
	s.approval(false)
	s.send(b, tokens+"/:id/rotate", at+"/rotate", 201, url.Values{"overlap": {"24h"}, "expires": {"same"}, "key": {"thrice"}, "step_up": {b.StepUp(models.TokenRotate, id)}}, "date")
	s.send(b, tokens+"/:id/retire", at+"/retire", 303, nil)
	s.send(b, tokens+"/:id/alerts", "/t/aa/tokens/"+p.Token.ID+"/alerts", 303, url.Values{"alert": {p.alert}})
	s.send(p.Admin, "/t/:tenant/admin/alerts/:alert", "/t/aa/admin/alerts/"+s.another(), 303, url.Values{"note": {"It was the nightly job."}})
	at = "/t/aa/tokens/" + p.Token.ID
	id = p.Token.ID
	s.send(b, tokens+"/:id/revoke", at+"/revoke", 303, url.Values{"cause": {"unneeded"}, "reason": {"No longer needed."}})
	s.send(p.Admin, all+"/:id/revoke", "/t/aa/admin/tokens/"+p.Token.ID+"/revoke", 303, url.Values{"cause": {"leaked"}, "reason": {"Seen in public."}})
	s.many()
	s.send(p.Admin, management, "/t/aa/admin/management-tokens", 201, url.Values{"name": {"bot"}, "description": {""}, "expires": {"7"}, "scope-usage:read": {"on"}, "key": {"twice"},
		"step_up": {p.Admin.StepUp(models.ManagementTokenCreate, p.Tenant.ID)}}, "date", "scope-tokens:write")
	s.k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { // as the program does with what nobody used for long
		token, err := tx.LockToken(p.Management.ID)
		if err != nil {
			return err
		}
		token.State, token.Cause = models.TokenPaused, models.CauseUnused
		return tx.UpdateToken(token)
	})
	s.send(p.Admin, management+"/:id/resume", "/t/aa/admin/management-tokens/"+p.Management.ID+"/resume", 303,
		url.Values{"step_up": {p.Admin.StepUp(models.ManagementTokenReadOwn, p.Management.ID)}})
	s.send(p.Admin, management+"/:id/revoke", "/t/aa/admin/management-tokens/"+p.Management.ID+"/revoke", 303, url.Values{"cause": {"unneeded"}, "reason": {"No longer needed."}})
}

// many is what is done to all tokens of a filter.
func (s *play) many() {
	p := s.p
	const all = "/t/:tenant/admin/tokens"
	s.send(p.Admin, all+"/views", "/t/aa/admin/tokens/views", 303, url.Values{"name": {"Ours"}, "filter": {"owner=nobody"}})
	s.send(p.Admin, all+"/views/:id/delete", "/t/aa/admin/tokens/views/"+p.view+"/delete", 303, nil)
	s.send(p.Admin, "/t/:tenant/admin/settings/archive", "/t/aa/admin/settings/archive", 200, url.Values{"step_up": {p.Admin.StepUp(models.TenantExport, "aa")}})
	s.send(p.Admin, all+"/export", "/t/aa/admin/tokens/export", 200, url.Values{"format": {"csv"}, "filter": {"q=ci"}, "step_up": {p.Admin.StepUp(models.TokenExport, portal.ExportObject)}})
	in := portal.NewBulk{Verb: models.BulkPause, Filter: "q=nothing+has+this+name"}
	s.send(p.Admin, all+"/bulk", "/t/aa/admin/tokens/bulk", 303, url.Values{"verb": {string(in.Verb)}, "filter": {in.Filter}, "expected": {"0"},
		"shown": {fmt.Sprint(s.k.Store.Now().UnixMicro())}, "reason": {"Looks odd."}, "confirm": {p.Name}, "step_up": {p.Admin.StepUp(models.TokenRevokeAny, in.Object())}})
	s.send(p.Admin, all+"/bulk/:id", "/t/aa/admin/tokens/bulk/"+p.bulk, 303, nil)
}

func (s *play) clients() {
	p, b := s.p, s.p.Admin
	const clients, at = "/t/:tenant/admin/clients", "/t/aa/admin/clients"
	told := "version-" + p.Version.ID
	made := s.send(b, clients, at, 201, url.Values{"name": {"Yard server"}, told: {"on"}, "key": {"thrice"}, "step_up": {b.StepUp(models.ClientManage, p.Tenant.ID)}}, "may_revoke")
	id := regexp.MustCompile(`/admin/clients/([0-9a-f-]{36})"`).FindStringSubmatch(made.Body)[1]
	s.send(b, clients+"/:id", at+"/"+id, 303, url.Values{"name": {"Yard gate"}, told: {"on"}, "may_revoke": {"on"}, "revision": {"1"}, "step_up": {b.StepUp(models.ClientManage, id)}})
	s.send(b, clients+"/:id/rotate", at+"/"+id+"/rotate", 200, url.Values{"step_up": {b.StepUp(models.ClientManage, portal.ClientSecret(id))}})
	s.send(b, clients+"/:id/remove", at+"/"+id+"/remove", 303, nil)
}

// approval says whether the tenant's admins approve tokens.
func (s *play) approval(on bool) {
	p := s.p
	s.k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error {
		tenant := s.k.Actor(p.Admin, p.Slug).Tenant()
		tenant.TokenPolicy.Approval = on
		return tx.UpdateTenant(tenant)
	})
}

// another is an alert once more, for another one was closed.
func (s *play) another() string {
	err := s.k.Portal.Alerts.Sight(s.t.Context(), portal.Sighting{Kind: models.AlertRetired, Tenant: s.p.Tenant.ID, Token: s.p.Token.ID, IP: "192.0.2.77", At: s.k.Store.Now()})
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := s.k.Portal.Alerts.List(s.t.Context(), s.k.Actor(s.p.Admin, "aa"), portal.AlertQuery{Limit: 1})
	if err != nil || len(page.Rows) != 1 {
		s.t.Fatal(page, err)
	}
	return page.Rows[0].ID
}

// people are invited, removed, and ask to be let in.
func (s *play) people(members string) {
	p, at := s.p, "/t/aa/admin/members"
	proof := func(object string) []string { return []string{p.Admin.StepUp(models.MemberManage, object)} }
	s.send(p.Admin, members, at, 303, url.Values{"email": {"again@aa.example"}, "role": {"partner"}, "step_up": proof("aa")})
	s.send(p.Admin, members+"/again", at+"/again", 303, url.Values{"email": {"again@aa.example"}, "step_up": proof("aa")})
	list := url.Values{"list": {"many@aa.example, auditor\nnobody"}, "role": {"partner"}}
	s.send(p.Admin, members+"/bulk", at+"/bulk", 200, list)
	seen, err := s.k.Portal.Members.PreviewInvites(s.t.Context(), s.k.Actor(p.Admin, "aa"), list.Get("list"), models.RolePartner)
	if err != nil {
		s.t.Fatal(err)
	}
	list.Set("seen", seen.Seen)
	list["step_up"] = proof(seen.Object())
	s.send(p.Admin, members+"/bulk/send", at+"/bulk/send", 303, list)

	policy := func(kind, revision string) {
		s.send(p.Admin, "/t/:tenant/admin/settings/sign-up", "/t/aa/admin/settings/sign-up", 303, url.Values{"sign_up": {kind}, "sign_up_domains": {"aa.example"}, "revision": {revision}})
	}
	revision := s.k.Actor(p.Admin, "aa").Tenant().Revision
	policy("approval", strconv.Itoa(revision))
	asks := s.k.Person("Asks", models.NotStaff)
	note := url.Values{"note": {"We print labels."}}
	s.send(asks, "/t/:tenant/join", "/t/aa/join", 303, note)
	s.send(asks, "/t/:tenant/join/withdraw", "/t/aa/join/withdraw", 303, nil)
	s.send(asks, "/t/:tenant/join", "/t/aa/join", 303, note)
	s.send(p.Admin, members+"/joins/:id", at+"/joins/"+asks.User.ID, 303, url.Values{"decision": {"in"}}, "reason")
	s.send(p.Admin, members+"/joins/:id/end", at+"/joins/"+asks.User.ID+"/end", 303, nil)
	policy("open", strconv.Itoa(revision+1))

	leaves := s.k.Person("Leaves", models.NotStaff)
	s.k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(leaves.User.ID, models.RoleAuditor) })
	s.send(p.Admin, members+"/:id/remove", at+"/"+leaves.User.ID+"/remove", 303, url.Values{"step_up": proof(leaves.User.ID)})
}

func (s *play) tenant() {
	p := s.p
	const members, team = "/t/:tenant/admin/members", "/t/:tenant/team/:id"
	invite := url.Values{"email": {"guest2@aa.example"}, "role": {"auditor"}, "step_up": {p.Admin.StepUp(models.MemberManage, "aa")}}
	s.send(p.Admin, members, "/t/aa/admin/members", 303, invite)
	s.send(p.Admin, members+"/withdraw", "/t/aa/admin/members/withdraw", 303, url.Values{"email": {"guest2@aa.example"}})
	s.people(members)
	auditor := p.Auditor.User.ID
	s.send(p.Admin, members+"/:id", "/t/aa/admin/members/"+auditor, 303, url.Values{"role": {"api_manager"}, "step_up": {p.Admin.StepUp(models.MemberManage, auditor)}})
	s.send(p.Admin, members+"/:id/sessions/end", "/t/aa/admin/members/"+auditor+"/sessions/end", 303, nil)
	s.send(p.Admin, "/t/:tenant/admin/audit/verify", "/t/aa/admin/audit/verify", 200, nil)
	s.send(p.Admin, "/t/:tenant/admin/settings", "/t/aa/admin/settings", 303, url.Values{"public": {"on"}, "token_days": {"60"}, "escalate_days": {"5"}, "revision": {"6"}}, "self_approval")
	s.send(p.Admin, "/t/:tenant/admin/settings/sign-in", "/t/aa/admin/settings/sign-in", 303, url.Values{"name": {"Acme account"}, "issuer": {"https://login.acme.example"}, "client_id": {"client"}, "client_secret": {"secret"}, "groups_claim": {"groups"}, "roles": {"desk = auditor"}, "sign_up": {"on"}, "enabled": {"on"}, "revision": {"1"}, "step_up": {p.Admin.StepUp(models.TenantConfigure, "provider")}})
	s.send(p.Admin, "/t/:tenant/admin/settings/tokens", "/t/aa/admin/settings/tokens", 303, url.Values{"unused_days": {"60"}, "pause_days": {"10"}, "revoke_days": {"200"},
		"rotate_days": {"0"}, "leak": {"pause"}, "revision": {"7"}}, "self_rotation", "approval", "seen")
	s.send(p.Admin, "/t/:tenant/admin/settings/tokens/rules", "/t/aa/admin/settings/tokens/rules", 303, url.Values{"makers": {"members"}, "grace_days": {"20"}, "revision": {"8"}}, "ranges", "lifetime", "seen")
	s.look()
	s.host()
	const deciding = "/t/:tenant/admin/requests/deciding"
	s.send(p.Admin, deciding, "/t/aa/admin/requests/deciding", 303, url.Values{"daily": {"on"}})
	s.send(p.Admin, deciding+"/stand-in", "/t/aa/admin/requests/deciding/stand-in", 303, url.Values{"deputy": {auditor}, "from": {time.Now().Format(time.DateOnly)},
		"until": {time.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, "step_up": {p.Admin.StepUp(models.StandInName, p.Admin.User.ID)}})
	s.send(p.Admin, deciding+"/stand-in/end", "/t/aa/admin/requests/deciding/stand-in/end", 303, nil)
	at, m := "/t/aa/team/"+p.Team.ID, s.k.Person("Colleague", models.NotStaff)
	s.send(p.Partner, team+"/invitations", at+"/invitations", 303, url.Values{"email": {m.User.Email}})
	link := s.k.LinkIn(s.k.Mail(m.User.Email, "Invitation to the team"))
	s.send(m, "/link/:secret/accept", link+"/accept", 303, nil)
	s.send(p.Partner, team+"/invitations", at+"/invitations", 303, url.Values{"email": {"late@x.example"}})
	s.send(p.Partner, team+"/invitations/withdraw", at+"/invitations/withdraw", 303, url.Values{"email": {"late@x.example"}})
	for _, role := range []string{"owner", "member"} {
		s.send(p.Partner, team+"/members/:user", at+"/members/"+m.User.ID, 303, url.Values{"role": {role}, "step_up": {p.Partner.StepUp(models.TeamManage, m.User.ID)}})
	}
	s.send(p.Partner, team+"/members/:user/remove", at+"/members/"+m.User.ID+"/remove", 303, nil)
	joins := joined(s.k, p, "Another colleague", models.TeamMember)
	s.send(joins, team+"/leave", at+"/leave", 303, nil)
	s.teams()
}

// teams are what a team has beside its people, and what those who run the tenant do to it.
func (s *play) teams() {
	p := s.p
	const team, all = "/t/:tenant/team/:id", "/t/:tenant/admin/teams/:id"
	at, allAt := "/t/aa/team/"+p.Team.ID, "/t/aa/admin/teams/"+p.Team.ID
	founds := s.k.Person("Founder", models.NotStaff)
	s.send(founds, "/t/:tenant/team/new", "/t/aa/team/new", 303, url.Values{"team_name": {"Founded"}})
	s.send(p.Partner, team+"/name", at+"/name", 303, url.Values{"team_name": {"Team of aa, renamed"}})

	made := s.send(p.Partner, team+"/services/new", at+"/services/new", 303, url.Values{"name": {"Night shift"}, "purpose": {"Writes invoices."}, "person": {p.Partner.User.ID}})
	service := made.Header.Get("Location")
	id := service[strings.LastIndexByte(service, '/')+1:]
	s.send(p.Partner, team+"/services/:service", service, 303, url.Values{"name": {"Night shifts"}, "purpose": {"Writes invoices."}, "person": {p.Partner.User.ID},
		"revision": {"1"}, "step_up": {p.Partner.StepUp(models.ServiceManage, id)}})
	s.send(p.Partner, team+"/services/:service/disable", service+"/disable", 303, nil)
	s.send(p.Partner, team+"/services/:service/enable", service+"/enable", 303, url.Values{"step_up": {p.Partner.StepUp(models.ServiceManage, id)}})

	for _, domain := range []string{p.Partner.User.EmailDomain(), "other.example"} {
		s.send(p.Partner, team+"/domains", at+"/domains", 303, url.Values{"domain": {domain}})
		s.send(p.Admin, all+"/domains/confirm", allAt+"/domains/confirm", 303, url.Values{"domain": {domain}, "step_up": {p.Admin.StepUp(models.TeamAdminister, p.Team.ID)}})
	}
	domain := url.Values{"domain": {p.Partner.User.EmailDomain()}}
	s.send(p.Partner, team+"/domains/check", at+"/domains/check", 303, domain)
	s.send(p.Partner, team+"/domains/let-in", at+"/domains/let-in", 303, url.Values{"domain": domain["domain"], "on": {"on"}})
	joins := s.k.Person("By domain", models.NotStaff)
	s.send(joins, "/t/:tenant/team/join", "/t/aa/team/join", 303, url.Values{"team": {p.Team.ID}})
	s.send(p.Partner, team+"/domains/remove", at+"/domains/remove", 303, domain)
	s.send(p.Admin, all+"/domains/remove", allAt+"/domains/remove", 303, url.Values{"domain": {"other.example"}})

	prepared := url.Values{"name": {"Night job"}, "purpose": {"Reads."}, "description": {""}, "expires": {"7"}, "ips": {""}, "access-" + p.Version.ID: {"read"}}
	tokens := all + "/members/:user/tokens"
	s.send(p.Admin, tokens, allAt+"/members/"+joins.User.ID+"/tokens", 303, prepared)
	link := s.k.LinkIn(s.k.Mail(joins.User.Email, "A token was prepared for you: Night job"))
	whole, err := s.k.Portal.Teams.Whole(s.t.Context(), s.k.Actor(p.Admin, "aa"), p.Team.ID)
	if err != nil || len(whole.Claims) != 2 {
		s.t.Fatal(whole.Claims, err)
	}
	s.send(joins, "/t/:tenant/claims/:secret", link, 201, url.Values{"step_up": {joins.StepUp(models.TokenCreate, whole.Claims[0].Claim.ID)}})
	prepared.Set("name", "Withdrawn")
	s.send(p.Admin, tokens, allAt+"/members/"+joins.User.ID+"/tokens", 303, prepared)
	if whole, err = s.k.Portal.Teams.Whole(s.t.Context(), s.k.Actor(p.Admin, "aa"), p.Team.ID); err != nil {
		s.t.Fatal(err)
	}
	s.send(p.Admin, all+"/claims/:claim/withdraw", allAt+"/claims/"+whole.Claims[0].Claim.ID+"/withdraw", 303, nil)

	left := s.k.Actor(founds, "aa").Teams()[0]
	foundedAt := "/t/aa/admin/teams/" + left
	s.send(p.Admin, all+"/members/:user/remove", foundedAt+"/members/"+founds.User.ID+"/remove", 303, url.Values{"step_up": {p.Admin.StepUp(models.TeamAdminister, left)}})
	s.send(p.Admin, all+"/owner", foundedAt+"/owner", 303, url.Values{"user": {""}, "email": {founds.User.Email}, "step_up": {p.Admin.StepUp(models.TeamAdminister, left)}})
	s.send(p.Admin, "/t/:tenant/admin/teams/founding", "/t/aa/admin/teams/founding", 303, nil, "on")
}

// grants is what staff and a tenant's admin do about entering it.
func (s *play) grants(o, staff *testkit.Browser) {
	const door, at, inside = "/support/tenants/:slug", "/support/tenants/aa", "/t/:tenant/admin/support"
	second := s.k.Person("Second operator", models.StaffOperator)
	admin := s.p.Admin
	s.send(staff, "/support/favourites", "/support/favourites", 303, url.Values{"slug": {"aa"}, "on": {"true"}}, "back")
	ask := func(level string) string {
		s.send(staff, door, at, 303, url.Values{"level": {level}, "reason": {"To put it right."}, "ticket": {"4812"}, "minutes": {"60"}, "step_up": {staff.StepUp(models.GrantTake, "aa")}})
		access, err := s.k.Portal.Grants.AtDoor(s.t.Context(), s.k.Actor(o, ""), "aa")
		if err != nil || len(access.Waiting) == 0 {
			s.t.Fatal(access, err)
		}
		return access.Waiting[0].ID
	}
	id := ask("support")
	s.send(o, door+"/requests/:id", at+"/requests/"+id, 303, url.Values{"answer": {"decline"}, "note": {"Ask the admins."}})
	id = ask("manage")
	s.send(admin, inside+"/requests/:id", "/t/aa/admin/support/requests/"+id, 303, url.Values{"answer": {"approve"}, "step_up": {admin.StepUp(models.GrantDecide, id)}}, "note")
	live := func(level models.GrantLevel) string {
		access, err := s.k.Portal.Grants.AtDoor(s.t.Context(), s.k.Actor(o, ""), "aa")
		for _, g := range access.Live {
			if g.Level == level {
				return g.ID
			}
		}
		s.t.Fatal(access, err)
		return ""
	}
	s.send(admin, inside+"/end", "/t/aa/admin/support/end", 303, url.Values{"grant": {live(models.GrantManage)}}, "standing")
	ask("support")
	s.send(staff, door+"/withdraw", at+"/withdraw", 303, nil)
	s.send(o, door+"/standing", at+"/standing", 303, url.Values{"stand_email": {staff.User.Email}, "stand_reason": {"On call."}, "step_up": {o.StepUp(models.GrantGive, "aa")}})
	access, err := s.k.Portal.Grants.AtDoor(s.t.Context(), s.k.Actor(o, ""), "aa")
	if err != nil || len(access.Standing) != 1 {
		s.t.Fatal(access, err)
	}
	s.send(o, door+"/standing/keep", at+"/standing/keep", 303, url.Values{"standing": {access.Standing[0].ID}})
	s.send(o, door+"/emergency", at+"/emergency", 303, url.Values{"tenant_name": {s.p.Tenant.Name}, "reason": {"Nobody answers."}, "ticket": {"4813"}, "minutes": {"30"}, "step_up": {o.StepUp(models.GrantBreakGlass, "aa")}})
	broken := live(models.GrantManage)
	s.send(second, door+"/grants/:id", at+"/grants/"+broken, 303, url.Values{"note": {"It was needed."}})
	s.send(o, door+"/end", at+"/end", 303, url.Values{"grant": {broken}}, "standing")
}

// host is a name of the tenant's own, and a session that is carried over to it.
func (s *play) host() {
	const page, at, name = "/t/:tenant/admin/settings/host", "/t/aa/admin/settings/host", "developers.example.com"
	s.send(s.p.Admin, page, at, 303, url.Values{"host": {name}, "step_up": {s.p.Admin.StepUp(models.HostManage, "aa")}})
	own, err := s.k.Portal.Hosts.Of(s.t.Context(), s.k.Actor(s.p.Admin, "aa"))
	if err != nil || own == nil {
		s.t.Fatal(own, err)
	}
	s.dns.Set(own.RecordName(), own.RecordValue())
	s.send(s.p.Admin, page+"/check", at+"/check", 303, nil)
	s.send(s.p.Partner, "/t/:tenant/hand-over", "/t/aa/hand-over", 303, s.p.Partner.On(name).AsksHandOver("/t/aa"))
	s.send(s.p.Admin, page+"/remove", at+"/remove", 303, url.Values{"step_up": {s.p.Admin.StepUp(models.HostManage, "aa")}})
}

// look changes how the tenant looks, twice, and goes back to what was before.
func (s *play) look() {
	const look, at = "/t/:tenant/admin/settings/look", "/t/aa/admin/settings/look"
	b := s.p.Admin
	looks := func() []models.Look {
		desk, err := s.k.Portal.Looks.Desk(s.t.Context(), s.k.Actor(b, "aa"))
		if err != nil {
			s.t.Fatal(err)
		}
		return desk.History
	}
	keep := func(tagline, revision string) {
		s.send(b, look, at, 303, url.Values{"name": {"Tenant aa"}, "tagline": {tagline}, "colour": {"#123456"}, "welcome": {"Come *in*."}, "help": {"Ask us."}, "sender": {"Port"},
			"link_1_text": {"Imprint"}, "link_1_url": {"https://aa.example/imprint"}, "revision": {revision}}, "remove_logo", "remove_logo_dark", "link_2_text", "link_2_url")
	}
	keep("Once more.", "0")
	s.send(b, look+"/publish", at+"/publish", 303, url.Values{"revision": {"1"}, "seen": {""}})
	keep("Never seen.", "0")
	s.send(b, look+"/discard", at+"/discard", 303, nil)
	s.send(b, look+"/restore", at+"/restore", 303, url.Values{"look": {looks()[1].ID}})
}

func (s *play) support() {
	o, staff := s.k.Person("Operator", models.StaffOperator), s.k.Person("Support", models.StaffSupport)
	const door = "/support/tenants/:slug"
	s.send(o, "/support/tenants/new", "/support/tenants/new", 303, url.Values{"name": {"Third"}, "slug": {"third"}, "code": {"th"}, "tagline": {""}, "colour": {"#123456"}, "admin_email": {""}}, "public")
	s.send(o, door+"/admin", "/support/tenants/third/admin", 303, url.Values{"admin_email": {"first@third.example"}, "step_up": {o.StepUp(models.AdminInvite, "third")}})
	s.send(staff, door, "/support/tenants/aa", 303, url.Values{"level": {"view"}, "ticket": {""}, "reason": {"ticket 1"}, "minutes": {"60"}, "step_up": {staff.StepUp(models.GrantTake, "aa")}})
	s.send(staff, "/t/:tenant/leave", "/t/aa/leave", 303, nil)
	s.send(o, door+"/grants", "/support/tenants/aa/grants", 303, url.Values{"email": {staff.User.Email}, "give_level": {"view"}, "give_ticket": {""}, "give_reason": {"ticket 2"}, "give_minutes": {"30"},
		"step_up": {o.StepUp(models.GrantGive, "aa")}})
	s.grants(o, staff)
	turn := func(verb, reason string, needs models.Action) {
		s.send(o, door+"/"+verb, "/support/tenants/third/"+verb, 303, url.Values{reason: {"Invoice 12 is open."}, "confirm": {"Third"}, "step_up": {o.StepUp(needs, "third")}})
	}
	turn("suspend", "state_reason", models.TenantSuspend)
	turn("resume", "state_reason", models.TenantSuspend)
	turn("suspend", "state_reason", models.TenantSuspend)
	s.send(o, door+"/archive-file", "/support/tenants/third/archive-file", 200, url.Values{"step_up": {o.StepUp(models.TenantCarry, "third")}})
	turn("archive", "archive_reason", models.TenantArchive)
	turn("restore", "state_reason", models.TenantArchive)
	s.send(o, "/support/staff", "/support/staff", 303, url.Values{"email": {"late@staff.example"}, "step_up": {o.StepUp(models.StaffManage, "")}})
	s.send(o, "/support/staff/withdraw", "/support/staff/withdraw", 303, url.Values{"email": {"late@staff.example"}})
	s.send(o, "/support/staff/:id", "/support/staff/"+s.p.staff, 303, url.Values{"role": {"none"}, "step_up": {o.StepUp(models.StaffManage, s.p.staff)}})
	const person = "/support/people/:id"
	at := "/support/people/" + s.k.Person("Shut out", models.NotStaff).User.ID
	id := strings.TrimPrefix(at, "/support/people/")
	s.send(o, person+"/sessions/end", at+"/sessions/end", 303, nil)
	s.send(o, person+"/disable", at+"/disable", 303, url.Values{"step_up": {o.StepUp(models.PersonManage, id)}})
	s.send(o, person+"/enable", at+"/enable", 303, url.Values{"step_up": {o.StepUp(models.PersonManage, id)}})

	s.send(o, "/support/sign-in", "/support/sign-in", 303, url.Values{"name": {"Staff account"}, "issuer": {"https://login.staff.example"}, "client_id": {"client"}, "client_secret": {"secret"}, "groups_claim": {"groups"}, "roles": {"desk = support"}, "sign_up": {""}, "enabled": {"on"}, "revision": {"0"}, "step_up": {o.StepUp(models.InstallationConfigure, "provider")}})
	s.send(o, "/support/installation", "/support/installation", 303, url.Values{"banner": {"Work on Sunday."}, "contact": {"help@gatehouse.example"}, "step_up": {o.StepUp(models.InstallationConfigure, "")}})
	s.send(o, "/support/installation/sessions", "/support/installation/sessions", 303, url.Values{"member_idle": {"60"}, "member_absolute": {"1440"}, "staff_idle": {"15"}, "staff_absolute": {"720"},
		"step_up": {o.StepUp(models.InstallationConfigure, models.SettingSessions)}})
	s.send(o, "/support/installation/tenants", "/support/installation/tenants", 303, url.Values{"colour": {"#123456"}, "sign_up": {"invite"}, "escalate_days": {"5"}, "token_days": {"60"}, "unused_days": {"30"},
		"pause_days": {"7"}, "revoke_days": {"60"}, "rotate_days": {"0"}, "leak": {"pause"}, "step_up": {o.StepUp(models.InstallationConfigure, models.SettingTenantDefaults)}}, "public", "self_rotation", "approval")
	s.send(o, "/support/installation/tokens/new", "/support/installation/tokens/new", 201, url.Values{"name": {"provisioning"}, "expires": {"30"}, "date": {""}, "scope-tenants:read": {"on"}, "step_up": {o.StepUp(models.OperatorTokenManage, "")}},
		"scope-tenants:write", "scope-installation:read", "scope-installation:write")
	made, _ := s.k.OperatorToken(o, "tenants:read")
	s.send(o, "/support/installation/tokens/:id/revoke", "/support/installation/tokens/"+made.ID+"/revoke", 303, nil)
	s.send(o, "/support/audit/verify", "/support/audit/verify", 200, nil)
}
