package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/api"
	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
	"gatehouse/internal/leaks"
	"gatehouse/models"
)

// route is one row of the sitemap: an address, who may use it, and who answers.
type route struct {
	method, path string
	rule         guard.Rule
	handler      echo.HandlerFunc
	limit        int64  // bytes of body; 0 is formLimit
	form         string // the page that a write's form stands on, where it has another address
}

// formLimit is enough for every form (R90); a document has a limit of its own.
const formLimit = 256 << 10

// documentLimit is a document of 32 MiB with the form around it (R101).
const documentLimit = 33 << 20

func (r route) bodyLimit() int64 {
	if r.limit > 0 {
		return r.limit
	}
	return formLimit
}

// page is a route of people: by session cookie, and for an action of the permission table.
func page(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Browser, Needs: needs}, handler: h}
}

// open is a route that is the same for everybody and reads no cookie.
func open(method, path string, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.None}, handler: h}
}

// machine is a route of the management API: by management token.
func machine(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Management, Needs: needs}, handler: h}
}

// bearer is a route of a token that speaks for itself.
func bearer(method, path string, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Bearer, Needs: models.TokenSelf}, handler: h}
}

// client is a route of registered clients (RFC 7662, RFC 7009).
func client(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Client, Needs: needs}, handler: h}
}

// upTo lets a route read larger bodies.
func (r route) upTo(limit int64) route { r.limit = limit; return r }

// on names the page that the form of a write stands on. A form with problems is
// shown at the address that it was sent to, and there a reader reloads, comes back
// to after signing in or switching the theme: GET leads to the form.
func (r route) on(form string) route { r.form = form; return r }

// withForms adds what leads to the forms, for those who may see them.
func withForms(rows []route) []route {
	rules := map[string]guard.Rule{}
	for _, r := range rows {
		if r.method == http.MethodGet {
			rules[r.path] = r.rule
		}
	}
	for _, r := range rows {
		if r.form != "" {
			form, _, _ := strings.Cut(r.form, "?")
			rows = append(rows, route{method: http.MethodGet, path: r.path, rule: rules[form], handler: leadTo(r.form)})
		}
	}
	return rows
}

// leadTo redirects to an address with the parameters of the one that was asked for.
func leadTo(pattern string) echo.HandlerFunc {
	return func(c echo.Context) error {
		var pairs []string
		for _, name := range c.ParamNames() {
			pairs = append(pairs, ":"+name, url.PathEscape(c.Param(name)))
		}
		return c.Redirect(http.StatusSeeOther, strings.NewReplacer(pairs...).Replace(pattern))
	}
}

