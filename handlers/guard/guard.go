// Package guard finds out who a request comes from and whether they may. Every
// route of the portal goes through Enforce; handlers get an Actor from it and
// pass it on, and read no cookie or Authorization header themselves.
package guard

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/session"
	"gatehouse/models"
)

// Credential says by what a route knows its caller.
type Credential uint8

// The credentials. None is for what is the same for everybody: it reads no cookie.
const (
	Browser    Credential = iota + 1 // session cookie, or none: a stranger
	Management                       // management token as Bearer; cookies are ignored
	Bearer                           // access or management token that speaks for itself alone
	Client                           // registered client by HTTP Basic, RFC 7662 §2.1
	Operator                         // token of an operator as Bearer; cookies are ignored
	None
)

// Rule is what a route demands before its handler runs.
type Rule struct {
	By    Credential
	Needs models.Action // 0: nothing but the credential

	Breaks bool // what it does breaks calls for good: staff type the tenant's name first
}

// Guard enforces rules.
type Guard struct {
	Portal   *portal.Portal
	Sessions *session.Store
	Pace     *Pace // of programs that show a secret; nil holds nobody up
}

const (
	actorKey   = "guard.actor"
	sessionKey = "guard.session"
)

// RecoveryPage is the one page of a recovery session.
const RecoveryPage = "/recover/passkey"

// Actor is who sent the request. The zero Actor may do nothing.
func Actor(c echo.Context) models.Actor {
	actor, _ := c.Get(actorKey).(models.Actor)
	return actor
}

// Session of the browser; it may not have been started.
func Session(c echo.Context) *session.Session {
	s, _ := c.Get(sessionKey).(*session.Session)
	return s
}

// Enforce lets through whom the rule allows. Read parses the body, within a limit;
// it is asked only for whom the rule allows: for nobody else are bytes kept.
func (g *Guard) Enforce(rule Rule, read func(echo.Context) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			actor, err := g.identify(c, rule.By)
			c.Set(actorKey, actor) // the page of an error has a head, too
			acts(c, actor)
			if err == nil && (rule.Needs != 0 || actor.Recovering()) { // who recovers may make a new passkey and sign out, on no other route (R33)
				err = may(actor, rule.Needs)
			}
			if err != nil {
				return g.ended(c, actor, err, read)
			}
			err = read(c)
			if form := c.Request().MultipartForm; form != nil { // net/http cleans up after the answer, and only the request that it knows
				defer func() { _ = form.RemoveAll() }()
			}
			if err != nil {
				return err
			}
			if err := g.sameTenant(c, actor, rule.By); err != nil {
				return err
			}
			if err := named(c, actor, rule); err != nil {
				return err
			}
			if p := actor.Proof(); p.Session != nil {
				p.ID = c.FormValue("step_up")
				c.Set(actorKey, actor.WithProof(p))
			}
			return next(c)
		}
	}
}

func (g *Guard) identify(c echo.Context, by Credential) (models.Actor, error) {
	r, ctx, slug := Request(c), c.Request().Context(), c.Param("tenant")
	switch by {
	case Browser:
		s, err := g.Sessions.Open(c.Request())
		if err != nil {
			return models.Actor{}, err
		}
		c.Set(sessionKey, s)
		confirmed := s.Hash() // a step-up stays bound to the id under which it was made
		if !script(c.Request()) {
			if err := s.Follow(c.Response(), c.Request()); err != nil {
				return models.Actor{}, err
			}
		}
		if s.Class() == session.Recovery {
			return g.Portal.Actors.OfRecovery(ctx, s.UserID(), r)
		}
		actor, err := g.ofSession(c, s, slug)
		if _, own := OwnHost(c); own && actor.Staff() { // who became one meanwhile
			return g.Portal.Actors.OfSession(ctx, "", slug, r)
		}
		return actor.WithProof(models.Proof{Session: confirmed}), err
	case Management:
		secret, err := bearer(c.Request(), "gthm_…")
		if err != nil {
			return models.Actor{}, err
		}
		return g.Portal.Actors.OfToken(ctx, secret, slug, r)
	case Operator:
		secret, err := bearer(c.Request(), "gtho_…")
		if err != nil {
			return models.Actor{}, err
		}
		return g.Portal.Actors.OfOperatorToken(ctx, secret, r)
	case Bearer:
		return g.ofBearer(c)
	case Client:
		id, secret, err := basic(c.Request())
		if err != nil {
			return models.Actor{}, err
		}
		actor, err := g.Portal.Actors.OfClient(ctx, id, secret, r)
		if err != nil {
			return actor, g.Pace.hold(r, "", nil, err)
		}
		return actor, g.Pace.hold(r, actor.Client().ID, &clientPace, nil)
	}
	return models.Stranger(models.Tenant{}, r), nil
}

func (g *Guard) ofSession(c echo.Context, s *session.Session, slug string) (models.Actor, error) {
	if via := s.Provider(); via != "" {
		return g.Portal.Actors.OfProvider(c.Request().Context(), s.UserID(), via, slug, Request(c))
	}
	return g.Portal.Actors.OfSession(c.Request().Context(), s.UserID(), slug, Request(c))
}

const endedKey = "guard.ended"

// EndedGrant is one that a staff person had in a tenant, and is over.
type EndedGrant struct {
	Tenant models.Tenant
	Grant  models.Grant
}

// Ended is the grant for whose end the request was refused, or nil.
func Ended(c echo.Context) *EndedGrant {
	e, _ := c.Get(endedKey).(*EndedGrant)
	return e
}

// ended is the refusal of a staff person who goes on in a tenant although their grant
// there is over (R58): they are told that, and get back what they typed, where others
// hear that there is no such page. It is err for everybody else.
func (g *Guard) ended(c echo.Context, actor models.Actor, err error, read func(echo.Context) error) error {
	slug := c.Param("tenant")
	if slug == "" || !actor.Staff() || actor.Grant() != nil || !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	tenant, grant, ok := g.Portal.Grants.Ended(c.Request().Context(), actor, slug)
	looks := c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
	if !ok || looks && grant.EndedBy == actor.User() { // who left knows it
		return err
	}
	if read(c) == nil {
		c.Set(endedKey, &EndedGrant{tenant, grant})
	}
	return fault.New(fault.Forbidden, "grant_ended", "Your grant in %s has ended. Nothing was changed; enter it anew.", tenant.Name).Because(err)
}

// script reports whether a script of ours is in the middle of a passkey ceremony,
// which is bound to the id of the session.
func script(r *http.Request) bool { return r.Method == http.MethodPost && json(r) }

// json reports whether a script of ours sent the request.
func json(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}
