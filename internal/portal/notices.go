package portal

import (
	"context"
	"encoding/json"

	"gatehouse/internal/store"
	"gatehouse/models"
)

// mailCategories says of which category a mail to a person is. What is not here is
// answered with a link in it, which no daily mail could hold.
var mailCategories = map[MailKind]models.NoticeCategory{
	MailAsked: models.NoticeRequests, MailPlanAsked: models.NoticeRequests, MailOverdue: models.NoticeRequests,
	MailWaiting: models.NoticeRequests, MailTokenAsked: models.NoticeRequests,

	MailDecided: models.NoticeSubscriptions, MailSubscription: models.NoticeSubscriptions, MailLimits: models.NoticeSubscriptions,
	MailEnding: models.NoticeSubscriptions, MailMessage: models.NoticeMessages, MailQuota: models.NoticeQuotas,

	MailTokenChanged: models.NoticeTokens, MailTokenExpires: models.NoticeTokens, MailTokenExpired: models.NoticeTokens,
	MailTokenAged: models.NoticeTokens, MailTokenUnused: models.NoticeTokens, MailTokenDecided: models.NoticeTokens, MailTokensChanged: models.NoticeTokens,
	MailTokenRules: models.NoticeTokens, MailClaimOver: models.NoticeTokens,

	MailVersion: models.NoticeVersions, MailDocument: models.NoticeDocuments, MailPersonGone: models.NoticePeople,
	MailIncident: models.NoticeVersions, MailTeamChanged: models.NoticePeople, MailService: models.NoticePeople,
	MailJoinAsked: models.NoticePeople, MailJoinDecided: models.NoticePeople,

	// A thief would turn these off first.
	MailTokenMade: models.NoticeSecurity, MailTokenRotated: models.NoticeSecurity, MailTokenRevoked: models.NoticeSecurity, MailAlert: models.NoticeSecurity,
	MailPasskey: models.NoticeSecurity, MailPasskeyGone: models.NoticeSecurity, MailPasskeyTwice: models.NoticeSecurity,
	MailLinked: models.NoticeSecurity, MailNewPlace: models.NoticeSecurity, MailEmailNew: models.NoticeSecurity, MailEmailRestored: models.NoticeSecurity,
	MailCodesMade: models.NoticeSecurity, MailCodeUsed: models.NoticeSecurity, MailRecovered: models.NoticeSecurity, MailRecoveryBegun: models.NoticeSecurity,
	MailRecoveryAsked: models.NoticeSecurity, MailRecoveryLink: models.NoticeSecurity, MailRecoveryStopped: models.NoticeSecurity,
	MailOperatorToken: models.NoticeSecurity, MailHost: models.NoticeSecurity, MailRole: models.NoticeSecurity, MailEmergency: models.NoticeSecurity, MailGrantAsked: models.NoticeSecurity, MailGrantChanged: models.NoticeSecurity,
}

// Category of the mail; "" where it has none.
func (m Mail) Category() models.NoticeCategory { return mailCategories[m.Mail] }

// Optional reports whether its person can choose not to get the mail.
func (m Mail) Optional() bool {
	c := m.Category()
	return m.User != "" && c != "" && c != models.NoticeSecurity
}

// Waits reports whether the daily list of all that waits for a decision names what
// the mail is about.
func (m Mail) Waits() bool { return m.Mail == MailAsked || m.Mail == MailPlanAsked }

// Item is the mail as a line of a daily one. Who may still know is asked again when
// that one is sent (R117).
func (m Mail) Item(text string) MailItem {
	return MailItem{Text: text, Path: m.Path, Mail: m.Mail, Tenant: m.Tenant, Team: m.Team}
}

// Choices are how the person wants to hear of each category, in the order of
// models.NoticeCategories.
func (n *Notifications) Choices(ctx context.Context, actor models.Actor) (out []models.NoticeChoice, err error) {
	if err := actor.May(models.AccountUse); err != nil {
		return nil, err
	}
	var chosen []models.NoticeChoice
	err = n.store.Person(ctx, actor.User(), func(p store.Person) error { chosen, err = p.NoticeChoices(); return err })
	for _, w := range models.NoticeCategories {
		c := models.NoticeChoice{UserID: actor.User(), Category: w.Category, InApp: true, Mail: models.MailEach}
		for _, own := range chosen {
			if own.Category == w.Category {
				c = own
			}
		}
		out = append(out, c)
	}
	return out, err
}

// Choose keeps how the person wants to hear of what.
func (n *Notifications) Choose(ctx context.Context, actor models.Actor, choices []models.NoticeChoice) error {
	if err := actor.May(models.AccountUse); err != nil {
		return err
	}
	details := map[string]any{}
	for _, c := range choices {
		if err := c.Check(); err != nil {
			return err
		}
		details[string(c.Category)] = map[string]any{"in_app": c.InApp, "mail": c.Mail}
	}
	return n.store.Do(ctx, self(actor, actor.Account()), models.AccountUse, func(tx *store.Tx) error {
		if _, err := tx.LockUser(actor.User()); err != nil {
			return err
		}
		if err := tx.SetNoticeChoices(choices); err != nil {
			return err
		}
		return tx.RecordAs("account.notices", "user", actor.User(), details, nil, nil)
	})
}

// unwanted are the kinds of notifications that the person does not want in their inbox.
func unwanted(choices []models.NoticeChoice) (kinds []models.NotificationKind) {
	for _, c := range choices {
		if !c.InApp && c.Check() == nil {
			kinds = append(kinds, c.Category.Kinds()...)
		}
	}
	return kinds
}

// itemsOf reads what was kept for a daily mail. What cannot be read is left out.
func itemsOf(kept []models.DigestItem) (items []MailItem) {
	for _, k := range kept {
		var item MailItem
		if json.Unmarshal([]byte(k.Mail), &item) == nil {
			items = append(items, item)
		}
	}
	return items
}
