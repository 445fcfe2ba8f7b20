package config_test

import (
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
	for name, tt := range map[string]struct {
		change func(*config.Config)
		says   string // "" where nothing is wrong
	}{
		"as it should be":                  {func(*config.Config) {}, ""},
		"addresses that follow":            {func(c *config.Config) { c.PortalURL, c.GatewayURL = "", "" }, ""},
		"localhost without TLS":            {func(c *config.Config) { c.PortalURL = "http://localhost:8080" }, ""},
		"a portal without TLS":             {func(c *config.Config) { c.PortalURL = "http://portal.example" }, "GATEHOUSE_PORTAL_URL"},
		"a portal below a path":            {func(c *config.Config) { c.PortalURL = "https://a.example/portal" }, "GATEHOUSE_PORTAL_URL"},
		"a portal with a user":             {func(c *config.Config) { c.PortalURL = "https://me@a.example" }, "GATEHOUSE_PORTAL_URL"},
		"a gateway that is no URL":         {func(c *config.Config) { c.GatewayURL = "api.example" }, "GATEHOUSE_GATEWAY_URL"},
		"an address without a port":        {func(c *config.Config) { c.GatewayAddr = "localhost" }, "GATEHOUSE_GATEWAY_ADDR"},
		"proxies that are everybody":       {func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, "GATEHOUSE_TRUSTED_PROXIES"},
		"a certificate without a key":      {func(c *config.Config) { c.PortalTLSCert = "cert.pem" }, "GATEHOUSE_PORTAL_TLS_CERT"},
		"a key without a certificate":      {func(c *config.Config) { c.GatewayTLSKey = "key.pem" }, "GATEHOUSE_GATEWAY_TLS_CERT"},
		"a gateway that is stale for ever": {func(c *config.Config) { c.StaleMax = time.Hour }, "GATEHOUSE_STALE_MAX"},
		"a stop that takes for ever":       {func(c *config.Config) { c.DrainDelay = time.Hour }, "GATEHOUSE_DRAIN_DELAY"},
		"a key that others can read":       {func(c *config.Config) { c.KeyFile = open }, "GATEHOUSE_KEY_FILE"},
		"a password that others can read":  {func(c *config.Config) { c.SMTPPassword = open }, "GATEHOUSE_SMTP_PASSWORD_FILE"},
		"an upstream range without port":   {func(c *config.Config) { c.UpstreamAllow = []string{"10.0.0.0/8"} }, "GATEHOUSE_UPSTREAM_ALLOW"},
		"a mail server without a sender":   {func(c *config.Config) { c.SMTP = "mail.example:587" }, "GATEHOUSE_MAIL_FROM"},
		"the demo on all interfaces":       {func(c *config.Config) { c.Demo = true }, "loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			c := good(dir)
			tt.change(&c)
			_, err := c.Check()
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n")):
				t.Errorf("got %v, want a line about %s", err, tt.says)
			}
		})
	}
}
