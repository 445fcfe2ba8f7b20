package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// incidentJSON is an incident with all that was told of it.
type incidentJSON struct {
	ID       string               `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Title    string               `json:"title" example:"Slow answers"`
	State    string               `json:"state" enums:"investigating,identified,watching,resolved"`
	Versions []string             `json:"versions" example:"v1"` // that are affected; none: all of them
	BeganAt  time.Time            `json:"began_at" format:"date-time"`
	EndedAt  *time.Time           `json:"ended_at,omitempty" format:"date-time"`
	Updates  []incidentUpdateJSON `json:"updates"` // the newest first
} // @name Incident

// incidentUpdateJSON is what was told at one time.
type incidentUpdateJSON struct {
	State string    `json:"state" enums:"investigating,identified,watching,resolved"`
	Text  string    `json:"text" example:"The cause is found."` // Markdown
	At    time.Time `json:"at" format:"date-time"`
} // @name IncidentUpdate

// newIncidentJSON is what an incident begins with.
type newIncidentJSON struct {
	Title    string     `json:"title" example:"Slow answers"` // at most 100 characters
	State    string     `json:"state" enums:"investigating,identified,watching,resolved" example:"investigating"`
	Text     string     `json:"text" example:"Answers take up to 20 seconds. We look into it."` // Markdown, at most 5,000 characters
	Versions []string   `json:"versions,omitempty" example:"v1"`                                // left out: all of them
	BeganAt  *time.Time `json:"began_at,omitempty" format:"date-time"`                          // left out: now
} // @name NewIncident

// newIncidentUpdateJSON is how an incident goes on.
type newIncidentUpdateJSON struct {
	State string `json:"state" enums:"investigating,identified,watching,resolved" example:"resolved"`
	Text  string `json:"text" example:"All is well again."` // Markdown, at most 5,000 characters
} // @name NewIncidentUpdate

func incidentFrom(r portal.IncidentRow) incidentJSON {
	out := incidentJSON{ID: r.ID, Title: r.Title, State: string(r.State), Versions: append([]string{}, r.Versions...), BeganAt: r.BeganAt, EndedAt: r.EndedAt, Updates: []incidentUpdateJSON{}}
	for _, u := range r.Updates {
		out.Updates = append(out.Updates, incidentUpdateJSON{string(u.State), u.Text, u.CreatedAt})
	}
	return out
}

// ListIncidents shows what was told to be wrong with an API.
//
//	@Summary   List incidents
//	@ID        listIncidents
//	@Tags      apis
//	@Description  The incidents of an API: those that last first, then the newest, 50 at most. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Success   200  {object}  listJSON[incidentJSON]
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/incidents [get]
func (a *API) ListIncidents(c echo.Context) error {
	_, rows, err := a.Incidents.List(c.Request().Context(), guard.Actor(c), c.Param("api"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, listOf(rows, incidentFrom, ""))
}

// ReadIncident shows one incident.
//
//	@Summary   Read an incident
//	@ID        readIncident
//	@Tags      apis
//	@Description  One incident with all that was told of it. Scope: apis:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string  true  "slug of the API"  example(berths)
//	@Param     id      path  string  true  "id of the incident"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  incidentJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/incidents/{id} [get]
func (a *API) ReadIncident(c echo.Context) error {
	row, err := a.Incidents.Show(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, incidentFrom(row))
}

// OpenIncident tells that something is wrong with an API.
//
//	@Summary   Tell of an incident
//	@ID        openIncident
//	@Tags      apis
//	@Description  Tells what is wrong: on the status page, on the API's page, in the feeds, and to the owners of the teams that are subscribed, in the portal and by mail. Scope: apis:write.
//	@Param     tenant  path  string           true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string           true  "slug of the API"  example(berths)
//	@Param     body    body  newIncidentJSON  true  "the incident"
//	@Success   201  {object}  incidentJSON
//	@Header    201  {string}  Location  "its address"
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/incidents [post]
func (a *API) OpenIncident(c echo.Context) error {
	var in newIncidentJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	one := models.Incident{Title: in.Title, Versions: in.Versions}
	set(&one.BeganAt, in.BeganAt)
	row, err := a.Incidents.Open(c.Request().Context(), guard.Actor(c), c.Param("api"), one, models.IncidentState(in.State), in.Text)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", c.Request().URL.Path+"/"+row.ID)
	return c.JSON(http.StatusCreated, incidentFrom(row))
}

// UpdateIncident tells how an incident goes on.
//
//	@Summary   Tell how an incident goes on
//	@ID        updateIncident
//	@Tags      apis
//	@Description  Adds to what was told. `resolved` ends the incident; another state after that opens it again. Subscribers hear of it in the portal, and of its end by mail. Scope: apis:write.
//	@Param     tenant  path  string                 true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string                 true  "slug of the API"  example(berths)
//	@Param     id      path  string                 true  "id of the incident"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     body    body  newIncidentUpdateJSON  true  "what is told"
//	@Success   201  {object}  incidentJSON
//	@Failure   400,401,403,404,408,409,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/incidents/{id}/updates [post]
func (a *API) UpdateIncident(c echo.Context) error {
	var in newIncidentUpdateJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	row, err := a.Incidents.Update(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("id"), models.IncidentState(in.State), in.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, incidentFrom(row))
}
