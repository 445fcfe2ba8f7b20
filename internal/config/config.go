// Package config is everything that can be set from outside, in one struct.
// Only cmd and internal/app see it; everybody else gets the values that they
// need as arguments.
package config

import (
	"net/netip"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/webhook"
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
	RPID           string `help:"Host for which passkeys are made. Empty: the portal's. It cannot change once there is a passkey." env:"GATEHOUSE_RP_ID" placeholder:"HOST"`

	StaffDeviceBound bool `help:"Operators and support staff sign in and confirm with passkeys that stay on one device, like those of a security key, and with no others. Have one before you switch it on." env:"GATEHOUSE_STAFF_DEVICE_BOUND"`

	TrustedProxies []netip.Prefix `help:"Networks of the proxies whose X-Forwarded-For and -Proto count." env:"GATEHOUSE_TRUSTED_PROXIES" placeholder:"CIDR,…"`
	UpstreamAllow  []string       `help:"Private upstreams that tenants may name, as network and port: 10.1.0.0/16:8443. Empty: public addresses only." env:"GATEHOUSE_UPSTREAM_ALLOW" placeholder:"CIDR:PORT,…"`
	DNS            string         `help:"DNS server that is asked whether a team's e-mail domain or a tenant's host name is its own, host:port. Empty: the system's." env:"GATEHOUSE_DNS" placeholder:"HOST:PORT"`
	StaleMax       time.Duration  `help:"How long the gateway goes on when it cannot read what changed; then it refuses every call." env:"GATEHOUSE_STALE_MAX" default:"10s"`

	DrainDelay time.Duration `help:"How long a server that was told to stop goes on answering while /readyz says that it stops, so that a balancer looks elsewhere first." env:"GATEHOUSE_DRAIN_DELAY" default:"2s"`

	SMTP         string `help:"Mail server, host:port. Empty: mails are not sent, and an error says so." env:"GATEHOUSE_SMTP" placeholder:"HOST:PORT"`
	SMTPTLS      string `help:"starttls, tls or none." env:"GATEHOUSE_SMTP_TLS" default:"starttls" enum:"starttls,tls,none"`
	SMTPUser     string `help:"Name at the mail server." env:"GATEHOUSE_SMTP_USER" placeholder:"NAME"`
	SMTPPassword string `help:"File that holds the password at the mail server." env:"GATEHOUSE_SMTP_PASSWORD_FILE" placeholder:"FILE" type:"path"`
	MailFrom     string `help:"Sender of all mails." env:"GATEHOUSE_MAIL_FROM" placeholder:"ADDRESS"`

	GitHubKeys  string   `help:"Where the keys are by which reports of GitHub's secret scanning are checked; none takes no reports." env:"GATEHOUSE_LEAK_GITHUB_KEYS" default:"https://api.github.com/meta/public_keys/secret_scanning" placeholder:"URL|none"`
	LeakSources []string `help:"Other scanners that may report found tokens, with the file of the secret that each signs with: corp-scanner=/run/secrets/scanner." env:"GATEHOUSE_LEAK_SOURCES" placeholder:"NAME=FILE,…"`

	BreakGlass string `help:"Who of the staff may enter a tenant in an emergency, with nobody there to approve: operators, or staff, which is support, too." env:"GATEHOUSE_BREAK_GLASS" default:"operators" enum:"operators,staff"`

	LogLevel string `help:"debug, info, warn or error." env:"GATEHOUSE_LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`

	Demo bool `kong:"-"` // set by `gatehouse demo`: the only relaxed profile
}

// Checked is a Config that holds together, in the types of the program.
type Checked struct {
	Config
	Portal, Gateway *url.URL // nil where they follow from the port that is picked
	LeakSecrets     map[string]webhook.Secret
	Egress          egress.Policy
}

// Guarded is Egress that leads back to none of our own addresses (R100); nil is one that
// is not known. The demo's upstreams are on this very host.
func (c Checked) Guarded(own ...*url.URL) egress.Policy {
	policy := c.Egress
	for _, u := range own {
		if u != nil && !c.Demo {
			policy.OwnHosts = append(slices.Clip(policy.OwnHosts), u.Hostname())
		}
	}
	return policy
}

// Mistake is an error of what was set from outside: one line that names the
// variable and the way out. It ends the program with ExitCode.
type Mistake struct{ error }

// Mistaken makes a Mistake of an error; nil stays nil.
func Mistaken(err error) error {
	if err == nil {
		return nil
	}
	return Mistake{err}
}

// Unwrap returns the error itself.
func (m Mistake) Unwrap() error { return m.error }
