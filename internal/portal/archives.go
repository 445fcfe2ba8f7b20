package portal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/archive"
	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Archives are the use cases around the file in which a tenant goes from one
// installation to another. docs/archive.md says what is in it, and why.
type Archives struct {
	store       *store.Store
	keys        *keyring.Keyring
	dir         string // where uploads wait for a confirmation
	origin      string
	checkpoints func(context.Context) ([]audit.Checkpoint, error)
	upstreams   Upstreams

	// One at a time: an archive reads or writes all of a tenant, and the others go on
	// meanwhile (R133).
	busy sync.Mutex
}

// archiveTime is the longest that making or reading an archive may take.
const archiveTime = 10 * time.Minute

// The parts of an archive that are not a table as it is.
const (
	partTenant      = "tenant"
	partPeople      = "people"
	partAudit       = "audit"
	partCheckpoints = "audit_checkpoints"
)

// ArchiveFile is an archive that was made. Close removes it.
type ArchiveFile struct {
	*os.File
	Name        string // to save it under
	Size        int64
	Fingerprint string // of the key that signed it
}

// archivedPerson is somebody whom the rows of an archive name. The address is there
// for those who had a role or a team: they are invited to it. No passkey, recovery
// code or session goes into an archive.
type archivedPerson struct {
	ID    string           `json:"id"`
	Name  string           `json:"name"`
	State models.UserState `json:"state"`
	Email string           `json:"email"`
	Role  models.Role      `json:"role"`
	Teams []archivedPlace  `json:"teams"`
}

type archivedPlace struct {
	Team string          `json:"team"`
	Role models.TeamRole `json:"role"`
}

// Fingerprint of the key with which this installation signs archives, for those who
// are to believe them.
func (a *Archives) Fingerprint(ctx context.Context) (string, error) {
	key, err := a.keys.CheckpointKey(ctx)
	if err != nil {
		return "", err
	}
	return archive.Fingerprint(key.Public().(ed25519.PublicKey)), nil
}

// Export makes the archive of the actor's tenant. It demands a step-up for the
// tenant's slug (R24) and is recorded in the chain that goes along.
func (a *Archives) Export(ctx context.Context, actor models.Actor) (*ArchiveFile, error) {
	if err := actor.May(models.TenantExport); err != nil {
		return nil, err
	}
	return a.export(ctx, actor, models.TenantExport, func(tx *store.Tx) error { return tx.UseProof(actor.Tenant().Slug) })
}

// ExportFrom makes the archive of a tenant from outside: for operators of one that is
// suspended or archived, which demands a step-up for its slug (R24), and for the
// command line of any.
func (a *Archives) ExportFrom(ctx context.Context, actor models.Actor, slug string) (*ArchiveFile, error) {
	if err := actor.May(models.TenantCarry); err != nil {
		return nil, err
	}
	tenant, err := a.store.TenantBySlug(ctx, slug)
	if err != nil {
		return nil, err
	}
	if tenant.State == models.TenantActive && actor.Job() == "" {
		return nil, fault.New(fault.Conflict, "export_is_the_admins", "The archive of an active tenant is made by its admins, in its settings. Suspend it first to make one from outside.")
	}
	return a.export(ctx, inside(actor, tenant), models.TenantCarry, func(tx *store.Tx) error {
		if err := useProof(tx, actor, slug); err != nil {
			return err
		}
		return tx.In(outside(actor), func(tx *store.Tx) error {
			return tx.RecordAs("tenant.export", "tenant", tenant.ID, map[string]any{"slug": slug}, nil, nil)
		})
	})
}

func (a *Archives) export(ctx context.Context, inside models.Actor, action models.Action, begin func(*store.Tx) error) (f *ArchiveFile, err error) {
	if !a.busy.TryLock() {
		return nil, errArchiveBusy()
	}
	defer a.busy.Unlock()
	ctx, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	tenant := inside.Tenant()
	err = a.store.Do(ctx, inside, action, func(tx *store.Tx) error {
		if err := begin(tx); err != nil {
			return err
		}
		return tx.RecordAs("tenant.export", "tenant", tenant.ID, nil, nil, nil)
	})
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "gatehouse-archive-")
	if err != nil {
		return nil, err
	}
	f = &ArchiveFile{File: file, Name: tenant.Slug + "-" + a.store.Now().Format("20060102-1504") + ".gatehouse.zip"}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if f.Fingerprint, err = a.Fingerprint(ctx); err != nil {
		return f, err
	}
	if err = a.write(ctx, inside, file); err != nil {
		return f, err
	}
	if f.Size, err = file.Seek(0, io.SeekCurrent); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return f, err
}

// Close removes the file.
func (f *ArchiveFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.File.Name())) }

func errArchiveBusy() error {
	return fault.New(fault.TooMany, "archive_busy", "Another archive is being made or read. Try again in a minute.").After(time.Minute)
}

