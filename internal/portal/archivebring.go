package portal

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"gatehouse/internal/archive"
	"gatehouse/internal/audit"
	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// tidyTenant makes of a tenant elsewhere one that arrives here.
func tidyTenant(t *models.Tenant) {
	t.State, t.ArchivedAt = models.TenantSuspended, nil
	t.Logo, t.LogoType, t.LogoDark = tidyLogo(t.Logo, t.LogoType, t.LogoDark)
}

// tidyLogo draws a logo anew, as if it was uploaded here (R104); what is none goes.
func tidyLogo(logo []byte, kind string, dark []byte) ([]byte, string, []byte) {
	if len(logo) == 0 || kind != brand.LogoType {
		return nil, "", nil
	}
	light, err := brand.Logo(logo)
	if err != nil {
		return nil, "", nil
	}
	if dark, err = brand.Logo(dark); err != nil {
		dark = nil
	}
	return light, kind, dark
}

// bring stores the people, the rows, and the words by which they are found.
func bring(tx *store.Tx, file *archive.Archive, people []archivedPerson, upstreams Upstreams) error {
	here, err := bringPeople(tx, people)
	if err != nil {
		return err
	}
	carrier := tx.Carrier(here)
	for _, table := range store.CarriedTables() {
		if _, err := carrier.Carry(table, file.Lines(table), func(row any) error { return settle(tx, row, upstreams) }); err != nil {
			return err
		}
		if table == "teams" {
			if err := bringArrivals(tx, people, here); err != nil {
				return err
			}
		}
	}
	if err := carrier.Finish(); err != nil {
		return err
	}
	return index(tx, carrier)
}

// bringPeople stores who stands for the people of the archive. An id that is taken is
// never taken for the same person: they get another one.
func bringPeople(tx *store.Tx, people []archivedPerson) (here map[string]string, err error) {
	here = map[string]string{}
	for some := range slices.Chunk(people, 500) {
		var ids []string
		for _, p := range some {
			ids = append(ids, p.ID)
		}
		taken, err := tx.Users(ids)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			u := models.User{ID: p.ID, Name: p.Name, State: p.State}
			if _, ok := taken[p.ID]; ok {
				u.ID = models.NewID()
			}
			u.Absent(passkey.NewHandle())
			here[p.ID] = u.ID
			if err := tx.InsertAbsent(&u); err != nil {
				return nil, err
			}
		}
	}
	return here, nil
}

// bringArrivals keeps who had a role or a team.
func bringArrivals(tx *store.Tx, people []archivedPerson, here map[string]string) error {
	for _, p := range people {
		if p.Email == "" {
			continue
		}
		a := models.Arrival{UserID: here[p.ID], Email: p.Email, Role: p.Role, Teams: []models.ArrivalTeam{}}
		for _, t := range p.Teams {
			if _, err := tx.Team(t.Team); err != nil {
				if fault.Is(err, fault.NotFound) {
					return refused("somebody is in a team that is not in it")
				}
				return err
			}
			a.Teams = append(a.Teams, models.ArrivalTeam{Team: t.Team, Role: t.Role})
		}
		if err := tx.InsertArrival(&a); err != nil {
			return err
		}
	}
	return nil
}

// settle changes a row where it would otherwise do here what only the other
// installation can vouch for, and refuses one that no form would have taken.
func settle(tx *store.Tx, row any, upstreams Upstreams) error {
	if r, ok := row.(interface{ Check() error }); ok {
		if err := r.Check(); err != nil {
			return refusedValue(row, err)
		}
	}
	switch r := row.(type) {
	case *models.Version: // where nobody may call from here, no call goes (R96-R100)
		if _, err := upstreams.CheckURL(r.Upstream); err != nil {
			r.Upstream = ""
		}
	case *models.Source:
		if _, err := upstreams.CheckURL(r.URL); err != nil {
			r.Schedule, r.NextAt = models.ScheduleOff, nil
		}
	case *models.Exception:
		if err := r.CheckLimits(); err != nil {
			return refusedValue(row, err)
		}
	case *models.Token:
		settleToken(r, tx)
	case *models.TeamDomain: // the DNS was asked by others
		r.VerifiedAt, r.VerifiedBy, r.SelfJoin = nil, "", false
	case *models.Look:
		r.Logo, r.LogoType, r.LogoDark = tidyLogo(r.Logo, r.LogoType, r.LogoDark)
	case *models.Revision:
		return unpacks(r.Document, r.Outline)
	case *models.Operation:
		return unpacks(r.Detail)
	case *models.ReferencePage:
		return unpacks(r.Detail)
	case *models.Comparison:
		return unpacks(r.Changes)
	}
	return nil
}

// refusedValue is the refusal of a row by what its model says of it.
func refusedValue(row any, err error) error {
	f := fault.From(err)
	if len(f.Fields) == 0 {
		return err
	}
	kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", row), "*models."))
	return refused("the %s of a row of kind %s is none: %s", f.Fields[0].Name, kind, strings.TrimSuffix(f.Fields[0].Message, "."))
}

