// Package config is everything that can be set from outside, in one struct.
// Only cmd and internal/app see it; everybody else gets the values that they
// need as arguments.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/internal/egress"
)

// ExitCode of a program that was configured wrongly: EX_CONFIG of sysexits.h.
const ExitCode = 78

// DrainDelayMost bounds GATEHOUSE_DRAIN_DELAY: a stop ends.
const DrainDelayMost = time.Minute

// Config of a server. Kong fills it from flags and environment; Check must
// follow. `gatehouse help config` prints this table.
type Config struct {
	Dir string `help:"Folder of the data: the SQLite files, the usage spool, the key file, the audit checkpoints." env:"GATEHOUSE_DIR" default:"data" placeholder:"DIR"`

	PortalURL   string `help:"Origin under which people reach the portal, like https://portal.example. Empty: http://localhost with the port of the portal's address." env:"GATEHOUSE_PORTAL_URL" placeholder:"URL"`
	PortalAddr  string `help:"Address that the portal listens on; port 0 picks a free one." env:"GATEHOUSE_PORTAL_ADDR" default:"${portal_addr}" placeholder:"HOST:PORT"`
	GatewayURL  string `help:"Origin under which clients reach the gateway. Empty: like the portal's, with the gateway's port." env:"GATEHOUSE_GATEWAY_URL" placeholder:"URL"`
	GatewayAddr string `help:"Address that the gateway listens on." env:"GATEHOUSE_GATEWAY_ADDR" default:"${gateway_addr}" placeholder:"HOST:PORT"`
	OpsAddr     string `help:"Address of health, metrics and profiles; keep it away from the outside." env:"GATEHOUSE_OPS_ADDR" default:"127.0.0.1:9100" placeholder:"HOST:PORT"`

	PortalTLSCert  string `help:"Certificate of the portal's listener, PEM; with it the portal speaks HTTPS and HTTP/2." env:"GATEHOUSE_PORTAL_TLS_CERT" placeholder:"FILE"`
	PortalTLSKey   string `help:"Its key, PEM." env:"GATEHOUSE_PORTAL_TLS_KEY" placeholder:"FILE"`
	GatewayTLSCert string `help:"Certificate of the gateway's listener, PEM." env:"GATEHOUSE_GATEWAY_TLS_CERT" placeholder:"FILE"`
	GatewayTLSKey  string `help:"Its key, PEM." env:"GATEHOUSE_GATEWAY_TLS_KEY" placeholder:"FILE"`

	Database       string `help:"SQLite file, or postgres:// URL of a role that owns nothing. Empty: gatehouse.db in the data folder." env:"GATEHOUSE_DATABASE" placeholder:"FILE|URL"`
	DatabaseOwner  string `help:"postgres:// URL of the role that owns the tables and migrates them." env:"GATEHOUSE_DATABASE_OWNER" placeholder:"URL"`
	DatabaseSchema string `help:"PostgreSQL schema that holds everything." env:"GATEHOUSE_DATABASE_SCHEMA" placeholder:"NAME"`
	KeyFile        string `help:"File of the key-encryption key, readable by its owner alone. Empty: key in the data folder; made on the first start." env:"GATEHOUSE_KEY_FILE" placeholder:"FILE"`
	RPID           string `help:"Host for which passkeys are made. Empty: the portal's. It is kept at the first start and cannot change." env:"GATEHOUSE_RP_ID" placeholder:"HOST"`

	TrustedProxies []netip.Prefix `help:"Networks of the proxies whose X-Forwarded-For and -Proto count." env:"GATEHOUSE_TRUSTED_PROXIES" placeholder:"CIDR,…"`
	UpstreamAllow  []string       `help:"Private upstreams that tenants may name, as network and port: 10.1.0.0/16:8443. Empty: public addresses only." env:"GATEHOUSE_UPSTREAM_ALLOW" placeholder:"CIDR:PORT,…"`
	StaleMax       time.Duration  `help:"How long the gateway goes on when it cannot read what changed; then it refuses every call." env:"GATEHOUSE_STALE_MAX" default:"10s"`

	DrainDelay time.Duration `help:"How long a server that was told to stop goes on answering while /readyz says that it stops, so that a balancer looks elsewhere first." env:"GATEHOUSE_DRAIN_DELAY" default:"2s"`

	SMTP         string `help:"Mail server, host:port. Empty: mails are not sent, and an error says so." env:"GATEHOUSE_SMTP" placeholder:"HOST:PORT"`
	SMTPTLS      string `help:"starttls, tls or none." env:"GATEHOUSE_SMTP_TLS" default:"starttls" enum:"starttls,tls,none"`
	SMTPUser     string `help:"Name at the mail server." env:"GATEHOUSE_SMTP_USER" placeholder:"NAME"`
	SMTPPassword string `help:"File that holds the password at the mail server." env:"GATEHOUSE_SMTP_PASSWORD_FILE" placeholder:"FILE" type:"path"`
	MailFrom     string `help:"Sender of all mails." env:"GATEHOUSE_MAIL_FROM" placeholder:"ADDRESS"`

	LogLevel string `help:"debug, info, warn or error." env:"GATEHOUSE_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`

	Demo bool `kong:"-"` // set by `gatehouse demo`: the only relaxed profile
}

