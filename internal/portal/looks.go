package portal

import (
	"context"
	"strings"

	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Looks are the use cases around how a tenant's portal looks. Admins change it in a draft
// of their own, see what will become of it, and publish.
type Looks struct{ store *store.Store }

// LookForm is what an admin fills in. A picture that is nil stays as it is.
type LookForm struct {
	models.Look
	NewLogo, NewLogoDark       []byte // files as they were uploaded
	RemoveLogo, RemoveLogoDark bool
}

// LookDesk is what an admin sees of the looks.
type LookDesk struct {
	Now     models.Look   // as readers see it
	Draft   *models.Look  // the admin's own
	Last    models.Look   // the one that was published last, zero where none ever was
	Since   []models.Look // published since the draft was begun, the newest first
	History []models.Look // published ones, the newest first, without long texts
	Names   map[string]models.User
}

// Editing is the draft, or where there is none, what readers see.
func (d LookDesk) Editing() models.Look {
	if d.Draft != nil {
		return *d.Draft
	}
	return d.Now
}

// Desk shows what readers see, the actor's draft and what was published before.
func (l *Looks) Desk(ctx context.Context, actor models.Actor) (desk LookDesk, err error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return desk, err
	}
	err = l.store.As(ctx, actor, func(r store.Tenant) error {
		tenant, err := r.TenantByID(actor.Tenant().ID)
		if err != nil {
			return err
		}
		desk.Now = tenant.Look()
		if desk.Draft, err = draftOf(r); err != nil {
			return err
		}
		if desk.History, err = r.Looks(); err != nil {
			return err
		}
		var people []string
		for i, look := range desk.History {
			people = append(people, look.CreatedBy)
			if i == 0 {
				desk.Last = look
			}
		}
		if desk.Draft != nil {
			for _, look := range desk.History {
				if look.ID == desk.Draft.BaseID || look.CreatedBy == "" {
					break
				}
				desk.Since = append(desk.Since, look)
			}
		}
		desk.Names, err = r.Users(people)
		return err
	})
	return desk, err
}

// draftOf is the actor's draft, nil where there is none.
func draftOf(r store.Tenant) (*models.Look, error) {
	draft, err := r.LookDraft()
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &draft, err
}

// Keep stores what was filled in as the actor's draft, for nobody else to see. Revision is
// the draft's that was seen, 0 where there was none.
func (l *Looks) Keep(ctx context.Context, actor models.Actor, in LookForm) (models.Look, error) {
	if err := actor.May(models.TenantConfigure); err != nil {
		return models.Look{}, err
	}
	next := in.Look
	next.Name, next.Tagline, next.Sender = strings.TrimSpace(next.Name), strings.TrimSpace(next.Tagline), strings.TrimSpace(next.Sender)
	next.Welcome, next.Help = lines(next.Welcome), lines(next.Help)
	var p fault.Problems
	if err := next.Check(); err != nil {
		p = fault.From(err).Fields
	}
	logo, dark := picture(&p, "logo", in.NewLogo), picture(&p, "logo_dark", in.NewLogoDark)
	if err := p.Err(); err != nil {
		return next, err
	}
	return next, l.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		before, id, err := editing(tx, actor)
		if err != nil {
			return err
		}
		next.ID, next.BaseID, next.Revision = id, before.BaseID, in.Revision
		next.Logo, next.LogoType, next.LogoDark = before.Logo, before.LogoType, before.LogoDark
		if in.RemoveLogo {
			next.Logo, next.LogoType = nil, ""
		}
		if logo != nil {
			next.Logo, next.LogoType = logo, brand.LogoType
		}
		if in.RemoveLogoDark || len(next.Logo) == 0 {
			next.LogoDark = nil
		}
		if dark != nil {
			next.LogoDark = dark
		}
		if len(next.LogoDark) > 0 && len(next.Logo) == 0 {
			return invalid("logo_dark", "A logo for the dark theme needs one for the light theme beside it.")
		}
		if err := tx.KeepDraft(&next); err != nil {
			return err
		}
		return tx.RecordAs("look.draft", "look", next.ID, nil, nil, nil)
	})
}

