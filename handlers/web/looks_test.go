package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/testkit"
	"gatehouse/models"
)

// look is a form of a look, as it is sent when nothing but these is filled in.
func look(revision int, with ...string) url.Values {
	form := url.Values{"name": {"Tenant aa"}, "colour": {"#0f766e"}, "revision": {fmt.Sprint(revision)}}
	for i := 0; i < len(with); i += 2 {
		form.Set(with[i], with[i+1])
	}
	return form
}

// lookAgain is a form once more, for another revision of the draft.
func lookAgain(form url.Values, revision int) url.Values {
	form.Set("revision", fmt.Sprint(revision))
	return form
}

// files sends a form with files.
func files(t *testing.T, b *testkit.Browser, path string, form url.Values, files map[string][]byte) testkit.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("tenant", strings.Split(path, "/")[2])
	for name := range form {
		_ = w.WriteField(name, form.Get(name))
	}
	for name, content := range files {
		part, err := w.CreateFormFile(name, "../../static/app.css")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Do(http.MethodPost, path, &body, "Content-Type", w.FormDataContentType())
}

func drawn(t *testing.T, ink color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 60, 20))
	for x := range 60 {
		m.Set(x, 10, ink)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var seenLook = regexp.MustCompile(`name="revision" value="(\d+)"[^<]*<input type="hidden" name="seen" value="([^"]*)"`)

// publish sends the form of the preview as it was shown.
func publishLook(t *testing.T, b *testkit.Browser, at string, preview testkit.Answer) testkit.Answer {
	t.Helper()
	found := seenLook.FindStringSubmatch(strings.ReplaceAll(preview.Body, "> <", "><"))
	if found == nil {
		t.Fatalf("no form to publish: %.500s", preview.Body)
	}
	return b.Post(at+"/publish", url.Values{"revision": {found[1]}, "seen": {found[2]}})
}

// A look is kept as a draft, seen by its admin alone, published, and taken back.
func TestALookIsSeenBeforeItIsPublished(t *testing.T) {
	k := testkit.New(t)
	p, at := k.Place("aa", true), "/t/aa/admin/settings/look"
	expect(t, p.Admin.Get("/t/aa/admin/settings"), 200, `href="`+at+`"`)
	expect(t, p.Admin.Get(at), 200, `value="Tenant aa"`)
	expect(t, p.Admin.Get(at+"/preview"), 200, "the portal looks like this already")
	form := look(0, "tagline", "Ship it: boxes and berths", "colour", "#FFE14D", "welcome", "## Come in\n\n[Guides](/t/aa/guides)", "help", "Ask [us](mailto:help@aa.example).",
		"sender", "Port of aa", "link_2_text", "Imprint", "link_2_url", "https://aa.example/imprint")
	if to := p.Admin.Post(at, form); to.StatusCode != 303 || to.Header.Get("Location") != at+"/preview" {
		t.Fatal(to.Status, to.Body)
	}
	preview := p.Admin.Get(at + "/preview")
	expect(t, preview, 200, "Ship it", "#ffe14d", "Imprint https://aa.example/imprint", "Too pale to read: shown darker", `sandbox="allow-same-origin"`, "Port of aa")
	if csp := preview.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'; frame-src 'self'") {
		t.Error(csp)
	}
	for _, theme := range []string{"light", "dark"} {
		home := p.Admin.Get(at + "/preview/home?theme=" + theme)
		expect(t, home, 200, `data-theme="`+theme+`"`, "Boxes and berths", `<h2 id="s-come-in">Come in</h2>`, `<a href="/t/aa/guides"`, `href="mailto:help@aa.example"`, `href="https://aa.example/imprint"`)
		sheet := regexp.MustCompile(`href="(` + at + `/preview/theme\.[0-9a-f]+\.css)"`).FindStringSubmatch(home.Body)
		if sheet == nil || !strings.Contains(p.Admin.Get(sheet[1]).Body, "--tenant: #ffe14d") {
			t.Errorf("the stylesheet of the draft: %v", sheet)
		}
		mail := p.Admin.Get(at + "/preview/mail?theme=" + theme)
		expect(t, mail, 200, "Port of aa", `content="`+theme+`"`, "background:#f5d740;color:#100d04")
		for what, csp := range map[string]string{"home": home.Header.Get("Content-Security-Policy"), "mail": mail.Header.Get("Content-Security-Policy")} {
			if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'self'") {
				t.Errorf("%s: %s", what, csp)
			}
		}
	}
	if again := p.Admin.Post(at, look(1, "tagline", "Ship it: boxes and berths", "colour", "#ffe14d", "welcome", "## Come in\r\n\r\n[Guides](/t/aa/guides)\r\n")); again.StatusCode != 303 {
		t.Fatal(again.Status)
	}
	if again := p.Admin.Get(at + "/preview").Body; strings.Contains(again, "Come in\r\n") || !strings.Contains(again, "Come in\n\n[Guides](/t/aa/guides)<") {
		t.Error("line ends of the form are kept")
	}
	expect(t, p.Admin.Post(at, lookAgain(form, 2)), 303)
	preview = p.Admin.Get(at + "/preview")
	second := k.Person("Second", models.NotStaff)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(second.User.ID, models.RoleAdmin) })
	for who, b := range map[string]*testkit.Browser{"a stranger": k.Visitor(), "another admin": second} {
		if home := b.Get("/t/aa").Body; strings.Contains(home, "Come in") || strings.Contains(b.Get(at).Body, "Boxes and berths") {
			t.Errorf("%s sees the draft", who)
		}
	}
	expect(t, publishLook(t, p.Admin, at, preview), 303)
	expect(t, k.Visitor().Get("/t/aa"), 200, "Boxes and berths", "Come in", "Imprint")
	expect(t, p.Auditor.Get("/t/aa/admin/audit"), 200, "look.publish")

	history := p.Admin.Get(at)
	expect(t, history, 200, "Published before", "Take up again", "Readers see this now.")
	first := regexp.MustCompile(`name="look" value="([^"]+)"`).FindStringSubmatch(history.Body)[1]
	expect(t, p.Admin.Post(at+"/restore", url.Values{"look": {first}}), 303)
	expect(t, k.Visitor().Get("/t/aa"), 200, "Come in") // not before it is published
	expect(t, publishLook(t, p.Admin, at, p.Admin.Get(at+"/preview")), 303)
	if home := k.Visitor().Get("/t/aa").Body; strings.Contains(home, "Come in") || strings.Contains(home, "Imprint") {
		t.Error("the look of before did not come back")
	}
	expect(t, p.Admin.Post(at, look(0, "tagline", "Never")), 303)
	expect(t, p.Admin.Post(at+"/discard", nil), 303)
	if strings.Contains(p.Admin.Get(at).Body, "Never") {
		t.Error("the draft was not discarded")
	}
	expect(t, p.Admin.Post(at+"/restore", url.Values{"look": {models.NewID()}}), 404)
}

