package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/handlers/guard"
	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/requests"
	"gatehouse/views/ui"
)

// DecideRequests decides the ticked requests, each for itself: one that cannot be
// decided, because somebody was quicker or it is gone, stops none of the others.
func (w *Web) DecideRequests(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	many := requests.Many{Picks: form["pick"], Reason: c.FormValue("reason"), Before: c.FormValue("before")}
	decision := c.FormValue("decision")
	if many.Problems = checkMany(decision, many); len(many.Problems) > 0 {
		return w.showRequests(c, http.StatusUnprocessableEntity, "", func(i *requests.Inbox) { i.Many = many })
	}
	did, failed := 0, []string{}
	for _, pick := range many.Picks {
		id, seen, _ := strings.Cut(pick, " ")
		switch err := w.decideOne(c, decision, id, seen, many.Reason); {
		case err == nil:
			did++
		case ours(err):
			return err
		default:
			failed = append(failed, w.requestName(c, id)+": "+fault.From(err).Message)
		}
	}
	message := ui.Plural(did, "request") + " decided."
	if len(failed) == 0 {
		return done(c, message, requestsURL(c))
	}
	return follow(c, flashWarning, message+notDecided(failed), requestsURL(c))
}

// checkMany says what is wrong with the form as such: it is said once, and before
// anything is decided.
func checkMany(decision string, m requests.Many) (problems []fault.Field) {
	switch {
	case decision != "approve" && decision != "deny":
		return []fault.Field{{Message: "Choose Approve ticked or Deny ticked."}}
	case len(m.Picks) == 0:
		return []fault.Field{{Message: "Tick at least one request."}}
	case len(m.Picks) > inboxRows:
		return []fault.Field{{Message: fmt.Sprintf("Tick at most %d requests at once.", inboxRows)}}
	case decision == "deny":
		if err := models.CheckReason(m.Reason); err != nil {
			return renamed(fault.From(err).Fields, map[string]string{"reason": "reason-many"})
		}
	}
	return nil
}

func (w *Web) decideOne(c echo.Context, decision, id, seen, reason string) (err error) {
	ctx, actor := c.Request().Context(), guard.Actor(c)
	if decision == "approve" {
		_, err = w.Subscriptions.Approve(ctx, actor, id, seen)
	} else {
		_, err = w.Subscriptions.Deny(ctx, actor, id, seen, reason)
	}
	return err
}

// ours reports whether a failure is the program's own, which trying the next one
// does not mend.
func ours(err error) bool { return fault.Is(err, fault.Internal) || fault.Is(err, fault.Unavailable) }

// requestName is a request in the words of the list, or its id where it cannot be seen.
func (w *Web) requestName(c echo.Context, id string) string {
	r, err := w.Subscriptions.Inspect(c.Request().Context(), guard.Actor(c), id)
	if err != nil {
		return "Request " + id[:min(len(id), len(models.NewID()))]
	}
	return r.Team.Name + ", " + r.API.Name + " " + r.Version.Name
}

// namedMost is how many failures a message names: it has to fit into a session.
const namedMost = 5

func notDecided(failed []string) string {
	message := fmt.Sprintf(" %d could not be. ", len(failed)) + strings.Join(failed[:min(len(failed), namedMost)], " ")
	if more := len(failed) - namedMost; more > 0 {
		message += fmt.Sprintf(" And %d more, which still stand in the list.", more)
	}
	return message
}
