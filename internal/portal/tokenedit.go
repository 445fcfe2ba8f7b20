package portal

import (
	"context"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// TokenEdit is what somebody can choose who edits a token.
type TokenEdit struct {
	TokenForm
	Token TokenRow
	Has   models.Rights // what the form begins with: where more waits for approval, that
}

// EditForm shows what a token of one's own team is and could be allowed.
func (t *Tokens) EditForm(ctx context.Context, actor models.Actor, id string) (f TokenEdit, err error) {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return f, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		token, ps, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := ofOwnTeam(actor, token); err != nil {
			return err
		}
		rows, err := tokenRows(r, []models.Token{token})
		if err != nil {
			return err
		}
		f.Token, f.Team = rows[0], rows[0].Team
		f.Has = models.Rights{Permissions: ps, AllowedIPs: token.AllowedIPs}
		if token.Wish != nil {
			f.Has = token.Wish.Rights
		}
		if f.APIs, err = reachable(r, *token.TeamID); err != nil {
			return err
		}
		if token.ServiceID == nil {
			f.People, err = colleagues(r, *token.TeamID, token.UserID)
		}
		return err
	})
	return f, err
}

// TokenReview is what an edit would change.
type TokenReview struct {
	Diff   []TokenDiff
	Widens bool // and needs a step-up for the token
	Waits  bool // and works once an admin approves it
}

// Review says what an edit would change, and changes nothing.
func (t *Tokens) Review(ctx context.Context, actor models.Actor, id string, in NewToken) (out TokenReview, err error) {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return out, err
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		token, ps, err := r.Token(id)
		if err != nil {
			return err
		}
		if err := ofOwnTeam(actor, token); err != nil {
			return err
		}
		e := edit{before: token, token: token, has: models.Rights{Permissions: ps, AllowedIPs: token.AllowedIPs}}
		if err := e.read(r, actor, in); err != nil {
			return err
		}
		out.Widens, out.Waits = e.widens, e.waits
		out.Diff, err = diffRights(r, e.has, e.wants, e.operations)
		return err
	})
	return out, err
}

// Edit changes what may be said of a token of one's own team, as it was at the
// given revision. What lets it do more demands a step-up for the token, and waits
// for an admin where the tenant's policy says so; it reports that. What lets it do
// less holds from the answer on (R13). When it ends stays: rotating renews it.
func (t *Tokens) Edit(ctx context.Context, actor models.Actor, id string, in NewToken, revision int) (waits bool, err error) {
	if err := actor.May(models.TokenEditOwn); err != nil {
		return false, err
	}
	change := tokenChange{right: models.TokenEditOwn, verb: "edit", mine: ofOwnTeam, details: map[string]any{}}
	err = changeToken(ctx, t.store, actor, change, id, func(tx *store.Tx, token *models.Token) (bool, error) {
		if token.Revision != revision {
			return false, fault.New(fault.Conflict, "changed_meanwhile", "Somebody else changed this token in the meantime. Reload the page and look again.")
		}
		if token.Kind != models.TokenAccess || token.State == models.TokenRevoked || token.Expired(tx.Now()) || token.Retired(tx.Now()) {
			return false, fault.New(fault.Conflict, "wrong_state", "This token has ended, or is none that can be edited.")
		}
		ps, err := tx.PermissionsOf([]string{id})
		if err != nil {
			return false, err
		}
		e := edit{before: *token, token: *token, has: models.Rights{Permissions: ps[id], AllowedIPs: token.AllowedIPs}, details: change.details}
		if err := e.read(tx.Tenant, actor, in); err != nil {
			return false, err
		}
		if !e.changes() {
			return false, nil
		}
		if err := e.write(tx, actor); err != nil {
			return false, err
		}
		*token, waits = e.token, e.waits
		if keepsRules(tx.Tenant, actor, *token) == nil {
			token.PauseAt = nil
			return true, tx.ForgetTold(id, "rule.")
		}
		return true, nil
	})
	return waits, err
}

// edit is one edit of a token: what it was, what was filled in, what becomes of it.
type edit struct {
	before, token models.Token
	has, wants    models.Rights
	had, people   []string // responsible besides the owner
	operations    map[string][]models.Operation
	widens        bool
	waits         bool
	details       map[string]any // for the audit log: each thing from, to
}

// read checks what was filled in. This is the one place that decides whether an
// edit widens a token.
func (e *edit) read(r store.Tenant, actor models.Actor, in NewToken) error {
	apis, err := reachable(r, *e.before.TeamID)
	if err != nil {
		return err
	}
	team, err := colleagues(r, *e.before.TeamID, "")
	if err != nil {
		return err
	}
	had, err := r.TokenPeople(e.before.ID)
	if err != nil {
		return err
	}
	var p fault.Problems
	known := e.has // a version out of reach keeps what it has, or what was wished for it
	if e.before.Wish != nil {
		known = models.Rights{Permissions: slices.Concat(e.before.Wish.Permissions, e.has.Permissions)}
	}
	checkPurpose(&p, actor, in.Purpose)
	checkRanges(&p, actor, in.Ranges, len(e.before.AllowedIPs) == 0)
	e.wants = in.rights(&p, apis, known, len(known.Permissions) == 0)
	e.had, e.operations = had[e.before.ID], operationsByVersion(apis)
	if e.before.ServiceID == nil { // of a service account its own people are told
		e.people = in.people(&p, team, e.before.UserID)
	}
	in.words(&e.token)
	if err := check(p, e.token.CheckWords()); err != nil {
		return err
	}
	if e.widens = models.Widens(e.has, e.wants, e.operations); e.widens {
		if err := handles(r, actor, e.before); err != nil {
			return err
		}
	}
	e.waits = e.widens && actor.Tenant().TokenPolicy.Approval && e.before.State != models.TokenPending
	return nil
}