// write writes all of a tenant as it is at one moment.
func (a *Archives) write(ctx context.Context, inside models.Actor, to io.Writer) error {
	key, err := a.keys.CheckpointKey(ctx)
	if err != nil {
		return err
	}
	var before []audit.Checkpoint
	if a.checkpoints != nil {
		before, err = a.checkpoints(ctx)
		if _, damaged := errors.AsType[*audit.LineError](err); err != nil && !damaged {
			return err
		}
	}
	out, err := archive.Create(to, a.store.Now())
	if err != nil {
		return err
	}
	var tenant models.Tenant
	err = a.store.Snapshot(ctx, inside, func(r store.Tenant) error {
		if tenant, err = r.TenantByID(inside.Tenant().ID); err != nil {
			return err
		}
		people := map[string]*archivedPerson{}
		if err := writeTables(out, r, people); err != nil {
			return err
		}
		if err := writePeople(out, r, people); err != nil {
			return err
		}
		return writeChain(out, r, key, before)
	})
	if err != nil {
		return err
	}
	m := archive.Manifest{Origin: a.origin, Tenant: archive.Tenant{ID: tenant.ID, Slug: tenant.Slug, Code: tenant.Code, Name: tenant.Name}}
	for _, name := range slices.Sorted(maps.Keys(store.LeftOut)) {
		m.LeftOut = append(m.LeftOut, archive.Absent{Name: name, Why: store.LeftOut[name]})
	}
	return out.Close(m, key)
}

// writeTables writes the tenant and its tables, and gathers whom they name.
func writeTables(out *archive.Writer, r store.Tenant, people map[string]*archivedPerson) error {
	line, err := r.CarryTenant()
	if err == nil {
		err = out.Part(partTenant)
	}
	if err == nil {
		err = out.Row(line)
	}
	if err != nil {
		return err
	}
	for _, table := range store.CarriedTables() {
		if err := out.Part(table); err != nil {
			return err
		}
		err := r.CarryOut(table, func(line []byte, named []string) error {
			for _, id := range named {
				person(people, id)
			}
			return out.Row(line)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func person(people map[string]*archivedPerson, id string) *archivedPerson {
	if people[id] == nil {
		people[id] = &archivedPerson{ID: id, Teams: []archivedPlace{}}
	}
	return people[id]
}

// writePeople writes whom the rows name, and who has a role or a team, or had one in
// the installation before and was not invited yet.
func writePeople(out *archive.Writer, r store.Tenant, people map[string]*archivedPerson) error {
	placed := map[string]bool{}
	err := r.EachPlace(func(m models.Member) {
		person(people, m.UserID).Role, placed[m.UserID] = m.Role, true
	}, func(m models.Membership) {
		p := person(people, m.UserID)
		p.Teams, placed[m.UserID] = append(p.Teams, archivedPlace{m.TeamID, m.Role}), true
	})
	if err != nil {
		return err
	}
	arrivals, err := allArrivals(r)
	if err != nil {
		return err
	}
	for _, one := range arrivals {
		p := person(people, one.UserID)
		p.Email, p.Role = one.Email, one.Role
		for _, t := range one.Teams {
			p.Teams = append(p.Teams, archivedPlace{t.Team, t.Role})
		}
	}
	if err := out.Part(partPeople); err != nil {
		return err
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(people)), 500) {
		users, err := r.Users(ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			p, u := people[id], users[id]
			if u.ID == "" {
				continue // a column that may name a person names something else
			}
			p.Name, p.State = u.Name, u.State
			if placed[id] && u.State != models.UserDeleted {
				p.Email = u.Email
			}
			line, err := archive.Encode(p)
			if err == nil {
				err = out.Row(line)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// allArrivals are all who have not come back yet.
func allArrivals(r store.Tenant) (all []models.Arrival, err error) {
	for after := ""; ; {
		some, err := r.Arrivals(after, store.PageMost)
		if all = append(all, some...); err != nil || len(some) < store.PageMost {
			return all, err
		}
		after = some[len(some)-1].Email
	}
}

// writeChain writes the audit chain with the checkpoints that are known of it, and
// one more for its end.
func writeChain(out *archive.Writer, r store.Tenant, key ed25519.PrivateKey, before []audit.Checkpoint) error {
	head, err := r.AuditHead()
	if err == nil {
		err = out.Part(partAudit)
	}
	if err != nil {
		return err
	}
	for e, err := range r.AuditChain(head) {
		var line bytes.Buffer
		if err == nil {
			err = audit.Encode(&line, e)
		}
		if err == nil {
			err = out.Row(bytes.TrimSuffix(line.Bytes(), []byte("\n")))
		}
		if err != nil {
			return err
		}
	}
	if err := out.Part(partCheckpoints); err != nil {
		return err
	}
	public := key.Public().(ed25519.PublicKey)
	for _, c := range append(slices.Clone(before), audit.Sign(key, head, r.Now())) {
		if c.ChainID != head.ChainID || c.Seq > head.Seq || c.Verify(public) != nil {
			continue
		}
		if err := out.Row(bytes.TrimSuffix(c.Line(), []byte("\n"))); err != nil {
			return err
		}
	}
	return nil
}
