package web

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/clients"
)

func clientsURL(c echo.Context) string { return tenantBase(c) + "/admin/clients" }

// versionField is how the form names a version's box.
const versionField = "version-"

// ClientList are the registered clients.
func (w *Web) ClientList(c echo.Context) error {
	rows, err := w.Clients.List(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	actor := guard.Actor(c)
	l := clients.List{Tenant: actor.Tenant().Slug, Base: clientsURL(c), MayManage: actor.Can(models.ClientManage), Now: w.Clock.Now()}
	for _, r := range rows {
		l.Rows = append(l.Rows, clientRow(c, r))
	}
	return render(c, http.StatusOK, l.Page(w.page(c, "Clients")))
}

func clientRow(c echo.Context, r portal.ClientRow) clients.Row {
	row := clients.Row{ID: r.ID, Name: r.Name, URL: clientsURL(c) + "/" + r.ID, MayRevoke: r.MayRevoke, Made: r.CreatedAt, Rotated: r.RotatedAt,
		Mask: keys.Client.Prefix() + guard.Actor(c).Tenant().Code + "_…" + r.Hint, By: r.By.Name}
	if r.LastUsedAt != nil {
		row.Last = *r.LastUsedAt
	}
	for _, v := range r.Versions {
		row.Versions = append(row.Versions, v.API.Name+" "+v.Version.Name)
	}
	return row
}

// NewClient is the form of a new one.
func (w *Web) NewClient(c echo.Context) error {
	return w.showClientForm(c, http.StatusOK, clients.Form{Key: rand.Text()}, nil)
}

// clientForm adds to a form what can be chosen; told are the versions that are.
func (w *Web) clientForm(c echo.Context, f clients.Form, told map[string]bool) (clients.Form, error) {
	rows, err := w.Clients.Choices(c.Request().Context(), guard.Actor(c))
	f.Tenant, f.Base = guard.Actor(c).Tenant().Slug, clientsURL(c)
	for _, v := range rows {
		f.Choices = append(f.Choices, clients.Choice{Field: versionField + v.Version.ID, Label: v.API.Name + " " + v.Version.Name,
			Help: f.Tenant + "/" + v.API.Slug + "/" + v.Version.Name, Chosen: told[v.Version.ID]})
	}
	return f, err
}

func (w *Web) showClientForm(c echo.Context, status int, f clients.Form, told map[string]bool) error {
	f, err := w.clientForm(c, f, told)
	if err != nil {
		return err
	}
	f.URL, f.Object = f.Base, guard.Actor(c).Tenant().ID
	return render(c, status, f.Page(w.page(c, "Register a client")))
}

// readClient reads the form of a client.
func readClient(c echo.Context) (in portal.ClientForm, told map[string]bool) {
	told = map[string]bool{}
	in = portal.ClientForm{Name: c.FormValue("name"), MayRevoke: c.FormValue("may_revoke") != "", Key: c.FormValue("key")}
	for name := range c.Request().PostForm {
		if len(name) > len(versionField) && name[:len(versionField)] == versionField {
			in.Versions = append(in.Versions, name[len(versionField):])
			told[name[len(versionField):]] = true
		}
	}
	return in, told
}

// RegisterClient answers the form with the only page that shows the secret (R4).
func (w *Web) RegisterClient(c echo.Context) error {
	in, told := readClient(c)
	client, secret, err := w.Clients.Register(c.Request().Context(), guard.Actor(c), in)
	if problems, status, ok := proofFields(err); ok && fault.Code(err) != "already_created" {
		return w.showClientForm(c, status, clients.Form{Name: in.Name, MayRevoke: in.MayRevoke, Key: in.Key, Problems: problems}, told)
	}
	if err != nil {
		return err
	}
	row, err := w.Clients.Show(c.Request().Context(), guard.Actor(c), client.ID)
	if err != nil {
		return err
	}
	return w.showClientSecret(c, http.StatusCreated, row, secret, true)
}

func (w *Web) showClientSecret(c echo.Context, status int, row portal.ClientRow, secret keys.Secret, fresh bool) error {
	page := clients.Shown{Tenant: guard.Actor(c).Tenant().Slug, Base: clientsURL(c), Portal: w.Origin.String(), Row: clientRow(c, row),
		Secret: secret.Reveal(), Fresh: fresh}
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, status, page.Page(w.page(c, row.Name)))
}

// ShowClient is the page of one.
func (w *Web) ShowClient(c echo.Context) error {
	return w.showClient(c, http.StatusOK, nil, nil)
}

// showClient shows a client with its form: as it is, or as it was sent.
func (w *Web) showClient(c echo.Context, status int, sent *clients.Form, secretProblems []fault.Field) error {
	actor := guard.Actor(c)
	row, err := w.Clients.Show(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	d := clients.Detail{Tenant: actor.Tenant().Slug, Base: clientsURL(c), Row: clientRow(c, row), MayManage: actor.Can(models.ClientManage),
		Secret: portal.ClientSecret(row.ID), Problems: secretProblems, Portal: w.Origin.String(), Now: w.Clock.Now()}
	if d.MayManage {
		told := map[string]bool{}
		for _, v := range row.Versions {
			told[v.Version.ID] = true
		}
		form := clients.Form{Name: row.Name, MayRevoke: row.MayRevoke, Revision: row.Revision}
		if sent != nil {
			form = *sent
			_, told = readClient(c)
		}
		if d.Form, err = w.clientForm(c, form, told); err != nil {
			return err
		}
		d.Form.URL, d.Form.Object = d.URL, row.ID
	}
	return render(c, status, d.Page(w.page(c, row.Name+" · Clients")))
}

// ChangeClient answers the form of one.
func (w *Web) ChangeClient(c echo.Context) error {
	in, _ := readClient(c)
	revision, _ := strconv.Atoi(c.FormValue("revision")) // 0 is no revision: somebody changed it
	err := w.Clients.Change(c.Request().Context(), guard.Actor(c), c.Param("id"), in, revision)
	if problems, status, ok := proofFields(err); ok {
		return w.showClient(c, status, &clients.Form{Name: in.Name, MayRevoke: in.MayRevoke, Revision: revision, Problems: problems}, nil)
	}
	if err != nil {
		return err
	}
	return done(c, "Saved.", clientsURL(c)+"/"+c.Param("id"))
}

// RotateClient answers with the only page that shows the new secret (R4).
func (w *Web) RotateClient(c echo.Context) error {
	row, secret, err := w.Clients.Rotate(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if problems, status, ok := proofFields(err); ok {
		return w.showClient(c, status, nil, problems)
	}
	if err != nil {
		return err
	}
	return w.showClientSecret(c, http.StatusOK, row, secret, false)
}

// ConfirmRemoveClient asks first.
func (w *Web) ConfirmRemoveClient(c echo.Context) error {
	row, err := w.Clients.Show(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	r := clients.Remove{Tenant: guard.Actor(c).Tenant().Slug, Base: clientsURL(c), Row: clientRow(c, row), Now: w.Clock.Now()}
	return render(c, http.StatusOK, r.Page(w.page(c, row.Name)))
}

// RemoveClient ends one.
func (w *Web) RemoveClient(c echo.Context) error {
	if err := w.Clients.Remove(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "The client was removed; its secret opens nothing any more.", clientsURL(c))
}
