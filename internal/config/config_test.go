package config_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/config"
)

func good(dir string) config.Config {
	return config.Config{Dir: dir, PortalAddr: ":8080", GatewayAddr: ":8081", OpsAddr: "127.0.0.1:9100", StaleMax: 10 * time.Second,
		PortalURL: "https://portal.example", GatewayURL: "https://api.example"}
}

// R143: a wrong setting is one line that names the variable and the way out.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	secret, none := filepath.Join(dir, "scanner"), filepath.Join(dir, "none")
	for path, text := range map[string]string{secret: "whsec_" + strings.Repeat("AAAA", 10) + "\n", none: "password"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exposed := t.TempDir()
	if err := os.WriteFile(filepath.Join(exposed, "key"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*config.Config)
		says   string // "" where nothing is wrong
	}{
		"as it should be":                          {func(*config.Config) {}, ""},
		"addresses that follow":                    {func(c *config.Config) { c.PortalURL, c.GatewayURL = "", "" }, ""},
		"localhost without TLS":                    {func(c *config.Config) { c.PortalURL = "http://localhost:8080" }, ""},
		"a portal without TLS":                     {func(c *config.Config) { c.PortalURL = "http://portal.example" }, "GATEHOUSE_PORTAL_URL"},
		"a portal below a path":                    {func(c *config.Config) { c.PortalURL = "https://a.example/portal" }, "GATEHOUSE_PORTAL_URL"},
		"a portal with a user":                     {func(c *config.Config) { c.PortalURL = "https://me@a.example" }, "GATEHOUSE_PORTAL_URL"},
		"a gateway that is no URL":                 {func(c *config.Config) { c.GatewayURL = "api.example" }, "GATEHOUSE_GATEWAY_URL"},
		"a part of the portal's host":              {func(c *config.Config) { c.RPID = "portal.example" }, ""},
		"the domain above the portal":              {func(c *config.Config) { c.PortalURL, c.RPID = "https://a.portal.example", "portal.example" }, ""},
		"passkeys for another host":                {func(c *config.Config) { c.RPID = "other.example" }, "GATEHOUSE_RP_ID"},
		"passkeys for a host that ends alike":      {func(c *config.Config) { c.RPID = "rtal.example" }, "GATEHOUSE_RP_ID"},
		"passkeys for a top-level domain":          {func(c *config.Config) { c.RPID = "example" }, "GATEHOUSE_RP_ID"},
		"passkeys for what nobody owns":            {func(c *config.Config) { c.PortalURL, c.RPID = "https://portal.co.uk", "co.uk" }, "GATEHOUSE_RP_ID"},
		"passkeys below the portal":                {func(c *config.Config) { c.RPID = "a.portal.example" }, "GATEHOUSE_RP_ID"},
		"passkeys elsewhere than localhost":        {func(c *config.Config) { c.PortalURL, c.RPID = "", "portal.example" }, "GATEHOUSE_RP_ID"},
		"proxies that are half of everybody":       {func(c *config.Config) { c.TrustedProxies = prefixes("0.0.0.0/1", "128.0.0.0/1") }, "GATEHOUSE_TRUSTED_PROXIES"},
		"proxies that are everybody on IPv6":       {func(c *config.Config) { c.TrustedProxies = prefixes("2000::/3") }, "GATEHOUSE_TRUSTED_PROXIES"},
		"proxies that are everybody, mapped":       {func(c *config.Config) { c.TrustedProxies = prefixes("::ffff:0.0.0.0/96") }, "GATEHOUSE_TRUSTED_PROXIES"},
		"no reports of GitHub":                     {func(c *config.Config) { c.GitHubKeys = "none" }, ""},
		"GitHub's keys without TLS":                {func(c *config.Config) { c.GitHubKeys = "http://keys.example" }, "GATEHOUSE_LEAK_GITHUB_KEYS"},
		"a scanner":                                {func(c *config.Config) { c.LeakSources = []string{"corp-scanner=" + secret} }, ""},
		"a scanner without a file":                 {func(c *config.Config) { c.LeakSources = []string{"corp"} }, "GATEHOUSE_LEAK_SOURCES"},
		"a scanner with another's name":            {func(c *config.Config) { c.LeakSources = []string{"github=" + secret} }, "GATEHOUSE_LEAK_SOURCES"},
		"a scanner with a name that is no one":     {func(c *config.Config) { c.LeakSources = []string{"a/b=" + secret} }, "GATEHOUSE_LEAK_SOURCES"},
		"a scanner's secret that others can read":  {func(c *config.Config) { c.LeakSources = []string{"corp=" + open} }, "chmod 600 on it"},
		"a scanner's secret that is none":          {func(c *config.Config) { c.LeakSources = []string{"corp=" + none} }, "whsec_"},
		"a scanner's secret that is not there":     {func(c *config.Config) { c.LeakSources = []string{"corp=/nope/scanner"} }, "GATEHOUSE_LEAK_SOURCES"},
		"proxies in private networks":              {func(c *config.Config) { c.TrustedProxies = prefixes("10.0.0.0/8", "fc00::/7", "192.0.2.1/32") }, ""},
		"a certificate that is not there":          {func(c *config.Config) { c.PortalTLSCert, c.PortalTLSKey = "/nope/cert.pem", "/nope/key.pem" }, "GATEHOUSE_PORTAL_TLS_CERT"},
		"a certificate that is none":               {func(c *config.Config) { c.GatewayTLSCert, c.GatewayTLSKey = open, open }, "GATEHOUSE_GATEWAY_TLS_CERT"},
		"a default key that others can read":       {func(c *config.Config) { c.Dir = exposed }, "chmod 600 on it"},
		"a mail server without a port":             {func(c *config.Config) { c.SMTP, c.MailFrom = "mail.example", "a@b.example" }, "GATEHOUSE_SMTP"},
		"a mail server with a port that is a word": {func(c *config.Config) { c.SMTP, c.MailFrom = "mail.example:smtp", "a@b.example" }, "GATEHOUSE_SMTP"},
		"a sender that is no address":              {func(c *config.Config) { c.SMTP, c.MailFrom = "mail.example:25", "gatehouse" }, "GATEHOUSE_MAIL_FROM"},
		"a PostgreSQL URL that cannot be read":     {func(c *config.Config) { c.Database = "postgres://u:secr%et@db.example/x" }, "GATEHOUSE_DATABASE"},
		"another kind of database":                 {func(c *config.Config) { c.Database = "mysql://u@db.example/x" }, "GATEHOUSE_DATABASE"},
		"an owner that cannot be read": {func(c *config.Config) {
			c.Database, c.DatabaseOwner = "postgres://u@db.example/x", "postgres://db.example:port/x"
		}, "GATEHOUSE_DATABASE_OWNER"},
		"an owner of a file": {func(c *config.Config) { c.DatabaseOwner = "postgres://u@db.example/x" }, "GATEHOUSE_DATABASE_OWNER"},
		"PostgreSQL": {func(c *config.Config) {
			c.Database, c.DatabaseOwner = "postgres://u:p@db.example/x", "postgresql://o:p@db.example:5433/x"
		}, ""},
		"an address with a port that is too large": {func(c *config.Config) { c.GatewayAddr = ":99999" }, "GATEHOUSE_GATEWAY_ADDR"},
		"an address without a port":                {func(c *config.Config) { c.GatewayAddr = "localhost" }, "GATEHOUSE_GATEWAY_ADDR"},
		"proxies that are everybody":               {func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, "GATEHOUSE_TRUSTED_PROXIES"},
		"a certificate without a key":              {func(c *config.Config) { c.PortalTLSCert = "cert.pem" }, "GATEHOUSE_PORTAL_TLS_CERT"},
		"a key without a certificate":              {func(c *config.Config) { c.GatewayTLSKey = "key.pem" }, "GATEHOUSE_GATEWAY_TLS_CERT"},
		"a gateway that is stale for ever":         {func(c *config.Config) { c.StaleMax = time.Hour }, "GATEHOUSE_STALE_MAX"},
		"a stop that takes for ever":               {func(c *config.Config) { c.DrainDelay = time.Hour }, "GATEHOUSE_DRAIN_DELAY"},
		"a key that others can read":               {func(c *config.Config) { c.KeyFile = open }, "GATEHOUSE_KEY_FILE"},
		"a password that others can read":          {func(c *config.Config) { c.SMTPPassword = open }, "GATEHOUSE_SMTP_PASSWORD_FILE"},
		"an upstream range without port":           {func(c *config.Config) { c.UpstreamAllow = []string{"10.0.0.0/8"} }, "GATEHOUSE_UPSTREAM_ALLOW"},
		"a mail server without a sender":           {func(c *config.Config) { c.SMTP = "mail.example:587" }, "GATEHOUSE_MAIL_FROM"},
		"the demo on all interfaces":               {func(c *config.Config) { c.Demo = true }, "loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			c := good(dir)
			tt.change(&c)
			_, err := c.Check()
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case err != nil && (strings.Contains(err.Error(), "secr") || !mistaken(err)):
				t.Errorf("it is no Mistake, or quotes a password: %v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n")):
				t.Errorf("got %v, want a line about %s", err, tt.says)
			}
		})
	}
}

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func mistaken(err error) bool {
	_, ok := errors.AsType[config.Mistake](err)
	return ok
}

// R143: what is set is logged without secrets.
func TestLogValueMasksSecrets(t *testing.T) {
	c := good(t.TempDir())
	c.Database, c.DatabaseOwner = "postgres://app:secret1@db.example/x?password=secret2", "postgres://owner:sec%ret3@db.example/x"
	checked, _ := c.Check()
	for _, v := range []any{c, checked} {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("settings", "settings", v)
		if got := out.String(); strings.Contains(got, "secret") || strings.Contains(got, "sec%") ||
			!strings.Contains(got, "postgres://app@db.example/x") || !strings.Contains(got, `"GATEHOUSE_STALE_MAX":"10s"`) {
			t.Error(got)
		}
	}
}
