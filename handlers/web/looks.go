package web

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/brand"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/settings"
)

// lookURL is where a tenant's look is changed.
func lookURL(c echo.Context) string { return tenantBase(c) + "/admin/settings/look" }

// Look is the page of a tenant's look: the draft of whoever asks, or what readers see.
func (w *Web) Look(c echo.Context) error {
	desk, err := w.Looks.Desk(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	return w.lookForm(c, http.StatusOK, desk, desk.Editing(), nil)
}

// lookForm shows a look in the form, with what is wrong with it.
func (w *Web) lookForm(c echo.Context, status int, desk portal.LookDesk, look models.Look, problems []fault.Field) error {
	f := settings.LookForm{Tenant: guard.Actor(c).Tenant().Slug, Base: lookURL(c), Look: look, Colour: look.Colour, Links: look.Links,
		Drafted: desk.Draft != nil, Revision: desk.Editing().Revision, Since: published(desk, desk.Since), History: published(desk, desk.History), Problems: problems, Now: w.Clock.Now()}
	if pictures := desk.Editing(); len(pictures.Logo) > 0 {
		f.LogoURL = draftLogoURL(c, pictures.Logo)
		if len(pictures.LogoDark) > 0 {
			f.DarkURL = draftLogoURL(c, pictures.LogoDark)
		}
	}
	return render(c, status, settings.ShowLook(w.page(c, "Look · Settings"), f))
}

// published are looks that were published, with who did.
func published(desk portal.LookDesk, looks []models.Look) (out []settings.Published) {
	for _, l := range looks {
		p := settings.Published{ID: l.ID, Name: l.Name, Colour: l.Colour, By: desk.Names[l.CreatedBy].Name, Current: l.ID == desk.Last.ID}
		if p.By == "" && l.CreatedBy != "" {
			p.By = "Somebody"
		}
		if l.PublishedAt != nil {
			p.At = *l.PublishedAt
		}
		out = append(out, p)
	}
	return out
}

// KeepLook stores what was filled in as a draft, and shows what it will look like.
func (w *Web) KeepLook(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	in, err := readLook(c)
	if err != nil {
		return err
	}
	if _, err = w.Looks.Keep(ctx, actor, in); err == nil {
		return done(c, "", lookURL(c)+"/preview")
	}
	problems, ok := fieldsOf(err)
	if !ok {
		return err
	}
	desk, deskErr := w.Looks.Desk(ctx, actor)
	if deskErr != nil {
		return deskErr
	}
	if now := desk.Editing(); outrun(err) {
		problems = meanwhile(entry{"name", in.Name, now.Name}, entry{"tagline", in.Tagline, now.Tagline}, entry{"colour", in.Colour, now.Colour},
			entry{"welcome", in.Welcome, now.Welcome}, entry{"help", in.Help, now.Help}, entry{"sender", in.Sender, now.Sender})
	}
	return w.lookForm(c, formStatus(err), desk, in.Look, problems)
}

// readLook reads the form. Links without a name and an address are left out.
func readLook(c echo.Context) (in portal.LookForm, err error) {
	in.Look = models.Look{Name: c.FormValue("name"), Tagline: c.FormValue("tagline"), Colour: strings.ToLower(strings.TrimSpace(c.FormValue("colour"))),
		Welcome: c.FormValue("welcome"), Help: c.FormValue("help"), Sender: c.FormValue("sender"), Revision: number(c, "revision")}
	for i := range models.FooterLinksMost {
		field := "link_" + strconv.Itoa(i+1)
		link := models.FooterLink{Text: strings.TrimSpace(c.FormValue(field + "_text")), URL: strings.TrimSpace(c.FormValue(field + "_url"))}
		if link != (models.FooterLink{}) {
			in.Links = append(in.Links, link)
		}
	}
	in.RemoveLogo, in.RemoveLogoDark = c.FormValue("remove_logo") != "", c.FormValue("remove_logo_dark") != ""
	if in.NewLogo, err = uploaded(c, "logo", brand.LogoMaxBytes); err != nil {
		return in, err
	}
	in.NewLogoDark, err = uploaded(c, "logo_dark", brand.LogoMaxBytes)
	return in, err
}

// uploaded is a file of the form, nil where none was sent. Of one that is too large a byte
// more than most is read, so that it can be told.
func uploaded(c echo.Context, field string, most int64) ([]byte, error) {
	header, err := c.FormFile(field)
	if err != nil || header.Size == 0 {
		return nil, nil
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, most+1))
}

// LookColour shows what becomes of a colour that is being typed.
func (w *Web) LookColour(c echo.Context) error {
	return render(c, http.StatusOK, settings.Colour(strings.ToLower(strings.TrimSpace(c.QueryParam("colour")))))
}

// PreviewLook shows what the draft will look like; without one, what readers see.
func (w *Web) PreviewLook(c echo.Context) error {
	return w.previewLook(c, http.StatusOK, nil)
}

func (w *Web) previewLook(c echo.Context, status int, problems []fault.Field) error {
	desk, err := w.Looks.Desk(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	draft := desk.Editing()
	framing(c, "frame-ancestors 'none'", "frame-ancestors 'none'; frame-src 'self'")
	return render(c, status, settings.ShowPreview(w.page(c, "Preview · Look"), settings.Preview{
		Tenant: guard.Actor(c).Tenant().Slug, Base: lookURL(c), Colour: draft.Colour, Changes: settings.Changes(desk.Now.Differs(draft)),
		Revision: draft.Revision, Seen: desk.Last.ID, Since: published(desk, desk.Since), Sender: w.Letters.From(draft.Sender), Problems: problems, Now: w.Clock.Now()}))
}

// framing changes what the policy of this one page says about frames.
func framing(c echo.Context, from, to string) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), from, to, 1))
}

// PublishLook lets readers see the draft.
func (w *Web) PublishLook(c echo.Context) error {
	err := w.Looks.Publish(c.Request().Context(), guard.Actor(c), number(c, "revision"), c.FormValue("seen"))
	if problems, ok := fieldsOf(err); ok {
		return w.previewLook(c, formStatus(err), problems)
	}
	if err != nil {
		return err
	}
	return done(c, "Published: readers see it now.", lookURL(c))
}

// DiscardLook throws the draft away.
func (w *Web) DiscardLook(c echo.Context) error {
	if err := w.Looks.Discard(c.Request().Context(), guard.Actor(c)); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return done(c, "The draft is discarded.", lookURL(c))
}

// RestoreLook takes up a look of before as the draft.
func (w *Web) RestoreLook(c echo.Context) error {
	err := w.Looks.Restore(c.Request().Context(), guard.Actor(c), c.FormValue("look"))
	if err != nil {
		return err
	}
	return done(c, "This is how it looked. Publish it to bring it back.", lookURL(c)+"/preview")
}