// lines is a text with the line ends that we keep; forms send others.
func lines(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// picture is an uploaded file as it is kept, nil where there is none or it is none.
func picture(p *fault.Problems, field string, file []byte) []byte {
	if len(file) == 0 {
		return nil
	}
	out, err := brand.Logo(file)
	if err != nil {
		p.Add(true, field, "%s", err.Error())
	}
	return out
}

// editing is what a draft goes on from, and its id: the actor's draft, or where there is
// none, what readers see.
func editing(tx *store.Tx, actor models.Actor) (models.Look, string, error) {
	draft, err := draftOf(tx.Tenant)
	if err != nil {
		return models.Look{}, "", err
	}
	if draft != nil {
		return *draft, draft.ID, nil
	}
	tenant, err := tx.TenantByID(actor.Tenant().ID)
	if err != nil {
		return models.Look{}, "", err
	}
	last, err := tx.LastLook()
	look := tenant.Look()
	look.BaseID = last.ID
	return look, models.NewID(), err
}

// Discard throws the actor's draft away.
func (l *Looks) Discard(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.TenantConfigure); err != nil {
		return err
	}
	return l.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		draft, err := tx.LookDraft()
		if err != nil {
			return err
		}
		if err := tx.DropDraft(); err != nil {
			return err
		}
		return tx.RecordAs("look.discard", "look", draft.ID, nil, nil, nil)
	})
}

// Restore takes up a look that was published before as the actor's draft. Publishing it
// is a step of its own.
func (l *Looks) Restore(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.TenantConfigure); err != nil {
		return err
	}
	return l.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		old, err := tx.Look(id)
		if err != nil {
			return err
		}
		before, draft, err := editing(tx, actor)
		if err != nil {
			return err
		}
		last, err := tx.LastLook()
		if err != nil {
			return err
		}
		old.ID, old.BaseID, old.Revision = draft, last.ID, before.Revision
		if err := tx.KeepDraft(&old); err != nil {
			return err
		}
		return tx.RecordAs("look.restore", "look", id, nil, nil, nil)
	})
}

// Publish lets readers see the actor's draft. Revision is the draft's that was looked at,
// seen the look whose place it takes; where another one was published since, the fault
// names who did.
func (l *Looks) Publish(ctx context.Context, actor models.Actor, revision int, seen string) error {
	if err := actor.May(models.TenantConfigure); err != nil {
		return err
	}
	return l.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		draft, err := tx.LookDraft()
		if err != nil {
			return err
		}
		if draft.Revision != revision {
			return fault.New(fault.Conflict, "changed_meanwhile", "You changed this draft in another tab since this page was made. Look at it again, then publish.")
		}
		tenant, err := tx.TenantByID(actor.Tenant().ID)
		if err != nil {
			return err
		}
		last, err := tx.LastLook()
		if err != nil {
			return err
		}
		if last.ID != seen {
			return outdone(tx, actor, last)
		}
		changes := tenant.Look().Differs(draft)
		if len(changes) == 0 {
			return fault.New(fault.Invalid, "invalid_input", "The portal looks like this already; there is nothing to publish.")
		}
		return wear(tx, tenant, last, draft, changes)
	})
}

// outdone says that somebody else published in the meantime: who, and who was about to.
func outdone(tx *store.Tx, actor models.Actor, last models.Look) error {
	people, err := tx.Users([]string{last.CreatedBy})
	if err != nil {
		return err
	}
	by := people[last.CreatedBy].Name
	if by == "" {
		by = "Somebody"
	}
	return fault.New(fault.Conflict, "changed_meanwhile",
		"%s published another look while %s was looking at this one. Nothing was changed. What would differ from it is listed anew; publish again to put this draft in its place.", by, actor.Account().Name)
}

// wear gives the tenant the draft's look and keeps what it takes the place of.
func wear(tx *store.Tx, tenant models.Tenant, last, draft models.Look, changes []models.LookChange) error {
	if last.ID == "" {
		first := tenant.Look()
		first.ID, first.PublishedAt = models.NewID(), &tenant.CreatedAt
		if err := tx.InsertLook(&first); err != nil {
			return err
		}
		last = first
	}
	after := tenant.Wearing(draft)
	if err := after.Check(); err != nil {
		return err
	}
	if err := tx.UpdateTenant(after); err != nil {
		return err
	}
	if err := tx.DropDraft(); err != nil {
		return err
	}
	draft.ID, draft.BaseID = models.NewID(), last.ID
	if err := tx.InsertLook(&draft); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeTenant, tenant.ID); err != nil {
		return err
	}
	details := map[string]any{}
	for _, c := range changes {
		details[c.Field] = map[string]string{"from": excerpt(c.From), "to": excerpt(c.To)}
	}
	return tx.RecordAs("look.publish", "tenant", tenant.ID, details, nil, nil)
}

// excerptLen is how much of a text stands in the audit log; all of it is in the look.
const excerptLen = 200

func excerpt(text string) string {
	if r := []rune(text); len(r) > excerptLen {
		return string(r[:excerptLen]) + "…"
	}
	return text
}
