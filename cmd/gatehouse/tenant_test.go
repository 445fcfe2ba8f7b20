package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// withTenant is an installation with a tenant.
func withTenant(t *testing.T, slug string) (flags []string) {
	t.Helper()
	dir := t.TempDir()
	checked, err := config.Config{Dir: dir, PortalAddr: "localhost:0", GatewayAddr: "localhost:0", OpsAddr: "localhost:0", StaleMax: 10e9}.Check()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), checked, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	operator, err := a.Portal.Accounts.DemoPerson(t.Context(), "Olga", "olga@test.example", models.StaffOperator)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Portal.Tenants.Create(t.Context(), models.NewActor(models.Standing{User: operator}, models.Tenant{}, models.Request{}),
		portal.NewTenant{Slug: slug, Code: slug, Name: "Tenant " + slug, Colour: "#0f766e"})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--dir", dir}
}

// On the command line a tenant leaves one installation and comes into another, which
// has to be told whose signature to expect.
func TestATenantMovesOnTheCommandLine(t *testing.T) {
	from, to := withTenant(t, "aa"), withTenant(t, "bb")
	file := filepath.Join(t.TempDir(), "aa.zip")
	do := func(want int, words string, args ...string) string {
		t.Helper()
		code, stdout, stderr := command(t, args...)
		if code != want || !strings.Contains(stdout+stderr, words) {
			t.Fatalf("%v: exit %d: %s%s, want %d and %q", args, code, stdout, stderr, want, words)
		}
		return stdout
	}
	with := func(flags []string, args ...string) []string { return append(args, flags...) }
	do(1, "no such tenant", with(from, "tenant", "export", "zz", file)...)
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a file without a tenant")
	}
	do(0, "signed with the key", with(from, "tenant", "export", "aa", file)...)
	do(1, "is there already", with(from, "tenant", "export", "aa", file)...)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v %v", info, err)
	}
	key := strings.TrimSpace(do(0, "", with(from, "tenant", "key")...))
	other := strings.TrimSpace(do(0, "", with(to, "tenant", "key")...))
	do(0, key, "tenant", "verify", file)
	do(0, "with the key named", "tenant", "verify", file, "--fingerprint", key)
	do(1, "another key", "tenant", "verify", file, "--fingerprint", other)
	do(1, "not the fingerprint", with(to, "tenant", "import", file, "--fingerprint", other)...)
	do(1, "has the slug bb", with(to, "tenant", "import", file, "--fingerprint", key, "--slug", "bb")...)
	do(0, "suspended", with(to, "tenant", "import", file, "--fingerprint", strings.ToUpper(key))...)
	do(1, "already", with(to, "tenant", "import", file, "--fingerprint", key, "--slug", "cc", "--code", "cc")...)
	if out := do(0, "imported", with(to, "audit", "verify")...); strings.Contains(out, "BROKEN") {
		t.Error(out)
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	do(1, "does not fit", "tenant", "verify", file)
	do(1, "does not fit", with(withTenant(t, "cc"), "tenant", "import", file, "--fingerprint", key)...)
}