// asked reports whether the same was asked for already, and waits.
func (e *edit) asked() bool { return e.before.Wish != nil && e.before.Wish.Same(e.wants) }

func (e *edit) changes() bool {
	return e.before.Name != e.token.Name || e.before.Purpose != e.token.Purpose || e.before.Description != e.token.Description ||
		!slices.Equal(e.had, e.people) || !e.asked() && (e.before.Wish != nil || !e.has.Same(e.wants))
}

// write stores the edit, all but the token's row, and tells whom it concerns.
func (e *edit) write(tx *store.Tx, actor models.Actor) error {
	for name, words := range map[string][2]string{"name": {e.before.Name, e.token.Name}, "purpose": {e.before.Purpose, e.token.Purpose},
		"description": {e.before.Description, e.token.Description}} {
		if words[0] != words[1] {
			e.note(name, words[0], words[1])
		}
	}
	if !slices.Equal(e.had, e.people) {
		e.note("people", e.had, e.people)
		if err := tx.SetTokenPeople(e.token.ID, e.people); err != nil {
			return err
		}
	}
	outcome := "was changed"
	if !e.asked() {
		if err := e.grant(tx, actor); err != nil {
			return err
		}
		if e.waits {
			outcome = "is to do more, once an admin approves that"
		}
	}
	people, err := tokenPeople(tx, e.token)
	if err != nil {
		return err
	}
	return tellToken(tx, actor, e.token, but(people, actor.User()), MailTokenChanged, outcome, "")
}

// grant changes what the token may do, or what it is to do once approved.
func (e *edit) grant(tx *store.Tx, actor models.Actor) error {
	e.token.Wish = nil
	if e.widens {
		if err := tx.UseProofOf(models.TokenWiden.String(), e.token.ID); err != nil {
			return err
		}
	}
	for _, version := range e.has.Versions(e.wants) {
		if from, to := e.has.For(version), e.wants.For(version); !(models.Rights{Permissions: []models.Permission{from}}).Same(models.Rights{Permissions: []models.Permission{to}}) {
			e.note("access "+version, accessDetail(from), accessDetail(to))
		}
	}
	if !(models.Rights{AllowedIPs: e.has.AllowedIPs}).Same(models.Rights{AllowedIPs: e.wants.AllowedIPs}) {
		e.note("allowed_ips", e.has.AllowedIPs, e.wants.AllowedIPs)
	}
	if e.waits {
		e.details["waits"] = true
		e.token.Wish = &models.TokenWish{Rights: e.wants, By: actor.User(), At: tx.Now()}
		return tellAdminsToken(tx, actor, e.token, "asks for a token to do more")
	}
	if e.before.Wish != nil {
		e.details["withdrawn"] = true
	}
	e.token.AllowedIPs = e.wants.AllowedIPs
	return tx.SetPermissions(e.token.ID, slices.Clone(e.wants.Permissions))
}

func (e *edit) note(what string, from, to any) {
	e.details[what] = map[string]any{"from": from, "to": to}
}

// accessDetail is a permission in the audit log.
func accessDetail(p models.Permission) any {
	if p.Access != models.AccessCustom {
		if p.Access == "" {
			return models.AccessNone
		}
		return p.Access
	}
	return map[string]any{"scopes": p.Scopes, "operations": p.Operations}
}

// tellToken tells people what became of a token, in the portal and by mail.
func tellToken(tx *store.Tx, actor models.Actor, token models.Token, people []string, kind MailKind, outcome, note string) error {
	link := tokenPath(actor, token)
	if err := tx.Notify(models.Notification{TeamID: tokenTeam(token), Kind: models.NotifyToken, Title: "Token " + token.Name + " " + outcome, Body: note, Link: link}, people...); err != nil {
		return err
	}
	return mailTo(tx, actor, people, Mail{Mail: kind, Team: tokenTeam(token), Path: link, Facts: MailFacts{
		Object: token.Name, Outcome: outcome, Note: note, By: actor.Account().Name,
	}})
}

// tellAdminsToken tells those who decide that a token waits for them.
func tellAdminsToken(tx *store.Tx, actor models.Actor, token models.Token, what string) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	link := "/t/" + actor.Tenant().Slug + "/admin/tokens/" + token.ID + "/request"
	title := actor.Account().Name + " " + what + ": " + token.Name
	if err := tx.Notify(models.Notification{Kind: models.NotifyToken, Title: title, Body: token.Purpose, Link: link}, admins...); err != nil {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailTokenAsked, Path: link, Facts: MailFacts{
		Object: token.Name, By: actor.Account().Name, Outcome: what, Note: token.Purpose,
	}})
}
