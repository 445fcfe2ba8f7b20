package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/atom"
	"gatehouse/internal/spec"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/publish"
	"gatehouse/views/ui"
)

// incidentsOf are the incidents of an API as pages show them: those that last, and
// those that are over.
func (w *Web) incidentsOf(c echo.Context, api string) (open, past []catalog.Incident, err error) {
	_, rows, err := w.Incidents.List(c.Request().Context(), guard.Actor(c), api)
	for _, r := range rows {
		one := catalog.Incident{Incident: r.Incident, Updates: r.Updates}
		if r.Open() {
			open = append(open, one)
		} else {
			past = append(past, one)
		}
	}
	return open, past, err
}

// IncidentDesk is where those who run an API tell what is wrong with it.
func (w *Web) IncidentDesk(c echo.Context) error {
	return w.showIncidents(c, http.StatusOK, publish.IncidentForm{}, publish.IncidentForm{})
}

func incidentsURL(c echo.Context, api string) string {
	return tenantBase(c) + "/admin/apis/" + api + "/incidents"
}

func (w *Web) showIncidents(c echo.Context, status int, fresh, updating publish.IncidentForm) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	one, err := w.APIs.Show(ctx, actor, c.Param("api"))
	if err != nil {
		return err
	}
	open, past, err := w.incidentsOf(c, one.Slug)
	if err != nil {
		return err
	}
	list := tenantBase(c) + "/admin/apis"
	d := publish.Incidents{Tenant: actor.Tenant().Slug, URL: incidentsURL(c, one.Slug), Status: apiURL(c, one.Slug) + "/status", Name: one.Name,
		Crumbs: []ui.Link{{Text: "Publish", URL: list}, {Text: one.Name, URL: list + "/" + one.Slug}, {Text: "Incidents"}},
		Rows:   append(open, past...), New: fresh, Updating: updating, May: actor.Can(models.APIManage), Now: w.Clock.Now()}
	for _, v := range one.Versions {
		if v.Live() {
			d.Versions = append(d.Versions, v.Name)
		}
	}
	return render(c, status, publish.ShowIncidents(w.page(c, "Incidents of "+one.Name), d))
}

func readIncident(c echo.Context, id string) publish.IncidentForm {
	f := publish.IncidentForm{Incident: id, Title: c.FormValue("title"), State: c.FormValue("state"), Text: c.FormValue("text")}
	f.Versions = slices.Clone(c.Request().Form["versions"])
	return f
}

// OpenIncident tells of a new incident.
func (w *Web) OpenIncident(c echo.Context) error {
	f := readIncident(c, "")
	_, err := w.Incidents.Open(c.Request().Context(), guard.Actor(c), c.Param("api"), models.Incident{Title: f.Title, Versions: f.Versions}, models.IncidentState(f.State), f.Text)
	if problems, ok := fieldsOf(err); ok {
		f.Problems = problems
		return w.showIncidents(c, http.StatusUnprocessableEntity, f, publish.IncidentForm{})
	}
	if err != nil {
		return err
	}
	return done(c, "It is told: on the status page, in the feed, and to the teams that are subscribed.", incidentsURL(c, c.Param("api")))
}

// UpdateIncident tells how an incident goes on.
func (w *Web) UpdateIncident(c echo.Context) error {
	f := readIncident(c, c.Param("id"))
	_, err := w.Incidents.Update(c.Request().Context(), guard.Actor(c), c.Param("api"), f.Incident, models.IncidentState(f.State), f.Text)
	if problems, ok := fieldsOf(err); ok {
		f.Problems = problems
		return w.showIncidents(c, http.StatusUnprocessableEntity, publish.IncidentForm{}, f)
	}
	if err != nil {
		return err
	}
	return done(c, "It is told.", incidentsURL(c, c.Param("api"))+"#incident-"+f.Incident)
}

// incidentEntries are what was told of incidents, for a feed.
func (w *Web) incidentEntries(c echo.Context, api string) (entries []atom.Entry, err error) {
	_, rows, err := w.Incidents.List(c.Request().Context(), guard.Actor(c), api)
	for _, r := range rows {
		for _, u := range r.Updates {
			entries = append(entries, atom.Entry{ID: "urn:uuid:" + u.ID, Title: r.API.Name + ": " + r.Title + " (" + string(u.State) + ")",
				Page: w.origin(c) + apiURL(c, r.API.Slug) + "/status#incident-" + r.ID, At: u.CreatedAt, Summary: spec.Plain(u.Text)})
		}
	}
	return entries, err
}
