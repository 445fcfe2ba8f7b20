package guard

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// ActingTenant is the header that names the tenant in which a staff person acts, in
// every answer that they get inside it (R60).
const ActingTenant = "Gatehouse-Acting-Tenant"

// TypedName is the field in which a staff person types the name of the tenant in
// which they are about to break something.
const TypedName = "acting_tenant"

// WrongTenant is why a form was refused that says another tenant than the path that
// it was sent to (R47).
type WrongTenant struct {
	Here models.Tenant // of the path
	From models.Tenant // that the form says; zero where the actor may not see it, or it is none
}

// Error names both tenants, as far as the reader may know them.
func (w *WrongTenant) Error() string {
	from := "another tenant"
	if w.From.Name != "" {
		from = w.From.Name
	}
	return "This form belongs to " + from + ", and was sent to " + w.Here.Name + ". Nothing was changed in either."
}

// NameWanted is why a destructive request was not passed on: whoever acts in a tenant
// by a grant types its name first.
type NameWanted struct {
	Typed string // what was typed; "" before the first time
}

// Error says what to type.
func (n *NameWanted) Error() string { return "Type the tenant’s name to go on. Nothing was changed." }

// sameTenant refuses what was rendered in one tenant and sent to another (R47): every
// write inside a tenant carries the tenant's slug in its body, a script's too.
func (g *Guard) sameTenant(c echo.Context, actor models.Actor, by Credential) error {
	slug, r := c.Param("tenant"), c.Request()
	if by != Browser || slug == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	said := r.PostFormValue("tenant")
	if said == slug && len(r.PostForm["tenant"]) == 1 {
		return nil
	}
	why := &WrongTenant{Here: actor.Tenant()}
	if said != slug {
		from, err := g.Portal.Actors.Known(r.Context(), actor, said)
		if err != nil {
			return err
		}
		why.From = from
	}
	return fault.New(fault.Conflict, "wrong_tenant", "%s", why).Because(why)
}

// named demands the tenant's name of staff who act in it by a grant, before something
// breaks that they cannot put together again (R47). The answer is a page that holds
// what they sent, and one field more.
func named(c echo.Context, actor models.Actor, rule Rule) error {
	if !rule.Breaks || actor.Grant() == nil {
		return nil
	}
	typed := c.Request().PostFormValue(TypedName)
	if models.SameWords(typed, actor.Tenant().Name) {
		return nil
	}
	why := &NameWanted{Typed: typed}
	return fault.New(fault.Conflict, "name_wanted", "%s", why).Because(why)
}

// may is actor.May, in the words for staff whose grant is over: a page that was opened
// before stays in a tab.
func may(actor models.Actor, needs models.Action) error {
	err := actor.May(needs)
	if fault.Code(err) == "not_allowed" && actor.Staff() && actor.Tenant().ID != "" && actor.Grant() == nil && actor.ManagementToken() == "" {
		return fault.New(fault.Forbidden, "not_allowed", "You have no grant in %s, or it is over. Nothing was changed. Enter the tenant in the support console first.", actor.Tenant().Name)
	}
	return err
}

// Why is the reason of type T that an error has, or nil.
func Why[T error](err error) T {
	var why T
	errors.As(err, &why)
	return why
}

// acts says in the answer's head in which tenant a staff person acts.
func acts(c echo.Context, actor models.Actor) {
	if actor.Grant() != nil {
		c.Response().Header().Set(ActingTenant, actor.Tenant().Slug)
	}
}
