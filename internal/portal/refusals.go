package portal

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Refusals are the use cases around why a call was answered as it was.
type Refusals struct {
	store *store.Store
	calls *usage.Reader
}

// Explanation is why a call was answered as it was.
type Explanation struct {
	usage.Request
	Code         Reason
	Refused      bool // by the gateway; otherwise the API's own server has answered
	Rule         string
	ResetsAt     time.Time       // when the same call would pass; zero where that is no matter of time
	Token        TokenRow        // as it is now; without an id where the actor may not see it
	API          models.API      // zero where none was found, or where it is another tenant's
	Version      models.Version  // likewise
	Subscription SubscriptionRow // as it is now; zero where there was none
}

// Reason is a code of the gateway in words.
type Reason struct {
	Name  string
	Title string
	Help  string // what to do
}

// Explain says why the call with a request id was answered as it was: to the team of
// its token, and to those who answer for all tokens of the token's tenant. For
// everybody else, and for calls of nobody, there is no such request.
func (f *Refusals) Explain(ctx context.Context, actor models.Actor, id string) (x Explanation, err error) {
	if err := actor.May(models.RefusalRead); err != nil {
		return x, err
	}
	now := f.store.Now()
	if at, ok := gateway.RequestTime(id); !ok || now.Sub(at) > models.RefusalKeep {
		return x, noRequest()
	}
	x.Request, err = f.calls.Request(ctx, actor.Tenant().ID, id)
	if errors.Is(err, usage.ErrNoRequest) {
		return x, noRequest()
	}
	if err != nil {
		return x, err
	}
	if x.Request.Token == "" || x.Home != actor.Tenant().ID || !actor.Can(models.RefusalReadAll) && actor.TeamRole(x.Team) == "" {
		return x, noRequest()
	}
	if err := f.store.As(ctx, actor, func(r store.Tenant) error { return x.about(r) }); err != nil {
		return x, err
	}
	if x.Code, x.Refused = reasonOf(x.Outcome); x.Mock && !x.Refused {
		x.Code.Title, x.Code.Help = "The mock answered", "It made the answer up from the documentation: the API's own server never saw the call."
	}
	if x.Refusal.After > 0 {
		x.ResetsAt = x.Start.Add(time.Duration(x.Refusal.After) * time.Second)
	}
	x.Rule = x.rule()
	return x, nil
}

// Explained reports whether a line of the log is a refusal that can still be explained.
func Explained(r usage.Request, now time.Time) bool {
	_, refused := reasonOf(r.Outcome)
	return refused && now.Sub(r.Start) < models.RefusalKeep
}

func noRequest() error { return fault.Missing("request") }

// about reads what the call was about, as it is now.
func (x *Explanation) about(r store.Tenant) error {
	token, _, err := r.Token(x.Request.Token)
	if err == nil {
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		x.Token = rows[0]
	} else if !fault.Is(err, fault.NotFound) { // who reads usage alone does not see it
		return err
	}
	versions, err := r.VersionsByID([]string{x.Request.Version})
	if err != nil {
		return err
	}
	x.Version = versions[x.Request.Version]
	apis, err := r.APIsByID([]string{x.Version.APIID})
	if err != nil {
		return err
	}
	x.API = apis[x.Version.APIID]
	if x.Request.Subscription == "" {
		return nil
	}
	sub, err := r.Subscription(x.Request.Subscription)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	x.Subscription, err = rowOf(r, sub)
	return err
}

// endings are the outcomes of calls with tokens that open nothing, in words: the
// caller got the same answer for all of them.
var endings = map[string]Reason{
	"token_pending":   {Title: "The token is not approved yet", Help: "Wait for the decision; you are told when it is made."},
	"token_paused":    {Title: "The token was paused", Help: "Its page says by whom and why. It works again when it is resumed."},
	"token_revoked":   {Title: "The token was revoked", Help: "Make a new token and give it to the program."},
	"token_retired":   {Title: "Another secret took the token's place", Help: "The program still sends the old secret: give it the new one."},
	"token_ownerless": {Title: "The token's owner has left the team, or has no account any more", Help: "Somebody of the team has to make a new token."},
}

// passed are the outcomes of calls that the gateway let through and that did not end well.
var passed = map[string]Reason{
	gateway.OutcomeTruncated:  {Title: "The API's own server broke its answer off", Help: "Trying again may help; tell the publisher the request id."},
	gateway.OutcomeClientGone: {Title: "The caller went away before the answer was complete", Help: "Let the program wait longer for its answer."},
	gateway.OutcomeCut:        {Title: "The token ended while the answer was under way", Help: "The token's page says what became of it."},
	gateway.OutcomeOK:         {Title: "The gateway let this call through", Help: "The answer is the API's own: its reference says what its status means."},
}

// reasonOf an outcome, and whether it is one of the gateway's refusals.
func reasonOf(outcome string) (Reason, bool) {
	if r, ok := endings[outcome]; ok {
		r.Name = gateway.InvalidToken.Name
		return r, true
	}
	for _, c := range gateway.Codes {
		if c.Name == outcome {
			return Reason{c.Name, c.Title, c.Help}, true
		}
	}
	r := passed[outcome]
	r.Name = outcome
	return r, false
}
