package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"gatehouse/internal/archive"
	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
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
