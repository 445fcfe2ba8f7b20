package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/config"
	"gatehouse/internal/logging"
	"gatehouse/internal/store"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// NoteBackup keeps when and where a backup was made or failed, for the page of health,
// beside a server or without one.
func NoteBackup(ctx context.Context, c config.Checked, b models.Backup) (err error) {
	s, err := store.OpenBeside(ctx, StoreOptions(c, clock.System))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	name := models.SettingBackup
	if b.Failed != "" {
		name, b.Failed = models.SettingBackupFailed, logging.Redact(b.Failed)
	}
	b.At = s.Now()
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return s.Platform(ctx, func(p store.Platform) error { return p.SetSetting(name, string(text)) })
}

// backups are the last that was made and the last that failed; zero for none.
func (a *App) backups(ctx context.Context) (made, failed models.Backup, err error) {
	err = a.Store.Survey(ctx, func(p store.Platform) error {
		all, err := p.Settings(models.SettingBackup, models.SettingBackupFailed)
		_ = json.Unmarshal([]byte(all[models.SettingBackup].Value), &made) // none, or none that can be read
		_ = json.Unmarshal([]byte(all[models.SettingBackupFailed].Value), &failed)
		return err
	})
	return made, failed, err
}

// backupCondition is well where the last backup is young, and none failed since.
func (a *App) backupCondition(ctx context.Context) models.Condition {
	const name = "Backup"
	do := "Run gatehouse backup, every night for instance."
	if a.storeOptions().Postgres() {
		do = "PostgreSQL has its own tools; let what runs them say so afterwards with gatehouse backup --elsewhere."
	}
	made, failed, err := a.backups(ctx)
	now := a.clock.Now()
	switch {
	case err != nil:
		return models.Condition{Name: name, Says: "It cannot be read when there was one.", Do: "Look at the database."}
	case failed.At.After(made.At):
		return models.Condition{Name: name, Says: fmt.Sprintf("The last one failed %s: %s. %s", ui.Ago(failed.At, now), failed.Failed, lastBackup(made, now)), Do: "See to the reason, and make one now."}
	case made.At.IsZero():
		return models.Condition{Name: name, Says: "Nobody has told of one yet.", Do: do}
	}
	return well(name, now.Sub(made.At) <= models.BackupAge, lastBackup(made, now), lastBackup(made, now), do)
}

func lastBackup(b models.Backup, now time.Time) string {
	switch {
	case b.At.IsZero():
		return "There was none before."
	case b.Bytes == 0:
		return fmt.Sprintf("The last one was made %s, in %s.", ui.Ago(b.At, now), b.Where)
	}
	return fmt.Sprintf("The last one was made %s, %s in %s.", ui.Ago(b.At, now), ui.Bytes(b.Bytes), b.Where)
}
