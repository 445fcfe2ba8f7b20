package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// tokenRights are the settings of a token as its page shows them.
func tokenRights(r portal.TokenRow) tokens.Rights {
	out := tokens.Rights{Purpose: r.Purpose, Owner: r.Owner.Name}
	for _, u := range r.People {
		out.People = append(out.People, u.Name)
	}
	for _, p := range r.AllowedIPs {
		out.From = append(out.From, models.RangeText(p))
	}
	for _, p := range r.Permissions {
		o := tokens.Opening{API: p.API.Name + " " + p.Version.Name, Words: portal.AccessWords(p.Permission)}
		for _, operation := range p.Opened[:min(len(p.Opened), longList)] {
			o.Parts = append(o.Parts, part(operation))
		}
		o.More = len(p.Opened) - len(o.Parts)
		out.Openings = append(out.Openings, o)
	}
	for _, s := range models.ManagementScopes {
		for _, has := range r.Scopes {
			if has == s.Name {
				out.Openings = append(out.Openings, tokens.Opening{API: has, Words: s.Allows})
			}
		}
	}
	return out
}

// sharing adds to the settings of a token how others get the same.
func (w *Web) sharing(c echo.Context, rights *tokens.Rights, r portal.TokenRow) {
	if r.Kind != models.TokenAccess {
		return
	}
	rights.CopyURL = tokensURL(c) + "/new" + query("like", r.ID)
	var apis []portal.ReachableAPI
	for _, p := range r.Permissions {
		a := portal.ReachableAPI{Operations: p.Opened}
		a.API, a.Version, a.VersionID = p.API, p.Version, p.VersionID
		apis = append(apis, a)
	}
	in := portal.NewToken{Name: r.Name, Purpose: r.Purpose, Description: r.Description}
	fromRights(&in, apis, models.Rights{Permissions: permissions(r), AllowedIPs: r.AllowedIPs})
	rights.Link = w.Origin.JoinPath(tokensURL(c), "new").String() + "?" + linkQuery(in, apis).Encode()
}

// TokenRequest is the page on which an admin decides about a token.
func (w *Web) TokenRequest(c echo.Context) error {
	return w.showTokenRequest(c, http.StatusOK, nil)
}

func (w *Web) showTokenRequest(c echo.Context, status int, problems []fault.Field) error {
	actor := guard.Actor(c)
	r, err := w.AllTokens.Request(c.Request().Context(), actor, c.Param("id"))
	if err != nil {
		return err
	}
	row := tokenRow(c, allTokensURL(c), r.TokenRow)
	a := tokens.Approval{
		Tenant: actor.Tenant().Slug, Row: row, Rights: tokenRights(r.TokenRow), Asks: r.Asks, MayDecide: actor.Can(models.TokenDecide), Self: r.Self,
		New: r.Wish == nil, Asker: r.Asker.Name, Email: r.Asker.Email, At: r.At, Seen: r.Seen(), Diff: differences(r.Diff),
		Reason: c.FormValue("reason"), Problems: problems, Now: w.Clock.Now(),
	}
	if r.Earlier != nil {
		a.Against, a.AgainstURL = "what it may do now", row.URL
		if r.Earlier.ID != r.ID {
			a.Against, a.AgainstURL = r.Earlier.Name+" of "+ui.Date(r.Earlier.CreatedAt), allTokensURL(c)+"/"+r.Earlier.ID
		}
	}
	return render(c, status, a.Page(w.page(c, row.Name+" · Request")))
}

// decideToken carries out a decision, or shows the request again with what was wrong.
func (w *Web) decideToken(c echo.Context, message string, err error) error {
	if problems, ok := fieldsOf(err); err != nil && ok {
		return w.showTokenRequest(c, formStatus(err), problems)
	}
	if err != nil {
		return err
	}
	return done(c, message+" Its people are told here and by e-mail.", allTokensURL(c)+"/"+c.Param("id"))
}

// ApproveToken makes a token work, or lets it do what was asked for.
func (w *Web) ApproveToken(c echo.Context) error {
	return w.decideToken(c, "Approved.", w.AllTokens.Approve(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("seen")))
}

// DenyToken ends a token that waited, or leaves it as it was.
func (w *Web) DenyToken(c echo.Context) error {
	return w.decideToken(c, "Denied.", w.AllTokens.Deny(c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("seen"), c.FormValue("reason")))
}
