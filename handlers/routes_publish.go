package handlers

import (
	"gatehouse/handlers/web"
	"gatehouse/models"
)

// publishRoutes are the pages of those who publish: guides, APIs, plans, versions and their ends.
func publishRoutes(w *web.Web) []route {
	return []route{
		page(get, "/t/:tenant/admin/guides", models.APIReadAll, w.GuidesDesk),
		page(get, "/t/:tenant/admin/guides/new", models.APIManage, w.NewGuide),
		page(post, "/t/:tenant/admin/guides/new", models.APIManage, w.CreateGuide),
		page(get, "/t/:tenant/admin/guides/:id", models.APIReadAll, w.WriteGuide),
		page(post, "/t/:tenant/admin/guides/:id", models.APIManage, w.UpdateGuide),
		page(post, "/t/:tenant/admin/guides/:id/move", models.APIManage, w.MoveGuide).on("/t/:tenant/admin/guides"),
		page(post, "/t/:tenant/admin/guides/:id/delete", models.APIManage, w.DeleteGuide).breaks().on("/t/:tenant/admin/guides/:id"),

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
		page(get, "/t/:tenant/admin/apis/:api/incidents", models.APIReadAll, w.IncidentDesk),
		page(post, "/t/:tenant/admin/apis/:api/incidents", models.APIManage, w.OpenIncident),
		page(post, "/t/:tenant/admin/apis/:api/incidents/:id", models.APIManage, w.UpdateIncident).on("/t/:tenant/admin/apis/:api/incidents"),
		page(post, "/t/:tenant/admin/apis/:api/versions", models.APIManage, w.CreateVersion).on("/t/:tenant/admin/apis/:api"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version", models.APIReadAll, w.AdminVersion),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version", models.APIManage, w.SetUpstream),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/document", models.APIManage, w.PutDocument).upTo(documentLimit).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/imports/:import", models.APIReadAll, w.Import),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source", models.APIManage, w.SetSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source/check", models.APIManage, w.FetchSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(post, "/t/:tenant/admin/apis/:api/versions/:version/source/delete", models.APIManage, w.DeleteSource).on("/t/:tenant/admin/apis/:api/versions/:version"),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/revisions/:revision", models.APIReadAll, w.Understood),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/revisions/:revision/report.json", models.APIReadAll, w.ReportFile),
		page(get, "/t/:tenant/admin/apis/:api/versions/:version/revisions/:revision/report.sarif", models.APIReadAll, w.ReportFile),
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
	}
}
