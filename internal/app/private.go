package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gatehouse/internal/config"
)

// keepPrivate makes the SQLite files readable by their owner alone, also those
// that a copy or another program left open (R143). SQLite gives the files beside
// a database the mode of the database; so usage.db is made here with the right one.
func (a *App) keepPrivate(ctx context.Context, _ Options) error {
	if a.storeOptions().Postgres() {
		return nil
	}
	usage := filepath.Join(a.config.Dir, "usage.db")
	f, err := os.OpenFile(usage, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return config.Mistaken(fmt.Errorf("GATEHOUSE_DIR: %w; make the folder writable, or choose another one", err))
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, db := range []string{a.config.Database, usage} {
		for _, path := range []string{db, db + "-wal", db + "-shm"} {
			info, err := os.Stat(path)
			if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&0o077 == 0 {
				continue
			}
			if err == nil {
				err = os.Chmod(path, 0o600)
			}
			if err != nil {
				return config.Mistaken(fmt.Errorf("others can read the database %s, and that cannot be changed (%w); run chmod 600 on it", path, err))
			}
			a.log.WarnContext(ctx, "others could read a database; now its owner alone can", "file", path, "mode", info.Mode().String())
		}
	}
	return nil
}
