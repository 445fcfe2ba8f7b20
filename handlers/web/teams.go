package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/teams"
)

// ListTeams shows who is in the reader's teams, and who is invited.
func (w *Web) ListTeams(c echo.Context) error { return w.showTeams(c, http.StatusOK, "", "", nil) }

func (w *Web) showTeams(c echo.Context, status int, team, email string, problems []fault.Field) error {
	actor := guard.Actor(c)
	pages, err := w.Teams.List(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := teams.Data{Tenant: actor.Tenant().Slug, Now: w.Clock.Now()}
	for _, p := range pages {
		t := teams.Team{ID: p.ID, Name: p.Name, Invitations: p.Invited, MayManage: actor.TeamRole(p.ID) == models.TeamOwner}
		if p.ID == team {
			t.Email, t.Problems = email, problems
		}
		for _, who := range p.People {
			t.People = append(t.People, colleague(who, actor))
		}
		d.Teams = append(d.Teams, t)
	}
	return render(c, status, teams.List(w.page(c, "Team"), d))
}

func colleague(who portal.Colleague, actor models.Actor) teams.Person {
	return teams.Person{ID: who.UserID, Name: who.User.Name, Email: who.User.Email, Role: who.Role, Since: who.CreatedAt, Self: who.UserID == actor.User()}
}

func teamURL(actor models.Actor) string { return "/t/" + actor.Tenant().Slug + "/team" }

// InviteColleague sends somebody a link that makes them a member of the team.
func (w *Web) InviteColleague(c echo.Context) error {
	actor, email := guard.Actor(c), c.FormValue("email")
	if err := w.Teams.Invite(c.Request().Context(), actor, c.Param("id"), email); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showTeams(c, http.StatusUnprocessableEntity, c.Param("id"), email, problems)
		}
		return err
	}
	return done(c, "The invitation is on its way to "+email+".", teamURL(actor))
}

// WithdrawColleague ends an invitation that nobody used yet.
func (w *Web) WithdrawColleague(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Teams.Withdraw(c.Request().Context(), actor, c.Param("id"), c.FormValue("email")); err != nil {
		return err
	}
	return done(c, "The invitation was withdrawn; its link works no more.", teamURL(actor))
}

// SetTeamRole makes somebody of the team owner or member.
func (w *Web) SetTeamRole(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Teams.SetRole(c.Request().Context(), actor, c.Param("id"), c.Param("user"), models.TeamRole(c.FormValue("role"))); err != nil {
		return err
	}
	return done(c, "The role was changed.", teamURL(actor))
}

// ConfirmRemoveColleague says what breaks when somebody is taken out of the team.
func (w *Web) ConfirmRemoveColleague(c echo.Context) error { return w.showGoodbye(c, c.Param("user")) }

// ConfirmLeaveTeam says what breaks when the reader leaves the team.
func (w *Web) ConfirmLeaveTeam(c echo.Context) error {
	return w.showGoodbye(c, guard.Actor(c).User())
}

func (w *Web) showGoodbye(c echo.Context, user string) error {
	actor := guard.Actor(c)
	who, team, tokens, err := w.Teams.Colleague(c.Request().Context(), actor, c.Param("id"), user)
	if err != nil {
		return err
	}
	g := teams.Goodbye{Tenant: actor.Tenant().Slug, Team: team.Name, Person: colleague(who, actor), URL: c.Request().URL.Path}
	for _, t := range tokens {
		g.Tokens = append(g.Tokens, t.Name)
	}
	return render(c, http.StatusOK, teams.Confirm(w.page(c, "Team"), g))
}

// RemoveColleague takes somebody out of the team.
func (w *Web) RemoveColleague(c echo.Context) error {
	actor := guard.Actor(c)
	if err := w.Teams.Remove(c.Request().Context(), actor, c.Param("id"), c.Param("user")); err != nil {
		return err
	}
	if c.Param("user") == actor.User() {
		return w.leftTeam(c)
	}
	return done(c, "They left the team; their tokens of it work no more.", teamURL(actor))
}

// LeaveTeam takes the reader out of the team.
func (w *Web) LeaveTeam(c echo.Context) error {
	if err := w.Teams.Leave(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return w.leftTeam(c)
}

// leftTeam gives whoever left a team another session id, for their rights changed (R36).
func (w *Web) leftTeam(c echo.Context) error {
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "You left the team.", "/")
}
