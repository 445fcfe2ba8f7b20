package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// notice is what a token's people are told.
type notice struct {
	mail    MailKind
	outcome string // "expires in 7 days"
	reason  string // of a pause or a revocation, as it stands with the token
	body    string
	link    string
}

// noticeOf says what is done about a token, and what its people can do.
func noticeOf(actor models.Actor, rules models.TokenRules, token models.Token, d models.Duty, now time.Time, about string) notice {
	n := notice{mail: MailTokenUnused, link: tokenPath(actor, token)}
	rotate := rotatePath(actor, token)
	switch idle := "Nothing has used it since " + date(d.Idle) + "."; d.Kind {
	case models.TellExpiry:
		n.mail, n.link = MailTokenExpires, rotate
		n.outcome = "expires " + dueIn(d.Days, d.At, now)
		n.body = "Its last moment is " + date(d.At) + "."
		if !now.Before(d.At) {
			n.mail, n.outcome = MailTokenExpired, "has expired"
			n.body = "It ended at " + date(d.At) + ", and calls with it are refused since then."
		}
	case models.TellAge:
		n.mail, n.link = MailTokenAged, rotate
		n.outcome = "has to be rotated " + dueIn(d.Days, d.At, now)
		n.body = "Its secret is from " + date(token.CreatedAt) + ". " + actor.Tenant().Name + " demands a new one; without it this one is paused at " + date(d.At) + "."
	case models.TellUnused:
		n.outcome = "is unused"
		n.body = idle + " If that stays so, it is paused at " + date(d.At) + " and revoked at " + date(d.Revoke) + ". A call with it is enough to keep it; if nobody needs it, revoke it."
	case models.TellEnding:
		n.outcome = "will be revoked for being unused"
		n.body = idle + " If that stays so, it is revoked at " + date(d.At) + " and never works again."
		if token.State == models.TokenPaused && token.HeldBy == "" {
			n.body += " To keep it, wake it with your passkey."
		}
	case models.PauseUnused:
		n.mail, n.outcome = MailTokenChanged, "was paused"
		n.reason = "Unused since " + date(d.Idle) + "."
		n.body = idle + " Calls with it are refused until its owner wakes it with a passkey. Otherwise it is revoked at " + date(d.Revoke) + "."
	case models.PauseAged:
		n.mail, n.outcome, n.link = MailTokenChanged, "was paused", rotate
		n.reason = "Its secret was not replaced by " + date(d.At) + "."
		n.body = n.reason + " Calls with it are refused. Replace it, or wake it with your passkey for 14 days more."
	case models.TellRules:
		n.mail, n.link = MailTokenRules, tokenPath(actor, token)
		n.outcome = "works until " + d.At.UTC().Format("2 January 2006") + " as it is"
		n.body = "From " + date(d.At) + " on " + actor.Tenant().Name + " demands of each token: " + rules.Demand(d.Rule) + ". Until then it goes on; then calls with it are refused. " + rules.Cure(d.Rule)
	case models.PauseRules:
		n.mail, n.outcome = MailTokenChanged, "was paused"
		n.reason = "Against the rules for tokens here: " + rules.Demand(d.Rule) + ". " + rules.Cure(d.Rule)
		n.body = n.reason + " Calls with it are refused until then."
	case models.RevokeUnused:
		n.mail, n.outcome = MailTokenRevoked, "was revoked"
		n.reason = "Unused since " + date(d.Idle) + "."
		n.body = n.reason
	}
	if token.Kind == models.TokenManagement && (d.Kind == models.TellExpiry || d.Kind == models.TellAge) {
		n.mail = MailTokenUnused // whose button says no more than what its page can do
		n.body += " If a program still needs it, make a new one for it under Management tokens"
		if actor.Tenant().TokenPolicy.SelfRotation {
			n.body += ", or let the program rotate it with gatehouse token rotate"
		}
		n.body += "."
	}
	n.body += "\n" + about
	return n
}

func (n notice) tell(tx *store.Tx, actor models.Actor, token models.Token) error {
	people, err := tokenPeople(tx, token)
	if err != nil {
		return err
	}
	if err := tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: models.NotifyToken, Title: "Token " + token.Name + " " + n.outcome,
		Body: n.body, Link: n.link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: n.mail, Team: tokenTeam(token), Path: n.link, Facts: MailFacts{
		Object: token.Name, Outcome: n.outcome, Note: n.body,
	}})
}

// rotatePath is the one page on which a token gets a new secret.
func rotatePath(actor models.Actor, token models.Token) string {
	if token.Kind == models.TokenManagement {
		return tokenPath(actor, token)
	}
	return tokenPath(actor, token) + "/rotate"
}

// date is a moment in a sentence.
func date(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 MST") }

// dueIn says how long it is until then, of a notice so many days before: a notice
// that could not be given in time says how long it really is.
func dueIn(days int, at, now time.Time) string {
	switch left := int((at.Sub(now) + models.Day - 1) / models.Day); {
	case left <= 1:
		return "within a day"
	case left < days || days == 0:
		return fmt.Sprintf("in %d days", left)
	}
	return fmt.Sprintf("in %d days", days)
}

// aboutCallers and aboutOperations are how many of each a notice names.
const (
	aboutCallers    = 3
	aboutOperations = 3
)

// about names a token and who uses it, a line each.
func (w *Watch) about(ctx context.Context, actor models.Actor, seen seenToken) (string, error) {
	var lines []string
	line := "Its secret ends in …" + seen.Hint
	err := w.store.As(ctx, actor, func(r store.Tenant) error {
		rows, err := permissionRows(r, seen.permissions)
		var apis []string
		for _, p := range rows {
			apis = append(apis, p.API.Name+" "+p.Version.Name)
		}
		if len(apis) > 0 {
			line += "; it opens " + strings.Join(apis, ", ")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	lines = append(lines, line+".")
	if seen.Kind == models.TokenManagement {
		if !seen.UsedAt.IsZero() {
			lines = append(lines, "Last used "+date(seen.UsedAt)+".")
		}
		return strings.Join(lines, "\n"), nil
	}
	callers, err := w.calls.Callers(ctx, actor.Tenant().ID, seen.ID, w.store.Now().AddDate(0, 0, -7))
	if err != nil {
		return "", err
	}
	for _, c := range callers[:min(len(callers), aboutCallers)] {
		lines = append(lines, "Used "+date(c.Last)+" from "+client(c.IP.Unmap().String(), c.Agent)+".")
	}
	if len(callers) == 0 {
		line, err := w.lastUse(ctx, actor, seen.ID)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	top, err := w.calls.TopOperations(ctx, actor.Tenant().ID, usage.Filter{Token: seen.ID}, usage.Last30, aboutOperations)
	var names []string
	for _, o := range top {
		names = append(names, o.Operation)
	}
	if len(names) > 0 {
		lines = append(lines, "Called most in 30 days: "+strings.Join(names, ", ")+".")
	}
	return strings.Join(lines, "\n"), err
}

// lastUse is the line about a token that nothing used in the last days.
func (w *Watch) lastUse(ctx context.Context, actor models.Actor, token string) (string, error) {
	last, err := w.calls.LastUsed(ctx, actor.Tenant().ID, []string{token})
	if u, used := last[token]; used {
		return "Last used " + date(u.At) + " from " + client(u.IP.Unmap().String(), u.Agent) + ".", err
	}
	return "Nothing was seen using it.", err
}

func client(ip, agent string) string {
	if agent == "" {
		return ip
	}
	return ip + " (" + agent + ")"
}
