package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/egress"
	"gatehouse/internal/webhook"
)

// Check returns the first thing that is wrong, as a Mistake: one line that names
// the variable and the way out (R143).
func (c Config) Check() (Checked, error) {
	out := Checked{Config: c}
	if out.Database == "" {
		out.Database = filepath.Join(c.Dir, "gatehouse.db")
	}
	if out.KeyFile == "" {
		out.KeyFile = filepath.Join(c.Dir, "key")
	}
	for _, check := range []func(*Checked) error{
		(*Checked).addresses, (*Checked).passkeys, (*Checked).certificates, (*Checked).databases, (*Checked).proxies,
		(*Checked).upstreams, (*Checked).mails, (*Checked).files, (*Checked).scanners,
	} {
		if err := check(&out); err != nil {
			return out, Mistaken(err)
		}
	}
	return out, nil
}

func (c *Checked) addresses() (err error) {
	if c.Portal, err = origin("GATEHOUSE_PORTAL_URL", c.PortalURL); err != nil {
		return err
	}
	if c.Gateway, err = origin("GATEHOUSE_GATEWAY_URL", c.GatewayURL); err != nil {
		return err
	}
	for _, a := range [][2]string{{"GATEHOUSE_PORTAL_ADDR", c.PortalAddr}, {"GATEHOUSE_GATEWAY_ADDR", c.GatewayAddr}, {"GATEHOUSE_OPS_ADDR", c.OpsAddr}} {
		if err := c.address(a[0], a[1]); err != nil {
			return err
		}
	}
	return nil
}

// origin reads a base URL: scheme, host, port and nothing else. Plain http is
// for the loopback interface only.
func origin(name, raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s: %q is no origin; write it like https://portal.example", name, raw)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && u.Hostname() == "localhost") {
		return nil, fmt.Errorf("%s: %q must begin with https://", name, raw)
	}
	u.Path = ""
	return u, nil
}

func (c *Checked) address(name, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isPort(port) {
		return fmt.Errorf("%s: %q is no address; write host:port, like :8080", name, address)
	}
	if ip, err := netip.ParseAddr(host); c.Demo && host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: the demo listens on the loopback interface only, like 127.0.0.1:8080", name)
	}
	return nil
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// passkeys work for the portal's host and for the domains above it that somebody
// can own (WebAuthn §5.1.3: a registrable domain suffix, or equal).
func (c *Checked) passkeys() error {
	if c.RPID == "" {
		return nil
	}
	host := "localhost"
	if c.Portal != nil {
		host = strings.ToLower(c.Portal.Hostname())
	}
	if c.RPID == host {
		return nil
	}
	own, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || !strings.HasSuffix(host, "."+c.RPID) || c.RPID != own && !strings.HasSuffix(c.RPID, "."+own) {
		return fmt.Errorf("GATEHOUSE_RP_ID: passkeys for %q do not work at %q; "+
			"leave it empty, or name the portal's host (GATEHOUSE_PORTAL_URL) or a domain of yours above it", c.RPID, host)
	}
	return nil
}

// certificates are read now and once more when they are used: a server does not
// begin what it cannot finish.
func (c *Checked) certificates() error {
	for _, l := range [][3]string{
		{"GATEHOUSE_PORTAL_TLS", c.PortalTLSCert, c.PortalTLSKey}, {"GATEHOUSE_GATEWAY_TLS", c.GatewayTLSCert, c.GatewayTLSKey},
	} {
		if (l[1] == "") != (l[2] == "") {
			return fmt.Errorf("%s_CERT and %[1]s_KEY: set both or neither", l[0])
		}
		if l[1] == "" {
			continue
		}
		if _, err := tls.LoadX509KeyPair(l[1], l[2]); err != nil {
			return fmt.Errorf("%s_CERT and %[1]s_KEY: %s; name a certificate and its key, both PEM", l[0], oneLine(err))
		}
	}
	return nil
}

func (c *Checked) databases() error {
	for _, d := range [][2]string{{"GATEHOUSE_DATABASE", c.Database}, {"GATEHOUSE_DATABASE_OWNER", c.DatabaseOwner}} {
		if !strings.Contains(d[1], "://") {
			continue
		}
		_, err := pgconn.ParseConfig(d[1]) // the error may quote the password
		if err != nil || !postgres(d[1]) {
			return fmt.Errorf("%s: the URL cannot be read; write it like postgres://user:password@host:5432/database, "+
				"with %%-escapes in the password", d[0])
		}
	}
	if c.DatabaseOwner != "" && !(postgres(c.DatabaseOwner) && postgres(c.Database)) {
		return fmt.Errorf("GATEHOUSE_DATABASE_OWNER: it is for PostgreSQL; write both it and GATEHOUSE_DATABASE like postgres://user@host/database, or leave it empty")
	}
	return nil
}

func postgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// The widest networks that somebody's proxies may be in: private ones are 10.0.0.0/8
// and fc00::/7. Wider ones are the world, or a half of it.
const widest4, widest6 = 8, 7

func (c *Checked) proxies() error {
	for _, p := range c.TrustedProxies {
		bits, widest := p.Bits(), widest6
		switch {
		case p.Addr().Is4In6():
			bits, widest = bits-96, widest4
		case p.Addr().Is4():
			widest = widest4
		}
		if bits < widest {
			return fmt.Errorf("GATEHOUSE_TRUSTED_PROXIES: %s trusts everybody, or nearly; name the networks of your proxies", p)
		}
	}
	return nil
}

func (c *Checked) upstreams() error {
	if c.StaleMax < time.Second || c.StaleMax > 5*time.Minute {
		return fmt.Errorf("GATEHOUSE_STALE_MAX: choose 1s to 5m, not %s", c.StaleMax)
	}
	if c.DrainDelay < 0 || c.DrainDelay > DrainDelayMost {
		return fmt.Errorf("GATEHOUSE_DRAIN_DELAY: choose 0s to %s, not %s", DrainDelayMost, c.DrainDelay)
	}
	if c.DNS != "" {
		if host, port, err := net.SplitHostPort(c.DNS); err != nil || host == "" || !isPort(port) {
			return fmt.Errorf("GATEHOUSE_DNS: %q is no address; write host:port, like 9.9.9.9:53", c.DNS)
		}
	}
	for _, text := range c.UpstreamAllow {
		allowed, err := egress.ParseAllowed(text)
		if err != nil {
			return fmt.Errorf("GATEHOUSE_UPSTREAM_ALLOW: %w", err)
		}
		c.Egress.Allow = append(c.Egress.Allow, allowed)
	}
	return nil
}

func (c *Checked) mails() error {
	if c.SMTP != "" {
		if host, port, err := net.SplitHostPort(c.SMTP); err != nil || host == "" || !isPort(port) {
			return fmt.Errorf("GATEHOUSE_SMTP: %q is no address; write host:port, like mail.example:587", c.SMTP)
		}
		if c.MailFrom == "" {
			return fmt.Errorf("GATEHOUSE_MAIL_FROM: name the sender of all mails, like gatehouse@portal.example")
		}
	}
	if c.MailFrom == "" {
		return nil
	}
	if a, err := mail.ParseAddress(c.MailFrom); err != nil || a.Address != c.MailFrom {
		return fmt.Errorf("GATEHOUSE_MAIL_FROM: %q is no address; write it like gatehouse@portal.example", c.MailFrom)
	}
	return nil
}

// scanners reads the secrets of those who may report found tokens.
func (c *Checked) scanners() error {
	if c.GitHubKeys != "" && c.GitHubKeys != NoKeys {
		if u, err := url.Parse(c.GitHubKeys); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("GATEHOUSE_LEAK_GITHUB_KEYS: %q must begin with https://; write %s to take no reports", c.GitHubKeys, NoKeys)
		}
	}
	c.LeakSecrets = map[string]webhook.Secret{}
	for _, source := range c.LeakSources {
		name, file, ok := strings.Cut(source, "=")
		if !ok || !sourceName.MatchString(name) || name == "github" || name == "check" || name == "anonymous" {
			return fmt.Errorf("GATEHOUSE_LEAK_SOURCES: %q is no scanner; write name=file, the name of small letters, digits and hyphens, and not github, check or anonymous", source)
		}
		if err := private("GATEHOUSE_LEAK_SOURCES", file); err != nil {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("GATEHOUSE_LEAK_SOURCES: %w", err)
		}
		if c.LeakSecrets[name], err = webhook.ParseSecret(string(text)); err != nil {
			return fmt.Errorf("GATEHOUSE_LEAK_SOURCES: %s: %w", file, err)
		}
	}
	return nil
}

var sourceName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// NoKeys says that no reports of GitHub are taken.
const NoKeys = "none"

// files refuses keys that others can read.
func (c *Checked) files() error {
	for _, f := range [][2]string{{"GATEHOUSE_KEY_FILE", c.KeyFile}, {"GATEHOUSE_SMTP_PASSWORD_FILE", c.SMTPPassword}} {
		if _, err := os.Stat(f[1]); f[1] == "" || os.IsNotExist(err) && f[1] == c.KeyFile { // it is made on the first start
			continue
		}
		if err := private(f[0], f[1]); err != nil {
			return err
		}
	}
	return nil
}

// private is nil for a file that its owner alone can read.
func private(variable, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s: others can read %s; run chmod 600 on it", variable, file)
	}
	return nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
