package web

import (
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/members"
	"gatehouse/views/ui"
)

// InviteManyForm is the page on which many are invited; those who came with the
// tenant's archive, where that is asked for.
func (w *Web) InviteManyForm(c echo.Context) error {
	b := members.Bulk{Role: string(models.RolePartner)}
	if c.QueryParam("arrivals") != "" {
		arrivals, err := w.Members.Arrivals(c.Request().Context(), guard.Actor(c))
		if err != nil {
			return err
		}
		for _, a := range arrivals {
			b.List += a.Email + ", " + string(a.InvitedAs()) + "\n"
		}
	}
	return w.showBulkInvite(c, http.StatusOK, b, portal.InviteList{})
}

func (w *Web) showBulkInvite(c echo.Context, status int, b members.Bulk, list portal.InviteList) error {
	b.Tenant, b.OK, b.Seen, b.Object = guard.Actor(c).Tenant().Slug, list.OK, list.Seen, list.Object()
	for _, l := range list.Lines {
		line := members.Line{Number: l.Number, Email: l.Email, RoleName: RoleName(l.Role), Sign: ui.Sign{Tone: ui.Off, Icon: "cross", Word: "Left out"}}
		switch l.Verdict {
		case portal.InviteOK:
			line.Sign = ui.Sign{Tone: ui.OK, Icon: "ok", Word: "Will be invited"}
		case portal.InviteMember:
			line.Why = "Is in already."
		case portal.InviteWaiting:
			line.Why = "Has an invitation that works. Send that one again from the list of members."
		case portal.InviteDouble:
			line.Why = "Stands further up in this list."
		case portal.InviteAddress:
			line.Why = "This is not an e-mail address."
		case portal.InviteBadRole:
			line.Why = "There is no such role. Write admin, api_manager, auditor or partner."
		}
		if l.Typed != "" {
			line.RoleName = l.Typed
		}
		b.Lines = append(b.Lines, line)
	}
	return render(c, status, b.Page(w.page(c, "Invite many")))
}

// listOf is the file of the form, or what was pasted.
func listOf(c echo.Context) (string, error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return c.FormValue("list"), nil
	}
	file, err := header.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(file) // no larger than the form's limit
	return string(text), err
}

// PreviewInvites shows what would become of each line, and invites nobody.
func (w *Web) PreviewInvites(c echo.Context) error {
	text, err := listOf(c)
	if err != nil {
		return err
	}
	b := members.Bulk{List: text, Role: c.FormValue("role")}
	list, err := w.Members.PreviewInvites(c.Request().Context(), guard.Actor(c), text, models.Role(b.Role))
	if err != nil {
		problems, ok := fieldsOf(err)
		if !ok {
			return err
		}
		b.Problems = problems
		return w.showBulkInvite(c, formStatus(err), b, list)
	}
	if list.OK == 0 {
		b.Problems = []fault.Field{{Name: "list", Message: "There is nobody to invite in this list."}}
		return w.showBulkInvite(c, http.StatusUnprocessableEntity, b, list)
	}
	return w.showBulkInvite(c, http.StatusOK, b, list)
}

// InviteMany invites all lines that are ok, or nobody.
func (w *Web) InviteMany(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	b := members.Bulk{List: c.FormValue("list"), Role: c.FormValue("role")}
	list, err := w.Members.InviteMany(ctx, actor, b.List, models.Role(b.Role), c.FormValue("seen"))
	if err != nil {
		problems, status, ok := proofFields(err)
		if !ok {
			return err
		}
		b.Problems = problems
		list, err = w.Members.PreviewInvites(ctx, actor, b.List, models.Role(b.Role))
		if _, fits := fieldsOf(err); err != nil && !fits {
			return err
		}
		return w.showBulkInvite(c, status, b, list)
	}
	left := ""
	if n := len(list.Lines) - list.OK; n > 0 {
		left = " " + ui.Plural(n, "line") + " of the list were left out."
	}
	return done(c, strconv.Itoa(list.OK)+" invitations are on their way."+left, tenantBase(c)+"/admin/members")
}
