package mail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"gatehouse/internal/fault"
	"gatehouse/internal/mail"
)

var at = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

func message() mail.Message {
	return mail.Message{ID: "job-1", To: "partner@example.org", Subject: "Hello", Text: "Text with = and é", HTML: "<p>é</p>", At: at}
}

func sender(t *testing.T, c mail.SMTPConfig) *mail.SMTP {
	t.Helper()
	if c.From == "" {
		c.From, c.FromName = "portal@example.com", "Portal"
	}
	s, err := mail.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parts reads a delivered mail: headers, then text and HTML.
func parts(t *testing.T, data string) (netmail.Header, []string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return m.Header, out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
}

func TestMailArrivesOverEachKindOfConnection(t *testing.T) {
	for _, tt := range []struct {
		name               string
		security           mail.Security
		offerTLS, implicit bool
		user               string
	}{
		{"plain on loopback", mail.Plain, false, false, ""},
		{"STARTTLS with a password", mail.StartTLS, true, false, "portal"},
		{"TLS with a password", mail.TLS, false, true, "portal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := serve(t, tt.offerTLS, tt.implicit, tt.user != "")
			s := sender(t, mail.SMTPConfig{Addr: srv.addr, Security: tt.security, Username: tt.user, Password: password, RootCAs: srv.roots})
			if err := s.Send(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			got := srv.deliveries()
			if len(got) != 1 || got[0].user != tt.user || got[0].from != "portal@example.com" || !slices.Equal(got[0].to, []string{"partner@example.org"}) {
				t.Fatalf("got %+v", got)
			}
			h, body := parts(t, got[0].data)
			for name, want := range map[string]string{
				"From": `"Portal" <portal@example.com>`, "To": "<partner@example.org>", "Subject": "Hello", "Auto-Submitted": "auto-generated",
				"Message-Id": "<job-1@example.com>", "Date": "Sun, 01 Mar 2026 09:30:00 +0000",
			} {
				if got := h.Get(name); got != want || len(h[name]) != 1 {
					t.Errorf("%s: %q", name, h[name])
				}
			}
			if len(body) != 2 || !strings.HasPrefix(body[0], "Text with = and é") || !strings.HasPrefix(body[1], "<p>é</p>") {
				t.Errorf("body %q", body)
			}
		})
	}
}

func TestMailIsNotSentOverAWeakerConnectionThanAskedFor(t *testing.T) {
	plain, strange := serve(t, false, false, false), serve(t, true, false, false)
	for name, c := range map[string]mail.SMTPConfig{
		"a server without STARTTLS":             {Addr: plain.addr, Security: mail.StartTLS},
		"a server that speaks no TLS":           {Addr: plain.addr, Security: mail.TLS},
		"a certificate that nobody vouches for": {Addr: strange.addr, Security: mail.StartTLS},
	} {
		if err := sender(t, c).Send(t.Context(), message()); !fault.Is(err, fault.Unavailable) || errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(plain.deliveries())+len(strange.deliveries()) != 0 {
		t.Error("it was sent all the same")
	}
}

func TestWhatTheServerSaysDecidesWhetherToTryAgain(t *testing.T) {
	srv := serve(t, false, false, false)
	s := sender(t, mail.SMTPConfig{Addr: srv.addr, Security: mail.Plain})
	for _, tt := range []struct {
		code  int
		final bool
	}{{550, true}, {451, false}} {
		srv.answer = &smtp.SMTPError{Code: tt.code, EnhancedCode: smtp.EnhancedCode{tt.code / 100, 1, 1}, Message: "no"}
		if err := s.Send(t.Context(), message()); err == nil || errors.Is(err, mail.ErrRefused) != tt.final {
			t.Errorf("%d: %v", tt.code, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ctx, message()); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("a shutdown: %v", err)
	}
}

// R118: nothing typed by anybody adds a header or a recipient.
func TestHeadersCannotBeAddedTo(t *testing.T) {
	srv := serve(t, false, false, false)
	s := sender(t, mail.SMTPConfig{Addr: srv.addr, Security: mail.Plain})
	box := mail.NewMailbox(10)
	for _, to := range []string{
		"", "a", "a@b.test\r\nBcc: x@y.test", "a@b.test\nX: y", "a@b.test,c@d.test", "a@b.test, c@d.test", "Name <a@b.test>", "<a@b.test>",
		"a@b.test (comment)", `"a b"@b.test`, "a@b.test;c@d.test", "a@@b.test", "a@b.test\x00", "undisclosed:;",
	} {
		m := message()
		m.To = to
		for name, out := range map[string]mail.Sender{"smtp": s, "mailbox": box} {
			if err := out.Send(t.Context(), m); !fault.Is(err, fault.Invalid) || !errors.Is(err, mail.ErrRefused) {
				t.Errorf("%s took %q: %v", name, to, err)
			}
		}
	}
	m := message()
	m.ID = "x>\r\nBcc: x@y.test"
	if err := s.Send(t.Context(), m); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("id: %v", err)
	}
	m = message()
	m.Subject = "Token\r\nBcc: evil@example.net\r\n\r\n<script>" + strings.Repeat("é", 100)
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := srv.deliveries()
	if len(got) != 1 || len(got[0].to) != 1 {
		t.Fatalf("got %+v", got)
	}
	h, _ := parts(t, got[0].data)
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || len(h["Bcc"]) != 0 || utf8.RuneCountInString(subject) != mail.SubjectMaxLen || !strings.HasPrefix(subject, "Token Bcc: evil") {
		t.Errorf("subject %q, headers %v, %v", subject, h, err)
	}
}

// R118: the name that a tenant's mails come from is a name, whatever it says. The address
// stays the installation's.
func TestTheSendersNameIsNoHeader(t *testing.T) {
	srv := serve(t, false, false, false)
	s := sender(t, mail.SMTPConfig{Addr: srv.addr, Security: mail.Plain})
	names := map[string]string{
		"":                                       "Portal",
		"Port of Örebro":                         "Port of Örebro",
		"Port\r\nBcc: evil@example.net\r\n\r\nx": "Port Bcc: evil@example.net x",
		`CEO" <ceo@bank.example>, "x`:            `CEO" <ceo@bank.example>, "x`,
		"ceo@bank.example":                       "ceo@bank.example",
		"=?utf-8?q?=0d=0aBcc:_evil@example.net?=":   "=?utf-8?q?=0d=0aBcc:_evil@example.net?=",
		strings.Repeat("é", 100):                    strings.Repeat("é", mail.SubjectMaxLen-1) + "…",
		"Port \u202eknab":                           "Port knab",
		"portal (comment) <x@y.test>; group: a@b.c": "portal (comment) <x@y.test>; group: a@b.c",
	}
	for name, want := range names {
		before := len(srv.deliveries())
		m := message()
		m.FromName = name
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		got := srv.deliveries()[before]
		h, _ := parts(t, got.data)
		from, err := h.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != "portal@example.com" || from[0].Name != want || len(got.to) != 1 || len(h["Bcc"]) != 0 {
			t.Errorf("%q: from %v, %v, headers %v", name, from, err, h)
		}
	}
}

// A mail about a tenant has its colour and its name; ours stays the portal's.
func TestATenantsMailLooksLikeIt(t *testing.T) {
	c := composer(t)
	plain, err := c.Compose(mail.SubscriptionDecided, "a@b.test", mail.Facts{Tenant: "Port", Object: "Orders", Outcome: "approved", At: at, Path: "/t/port"})
	if err != nil || plain.FromName != "" || !strings.Contains(plain.HTML, "background:#1f4f8f;color:#ffffff") {
		t.Errorf("%q %v\n%s", plain.FromName, err, plain.HTML)
	}
	own, err := c.Compose(mail.SubscriptionDecided, "a@b.test", mail.Facts{Tenant: "Port", Object: "Orders", Outcome: "approved", At: at, Path: "/t/port",
		Sender: "Port of aa", Colour: "#0f766e"})
	if err != nil || own.FromName != "Port of aa" || !strings.Contains(own.HTML, "background:#0f766e;color:#ffffff") || !strings.HasSuffix(own.Text, "-- \nPort of aa\n") {
		t.Errorf("%q %v\n%s\n%s", own.FromName, err, own.HTML, own.Text)
	}
	if bad, err := c.Compose(mail.SubscriptionDecided, "a@b.test", mail.Facts{Object: "x", At: at, Path: "/", Colour: "red;background:url(//evil)"}); err != nil || strings.Contains(bad.HTML, "evil") {
		t.Error("a colour that is none styles the mail")
	}
}

func TestSubject(t *testing.T) {
	for text, want := range map[string]string{
		"  a \t b\r\nc ":             "a b c",
		"a\u202eb\u200bc\u2028d\xff": "abc d",
		strings.Repeat("x", 60):      strings.Repeat("x", 60),
		strings.Repeat("x", 61):      strings.Repeat("x", 59) + "…",
		"\r\n":                       "",
	} {
		if got := mail.Subject(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	good := mail.SMTPConfig{Addr: "mx.test:587", Security: mail.StartTLS, From: "portal@example.com", Username: "portal", Password: password}
	for name, spoil := range map[string]func(*mail.SMTPConfig){
		"no port":     func(c *mail.SMTPConfig) { c.Addr = "mx.test" },
		"a word":      func(c *mail.SMTPConfig) { c.Addr = "mx.test:smtp" },
		"port 0":      func(c *mail.SMTPConfig) { c.Addr = "mx.test:0" },
		"no security": func(c *mail.SMTPConfig) { c.Security = "" },
		"no sender":   func(c *mail.SMTPConfig) { c.From = "" },
	} {
		bad := good
		spoil(&bad)
		if _, err := mail.NewSMTP(bad); err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := mail.NewSMTP(good)
	if err != nil {
		t.Fatal(err)
	}
	if out := fmt.Sprintf("%v %+v %#v %v %+v %#v", good, good, good, s, s, s); strings.Contains(out, password) {
		t.Error("the password is printed: " + out)
	}
}

func TestTheMailboxKeepsTheNewest(t *testing.T) {
	box := mail.NewMailbox(3)
	for i := range 5 {
		m := message()
		m.ID, m.Subject = fmt.Sprint("job-", i), fmt.Sprint("No ", i)
		for range 2 { // a job that is tried again
			if err := box.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := box.Messages()
	if len(got) != 3 || got[0].Subject != "No 4" || got[2].Subject != "No 2" || box.Taken() != 5 {
		t.Errorf("got %v of %d", got, box.Taken())
	}
}

func composer(t *testing.T) *mail.Composer {
	t.Helper()
	c, err := mail.NewComposer(&url.URL{Scheme: "https", Host: "portal.example.com"}, "Partner Portal")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var facts = mail.Facts{
	Tenant: "Harbour", Object: "Parcel tracking 2.1, plan Standard", By: "Partner", Team: "Billing", Outcome: "denied",
	Note: "We ship\nto islands.", At: at, Until: at.Add(24 * time.Hour), Path: "/t/harbour/x?y=1",
}

// kinds are all that internal/portal asks for, as its source says, so that none
// is without words.
var kinds = func() (out []mail.Kind) {
	source, err := os.ReadFile("../portal/links.go")
	if err != nil {
		panic(err)
	}
	for _, m := range regexp.MustCompile(`MailKind = "([a-z_]+)"`).FindAllSubmatch(source, -1) {
		out = append(out, mail.Kind(m[1]))
	}
	return out
}()

func TestThereAreWordsForEveryKindAndNoOther(t *testing.T) {
	if len(kinds) < 10 || len(kinds) != len(mail.Kinds()) {
		t.Errorf("the portal sends %d kinds of mail, and there are words for %d: %v, %v", len(kinds), len(mail.Kinds()), kinds, mail.Kinds())
	}
}

// UX: what happened, to what, by whom, when, and one button; plain text beside HTML.
func TestEveryKindSaysWhatHappenedAndHasOneButton(t *testing.T) {
	for _, kind := range kinds {
		m, err := composer(t).Compose(kind, "partner@example.org", facts)
		if err != nil {
			t.Fatal(err)
		}
		link := "https://portal.example.com/t/harbour/x?y=1"
		for name, text := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			for _, want := range []string{facts.Object, facts.By, "1 March 2026, 09:30 UTC", "Partner Portal", link} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s lacks %q", kind, name, want)
				}
			}
			if n := strings.Count(text, "https://"); n != 1 {
				t.Errorf("%s: %d links in %s", kind, n, name)
			}
		}
		if m.Link != link || m.To != "partner@example.org" || m.Subject == "" || utf8.RuneCountInString(m.Subject) > mail.SubjectMaxLen || strings.Contains(m.HTML, "ZgotmplZ") {
			t.Errorf("%s: %+v", kind, m)
		}
		if strings.Contains(m.Text, "\n:\n"+link) {
			t.Errorf("%s: its button says nothing", kind)
		}
		if err := mail.NewMailbox(1).Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestADecisionReadsLikeThis(t *testing.T) {
	m, err := composer(t).Compose(mail.SubscriptionDecided, "partner@example.org", facts)
	if err != nil {
		t.Fatal(err)
	}
	want := `Your request for access to Parcel tracking 2.1, plan Standard was denied.

Portal: Harbour
What: Parcel tracking 2.1, plan Standard
Team: Billing
By: Partner
When: 1 March 2026, 09:30 UTC
Link works until: 2 March 2026, 09:30 UTC

Why:
> We ship
> to islands.

Open the subscription:
https://portal.example.com/t/harbour/x?y=1

-- 
Partner Portal
`
	if m.Text != want || m.Subject != "Access denied: Parcel tracking 2.1, plan Standard" {
		t.Errorf("got %q\n%s", m.Subject, m.Text)
	}
}

// R20: what people typed is text in a mail as well.
func TestWhatPeopleTypeStaysText(t *testing.T) {
	f := facts
	f.Object, f.By, f.Note = "<script>alert(1)</script>\r\nBcc: x", "\"><img src=x>", "line\r\n-- \nhttps://evil.example/<b>"
	for _, kind := range kinds {
		m, err := composer(t).Compose(kind, "partner@example.org", f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<b>") || strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("%s: %s", kind, m.HTML)
		}
		if strings.Contains(m.Text, "\nBcc:") || strings.Count(m.Text, "\n-- \n") != 1 {
			t.Errorf("%s: %s", kind, m.Text)
		}
	}
}

// What a mail lists has its links on the portal, too, and names in it stay text.
func TestAListHasLinksToThePortal(t *testing.T) {
	f := facts
	f.Items = []mail.Item{{Text: "<b>Halden</b>: Berths v1", Path: "/t/harbour/admin/requests/1"}, {Text: "Orchard", Path: "/t/harbour/admin/requests/2"}}
	m, err := composer(t).Compose(mail.RequestsWaiting, "admin@example.org", f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a href="https://portal.example.com/t/harbour/admin/requests/1">&lt;b&gt;Halden&lt;/b&gt;: Berths v1</a>`, `requests/2">Orchard</a>`} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("HTML lacks %s: %s", want, m.HTML)
		}
	}
	if !strings.Contains(m.Text, "Orchard\nhttps://portal.example.com/t/harbour/admin/requests/2\n") {
		t.Error(m.Text)
	}
	f.Items[0].Path = "https://evil.example/"
	if _, err := composer(t).Compose(mail.RequestsWaiting, "admin@example.org", f); err == nil {
		t.Error("a list led elsewhere")
	}
}

func TestTheLinkStaysOnThePortal(t *testing.T) {
	for _, path := range []string{"", "x", "//evil.example/x", "https://evil.example/", "javascript:alert(1)", "/\x7f", "/%zz"} {
		f := facts
		f.Path = path
		if m, err := composer(t).Compose(mail.TokenMade, "partner@example.org", f); err == nil {
			t.Errorf("%q became %q", path, m.Link)
		}
	}
	if _, err := composer(t).Compose("love_letter", "partner@example.org", facts); err == nil {
		t.Error("an unknown kind was written")
	}
	for _, base := range []*url.URL{nil, {}, {Scheme: "ftp", Host: "x"}} {
		if _, err := mail.NewComposer(base, "x"); err == nil {
			t.Errorf("base %v was taken", base)
		}
	}
}

func FuzzSubject(f *testing.F) {
	f.Add("a\r\nb")
	f.Fuzz(func(t *testing.T, text string) {
		got := mail.Subject(text)
		if strings.ContainsAny(got, "\r\n\x00\x1b\u2028\u202e") || !utf8.ValidString(got) || utf8.RuneCountInString(got) > mail.SubjectMaxLen {
			t.Errorf("%q became %q", text, got)
		}
	})
}
