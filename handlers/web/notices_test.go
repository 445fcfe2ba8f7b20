package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/portal"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// Every kind of notification, and every mail to a person, has a category.
func TestEveryNoticeHasACategory(t *testing.T) {
	for file, check := range map[string]func(string) bool{
		"../../models/notification.go": func(kind string) bool { return models.NotificationKind(kind).Category() != "" },
		"../../internal/portal/links.go": func(kind string) bool {
			outside := []portal.MailKind{portal.MailVerify, portal.MailKnown, portal.MailInvite, portal.MailTeam, portal.MailStaff, portal.MailDigest,
				portal.MailFounding, portal.MailEmailConfirm, portal.MailEmailChanged, portal.MailEmailTaken, portal.MailReserved, portal.MailDisabled, portal.MailDeleted, portal.MailClaim}
			return slices.Contains(outside, portal.MailKind(kind)) || (portal.Mail{Mail: portal.MailKind(kind)}).Category() != ""
		},
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kinds := regexp.MustCompile(`Kind = "([a-z_.]+)"`).FindAllSubmatch(source, -1)
		for _, m := range kinds {
			if kind := string(m[1]); !check(kind) && models.ChangeKind(kind) != models.ChangeTenant && !slices.Contains(changeKinds, kind) {
				t.Errorf("%s in %s has no category", kind, file)
			}
		}
		if len(kinds) < 12 {
			t.Errorf("%s: only %d kinds", file, len(kinds))
		}
	}
}

var changeKinds = []string{"tenant", "api", "version", "plan", "subscription", "token", "membership", "service"}

// choose keeps what somebody wants to hear of; the others stay as they are for everybody.
func choose(t *testing.T, b *testkit.Browser, own url.Values) {
	t.Helper()
	form := url.Values{}
	for _, w := range models.NoticeCategories {
		form.Set("app-"+string(w.Category), "on")
	}
	maps.Copy(form, own)
	expect(t, b.Post("/account/notifications", form), http.StatusSeeOther)
}

// What somebody chose counts for the inbox and for mails; security is not chosen
// about; and what is wanted once a day comes in one mail, with all that waits.
func TestChoicesOfNotices(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 5, 4, portal.DailyHour+1, 0, 0, 0, time.UTC))
	k := testkit.NewAt(t, c)
	p := k.Place("port", true)
	revoke := func() {
		id, expires := p.Token.ID, "/t/port/admin/tokens/"
		a := p.Admin.Post(expires+id+"/pause", url.Values{"reason": {"Looks odd."}})
		expect(t, a, http.StatusSeeOther)
		expect(t, p.Admin.Post(expires+id+"/resume", nil), http.StatusSeeOther)
	}
	page := p.Partner.Get("/account/notifications")
	expect(t, page, http.StatusOK, "Your tokens", "always", `name="mail-tokens"`, `name="app-tokens"`)
	if strings.Contains(page.Body, `name="mail-security"`) {
		t.Error("security can be turned off")
	}
	expect(t, p.Partner.Post("/account/notifications", url.Values{"mail-tokens": {"never"}}), http.StatusUnprocessableEntity, "Choose each, daily or none.")

	revoke()
	mail := k.Mail(p.Partner.User.Email, "paused")
	if !strings.Contains(mail.Text, "/account/notifications") || !strings.Contains(mail.HTML, "/account/notifications") {
		t.Errorf("no way to the choices: %s", mail.Text)
	}
	k.Mail(p.Partner.User.Email, "works again")
	expect(t, p.Partner.Get("/notifications"), http.StatusOK, "paused")

	choose(t, p.Partner, url.Values{"mail-tokens": {"daily"}})
	choose(t, p.Admin, url.Values{"mail-requests": {"daily"}})
	before, asked := told(k, p.Partner.User.Email, "paused"), told(k, p.Admin.User.Email, "Access asked for")
	revoke()
	asks := k.Person("Asks", models.NotStaff)
	a := asks.Post("/t/port/apis/orders/v1/subscribe", url.Values{"plan": {p.Plan.Slug}, "team_name": {"Crane crew"}, "purpose": {"To print labels for cranes."}})
	if a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status, a.Body)
	}
	kept := func() (n int) {
		h, err := k.Store.Handles()
		if err == nil {
			err = h.Read.QueryRow("SELECT COUNT(*) FROM digest_items").Scan(&n)
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	testkit.Eventually(t, "what is wanted daily is kept", func() bool { return kept() == 2 })
	c.Advance(24 * time.Hour)
	p.Partner.SignIn()
	p.Admin.SignIn()
	if err := k.Portal.Subscriptions.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	digest := k.Mail(p.Partner.User.Email, "Your day: 2 notices")
	if !strings.Contains(digest.Text, p.Name+": Token") || !strings.Contains(digest.Text, "/t/port/tokens/"+p.Token.ID) {
		t.Errorf("the daily mail: %s", digest.Text)
	}
	waiting := k.Mail(p.Admin.User.Email, "Waiting for a decision")
	if !strings.Contains(waiting.Text, "Crane crew") {
		t.Errorf("what waits: %s", waiting.Text)
	}
	if err := k.Portal.Subscriptions.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := told(k, p.Partner.User.Email, "paused"); n != before {
		t.Errorf("%d mails that nobody wanted", n-before)
	}
	if n := told(k, p.Admin.User.Email, "Access asked for"); n != asked || kept() != 0 || told(k, p.Partner.User.Email, "Your day") != 1 {
		t.Errorf("%d mails of requests beside the daily one; %d lines kept", n-asked, kept())
	}

	none := url.Values{}
	for _, w := range models.NoticeCategories {
		none.Set("mail-"+string(w.Category), "off")
	}
	expect(t, p.Partner.Post("/account/notifications", none), http.StatusSeeOther)
	if a := p.Partner.Get("/notifications"); strings.Contains(a.Body, "paused") {
		t.Error("the inbox shows what is not wanted there")
	}
	revoke()
	with(p.Partner, firefox).SignIn()
	k.Mail(p.Partner.User.Email, "Sign-in from a new place")
	if n := told(k, p.Partner.User.Email, "paused"); n != before || kept() != 0 {
		t.Errorf("%d mails after they were turned off, %d lines kept", n-before, kept())
	}
	expect(t, p.Partner.Get("/notifications"), http.StatusOK, "Sign-in from a new place")
}
