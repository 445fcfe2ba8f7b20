package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/keys"
	"gatehouse/internal/leaks"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/testkit"
	"gatehouse/internal/webhook"
	"gatehouse/models"
)

// R18, SECURITY 3.1: a report of GitHub revokes the token; who it belongs to and
// the admins hear who told us and where it was, and nobody keeps the secret.
func TestGitHubReportsALeak(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newScanners(t, o)
		p := s.Place("port", true)
		management, ofManager := s.ManagementToken(p, p.Manager, "apis:read")
		secret := p.Secret.Reveal()
		stranger := keys.Derive(keys.Access, "port", [32]byte{9}).Reveal()
		body, _ := json.Marshal([]leaks.Match{
			{Token: secret, Type: "gatehouse_token", URL: "https://code.example/file?t=" + secret, Source: "Commit"}, {Token: "garbage", Type: "gatehouse_token"},
			{Token: stranger, Type: "gatehouse_token"}, {Token: secret, Type: "gatehouse_token", URL: "https://code.example/other"},
			{Token: ofManager.Reveal(), Type: "gatehouse_management_token", Source: "Gist_content"},
		})
		a := s.github(string(body))
		var feedback []leaks.Feedback
		if err := json.Unmarshal([]byte(a.raw), &feedback); err != nil || a.StatusCode != http.StatusOK || len(feedback) != 5 {
			t.Fatal(a.StatusCode, a.raw, err)
		}
		sum := p.Secret.SHA256()
		for i, want := range []string{"true_positive", "false_positive", "false_positive", "true_positive", "true_positive"} {
			if feedback[i].Label != want {
				t.Errorf("match %d: %s, want %s", i, feedback[i].Label, want)
			}
		}
		if feedback[0].TokenHash != hex.EncodeToString(sum[:]) || feedback[0].TokenType != "gatehouse_token" {
			t.Errorf("feedback: %+v", feedback[0])
		}
		token := s.becomes(p, p.Token.ID, models.TokenRevoked)
		s.becomes(p, management.ID, models.TokenRevoked)
		if token.Cause != models.CauseLeaked || !strings.Contains(token.Reason, "https://code.example/file?t=gth_port_…") || !strings.Contains(token.Reason, "1 more place") {
			t.Errorf("revoked because %s: %s", token.Cause, token.Reason)
		}
		s.refused(p, secret)
		for name, b := range map[string]*testkit.Browser{"its owner": p.Partner, "the admin": p.Admin} {
			if !s.mailed(b, "GitHub secret scanning", "https://code.example/file?t=gth_port_…", "revoked") {
				t.Errorf("%s is not told", name)
			}
		}
		for name, b := range map[string]*testkit.Browser{"the manager": p.Manager, "the admin": p.Admin} {
			if !s.mailed(b, "found this token in public: gist content.") {
				t.Errorf("%s is not told of the management token", name)
			}
		}
		expect := "A token was found in public: automation"
		if inbox := p.Manager.Get("/notifications").Body; !strings.Contains(inbox, expect) {
			t.Errorf("the manager does not read %q", expect)
		}
		alerts, events := s.alerts(p, p.Token.ID)
		if len(alerts) != 1 || alerts[0].Kind != models.AlertLeaked || alerts[0].Sightings != 2 || alerts[0].ClientIP != "" {
			t.Errorf("alerts: %+v", alerts)
		}
		if text := strings.Join(events, "|"); strings.Count(text, "reporter:github token.revoke") != 2 || strings.Count(text, "reporter:github alert.raise") != 2 {
			t.Errorf("events: %s", text)
		}
		if a := s.github(match(secret, "")); a.StatusCode != http.StatusOK || !strings.Contains(a.raw, "true_positive") {
			t.Errorf("reported again: %d %s", a.StatusCode, a.raw)
		}
		for _, text := range []string{secret, stranger, ofManager.Reveal()} {
			if files := s.Grep(text); len(files) > 0 {
				t.Errorf("a token stands in %v", files)
			}
		}
	})
}

