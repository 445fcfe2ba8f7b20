package portal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
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

// ArchiveChoice is what whoever imports an archive decides.
type ArchiveChoice struct {
	Fingerprint string // of the key that they expect; they have it from the other installation
	Slug, Code  string // here; empty: as in the archive
}

// Bringing is an archive before it is imported: what is in it, and what is in the way.
type Bringing struct {
	archive.Manifest
	Signer   string // fingerprint of the key that signed it
	SHA256   string
	Choice   ArchiveChoice
	Places   int           // people who had a role or a team
	Known    int           // of them, those whose address has an account here
	Problems []fault.Field // by field of the form: signer, slug, code
	Anew     []string      // what has to be set anew after the import
	There    bool          // this very tenant is here already
}

// Ready reports whether nothing is in the way.
func (b Bringing) Ready() bool { return len(b.Problems) == 0 && !b.There }

// ReadArchive checks a whole file and reads nothing of it where one byte is not as it
// was signed. Such a file is a fault of kind Invalid.
func ReadArchive(r io.ReaderAt, size int64) (*archive.Archive, error) {
	a, err := archive.Open(r, size)
	if bad, ok := errors.AsType[*archive.Damaged](err); ok {
		return nil, fault.New(fault.Invalid, "archive_refused", "The archive is refused: %s. Nothing was imported.", bad.Reason).
			WithFields(fault.Field{Name: "archive", Message: "It is refused: " + bad.Reason + "."})
	}
	return a, err
}

// check looks what is in the way of an archive.
func (a *Archives) check(ctx context.Context, file *archive.Archive, choice ArchiveChoice) (b Bringing, tenant models.Tenant, people []archivedPerson, err error) {
	b = Bringing{Manifest: file.Manifest, Signer: archive.Fingerprint(file.Signer), SHA256: file.SHA256, Choice: choice}
	if tenant, err = archivedTenant(file); err != nil {
		return b, tenant, nil, err
	}
	if people, err = archivedPeople(file); err != nil {
		return b, tenant, nil, err
	}
	if choice.Slug != "" {
		tenant.Slug = choice.Slug
	}
	if choice.Code != "" {
		tenant.Code = choice.Code
	}
	b.Choice.Slug, b.Choice.Code = tenant.Slug, tenant.Code
	b.Anew = anew(file, tenant)
	var p fault.Problems
	p.Add(!archive.SameFingerprint(choice.Fingerprint, b.Signer), "fingerprint",
		"This is not the fingerprint of the key that signed the archive. Ask the people of the installation that it comes from; do not copy it from here.")
	if err := tenant.Check(); err != nil {
		p = append(p, fault.From(err).Fields...)
	}
	if err := a.clashes(ctx, tenant, &p, &b); err != nil {
		return b, tenant, nil, err
	}
	var emails []string
	for _, one := range people {
		if one.Email != "" {
			emails = append(emails, one.Email)
		}
	}
	b.Places = len(emails)
	b.Problems = p
	err = a.store.As(ctx, models.Actor{}, func(r store.Tenant) error {
		for some := range slices.Chunk(emails, 500) {
			known, err := r.UsersByEmails(some)
			if err != nil {
				return err
			}
			b.Known += len(known)
		}
		return nil
	})
	return b, tenant, people, err
}