// Routes is the sitemap. There is no other place where an address is bound.
func Routes(o Options, w *web.Web, a *api.API) []route {
	const get, post, put, patch = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch
	anybody := models.CatalogRead // strangers too; what a tenant shows them is the tenant's choice
	rows := []route{
		open(get, "/static/*", w.Static),
		page(get, "/t/:tenant/theme.:file", anybody, w.Theme),
		page(get, "/t/:tenant/logo/:file", anybody, w.Logo),
		page(post, "/theme", anybody, w.SwitchTheme),

		page(get, "/", anybody, w.Home),
		page(get, "/signup", anybody, w.SignUp),
		page(post, "/signup", anybody, w.SendLink),
		page(get, "/signup/sent", anybody, w.LinkSent),
		page(get, "/link/:secret", anybody, w.Link),
		page(post, "/link/:secret/begin", anybody, w.BeginEnrol),
		page(post, "/link/:secret/finish", anybody, w.FinishEnrol),
		page(post, "/link/:secret/accept", models.AccountUse, w.AcceptInvitation).on("/link/:secret"),
		page(get, "/login", anybody, w.Login),
		page(post, "/login/begin", anybody, w.BeginLogin),
		page(post, "/login/finish", anybody, w.FinishLogin),
		page(post, "/logout", anybody, w.Logout),
		page(post, "/step-up/begin", models.AccountUse, w.BeginStepUp),
		page(post, "/step-up/finish", models.AccountUse, w.FinishStepUp),
		page(get, "/account", models.AccountUse, w.Account),
		page(post, "/account", models.AccountUse, w.RenameAccount),
		page(post, "/account/passkeys", models.AccountUse, w.AddPasskey).on("/account"),
		page(get, "/account/passkeys/new", models.AccountUse, w.NewPasskey),
		page(post, "/account/passkeys/begin", models.AccountUse, w.BeginPasskey),
		page(post, "/account/passkeys/finish", models.AccountUse, w.FinishPasskey),
		page(get, "/account/passkeys/:id/remove", models.AccountUse, w.ConfirmRemovePasskey),
		page(post, "/account/passkeys/:id/remove", models.AccountUse, w.RemovePasskey),
		page(post, "/account/sessions/end", models.AccountUse, w.EndSession).on("/account"),
		page(get, "/notifications", models.AccountUse, w.ListNotifications),
		page(post, "/notifications/read", models.AccountUse, w.ReadNotifications).on("/notifications"),

		page(get, "/t/:tenant/admin/members", models.MemberRead, w.ListMembers),
		page(post, "/t/:tenant/admin/members", models.MemberManage, w.InviteMember),
		page(post, "/t/:tenant/admin/members/withdraw", models.MemberManage, w.WithdrawInvitation).on("/t/:tenant/admin/members"),
		page(get, "/t/:tenant/admin/members/:id", models.MemberManage, w.Member),
		page(post, "/t/:tenant/admin/members/:id", models.MemberManage, w.SetRole),
		page(get, "/t/:tenant/admin/audit", models.AuditRead, w.AuditLog),
		page(post, "/t/:tenant/admin/audit/verify", models.AuditRead, w.VerifyAudit).on("/t/:tenant/admin/audit"),
		page(get, "/t/:tenant/admin/settings", models.TenantConfigure, w.Settings),
		page(post, "/t/:tenant/admin/settings", models.TenantConfigure, w.Configure),
		page(get, "/t/:tenant/admin/settings/tokens", models.TenantConfigure, w.TokenPolicy),
		page(post, "/t/:tenant/admin/settings/tokens", models.TenantConfigure, w.SetTokenPolicy),
		page(get, "/t/:tenant/admin/settings/colour", models.TenantConfigure, w.PreviewColour),
		page(post, "/t/:tenant/leave", models.GrantTake, w.LeaveTenant).on("/t/:tenant"),

		page(get, "/support", models.TenantDirectory, w.Support),
		page(get, "/support/tenants/new", models.TenantCreate, w.NewTenant),
		page(post, "/support/tenants/new", models.TenantCreate, w.CreateTenant),
		page(get, "/support/tenants/:slug", models.TenantDirectory, w.TenantDoor),
		page(post, "/support/tenants/:slug", models.GrantTake, w.EnterTenant),
		page(post, "/support/tenants/:slug/grants", models.GrantGive, w.GiveGrant).on("/support/tenants/:slug"),
		page(post, "/support/tenants/:slug/suspend", models.TenantSuspend, w.SuspendTenant).on("/support/tenants/:slug"),
		page(post, "/support/tenants/:slug/resume", models.TenantSuspend, w.ResumeTenant).on("/support/tenants/:slug"),
		page(post, "/support/tenants/:slug/admin", models.AdminInvite, w.InviteAdmin).on("/support/tenants/:slug"),
		page(get, "/support/staff", models.StaffManage, w.ListStaff),
		page(post, "/support/staff", models.StaffManage, w.InviteStaff),
		page(post, "/support/staff/withdraw", models.StaffManage, w.WithdrawStaff).on("/support/staff"),
		page(get, "/support/staff/:id", models.StaffManage, w.StaffPerson),
		page(post, "/support/staff/:id", models.StaffManage, w.SetStaffRole),
		page(get, "/support/jobs", models.JobsRead, w.ListJobs),
		page(post, "/support/jobs/:id/retry", models.JobsRead, w.RetryJob).on("/support/jobs"),
		page(post, "/support/jobs/:id/discard", models.JobsRead, w.DiscardJob).on("/support/jobs"),
		page(get, "/support/audit", models.InstallationAuditRead, w.AuditLog),
		page(post, "/support/audit/verify", models.InstallationAuditRead, w.VerifyAudit).on("/support/audit"),

		page(get, "/t/:tenant", anybody, w.TenantHome),
		page(get, "/t/:tenant/llms.txt", anybody, w.LLMs),
		page(get, "/t/:tenant/feed.atom", anybody, w.TenantFeed),
		page(get, "/t/:tenant/apis", anybody, w.APIList),
		page(get, "/t/:tenant/apis/:api/feed.atom", anybody, w.APIFeed),
		page(get, "/t/:tenant/apis/:api", anybody, w.API),
		page(get, "/t/:tenant/apis/:api/guides/:guide", anybody, w.TenantGuide),
		page(get, "/t/:tenant/guides", anybody, w.Guides),
		page(get, "/t/:tenant/guides/:guide", anybody, w.TenantGuide),
		page(get, "/t/:tenant/apis/:api/status", models.CatalogRead, w.APIStatus),
		page(get, "/t/:tenant/apis/:api/compare", anybody, w.Compare),
		page(get, "/t/:tenant/apis/:api/:version", anybody, w.Reference),
		page(get, "/t/:tenant/apis/:api/:version/operations/:operation", anybody, w.Reference),
		page(get, "/t/:tenant/apis/:api/:version/schemas/:schema", anybody, w.ReferenceSchema),
		page(get, "/t/:tenant/apis/:api/:version/webhooks/:webhook", anybody, w.ReferenceWebhook),
		page(get, "/t/:tenant/apis/:api/:version/openapi.json", anybody, w.OpenAPI),
		page(get, "/t/:tenant/apis/:api/:version/openapi.yaml", anybody, w.OpenAPIYAML),
		page(get, "/t/:tenant/apis/:api/:version/llms.txt", anybody, w.VersionLLMs),
		page(get, "/t/:tenant/apis/:api/:version/life", anybody, w.VersionEnd),
		page(post, "/t/:tenant/apis/:api/:version/life/seen", models.SubscriptionReadOwn, w.SeeVersionEnd).on("/t/:tenant/apis/:api/:version/life"),
		page(get, "/t/:tenant/apis/:api/:version/life/end.ics", anybody, w.VersionCalendar),
		page(get, "/t/:tenant/apis/:api/:version/try", anybody, w.Try),
		page(get, "/t/:tenant/apis/:api/:version/try/openapi.json", anybody, w.TryOpenAPI),

		page(get, "/t/:tenant/admin/guides", models.APIReadAll, w.GuidesDesk),
		page(get, "/t/:tenant/admin/guides/new", models.APIManage, w.NewGuide),
		page(post, "/t/:tenant/admin/guides/new", models.APIManage, w.CreateGuide),
		page(get, "/t/:tenant/admin/guides/:id", models.APIReadAll, w.WriteGuide),
		page(post, "/t/:tenant/admin/guides/:id", models.APIManage, w.UpdateGuide),
		page(post, "/t/:tenant/admin/guides/:id/move", models.APIManage, w.MoveGuide).on("/t/:tenant/admin/guides"),
		page(post, "/t/:tenant/admin/guides/:id/delete", models.APIManage, w.DeleteGuide).on("/t/:tenant/admin/guides/:id"),

		page(get, "/t/:tenant/admin/apis", models.APIReadAll, w.AdminAPIs),
		page(post, "/t/:tenant/admin/apis", models.APIManage, w.CreateAPI),
		page(get, "/t/:tenant/admin/apis/:api", models.APIReadAll, w.AdminAPI),
		page(post, "/t/:tenant/admin/apis/:api", models.APIManage, w.UpdateAPI),
		page(get, "/t/:tenant/admin/apis/:api/plans/new", models.APIManage, w.NewPlan),
		page(post, "/t/:tenant/admin/apis/:api/plans/new", models.APIManage, w.CreatePlan),
		page(get, "/t/:tenant/admin/apis/:api/plans/:plan", models.APIManage, w.Plan),
		page(post, "/t/:tenant/admin/apis/:api/plans/:plan", models.APIManage, w.UpdatePlan),
		page(get, "/t/:tenant/admin/apis/:api/plans/:plan/exceptions/new", models.APIManage, w.NewException),
		page(post, "/t/:tenant/admin/apis/:api/plans/:plan/exceptions/new", models.APIManage, w.CreateException),
		page(post, "/t/:tenant/admin/apis/:api/plans/:plan/exceptions/:id/end", models.APIManage, w.EndException).on("/t/:tenant/admin/apis/:api/plans/:plan"),
		page(post, "/t/:tenant/admin/apis/:api/plans/:plan/archive", models.APIManage, w.ArchivePlan).on("/t/:tenant/admin/apis/:api/plans/:plan"),
		page(get, "/t/:tenant/admin/apis/:api/visibility", models.APIManage, w.ShowVisibility),
		page(post, "/t/:tenant/admin/apis/:api/visibility", models.APIManage, w.SetVisibility),
		page(post, "/t/:tenant/admin/apis/:api/versions", models.APIManage, w.CreateVersion).on("/t/:tenant/admin/apis/:api"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version", models.APIReadAll, w.AdminVersion),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version", models.APIManage, w.SetUpstream),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/document", models.APIManage, w.PutDocument).upTo(documentLimit).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/imports/:import", models.APIReadAll, w.Import),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source", models.APIManage, w.SetSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source/check", models.APIManage, w.FetchSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source/delete", models.APIManage, w.DeleteSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/revisions/:revision", models.APIReadAll, w.Understood),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/operations", models.APIReadAll, w.Grouping),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/operations", models.APIManage, w.Regroup),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/credential", models.CredentialWrite, w.SetCredential).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/credential/delete", models.CredentialWrite, w.DeleteCredential).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/mock", models.APIManage, w.SetMock).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/publish", models.APIManage, w.Publish).on("/t/:tenant/admin/apis/:api/versions/:version"),

		page(get, "/t/:tenant/admin/apis/:api/versions/:version/life", models.APIReadAll, w.VersionLife),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/life", models.APIManage, w.DeprecateVersion),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/life/undo", models.APIManage, w.UndeprecateVersion).on("/t/:tenant/admin/apis/:api/versions/:version/life"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/life/retire", models.APIManage, w.RetireVersion).on("/t/:tenant/admin/apis/:api/versions/:version/life"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/life/revive", models.APIManage, w.ReviveVersion).on("/t/:tenant/admin/apis/:api/versions/:version/life"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/life/:announcement", models.APIReadAll, w.Announcement),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/life/:announcement/told.csv", models.APIReadAll, w.ToldCSV),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/life/:announcement/remind", models.APIManage, w.RemindCallers).on("/t/:tenant/admin/apis/:api/versions/:version/life/:announcement"),

		page(get, "/t/:tenant/apis/:api/subscribe", models.SubscriptionRequest, w.SubscribeForm),
		page(post, "/t/:tenant/apis/:api/:version/subscribe", models.SubscriptionRequest, w.Subscribe).on("/t/:tenant/apis/:api/subscribe?version=:version"),
		page(post, "/t/:tenant/apis/:api/:version/try/token", models.TryCall, w.TryToken),
		page(get, "/t/:tenant/subscriptions", models.SubscriptionReadOwn, w.SubscriptionList),
		page(get, "/t/:tenant/subscriptions/:id", models.SubscriptionReadOwn, w.ShowSubscription),
		page(post, "/t/:tenant/subscriptions/:id/messages", models.SubscriptionEndOwn, w.AnswerRequest).on("/t/:tenant/subscriptions/:id"),
		page(post, "/t/:tenant/subscriptions/:id/plan", models.SubscriptionEndOwn, w.ChangePlan).on("/t/:tenant/subscriptions/:id"),
		page(post, "/t/:tenant/subscriptions/:id/plan/keep", models.SubscriptionEndOwn, w.KeepPlan).on("/t/:tenant/subscriptions/:id"),
		page(post, "/t/:tenant/subscriptions/:id/team", models.SubscriptionEndOwn, w.HandOver).on("/t/:tenant/subscriptions/:id"),
		page(post, "/t/:tenant/subscriptions/:id/withdraw", models.SubscriptionEndOwn, w.WithdrawSubscription).on("/t/:tenant/subscriptions"),
		page(get, "/t/:tenant/subscriptions/:id/end", models.SubscriptionEndOwn, w.ConfirmEndSubscription),
		page(post, "/t/:tenant/subscriptions/:id/end", models.SubscriptionEndOwn, w.EndSubscription),

		page(get, "/t/:tenant/team", models.SubscriptionReadOwn, w.ListTeams),
		page(post, "/t/:tenant/team/:id/invitations", models.TeamManage, w.InviteColleague).on("/t/:tenant/team"),
		page(post, "/t/:tenant/team/:id/invitations/withdraw", models.TeamManage, w.WithdrawColleague).on("/t/:tenant/team"),
		page(get, "/t/:tenant/team/:id/leave", models.SubscriptionReadOwn, w.ConfirmLeaveTeam),
		page(post, "/t/:tenant/team/:id/leave", models.SubscriptionReadOwn, w.LeaveTeam),
		page(post, "/t/:tenant/team/:id/members/:user", models.TeamManage, w.SetTeamRole).on("/t/:tenant/team"),
		page(get, "/t/:tenant/team/:id/members/:user/remove", models.TeamManage, w.ConfirmRemoveColleague),
		page(post, "/t/:tenant/team/:id/members/:user/remove", models.TeamManage, w.RemoveColleague),

		page(get, "/t/:tenant/tokens", models.TokenReadOwn, w.TokenList),
		page(post, "/t/:tenant/tokens", models.TokenCreate, w.CreateToken),
		page(get, "/t/:tenant/tokens/new", models.TokenCreate, w.NewTokenForm),
		page(get, "/t/:tenant/tokens/expiry.ics", models.TokenReadOwn, w.TokenCalendars),
		page(post, "/t/:tenant/tokens/new", models.TokenCreate, w.LookAtToken),
		page(get, "/t/:tenant/tokens/:id", models.TokenReadOwn, w.ShowToken),
		page(get, "/t/:tenant/tokens/:id/expiry.ics", models.TokenReadOwn, w.TokenCalendar),
		page(get, "/t/:tenant/tokens/:id/narrow", models.TokenEditOwn, w.ConfirmNarrowToken),
		page(post, "/t/:tenant/tokens/:id/narrow", models.TokenEditOwn, w.NarrowToken),
		page(post, "/t/:tenant/tokens/:id/narrow/undo", models.TokenEditOwn, w.WidenToken).on("/t/:tenant/tokens/:id"),
		page(post, "/t/:tenant/tokens/:id/test", models.TokenReadOwn, w.TestToken).on("/t/:tenant/tokens/:id"),
		page(get, "/t/:tenant/tokens/:id/edit", models.TokenEditOwn, w.EditToken),
		page(post, "/t/:tenant/tokens/:id/edit", models.TokenEditOwn, w.SaveToken),
		page(post, "/t/:tenant/tokens/:id/look", models.TokenEditOwn, w.LookAtEdit).on("/t/:tenant/tokens/:id/edit"),
		page(post, "/t/:tenant/tokens/:id/withdraw", models.TokenEditOwn, w.WithdrawToken).on("/t/:tenant/tokens/:id"),
		page(get, "/t/:tenant/tokens/:id/rotate", models.TokenRotate, w.RotateForm),
		page(post, "/t/:tenant/tokens/:id/rotate", models.TokenRotate, w.RotateToken),
		page(post, "/t/:tenant/tokens/:id/retire", models.TokenEditOwn, w.RetireToken).on("/t/:tenant/tokens/:id"),
		page(post, "/t/:tenant/tokens/:id/alerts", models.AlertCloseOwn, w.CloseOwnAlert).on("/t/:tenant/tokens/:id"),
		page(get, "/t/:tenant/tokens/:id/pause", models.TokenEditOwn, w.ConfirmPauseToken),
		page(post, "/t/:tenant/tokens/:id/pause", models.TokenEditOwn, w.PauseToken),
		page(post, "/t/:tenant/tokens/:id/resume", models.TokenEditOwn, w.ResumeToken).on("/t/:tenant/tokens/:id"),
		page(get, "/t/:tenant/tokens/:id/revoke", models.TokenEditOwn, w.ConfirmRevokeToken),
		page(post, "/t/:tenant/tokens/:id/revoke", models.TokenEditOwn, w.RevokeToken),

		page(get, "/t/:tenant/usage", models.TokenReadOwn, w.OwnUsage),
		page(get, "/t/:tenant/requests", models.RefusalRead, w.FindRequest),
		page(get, "/t/:tenant/requests/:id", models.RefusalRead, w.ExplainRequest),

		page(get, "/t/:tenant/admin", models.SubscriptionReadAll, w.ShowOverview),
		page(get, "/t/:tenant/admin/requests", models.SubscriptionReadAll, w.Requests),
		page(post, "/t/:tenant/admin/requests", models.SubscriptionDecide, w.DecideRequests),
		page(get, "/t/:tenant/admin/requests/:id", models.SubscriptionReadAll, w.Requests),
		page(post, "/t/:tenant/admin/requests/:id/approve", models.SubscriptionDecide, w.ApproveRequest).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/deny", models.SubscriptionDecide, w.DenyRequest).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/pause", models.SubscriptionDecide, w.PauseSubscription).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/resume", models.SubscriptionDecide, w.ResumeSubscription).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/end", models.SubscriptionDecide, w.EndAnySubscription).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/messages", models.SubscriptionDecide, w.AskPartner).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/plan/approve", models.SubscriptionDecide, w.ApprovePlanChange).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/plan/deny", models.SubscriptionDecide, w.DenyPlanChange).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/until", models.SubscriptionDecide, w.EndOnDay).on("/t/:tenant/admin/requests/:id"),
		page(post, "/t/:tenant/admin/requests/:id/team", models.SubscriptionDecide, w.HandToTeam).on("/t/:tenant/admin/requests/:id"),
		page(get, "/t/:tenant/admin/requests/deciding", models.RequestsHear, w.Deciding),
		page(post, "/t/:tenant/admin/requests/deciding", models.RequestsHear, w.HearOfRequests),
		page(post, "/t/:tenant/admin/requests/deciding/stand-in", models.StandInName, w.NameStandIn).on("/t/:tenant/admin/requests/deciding"),
		page(post, "/t/:tenant/admin/requests/deciding/stand-in/end", models.StandInName, w.EndStandIn).on("/t/:tenant/admin/requests/deciding"),
		page(get, "/t/:tenant/admin/tokens", models.TokenReadAll, w.AllTokenList),
		page(get, "/t/:tenant/admin/tokens/bulk", models.TokenRevokeAny, w.ConfirmBulk),
		page(post, "/t/:tenant/admin/tokens/bulk", models.TokenRevokeAny, w.ChangeBulk),
		page(get, "/t/:tenant/admin/tokens/bulk/:id", models.TokenReadAll, w.ShowBulk),
		page(post, "/t/:tenant/admin/tokens/bulk/:id", models.TokenRevokeAny, w.GoOnBulk),
		page(get, "/t/:tenant/admin/tokens/export", models.TokenExport, w.ExportTokens),
		page(post, "/t/:tenant/admin/tokens/export", models.TokenExport, w.ExportFile),
		page(post, "/t/:tenant/admin/tokens/views", models.ViewKeep, w.SaveView).on("/t/:tenant/admin/tokens"),
		page(post, "/t/:tenant/admin/tokens/views/:id/delete", models.ViewKeep, w.DeleteView).on("/t/:tenant/admin/tokens"),
		page(get, "/t/:tenant/admin/tokens/:id", models.TokenReadAll, w.ShowAnyToken),
		page(get, "/t/:tenant/admin/tokens/:id/request", models.TokenReadAll, w.TokenRequest),
		page(post, "/t/:tenant/admin/tokens/:id/approve", models.TokenDecide, w.ApproveToken).on("/t/:tenant/admin/tokens/:id/request"),
		page(post, "/t/:tenant/admin/tokens/:id/deny", models.TokenDecide, w.DenyToken).on("/t/:tenant/admin/tokens/:id/request"),
		page(get, "/t/:tenant/admin/tokens/:id/pause", models.TokenRevokeAny, w.ConfirmPauseAnyToken),
		page(post, "/t/:tenant/admin/tokens/:id/pause", models.TokenRevokeAny, w.PauseAnyToken),
		page(post, "/t/:tenant/admin/tokens/:id/resume", models.TokenRevokeAny, w.ResumeAnyToken).on("/t/:tenant/admin/tokens/:id"),
		page(get, "/t/:tenant/admin/tokens/:id/revoke", models.TokenRevokeAny, w.ConfirmRevokeAnyToken),
		page(post, "/t/:tenant/admin/tokens/:id/revoke", models.TokenRevokeAny, w.RevokeAnyToken),
		page(get, "/t/:tenant/admin/alerts", models.AlertRead, w.AlertList),
		page(get, "/t/:tenant/admin/alerts/:alert", models.AlertRead, w.ShowAlert),
		page(post, "/t/:tenant/admin/alerts/:alert", models.AlertClose, w.CloseAlert),
		page(get, "/t/:tenant/admin/management-tokens", models.ManagementTokenReadOwn, w.ManagementTokenList),
		page(get, "/t/:tenant/admin/management-tokens/new", models.ManagementTokenCreate, w.NewManagementToken),
		page(post, "/t/:tenant/admin/management-tokens", models.ManagementTokenCreate, w.CreateManagementToken),
		page(get, "/t/:tenant/admin/management-tokens/:id/revoke", models.ManagementTokenReadOwn, w.ConfirmRevokeManagementToken),
		page(post, "/t/:tenant/admin/management-tokens/:id/revoke", models.ManagementTokenReadOwn, w.RevokeManagementToken),
		page(post, "/t/:tenant/admin/management-tokens/:id/resume", models.ManagementTokenReadOwn, w.WakeManagementToken).on("/t/:tenant/admin/management-tokens"),

		page(get, "/found", anybody, w.Found),
		page(post, "/found", anybody, w.ReportFound),
		page(get, "/found/thanks", anybody, w.FoundThanks),
		open(post, "/credentials/revoke", a.RevokeCredentials),
		open(post, "/leaks/check", a.CheckLeaks),
		open(post, "/leaks/github", a.GitHubLeaks).upTo(leaks.BodyMost),
		open(post, "/leaks/:source", a.ScannerLeaks).upTo(leaks.BodyMost),

		page(get, "/t/:tenant/admin/clients", models.ClientRead, w.ClientList),
		page(post, "/t/:tenant/admin/clients", models.ClientManage, w.RegisterClient),
		page(get, "/t/:tenant/admin/clients/new", models.ClientManage, w.NewClient),
		page(get, "/t/:tenant/admin/clients/:id", models.ClientRead, w.ShowClient),
		page(post, "/t/:tenant/admin/clients/:id", models.ClientManage, w.ChangeClient),
		page(post, "/t/:tenant/admin/clients/:id/rotate", models.ClientManage, w.RotateClient).on("/t/:tenant/admin/clients/:id"),
		page(get, "/t/:tenant/admin/clients/:id/remove", models.ClientManage, w.ConfirmRemoveClient),
		page(post, "/t/:tenant/admin/clients/:id/remove", models.ClientManage, w.RemoveClient),

		page(get, "/docs", anybody, w.Docs),
		page(get, "/docs/:guide", anybody, w.Guide),
		page(get, "/docs/errors", anybody, w.Errors),
		page(get, "/docs/errors/:code", anybody, w.ErrorCode),
		page(get, "/docs/api", anybody, w.ManagementAPI),
		page(get, "/docs/api/operations/:operation", anybody, w.ManagementAPI),
		open(get, "/docs/api/openapi.json", w.ManagementDocument),

		client(post, "/oauth/introspect", models.TokenIntrospect, a.Introspect),
		client(post, "/oauth/revoke", models.TokenSurrender, a.RevokePresented),

		bearer(get, "/api/v1/token", a.Self),
		bearer(http.MethodDelete, "/api/v1/token", a.EndSelf),
		bearer(post, "/api/v1/token/rotate", a.RotateSelf),
		machine(get, "/api/v1/tenants/:tenant/guides", models.APIReadAll, a.ListGuides),
		machine(post, "/api/v1/tenants/:tenant/guides", models.APIManage, a.CreateGuide),
		machine(get, "/api/v1/tenants/:tenant/guides/:id", models.APIReadAll, a.ReadGuide),
		machine(patch, "/api/v1/tenants/:tenant/guides/:id", models.APIManage, a.UpdateGuide),
		machine(http.MethodDelete, "/api/v1/tenants/:tenant/guides/:id", models.APIManage, a.DeleteGuide),
		machine(get, "/api/v1/tenants/:tenant/search", models.CatalogRead, a.Search),
		machine(get, "/api/v1/tenants/:tenant/apis", models.CatalogRead, a.ListAPIs),
		machine(post, "/api/v1/tenants/:tenant/apis", models.APIManage, a.CreateAPI),
		machine(get, "/api/v1/tenants/:tenant/apis/:api", models.CatalogRead, a.ReadAPI),
		machine(patch, "/api/v1/tenants/:tenant/apis/:api", models.APIManage, a.UpdateAPI),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/status", models.CatalogRead, a.APIStatus),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/usage", models.UsageReadAll, a.APIUsage),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions", models.CatalogRead, a.ListVersions),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions", models.APIManage, a.CreateVersion),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version", models.APIReadAll, a.ReadVersion),
		machine(patch, "/api/v1/tenants/:tenant/apis/:api/versions/:version", models.APIManage, a.UpdateVersion),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/comparison", models.APIReadAll, a.CompareVersion),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/publish", models.APIManage, a.PublishVersion),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/deprecate", models.APIManage, a.DeprecateVersion),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/undeprecate", models.APIManage, a.UndeprecateVersion),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/retire", models.APIManage, a.RetireVersion),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/revive", models.APIManage, a.ReviveVersion),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/announcements", models.APIReadAll, a.ListAnnouncements),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/announcements/:announcement", models.APIReadAll, a.ReadAnnouncement),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/announcements/:announcement/remind", models.APIManage, a.RemindCallers),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/document", models.APIReadAll, a.ReadDocument),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/revisions/:revision", models.APIReadAll, a.ReadRevision),
		machine(put, "/api/v1/tenants/:tenant/apis/:api/versions/:version/document", models.APIManage, a.PutDocument).upTo(documentLimit),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/source", models.APIReadAll, a.ReadSource),
		machine(put, "/api/v1/tenants/:tenant/apis/:api/versions/:version/source", models.APIManage, a.PutSource),
		machine(http.MethodDelete, "/api/v1/tenants/:tenant/apis/:api/versions/:version/source", models.APIManage, a.DeleteSource),
		machine(get, "/api/v1/tenants/:tenant/imports/:import", models.APIReadAll, a.ReadImport),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/versions/:version/operation-rules", models.APIReadAll, a.ReadGrouping),
		machine(put, "/api/v1/tenants/:tenant/apis/:api/versions/:version/operation-rules", models.APIManage, a.PutGrouping),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/versions/:version/operation-rules/what-if", models.APIManage, a.WeighGrouping),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/plans", models.CatalogRead, a.ListPlans),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/plans", models.APIManage, a.CreatePlan),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/plans/:plan", models.APIReadAll, a.ReadPlan),
		machine(patch, "/api/v1/tenants/:tenant/apis/:api/plans/:plan", models.APIManage, a.UpdatePlan),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/plans/:plan/what-if", models.UsageReadAll, a.WhatIfPlan),
		machine(get, "/api/v1/tenants/:tenant/apis/:api/plans/:plan/exceptions", models.APIReadAll, a.ListExceptions),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/plans/:plan/exceptions", models.APIManage, a.CreateException),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/plans/:plan/exceptions/:id/end", models.APIManage, a.EndException),
		machine(post, "/api/v1/tenants/:tenant/apis/:api/plans/:plan/archive", models.APIManage, a.ArchivePlan),
		machine(get, "/api/v1/tenants/:tenant/subscriptions", models.SubscriptionReadAll, a.ListSubscriptions),
		machine(get, "/api/v1/tenants/:tenant/subscriptions/:id", models.SubscriptionReadAll, a.ReadSubscription),
		machine(get, "/api/v1/tenants/:tenant/subscriptions/:id/evidence", models.SubscriptionReadAll, a.ReadEvidence),
		machine(get, "/api/v1/tenants/:tenant/subscriptions/:id/limits", models.SubscriptionReadAll, a.ReadLimits),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/approve", models.SubscriptionDecide, a.ApproveSubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/deny", models.SubscriptionDecide, a.DenySubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/pause", models.SubscriptionDecide, a.PauseSubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/resume", models.SubscriptionDecide, a.ResumeSubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/end", models.SubscriptionDecide, a.EndSubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/end-date", models.SubscriptionDecide, a.SetEndDate),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/transfer", models.SubscriptionDecide, a.TransferSubscription),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/plan-wish/approve", models.SubscriptionDecide, a.ApprovePlanWish),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/plan-wish/deny", models.SubscriptionDecide, a.DenyPlanWish),
		machine(get, "/api/v1/tenants/:tenant/subscriptions/:id/messages", models.SubscriptionReadAll, a.ListMessages),
		machine(post, "/api/v1/tenants/:tenant/subscriptions/:id/messages", models.SubscriptionDecide, a.AskPartner),
		machine(get, "/api/v1/tenants/:tenant/token-policy", models.TokenReadAll, a.ReadTokenPolicy),
		machine(get, "/api/v1/tenants/:tenant/tokens", models.TokenReadAll, a.ListTokens),
		machine(post, "/api/v1/tenants/:tenant/tokens/revoke", models.TokenRevokeAny, a.RevokeTokens),
		machine(post, "/api/v1/tenants/:tenant/tokens/pause", models.TokenRevokeAny, a.PauseTokens),
		machine(post, "/api/v1/tenants/:tenant/tokens/resume", models.TokenRevokeAny, a.ResumeTokens),
		machine(get, "/api/v1/tenants/:tenant/tokens/:id", models.TokenReadAll, a.ReadToken),
		machine(get, "/api/v1/tenants/:tenant/tokens/:id/usage", models.UsageReadAll, a.TokenUsage),
		machine(post, "/api/v1/tenants/:tenant/tokens/:id/approve", models.TokenDecide, a.ApproveToken),
		machine(post, "/api/v1/tenants/:tenant/tokens/:id/deny", models.TokenDecide, a.DenyToken),
		machine(post, "/api/v1/tenants/:tenant/tokens/:id/pause", models.TokenRevokeAny, a.PauseToken),
		machine(post, "/api/v1/tenants/:tenant/tokens/:id/resume", models.TokenRevokeAny, a.ResumeToken),
		machine(post, "/api/v1/tenants/:tenant/tokens/:id/revoke", models.TokenRevokeAny, a.RevokeToken),
		machine(get, "/api/v1/tenants/:tenant/clients", models.ClientRead, a.ListClients),
		machine(get, "/api/v1/tenants/:tenant/clients/:id", models.ClientRead, a.ReadClient),
		machine(http.MethodDelete, "/api/v1/tenants/:tenant/clients/:id", models.ClientManage, a.RemoveClient),
		machine(get, "/api/v1/tenants/:tenant/refusals/:id", models.RefusalRead, a.ReadRefusal),
		machine(get, "/api/v1/tenants/:tenant/alerts", models.AlertRead, a.ListAlerts),
		machine(get, "/api/v1/tenants/:tenant/alerts/:alert", models.AlertRead, a.ReadAlert),
		machine(post, "/api/v1/tenants/:tenant/alerts/:alert/close", models.AlertClose, a.CloseAlert),
		machine(get, "/api/v1/tenants/:tenant/usage", models.UsageReadAll, a.TenantUsage),
		machine(get, "/api/v1/tenants/:tenant/audit-events", models.AuditRead, a.ListAuditEvents),
	}
	if o.Demo {
		rows = append(rows, page(get, "/dev/mailbox", anybody, w.Mailbox))
	}
	return withForms(rows)
}
