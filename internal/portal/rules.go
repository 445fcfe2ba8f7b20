package portal

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/gateway"
	"gatehouse/models"
)

// rule names what decided about the call: which limit, scope, state or window. It is
// "" where the code says all that there is.
func (x *Explanation) rule() string {
	switch x.Outcome {
	case gateway.RateLimited.Name, gateway.QuotaExceeded.Name:
		return x.spent()
	case gateway.InsufficientScope.Name:
		return "The operation needs " + orNothing(x.Refusal.Scope) + ". For " + x.place() + " the token has " + orNothing(x.Refusal.Grant) + "."
	case gateway.AddressNotAllowed.Name:
		if x.Token.ID == "" {
			return fmt.Sprintf("The call came from %s.", x.IP.Unmap())
		}
		return fmt.Sprintf("The call came from %s, and the token may be used from %s only.", x.IP.Unmap(), orNothing(prefixes(x.Token.AllowedIPs)))
	case gateway.SubscriptionNeeded.Name, gateway.SubscriptionPending.Name, gateway.SubscriptionPaused.Name:
		return x.standing()
	case gateway.TokenExpired.Name:
		if x.Token.ID != "" {
			return "The token ended on " + when(x.Token.ExpiresAt) + "."
		}
	case gateway.MethodNotAllowed.Name:
		return "This path takes " + orNothing(x.Refusal.Allow) + ", and the call was " + x.Method + "."
	case "token_paused", "token_revoked":
		if x.Token.Reason != "" {
			return "Reason: " + x.Token.Reason
		}
	}
	return ""
}

// spent names the limits that were used up.
func (x *Explanation) spent() string {
	var limits []string
	for _, l := range x.Refusal.Limits {
		limits = append(limits, Allows(l))
	}
	if len(limits) == 0 {
		return "The calls of all tokens of the team to " + x.place() + " count together."
	}
	if x.Mock {
		return "A mock answers " + strings.Join(limits, " and ") + " to one token; no plan is used up."
	}
	plan := "The plan"
	if x.Subscription.Plan.Name != "" {
		plan += " " + x.Subscription.Plan.Name
	}
	return fmt.Sprintf("%s allows %s to %s, for all tokens of the team together. They were used up.", plan, strings.Join(limits, " and "), x.place())
}

// Allows says what a limit allows, in words.
func Allows(l gateway.SpentLimit) string {
	if l.Calls == 1 {
		return "1 call " + window(l)
	}
	return strconv.FormatInt(l.Calls, 10) + " calls " + window(l)
}

// window is the time in which a limit counts, in words.
func window(l gateway.SpentLimit) string {
	switch l.Seconds {
	case 0:
		return "a calendar " + l.Name + " (UTC)"
	case 1:
		return "a second"
	case 60:
		return "a minute"
	case 3600:
		return "an hour"
	case 86400:
		return "a day"
	}
	return "in " + strconv.FormatInt(l.Seconds, 10) + " seconds"
}

// standing is what the subscription was, and what it is now.
func (x *Explanation) standing() string {
	was := map[string]string{gateway.SubscriptionNeeded.Name: "The team had no approved subscription to " + x.place() + ".",
		gateway.SubscriptionPending.Name: "Nobody had decided about the team's request for " + x.place() + " yet.",
		gateway.SubscriptionPaused.Name:  "The team's subscription to " + x.place() + " was paused."}[x.Outcome]
	if x.Subscription.ID == "" {
		return was
	}
	if x.Subscription.Reason != "" && x.Subscription.State == models.SubscriptionPaused {
		was += " Reason: " + x.Subscription.Reason
	}
	return was + " Now it is " + string(x.Subscription.State) + "."
}

// place is the version that was called.
func (x *Explanation) place() string {
	if x.API.Name == "" {
		return "this version"
	}
	return x.API.Name + " " + x.Version.Name
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func prefixes(all []netip.Prefix) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
