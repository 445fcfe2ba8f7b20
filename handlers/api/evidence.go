package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/portal"
	"gatehouse/models"
)

// personalMost is how many operations that touch data of people are named.
const personalMost = 100

// evidenceJSON is what is known beside a request, for deciding about it.
type evidenceJSON struct {
	Domain     string             `json:"domain" example:"shipper.example"`       // of the verified address of who asked
	Domains    []string           `json:"team_domains" example:"shipper.example"` // proven to be the team's
	Role       string             `json:"role,omitempty" enums:"owner,member"`    // of who asked, in the team now; absent where they left it
	Members    int                `json:"members" example:"4"`
	TeamSince  time.Time          `json:"team_since" format:"date-time"`
	Others     []subscriptionJSON `json:"others"`                                                                                         // what else the team has asked for
	Past       *pastJSON          `json:"past,omitempty"`                                                                                 // the team's calls to all APIs in 90 days; needs usage:read
	Alerts     *int64             `json:"alerts,omitempty" example:"0"`                                                                   // about its tokens in 90 days; needs tokens:read
	Operations evidenceOpsJSON    `json:"operations"`                                                                                     // of the version
	Advice     string             `json:"advice,omitempty" example:"Please begin with tokens that only read: that is 6 of 9 operations."` // a smaller scope to begin with
} // @name Evidence

// pastJSON counts calls.
type pastJSON struct {
	Calls   uint64 `json:"calls" example:"1200"`
	Errors  uint64 `json:"errors" example:"2"`
	Refused uint64 `json:"refused" example:"3"` // by the gateway
} // @name PastCalls

// evidenceOpsJSON is what the version lets one do.
type evidenceOpsJSON struct {
	Read     int            `json:"read" example:"6"`
	Write    int            `json:"write" example:"3"`
	Personal int            `json:"personal" example:"1"` // touch data of people, by the document's word or by the look of their names
	Named    []personalJSON `json:"named"`                // the first hundred of those
} // @name EvidenceOperations

// personalJSON is an operation that may touch data of people.
type personalJSON struct {
	Method string   `json:"method" example:"POST"`
	Path   string   `json:"path" example:"/crew"`
	Says   string   `json:"says,omitempty" example:"yes"` // the document's own word: yes, or a class of data
	Like   []string `json:"like" example:"email"`         // what its names look like
} // @name PersonalOperation

func evidenceFrom(actor models.Actor, d portal.RequestDetail, e portal.Evidence) evidenceJSON {
	out := evidenceJSON{Domain: d.By.EmailDomain(), Domains: append([]string{}, d.Domains...), Role: string(d.Role), Members: len(d.Members), TeamSince: d.Team.CreatedAt,
		Others: make([]subscriptionJSON, 0, len(d.Others)), Alerts: e.Alerts, Advice: e.Advice(),
		Operations: evidenceOpsJSON{Read: e.Reads, Write: e.Writes, Personal: len(e.Personal), Named: []personalJSON{}}}
	for _, o := range d.Others {
		out.Others = append(out.Others, subscriptionFrom(o))
	}
	if actor.Can(models.UsageReadAll) {
		out.Past = &pastJSON{e.Past.Calls, e.Past.Errors(), e.Past.Refused}
	}
	for _, o := range e.Personal[:min(len(e.Personal), personalMost)] {
		out.Operations.Named = append(out.Operations.Named, personalJSON{o.Method, o.Path, o.Personal.Says, append([]string{}, o.Personal.Like...)})
	}
	return out
}

// ReadEvidence shows what is known beside a request.
//
//	@Summary   Read the evidence for a decision
//	@ID        readSubscriptionEvidence
//	@Tags      subscriptions
//	@Description  What a person sees beside a request: who asks, what else the team has, how it behaved in 90 days, what the version lets it do. Scope: subscriptions:read; past calls also need usage:read, alerts tokens:read.
//	@Param     tenant  path  string  true  "slug of the tenant"  example(northquay)
//	@Param     id      path  string  true  "id of the subscription"  example(0198c1f2-7a3e-7c11-9d2f-5b7e01a4c001)
//	@Success   200  {object}  evidenceJSON
//	@Failure   401,403,404  {object}  problem.Document
//	@Security  ManagementToken
//	@Router    /api/v1/tenants/{tenant}/subscriptions/{id}/evidence [get]
func (a *API) ReadEvidence(c echo.Context) error {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	d, err := a.Subscriptions.Inspect(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	e, err := a.Subscriptions.Weigh(ctx, actor, d)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, evidenceFrom(actor, d, e))
}
