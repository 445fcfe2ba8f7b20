package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/account"
)

// keptProof is where a session keeps the proof under which a passkey is added:
// proof and passkey take two dialogs of the browser.
const keptProof = "passkey_proof"

// passkeysChanged is the account's page after a passkey was added or removed: it
// offers to end the other sessions (R32).
const passkeysChanged = "/account?passkeys=changed"

// AddPasskey notes that the person confirmed that they want one more passkey.
func (w *Web) AddPasskey(c echo.Context) error {
	proof := guard.Actor(c).Proof().ID
	if proof == "" {
		return fault.New(fault.Forbidden, "step_up_required", "Confirm this with your passkey.")
	}
	guard.Session(c).Put(keptProof, proof)
	if err := saveSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account/passkeys/new")
}

// NewPasskey is the page on which the passkey is created.
func (w *Web) NewPasskey(c echo.Context) error {
	if guard.Session(c).Value(keptProof) == "" {
		return c.Redirect(http.StatusSeeOther, "/account")
	}
	return render(c, http.StatusOK, account.NewPasskey(w.gate(c, "Add a passkey", "")))
}

// proven is the actor with the proof that the session keeps.
func proven(c echo.Context) models.Actor {
	s := guard.Session(c)
	return guard.Actor(c).WithProof(models.Proof{ID: s.Value(keptProof), Session: s.Hash()})
}

// BeginPasskey asks the browser for a new passkey.
func (w *Web) BeginPasskey(c echo.Context) error {
	return options(c)(w.Accounts.BeginAdd(c.Request().Context(), proven(c), guard.Session(c).Hash(), c.FormValue("name")))
}

// FinishPasskey stores it.
func (w *Web) FinishPasskey(c echo.Context) error {
	response, err := answerOf(c)
	if err != nil {
		return err
	}
	s := guard.Session(c)
	if err := w.Accounts.FinishAdd(c.Request().Context(), proven(c), s.Hash(), response); err != nil {
		return err
	}
	s.Put(keptProof, "")
	s.Flash(flashSuccess, "The passkey was added. If you added it because a device is lost, remove that one’s passkey and end its session.")
	return goTo(c, passkeysChanged)
}

// LinkPasskey shows, once, the link by which another device gets a passkey.
func (w *Web) LinkPasskey(c echo.Context) error {
	path, until, err := w.Accounts.DeviceLink(c.Request().Context(), guard.Actor(c))
	if err != nil {
		if problems, status, ok := proofFields(err); ok {
			return w.showAccount(c, status, guard.Actor(c).Account().Name, problems)
		}
		return err
	}
	d := account.DeviceLinkData{URL: w.Origin.String() + path, Until: until, Now: w.Clock.Now()}
	if d.Size, d.Path, err = qrCode(d.URL); err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, http.StatusCreated, account.DeviceLink(w.page(c, "Another device"), d))
}

// ownPasskey is one of the person's passkeys, and whether it may go.
func (w *Web) ownPasskey(c echo.Context) (key models.Passkey, last, removable bool, err error) {
	keys, err := w.Accounts.Passkeys(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return key, false, false, err
	}
	codes, err := w.Accounts.RecoveryCodes(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return key, false, false, err
	}
	for _, k := range keys {
		if k.ID == c.Param("id") {
			return k, len(keys) == 1, len(keys) > 1 || codes.Left > 0, nil
		}
	}
	return key, false, false, fault.Missing("passkey")
}

// Passkey is the page of one passkey.
func (w *Web) Passkey(c echo.Context) error { return w.showPasskey(c, http.StatusOK, "", nil) }

func (w *Web) showPasskey(c echo.Context, status int, typed string, problems []fault.Field) error {
	key, _, removable, err := w.ownPasskey(c)
	if err != nil {
		return err
	}
	if problems == nil {
		typed = key.Name
	}
	return render(c, status, account.Passkey(w.page(c, key.Name), account.KeyData{Passkey: key, Typed: typed, Removable: removable, Problems: problems, Now: w.Clock.Now()}))
}

// RenamePasskey gives a passkey another name.
func (w *Web) RenamePasskey(c echo.Context) error {
	name := c.FormValue("name")
	if err := w.Accounts.RenamePasskey(c.Request().Context(), guard.Actor(c), c.Param("id"), name); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showPasskey(c, formStatus(err), name, problems)
		}
		return err
	}
	return done(c, "The passkey has another name.", "/account")
}

// ConfirmRemovePasskey asks before a passkey goes.
func (w *Web) ConfirmRemovePasskey(c echo.Context) error {
	key, last, _, err := w.ownPasskey(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, account.RemovePasskey(w.page(c, "Remove a passkey"), key, last, w.Clock.Now()))
}

// RemovePasskey takes a passkey away.
func (w *Web) RemovePasskey(c echo.Context) error {
	if err := w.Accounts.RemovePasskey(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		if problems, ok := fieldsOf(err); ok {
			return w.showAccount(c, http.StatusConflict, guard.Actor(c).Account().Name, problems)
		}
		return err
	}
	return done(c, "The passkey was removed.", passkeysChanged)
}
