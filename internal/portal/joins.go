package portal

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Joins are the use cases around who becomes a partner of a tenant: its sign-up
// policy, and the people who ask to be let in. That a policy is kept to is decided
// in one place, models.Actor.LetIn: whoever is not let in can't make a team.
type Joins struct{ store *store.Store }

// signUpFor is nil where an account may be made on the way to a page of the portal.
// Whose sign-up that is says the path, nothing else (R54). A tenant that strangers
// do not see answers as one that is not there (R52).
func (a *Accounts) signUpFor(ctx context.Context, email, next string) error {
	slug := slugIn(next)
	if slug == "" {
		return nil
	}
	tenant, err := a.store.TenantBySlug(ctx, slug)
	switch {
	case fault.Is(err, fault.NotFound):
		return noTenant()
	case err != nil:
		return err
	case !models.Stranger(tenant, models.Request{}).Sees():
		return noTenant()
	case tenant.MayApply(email):
		return nil
	}
	return notLetIn(tenant)
}

// slugIn is the tenant's slug in a path of the portal, "" where it leads into none.
func slugIn(path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	rest, ok := strings.CutPrefix(path, "/t/")
	if !ok {
		return ""
	}
	slug, _, _ := strings.Cut(rest, "/")
	return slug
}

// notLetIn is why somebody can't become a partner by themselves.
func notLetIn(t models.Tenant) error {
	if t.SignUp == models.SignUpDomain {
		return fault.New(fault.Forbidden, "sign_up_closed", "%s lets people in whose e-mail address ends in %s. Others need an invitation.", t.Name, domainsOf(t))
	}
	return fault.New(fault.Forbidden, "sign_up_closed", "%s lets people in by invitation. Ask your contact there to invite you; the link comes by e-mail.", t.Name)
}

func domainsOf(t models.Tenant) string {
	words := make([]string, len(t.SignUpDomains))
	for i, d := range t.SignUpDomains {
		words[i] = "@" + d
	}
	return strings.Join(words, ", ")
}

// JoinPage is what somebody sees who wants to become a partner.
type JoinPage struct {
	Tenant   models.Tenant
	In       bool             // they are let in, or anybody is
	MayAsk   bool             // an admin decides
	Staff    bool             // they are here by a grant
	Removed  bool             // and only an admin lets them in again
	Asked    models.Admission // what they asked, zero where nothing
	AskAgain time.Time        // after a denial: from when on
}

// Show says how one becomes a partner of the tenant.
func (j *Joins) Show(ctx context.Context, actor models.Actor) (page JoinPage, err error) {
	if err := actor.May(models.CatalogRead); err != nil {
		return page, err
	}
	page = JoinPage{Tenant: actor.Tenant(), In: actor.Can(models.SubscriptionRequest), Staff: actor.Grant() != nil}
	if !actor.SignedIn() {
		page.In = actor.Tenant().SignUp == models.SignUpOpen
		return page, nil
	}
	if page.In || !actor.Can(models.JoinRequest) {
		return page, nil
	}
	page.MayAsk = actor.Tenant().SignUp == models.SignUpApproval
	err = j.store.As(ctx, actor, func(r store.Tenant) error {
		page.Asked, err = r.Admission(actor.User())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return page, nil
	}
	page.AskAgain = againAfter(page.Asked)
	page.Removed = page.Asked.State == models.AdmissionRemoved
	page.MayAsk = page.MayAsk && page.Asked.State == models.AdmissionDenied && !j.store.Now().Before(page.AskAgain)
	return page, err
}

func againAfter(a models.Admission) time.Time {
	if a.DecidedAt == nil {
		return time.Time{}
	}
	return a.DecidedAt.Add(models.AdmissionAgain)
}

// Ask asks the tenant's admins to be let in.
func (j *Joins) Ask(ctx context.Context, actor models.Actor, note string) error {
	if err := actor.May(models.JoinRequest); err != nil {
		return err
	}
	a := models.Admission{UserID: actor.User(), State: models.AdmissionAsked, Note: strings.TrimSpace(note)}
	if err := a.Check(); err != nil {
		return err
	}
	return j.store.Do(ctx, actor, models.JoinRequest, func(tx *store.Tx) error {
		tenant, err := tx.TenantByID(actor.Tenant().ID)
		if err != nil {
			return err
		}
		if tenant.SignUp != models.SignUpApproval {
			return notLetIn(tenant)
		}
		if _, err := tx.LockUser(actor.User()); err != nil { // a form that was sent twice asks once
			return err
		}
		before, err := tx.LockAdmission(actor.User())
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return err
		case before.State == models.AdmissionLetIn:
			return fault.New(fault.Conflict, "already_decided", "You were let in meanwhile. Reload the page.")
		case before.State == models.AdmissionRemoved:
			return fault.New(fault.Forbidden, "sign_up_closed", "You were removed from %s. Its admins can let you in again; ask your contact there.", tenant.Name)
		case before.State == models.AdmissionAsked:
			return fault.New(fault.Conflict, "already_asked", "You have asked already. An admin answers by e-mail.")
		case tx.Now().Before(againAfter(before)):
			return fault.New(fault.TooMany, "too_many_requests", "You can ask again from %s on.", date(againAfter(before))).After(againAfter(before).Sub(tx.Now()))
		}
		if err := tx.SetAdmission(a); err != nil {
			return err
		}
		if err := tx.Record("user", actor.User(), map[string]any{"note": a.Note}, nil, nil); err != nil {
			return err
		}
		return tellJoin(tx, actor, a)
	})
}

