package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
	"gatehouse/views/tokens"
)

type lifeOf func(context.Context, models.Actor, string) (portal.TokenLife, error)

// addLife adds to a token's page what it does with what it may, and how it ended.
func addLife(c echo.Context, d *tokens.Detail, read lifeOf) error {
	life, err := read(c.Request().Context(), guard.Actor(c), d.ID)
	if err != nil {
		return err
	}
	own := tokensURL(c) + "/" + d.ID
	d.Life = tokens.Life{Owned: life.Owned, Rotate: own + "/rotate"}
	if d.Kind == models.TokenAccess && !d.Admin && d.State != models.TokenRevoked && !d.Expired(d.Now) {
		d.Life.Calendar = own + "/expiry.ics"
	}
	if f := life.Final; !f.Start.IsZero() {
		d.Life.FinalAt, d.Life.FinalFrom, d.Life.FinalCall = f.Start, f.IP.Unmap().String(), f.Method+" "+f.Path
		if f.UserAgent != "" {
			d.Life.FinalFrom += " (" + f.UserAgent + ")"
		}
	}
	if life.May() > 0 && d.State != models.TokenRevoked {
		diet := dietOf(life.Diet)
		diet.Revision = d.Revision
		if d.MayChange && !d.Admin {
			diet.Narrow = own + "/narrow"
		}
		d.Life.Diet = &diet
	}
	return nil
}

func dietOf(d portal.Diet) tokens.Diet {
	out := tokens.Diet{From: d.From, Days: d.Days, Planned: d.Planned}
	for _, o := range d.Used {
		out.Used = append(out.Used, mealOf(o))
	}
	for _, o := range d.Unused {
		out.Unused = append(out.Unused, mealOf(o))
	}
	return out
}

func mealOf(o portal.DietOperation) tokens.Meal {
	m := tokens.Meal{Value: o.VersionID + " " + o.Key, API: o.API, Method: o.Method, Name: o.Summary, Calls: int64(o.Use.Calls), Days: o.Use.Days,
		First: o.Use.First, Last: o.Use.Last, Seldom: o.Seldom(), Keep: o.Use.Days > 0}
	if m.Name == "" {
		m.Name = o.Path
	}
	return m
}

// ConfirmNarrowToken says what a token uses, and asks what it is to keep.
func (w *Web) ConfirmNarrowToken(c echo.Context) error {
	return w.showNarrowing(c, http.StatusOK, nil, tokens.Narrowing{})
}

func (w *Web) showNarrowing(c echo.Context, status int, keep []string, n tokens.Narrowing) error {
	ctx, actor, id := c.Request().Context(), guard.Actor(c), c.Param("id")
	token, err := w.Tokens.One(ctx, actor, id)
	if err != nil {
		return err
	}
	life, err := w.Tokens.Life(ctx, actor, id)
	if err != nil {
		return err
	}
	n.Tenant, n.Back = actor.Tenant().Slug, tokensURL(c)+"/"+id
	n.URL, n.Row, n.Diet = n.Back+"/narrow", tokens.Row{Token: token}, dietOf(life.Diet)
	n.Diet.Revision = token.Revision
	if keep != nil { // as it was ticked
		for _, list := range [][]tokens.Meal{n.Used, n.Unused} {
			for i := range list {
				list[i].Keep = slices.Contains(keep, list[i].Value)
			}
		}
	}
	return render(c, status, n.Page(w.page(c, "Narrow "+token.Name)))
}

// NarrowToken leaves a token what was ticked.
func (w *Web) NarrowToken(c echo.Context) error {
	ticked := append([]string{}, c.Request().PostForm["keep"]...)
	keep := map[string][]string{}
	for _, value := range ticked {
		version, key, _ := strings.Cut(value, " ")
		keep[version] = append(keep[version], key)
	}
	revision, _ := strconv.Atoi(c.FormValue("revision")) // 0 is never the present one
	later := c.FormValue("when") == "rotation"
	err := w.Tokens.Narrow(c.Request().Context(), guard.Actor(c), c.Param("id"), keep, later, revision)
	if problems, ok := fieldsOf(err); err != nil && ok {
		return w.showNarrowing(c, formStatus(err), ticked, tokens.Narrowing{Problems: problems})
	}
	if err != nil {
		return err
	}
	message := "The token may do less now. What it may not call any more is refused from now on."
	if later {
		message = "With its next rotation the token is left what you ticked."
	}
	return done(c, message, tokensURL(c)+"/"+c.Param("id"))
}

// WidenToken takes the plan to narrow a token back.
func (w *Web) WidenToken(c echo.Context) error {
	revision, _ := strconv.Atoi(c.FormValue("revision"))
	if err := w.Tokens.Widen(c.Request().Context(), guard.Actor(c), c.Param("id"), revision); err != nil {
		return err
	}
	return done(c, "With its next rotation the token keeps all that it may do.", tokensURL(c)+"/"+c.Param("id"))
}

// WakeManagementToken makes one's own management token work again that the program
// paused.
func (w *Web) WakeManagementToken(c echo.Context) error {
	if err := w.ManagementTokens.Resume(c.Request().Context(), guard.Actor(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, resumed, managementTokensURL(c))
}
