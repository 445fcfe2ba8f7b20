package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/problem"
	"gatehouse/models"
	"gatehouse/views/subscriptions"
	"gatehouse/views/ui"
)

// SubscribeForm is the page that asks for access to an API.
func (w *Web) SubscribeForm(c echo.Context) error {
	return w.showSubscribe(c, http.StatusOK, subscriptions.Form{Version: c.QueryParam("version"), Plan: c.QueryParam("plan")})
}

func (w *Web) showSubscribe(c echo.Context, status int, f subscriptions.Form) error {
	actor := guard.Actor(c)
	can, err := w.Subscriptions.Form(c.Request().Context(), actor, c.Param("api"))
	if err != nil {
		return err
	}
	f.Tenant, f.API, f.Plans, f.Teams = actor.Tenant().Slug, can.API, can.Plans, can.Teams
	f.NewTeam, f.Barred = len(actor.Teams()) == 0, len(can.Teams) == 0 && can.MemberOf > 0
	if f.Plan == "" && len(can.Plans) > 0 {
		f.Plan = can.Plans[0].Slug
	}
	chosen := chooseVersion(can.Versions, f.Version)
	f.Version = chosen.Name
	f.Ending = w.ending(c, can.API, chosen, successorIn(chosen, can.Versions))
	for _, v := range can.Versions {
		if len(can.Versions) > 1 {
			link := apiURL(c, can.API.Slug) + "/subscribe?" + url.Values{"version": {v.Name}, "plan": {f.Plan}}.Encode()
			f.Versions = append(f.Versions, ui.SegLink{Text: versionText(v), URL: link, Current: v.ID == chosen.ID})
		}
	}
	for _, s := range can.Standing {
		if s.VersionID == chosen.ID {
			f.Standing = string(s.State)
		}
	}
	return render(c, status, f.Page(w.page(c, "Subscribe · "+can.API.Name)))
}

// chooseVersion is the named one of some versions, or the first.
func chooseVersion(vs []models.Version, name string) models.Version {
	for _, v := range vs {
		if v.Name == name {
			return v
		}
	}
	return vs[0]
}

// Subscribe answers the form.
func (w *Web) Subscribe(c echo.Context) error {
	f := subscriptions.Form{
		Version: c.Param("version"), Plan: c.FormValue("plan"), Team: c.FormValue("team"), TeamName: c.FormValue("team_name"), Purpose: c.FormValue("purpose"),
		Expected: c.FormValue("expected_calls"), LastDay: c.FormValue("last_day"),
	}
	row, err := w.request(c, f)
	if problems, ok := fieldsOf(err); ok {
		f.Problems = renamed(problems, map[string]string{"wished_end": "last_day"})
		problem.Headers(c.Response().Header(), fault.From(err))
		return w.showSubscribe(c, formStatus(err), f)
	}
	if err != nil {
		return err
	}
	message := "You asked for " + row.API.Name + " " + row.Version.Name + ". The people who run it were told; you get their answer here and by e-mail."
	if row.State == models.SubscriptionApproved {
		message = row.API.Name + " " + row.Version.Name + " is yours to call. Make a token, and go."
	}
	return done(c, message, tenantBase(c)+"/subscriptions")
}

func (w *Web) request(c echo.Context, f subscriptions.Form) (portal.SubscriptionRow, error) {
	ends, err := endOf(f.LastDay, "last_day")
	if err != nil {
		return portal.SubscriptionRow{}, err
	}
	expected, err := callsOf(f.Expected)
	if err != nil {
		return portal.SubscriptionRow{}, err
	}
	return w.Subscriptions.Request(c.Request().Context(), guard.Actor(c), portal.NewSubscription{
		API: c.Param("api"), Version: f.Version, Plan: f.Plan, Team: f.Team, TeamName: f.TeamName, Purpose: f.Purpose,
		ExpectedCalls: expected, WishedEnd: ends,
	})
}

// callsOf reads a number of calls as people write it, "" for none.
func callsOf(text string) (int64, error) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == ',' || r == '\'' || r == '’' {
			return -1
		}
		return r
	}, text)
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: "expected_calls", Message: "Write a number, like 10000."})
	}
	return n, nil
}

// endOf is the end of a day that was chosen, nil for none: the midnight behind it, UTC.
func endOf(text, field string) (*time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "invalid_input", "Please check the marked fields.").
			WithFields(fault.Field{Name: field, Message: "Write a day, like 2027-03-31."})
	}
	end := day.AddDate(0, 0, 1)
	return &end, nil
}

// dayBefore is the last day before an end, as it stands in a form.
func dayBefore(end *time.Time) string {
	if end == nil {
		return ""
	}
	return end.UTC().Add(-time.Second).Format(time.DateOnly)
}

// said are messages as pages show them.
func said(rows []portal.MessageRow, team, tenant string) (out []ui.Said) {
	for _, m := range rows {
		side := tenant
		if m.FromTeam {
			side = team
		}
		out = append(out, ui.Said{By: m.By.Name, Side: side, At: m.CreatedAt, Text: m.Body})
	}
	return out
}

// SubscriptionList is what a partner's teams have access to.
func (w *Web) SubscriptionList(c echo.Context) error {
	actor := guard.Actor(c)
	rows, err := w.Subscriptions.Own(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	l := subscriptions.List{Tenant: actor.Tenant().Slug, Now: w.Clock.Now()}
	for _, r := range rows {
		l.Rows = append(l.Rows, subscriptionRow(c, r))
	}
	return render(c, http.StatusOK, l.Page(w.page(c, "Subscriptions")))
}

func subscriptionRow(c echo.Context, r portal.SubscriptionRow) subscriptions.Row {
	return subscriptions.Row{
		Subscription: r.Subscription, API: r.API.Name, APIURL: apiURL(c, r.API.Slug), Version: r.Version.Name, Team: r.Team.Name,
		Plan: r.Plan, Agreed: r.Agreed, Until: r.Until, Used: int64(r.Used), Share: r.Share(), Owner: guard.Actor(c).TeamRole(r.TeamID) == models.TeamOwner, By: r.By.Name,
		Wanted: r.Wanted.Name,
	}
}

// WithdrawSubscription takes a request back.
func (w *Web) WithdrawSubscription(c echo.Context) error {
	row, err := w.Subscriptions.Withdraw(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return done(c, "The request for "+row.API.Name+" is withdrawn.", tenantBase(c)+"/subscriptions")
}

// ConfirmEndSubscription says what ending breaks.
func (w *Web) ConfirmEndSubscription(c echo.Context) error {
	rows, err := w.Subscriptions.Own(c.Request().Context(), guard.Actor(c))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID == c.Param("id") {
			e := subscriptions.End{Tenant: guard.Actor(c).Tenant().Slug, Row: subscriptionRow(c, r)}
			return render(c, http.StatusOK, e.Page(w.page(c, "End "+r.API.Name)))
		}
	}
	return fault.Missing("subscription")
}

// EndSubscription ends it.
func (w *Web) EndSubscription(c echo.Context) error {
	row, err := w.Subscriptions.Leave(c.Request().Context(), guard.Actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	return done(c, "Your access to "+row.API.Name+" "+row.Version.Name+" has ended.", tenantBase(c)+"/subscriptions")
}