// SECURITY 3.1: what else is answered, and that nothing comes of it.
func TestReportsThatAreRefused(t *testing.T) {
	s := newScanners(t, store.Options{})
	p := s.Place("port", true)
	good := match(p.Secret.Reveal(), "")
	for name, tt := range map[string]struct {
		got    answer
		status int
	}{
		"no signature":           {s.client.do("POST", "/leaks/github", good), 401},
		"another body":           {s.github(good, leaks.SignatureHeader, base64.StdEncoding.EncodeToString([]byte("x"))), 401},
		"an unknown key":         {s.github(good, leaks.KeyHeader, "k2"), 401},
		"too much":               {s.github("[" + strings.Repeat(" ", leaks.BodyMost) + "]"), 413},
		"no JSON":                {s.github("x"), 400},
		"no list":                {s.github("{}"), 400},
		"no scanner":             {s.client.do("POST", "/leaks/other", good), 404},
		"no signature of corp":   {s.client.do("POST", "/leaks/corp", good), 401},
		"an old report of corp":  {s.corp(good, webhook.TimestampHeader, "1614265330"), 401},
		"a changed one":          {s.corp(good, webhook.SignatureHeader, "v1,"), 401},
		"GitHub's keys for corp": {s.corp("x"), 400},
	} {
		if tt.got.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %s", name, tt.got.StatusCode, tt.status, tt.got.raw)
		}
		if strings.Contains(tt.got.raw, p.Secret.Reveal()) {
			t.Errorf("%s: the answer repeats the token", name)
		}
	}
	if got := s.token(p, p.Token.ID).State; got != models.TokenActive {
		t.Errorf("the token is %s", got)
	}
	none := testkit.New(t)
	if a := (client{t: t, base: none.PortalURL.String()}).do("POST", "/leaks/github", good); a.StatusCode != http.StatusNotFound {
		t.Errorf("where reports are not taken: %d", a.StatusCode)
	}
	s.Stop()
	s.down = true // and nothing is remembered
	s.Start()
	s.client.base = s.PortalURL.String()
	if a := s.github(good); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("without keys: %d", a.StatusCode)
	}
}

// R18: the tenant decides what becomes of a token that was found; whoever reports
// it how often, its people are told once.
func TestWhatBecomesOfALeak(t *testing.T) {
	s := newScanners(t, store.Options{})
	p := s.Place("port", true)
	report := func(where string) {
		t.Helper()
		if a := s.corp(match(p.Secret.Reveal(), where)); a.StatusCode != http.StatusOK {
			t.Fatal(a.StatusCode, a.raw)
		}
	}
	sightings := func(n int64) {
		t.Helper()
		testkit.Eventually(t, fmt.Sprintf("one alert with %d sightings", n), func() bool {
			alerts, _ := s.alerts(p, p.Token.ID)
			return len(alerts) == 1 && alerts[0].Sightings == n
		})
	}
	s.policy(p, models.LeakNotify)
	report("in a log")
	sightings(1)
	report("in a log")
	sightings(2)
	if got := s.token(p, p.Token.ID).State; got != models.TokenActive {
		t.Errorf("told of only, it is %s", got)
	}
	s.policy(p, models.LeakPause)
	report("in a wiki")
	if token := s.becomes(p, p.Token.ID, models.TokenPaused); token.Cause != models.CauseLeaked || !strings.Contains(token.Reason, `"corp"`) {
		t.Errorf("paused because %s: %s", token.Cause, token.Reason)
	}
	s.refused(p, p.Secret.Reveal())
	s.policy(p, models.LeakRevoke)
	report("in a wiki")
	s.becomes(p, p.Token.ID, models.TokenRevoked)
	report("in a wiki")
	alerts, events := s.alerts(p, p.Token.ID)
	if len(alerts) != 1 {
		t.Errorf("alerts: %+v", alerts)
	}
	if got := strings.Join(events, "|"); got != "reporter:corp token.revoke|reporter:corp token.pause|reporter:corp alert.raise|reporter:corp token.leak" {
		t.Errorf("events: %s", got)
	}
	if !s.mailed(p.Partner, `"corp"`) {
		t.Error("its owner is not told")
	}
	mails := 0
	for _, m := range s.Mailbox.Messages() {
		if m.To == p.Partner.User.Email && strings.Contains(m.Subject, "found in public") {
			mails++
		}
	}
	if mails != 1 {
		t.Errorf("its owner got %d mails", mails)
	}
}

