package models

// Action is one thing that an actor can ask for. Every use case in
// internal/portal starts with exactly one of them.
type Action uint8

// The actions. Adding one without its row in the table fails a test.
const (
	// for the installation
	AccountUse     Action = iota + 1 // one's own account
	AccountRecover                   // make a new passkey in a recovery session
	AccountVisit                     // the little of it that a session through a provider shows
	AccountConfirm                   // touch a passkey for one action
	SessionEnd                       // sign out
	SessionCarry                     // over to a tenant's own host
	TenantCreate
	TenantSuspend
	TenantArchive   // and restore
	AdminInvite     // the first admin of a tenant
	TenantDirectory // every tenant, its name and health
	GrantTake       // enter a tenant to look
	GrantGive       // let a support person do more than look
	GrantBreakGlass // enter to manage with nobody there to approve
	GrantOversee    // all grants of the installation: review emergencies, standing views
	StaffManage
	JobsRead
	InstallationAuditRead
	PersonManage          // shut somebody out of the installation, end their sessions
	InstallationConfigure // what holds for all tenants
	TenantCarry           // take a tenant out that is not active, bring one in
	StaffCheck            // what the program itself does: ask the provider of the staff who is there
	InstallationRead      // the same, and how the servers are
	OperatorTokenManage   // tokens for programs that do what operators do

	// in a tenant
	CatalogRead
	DocumentCompare // two documents that one may read
	SubscriptionRequest
	JoinRequest // be let into a tenant, where its policy wants that
	SubscriptionReadOwn
	SubscriptionEndOwn // withdraw, end, answer, change the plan
	SubscriptionReadAll
	SubscriptionDecide   // approve, deny, ask, pause, resume, set an end, end
	SubscriptionTransfer // to another team
	StandInName          // who decides while one is away
	RequestsHear         // how one hears of requests
	TokenCreate
	TokenReadOwn
	TokenEditOwn // rename, narrow, pause, resume, revoke
	TokenWiden   // let one's own do more; names the step-up for that
	TokenRotate  // of one's own teams
	TokenClaim   // make one that somebody prepared for the actor
	TokenPrepare // for somebody of a team
	TokenReadAll
	TokenRevokeAny // pause, resume, revoke
	TokenDecide    // approve, deny
	TokenExport    // all of a list as a file
	ViewKeep       // one's own saved views
	TokenWatch     // what the program itself does to tokens: notices, pauses, ends
	TokenReport    // tell that a token was found in public, ask whether it lives
	AlertRead
	AlertClose
	AlertCloseOwn // about a token of one's own teams
	TryCall
	ManagementTokenCreate
	ManagementTokenReadOwn
	UsageReadAll
	APIReadAll    // drafts too
	APIManage     // documents, versions, plans, upstreams
	DocumentCheck // what the program itself does: look whether documents have changed
	VersionWatch  // what the program itself does to versions: notices, ends
	CredentialWrite
	MemberRead
	MemberManage
	TeamFound     // a team of one's own; join one that lets people of its domain in
	RecoveryStart // of a person's account, and stop it
	TeamManage
	TeamReadAll
	TeamAdminister // take people out, name an owner, confirm a domain
	ServiceManage  // make, change, disable service accounts of one's own teams
	DomainManage   // of one's own teams
	AuditRead
	TenantConfigure
	HostManage    // the tenant's own host name
	SettingsRead  // how the tenant is reached and signed in to
	IdentityCheck // what the program itself does: ask the provider who is there
	GrantDecide   // approve or decline what a staff person asks for, end a grant
	ClientRead    // which clients are registered
	ClientManage  // register, change, rotate, remove
	RefusalRead   // why a call with a token was refused
	RefusalReadAll
	TenantExport // all of the tenant as a file

	// of who shows a secret other than a person's
	TokenSelf       // what the token that was sent is, its successor, its end
	TokenIntrospect // RFC 7662
	TokenSurrender  // revoke a token that was presented to a client, RFC 7009
	actions
)

// who is a set of kinds of callers.
type who uint32

