package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// whatIfJSON is what a change of a plan would have refused of the calls that passed.
type whatIfJSON struct {
	From         time.Time        `json:"from" format:"date-time"`          // seven whole days in UTC, and today
	To           time.Time        `json:"to" format:"date-time"`            // now
	MinutesSince time.Time        `json:"minutes_since" format:"date-time"` // calls are known by the minute from then on, by the hour before
	Passed       int64            `json:"passed" example:"120000"`          // calls of the teams that were looked at
	Refused      int64            `json:"refused" example:"340"`            // of which it would have refused so many, or more
	Teams        int              `json:"teams" example:"12"`               // that were looked at, each with each version
	NotLooked    int              `json:"teams_left_out" example:"0"`       // with the fewest calls, where there are more than 100
	Excepted     int              `json:"teams_excepted" example:"1"`       // which have limits of their own now
	Items        []whatIfTeamJSON `json:"items"`                            // teams with calls that would have been refused, the most first
} // @name WhatIf

// whatIfTeamJSON is what it would have refused of one team with one version.
type whatIfTeamJSON struct {
	Team    teamJSON        `json:"team"`
	Version string          `json:"version" example:"v1"`
	Passed  int64           `json:"passed" example:"9000"`
	Refused int64           `json:"refused" example:"340"`
	Limit   string          `json:"limit" example:"the one-minute rate"` // that would have refused the most
	Days    []whatIfDayJSON `json:"days"`                                // with calls that would have been refused
} // @name WhatIfTeam

// whatIfDayJSON is one day in UTC.
type whatIfDayJSON struct {
	Day     string `json:"day" format:"date" example:"2026-11-19"`
	Passed  int64  `json:"passed" example:"1200"`
	Refused int64  `json:"refused" example:"60"`
} // @name WhatIfDay

func whatIfFrom(w portal.WhatIf) whatIfJSON {
	out := whatIfJSON{From: w.From, To: w.To, MinutesSince: w.MinutesSince, Passed: w.Passed, Refused: w.Refused,
		Teams: w.Teams, NotLooked: w.Left, Excepted: w.Excepted, Items: []whatIfTeamJSON{}}
	for _, r := range w.Rows {
		row := whatIfTeamJSON{Team: teamJSON{r.Team.ID, r.Team.Name}, Version: r.Version.Name, Passed: r.Passed, Refused: r.Refused, Limit: r.Limit}
		for _, d := range r.Days {
			row.Days = append(row.Days, whatIfDayJSON{d.Day.Format(time.DateOnly), d.Passed, d.Refused})
		}
		out.Items = append(out.Items, row)
	}
	return out
}

// WhatIfPlan tells what a change would have refused.
//
//	@Summary   What a change of a plan would have refused
//	@ID        whatIfPlan
//	@Tags      plans
//	@Description  Replays the calls that passed in the last seven days and today against a change, and changes nothing. Calls are known as sums of minutes and hours and taken as spread evenly within them: bursts that are shorter are not seen, so that more may be refused than it says. Scope: usage:read and apis:read.
//	@Param     tenant  path  string          true  "slug of the tenant"  example(northquay)
//	@Param     api     path  string          true  "slug of the API"  example(berths)
//	@Param     plan    path  string          true  "id of the plan"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Param     body    body  planChangeJSON  true  "the change"
//	@Success   200  {object}  whatIfJSON
//	@Failure   400,401,403,404,408,413,415,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/plans/{plan}/what-if [post]
func (a *API) WhatIfPlan(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	if err := actor.May(models.APIReadAll); err != nil {
		return err
	}
	_, p, err := a.Plans.Show(ctx, actor, c.Param("api"), c.Param("plan"))
	if err != nil {
		return err
	}
	var in planChangeJSON
	if err := decode(c, &in); err != nil {
		return err
	}
	in.apply(&p)
	what, err := a.Plans.WhatIf(ctx, actor, c.Param("api"), p.ID, p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, whatIfFrom(what))
}
