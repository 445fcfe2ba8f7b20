package portal_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R99: the fault names the form's field, and nothing changes.
func TestAnUpstreamIsChecked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		v, err := s.portal.APIs.CreateVersion(s.ctx, s.as("manager"), s.made("a"), "v1")
		s.must(err)
		for _, url := range []string{"", "ftp://a.example", "https://u@a.example", "https://127.0.0.1", "https://10.0.0.1/", "https://portal.example",
			"https://a.example/#x", "https://a.example/?q=1", "https://a.example:5432", "http://a.example", "https:///x", "https://[::1%25lo]"} {
			_, err := s.portal.APIs.SetUpstream(s.ctx, s.as("manager"), "a", "v1", models.Version{Upstream: url, BodyLimit: 1000, Revision: v.Revision})
			if e := fault.From(err); e.Kind != fault.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "upstream" {
				t.Errorf("%q: %v %v", url, err, e.Fields)
			}
		}
		_, err = s.portal.APIs.SetUpstream(s.ctx, s.as("manager"), "a", "v1", models.Version{Upstream: "https://UP.example:443/x/", BodyLimit: 0, Revision: v.Revision})
		if e := fault.From(err); len(e.Fields) != 1 || e.Fields[0].Name != "body_limit" {
			t.Errorf("no body limit: %v", err)
		}
		after, err := s.portal.APIs.SetUpstream(s.ctx, s.as("manager"), "a", "v1", models.Version{Upstream: " https://UP.example:443/x/ ", BodyLimit: 5, Revision: v.Revision})
		if err != nil || after.Upstream != "https://up.example/x" {
			t.Errorf("stored %q, %v", after.Upstream, err)
		}
		_, err = s.portal.APIs.SetUpstream(s.ctx, s.as("manager"), "a", "v1", models.Version{Upstream: "https://other.example", BodyLimit: 5, Revision: v.Revision})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a change of what somebody else changed: %v", err)
		}
	})
}

// made is the slug of a new API.
func (s *shop) made(slug string) string {
	s.t.Helper()
	a, err := s.portal.APIs.Create(s.ctx, s.as("manager"), models.API{Slug: slug, Name: slug})
	s.must(err)
	return a.Slug
}

// R24, R106-R108: a credential needs a passkey, is sealed for its origin, comes
// back nowhere, and is detached when the origin changes.
func TestACredentialBelongsToItsOrigin(t *testing.T) {
	const canary = "canary-value-of-the-upstream"
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		apis := s.portal.APIs
		_, err := apis.CreateVersion(s.ctx, s.as("manager"), s.made("a"), "v1")
		s.must(err)
		bench := func() portal.Workbench {
			w, err := apis.Workbench(s.ctx, s.as("manager"), "a", "v1")
			s.must(err)
			return w
		}
		id := bench().Version.ID
		if err := apis.SetCredential(s.ctx, s.proven(id), "a", "v1", "X-Api-Key", canary); fault.Code(err) != "upstream_missing" {
			t.Errorf("without an upstream: %v", err)
		}
		s.upstream("a", "v1", "https://up.example/one")
		if err := apis.SetCredential(s.ctx, s.as("manager"), "a", "v1", "X-Api-Key", canary); fault.Code(err) != "step_up_required" {
			t.Errorf("without a passkey: %v", err)
		}
		if err := apis.SetCredential(s.ctx, s.proven("another"), "a", "v1", "X-Api-Key", canary); fault.Code(err) != "step_up_required" {
			t.Errorf("with a passkey for something else: %v", err)
		}
		s.must(apis.SetCredential(s.ctx, s.proven(id), "a", "v1", "X-Api-Key", canary))
		w := bench()
		if shown := fmt.Sprintf("%+v", w); w.Credential == nil || w.Credential.Sealed != nil || strings.Contains(shown, canary) {
			t.Fatalf("the page gets %s", shown)
		}
		sealed := s.sealed(id)
		if value, err := s.keys.OpenCredential(sealed); err != nil || string(value.Expose()) != canary {
			t.Errorf("the vault opens it as %v, %v", value, err)
		}
		moved := sealed
		moved.Origin = "https://evil.example"
		if _, err := s.keys.OpenCredential(moved); err == nil {
			t.Error("it opens for another origin")
		}
		s.upstream("a", "v1", "https://up.example/two")
		if w := bench(); w.Version.Detached(*w.Credential) {
			t.Error("another path on the same origin detaches it")
		}
		s.upstream("a", "v1", "https://up.example:8443/two")
		if w := bench(); w.Credential == nil || !w.Version.Detached(*w.Credential) {
			t.Error("another port does not detach it")
		}
		s.must(apis.SetCredential(s.ctx, s.proven(id), "a", "v1", "X-Api-Key", canary+"2"))
		if w := bench(); w.Version.Detached(*w.Credential) || w.Credential.Number != 2 {
			t.Errorf("entered again: %+v", w.Credential)
		}
		s.must(apis.DeleteCredential(s.ctx, s.proven(id), "a", "v1"))
		if bench().Credential != nil {
			t.Error("it is still there")
		}
		if log := s.auditLog(); strings.Contains(log, canary) || !strings.Contains(log, "credential") {
			t.Errorf("the audit log: %s", log)
		}
	})
}

func (s *shop) sealed(version string) (c models.Credential) {
	s.must(s.store.As(s.ctx, s.as("manager"), func(r store.Tenant) (err error) {
		c, _, err = r.Credential(version)
		return err
	}))
	return c
}

// auditLog is everything that the tenant's chain says.
func (s *shop) auditLog() string {
	var b strings.Builder
	s.must(s.store.As(s.ctx, s.as("admin"), func(r store.Tenant) error {
		events, err := r.AuditEvents(store.AuditFilter{Limit: 100})
		for _, e := range events {
			fmt.Fprintf(&b, "%s %s\n", e.Action, e.Details)
		}
		return err
	}))
	return b.String()
}
