package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/models"
)

type backupCommand struct {
	config.Config
	To string `arg:"" help:"Folder to make and copy into; with --elsewhere, where the backup is."`

	Elsewhere bool   `help:"Copy nothing: note for the page of health that another program, like pg_dump, has made a backup at TO."`
	Bytes     int64  `help:"With --elsewhere: its size." placeholder:"N"`
	Failed    string `help:"With --elsewhere: note that it failed, and why." placeholder:"REASON"`
}

// Run copies the SQLite files with the database's own means, so that each copy is
// of one moment, and the audit checkpoints. The folder appears when it is whole.
// The key file is not copied: who has both can read everything. What became of it is kept
// in the database, where operators see it.
func (b *backupCommand) Run(ctx context.Context) error {
	checked, err := b.Check()
	if err != nil {
		return err
	}
	note := models.Backup{Where: b.To, Bytes: b.Bytes, Failed: b.Failed}
	if b.Elsewhere {
		return app.NoteBackup(ctx, checked, note)
	}
	if b.Bytes != 0 || b.Failed != "" {
		return config.Mistaken(errors.New("--bytes and --failed tell of a backup that another program made; name --elsewhere with them"))
	}
	err = b.copy(ctx, checked)
	if _, mistaken := errors.AsType[config.Mistake](err); mistaken {
		return err
	}
	if note.Where, note.Bytes = absolute(b.To), sizeOf(b.To); err != nil {
		note.Failed = err.Error()
	}
	if noteErr := app.NoteBackup(ctx, checked, note); noteErr != nil {
		fmt.Fprintf(os.Stderr, "gatehouse: the page of health does not know of this backup: %v\n", noteErr)
	}
	return err
}

// absolute is a path as somebody in another folder would write it.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// sizeOf is how many bytes the files of a folder hold.
func sizeOf(dir string) (n int64) {
	files, _ := os.ReadDir(dir) // none where there is no folder
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

func (b *backupCommand) copy(ctx context.Context, checked config.Checked) (err error) {
	if app.StoreOptions(checked, nil).Postgres() {
		return config.Mistaken(errors.New("GATEHOUSE_DATABASE: the records are in PostgreSQL, which has its own tools: copy the schema with pg_dump, " +
			"and " + filepath.Join(checked.Dir, app.CheckpointFile) + " with it"))
	}
	if _, err := os.Lstat(b.To); err == nil {
		return fmt.Errorf("%s is there already; name a folder that is not", b.To)
	}
	if _, err := os.Stat(checked.Database); err != nil {
		return config.Mistaken(fmt.Errorf("there is no database at %s; set GATEHOUSE_DIR, or GATEHOUSE_DATABASE, as the server has it", checked.Database))
	}
	to := filepath.Clean(b.To)
	temporary, err := os.MkdirTemp(filepath.Dir(to), "."+filepath.Base(to)+"-")
	if err != nil {
		return fmt.Errorf("making the folder of the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	if err := copyInto(ctx, checked, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, to); err != nil {
		return fmt.Errorf("making the folder of the backup: %w", err)
	}
	fmt.Printf("Copied to %s. The key file is not part of it, and without it the copy is useless: keep a copy of %s at another place.\n", to, checked.KeyFile)
	return nil
}

// copyInto fills the folder of a backup. The files have the names that a server
// looks for in a data folder. The checkpoints go first: the records may have
// grown past the last one, but never fall short of it.
func copyInto(ctx context.Context, c config.Checked, dir string) error {
	err := copyFile(filepath.Join(c.Dir, app.CheckpointFile), filepath.Join(dir, app.CheckpointFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // there is none before the first one is written
		return fmt.Errorf("copying the audit checkpoints: %w", err)
	}
	if err := copyDatabase(ctx, c.Database, filepath.Join(dir, "gatehouse.db")); err != nil {
		return fmt.Errorf("copying %s: %w", c.Database, err)
	}
	usage := filepath.Join(c.Dir, "usage.db")
	if err := copyDatabase(ctx, usage, filepath.Join(dir, "usage.db")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copying %s: %w", usage, err)
	}
	return nil
}

func copyDatabase(ctx context.Context, from, to string) (err error) {
	if _, err := os.Stat(from); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: from}).EscapedPath()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	made, err := create(to) // SQLite would make it readable by others; it takes an empty file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.Sync(), made.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO '"+strings.ReplaceAll(to, "'", "''")+"'")
	return err
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

func create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}
