package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/problem"
	"gatehouse/internal/session"
	"gatehouse/models"
	"gatehouse/views/joins"
	"gatehouse/views/settings"
)

// JoinPath is the page on which somebody becomes a partner of a tenant, from where the
// way leads back to where they wanted to go.
func JoinPath(t models.Tenant, next string) string {
	at := "/t/" + t.Slug + "/join"
	if back := wayBack(t, next); back != "" {
		at += "?" + url.Values{"next": {back}}.Encode()
	}
	return at
}

// wayBack is a page of the tenant that somebody came from, or "".
func wayBack(t models.Tenant, next string) string {
	if next = session.SafeNext(next); strings.HasPrefix(next, "/t/"+t.Slug+"/") {
		return next
	}
	return ""
}

// Join is the page on which somebody becomes a partner, or reads why not.
func (w *Web) Join(c echo.Context) error { return w.showJoin(c, http.StatusOK, "", nil) }

func (w *Web) showJoin(c echo.Context, status int, note string, problems []fault.Field) error {
	actor := guard.Actor(c)
	page, err := w.Joins.Show(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	t := page.Tenant
	j := joins.Join{Next: wayBack(t, c.QueryParam("next")), Slug: t.Slug, Name: t.Name, Policy: t.SignUp, Domains: t.SignUpDomains, Email: actor.Account().Email, In: page.In, MayAsk: page.MayAsk, Staff: page.Staff, Removed: page.Removed,
		Asked: page.Asked, AskAgain: page.AskAgain, Note: note, Problems: problems, Now: w.Clock.Now()}
	return render(c, status, j.Page(w.page(c, "Become a partner")))
}

// AskToJoin asks the admins to be let in.
func (w *Web) AskToJoin(c echo.Context) error {
	note := c.FormValue("note")
	err := w.Joins.Ask(c.Request().Context(), guard.Actor(c), note)
	if problems, ok := fieldsOf(err); ok {
		problem.Headers(c.Response().Header(), fault.From(err))
		return w.showJoin(c, formStatus(err), note, problems)
	}
	if err != nil {
		return err
	}
	return done(c, "You have asked. An admin answers by e-mail.", JoinPath(guard.Actor(c).Tenant(), c.QueryParam("next")))
}

// TakeJoinBack ends what one asked.
func (w *Web) TakeJoinBack(c echo.Context) error {
	if err := w.Joins.TakeBack(c.Request().Context(), guard.Actor(c)); err != nil {
		return err
	}
	return done(c, "You took it back. You can ask again whenever you like.", tenantBase(c)+"/join")
}

// ListJoins shows who asks to be let in, and who was.
func (w *Web) ListJoins(c echo.Context) error { return w.showJoins(c, http.StatusOK, joins.List{}) }

func (w *Web) showJoins(c echo.Context, status int, l joins.List) error {
	actor := guard.Actor(c)
	l.Slug, l.Policy, l.MayManage, l.Now = actor.Tenant().Slug, actor.Tenant().SignUp, actor.Can(models.MemberManage), w.Clock.Now()
	for _, part := range []struct {
		state models.AdmissionState
		param string
		rows  *[]joins.Row
		more  *string
	}{{models.AdmissionAsked, "asking", &l.Asking, &l.MoreAsk}, {models.AdmissionLetIn, "in", &l.In, &l.MoreIn}, {models.AdmissionRemoved, "removed", &l.Removed, &l.MoreRemoved}} {
		rows, next, err := w.Joins.List(c.Request().Context(), actor, part.state, c.QueryParam(part.param))
		if err != nil {
			return err
		}
		for _, r := range rows {
			row := joins.Row{ID: r.UserID, Name: r.User.Name, Email: r.User.Email, Note: r.Note, By: r.By.Name, At: r.CreatedAt}
			if r.DecidedAt != nil {
				row.At = *r.DecidedAt
			}
			*part.rows = append(*part.rows, row)
		}
		if next != "" {
			*part.more = tenantBase(c) + "/admin/members/joins?" + part.param + "=" + next
		}
	}
	return render(c, status, l.Page(w.page(c, "Who asks to be let in")))
}

// DecideJoin lets somebody in, or denies it.
func (w *Web) DecideJoin(c echo.Context) error {
	in, reason := c.FormValue("decision") == "in", c.FormValue("reason")
	if !in && c.FormValue("decision") != "deny" {
		return w.showJoins(c, http.StatusUnprocessableEntity, joins.List{Problems: []fault.Field{{Message: "Choose to let them in or to deny it."}}})
	}
	if err := w.Joins.Decide(c.Request().Context(), guard.Actor(c), c.Param("id"), in, reason); err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		for i := range problems {
			problems[i].Name = "" // its field is in one of several forms
		}
		return w.showJoins(c, formStatus(err), joins.List{ID: c.Param("id"), Reason: reason, Problems: problems})
	}
	message := "They were let in, and told by e-mail."
	if !in {
		message = "They were not let in, and read your reason."
	}
	return done(c, message, tenantBase(c)+"/admin/members/joins")
}

// EndJoin takes back that somebody was let in.
func (w *Web) EndJoin(c echo.Context) error {
	if err := w.Joins.End(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "They were removed, and stay out until somebody lets them in again.", tenantBase(c)+"/admin/members/joins")
}

// SignUpPolicy is the page of who becomes a partner by themselves.
func (w *Web) SignUpPolicy(c echo.Context) error {
	return w.showSignUpPolicy(c, http.StatusOK, signUpForm(guard.Actor(c).Tenant()))
}

func signUpForm(t models.Tenant) settings.SignUp {
	return settings.SignUp{Policy: string(t.SignUp), Domains: strings.Join(t.SignUpDomains, "\n"), Revision: strconv.Itoa(t.Revision)}
}

func (w *Web) showSignUpPolicy(c echo.Context, status int, f settings.SignUp) error {
	f.Slug, f.Public = guard.Actor(c).Tenant().Slug, guard.Actor(c).Tenant().Public
	return render(c, status, f.Page(w.page(c, "Who becomes a partner")))
}

// SetSignUpPolicy changes it.
func (w *Web) SetSignUpPolicy(c echo.Context) error {
	f := settings.SignUp{Policy: c.FormValue("sign_up"), Domains: c.FormValue("sign_up_domains"), Revision: c.FormValue("revision")}
	revision, _ := strconv.Atoi(f.Revision) // 0 is never the present one
	err := w.Joins.Configure(c.Request().Context(), guard.Actor(c), models.SignUpPolicy(f.Policy), models.ParseDomains(f.Domains), revision)
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		f.Problems = problems
		if now := signUpForm(guard.Actor(c).Tenant()); outrun(err) {
			f.Revision, f.Problems = now.Revision, meanwhile(entry{"sign_up", f.Policy, now.Policy}, entry{"sign_up_domains", f.Domains, now.Domains})
		}
		return w.showSignUpPolicy(c, formStatus(err), f)
	}
	return done(c, "The policy was saved. Whoever is a partner stays one.", tenantBase(c)+"/admin/settings/sign-up")
}

// subscribeOr is where a reader asks for access, or where they read how to be let in
// who can't.
func subscribeOr(c echo.Context, subscribe string) string {
	actor := guard.Actor(c)
	if actor.Can(models.JoinRequest) || !actor.SignedIn() && actor.Tenant().SignUp != models.SignUpOpen {
		return tenantBase(c) + "/join"
	}
	return subscribe
}