func settleToken(t *models.Token, tx *store.Tx) {
	t.Narrowing, t.Wish, t.PauseAt, t.RetireAt, t.RetireIdle, t.ChangeSeq = []models.Permission{}, nil, nil, nil, false, 0
	if t.State == models.TokenRevoked {
		return
	}
	now := tx.Now()
	t.State, t.RevokedAt, t.RevokedBy, t.HeldBy = models.TokenRevoked, &now, "", ""
	t.Cause, t.Reason, t.UpdatedAt = models.CauseUnneeded, "The tenant moved to another installation.", now
}

// unpackedMost is the most that a compressed value may unpack to: a document of 32 MiB
// with what is known of it.
const unpackedMost = 128 << 20

// unpacks refuses compressed values that are none, or that unpack to more than any
// that we make: they are unpacked whole when somebody reads them.
func unpacks(packed ...[]byte) error {
	for _, p := range packed {
		if len(p) == 0 {
			continue
		}
		if err := inflatesWithin(p, unpackedMost); err != nil {
			return refused("something in it cannot be unpacked")
		}
	}
	return nil
}

// index makes guides and published documents findable.
func index(tx *store.Tx, carrier *store.Carrier) error {
	guides, err := carrier.Guides()
	if err != nil {
		return err
	}
	for _, g := range guides {
		if err := indexGuide(tx, g); err != nil {
			return err
		}
	}
	published, err := carrier.Published()
	if err != nil {
		return err
	}
	for _, id := range published {
		r, err := tx.Revision(id)
		if err != nil {
			return err
		}
		if err := indexPublished(tx, r); err != nil {
			return refused("a document in it cannot be read")
		}
	}
	return nil
}

// vouch stores the chain, and says in it and in the installation's that the tenant
// was imported: from here on these events vouch for what came along.
func vouch(tx *store.Tx, actor models.Actor, file *archive.Archive, b Bringing, keyID string) error {
	marks, err := archivedCheckpoints(file)
	if err != nil {
		return err
	}
	said, err := tx.InsertChain(audit.Decode(asText(file.Lines(partAudit))), func(e audit.Event) error {
		if e.KeyID == keyID {
			return refused("an event names a key of this installation")
		}
		if head, ok := marks[e.Seq]; ok && !bytes.Equal(head, e.Hash) {
			return refused("the audit log is not the one that its checkpoints saw")
		}
		delete(marks, e.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	if len(marks) > 0 || said.Events == 0 {
		return refused("the audit log is shorter than its checkpoints say")
	}
	tenant := b.Tenant.ID
	if err := tx.Changed(models.ChangeTenant, tenant); err != nil {
		return err
	}
	details := map[string]any{"archive": b.SHA256, "signer": b.Signer, "origin": b.Origin, "exported_at": b.ExportedAt, "slug": b.Choice.Slug, "code": b.Choice.Code}
	inside := map[string]any{"events": said.Events, "events_sha256": said.SHA256}
	for k, v := range details {
		inside[k] = v
	}
	if err := tx.RecordAs(audit.ImportAction, "tenant", tenant, inside, nil, nil); err != nil {
		return err
	}
	return tx.In(outside(actor), func(tx *store.Tx) error {
		return tx.RecordAs(audit.ImportAction, "tenant", tenant, details, nil, nil)
	})
}

// archivedCheckpoints are what the other installation saw of the chain, by event.
func archivedCheckpoints(file *archive.Archive) (map[uint64][]byte, error) {
	marks := map[uint64][]byte{}
	read, err := audit.ReadCheckpoints(asText(file.Lines(partCheckpoints)), ed25519.PublicKey(file.Signer))
	if err != nil {
		return nil, refused("a checkpoint of its audit log is not as it was signed")
	}
	for _, c := range read {
		if c.ChainID != file.Manifest.Tenant.ID || c.Count != c.Seq {
			return nil, refused("a checkpoint in it is of another audit log")
		}
		if head, ok := marks[c.Seq]; ok && !bytes.Equal(head, c.Head) {
			return nil, refused("two checkpoints in it contradict each other")
		}
		marks[c.Seq] = c.Head
	}
	return marks, nil
}

// asText are rows as they stood in their part.
func asText(rows iter.Seq2[[]byte, error]) io.Reader {
	next, stop := iter.Pull2(rows)
	return &lineReader{next: next, stop: stop}
}

type lineReader struct {
	next func() ([]byte, error, bool)
	stop func()
	rest []byte
}

func (l *lineReader) Read(b []byte) (int, error) {
	for len(l.rest) == 0 {
		line, err, ok := l.next()
		if !ok {
			l.stop()
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		l.rest = append(append([]byte{}, line...), '\n')
	}
	n := copy(b, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