// R68: of two admins who publish at once, the later one is told who was first, and may
// publish all the same after having seen it.
func TestTwoAdminsPublishALook(t *testing.T) {
	k := testkit.New(t)
	p, at := k.Place("aa", true), "/t/aa/admin/settings/look"
	second := k.Person("Bea", models.NotStaff)
	k.Write(p.Admin, p.Tenant, func(tx *store.Tx) error { return tx.SetMember(second.User.ID, models.RoleAdmin) })
	expect(t, p.Admin.Post(at, look(0, "tagline", "From the first")), 303)
	expect(t, second.Post(at, look(0, "tagline", "From Bea")), 303)
	stale := p.Admin.Get(at + "/preview")
	expect(t, publishLook(t, second, at, second.Get(at+"/preview")), 303)
	refused := publishLook(t, p.Admin, at, stale)
	expect(t, refused, 409, "Bea published another look while "+p.Admin.User.Name+" was looking at this one", "From Bea", "From the first")
	expect(t, k.Visitor().Get("/t/aa"), 200, "From Bea")
	expect(t, p.Admin.Get(at), 200, "Bea published another look since this draft was begun.")
	expect(t, publishLook(t, p.Admin, at, refused), 303)
	expect(t, k.Visitor().Get("/t/aa"), 200, "From the first")

	expect(t, p.Admin.Post(at, look(0, "tagline", "One tab")), 303)
	shown := p.Admin.Get(at + "/preview")
	again := p.Admin.Post(at, look(0, "tagline", "Another tab")) // which was opened before there was a draft
	expect(t, again, 409, "Somebody else changed this", "It is now: One tab", "Another tab")
	expect(t, p.Admin.Post(at, look(1, "tagline", "Another tab")), 303)
	expect(t, publishLook(t, p.Admin, at, shown), 409, "in another tab")
}

