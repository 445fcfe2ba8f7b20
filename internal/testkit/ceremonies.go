package testkit

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/descope/virtualwebauthn"

	"gatehouse/internal/mail"
)

// Elsewhere is another browser of the same person, with the same passkey, in
// which nobody is signed in.
func (b *Browser) Elsewhere() *Browser {
	other := *b
	other.client = b.kit.Visitor().client
	return &other
}

// On is the same person's browser on a tenant's own host, with the cookies of that host
// alone: there are none yet.
func (b *Browser) On(host string) *Browser {
	there := b.Elsewhere()
	if there.Host = host; b.kit.PortalURL.Port() != "" {
		there.Host += ":" + b.kit.PortalURL.Port()
	}
	return there
}

// AsksHandOver begins a sign-in on an own host that leads to next, and is what the form
// on the portal's host sends for it.
func (b *Browser) AsksHandOver(next string) url.Values {
	b.kit.t.Helper()
	to := b.Get("/login?next=" + url.QueryEscape(next))
	wantStatus(b.kit.t, to, http.StatusSeeOther)
	u, err := url.Parse(to.Header.Get("Location"))
	if err != nil || u.Host != b.kit.PortalURL.Host || u.Path != "/hand-over" {
		b.kit.t.Fatalf("signing in on %s leads to %v, %v", b.Host, u, err)
	}
	return u.Query()
}

// Carry sends the form on the portal's host that carries the session over, and is the
// address on the own host to which that leads.
func (b *Browser) Carry(slug string, form url.Values) string {
	b.kit.t.Helper()
	to := b.Post("/t/"+slug+"/hand-over", form)
	wantStatus(b.kit.t, to, http.StatusSeeOther)
	u, err := url.Parse(to.Header.Get("Location"))
	if err != nil || u.Hostname() != form.Get("host") {
		b.kit.t.Fatalf("the session is carried over to %v, %v", u, err)
	}
	return u.RequestURI()
}

// SignInOn is the person's browser on a tenant's own host, signed in there.
func (b *Browser) SignInOn(slug, host string) *Browser {
	b.kit.t.Helper()
	own := b.On(host)
	wantStatus(b.kit.t, own.Get(b.Carry(slug, own.AsksHandOver("/t/"+slug))), http.StatusSeeOther)
	return own
}

// PostJSON sends what passkey.js sends at the end of a ceremony.
func (b *Browser) PostJSON(path, body string) Answer {
	b.kit.t.Helper()
	return b.postJSON(path, body)
}

// Assert answers the begin of a sign-in or a step-up with the browser's passkey.
func (b *Browser) Assert(begun Answer) string {
	b.kit.t.Helper()
	wantStatus(b.kit.t, begun, http.StatusOK)
	return b.assert(begun.Body)
}

// AddPasskey adds one more passkey to the signed-in person's account, under the
// proof of a step-up for it.
func (b *Browser) AddPasskey(name, proof string) Answer {
	t := b.kit.t
	t.Helper()
	started := b.Post("/account/passkeys", url.Values{"step_up": {proof}})
	wantStatus(t, started, http.StatusSeeOther)
	begun := b.Post("/account/passkeys/begin", url.Values{"name": {name}})
	return b.postJSON("/account/passkeys/finish", b.Attest(begun))
}

// Cookie is the id of the browser's session.
func (b *Browser) Cookie() string {
	if c := b.client.Jar.(jar)["__Host-s"]; c != nil {
		return c.Value
	}
	return ""
}

// SetCookie plants a session id.
func (b *Browser) SetCookie(value string) {
	b.client.Jar.(jar)["__Host-s"] = &http.Cookie{Name: "__Host-s", Value: value}
}

// Mail waits for the newest mail of a kind to an address, told by a part of its subject.
func (k *Kit) Mail(to, subject string) mail.Message {
	k.t.Helper()
	return k.MailNumber(1, to, subject)
}

// MailNumber is Mail for the newest where at least so many of a kind have come.
func (k *Kit) MailNumber(n int, to, subject string) mail.Message {
	k.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		var found []mail.Message
		for _, m := range k.Mailbox.Messages() {
			if m.To == to && strings.Contains(m.Subject, subject) {
				found = append(found, m)
			}
		}
		if len(found) >= n {
			return found[0]
		}
	}
	k.t.Fatalf("%d mails %q to %s did not come", n, subject, to)
	return mail.Message{}
}

// LinkIn is the path of the link in a mail.
func (k *Kit) LinkIn(m mail.Message) string {
	return strings.TrimPrefix(m.Link, k.PortalURL.String())
}

// Attest answers the begin of a registration with the browser's device and a new passkey.
func (b *Browser) Attest(begun Answer) string {
	t := b.kit.t
	t.Helper()
	wantStatus(t, begun, http.StatusOK)
	options, err := virtualwebauthn.ParseAttestationOptions(begun.Body)
	if err != nil {
		t.Fatalf("options %s: %v", begun.Body, err)
	}
	return virtualwebauthn.CreateAttestationResponse(b.rp, b.device, newKey(t), *options)
}

// AskNothing makes the browser's device answer without a finger or a PIN: nobody
// is verified (UV=0).
func (b *Browser) AskNothing() { b.device.Options.UserNotVerified = true }
