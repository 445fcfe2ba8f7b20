package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const password = "canary-2d9f"

// server is a real mail server on loopback.
type server struct {
	addr  string
	roots *x509.CertPool

	mu     sync.Mutex
	taken  []delivery
	answer error // to DATA
}

type delivery struct {
	from, data, user string
	to               []string
}

// serve starts a server; implicit means TLS from the first byte, needAuth that it wants a password.
func serve(t *testing.T, offerTLS, implicit, needAuth bool) *server {
	t.Helper()
	s := &server{}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		session := &visit{server: s}
		if needAuth {
			return &authVisit{session}, nil
		}
		return session, nil
	}))
	srv.Domain = "mx.test"
	srv.ErrorLog = quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if offerTLS || implicit {
		var cert tls.Certificate
		cert, s.roots = certificate(t)
		config := &tls.Config{Certificates: []tls.Certificate{cert}}
		if implicit {
			l = tls.NewListener(l, config)
		} else {
			srv.TLSConfig = config
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return s
}

func (s *server) deliveries() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type visit struct {
	server *server
	now    delivery
}

func (v *visit) Reset()                                      { v.now.to = nil }
func (v *visit) Logout() error                               { return nil }
func (v *visit) Mail(from string, _ *smtp.MailOptions) error { v.now.from = from; return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.now.to = append(v.now.to, to)
	return nil
}
func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	if v.server.answer != nil {
		return v.server.answer
	}
	v.now.data = string(text)
	v.server.taken = append(v.server.taken, v.now)
	return nil
}

type authVisit struct{ *visit }

func (v *authVisit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *authVisit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != "portal" || pass != password {
			return errors.New("wrong password")
		}
		v.now.user = user
		return nil
	}), nil
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pool
}