// R104: a logo is drawn anew, served under the name of its content and run by nobody;
// what is none is refused with the form as it was typed.
func TestLogos(t *testing.T) {
	k := testkit.New(t)
	p, at := k.Place("aa", true), "/t/aa/admin/settings/look"
	for name, tt := range map[string]struct {
		file []byte
		says string
	}{
		"an SVG":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "SVG is not taken"},
		"a script":     {[]byte("alert(1)"), "no picture that can be read"},
		"a large file": {bytes.Repeat([]byte("x"), 1<<20+1), "larger than 1 MiB"},
	} {
		a := files(t, p.Admin, at, look(0, "tagline", "Kept words"), map[string][]byte{"logo": tt.file})
		if a.StatusCode != 422 || !strings.Contains(a.Body, tt.says) || !strings.Contains(a.Body, "Kept words") {
			t.Errorf("%s: %d %.300s", name, a.StatusCode, a.Body)
		}
	}
	if a := files(t, p.Admin, at, look(0), map[string][]byte{"logo": bytes.Repeat([]byte("x"), 4<<20)}); a.StatusCode != 413 {
		t.Errorf("4 MiB: %d", a.StatusCode)
	}
	expect(t, files(t, p.Admin, at, look(0), map[string][]byte{"logo_dark": drawn(t, color.White)}), 422, "needs one for the light theme")
	polyglot := append(drawn(t, color.Black), "<script>alert(1)</script>"...)
	expect(t, files(t, p.Admin, at, look(0), map[string][]byte{"logo": polyglot, "logo_dark": drawn(t, color.White)}), 303)
	draft := regexp.MustCompile(`src="(` + at + `/preview/logo/[0-9a-f]+)"`).FindStringSubmatch(p.Admin.Get(at).Body)[1]
	expect(t, p.Admin.Get(draft), 200)
	expect(t, p.Manager.Get(draft), 403)
	expect(t, publishLook(t, p.Admin, at, p.Admin.Get(at+"/preview")), 303)
	found := regexp.MustCompile(`<img class="logo (on-light|on-dark)" src="(/t/aa/logo/[0-9a-f]+)"`).FindAllStringSubmatch(k.Visitor().Get("/t/aa").Body, -1)
	if len(found) != 2 || found[0][2] == found[1][2] {
		t.Fatalf("the logos of the two themes: %v", found)
	}
	for _, f := range found {
		logo := k.Visitor().Get(f[2])
		if logo.StatusCode != 200 || logo.Header.Get("Content-Type") != "image/png" || logo.Header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(logo.Header.Get("Content-Security-Policy"), "sandbox") || strings.Contains(logo.Body, "script") || !strings.HasPrefix(logo.Body, "\x89PNG") {
			t.Errorf("%s: %d %v", f[1], logo.StatusCode, logo.Header)
		}
	}
	expect(t, k.Visitor().Get("/t/aa/logo/000000000000"), 404)
	expect(t, p.Admin.Post(at, look(0, "remove_logo", "on")), 303)
	expect(t, publishLook(t, p.Admin, at, p.Admin.Get(at+"/preview")), 303)
	if strings.Contains(k.Visitor().Get("/t/aa").Body, "/t/aa/logo/") {
		t.Error("the logo was not removed")
	}
}

// R103: what an admin writes for the home page is tame, and links lead nowhere that runs.
// R118: nor does the name that mails come from become a header or an address.
func TestTextsOfALookAreTame(t *testing.T) {
	k := testkit.New(t)
	p, at := k.Place("aa", true), "/t/aa/admin/settings/look"
	for name, tt := range map[string]struct{ field, value, says string }{
		"a link that runs":          {"link_1_url", "javascript:alert(1)", "Write the whole address"},
		"in capitals":               {"link_1_url", "JaVaScRiPt:alert(1)", "Write the whole address"},
		"data":                      {"link_1_url", "data:text/html,x", "Write the whole address"},
		"of no scheme":              {"link_1_url", "//evil.example", "Write the whole address"},
		"with somebody's name":      {"link_1_url", "https://aa.example@evil.example/", "Write the whole address"},
		"to a mail with more":       {"link_1_url", "mailto:a@aa.example?bcc=x@evil.example", "Write the whole address"},
		"a sender with a header":    {"sender", "Port\r\nBcc: x@evil.example", "Write a name"},
		"a sender with an address":  {"sender", "ceo@bank.example", "Write a name"},
		"with one in brackets":      {"sender", "Bank <ceo", "Write a name"},
		"that turns direction":      {"sender", "Port \u202eknab", "Write a name"},
		"a welcome that is a novel": {"welcome", strings.Repeat("x", models.WelcomeMaxLen+1), "At most 4000 characters"},
		"a colour that styles":      {"colour", "#fff;}*{", "Write the colour as #"},
	} {
		form := look(0, "link_1_text", "Terms", tt.field, tt.value)
		if !form.Has("link_1_url") {
			form.Set("link_1_url", "https://aa.example")
		}
		a := p.Admin.Post(at, form)
		if a.StatusCode != 422 || !strings.Contains(a.Body, tt.says) {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	expect(t, p.Admin.Post(at, look(0, "welcome", "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)> **safe**", "help", "<svg onload=alert(1)>[y](/t/aa/admin)")), 303)
	expect(t, publishLook(t, p.Admin, at, p.Admin.Get(at+"/preview")), 303)
	home := k.Visitor().Get("/t/aa").Body
	for _, bad := range []string{"<script>alert", `="javascript:`, "onerror", "onload", `href="/t/aa/admin"`} {
		if strings.Contains(home, bad) {
			t.Errorf("%s stands on the home page", bad)
		}
	}
	if !strings.Contains(home, "<strong>safe</strong>") {
		t.Error("what is safe is gone")
	}
}
