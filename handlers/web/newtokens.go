package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/portal"
	"gatehouse/views/tokens"
	"gatehouse/views/ui"
)

// NewTokenForm is the form of a new token: empty, as a link to it says, or with the
// settings of another token. It makes nothing.
func (w *Web) NewTokenForm(c echo.Context) error {
	in := portal.NewToken{Team: c.QueryParam("team"), Service: c.QueryParam("service"), Key: rand.Text()}
	like, left, err := w.like(c)
	if err != nil {
		return err
	}
	if like != nil {
		in.Team, in.Service = like.Team.ID, likeService(like)
	}
	can, err := w.Tokens.Form(c.Request().Context(), guard.Actor(c), in.Team, in.Service)
	if err != nil {
		return err
	}
	f := tokens.Form{Settings: tokens.Settings{LeftOut: left, Problems: w.tooSoon(c)}}
	if like != nil {
		f.Copied = like.Token.Name
		f.LeftOut = append(f.LeftOut, copySettings(&in, can, *like)...)
	}
	f.LeftOut = append(f.LeftOut, prefill(&in, can.APIs, guard.Actor(c).Tenant().TokenDays, c.QueryParams())...)
	if f.Expires = in.Expires; f.Expires != "" && !slices.Contains(lifeDays, f.Expires) {
		f.Expires, f.Date = "date", in.Expires
	}
	return w.showTokenForm(c, http.StatusOK, f, in, can)
}

// tooSoon is what a form of tokens says to who recovered their account just now (R33).
func (w *Web) tooSoon(c echo.Context) []fault.Field {
	err := portal.AfterRecovery(guard.Actor(c), w.Clock.Now())
	if err == nil {
		return nil
	}
	problems, _ := fieldsOf(err)
	return problems
}

// like is the token whose settings the address names, nil where it names none. One
// that is not there is no reason to show no form.
func (w *Web) like(c echo.Context) (*portal.TokenEdit, []string, error) {
	id := c.QueryParam("like")
	if id == "" {
		return nil, nil, nil
	}
	like, err := w.Tokens.EditForm(c.Request().Context(), guard.Actor(c), id)
	if fault.Is(err, fault.NotFound) {
		return nil, []string{"The token whose settings were to be copied is not there, or not for you."}, nil
	}
	return &like, nil, err
}

// showTokenForm shows the form as it is filled in.
func (w *Web) showTokenForm(c echo.Context, status int, f tokens.Form, in portal.NewToken, can portal.TokenForm) error {
	actor := guard.Actor(c)
	f.Settings = tokenSettings(c, f.Settings, in, can)
	f.Tenant, f.TenantName, f.Team, f.Days, f.Key = actor.Tenant().Slug, actor.Tenant().Name, can.Team, actor.Tenant().TokenDays, in.Key
	f.Barred = can.Barred
	f.Service, f.ServiceName = can.Service.ID, can.Service.Name
	if f.For == "" {
		ownTokenForm(c, &f, in, can)
	} else {
		f.Settings.Team = can.Team.Name
		f.Address, f.Others = "", nil // of who prepares it, not of who makes it
	}
	f.Choices, f.MinDate, f.MaxDate = lifetimes(w.Clock.Now(), f.Days)
	f.Expires = lifetimeChosen(f.Expires, f.Days)
	p := w.page(c, "New token")
	p.Scripts = []string{"perm.js"}
	return render(c, status, f.Page(p))
}

// ownTokenForm adds what the form has for whoever makes a token themselves.
func ownTokenForm(c echo.Context, f *tokens.Form, in portal.NewToken, can portal.TokenForm) {
	f.Look, f.Action, f.Cancel, f.Object = tokensURL(c)+"/new", tokensURL(c), tokensURL(c), in.Object()
	if in.Team == "" {
		f.Object = can.Team.ID
	}
	f.Crumbs = []ui.Link{{Text: "Tokens", URL: tokensURL(c)}, {Text: "New"}}
	for _, t := range can.Teams {
		if len(can.Teams) > 1 {
			f.Teams = append(f.Teams, ui.SegLink{Text: t.Name, URL: tokensURL(c) + "/new" + query("team", t.ID), Current: t.ID == can.Team.ID})
		}
	}
	if f.Service == "" {
		f.Presets = presets(tokensURL(c)+"/new", can)
	}
	f.Services = servicesOf(can, tokensURL(c)+"/new"+query("team", can.Team.ID), "Mine")
}

// servicesOf are the links by which one chooses whose a new token becomes.
func servicesOf(can portal.TokenForm, form, mine string) []ui.SegLink {
	if len(can.Services) == 0 {
		return nil
	}
	links := []ui.SegLink{{Text: mine, URL: strings.TrimSuffix(form, "?"), Current: can.Service.ID == ""}}
	for _, s := range can.Services {
		links = append(links, ui.SegLink{Text: s.Name, URL: strings.Replace(form+"&service=", "?&", "?", 1) + s.ID, Current: s.ID == can.Service.ID})
	}
	return links
}

// likeService is the service account of a token whose settings are copied, or "".
func likeService(like *portal.TokenEdit) string {
	if like.Token.ServiceID == nil {
		return ""
	}
	return *like.Token.ServiceID
}

