package portal

import (
	"crypto/rand"
	"slices"
	"time"

	"gatehouse/internal/keyring"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// LinkLifetime is how long a one-time link works (R34).
const LinkLifetime = 24 * time.Hour

// MailKind says which mail is meant; internal/mail has the words for each.
type MailKind string

// The kinds of mails.
const (
	MailVerify          MailKind = "verify_address"       // finish signing up
	MailKnown           MailKind = "address_known"        // somebody signed up with an address that has an account
	MailInvite          MailKind = "invitation"           // become a member of a tenant
	MailTeam            MailKind = "team_invitation"      // become a member of a team
	MailService         MailKind = "service_account"      // somebody answers for a service account, or it was stopped
	MailTeamChanged     MailKind = "team_changed"         // who is in a team changed, or what it owns
	MailClaim           MailKind = "token_prepared"       // a token waits to be made by the person it is for
	MailClaimOver       MailKind = "token_claimed"        // a prepared token was made, or withdrawn
	MailStaff           MailKind = "staff_invitation"     // become support staff
	MailPasskey         MailKind = "passkey_added"        // a passkey was added
	MailPasskeyGone     MailKind = "passkey_removed"      // a passkey was removed
	MailPasskeyTwice    MailKind = "passkey_suspect"      // a passkey seems to exist twice
	MailAsked           MailKind = "subscription_asked"   // a subscription waits for a decision
	MailDecided         MailKind = "subscription_decided" // a subscription was approved or denied
	MailSubscription    MailKind = "subscription_changed" // a subscription was paused, resumed or ended
	MailLimits          MailKind = "limits_changed"       // other limits hold for a team, or no longer
	MailQuota           MailKind = "quota_reached"        // most or all of a quota is used
	MailPlanAsked       MailKind = "plan_asked"           // a wish for another plan waits for a decision
	MailMessage         MailKind = "subscription_message" // somebody asked about a subscription, or answered
	MailEnding          MailKind = "subscription_ending"  // a subscription ends soon
	MailOverdue         MailKind = "subscription_overdue" // a request waits too long
	MailWaiting         MailKind = "requests_waiting"     // all that waits for a decision, once a day
	MailVersion         MailKind = "version_life"         // a version that is called changed, or ends
	MailIncident        MailKind = "api_incident"         // something is wrong with an API that is subscribed to, or no longer
	MailTokenMade       MailKind = "token_made"           // a token was made
	MailTokenRotated    MailKind = "token_rotated"        // a token has a new secret, or its old one went
	MailTokenRevoked    MailKind = "token_revoked"        // a token was revoked
	MailDocument        MailKind = "document"             // a version's document has changed at its URL, or cannot be read any more
	MailAlert           MailKind = "alert"                // something of a token has to be looked at
	MailTokenChanged    MailKind = "token_changed"        // a token was paused or resumed by somebody else
	MailTokenExpires    MailKind = "token_expires"        // a token ends soon
	MailTokenExpired    MailKind = "token_expired"        // a token has ended
	MailTokenAged       MailKind = "token_aged"           // a token has to be rotated
	MailTokenUnused     MailKind = "token_unused"         // nothing uses a token, and what follows from that
	MailTokenAsked      MailKind = "token_asked"          // a token waits for an admin's decision
	MailTokenDecided    MailKind = "token_decided"        // an admin decided about a token
	MailGrantAsked      MailKind = "grant_asked"          // a staff person asks to do more in a tenant
	MailGrantChanged    MailKind = "grant_changed"        // what became of a staff person's grant or request
	MailEmergency       MailKind = "grant_emergency"      // a staff person entered with nobody there to approve
	MailTokensChanged   MailKind = "tokens_changed"       // several were, or were revoked, by one act
	MailCodesMade       MailKind = "recovery_codes_made"  // new recovery codes were made
	MailCodeUsed        MailKind = "recovery_code_used"   // one of them was used
	MailRecovered       MailKind = "account_recovered"    // a new passkey was made by a recovery
	MailRecoveryBegun   MailKind = "recovery_begun"       // an admin began the recovery of the account
	MailRecoveryAsked   MailKind = "recovery_asked"       // the same, to the admins
	MailRecoveryLink    MailKind = "recovery_link"        // the link to which it leads
	MailRecoveryStopped MailKind = "recovery_stopped"     // somebody stopped it
	MailFounding        MailKind = "provider_account"     // make the account for which one came through a provider
	MailLinked          MailKind = "provider_linked"      // the account is linked to who one is at a provider, or no longer
	MailEmailConfirm    MailKind = "email_confirm"        // prove the new address of an account
	MailEmailChanged    MailKind = "email_changed"        // to the old address: how to undo it
	MailEmailNew        MailKind = "email_new"            // to the new address
	MailEmailRestored   MailKind = "email_restored"       // the account has its old address again
	MailEmailTaken      MailKind = "email_taken_back"     // to the address that was taken away again
	MailReserved        MailKind = "address_reserved"     // somebody signed up with an address that is kept for now
	MailNewPlace        MailKind = "new_place"            // a sign-in from where there was none before
	MailDisabled        MailKind = "account_disabled"     // an operator shut somebody out, or lets them in again
	MailDeleted         MailKind = "account_deleted"      // an account is gone
	MailPersonGone      MailKind = "person_gone"          // to those who run a tenant, and to a team
	MailDigest          MailKind = "digest"               // all that a person wants to hear of once a day
	MailTokenRules      MailKind = "token_rules"          // a token does not keep to a rule that holds soon
	MailRole            MailKind = "role_changed"         // a person's role in a tenant is another
	MailJoinAsked       MailKind = "join_asked"           // somebody asks to be let in
	MailJoinDecided     MailKind = "join_decided"         // and an admin decided
	MailOperatorToken   MailKind = "operator_token"       // a token of an operator was made, or stopped since it was found
	MailHost            MailKind = "host_changed"         // a tenant's own host name was proven, lost its proof, or stops
)

// Mail is a job: one mail to one person. It holds no secret; the secret of a
// link is derived from its nonce when the mail is written (R34).
type Mail struct {
	Mail   MailKind  `json:"mail"`
	To     string    `json:"to,omitempty"`     // address, where there is no account
	User   string    `json:"user,omitempty"`   // account id; asked again when the mail is sent (R117)
	Tenant string    `json:"tenant,omitempty"` // id of the tenant it is about
	Team   string    `json:"team,omitempty"`   // id of the team in it whose members are told
	Nonce  string    `json:"nonce,omitempty"`  // of the link in it
	Path   string    `json:"path,omitempty"`   // of the button, in the portal, where it is no link; what stands before the link's secret, where both are there
	Facts  MailFacts `json:"facts"`
}

// MailFacts is what a mail tells, each in words; what is empty is left out.
type MailFacts struct {
	Tenant  string    `json:"tenant,omitempty"`  // name
	Object  string    `json:"object,omitempty"`  // to what it happened
	By      string    `json:"by,omitempty"`      // who did it
	Team    string    `json:"team,omitempty"`    // of the partner
	Outcome string    `json:"outcome,omitempty"` // of a decision: approved, denied; of a change: paused, resumed, ended; of a wish: the plan
	Note    string    `json:"note,omitempty"`    // their words: the purpose, the reason
	At      time.Time `json:"at"`
	Until   time.Time `json:"until,omitzero"` // how long the link works, where it is not LinkLifetime

	Items []MailItem `json:"items,omitempty"` // what the mail lists
}

// MailItem is one thing that a mail lists, with the page of the portal where it stands.
type MailItem struct {
	Text string `json:"text"`
	Path string `json:"path"`

	// In a daily mail: of which mail it tells, and where, so that it is asked again
	// who may know (R117).
	Mail   MailKind `json:"mail,omitempty"`
	Tenant string   `json:"tenant,omitempty"`
	Team   string   `json:"team,omitempty"`
}

// audience of a mail in a tenant: who can do one of these actions may know (R117).
var audience = map[MailKind][]models.Action{
	MailAsked:         {models.SubscriptionReadAll},
	MailDecided:       {models.SubscriptionReadOwn},
	MailSubscription:  {models.SubscriptionReadOwn, models.SubscriptionReadAll},
	MailLimits:        {models.SubscriptionReadOwn},
	MailQuota:         {models.SubscriptionReadOwn},
	MailPlanAsked:     {models.SubscriptionReadAll},
	MailMessage:       {models.SubscriptionReadOwn, models.SubscriptionReadAll},
	MailEnding:        {models.SubscriptionReadOwn},
	MailOverdue:       {models.SubscriptionReadAll},
	MailWaiting:       {models.SubscriptionDecide},
	MailVersion:       {models.SubscriptionReadOwn},
	MailService:       {models.TokenReadOwn},
	MailTeamChanged:   {models.SubscriptionReadOwn},
	MailClaim:         {models.TokenClaim},
	MailClaimOver:     {models.TokenReadOwn, models.TokenPrepare},
	MailIncident:      {models.SubscriptionReadOwn},
	MailTokenMade:     {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenRevoked:  {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenRotated:  {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenChanged:  {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailDocument:      {models.APIReadAll},
	MailAlert:         {models.TokenReadOwn, models.ManagementTokenReadOwn, models.AlertRead},
	MailTokenExpires:  {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenExpired:  {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenAged:     {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenUnused:   {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailTokenRules:    {models.TokenReadOwn},
	MailTokenAsked:    {models.TokenReadAll},
	MailTokenDecided:  {models.TokenReadOwn},
	MailGrantAsked:    {models.GrantDecide},
	MailEmergency:     {models.GrantDecide},
	MailGrantChanged:  {models.GrantTake},
	MailJoinAsked:     {models.MemberManage},
	MailTokensChanged: {models.TokenReadOwn, models.ManagementTokenReadOwn},
	MailRecoveryAsked: {models.RecoveryStart},
	MailPersonGone:    {models.MemberRead, models.SubscriptionReadOwn},
	MailHost:          {models.HostManage},
}

// MayKnow reports whether a person may be told now, in the tenant of the mail.
func (m Mail) MayKnow(actor models.Actor) bool {
	if m.Team != "" && actor.TeamRole(m.Team) == "" {
		return false
	}
	// Staff hear of tenants that they do not see: what they may do from outside is asked
	// all the same. Archived ones are there for operators alone.
	outside := models.TenantDirectory
	if actor.Tenant().State == models.TenantArchived {
		outside = models.TenantArchive
	}
	return (actor.Sees() || actor.Can(outside)) && (audience[m.Mail] == nil || canOne(actor, told(audience[m.Mail], m.Team)))
}

// told are the actions of which one lets somebody know. What is told to no team is
// told to those who run the tenant: that one is in some team does not count there.
func told(actions []models.Action, team string) []models.Action {
	if team != "" {
		return actions
	}
	return slices.DeleteFunc(slices.Clone(actions), func(a models.Action) bool { return a == models.SubscriptionReadOwn })
}

func canOne(actor models.Actor, actions []models.Action) bool {
	return slices.ContainsFunc(actions, actor.Can)
}

// Kind of the job.
func (Mail) Kind() string { return "mail" }

// links makes one-time links.
type links struct{ keys *keyring.Keyring }

// insert stores a link, which works for LinkLifetime unless it says otherwise, and returns the nonce from which its secret is derived.
func (l links) insert(tx *store.Tx, link models.Link, now time.Time) (nonce string, err error) {
	nonce = rand.Text()
	link.Hash = keyring.LinkHash(l.keys.LinkSecret(nonce))
	if link.ExpiresAt.IsZero() {
		link.ExpiresAt = models.Time(now.Add(LinkLifetime))
	}
	return nonce, tx.InsertLink(&link)
}

// LinkPath is where a one-time link leads in the portal.
func LinkPath(secret string) string { return "/link/" + secret }
