package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// LinkSecrets derives the secret of a one-time link from its nonce.
type LinkSecrets interface{ LinkSecret(nonce string) string }

// Deliver is what is done for a portal.Mail: it finds out whether the person may
// still know (R117), writes the mail and sends it. Where they may not, or are gone,
// nothing is sent and that is no error. An error that wraps ErrRefused is final.
func Deliver(s *store.Store, links LinkSecrets, c *Composer, sender Sender) func(context.Context, portal.Mail) error {
	return func(ctx context.Context, m portal.Mail) error {
		tenant, err := tenantOf(ctx, s, m)
		if err != nil {
			return err
		}
		to, err := recipient(ctx, s, m, tenant)
		if err != nil || to == "" {
			return err
		}
		id, err := messageID(m)
		if err != nil {
			return err
		}
		if now, err := wanted(ctx, s, c, m, id); err != nil || !now {
			return err
		}
		if m.Mail == portal.MailDigest {
			if m.Facts.Items, err = knowable(ctx, s, m); err != nil || len(m.Facts.Items) == 0 {
				return err
			}
		}
		f := factsOf(m)
		f.Sender, f.Colour = tenant.Sender, tenant.Colour
		if m.Nonce != "" {
			f.Path, f.Until = portal.LinkPath(links.LinkSecret(m.Nonce)), m.Facts.Until
			if m.Path != "" {
				f.Path = m.Path + links.LinkSecret(m.Nonce)
			}
			if f.Until.IsZero() {
				f.Until = m.Facts.At.Add(portal.LinkLifetime)
			}
		}
		message, err := c.Compose(Kind(m.Mail), to, f)
		if err != nil {
			return err
		}
		message.ID = id
		return sender.Send(ctx, message)
	}
}

// tenantOf is the tenant that a mail is about, or zero.
func tenantOf(ctx context.Context, s *store.Store, m portal.Mail) (models.Tenant, error) {
	if m.Tenant == "" {
		return models.Tenant{}, nil
	}
	return s.TenantByID(ctx, m.Tenant)
}

// recipient is the address to write to now, or "" where nobody is to be told.
func recipient(ctx context.Context, s *store.Store, m portal.Mail, tenant models.Tenant) (string, error) {
	if m.User == "" {
		return m.To, nil
	}
	standing, err := s.Standing(ctx, m.User, m.Tenant)
	if fault.Is(err, fault.NotFound) || err == nil && standing.User.State != models.UserActive {
		return "", nil
	}
	if err != nil || m.Tenant == "" {
		return standing.User.Email, err
	}
	if !m.MayKnow(models.NewActor(standing, tenant, models.Request{})) {
		return "", nil
	}
	return standing.User.Email, nil
}

// factsOf is what a mail tells.
func factsOf(m portal.Mail) Facts {
	f := Facts{Tenant: m.Facts.Tenant, Object: m.Facts.Object, By: m.Facts.By, Team: m.Facts.Team, Outcome: m.Facts.Outcome,
		Note: m.Facts.Note, At: m.Facts.At, Path: m.Path, Choices: m.Optional() || m.Mail == portal.MailDigest}
	for _, i := range m.Facts.Items {
		f.Items = append(f.Items, Item{Text: i.Text, Path: i.Path})
	}
	return f
}

// wanted reports whether the mail is to be sent now: it is the one place in which a
// person's choices count. What they want once a day is kept for that.
func wanted(ctx context.Context, s *store.Store, c *Composer, m portal.Mail, id string) (bool, error) {
	if !m.Optional() {
		return true, nil
	}
	choice, err := s.MailChoice(ctx, m.User, m.Category())
	if err != nil || choice == models.MailOff {
		return false, err
	}
	if choice != models.MailDaily || m.Mail == portal.MailWaiting {
		return true, nil
	}
	if m.Waits() {
		return false, nil // the daily mail lists all that waits
	}
	subject, err := c.subject(Kind(m.Mail), factsOf(m))
	if err != nil {
		return false, err
	}
	if m.Facts.Tenant != "" {
		subject = m.Facts.Tenant + ": " + subject
	}
	text, err := json.Marshal(m.Item(subject))
	if err != nil {
		return false, err
	}
	return false, s.KeepForDigest(ctx, models.DigestItem{TenantID: m.Tenant, ID: id, UserID: m.User, Mail: string(text)})
}

// knowable are those lines of a daily mail of which its person may still know (R117).
func knowable(ctx context.Context, s *store.Store, m portal.Mail) (items []portal.MailItem, err error) {
	for _, i := range m.Facts.Items {
		of := portal.Mail{Mail: i.Mail, User: m.User, Tenant: i.Tenant, Team: i.Team}
		tenant, err := tenantOf(ctx, s, of)
		if err != nil {
			return nil, err
		}
		to, err := recipient(ctx, s, of, tenant)
		if err != nil {
			return nil, err
		}
		if to != "" {
			items = append(items, i)
		}
	}
	return items, nil
}

// messageID is the same for each attempt of a job, so that a mail which was sent
// twice is shown once.
func messageID(m portal.Mail) (string, error) {
	text, err := json.Marshal(m)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), err
}