// R18, SECURITY 3.2: what a stranger reports is answered in one way, whatever it
// is, and only what lives changes.
func TestStrangersReportTokens(t *testing.T) {
	s := newScanners(t, store.Options{})
	p := s.Place("port", true)
	actor := s.Actor(p.Admin, p.Slug)
	revoked, dead := s.ManagementToken(p, p.Admin, "usage:read")
	if err := s.Portal.AllTokens.Revoke(t.Context(), actor, revoked.ID, models.CauseUnneeded, "It is not needed."); err != nil {
		t.Fatal(err)
	}
	before := s.token(p, revoked.ID)
	unknown := keys.Derive(keys.Access, "port", [32]byte{7}).Reveal()
	body := func(credentials ...string) string {
		raw, _ := json.Marshal(map[string]any{"credentials": credentials})
		return string(raw)
	}
	const at = "/credentials/revoke"
	live := p.Secret.Reveal()
	var first answer
	for i, mix := range [][]string{{dead.Reveal()}, {unknown}, {"garbage"}, {""}, {live, dead.Reveal(), unknown, "garbage"}, {live}} {
		a := s.client.want(http.StatusAccepted, "POST", at, body(mix...))
		if i == 0 {
			first = a
		}
		a.Header.Del("Date")
		a.Header.Del("Gatehouse-Request-Id")
		first.Header.Del("Date")
		first.Header.Del("Gatehouse-Request-Id")
		if a.raw != "" || fmt.Sprint(a.Header) != fmt.Sprint(first.Header) {
			t.Errorf("%d: answered %q %v", i, a.raw, a.Header)
		}
	}
	token := s.becomes(p, p.Token.ID, models.TokenRevoked)
	if after := s.token(p, revoked.ID); after.Revision != before.Revision {
		t.Errorf("a dead token has changed: %+v", after)
	}
	if !strings.Contains(token.Reason, "gave no name") {
		t.Errorf("reason: %s", token.Reason)
	}
	if _, events := s.alerts(p, p.Token.ID); strings.Join(events, "|") != "reporter:anonymous alert.raise|reporter:anonymous token.revoke" {
		t.Errorf("events: %v", events)
	}
	many := make([]string, 1001)
	for i := range many {
		many[i] = "x"
	}
	for _, bad := range []string{body(), body(many...), "x", "[]", `{"credentials":"x"}`, `{"credentials":[1]}`} {
		s.client.want(http.StatusUnprocessableEntity, "POST", at, bad)
	}
	s.client.want(http.StatusAccepted, "POST", at, body(many[:1000]...))
	for name, value := range map[string]string{"Authorization": "Bearer " + live, "Cookie": "a=b", "X-Api-Key": "x"} {
		if a := s.client.want(http.StatusForbidden, "POST", at, body(live), name, value); a.body["detail"] == nil {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	s.client.want(http.StatusUnsupportedMediaType, "POST", at, body(live), "Content-Type", "text/plain") // what another site's form can send
	s.limited(at, body("x"))
}

// Who holds a token may ask what it is worth, without giving it away.
func TestWhatATokenIsWorth(t *testing.T) {
	s := newScanners(t, store.Options{})
	p, other := s.Place("port", true), s.Place("yard", false)
	ended, dead := s.ManagementToken(p, p.Admin, "usage:read")
	s.github(match(dead.Reveal(), ""))
	ask := func(status int, tokens ...[2]string) answer {
		t.Helper()
		list := make([]map[string]string, len(tokens))
		for i, of := range tokens {
			sum := sha256.Sum256([]byte(of[1]))
			list[i] = map[string]string{"tenant": of[0], "sha256": hex.EncodeToString(sum[:])}
		}
		raw, _ := json.Marshal(map[string]any{"tokens": list})
		return s.client.want(status, "POST", "/leaks/check", string(raw))
	}
	s.becomes(p, ended.ID, models.TokenRevoked)
	a := ask(http.StatusOK, [2]string{"port", p.Secret.Reveal()}, [2]string{"port", dead.Reveal()}, [2]string{"yard", other.Secret.Reveal()},
		[2]string{"port", other.Secret.Reveal()}, [2]string{"nobody", p.Secret.Reveal()}, [2]string{"port", "x"})
	if want := `{"states":["live","dead","live","unknown","unknown","unknown"]}`; strings.TrimSpace(a.raw) != want {
		t.Errorf("answered %s", a.raw)
	}
	ask(http.StatusUnprocessableEntity)
	s.client.want(http.StatusUnprocessableEntity, "POST", "/leaks/check", `{"tokens":[{"tenant":"port","sha256":"12"}]}`)
	s.client.want(http.StatusForbidden, "POST", "/leaks/check", `{}`, "Authorization", "Bearer "+p.Secret.Reveal())
	s.limited("/leaks/check", `{"tokens":[{"tenant":"port","sha256":"`+strings.Repeat("0", 64)+`"}]}`)
}
