package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/catalog"
	"gatehouse/views/ui"
)

// Letters writes an example of the mails that tell about a tenant.
type Letters interface {
	From(sender string) string // as a reader of mail sees it
	Example(t models.Tenant) (html string, err error)
}

// draftLogoURL is where a picture of a draft is, which is its admin's alone.
func draftLogoURL(c echo.Context, picture []byte) string {
	return lookURL(c) + "/preview/logo/" + fingerprint(picture)
}

// drafted is the tenant in the look of the draft of whoever asks.
func (w *Web) drafted(c echo.Context) (models.Tenant, error) {
	desk, err := w.Looks.Desk(c.Request().Context(), guard.Actor(c))
	return guard.Actor(c).Tenant().Wearing(desk.Editing()), err
}

// framed lets a page stand in a frame of ours, where nothing of it runs.
func framed(c echo.Context) { framing(c, "frame-ancestors 'none'", "frame-ancestors 'self'") }

// LookHome is the home page in the look of the draft.
func (w *Web) LookHome(c echo.Context) error {
	tenant, err := w.drafted(c)
	if err != nil {
		return err
	}
	h, err := w.tenantHome(c, tenant)
	if err != nil {
		return err
	}
	p := w.page(c, "")
	p.Theme, p.Flash, p.Still = inTheme(c), "", true
	dressIn(&p, tenant)
	if _, hash, err := ui.ThemeCSS(tenant.Colour); err == nil {
		p.ThemeURL = lookURL(c) + "/preview/theme." + hash + ".css"
	}
	if len(tenant.Logo) > 0 {
		p.Brand.LogoURL, p.IconURL = draftLogoURL(c, tenant.Logo), draftLogoURL(c, tenant.Logo)
	}
	if len(tenant.LogoDark) > 0 {
		p.Brand.DarkURL = draftLogoURL(c, tenant.LogoDark)
	}
	framed(c)
	return render(c, http.StatusOK, catalog.ShowHome(p, h))
}

// inTheme is the theme that a frame is asked for in.
func inTheme(c echo.Context) string {
	if c.QueryParam("theme") == "dark" {
		return "dark"
	}
	return "light"
}

// LookTheme is the stylesheet of the draft.
func (w *Web) LookTheme(c echo.Context) error {
	tenant, err := w.drafted(c)
	if err != nil {
		return err
	}
	return sendTheme(c, tenant)
}

// LookLogo is a picture of the draft.
func (w *Web) LookLogo(c echo.Context) error {
	tenant, err := w.drafted(c)
	if err != nil {
		return err
	}
	return sendLogo(c, tenant)
}

// LookMail is a mail in the look of the draft. Mails bring their styles with them, so that
// they may have some; nothing else is loaded or run.
func (w *Web) LookMail(c echo.Context) error {
	tenant, err := w.drafted(c)
	if err != nil {
		return err
	}
	html, err := w.Letters.Example(tenant)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-same-origin; frame-ancestors 'self'")
	return c.HTML(http.StatusOK, strings.Replace(html, `content="light dark"`, `content="`+inTheme(c)+`"`, 1))
}

// sendTheme answers with a tenant's stylesheet, if the address names it.
func sendTheme(c echo.Context, t models.Tenant) error {
	css, hash, err := ui.ThemeCSS(t.Colour)
	if err != nil || c.Param("file") != hash+".css" {
		return fault.Missing("page")
	}
	immutable(c)
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", []byte(css))
}

// sendLogo answers with one of a tenant's pictures, if the address names it.
func sendLogo(c echo.Context, t models.Tenant) error {
	picture, kind := t.Logo, t.LogoType
	if len(t.LogoDark) > 0 && c.Param("file") == fingerprint(t.LogoDark) {
		picture, kind = t.LogoDark, brand.LogoType
	}
	if len(picture) == 0 || c.Param("file") != fingerprint(picture) {
		return fault.Missing("page")
	}
	immutable(c)
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return c.Blob(http.StatusOK, kind, picture)
}