// lifetimes are the choices of how long a token lives. Those beyond the tenant's
// longest are there, disabled, with the reason.
func lifetimes(now time.Time, most int) (choices []ui.Option, least, last string) {
	for _, days := range []int{1, 7, 30, 60, 90} {
		o := ui.Option{Value: strconv.Itoa(days), Label: ui.Plural(days, "day"), Note: ui.Date(now.AddDate(0, 0, days))}
		if days > most {
			o.Disabled, o.Note = true, "more than "+ui.Plural(most, "day")
		}
		choices = append(choices, o)
	}
	end := now.AddDate(0, 0, most).UTC()
	choices = append(choices, ui.Option{Value: "date", Label: "On a date", Note: "until " + ui.Date(end)})
	return choices, now.UTC().Format(time.DateOnly), end.Format(time.DateOnly)
}

// lifetimeChosen is what is chosen at first: 30 days, or the longest that is allowed.
func lifetimeChosen(chosen string, most int) string {
	if chosen != "" {
		return chosen
	}
	if most < 30 {
		return "1"
	}
	return "30"
}

// lifeDays are the lives that the form offers, as it sends them.
var lifeDays = []string{"1", "7", "30", "60", "90"}

// newToken is what the form says.
func newToken(c echo.Context, apis []portal.ReachableAPI) portal.NewToken {
	in := readSettings(c, apis)
	in.Team, in.Service, in.Key, in.Expires = c.FormValue("team"), c.FormValue("service"), c.FormValue("key"), onDate(c.FormValue("expires"), c.FormValue("date"))
	return in
}

// LookAtToken shows the form as it is filled in, with what was asked for: the
// summary, a link to it, the reader's address. It makes nothing.
func (w *Web) LookAtToken(c echo.Context) error {
	can, err := w.Tokens.Form(c.Request().Context(), guard.Actor(c), c.FormValue("team"), c.FormValue("service"))
	if err != nil {
		return err
	}
	in := newToken(c, can.APIs)
	f := tokens.Form{Expires: c.FormValue("expires"), Date: c.FormValue("date")}
	switch c.QueryParam("do") {
	case "me":
		in.Ranges = withAddress(in.Ranges, guard.Actor(c).Request().ClientIP)
	case "link":
		f.Link = w.Origin.JoinPath(tokensURL(c), "new").String() + "?" + linkQuery(in, can.APIs).Encode()
	}
	err = w.Tokens.Check(c.Request().Context(), guard.Actor(c), in)
	problems, ok := fieldsOf(err)
	if err != nil && !ok {
		return err
	}
	f.Problems = slices.DeleteFunc(problems, func(p fault.Field) bool { return unfilled(p.Name, in) })
	return w.showTokenForm(c, lookStatus(f.Problems), f, in, can)
}

// CreateToken answers the form. The secret lives in this answer only: there is no
// redirect, and nothing of it in the session (R4).
func (w *Web) CreateToken(c echo.Context) error {
	can, err := w.Tokens.Form(c.Request().Context(), guard.Actor(c), c.FormValue("team"), c.FormValue("service"))
	if err != nil {
		return err
	}
	in := newToken(c, can.APIs)
	token, secret, err := w.Tokens.Create(c.Request().Context(), guard.Actor(c), in)
	if problems, status, ok := proofFields(err); ok && fault.Code(err) != "already_created" {
		return w.showTokenForm(c, status, tokens.Form{
			Settings: tokens.Settings{Problems: problems}, Expires: c.FormValue("expires"), Date: c.FormValue("date"),
		}, in, can)
	}
	if err != nil {
		return err
	}
	return w.showCreated(c, token.ID, secret)
}

// showCreated is the page that shows a new secret, once (R4).
func (w *Web) showCreated(c echo.Context, id string, secret keys.Secret) error {
	page, err := w.created(c, id)
	if err != nil {
		return err
	}
	page.Secret = secret.Reveal()
	c.Response().Header().Set("Cache-Control", "no-store")
	return render(c, http.StatusCreated, page.Page(w.page(c, page.Name)))
}

// onDate is how long a token lives: days, or a date.
func onDate(choice, date string) string {
	if choice == "date" {
		return date
	}
	return choice
}

// created is the page of a token that was just made, without its secret.
func (w *Web) created(c echo.Context, id string) (page tokens.Created, err error) {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d, _, err := w.Tokens.Callers(ctx, actor, id)
	if err != nil {
		return page, err
	}
	call, err := w.Tokens.FirstCall(ctx, actor, id, w.Gateway.String())
	return tokens.Created{
		Tenant: actor.Tenant().Slug, Row: tokenRow(c, tokensURL(c), d), Summary: may(d), Curl: call.Curl, CallPath: call.Path,
		Done: tokensURL(c), Now: w.Clock.Now(),
	}, err
}

// TestToken makes the first call with a token that was just made. Its secret comes
// in the form and goes to the gateway; nothing keeps it. htmx gets the panel that it
// came from, whose form holds the secret still; a whole page is another than the
// one that showed it, and does not show it again (R4).
func (w *Web) TestToken(c echo.Context) error {
	ctx, actor, id, secret := c.Request().Context(), guard.Actor(c), c.Param("id"), c.FormValue("secret")
	if err := w.Tokens.CheckSecret(ctx, actor, id, secret); err != nil {
		return err
	}
	page, err := w.created(c, id)
	if err != nil {
		return err
	}
	if page.CallPath == "" || w.Tester == nil {
		return fault.New(fault.Conflict, "nothing_to_call", "There is no call that this token could make just to see that it works.")
	}
	test := w.Tester.Test(ctx, page.CallPath, secret)
	test.Path = page.CallPath
	page.Test = &test
	c.Response().Header().Set("Cache-Control", "no-store")
	if !isHTMX(c) {
		return render(c, http.StatusOK, page.Tested(w.page(c, page.Name)))
	}
	page.Secret = secret
	return render(c, http.StatusOK, page.TestPanel())
}