// Checked is a Config that holds together, in the types of the program.
type Checked struct {
	Config
	Portal, Gateway *url.URL // nil where they follow from the port that is picked
	Egress          egress.Policy
}

// Check returns the first thing that is wrong, in one line that names the
// variable and the way out (R143).
func (c Config) Check() (Checked, error) {
	out := Checked{Config: c}
	var err error
	if out.Portal, err = c.origin("GATEHOUSE_PORTAL_URL", c.PortalURL); err != nil {
		return out, err
	}
	if out.Gateway, err = c.origin("GATEHOUSE_GATEWAY_URL", c.GatewayURL); err != nil {
		return out, err
	}
	for name, address := range map[string]string{"GATEHOUSE_PORTAL_ADDR": c.PortalAddr, "GATEHOUSE_GATEWAY_ADDR": c.GatewayAddr, "GATEHOUSE_OPS_ADDR": c.OpsAddr} {
		if err := c.address(name, address); err != nil {
			return out, err
		}
	}
	if out.Database == "" {
		out.Database = filepath.Join(c.Dir, "gatehouse.db")
	}
	if out.KeyFile == "" {
		out.KeyFile = filepath.Join(c.Dir, "key")
	}
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			return out, fmt.Errorf("GATEHOUSE_TRUSTED_PROXIES: %s trusts everybody; name the networks of your proxies", p)
		}
	}
	if c.StaleMax < time.Second || c.StaleMax > 5*time.Minute {
		return out, fmt.Errorf("GATEHOUSE_STALE_MAX: choose 1s to 5m, not %s", c.StaleMax)
	}
	if c.DrainDelay < 0 || c.DrainDelay > DrainDelayMost {
		return out, fmt.Errorf("GATEHOUSE_DRAIN_DELAY: choose 0s to %s, not %s", DrainDelayMost, c.DrainDelay)
	}
	for _, pair := range [][3]string{
		{"GATEHOUSE_PORTAL_TLS", c.PortalTLSCert, c.PortalTLSKey}, {"GATEHOUSE_GATEWAY_TLS", c.GatewayTLSCert, c.GatewayTLSKey},
	} {
		if (pair[1] == "") != (pair[2] == "") {
			return out, fmt.Errorf("%s_CERT and %s_KEY: set both or neither", pair[0], pair[0])
		}
	}
	if c.SMTP != "" && c.MailFrom == "" {
		return out, fmt.Errorf("GATEHOUSE_MAIL_FROM: name the sender of all mails, like gatehouse@portal.example")
	}
	for _, text := range c.UpstreamAllow {
		allowed, err := egress.ParseAllowed(text)
		if err != nil {
			return out, fmt.Errorf("GATEHOUSE_UPSTREAM_ALLOW: %w", err)
		}
		out.Egress.Allow = append(out.Egress.Allow, allowed)
	}
	return out, c.files()
}

// origin reads a base URL: scheme, host, port and nothing else. Plain http is
// for the loopback interface only.
func (c Config) origin(name, raw string) (*url.URL, error) {
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

func (c Config) address(name, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is no address; write host:port, like :8080", name, address)
	}
	if ip, err := netip.ParseAddr(host); c.Demo && host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: the demo listens on the loopback interface only, like 127.0.0.1:8080", name)
	}
	return nil
}

// files refuses keys and databases that others can read.
func (c Config) files() error {
	for name, path := range map[string]string{"GATEHOUSE_KEY_FILE": c.KeyFile, "GATEHOUSE_SMTP_PASSWORD_FILE": c.SMTPPassword} {
		info, err := os.Stat(path)
		if path == "" || os.IsNotExist(err) && name == "GATEHOUSE_KEY_FILE" {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("%s: others can read %s; run chmod 600 on it", name, path)
		}
	}
	return nil
}
