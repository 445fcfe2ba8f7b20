package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
)

// announcementJSON is one thing that those who call a version are told.
type announcementJSON struct {
	ID           string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	Kind         string     `json:"kind" enums:"published,deprecated,dates,undeprecated,retired,revived"`
	DeprecatedAt *time.Time `json:"deprecated_at,omitempty" format:"date-time"`
	SunsetAt     *time.Time `json:"sunset_at,omitempty" format:"date-time"`
	Breaking     int        `json:"breaking" example:"2"`                   // changes of a published document that may break a caller
	Summary      string     `json:"summary" example:"GET /berths: removed"` // what changed, a line each
	CreatedAt    time.Time  `json:"created_at" format:"date-time"`          //
	ToldAt       *time.Time `json:"told_at,omitempty" format:"date-time"`   // when its callers had been found and told
	Told         int        `json:"told" example:"12"`                      // people
	Seen         int        `json:"seen" example:"9"`                       // of them, who opened it
	StillCalling int        `json:"still_calling" example:"3"`              // tokens that called since then, in the last 7 days
	Teams        []toldTeam `json:"teams,omitempty"`                        // only of one that is read alone
} // @name Announcement

// toldTeam is a team of which somebody was told.
type toldTeam struct {
	Team   string      `json:"team" example:"Baltic Carriers"`
	Told   int         `json:"told" example:"2"`
	Seen   int         `json:"seen" example:"1"`
	Tokens []toldToken `json:"tokens"`
} // @name ToldTeam

// toldToken is a token that was found to call.
type toldToken struct {
	ID          string     `json:"id" example:"0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001"`
	LastCallAt  time.Time  `json:"last_call_at" format:"date-time"`            // before, to the minute, hour or day
	Operations  []string   `json:"operations" example:"GET /berths"`           // that it called of those that changed; empty: the whole version
	StillCallAt *time.Time `json:"still_call_at,omitempty" format:"date-time"` // its last call since they were told
} // @name ToldToken

func announcementFrom(row portal.AnnouncementRow) announcementJSON {
	out := announcementJSON{ID: row.ID, Kind: string(row.Kind), DeprecatedAt: row.DeprecatedAt, SunsetAt: row.SunsetAt, Breaking: row.Breaking, Summary: row.Summary,
		CreatedAt: row.CreatedAt, ToldAt: row.ToldAt, Told: row.Told, Seen: row.Seen, StillCalling: row.Still}
	for _, team := range row.Teams {
		one := toldTeam{Team: team.Team.Name, Told: team.Told, Seen: team.Seen, Tokens: []toldToken{}}
		for _, t := range team.Tokens {
			token := toldToken{ID: t.TokenID, LastCallAt: t.LastAt, Operations: append([]string{}, t.Operations...)}
			if !t.Still.IsZero() {
				token.StillCallAt = &t.Still
			}
			one.Tokens = append(one.Tokens, token)
		}
		out.Teams = append(out.Teams, one)
	}
	return out
}

// ListAnnouncements shows what those who call a version were told.
//
//	@Summary   List announcements
//	@ID        listAnnouncements
//	@Tags      apis
//	@Description  What those who call a version were told, the newest first, and what came of it. Scope: apis:read.
//	@Param     tenant   path   string  true   "slug of the tenant"  example(northquay)
//	@Param     api      path   string  true   "slug of the API"  example(berths)
//	@Param     version  path   string  true   "name of the version"  example(v1)
//	@Param     after    query  string  false  "next of the page before"
//	@Param     limit    query  int     false  "items a page"  minimum(1)  maximum(100)  default(50)
//	@Success   200  {object}  listJSON[announcementJSON]
//	@Failure   401,403,404,422  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/announcements [get]
func (a *API) ListAnnouncements(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	life, err := a.Versions.Life(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"))
	if err != nil {
		return err
	}
	rows := life.Announcements
	if behind := c.QueryParam("after"); behind != "" {
		i := slices.IndexFunc(rows, func(r portal.AnnouncementRow) bool { return r.ID == behind })
		if i < 0 {
			return notNext()
		}
		rows = rows[i+1:]
	}
	shown := rows[:min(len(rows), limit)]
	next := last(shown, len(rows) > limit, func(r portal.AnnouncementRow) string { return r.ID })
	return c.JSON(http.StatusOK, listOf(shown, announcementFrom, next))
}

// ReadAnnouncement shows who was told of one.
//
//	@Summary   Read an announcement
//	@ID        readAnnouncement
//	@Tags      apis
//	@Description  One announcement: which teams were told, with which tokens they called, who has seen it and who still calls. Scope: apis:read.
//	@Param     tenant        path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api           path  string  true  "slug of the API"  example(berths)
//	@Param     version       path  string  true  "name of the version"  example(v1)
//	@Param     announcement  path  string  true  "id"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  announcementJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/announcements/{announcement} [get]
func (a *API) ReadAnnouncement(c echo.Context) error {
	_, row, err := a.Versions.Told(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("announcement"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, announcementFrom(row))
}

// RemindCallers tells those who still call once more.
//
//	@Summary   Remind those who still call
//	@ID        remindCallers
//	@Tags      apis
//	@Description  Tells the people of the tokens that still call once more, at most once a day. Scope: apis:write and apis:read.
//	@Param     tenant        path  string  true  "slug of the tenant"  example(northquay)
//	@Param     api           path  string  true  "slug of the API"  example(berths)
//	@Param     version       path  string  true  "name of the version"  example(v1)
//	@Param     announcement  path  string  true  "id"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  announcementJSON
//	@Failure   401,403,404,409  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/apis/{api}/versions/{version}/announcements/{announcement}/remind [post]
func (a *API) RemindCallers(c echo.Context) error {
	if _, err := a.Versions.Remind(c.Request().Context(), guard.Actor(c), c.Param("api"), c.Param("version"), c.Param("announcement")); err != nil {
		return err
	}
	return a.ReadAnnouncement(c)
}
