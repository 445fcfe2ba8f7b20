package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/teams"
)

func serviceURL(c echo.Context) string {
	return teamURL(guard.Actor(c)) + "/" + c.Param("id") + "/services/" + c.Param("service")
}

// NewService is the form of a new service account.
func (w *Web) NewService(c echo.Context) error {
	return w.showNewService(c, http.StatusOK, portal.NewServiceAccount{People: []string{guard.Actor(c).User()}}, nil)
}

func (w *Web) showNewService(c echo.Context, status int, in portal.NewServiceAccount, problems []fault.Field) error {
	page, err := w.Services.Form(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := serviceForm(c, page, in, problems)
	f.Action = teamURL(guard.Actor(c)) + "/" + page.Team.ID + "/services/new"
	return render(c, status, f.New(w.page(c, "New service account")))
}

func serviceForm(c echo.Context, page portal.ServicePage, in portal.NewServiceAccount, problems []fault.Field) teams.ServiceForm {
	f := teams.ServiceForm{Tenant: guard.Actor(c).Tenant().Slug, Team: page.Team.Name, Name: in.Name, Purpose: in.Purpose, Problems: problems}
	for _, u := range page.Colleagues {
		f.People = append(f.People, teams.Choice{ID: u.ID, Name: u.Name, Email: u.Email, Chosen: slices.Contains(in.People, u.ID)})
	}
	return f
}

func newService(c echo.Context) portal.NewServiceAccount {
	_ = c.FormValue("name") // reads the form
	return portal.NewServiceAccount{Name: c.FormValue("name"), Purpose: c.FormValue("purpose"), People: c.Request().PostForm["person"]}
}

// CreateService makes a service account.
func (w *Web) CreateService(c echo.Context) error {
	in := newService(c)
	made, err := w.Services.Create(c.Request().Context(), guard.Actor(c), c.Param("id"), in)
	if err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showNewService(c, formStatus(err), in, problems)
		}
		return err
	}
	return done(c, "The service account "+made.Name+" is there. Make its first token now.", teamURL(guard.Actor(c))+"/"+made.TeamID+"/services/"+made.ID)
}

// ShowService is the page of a service account.
func (w *Web) ShowService(c echo.Context) error { return w.showService(c, http.StatusOK, nil, nil) }

func (w *Web) showService(c echo.Context, status int, typed *portal.NewServiceAccount, problems []fault.Field) error {
	actor := guard.Actor(c)
	page, err := w.Services.Show(c.Request().Context(), actor, c.Param("id"), c.Param("service"))
	if err != nil {
		return err
	}
	in := portal.NewServiceAccount{Name: page.Name, Purpose: page.Purpose, People: idsOf(page.People)}
	revision := strconv.Itoa(page.Revision)
	if typed != nil {
		in, revision = *typed, c.FormValue("revision")
	}
	d := teams.ServicePage{ServiceForm: serviceForm(c, page, in, problems), Service: service(c, page.ServiceRow), Maker: page.Maker.Name,
		MayManage: actor.TeamRole(page.TeamID) == models.TeamOwner, Revision: revision, Back: teamURL(actor), Now: w.Clock.Now()}
	d.Action = serviceURL(c)
	d.NewToken = tokensURL(c) + "/new?team=" + page.TeamID + "&service=" + page.ID
	for _, t := range page.Tokens {
		d.Tokens = append(d.Tokens, teams.Token{Name: t.Name, URL: tokensURL(c) + "/" + t.ID, State: t.Shown(d.Now), Hint: t.Hint, Until: t.Until(), Used: t.UsedAt})
	}
	return render(c, status, d.Page(w.page(c, page.Name)))
}

func idsOf(users []models.User) (ids []string) {
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

// service is a service account as lists show it.
func service(c echo.Context, r portal.ServiceRow) teams.Service {
	s := teams.Service{ID: r.ID, Name: r.Name, Purpose: r.Purpose, Since: r.CreatedAt, Disabled: r.DisabledAt, Tokens: len(r.Tokens), Mine: r.Mine}
	s.URL = teamURL(guard.Actor(c)) + "/" + r.TeamID + "/services/" + r.ID
	for _, u := range r.People {
		s.People = append(s.People, u.Name)
	}
	return s
}

// ChangeService gives a service account another name, purpose or other people.
func (w *Web) ChangeService(c echo.Context) error {
	in := newService(c)
	revision, _ := strconv.Atoi(c.FormValue("revision")) // 0 is no revision, and refused as stale
	if err := w.Services.Change(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("service"), in, revision); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showService(c, status, &in, problems)
		}
		return err
	}
	return done(c, "The service account was changed.", serviceURL(c))
}

// ConfirmDisableService says what stops with a service account.
func (w *Web) ConfirmDisableService(c echo.Context) error {
	return w.showServiceSwitch(c, http.StatusOK, false, nil)
}

// ConfirmEnableService says what works again with it.
func (w *Web) ConfirmEnableService(c echo.Context) error {
	return w.showServiceSwitch(c, http.StatusOK, true, nil)
}

func (w *Web) showServiceSwitch(c echo.Context, status int, on bool, problems []fault.Field) error {
	page, err := w.Services.Show(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("service"))
	if err != nil {
		return err
	}
	d := teams.Switch{Tenant: guard.Actor(c).Tenant().Slug, Service: service(c, page.ServiceRow), On: on, URL: c.Request().URL.Path, Team: teamURL(guard.Actor(c)), Problems: problems}
	for _, t := range page.Tokens {
		d.Names = append(d.Names, t.Name)
	}
	return render(c, status, d.Page(w.page(c, page.Name)))
}

// DisableService stops the tokens of a service account at once.
func (w *Web) DisableService(c echo.Context) error {
	if err := w.Services.Disable(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("service")); err != nil {
		return err
	}
	return done(c, "The service account is disabled; its tokens are refused from now on.", serviceURL(c))
}

// EnableService lets them work again.
func (w *Web) EnableService(c echo.Context) error {
	if err := w.Services.Enable(c.Request().Context(), guard.Actor(c), c.Param("id"), c.Param("service")); err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showServiceSwitch(c, status, true, problems)
		}
		return err
	}
	return done(c, "The service account is enabled; its tokens work again.", serviceURL(c))
}