func tellJoin(tx *store.Tx, actor models.Actor, a models.Admission) error {
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	who := actor.Account()
	link := "/t/" + actor.Tenant().Slug + "/admin/members/joins"
	if err := tx.Notify(models.Notification{Kind: models.NotifyJoin, Title: who.Name + " asks to be let in", Body: a.Note, Link: link}, admins...); err != nil {
		return err
	}
	return mailTo(tx, actor, admins, Mail{Mail: MailJoinAsked, Path: link, Facts: MailFacts{Object: who.Email, By: who.Name, Note: a.Note}})
}

// TakeBack ends what the actor asked and nobody decided.
func (j *Joins) TakeBack(ctx context.Context, actor models.Actor) error {
	if err := actor.May(models.JoinRequest); err != nil {
		return err
	}
	return j.store.Do(ctx, actor, models.JoinRequest, func(tx *store.Tx) error {
		before, err := tx.LockAdmission(actor.User())
		if err != nil {
			return err
		}
		if before.State != models.AdmissionAsked {
			return fault.New(fault.Conflict, "already_decided", "Somebody decided about this already. Reload the page.")
		}
		if err := tx.DeleteAdmission(actor.User()); err != nil {
			return err
		}
		return tx.RecordAs("join.take_back", "user", actor.User(), nil, nil, nil)
	})
}

// JoinRow is somebody who asked to be let in, or was.
type JoinRow struct {
	models.Admission
	User models.User
	By   models.User // who decided or invited, zero while nobody did
}

// List shows who is in one state, a page behind a user, and behind whom the next page
// begins, "" at the end.
func (j *Joins) List(ctx context.Context, actor models.Actor, state models.AdmissionState, after string) (rows []JoinRow, next string, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return nil, "", err
	}
	err = j.store.As(ctx, actor, func(r store.Tenant) error {
		all, err := r.Admissions(state, after, store.PageMost)
		if err != nil {
			return err
		}
		users, err := r.Users(append(ids(all, func(a models.Admission) string { return a.UserID }), ids(all, func(a models.Admission) string { return a.DecidedBy })...))
		for _, a := range all {
			rows = append(rows, JoinRow{a, users[a.UserID], users[a.DecidedBy]})
		}
		if len(all) == store.PageMost {
			next = all[len(all)-1].UserID
		}
		return err
	})
	return rows, next, err
}

// Waiting counts who asks to be let in.
func (j *Joins) Waiting(ctx context.Context, actor models.Actor) (n int64, err error) {
	if err := actor.May(models.MemberRead); err != nil {
		return 0, err
	}
	err = j.store.As(ctx, actor, func(r store.Tenant) error {
		n, err = r.CountAdmissions(models.AdmissionAsked)
		return err
	})
	return n, err
}

