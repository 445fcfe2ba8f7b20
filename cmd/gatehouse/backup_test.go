package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// installed is an installation with a chain and a checkpoint, its database elsewhere than its folder.
func installed(t *testing.T) (dir, database string) {
	t.Helper()
	dir, database = t.TempDir(), filepath.Join(t.TempDir(), "its other.db")
	checked, err := config.Config{Dir: dir, Database: database, PortalAddr: "localhost:0", GatewayAddr: "localhost:0", OpsAddr: "localhost:0", StaleMax: 10e9}.Check()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), checked, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Portal.Accounts.DemoPerson(t.Context(), "Ann", "ann@test.example", models.NotStaff); err != nil {
		t.Fatal(err)
	}
	if err := a.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, database
}

// A backup with the key is the installation, its audit chain whole and as long as its checkpoints say.
func TestABackupIsRestored(t *testing.T) {
	dir, database := installed(t)
	to := filepath.Join(t.TempDir(), "it's a backup")
	code, stdout, stderr := command(t, "backup", "--dir", dir, "--database", database, to)
	if code != 0 || !strings.Contains(stdout, filepath.Join(dir, "key")) {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, name := range []string{"gatehouse.db", "usage.db", app.CheckpointFile} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode() != 0o600 || info.Size() == 0 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "key")); err == nil {
		t.Error("the key lies beside what it opens")
	}
	key, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := command(t, "audit", "verify", "--dir", to); code != 0 || !strings.Contains(stdout, "1 checkpoints agree") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := command(t, "backup", "--dir", dir, "--database", database, to); code == 0 || !strings.Contains(stderr, "name a folder that is not") {
		t.Errorf("over a backup: exit %d: %s", code, stderr)
	}
}

// A backup that fails leaves nothing, says why, and goes through the next time.
func TestABackupIsWholeOrNotThere(t *testing.T) {
	dir, database := installed(t)
	place := t.TempDir()
	to := filepath.Join(place, "backup")
	usage := filepath.Join(dir, "usage.db")
	sound, err := os.ReadFile(usage)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(usage, []byte("this is no database, it is just some text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "backup", "--dir", dir, "--database", database, to); code != 1 || !strings.Contains(stderr, usage) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if err := os.WriteFile(usage, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "backup", "--dir", dir, "--database", database, to); code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for what, args := range map[string][]string{
		"pg_dump":       {"--database", "postgres://u@db.example/x"},
		"GATEHOUSE_DIR": {"--database", filepath.Join(place, "nothing.db")},
	} {
		if code, _, stderr := command(t, append([]string{"backup", "--dir", dir, filepath.Join(place, "another")}, args...)...); code != config.ExitCode || !strings.Contains(stderr, what) {
			t.Errorf("%s: exit %d: %s", what, code, stderr)
		}
	}
}

// R123: a damaged line is named with its file, and everything else is checked all the same.
func TestVerifyingWithADamagedCheckpoint(t *testing.T) {
	dir, database := installed(t)
	path := filepath.Join(dir, app.CheckpointFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("damaged\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := command(t, "audit", "verify", "--dir", dir, "--database", database)
	if code != 2 || !strings.Contains(stdout, path+": line 1") || !strings.Contains(stdout, "1 checkpoints agree") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// What became of a backup stands in the installation, also of one that another program
// made, or that failed.
func TestBackupsAreNoted(t *testing.T) {
	dir, database := installed(t)
	noted := func() (made, failed models.Backup) {
		t.Helper()
		s, err := store.OpenReading(t.Context(), store.Options{URL: database})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		err = s.Survey(t.Context(), func(p store.Platform) error {
			all, err := p.Settings(models.SettingBackup, models.SettingBackupFailed)
			_ = json.Unmarshal([]byte(all[models.SettingBackup].Value), &made)
			_ = json.Unmarshal([]byte(all[models.SettingBackupFailed].Value), &failed)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return made, failed
	}
	to := filepath.Join(t.TempDir(), "backup")
	run := func(want int, args ...string) {
		t.Helper()
		if code, stdout, stderr := command(t, append([]string{"backup", "--dir", dir, "--database", database}, args...)...); code != want {
			t.Fatalf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
	run(0, to)
	if made, failed := noted(); made.Where != to || made.Bytes == 0 || made.At.IsZero() || !failed.At.IsZero() {
		t.Errorf("made %+v, failed %+v", made, failed)
	}
	run(1, to) // it is there already
	if made, failed := noted(); made.Where != to || failed.Where != to || !strings.Contains(failed.Failed, "is there already") || failed.At.Before(made.At) {
		t.Errorf("made %+v, failed %+v", made, failed)
	}
	run(0, "--elsewhere", "--bytes", "4711", "s3://backups/today")
	run(0, "--elsewhere", "--failed", "no room; token gth_aa_0123456789", "s3://backups/tomorrow")
	if made, failed := noted(); made.Where != "s3://backups/today" || made.Bytes != 4711 || failed.Where != "s3://backups/tomorrow" || failed.Failed != "no room; token gth_…" {
		t.Errorf("made %+v, failed %+v", made, failed)
	}
	run(config.ExitCode, "--bytes", "1", to+"2")
}
