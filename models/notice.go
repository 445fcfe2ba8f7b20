package models

import (
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// NoticeCategory groups what people are told by what it is about for them.
type NoticeCategory string

// The categories.
const (
	NoticeSecurity      NoticeCategory = "security"
	NoticeRequests      NoticeCategory = "requests"
	NoticeSubscriptions NoticeCategory = "subscriptions"
	NoticeMessages      NoticeCategory = "messages"
	NoticeTokens        NoticeCategory = "tokens"
	NoticeQuotas        NoticeCategory = "quotas"
	NoticeVersions      NoticeCategory = "versions"
	NoticeDocuments     NoticeCategory = "documents"
	NoticePeople        NoticeCategory = "people"
)

// NoticeWords say what a category is.
type NoticeWords struct {
	Category     NoticeCategory
	Title, About string
}

// NoticeCategories are those that one can choose about, as their page lists them.
// Security is not among them: nobody turns it off, whoever sits in their session.
var NoticeCategories = []NoticeWords{
	{NoticeRequests, "Requests to decide", "Somebody asks for access, another plan or a token, and you decide; a request waits too long; you stand in for somebody."},
	{NoticeSubscriptions, "Your subscriptions", "Your team’s access was decided about, paused, resumed or ended, or has other limits."},
	{NoticeMessages, "Questions and answers", "Somebody writes about a subscription."},
	{NoticeTokens, "Your tokens", "A token was prepared for you, ends soon, has ended, is old or unused, was paused, resumed or decided about, or does not keep to a new rule."},
	{NoticeQuotas, "Quotas", "Your team has used 80 % or all of a quota."},
	{NoticeVersions, "APIs that you call", "A version that your tokens call changed, is deprecated or ends; something is wrong with an API, or no longer."},
	{NoticeDocuments, "Documents that you look after", "A document at a URL has changed, or cannot be read any more."},
	{NoticePeople, "Colleagues", "Somebody asks to be let in, or you were; who is in your team or tenant changed, what a team owns and who answers for it."},
}

// noticeKinds says of which category a notification is.
var noticeKinds = map[NotificationKind]NoticeCategory{
	NotifyRequested: NoticeRequests, NotifyOverdue: NoticeRequests, NotifyStandIn: NoticeRequests,
	NotifyDecided: NoticeSubscriptions, NotifySubscription: NoticeSubscriptions, NotifyLimits: NoticeSubscriptions,
	NotifyMessage: NoticeMessages, NotifyQuota: NoticeQuotas, NotifyToken: NoticeTokens, NotifyVersion: NoticeVersions,
	NotifyDocument: NoticeDocuments, NotifyPerson: NoticePeople, NotifyAlert: NoticeSecurity, NotifyAccount: NoticeSecurity,
	NotifyIncident: NoticeVersions, NotifyTeam: NoticePeople, NotifyJoin: NoticePeople, NotifyAdmitted: NoticePeople,
	NotifyGrant: NoticeSecurity, NotifyRole: NoticeSecurity, NotifyRecovery: NoticeSecurity,
	NotifyHost: NoticeSecurity,
}

// Category of a notification.
func (k NotificationKind) Category() NoticeCategory { return noticeKinds[k] }

// Kinds of notifications that are of the category, sorted.
func (c NoticeCategory) Kinds() (kinds []NotificationKind) {
	for kind, of := range noticeKinds {
		if of == c {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// MailChoice is whether and when somebody gets a mail.
type MailChoice string

// The choices for mails.
const (
	MailEach  MailChoice = "each"
	MailDaily MailChoice = "daily" // together with others, once a day
	MailOff   MailChoice = "off"
)

// NoticeChoice is how a person wants to hear of one category of things.
type NoticeChoice struct {
	UserID   string         `gorm:"primaryKey"`
	Category NoticeCategory `gorm:"primaryKey"`
	InApp    bool
	Mail     MailChoice
}

// Check returns a fault where there is no such choice.
func (c NoticeChoice) Check() error {
	var p fault.Problems
	known := slices.ContainsFunc(NoticeCategories, func(w NoticeWords) bool { return w.Category == c.Category })
	p.Add(!known, "category", "This cannot be chosen.")
	p.Add(c.Mail != MailEach && c.Mail != MailDaily && c.Mail != MailOff, "mail-"+string(c.Category), "Choose each, daily or none.")
	return p.Err()
}

// DigestItem is a line of a mail that its person gets once a day.
type DigestItem struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"` // of the mail that it stands for
	UserID    string
	Mail      string // a portal.MailItem, as JSON
	CreatedAt time.Time
}
