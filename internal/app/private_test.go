package app

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/models"
)

func quick(t *testing.T, dir string) config.Checked {
	t.Helper()
	c, err := config.Config{Dir: dir, PortalAddr: "localhost:0", GatewayAddr: "localhost:0", OpsAddr: "localhost:0", StaleMax: 10e9}.Check()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, c config.Checked) *App { t.Helper(); return openAt(t, c, nil) }

func openAt(t *testing.T, c config.Checked, now clock.Clock) *App {
	t.Helper()
	a, err := New(t.Context(), c, Options{Clock: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// R143: whoever may enter the folder cannot read what is in it, also after a
// copy that lost the files' modes.
func TestDatabasesAreTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := quick(t, dir)
	for range 2 {
		a := open(t, c)
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) < 6 {
			t.Fatalf("%v %v", files, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v %v", file, info.Mode(), err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gatehouse.db", "usage.db"} {
			if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The host of the passkeys may change until there is one.
func TestTheFirstPasskeyBindsTheHost(t *testing.T) {
	c := quick(t, t.TempDir())
	a := open(t, c)
	defer a.Close()
	for _, host := range []string{"localhost", "portal.example", "other.example"} {
		if err := keepRPID(t.Context(), a.Store, host); err != nil {
			t.Errorf("%s, without a passkey: %v", host, err)
		}
	}
	u, err := a.Portal.Accounts.DemoPerson(t.Context(), "Ann", "ann@test.example", models.NotStaff)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Store.Do(t.Context(), models.Actor{}, models.AccountUse, func(tx *store.Tx) error {
		if err := tx.InsertPasskey(&models.Passkey{ID: models.NewID(), UserID: u.ID, CredentialID: []byte("c"), PublicKey: []byte("k"), Name: "key", AAGUID: make([]byte, 16), Transports: nil}); err != nil {
			return err
		}
		return tx.Record("user", u.ID, nil, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := keepRPID(t.Context(), a.Store, "other.example"); err != nil {
		t.Errorf("the same host: %v", err)
	}
	if err := keepRPID(t.Context(), a.Store, "portal.example"); err == nil {
		t.Error("another host would make the passkey useless")
	}
}