const (
	stranger who = 1 << iota
	signedIn
	inOwnRight // signed in, in the tenant not as staff by a grant, and let in by its policy
	outsider   // the same, and not let in
	teamMember
	teamOwner
	auditor
	apiManager
	admin
	grantView
	grantSupport
	grantManage
	support
	operator
	program    // Gatehouse itself, in its jobs
	bearer     // a token that speaks for itself
	client     // registered, RFC 7662
	standIn    // of an admin who is away
	recovering // in a recovery session
	visiting   // signed in through a provider, which does not open the account itself

	anyone   = stranger | signedIn | visiting
	team     = teamMember | teamOwner
	anyGrant = grantView | grantSupport | grantManage
	readers  = auditor | admin | anyGrant
)

// rule is one row of the permission table.
type rule struct {
	name  string // in the audit log and in the documentation
	may   who
	scope string // of a management token; empty where no token may
}

// table is the whole permission model: action × kind of caller. It is no
// ladder: an API manager publishes and decides nothing, an auditor reads
// everything and changes nothing, and support acts only as far as its grant goes.
var table = [actions]rule{
	AccountUse:            {"account.use", signedIn, ""},
	AccountRecover:        {"account.recover", recovering, ""},
	AccountVisit:          {"account.visit", signedIn | visiting, ""},
	AccountConfirm:        {"account.confirm", signedIn | visiting, ""},
	SessionEnd:            {"session.end", anyone | recovering, ""},
	SessionCarry:          {"session.carry", signedIn | visiting, ""},
	TenantCreate:          {"tenant.create", operator, "tenants:write"},
	TenantSuspend:         {"tenant.suspend", operator, "tenants:write"},
	TenantArchive:         {"tenant.archive", operator, "tenants:write"},
	AdminInvite:           {"admin.invite", operator, ""},
	TenantDirectory:       {"tenant.directory", operator | support, "tenants:read"},
	GrantTake:             {"grant.take", operator | support, ""},
	GrantGive:             {"grant.give", operator, ""},
	GrantBreakGlass:       {"grant.break_glass", operator | support, ""},
	GrantOversee:          {"grant.oversee", operator, ""},
	StaffManage:           {"staff.manage", operator, ""},
	JobsRead:              {"jobs.read", operator, ""},
	InstallationAuditRead: {"installation_audit.read", operator, ""},
	PersonManage:          {"person.manage", operator, ""},
	InstallationConfigure: {"installation.configure", operator, "installation:write"},
	TenantCarry:           {"tenant.carry", operator | program, ""},
	StaffCheck:            {"staff.check", program, ""},
	InstallationRead:      {"installation.read", operator, "installation:read"},
	OperatorTokenManage:   {"operator_token.manage", operator, ""},

	CatalogRead:            {"catalog.read", anyone, "apis:read"},
	DocumentCompare:        {"document.compare", anyone | program, "apis:read"},
	SubscriptionRequest:    {"subscription.request", inOwnRight, ""},
	JoinRequest:            {"join.request", outsider, ""},
	SubscriptionReadOwn:    {"subscription.read_own", team, ""},
	SubscriptionEndOwn:     {"subscription.end_own", teamOwner, ""},
	SubscriptionReadAll:    {"subscription.read_all", readers | apiManager | program, "subscriptions:read"},
	SubscriptionDecide:     {"subscription.decide", admin | standIn | grantSupport | grantManage, "subscriptions:write"},
	SubscriptionTransfer:   {"subscription.transfer", teamOwner | admin | grantSupport | grantManage, "subscriptions:write"},
	StandInName:            {"stand_in.name", admin, ""},
	RequestsHear:           {"requests.hear", admin | standIn, ""},
	TokenCreate:            {"token.create", team, ""},
	TokenReadOwn:           {"token.read_own", team, ""},
	TokenEditOwn:           {"token.edit_own", team, ""},
	TokenWiden:             {"token.widen", team, ""},
	TokenRotate:            {"token.rotate", team, ""},
	TokenClaim:             {"token.claim", team, ""},
	TokenPrepare:           {"token.prepare", admin | grantSupport | grantManage, ""},
	TokenReadAll:           {"token.read_all", readers | program, "tokens:read"},
	TokenRevokeAny:         {"token.revoke_any", admin | grantSupport | grantManage, "tokens:write"},
	TokenDecide:            {"token.decide", admin | grantSupport | grantManage, "tokens:write"},
	TokenExport:            {"token.export", auditor | admin | grantManage, ""},
	ViewKeep:               {"view.keep", auditor | admin, ""},
	TokenWatch:             {"token.watch", program, ""},
	TokenReport:            {"token.report", anyone | program, ""},
	AlertRead:              {"alert.read", readers, "tokens:read"},
	AlertClose:             {"alert.close", admin | grantSupport | grantManage, "tokens:write"},
	AlertCloseOwn:          {"alert.close_own", team, ""},
	TryCall:                {"token.try", team, ""},
	ManagementTokenCreate:  {"management_token.create", admin | apiManager, ""},
	ManagementTokenReadOwn: {"management_token.read_own", admin | apiManager, ""},
	UsageReadAll:           {"usage.read_all", readers | apiManager, "usage:read"},
	APIReadAll:             {"api.read_all", readers | apiManager | program, "apis:read"},
	APIManage:              {"api.manage", apiManager | admin | grantManage, "apis:write"},
	DocumentCheck:          {"document.check", program, ""},
	VersionWatch:           {"version.watch", program, ""},
	CredentialWrite:        {"credential.write", apiManager | admin, ""},
	MemberRead:             {"member.read", readers | apiManager, "members:read"},
	MemberManage:           {"member.manage", admin, ""},
	TeamFound:              {"team.found", inOwnRight, ""},
	RecoveryStart:          {"recovery.start", admin, ""},
	TeamManage:             {"team.manage", teamOwner, ""},
	TeamReadAll:            {"team.read_all", readers, "tokens:read"},
	TeamAdminister:         {"team.administer", admin | grantManage, ""},
	ServiceManage:          {"service.manage", teamOwner, ""},
	DomainManage:           {"domain.manage", teamOwner, ""},
	AuditRead:              {"audit.read", readers, "audit:read"},
	TenantConfigure:        {"tenant.configure", admin, "settings:write"},
	HostManage:             {"host.manage", admin, "settings:write"},
	SettingsRead:           {"settings.read", admin, "settings:read"},
	IdentityCheck:          {"identity.check", program, ""},
	GrantDecide:            {"grant.decide", operator | admin, ""},
	ClientRead:             {"client.read", readers, "clients:read"},
	ClientManage:           {"client.manage", admin, "clients:write"},
	RefusalRead:            {"refusal.read", team | readers, "usage:read"},
	RefusalReadAll:         {"refusal.read_all", readers, "usage:read"},
	TenantExport:           {"tenant.export", admin, ""},

	TokenSelf:       {"token.self", bearer, ""},
	TokenIntrospect: {"token.introspect", client, ""},
	TokenSurrender:  {"token.surrender", client, ""},
}

