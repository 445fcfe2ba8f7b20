package portal

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"gatehouse/internal/archive"
	"gatehouse/internal/fault"
	"gatehouse/models"
)

// uploadsKept bounds the archives that wait for somebody to confirm the import, in
// the folder of the server that took them.
const (
	uploadLifetime = time.Hour
	uploadsKept    = 4
)

// Offer takes an archive, checks it whole, and keeps it for an hour until somebody
// confirms the import. It is answered with an id.
func (a *Archives) Offer(ctx context.Context, actor models.Actor, r io.ReaderAt, size int64) (id string, err error) {
	if err := actor.May(models.TenantCarry); err != nil {
		return "", err
	}
	if !a.busy.TryLock() {
		return "", errArchiveBusy()
	}
	defer a.busy.Unlock()
	if _, err := ReadArchive(r, size); err != nil {
		return "", err
	}
	if err := os.MkdirAll(a.uploads(), 0o700); err != nil {
		return "", err
	}
	if err := a.sweepUploads(); err != nil {
		return "", err
	}
	id = models.NewID()
	f, err := os.OpenFile(a.upload(id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, io.NewSectionReader(r, 0, size))
	now := a.store.Now()
	if err = errors.Join(err, f.Close(), os.Chtimes(a.upload(id), now, now)); err != nil {
		return "", errors.Join(err, os.Remove(a.upload(id)))
	}
	return id, nil
}

// Look shows what is in an archive that was offered, and what is in the way.
func (a *Archives) Look(ctx context.Context, actor models.Actor, id string, choice ArchiveChoice) (b Bringing, err error) {
	if err := actor.May(models.TenantCarry); err != nil {
		return b, err
	}
	err = a.opened(id, func(file *archive.Archive) error {
		b, _, _, err = a.check(ctx, file, choice)
		return err
	})
	return b, err
}

// Confirm imports an archive that was offered, which demands a step-up for its id
// (R24). It is not kept any longer then.
func (a *Archives) Confirm(ctx context.Context, actor models.Actor, id string, choice ArchiveChoice) (b Bringing, tenant models.Tenant, err error) {
	if err := actor.May(models.TenantCarry); err != nil {
		return b, tenant, err
	}
	err = a.opened(id, func(file *archive.Archive) error {
		b, tenant, err = a.Import(ctx, actor, file, choice, id)
		return err
	})
	if err == nil {
		err = os.Remove(a.upload(id))
	}
	return b, tenant, err
}

func (a *Archives) opened(id string, fn func(*archive.Archive) error) (err error) {
	gone := fault.New(fault.NotFound, "not_found", "This archive is not kept here any more. Upload it again.")
	if !models.IsID(id) {
		return gone
	}
	f, err := os.Open(a.upload(id))
	if errors.Is(err, os.ErrNotExist) {
		return gone
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if a.store.Now().Sub(info.ModTime()) > uploadLifetime {
		return gone
	}
	file, err := ReadArchive(f, info.Size()) // again: the disk is not what we checked
	if err != nil {
		return err
	}
	return fn(file)
}

func (a *Archives) uploads() string { return filepath.Join(a.dir, "archives") }

func (a *Archives) upload(id string) string { return filepath.Join(a.uploads(), id+".zip") }

// sweepUploads removes what nobody came back to, and refuses more than a few.
func (a *Archives) sweepUploads() error {
	entries, err := os.ReadDir(a.uploads())
	if err != nil {
		return err
	}
	kept := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // somebody confirmed it just now
		}
		if kept++; a.store.Now().Sub(info.ModTime()) > uploadLifetime {
			kept--
			if err := os.Remove(filepath.Join(a.uploads(), e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	if kept >= uploadsKept {
		return fault.New(fault.TooMany, "archive_busy", "%d archives wait for their confirmation already. Import them, or wait an hour.", kept).After(uploadLifetime)
	}
	return nil
}
