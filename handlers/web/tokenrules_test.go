package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

func rulesForm(k *testkit.Kit, p *testkit.Place, more url.Values) url.Values {
	form := url.Values{"makers": {"members"}, "grace_days": {"30"}, "revision": {strconv.Itoa(k.Actor(p.Admin, p.Slug).Tenant().Revision)}}
	for name, v := range more {
		form[name] = v
	}
	return form
}

// Before rules are saved the page says what they would have refused, in the numbers
// that the stored usage knows; new tokens follow at once.
func TestRulesWhatIf(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		at := "/t/aa/admin/settings/tokens/rules"
		for range 9 {
			if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
				t.Fatal(got)
			}
		}
		if err := k.Usage.Folder.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, p.Admin.Get(at), http.StatusOK, "All tokens that work now keep to these rules.")
		ranges := url.Values{"ranges": {"on"}}
		expect(t, p.Admin.Post(at, rulesForm(k, p, ranges)), http.StatusOK, "Nothing is saved yet", "1 token of 1 partner does not keep to these rules; 2 calls a day would have failed", p.Token.Name, `value="30"`)
		if rules := k.Actor(p.Admin, "aa").Tenant().TokenPolicy.Rules; rules != (models.TokenRules{}) {
			t.Fatal("saved before it was confirmed:", rules)
		}
		expect(t, p.Admin.Get(at+"/what-if?makers=members&ranges=on"), http.StatusOK, p.Token.Name)
		csv := p.Admin.Get(at + "/what-if.csv?makers=members&ranges=on")
		expect(t, csv, http.StatusOK, p.Token.ID+","+p.Token.Name, ",9\r\n")
		if strings.Contains(csv.Body, p.Partner.User.Name) || strings.Contains(csv.Body, p.Partner.User.Email) {
			t.Error("R119: a file that nobody confirmed with a passkey names people")
		}
		what, err := k.Portal.TokenPolicies.RulesWhatIf(t.Context(), k.Actor(p.Admin, "aa"), models.TokenRules{Ranges: true, Makers: models.MakersOwners})
		if err != nil || len(what.Rows) != 1 || what.Calls != 9 || what.Teams != 1 || what.NewOnes != 1 || len(what.Rows[0].Broken) != 1 {
			t.Errorf("%+v %v", what, err)
		}
		for _, b := range []*testkit.Browser{p.Manager, p.Auditor, p.Partner} {
			expect(t, b.Get(at), http.StatusForbidden)
			expect(t, b.Post(at, rulesForm(k, p, ranges)), http.StatusForbidden)
			expect(t, b.Get(at+"/what-if.csv"), http.StatusForbidden)
		}
		expect(t, p.Admin.Post(at, rulesForm(k, p, url.Values{"makers": {"king"}})), http.StatusUnprocessableEntity, "Choose members or owners.")
		seen := url.Values{"ranges": {"on"}, "seen": {"makers=members&ranges=on"}}
		short := rulesForm(k, p, seen)
		short.Set("grace_days", "13")
		expect(t, p.Admin.Post(at, short), http.StatusUnprocessableEntity, "Choose 14 to 366 days")
		expect(t, p.Admin.Post(at, rulesForm(k, p, seen)), http.StatusSeeOther)
		expect(t, p.Admin.Post(at, rulesForm(k, p, url.Values{"ranges": {"on"}, "makers": {"owners"}})), http.StatusSeeOther) // stops none that goes on now
		// The old token goes on, and its page says until when; a new one needs addresses.
		if got := call(t, k, p, http.MethodGet, p.Secret.Reveal()); got != http.StatusOK {
			t.Error("the token that was there is refused:", got)
		}
		expect(t, p.Partner.Get("/t/aa/tokens/"+p.Token.ID), http.StatusOK, "As it is, this token works until", "Edit the token and write the addresses")
		for _, b := range []*testkit.Browser{p.Admin, p.Auditor} { // and to those who run the tenant
			expect(t, b.Get("/t/aa/admin/tokens/"+p.Token.ID), http.StatusOK, "As it is, this token works until", "Edit the token and write the addresses")
		}
		form := tokenForm(p, "new one")
		form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
		expect(t, p.Partner.Post("/t/aa/tokens", form), http.StatusUnprocessableEntity, "demands that each token names the addresses")
		form.Set("ips", "192.0.2.0/24")
		form.Set("step_up", p.Partner.StepUp(models.TokenCreate, p.Team.ID))
		expect(t, p.Partner.Post("/t/aa/tokens", form), http.StatusCreated)
	})
}