// clashes notes what is taken here.
func (a *Archives) clashes(ctx context.Context, tenant models.Tenant, p *fault.Problems, b *Bringing) error {
	for _, look := range []struct {
		find  func(context.Context, string) (models.Tenant, error)
		value string
		taken func()
	}{
		{a.store.TenantByID, tenant.ID, func() { b.There = true }},
		{a.store.TenantBySlug, tenant.Slug, func() { p.Add(true, "slug", "Another tenant here has the slug %s. Choose another one.", tenant.Slug) }},
		{a.store.TenantByCode, tenant.Code, func() {
			p.Add(true, "code", "Another tenant here has the token code %s. Choose another one.", tenant.Code)
		}},
	} {
		_, err := look.find(ctx, look.value)
		if err == nil {
			look.taken()
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func archivedTenant(file *archive.Archive) (t models.Tenant, err error) {
	n := 0
	for line, err := range file.Lines(partTenant) {
		if err != nil {
			return t, err
		}
		if n++; n > 1 {
			break
		}
		if t, err = store.CarriedTenant(line); err != nil {
			return t, err
		}
	}
	m := file.Manifest.Tenant
	if n != 1 || m != (archive.Tenant{ID: t.ID, Slug: t.Slug, Code: t.Code, Name: t.Name}) || !models.IsID(t.ID) {
		return t, refused("it does not hold the one tenant of its manifest")
	}
	known := append(store.CarriedTables(), partTenant, partPeople, partAudit, partCheckpoints)
	for _, part := range file.Manifest.Parts {
		if !slices.Contains(known, part.Name) {
			return t, refused("it holds %q, which this program does not know", part.Name)
		}
	}
	for _, part := range known {
		if !slices.ContainsFunc(file.Manifest.Parts, func(p archive.Part) bool { return p.Name == part }) {
			return t, refused("it has no part %q", part)
		}
	}
	return t, nil
}

func refused(format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	return fault.New(fault.Invalid, "archive_refused", "The archive is refused: %s. Nothing was imported.", reason).
		WithFields(fault.Field{Name: "archive", Message: "It is refused: " + reason + "."})
}

// peopleMost bounds what is held in memory of an archive.
const peopleMost = 500_000

func archivedPeople(file *archive.Archive) (all []archivedPerson, err error) {
	if file.Manifest.Rows(partPeople) > peopleMost {
		return nil, refused("it names more than %d people", peopleMost)
	}
	ids, emails := map[string]bool{}, map[string]bool{}
	for line, err := range file.Lines(partPeople) {
		if err != nil {
			return nil, err
		}
		var p archivedPerson
		if err := archive.Decode(line, &p); err != nil {
			return nil, refused("row %d of people is not one", len(all)+1)
		}
		if err := p.check(); err != nil {
			return nil, refused("row %d of people is not one: %v", len(all)+1, err)
		}
		if ids[p.ID] || p.Email != "" && emails[p.Email] {
			return nil, refused("somebody is in it twice")
		}
		ids[p.ID], emails[p.Email] = true, true
		all = append(all, p)
	}
	return all, nil
}

func (p archivedPerson) check() error {
	u := models.User{ID: p.ID, Name: p.Name, Email: p.ID + "@elsewhere.invalid", State: p.State}
	if err := u.Check(); err != nil {
		return err
	}
	email, err := models.CanonicalEmail(p.Email)
	switch {
	case !models.IsID(p.ID):
		return errors.New("the id is none")
	case p.State != models.UserActive && p.State != models.UserDisabled && p.State != models.UserDeleted:
		return errors.New("the state is none")
	case p.Role != models.NoRole && !p.Role.Valid():
		return errors.New("the role is none")
	case p.Email != "" && (err != nil || email != p.Email):
		return errors.New("the address is none")
	case p.Email == "" && p.State != models.UserDeleted && (p.Role != models.NoRole || len(p.Teams) > 0):
		return errors.New("who has a role or a team has an address")
	}
	for _, t := range p.Teams {
		if t.Role != models.TeamOwner && t.Role != models.TeamMember {
			return errors.New("the team role is none")
		}
	}
	return nil
}

// anew is what does not travel and has to be set after the import.
func anew(file *archive.Archive, tenant models.Tenant) (out []string) {
	add := func(part, one, many string) {
		switch n := file.Manifest.Rows(part); {
		case n == 1:
			out = append(out, "1 "+one)
		case n > 1:
			out = append(out, fmt.Sprintf("%d %s", n, many))
		}
	}
	add("tokens", "token: it arrives revoked, and its owner makes a new one", "tokens: they arrive revoked, and their owners make new ones")
	add("versions", "version: enter the credential of its upstream, if it has one", "versions: enter the credentials of their upstreams, where they have any")
	add("clients", "registered client: make a new secret", "registered clients: make new secrets")
	add("team_domains", "domain of a team: prove it again", "domains of teams: prove them again")
	add("service_accounts", "service account: name who answers for it", "service accounts: name who answers for them")
	out = append(out, "The people: invite the first admin, who invites the others; nobody has any right before they accept")
	if len(tenant.Logo) > 0 && tenant.LogoType != brand.LogoType {
		out = append(out, "The logo: it is no PNG and stays behind")
	}
	return out
}

// Import brings a tenant in, whole or not at all, and suspended. The tokens are
// revoked for good: what was ended, paused or narrowed from now on in the one
// installation would go on in the other (R13, R16), and the pepper under which their
// digests were made is a secret that does not travel (R3). People are not made
// members: an archive proves no address. They are kept as arrivals, and have their
// role and teams again when they accept an invitation to that address.
func (a *Archives) Import(ctx context.Context, actor models.Actor, file *archive.Archive, choice ArchiveChoice, proof string) (b Bringing, tenant models.Tenant, err error) {
	if err := actor.May(models.TenantCarry); err != nil {
		return b, tenant, err
	}
	if !a.busy.TryLock() {
		return b, tenant, errArchiveBusy()
	}
	defer a.busy.Unlock()
	ctx, cancel := context.WithTimeout(ctx, archiveTime)
	defer cancel()
	b, tenant, people, err := a.check(ctx, file, choice)
	if err != nil {
		return b, tenant, err
	}
	if b.There {
		return b, tenant, errTenantThere()
	}
	if len(b.Problems) > 0 {
		return b, tenant, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").WithFields(b.Problems...)
	}
	tidyTenant(&tenant)
	keys, err := a.keys.NewKeysFor(tenant.ID)
	if err != nil {
		return b, tenant, err
	}
	err = a.store.Do(ctx, inside(actor, tenant), models.TenantCarry, func(tx *store.Tx) error {
		if err := useProof(tx, actor, proof); err != nil {
			return err
		}
		if err := tx.InsertTenant(&tenant, keys...); err != nil {
			return err
		}
		if err := bring(tx, file, people, a.upstreams); err != nil {
			return err
		}
		return vouch(tx, actor, file, b, keys[0].KeyID)
	})
	return b, tenant, err
}

func errTenantThere() error {
	return fault.New(fault.Conflict, "tenant_is_here", "This very tenant is in this installation already, perhaps archived. A tenant is in an installation once: restore that one.")
}

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
