package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

// EditToken is the form that changes a token.
func (w *Web) EditToken(c echo.Context) error {
	can, err := w.editForm(c)
	if err != nil {
		return err
	}
	t := can.Token
	in := portal.NewToken{Name: t.Name, Purpose: t.Purpose, Description: t.Description}
	for _, u := range t.People {
		in.People = append(in.People, u.ID)
	}
	e := tokens.Edit{Revision: t.Revision, Asked: t.Wish != nil}
	e.LeftOut = fromRights(&in, can.APIs, can.Has)
	return w.showEdit(c, http.StatusOK, e, in, can)
}

func (w *Web) editForm(c echo.Context) (portal.TokenEdit, error) {
	return w.Tokens.EditForm(c.Request().Context(), guard.Actor(c), c.Param("id"))
}

// showEdit shows the form as it is filled in.
func (w *Web) showEdit(c echo.Context, status int, e tokens.Edit, in portal.NewToken, can portal.TokenEdit) error {
	e.Settings = tokenSettings(c, e.Settings, in, can.TokenForm)
	for _, version := range can.Has.Versions(models.Rights{}) {
		if name, out := outOfReach(can, version); out {
			kept := can.Has.For(version)
			e.Kept = append(e.Kept, tokens.Kept{Name: name, ID: version, Value: string(kept.Access), Words: portal.AccessWords(kept),
				None: in.Access[version] == models.AccessNone})
		}
	}
	e.Tenant, e.ID, e.Title, e.Expires = guard.Actor(c).Tenant().Slug, can.Token.ID, can.Token.Name, can.Token.ExpiresAt
	e.Back = tokensURL(c) + "/" + e.ID
	e.URL, e.Look = e.Back+"/edit", e.Back+"/look"
	p := w.page(c, "Edit token")
	p.Scripts = []string{"perm.js"}
	return render(c, status, e.Page(p))
}

// outOfReach is the name of a version that a token has a permission for and its
// team can't reach now.
func outOfReach(can portal.TokenEdit, version string) (string, bool) {
	for _, a := range can.APIs {
		if a.VersionID == version {
			return "", false
		}
	}
	for _, p := range can.Token.Permissions {
		if p.VersionID == version {
			return p.API.Name + " " + p.Version.Name, true
		}
	}
	return "An API", true
}

// readEdit is what the form says, of the revision that it was opened at.
func (w *Web) readEdit(c echo.Context) (e tokens.Edit, in portal.NewToken, can portal.TokenEdit, err error) {
	if can, err = w.editForm(c); err != nil {
		return e, in, can, err
	}
	in = readSettings(c, can.APIs)
	e.Revision, _ = strconv.Atoi(c.FormValue("revision")) // 0 is no revision: somebody changed it
	return e, in, can, nil
}

// LookAtEdit shows the form as it is filled in, with what it would change.
func (w *Web) LookAtEdit(c echo.Context) error {
	e, in, can, err := w.readEdit(c)
	if err != nil {
		return err
	}
	if c.QueryParam("do") == "me" {
		in.Ranges = withAddress(in.Ranges, guard.Actor(c).Request().ClientIP)
	}
	err = w.review(c, &e, in)
	problems, ok := fieldsOf(err)
	if err != nil && !ok {
		return err
	}
	e.Problems, e.Looked = problems, err == nil
	return w.showEdit(c, lookStatus(problems), e, in, can)
}

// review adds what the form would change.
func (w *Web) review(c echo.Context, e *tokens.Edit, in portal.NewToken) error {
	r, err := w.Tokens.Review(c.Request().Context(), guard.Actor(c), c.Param("id"), in)
	e.Diff, e.Waits = differences(r.Diff), r.Waits
	return err
}

func differences(diff []portal.TokenDiff) (out []tokens.Diff) {
	for _, d := range diff {
		out = append(out, tokens.Diff(d))
	}
	return out
}

// SaveToken answers the form. What widens the token comes back once, to be
// confirmed with a passkey.
func (w *Web) SaveToken(c echo.Context) error {
	e, in, can, err := w.readEdit(c)
	if err != nil {
		return err
	}
	waits, err := w.Tokens.Edit(c.Request().Context(), guard.Actor(c), c.Param("id"), in, e.Revision)
	if fault.Code(err) == "step_up_required" {
		e.Confirm = true
		if err := w.review(c, &e, in); err != nil {
			return err
		}
		return w.showEdit(c, http.StatusForbidden, e, in, can)
	}
	if problems, ok := fieldsOf(err); err != nil && ok {
		e.Problems = problems
		if outrun(err) {
			now := can.Token
			e.Revision, e.Problems = now.Revision, meanwhile(entry{"name", in.Name, now.Name}, entry{"purpose", in.Purpose, now.Purpose},
				entry{"description", in.Description, now.Description}, entry{"ips", in.Ranges, models.RangesText(now.AllowedIPs)})
			_ = w.review(c, &e, in) // what is wrong with it is said when it is saved
		}
		return w.showEdit(c, http.StatusUnprocessableEntity, e, in, can)
	}
	if err != nil {
		return err
	}
	message := "Saved."
	if waits {
		message = "Asked for. The token goes on with what it has until an admin approves the rest; you are told here and by e-mail."
	}
	return done(c, message, tokensURL(c)+"/"+c.Param("id"))
}

// WithdrawToken takes back that a token is to do more.
func (w *Web) WithdrawToken(c echo.Context) error {
	if err := w.Tokens.Withdraw(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, "Taken back. The token stays as it is.", tokensURL(c)+"/"+c.Param("id"))
}
