package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// Security is how the connection to the mail server is protected.
type Security string

// The ways to protect it.
const (
	StartTLS Security = "starttls" // on port 587; refused when the server does not offer it
	TLS      Security = "tls"      // from the first byte, on port 465
	Plain    Security = "none"     // for a server on this machine
)

const smtpTimeout = 30 * time.Second

// SMTPConfig says where mail goes. Its text hides the password.
type SMTPConfig struct {
	Addr     string // host:port
	Security Security
	Username string // empty: no authentication
	Password string
	From     string // bare address
	FromName string
	RootCAs  *x509.CertPool // nil: the system's
}

// String is the configuration without the password.
func (c SMTPConfig) String() string {
	return fmt.Sprintf("smtp %s (%s) from %s", c.Addr, c.Security, c.From)
}

// GoString is String.
func (c SMTPConfig) GoString() string { return c.String() }

// SMTP is a Sender that makes one connection per message. It is safe for concurrent use.
type SMTP struct {
	config SMTPConfig
	host   string
	port   int
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("the mail server %q is not written as host:port", c.Addr)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return nil, fmt.Errorf("the port of the mail server %q is not a number", c.Addr)
	}
	if c.From, err = models.CanonicalEmail(c.From); err != nil {
		return nil, errors.New("the sender of mail is not an e-mail address")
	}
	c.FromName = Subject(c.FromName)
	s := &SMTP{c, host, int(number)}
	if _, err := s.client(); err != nil {
		return nil, err
	}
	return s, nil
}

// String is the configuration without the password.
func (s *SMTP) String() string { return s.config.String() }

// GoString is String.
func (s *SMTP) GoString() string { return s.config.String() }

func (s *SMTP) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port),
		gomail.WithTimeout(smtpTimeout),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, RootCAs: s.config.RootCAs, MinVersion: tls.VersionTLS12}),
		gomail.WithHELO(domain(s.config.From)),
	}
	switch s.config.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("the security of mail is %q; it can be starttls, tls or none", s.config.Security)
	}
	if s.config.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.config.Username), gomail.WithPassword(s.config.Password))
	}
	return gomail.NewClient(s.host, options...)
}

// Send delivers m and returns when the server has taken it.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	m, err := m.settle()
	if err != nil {
		return err
	}
	out, err := s.format(m)
	if err != nil {
		return refuse(err)
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, out)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode() >= 500 {
		return refuse(err)
	}
	return fault.New(fault.Unavailable, "mail_unavailable", "The mail server does not take mail at the moment.").Because(err)
}

func (s *SMTP) format(m Message) (*gomail.Msg, error) {
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	// FromFormat would take quotes and commas of a name for more addresses (R118).
	from := netmail.Address{Name: cmp.Or(m.FromName, s.config.FromName), Address: s.config.From}
	if err := out.From(from.String()); err != nil {
		return nil, err
	}
	if err := out.To(m.To); err != nil {
		return nil, err
	}
	out.Subject(m.Subject)
	out.SetDateWithValue(m.At)
	if m.ID != "" {
		out.SetMessageIDWithValue(m.ID + "@" + domain(s.config.From))
	}
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	out.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return out, nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
