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

// typedTeam is what was typed into a form of a team's page, and what is wrong with it.
type typedTeam struct {
	team, form          string // id; which form
	email, name, domain string
	problems            []fault.Field
}

// ListTeams shows who is in the reader's teams, who is invited, and what the teams have.
func (w *Web) ListTeams(c echo.Context) error { return w.showTeams(c, http.StatusOK, typedTeam{}) }

func (w *Web) showTeams(c echo.Context, status int, typed typedTeam) error {
	actor := guard.Actor(c)
	pages, err := w.Teams.List(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := teams.Data{Tenant: actor.Tenant().Slug, MayFound: actor.Can(models.TeamFound), Now: w.Clock.Now()}
	for _, p := range pages {
		t := teamOf(c, p)
		t.Rename = p.Name
		if p.ID == typed.team {
			t.Form, t.Email, t.Domain, t.Problems = typed.form, typed.email, typed.domain, typed.problems
			if typed.form == "name" {
				t.Rename = typed.name
			}
		}
		d.Teams = append(d.Teams, t)
	}
	return render(c, status, teams.List(w.page(c, "Team"), d))
}

// teamOf is a team as pages show it.
func teamOf(c echo.Context, p portal.TeamPage) teams.Team {
	actor := guard.Actor(c)
	t := teams.Team{ID: p.ID, Name: p.Name, Invitations: p.Invited, Domains: p.Domains, MayManage: actor.TeamRole(p.ID) == models.TeamOwner}
	for _, who := range p.People {
		t.People = append(t.People, colleague(who, actor))
	}
	for _, r := range p.Removed {
		t.Removed = append(t.Removed, teams.Person{ID: r.UserID, Name: r.User.Name, Email: r.User.Email, Since: r.CreatedAt})
	}
	for _, s := range p.Services {
		t.Services = append(t.Services, service(c, s))
	}
	return t
}

func colleague(who portal.Colleague, actor models.Actor) teams.Person {
	return teams.Person{ID: who.UserID, Name: who.User.Name, Email: who.User.Email, Role: who.Role, Since: who.CreatedAt, Self: who.UserID == actor.User()}
}

func teamURL(actor models.Actor) string { return "/t/" + actor.Tenant().Slug + "/team" }

// NewTeam shows how the reader can come into a team by themselves.
func (w *Web) NewTeam(c echo.Context) error { return w.showNewTeam(c, http.StatusOK, "", nil) }

func (w *Web) showNewTeam(c echo.Context, status int, name string, problems []fault.Field) error {
	actor := guard.Actor(c)
	ways, err := w.Teams.Ways(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	d := teams.NewTeam{Tenant: actor.Tenant().Slug, TenantName: actor.Tenant().Name, Founding: ways.Founding, Domain: ways.Domain, Open: ways.Open,
		InTeams: len(actor.Teams()) > 0, Name: name, Problems: problems}
	return render(c, status, d.Page(w.page(c, "Found or join a team")))
}

// FoundTeam makes a team that the reader owns. Their rights change, so their
// session's id does, too (R36).
func (w *Web) FoundTeam(c echo.Context) error {
	team, err := w.Teams.Found(c.Request().Context(), guard.Actor(c), c.FormValue("team_name"))
	if err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showNewTeam(c, formStatus(err), c.FormValue("team_name"), problems)
		}
		return err
	}
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "You own the team "+team.Name+".", teamURL(guard.Actor(c)))
}

// JoinTeam makes the reader a member of a team that lets people of their domain in.
func (w *Web) JoinTeam(c echo.Context) error {
	team, err := w.Teams.Join(c.Request().Context(), guard.Actor(c), c.FormValue("team"))
	if err != nil {
		return err
	}
	if err := guard.Session(c).Renew(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "Welcome to "+team.Name+".", teamURL(guard.Actor(c)))
}

// RenameTeam gives a team another name.
func (w *Web) RenameTeam(c echo.Context) error {
	name := c.FormValue("team_name")
	if err := w.Teams.Rename(c.Request().Context(), guard.Actor(c), c.Param("id"), name); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showTeams(c, http.StatusUnprocessableEntity, typedTeam{team: c.Param("id"), form: "name", name: name, problems: problems})
		}
		return err
	}
	return done(c, "The team is called "+name+" from now on.", teamURL(guard.Actor(c)))
}

// InviteColleague sends somebody a link that makes them a member of the team.
func (w *Web) InviteColleague(c echo.Context) error {
	actor, email := guard.Actor(c), c.FormValue("email")
	if err := w.Teams.Invite(c.Request().Context(), actor, c.Param("id"), email); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showTeams(c, http.StatusUnprocessableEntity, typedTeam{team: c.Param("id"), form: "email", email: email, problems: problems})
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

// TeamRole is the page on which an owner changes what somebody of the team is.
func (w *Web) TeamRole(c echo.Context) error { return w.showTeamRole(c, http.StatusOK, "", nil) }

func (w *Web) showTeamRole(c echo.Context, status int, role string, problems []fault.Field) error {
	actor := guard.Actor(c)
	p, err := w.Teams.Colleague(c.Request().Context(), actor, c.Param("id"), c.Param("user"))
	if err != nil {
		return err
	}
	f := teams.RoleForm{Tenant: actor.Tenant().Slug, Team: p.Team.Name, Person: colleague(p.Colleague, actor), Role: role, Problems: problems,
		URL: teamURL(actor) + "/" + p.TeamID + "/members/" + p.UserID}
	if f.Role == "" {
		f.Role = string(p.Role)
	}
	return render(c, status, f.Page(w.page(c, p.User.Name)))
}

// SetTeamRole makes somebody of the team owner or member, or the owner in the reader's place.
func (w *Web) SetTeamRole(c echo.Context) error {
	actor, role := guard.Actor(c), c.FormValue("role")
	if err := w.Teams.SetRole(c.Request().Context(), actor, c.Param("id"), c.Param("user"), models.TeamRole(role)); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showTeamRole(c, status, role, problems)
		}
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
	p, err := w.Teams.Colleague(c.Request().Context(), guard.Actor(c), c.Param("id"), user)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, teams.Confirm(w.page(c, "Team"), goodbye(c, p)))
}

func goodbye(c echo.Context, p portal.Parting) teams.Goodbye {
	actor := guard.Actor(c)
	g := teams.Goodbye{Tenant: actor.Tenant().Slug, Team: p.Team.Name, Person: colleague(p.Colleague, actor), URL: c.Request().URL.Path, Back: teamURL(actor), Crumb: "Team"}
	for _, t := range p.Tokens {
		g.Tokens = append(g.Tokens, t.Name)
	}
	for _, s := range p.Services {
		g.Services = append(g.Services, s.Name)
	}
	return g
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
	return done(c, "They left the team; their own tokens of it work no more.", teamURL(actor))
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
