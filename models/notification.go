package models

import "time"

// NotificationKind says what a notification is about.
type NotificationKind string

// The kinds of notifications that exist so far.
const (
	NotifyRequested    NotificationKind = "subscription.requested"
	NotifyDecided      NotificationKind = "subscription.decided"
	NotifySubscription NotificationKind = "subscription.changed" // paused, resumed, ended, moved
	NotifyMessage      NotificationKind = "subscription.message" // asked or answered
	NotifyOverdue      NotificationKind = "subscription.overdue" // waits too long
	NotifyStandIn      NotificationKind = "stand_in.named"
	NotifyLimits       NotificationKind = "subscription.limits" // other limits than the plan's, or no longer
	NotifyQuota        NotificationKind = "quota.reached"       // at 80 % and 100 %
	NotifyToken        NotificationKind = "token.changed"       // made, revoked
	NotifyDocument     NotificationKind = "document"            // found changed at its URL, or not to be read any more
	NotifyVersion      NotificationKind = "version.life"        // a version that is called changed, or ends
	NotifyGrant        NotificationKind = "grant.changed"       // staff asked for one, took one in an emergency, or lost it
	NotifyTeam         NotificationKind = "team"                // who is in it, what it owns, who answers for what
	NotifyIncident     NotificationKind = "api.incident"        // something is wrong with an API, or no longer
	NotifyAccount      NotificationKind = "account"             // something about the reader's own account
	NotifyPerson       NotificationKind = "person"              // somebody of the tenant or team is gone
	NotifyRole         NotificationKind = "member.role"         // somebody's role is another
	NotifyJoin         NotificationKind = "join.requested"      // somebody asks to be let in
	NotifyAdmitted     NotificationKind = "join.decided"        // and was
	NotifyAlert        NotificationKind = "alert"               // something of a token has to be looked at
	NotifyRecovery     NotificationKind = "recovery"            // of a person's account, begun or stopped
	NotifyHost         NotificationKind = "host"                // the tenant's own host name was proven, lost its proof, or stops
)

// Notification is one line in a person's inbox. Whether its reader may still
// see it is asked again when it is shown (R117).
type Notification struct {
	TenantID  string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	UserID    string
	TeamID    string // of the reader, where it is told to its members; "" where to those who run the tenant
	Kind      NotificationKind
	Title     string
	Body      string
	Link      string // path in the portal
	CreatedAt time.Time
	ReadAt    *time.Time
}

// ChangeKind says which thing changed that decides who may call what.
type ChangeKind string

// The kinds of changes.
const (
	ChangeTenant       ChangeKind = "tenant"
	ChangeAPI          ChangeKind = "api" // who sees it
	ChangeVersion      ChangeKind = "version"
	ChangePlan         ChangeKind = "plan"
	ChangeSubscription ChangeKind = "subscription"
	ChangeToken        ChangeKind = "token"
	ChangeMembership   ChangeKind = "membership" // a user left or joined a team, or lost their account
	ChangeService      ChangeKind = "service"    // a service account was disabled or enabled
	ChangeHost         ChangeKind = "host"       // a tenant's own host name is served from now on, or no more
)

// Change is one row of the feed that gateways follow. Seq grows in the order in
// which changes become visible.
type Change struct {
	Seq      int64 `gorm:"primaryKey"`
	TenantID string
	Kind     ChangeKind
	ObjectID string
	At       time.Time
}
