package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/api"
	"gatehouse/handlers/guard"
	"gatehouse/handlers/web"
	"gatehouse/models"
)

// route is one row of the sitemap: an address, who may use it, and who answers.
type route struct {
	method, path string
	rule         guard.Rule
	handler      echo.HandlerFunc
	limit        int64  // bytes of body; 0 is formLimit
	form         string // the page that a write's form stands on, where it has another address
	hosted       bool   // answers on a tenant's own host, too
}

// formLimit is enough for every form (R90); a document has a limit of its own.
const formLimit = 256 << 10

// listLimit is a list of a thousand lines, with the form around it.
const listLimit = 1 << 20

// lookLimit is two logos of 1 MiB (R104) with the form around them; what is a little too
// large still gets an answer in the form.
const lookLimit = 3 << 20

// documentLimit is a document of 32 MiB with the form around it (R101).
const documentLimit = 33 << 20

// archiveLimit is a tenant's archive of 128 MiB with the form around it. Larger ones
// are imported on the command line.
const archiveLimit = 129 << 20

func (r route) bodyLimit() int64 {
	if r.limit > 0 {
		return r.limit
	}
	return formLimit
}

// page is a route of people: by session cookie, and for an action of the permission table.
func page(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Browser, Needs: needs}, handler: h}
}

// open is a route that is the same for everybody and reads no cookie.
func open(method, path string, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.None}, handler: h}
}

// machine is a route of the management API: by management token.
func machine(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Management, Needs: needs}, handler: h}
}

// operated is a route of the management API for operators: by token of an operator.
func operated(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Operator, Needs: needs}, handler: h}
}

// bearer is a route of a token that speaks for itself.
func bearer(method, path string, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Bearer, Needs: models.TokenSelf}, handler: h}
}

// client is a route of registered clients (RFC 7662, RFC 7009).
func client(method, path string, needs models.Action, h echo.HandlerFunc) route {
	return route{method: method, path: path, rule: guard.Rule{By: guard.Client, Needs: needs}, handler: h}
}

// upTo lets a route read larger bodies.
func (r route) upTo(limit int64) route { r.limit = limit; return r }

// breaks marks what breaks calls for good: whoever acts in a tenant by a grant types
// the tenant's name first. Forms that ask for a name of their own are not marked.
func (r route) breaks() route { r.rule.Breaks = true; return r }

// onHosts marks what a tenant's own host answers, too: what one reads, and what needs no
// passkey. Everything else is on the portal's host, to which links lead.
func (r route) onHosts() route { r.hosted = true; return r }

// on names the page that the form of a write stands on. A form with problems is
// shown at the address that it was sent to, and there a reader reloads, comes back
// to after signing in or switching the theme: GET leads to the form.
func (r route) on(form string) route { r.form = form; return r }

// withForms adds what leads to the forms, for those who may see them.
func withForms(rows []route) []route {
	rules := map[string]guard.Rule{}
	for _, r := range rows {
		if r.method == http.MethodGet {
			rules[r.path] = r.rule
		}
	}
	for _, r := range rows {
		if r.form != "" {
			form, _, _ := strings.Cut(r.form, "?")
			rows = append(rows, route{method: http.MethodGet, path: r.path, rule: rules[form], handler: leadTo(r.form), hosted: r.hosted})
		}
	}
	return rows
}

// leadTo redirects to an address with the parameters of the one that was asked for.
func leadTo(pattern string) echo.HandlerFunc {
	return func(c echo.Context) error {
		var pairs []string
		for _, name := range c.ParamNames() {
			pairs = append(pairs, ":"+name, url.PathEscape(c.Param(name)))
		}
		return c.Redirect(http.StatusSeeOther, strings.NewReplacer(pairs...).Replace(pattern))
	}
}

// Routes is the sitemap. There is no other place where an address is bound.
func Routes(o Options, w *web.Web, a *api.API) []route {
	rows := slices.Concat(peopleRoutes(w), publishRoutes(w), accessRoutes(w, a), apiRoutes(a))
	if o.Demo {
		rows = append(rows, page(http.MethodGet, "/dev/mailbox", anybody, w.Mailbox))
	}
	return withForms(rows)
}

// Methods, as the tables of routes name them.
const (
	get, post  = http.MethodGet, http.MethodPost
	put, patch = http.MethodPut, http.MethodPatch
	del        = http.MethodDelete
)

// anybody are strangers too; what a tenant shows them is the tenant's choice.
const anybody = models.CatalogRead