// Whether a token of a service account keeps to the rule that owners answer for
// tokens is decided by who answers for the account, and never by who made the token.
func TestRulesOfServiceAccounts(t *testing.T) {
	testkit.Each(t, func(t *testing.T, k *testkit.Kit) {
		p := k.Place("aa", true)
		member := colleagueOf(k, p, "Member", models.TeamMember)
		_, service := serviceOf(t, k, p, p.Partner, member)
		serviceToken(t, p, member, service)
		broken := func() (n int) {
			t.Helper()
			what, err := k.Portal.TokenPolicies.RulesWhatIf(t.Context(), k.Actor(p.Admin, "aa"), models.TokenRules{Makers: models.MakersOwners})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range what.Rows {
				if row.ServiceID != nil {
					n++
				}
			}
			return n
		}
		people := func(who ...*testkit.Browser) {
			k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error {
				account, err := tx.ServiceAccount(p.Team.ID, service)
				if err != nil {
					return err
				}
				var ids []string
				for _, b := range who {
					ids = append(ids, b.User.ID)
				}
				return tx.SetServicePeople(account, ids)
			})
		}
		if broken() != 0 {
			t.Error("an owner answers for the account, and a member made its token: it keeps to the rule")
		}
		if people(member); broken() != 1 {
			t.Error("no owner answers for the account: its token does not keep to the rule")
		}
		people(p.Partner)
		k.Write(p.Partner, p.Tenant, func(tx *store.Tx) error { return tx.DeleteMembership(p.Team.ID, member.User.ID) })
		if broken() != 0 {
			t.Error("the maker left: the token goes on")
		}
	})
}

// A rule holds for a token that is there from its date on: its people were told at
// once and before, nothing stops it earlier, and then the gateway refuses it by its
// own clock, whether or not a job has paused it. Its owner cures and wakes it.
func TestRulesOverTime(t *testing.T) {
	now := clock.NewManual(time.Now())
	k := testkit.NewAt(t, now)
	p := k.Place("aa", true)
	look := func() {
		t.Helper()
		if _, err := k.Portal.Watch.Look(t.Context(), p.Tenant.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	calls := func(want int, when string) {
		t.Helper()
		if got := answered(t, k, p, p.Secret.Reveal()); got != want {
			t.Fatalf("%s: %d, want %d", when, got, want)
		}
	}
	set := func(rules models.TokenRules, days int) models.TokenRules {
		t.Helper()
		actor := k.Actor(p.Admin, "aa")
		rules, err := k.Portal.TokenPolicies.SetRules(t.Context(), actor, rules, days, actor.Tenant().Revision)
		if err != nil {
			t.Fatal(err)
		}
		return rules
	}
	rules := set(models.TokenRules{Ranges: true}, 20)
	look()
	k.Mail(p.Partner.User.Email, "Token "+p.Token.Name+" works until")
	look() // the date is known to gateways now
	calls(http.StatusOK, "told")
	now.Advance(10 * models.Day)
	look()
	look()
	if rules := set(models.TokenRules{Ranges: true, LifetimeDays: 366}, 20); !rules.RangesFrom.Equal(k.Actor(p.Admin, "aa").Tenant().TokenPolicy.Rules.RangesFrom) {
		t.Error("the date of a rule that stays moved")
	}
	calls(http.StatusOK, "before a look, after other rules were set")
	look()
	now.Advance(rules.RangesFrom.Sub(now.Now()) - time.Second)
	calls(http.StatusOK, "a second before")
	now.Advance(time.Second)
	calls(http.StatusUnauthorized, "at the date, with no job having run")
	look()
	calls(http.StatusUnauthorized, "paused")
	k.Mail(p.Partner.User.Email, "Token "+p.Token.Name+" was paused")
	var token models.Token
	page, err := k.Portal.Tokens.One(t.Context(), k.Actor(p.Partner, "aa"), p.Token.ID)
	if token = page; err != nil || token.State != models.TokenPaused || token.Cause != models.CauseRules {
		t.Fatal(token, err)
	}
	expect(t, p.Partner.SignIn(), http.StatusOK)
	at := "/t/aa/tokens/" + p.Token.ID
	expect(t, p.Partner.Get(at), http.StatusOK, "Edit the token", "Once it keeps to the rule, wake it.", "Against the rules for tokens here")
	wake := func() testkit.Answer {
		return p.Partner.Post(at+"/resume", url.Values{"step_up": {p.Partner.StepUp(models.TokenEditOwn, p.Token.ID)}})
	}
	if a := wake(); a.StatusCode == http.StatusSeeOther {
		t.Fatal("woken against the rules")
	}
	in := portal.NewToken{Name: token.Name, Access: map[string]models.Access{p.Version.ID: models.AccessRead}, Ranges: "127.0.0.1, ::1"}
	if _, err := k.Portal.Tokens.Edit(t.Context(), k.Actor(p.Partner, "aa"), token.ID, in, token.Revision); err != nil {
		t.Fatal(err)
	}
	expect(t, wake(), http.StatusSeeOther)
	calls(http.StatusOK, "cured and woken")
}