// Decide lets somebody in who asked, or denies it with a reason that they read.
func (j *Joins) Decide(ctx context.Context, actor models.Actor, user string, in bool, reason string) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return j.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		a, err := tx.LockAdmission(user)
		if err != nil {
			return err
		}
		if err := a.Decide(in, actor.User(), reason, tx.Now()); err != nil {
			return err
		}
		if err := tx.SetAdmission(a); err != nil {
			return err
		}
		details := map[string]any{"state": a.State}
		if a.Reason != "" {
			details["reason"] = a.Reason
		}
		if err := tx.RecordAs("join.decide", "user", user, details, nil, nil); err != nil {
			return err
		}
		outcome, path := "You may become a partner of", "/t/"+actor.Tenant().Slug+"/apis"
		if !in {
			outcome, path = "You were not let in at", "/t/"+actor.Tenant().Slug+"/join"
		}
		mail := Mail{Mail: MailJoinDecided, Path: path, Facts: MailFacts{Object: actor.Tenant().Name, Outcome: outcome, By: actor.Account().Name, Note: a.Reason}}
		if err := mailTo(tx, actor, []string{user}, mail); err != nil || !in {
			return err
		}
		return tx.Notify(models.Notification{Kind: models.NotifyAdmitted, Title: "You were let in", Body: "Choose an API and ask for access to it.", Link: path}, user)
	})
}

// End takes back that somebody was let in who has no team; who has one is in by that.
// Until an admin lets them in again their address does not do it either.
func (j *Joins) End(ctx context.Context, actor models.Actor, user string) error {
	if err := actor.May(models.MemberManage); err != nil {
		return err
	}
	return j.store.Do(ctx, actor, models.MemberManage, func(tx *store.Tx) error {
		a, err := tx.LockAdmission(user)
		if err != nil {
			return err
		}
		if a.State != models.AdmissionLetIn {
			return fault.Missing("admission")
		}
		if err := shutOut(tx, actor, user); err != nil {
			return err
		}
		if err := rightsChanged(tx, user); err != nil {
			return err
		}
		return tx.RecordAs("join.end", "user", user, nil, nil, nil)
	})
}

// shutOut keeps that the actor took somebody out of the tenant.
func shutOut(tx *store.Tx, actor models.Actor, user string) error {
	now := tx.Now()
	return tx.SetAdmission(models.Admission{UserID: user, State: models.AdmissionRemoved, DecidedBy: actor.User(), DecidedAt: &now})
}

// joinAsPartner lets somebody in as an invitation says.
func joinAsPartner(tx *store.Tx, link models.Link, user string) error {
	if err := notYet(tx.Tenant, user, models.RolePartner); err != nil {
		return err
	}
	now := tx.Now()
	if err := tx.SetAdmission(models.Admission{UserID: user, State: models.AdmissionLetIn, DecidedBy: link.CreatedBy, DecidedAt: &now}); err != nil {
		return err
	}
	if err := rightsChanged(tx, user); err != nil {
		return err
	}
	return tx.RecordAs("join.accept", "user", user, map[string]any{"invited_by": link.CreatedBy}, nil, nil)
}

// Configure sets the tenant's sign-up policy, as it was at the given revision. Who is
// a partner stays one.
func (j *Joins) Configure(ctx context.Context, actor models.Actor, policy models.SignUpPolicy, domains []string, revision int) error {
	if err := actor.May(models.TenantConfigure); err != nil {
		return err
	}
	after := actor.Tenant()
	before := after.SignUp
	after.SignUp, after.SignUpDomains, after.Revision = policy, domains, revision
	if err := after.Check(); err != nil {
		return err
	}
	return j.store.Do(ctx, actor, models.TenantConfigure, func(tx *store.Tx) error {
		if err := tx.UpdateTenant(after); err != nil {
			return err
		}
		return tx.RecordAs("tenant.sign_up", "tenant", after.ID, map[string]any{"from": before, "to": policy, "domains": strings.Join(domains, " ")}, nil, nil)
	})
}
