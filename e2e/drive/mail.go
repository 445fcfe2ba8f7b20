package drive

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// Mails is a mail server on the loopback interface that keeps what it takes.
type Mails struct {
	Addr string

	t     T
	mu    sync.Mutex
	taken []taken
}

type taken struct{ to, subject, text string }

// TakeMails starts a mail server.
func TakeMails(t T) *Mails {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	m := &Mails{Addr: l.Addr().String(), t: t}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &visit{mails: m}, nil }))
	server.Domain = "mx.test"
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return m
}

// Env lets a server send its mails here.
func (m *Mails) Env() []string {
	return []string{"GATEHOUSE_SMTP=" + m.Addr, "GATEHOUSE_SMTP_TLS=none", "GATEHOUSE_MAIL_FROM=portal@gatehouse.example"}
}

// Link is the link in the newest mail to an address whose subject has these words.
func (m *Mails) Link(to, subject string) string {
	m.t.Helper()
	var found string
	if !wait(patience, func() bool { found = m.find(to, subject); return found != "" }) {
		m.t.Fatalf("no mail %q came to %s", subject, to)
	}
	return found
}

func (m *Mails) find(to, subject string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.taken) - 1; i >= 0; i-- {
		t := m.taken[i]
		if t.to == to && contains(t.subject, subject) {
			for _, word := range strings.Fields(t.text) {
				if strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") {
					return word
				}
			}
		}
	}
	return ""
}

type visit struct {
	mails *Mails
	to    []string
}

func (v *visit) Reset()                               { v.to = nil }
func (v *visit) Logout() error                        { return nil }
func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = append(v.to, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	text, err := plain(m)
	if err != nil {
		return err
	}
	v.mails.mu.Lock()
	defer v.mails.mu.Unlock()
	for _, to := range v.to {
		v.mails.taken = append(v.mails.taken, taken{to, subject, text})
	}
	return nil
}

// plain is the text/plain part of a mail.
func plain(m *mail.Message) (string, error) {
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", err
		}
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			continue
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		raw, err := io.ReadAll(body)
		return string(raw), err
	}
}