// String is the action's name in the audit log.
func (a Action) String() string { return table[a].name }

// ActionNames are the names of all actions, in the order of the table.
func ActionNames() []string {
	var names []string
	for _, rule := range table[1:] {
		names = append(names, rule.name)
	}
	return names
}

// Scope that a management token needs for the action, or "" if none suffices.
func (a Action) Scope() string { return table[a].scope }

// OperatorScopes are all scopes that a token of an operator can have. None lets it make
// a token, give a role or enter a tenant (R6).
var OperatorScopes = []struct{ Name, Allows string }{
	{"tenants:read", "Read which tenants there are and how they are; nothing that is in them"},
	{"tenants:write", "Create, suspend, resume, archive and restore tenants"},
	{"installation:read", "Read the settings of the installation, and how its servers are"},
	{"installation:write", "Change the settings of the installation"},
}

// ManagementScopes are all scopes that a management token can have, with what
// they allow in plain words.
var ManagementScopes = []struct{ Name, Allows string }{
	{"apis:read", "Read APIs, versions, documents and plans, drafts too"},
	{"apis:write", "Create and change APIs, upload documents, publish"},
	{"subscriptions:read", "Read subscriptions and requests"},
	{"subscriptions:write", "Decide requests, ask back, pause, hand over and end subscriptions"},
	{"tokens:read", "Read what tokens exist and what they may do, and alerts; never a secret"},
	{"tokens:write", "Approve, deny, pause and revoke tokens, close alerts"},
	{"members:read", "Read who has a role, who is invited and who asks to be let in"},
	{"clients:read", "Read which clients are registered"},
	{"clients:write", "Remove registered clients"},
	{"usage:read", "Read usage, and why calls were refused"},
	{"audit:read", "Read the audit log"},
	{"settings:read", "Read the provider for sign-in and the own host name; never a secret"},
	{"settings:write", "Renew the provider’s client secret and turn it off; set, check and remove the own host name"},
}
