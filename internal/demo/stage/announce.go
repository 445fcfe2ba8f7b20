package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/clock"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/world"
	"gatehouse/internal/gateway"
	"gatehouse/internal/keys"
	"gatehouse/models"
)

// keepOpen is a listener that outlives the servers that use it, one after the other.
type keepOpen struct{ net.Listener }

// Close wakes Accept and leaves the port open.
func (k keepOpen) Close() error {
	return k.Listener.(*net.TCPListener).SetDeadline(time.Unix(1, 0))
}

// Ready is what the ready file holds.
type Ready struct {
	Portal          string        `json:"portal"`
	Gateway         string        `json:"gateway"`
	Ops             string        `json:"ops"`
	Tenants         []ReadyTenant `json:"tenants"`
	People          []ReadyPerson `json:"people"`
	AccessToken     string        `json:"access_token"`
	ManagementToken string        `json:"management_token"` // of the first tenant, with all scopes
	ExampleCall     string        `json:"example_call"`     // a GET that the access token may make
}

// ReadyTenant is one of the demo's tenants.
type ReadyTenant struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// ReadyPerson is one whom a link makes the reader.
type ReadyPerson struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Tenant   string `json:"tenant"`
	EnrolURL string `json:"enrol_url"`
}

func (s *show) secret(a *app.App, t world.Tenant, token world.Token) keys.Secret {
	kind := keys.Access
	if token.Kind == models.TokenManagement {
		kind = keys.Management
	}
	return a.Keys.DemoSecret(kind, t.Code, token.Key)
}

// announce waits until calls are let through, then prints and writes what a
// reader and a script need.
func (s *show) announce(ctx context.Context, a *app.App) error {
	for !a.Gateway.Ready() {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	r, err := s.ready(ctx, a)
	if err != nil {
		return err
	}
	if s.ReadyFile != "" {
		raw, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		temporary := s.ReadyFile + ".new" // readers see the whole file or none
		if err := os.WriteFile(temporary, append(raw, '\n'), 0o600); err != nil {
			return err
		}
		if err := os.Rename(temporary, s.ReadyFile); err != nil {
			return err
		}
	}
	s.print(r, a)
	return nil
}

// notReady removes the ready file.
func (s *show) notReady() error {
	if s.ReadyFile == "" {
		return nil
	}
	if err := os.Remove(s.ReadyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *show) ready(ctx context.Context, a *app.App) (Ready, error) {
	r := Ready{Portal: a.PortalURL.String(), Gateway: a.GatewayURL.String(), Ops: a.OpsURL.String()}
	for _, t := range s.world.Tenants {
		r.Tenants = append(r.Tenants, ReadyTenant{t.Slug, t.Name})
	}
	if err := s.findTokens(ctx, a, &r); err != nil {
		return r, err
	}
	for _, p := range s.world.People {
		if p.Role == "" {
			continue
		}
		u, err := a.Portal.Accounts.DemoFind(ctx, p.Email)
		if err != nil {
			return r, err
		}
		path, err := a.Portal.Accounts.EnrolLink(ctx, u, clock.System.Now())
		if err != nil {
			return r, err
		}
		r.People = append(r.People, ReadyPerson{p.Name, p.Email, p.Role, p.Tenant, r.Portal + path})
	}
	return r, nil
}

// findTokens looks for an access token and a management token that are good now:
// the reader may have revoked or paused the ones that are meant to be printed. Of
// a kind of which there is none left, none is printed.
func (s *show) findTokens(ctx context.Context, a *app.App, r *Ready) error {
	for _, meant := range []bool{true, false} {
		for _, t := range s.world.Tenants {
			for _, token := range t.Tokens {
				if token.Printed != meant {
					continue
				}
				if err := s.offer(ctx, a, r, t, token); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// offer puts a token into r if it is good and there is none yet.
func (s *show) offer(ctx context.Context, a *app.App, r *Ready, t world.Tenant, token world.Token) error {
	secret := s.secret(a, t, token)
	if token.Kind == models.TokenManagement {
		// The management token is of the first tenant: guides and scripts use that.
		if r.ManagementToken == "" && t.Slug == s.world.Tenants[0].Slug {
			if _, err := a.Portal.Actors.OfToken(ctx, secret.Reveal(), t.Slug, models.Request{ID: "demo"}); err == nil {
				r.ManagementToken = secret.Reveal()
			}
		}
		return nil
	}
	if r.AccessToken != "" {
		return nil
	}
	tenant, err := a.Store.TenantByCode(ctx, t.Code)
	if err != nil {
		return err
	}
	digest, _, err := a.Keys.Digest(ctx, tenant.ID, secret)
	if err != nil {
		return err
	}
	if record, found := a.Gateway.Tokens.Lookup([32]byte(digest)); !found || record.State != gateway.Live {
		return nil
	}
	if call := s.example(a, t, token); call != "" {
		r.AccessToken, r.ExampleCall = secret.Reveal(), call
	}
	return nil
}

// example is a GET without path parameters that the token may make.
func (s *show) example(a *app.App, t world.Tenant, token world.Token) string {
	for _, p := range token.Permissions {
		engine := s.upstreams.Engine(t.Slug, p.API, p.Version)
		for _, operation := range engine.Operations() {
			if request, ok := engine.Example(operation, 1); ok && request.Method == "GET" && !strings.Contains(operation, "{") {
				return a.GatewayURL.String() + demo.Path(t.Slug, p.API, p.Version) + request.Path
			}
		}
	}
	return ""
}

func (s *show) print(r Ready, a *app.App) {
	p := func(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }
	p("\n  Portal    %s", r.Portal)
	p("  Gateway   %s", r.Gateway)
	p("  Mailbox   %s/dev/mailbox\n", r.Portal)
	p("Become one of these people: each link makes a passkey in your browser and works once.\n")
	for _, person := range r.People {
		p("  %-13s %s", person.Name, person.EnrolURL)
	}
	p("\n  No passkey provider on this computer? Chrome and Edge have one for trying:")
	p("  DevTools › ⋮ › More tools › WebAuthn › Enable virtual authenticator environment, then Add.")
	p("  Chrome, Edge and Firefox accept secure cookies on http://localhost; Safari does not.")
	p("  On a remote machine, forward both ports first:")
	p("  ssh -L %s:localhost:%[1]s -L %s:localhost:%[2]s HOST", a.PortalURL.Port(), a.GatewayURL.Port())
	if r.AccessToken != "" {
		p("\nA call with a live token:\n")
		p("  curl -H 'Authorization: Bearer %s' '%s'\n", r.AccessToken, r.ExampleCall)
	} else {
		p("\nNone of the demo's tokens is live any more; make one in the portal.\n")
	}
	if r.ManagementToken != "" {
		p("A management token of %s, for %s/docs/api:\n\n  %s\n", r.Tenants[0].Name, r.Portal, r.ManagementToken)
	}
	p("Ctrl-C stops it; the same data and tokens are there at the next start. make demo-reset begins anew.")
}
