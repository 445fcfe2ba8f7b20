package portal

import (
	"context"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/usage"
	"gatehouse/models"
)

// Tokens are the use cases around the access tokens of one's own teams.
type Tokens struct {
	store *store.Store
	keys  *keyring.Keyring
	calls *usage.Reader
}

// Check says what is wrong with a token that somebody fills in, and makes nothing.
func (t *Tokens) Check(ctx context.Context, actor models.Actor, in NewToken) error {
	if err := actor.May(models.TokenCreate); err != nil {
		return err
	}
	_, _, err := t.draft(ctx, actor, actor.User(), in)
	return err
}

// Create makes a token of the team, and returns its secret, which nobody can
// ever see again. It demands a step-up for
// the team, or for the service account (R24). A repeated request
// makes nothing and gets no secret (R5). Where the tenant's policy wants that, the
// token works once an admin has approved it.
func (t *Tokens) Create(ctx context.Context, actor models.Actor, in NewToken) (models.Token, keys.Secret, error) {
	if err := actor.May(models.TokenCreate); err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	return t.create(ctx, actor, in, in.Object(), func(*store.Tx, models.Token) error { return nil })
}

// create is Create with another object of the step-up, and with what else belongs to
// it in the same transaction.
func (t *Tokens) create(ctx context.Context, actor models.Actor, in NewToken, object string, also func(*store.Tx, models.Token) error) (models.Token, keys.Secret, error) {
	token, made, err := t.draft(ctx, actor, actor.User(), in)
	if err != nil {
		return token, keys.Secret{}, err
	}
	secret, err := mint(ctx, t.keys, actor, &token, keys.Access)
	if err != nil {
		return token, keys.Secret{}, err
	}
	err = t.store.Do(ctx, actor, models.TokenCreate, func(tx *store.Tx) error {
		if err := served(tx, actor, in); err != nil {
			return err
		}
		if err := insertToken(tx, actor, &token, made, in.Key, object); err != nil {
			return err
		}
		return also(tx, token)
	})
	if err != nil {
		return token, keys.Secret{}, err
	}
	return token, secret, nil
}

// served is nil where the actor may make the token for the service account at this
// moment; nobody disables that before the token is made.
func served(tx *store.Tx, actor models.Actor, in NewToken) error {
	if in.Service == "" {
		return nil
	}
	if _, err := tx.LockServiceAccount(in.Team, in.Service); err != nil {
		return err
	}
	return mayMake(tx.Tenant, actor.Tenant(), actor.User(), in)
}

// draft is a new token as it was filled in, without its secret. Maker is the person
// of the team who makes it, now or later.
func (t *Tokens) draft(ctx context.Context, actor models.Actor, maker string, in NewToken) (models.Token, settled, error) {
	token := models.Token{Kind: models.TokenAccess, TeamID: &in.Team}
	if in.Service != "" {
		token.ServiceID = &in.Service
	}
	in.words(&token)
	made, err := t.settle(ctx, actor, maker, in)
	token.AllowedIPs = made.AllowedIPs
	if err := prepare(t.store.Now(), actor, &token, in.Expires, err); err != nil {
		return token, made, err
	}
	if actor.Tenant().TokenPolicy.Approval {
		token.State = models.TokenPending
	}
	return token, made, nil
}

// settled is what the settings of a new token come to.
type settled struct {
	models.Rights
	people []string
}

// settle checks what a new token is to be allowed, and who looks after it.
func (t *Tokens) settle(ctx context.Context, actor models.Actor, maker string, in NewToken) (out settled, err error) {
	var p fault.Problems
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		if err := mayMake(r, actor.Tenant(), maker, in); err != nil {
			return err
		}
		apis, err := reachable(r, in.Team)
		if err != nil {
			return err
		}
		mocks, err := mocks(r)
		if err != nil {
			return err
		}
		team, err := colleagues(r, in.Team, "")
		checkPurpose(&p, actor, in.Purpose)
		checkRanges(&p, actor, in.Ranges, false)
		out.Rights = in.rights(&p, apis, models.Rights{}, len(mocks) > 0)
		if in.Service == "" { // of a service account its own people are told
			out.people = in.people(&p, team, maker)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	return out, p.Err()
}

// mayMake is nil where somebody is in the team, the tenant's rules let them make its
// tokens, and they may make one for the service account that was chosen.
func mayMake(r store.Tenant, tenant models.Tenant, maker string, in NewToken) error {
	place, err := r.Membership(in.Team, maker)
	if fault.Is(err, fault.NotFound) {
		return fault.Missing("team")
	}
	if err == nil {
		err = ownersMake(tenant, place.Role)
	}
	if err != nil || in.Service == "" {
		return err
	}
	s, err := r.ServiceAccount(in.Team, in.Service)
	if err != nil {
		return err
	}
	ok, err := answersForService(r, s.ID, maker, place.Role)
	if err == nil && !ok {
		err = notResponsible()
	}
	if err == nil && !s.Enabled() {
		err = serviceDisabled(s)
	}
	return err
}

func serviceDisabled(s models.ServiceAccount) error {
	return fault.New(fault.Conflict, "service_disabled", "The service account %s is disabled. Enable it first.", s.Name)
}

// prepare gives a new token its owner and its end, and checks it together with
// what was wrong before.
func prepare(now time.Time, actor models.Actor, token *models.Token, expires string, before error) error {
	if before != nil && !fault.Is(before, fault.Invalid) {
		return before
	}
	days := actor.Tenant().TokenDays
	token.ID, token.UserID, token.State = models.NewID(), actor.User(), models.TokenActive
	var p fault.Problems
	end, ok := expiry(now, expires, days)
	token.ExpiresAt = end
	if !ok {
		p.Add(true, "expires", "Choose how long it lives, or a date like %s.", now.AddDate(0, 0, days).Format(time.DateOnly))
		token.ExpiresAt = now.Add(time.Hour) // so that the rest is checked too
	}
	if before != nil {
		p = append(p, fault.From(before).Fields...)
	}
	return check(p, token.Check(now, days))
}

// expiry is the end of a token's life: so many days from now, or the end of a
// day in UTC, the last of those that the tenant allows being cut where they end.
func expiry(now time.Time, choice string, most int) (time.Time, bool) {
	if days, err := strconv.Atoi(choice); err == nil && days >= 1 && days <= models.TokenDaysMax {
		return models.Time(now.AddDate(0, 0, days)), true
	}
	day, err := time.Parse(time.DateOnly, choice)
	if err != nil {
		return time.Time{}, false
	}
	last := now.AddDate(0, 0, most)
	if day.Format(time.DateOnly) == last.UTC().Format(time.DateOnly) {
		return models.Time(last), true
	}
	return models.Time(day.AddDate(0, 0, 1)), true
}

// mint makes the token's secret and what is stored of it.
func mint(ctx context.Context, ring *keyring.Keyring, actor models.Actor, token *models.Token, kind keys.Kind) (keys.Secret, error) {
	secret := keys.Mint(kind, actor.Tenant().Code)
	digest, keyID, err := ring.Digest(ctx, actor.Tenant().ID, secret)
	token.Digest, token.KeyID, token.Hint = digest, keyID, secret.Hint()
	return secret, err
}

// insertToken stores a new token, once for each key, and tells its people; where
// it waits for approval, the admins too.
func insertToken(tx *store.Tx, actor models.Actor, token *models.Token, made settled, key, object string) error {
	earlier, err := tx.Remember(key, token.ID)
	if err != nil {
		return err
	}
	if earlier != "" {
		return fault.New(fault.Conflict, "already_created",
			"This token was made already, and its secret is not shown again. If you do not have it, revoke the token and make a new one.")
	}
	if err := AfterRecovery(actor, tx.Now()); err != nil {
		return err
	}
	if err := tx.UseProof(object); err != nil {
		return err
	}
	if err := tx.InsertToken(token, made.Permissions); err != nil {
		return err
	}
	if err := tx.SetTokenPeople(token.ID, made.people); err != nil {
		return err
	}
	if err := tx.Changed(models.ChangeToken, token.ID); err != nil {
		return err
	}
	details := map[string]any{"name": token.Name, "kind": token.Kind, "state": token.State, "expires": token.ExpiresAt, "hint": token.Hint}
	if token.TeamID != nil {
		details["team"] = *token.TeamID
	}
	if token.ServiceID != nil {
		details["service_account"] = *token.ServiceID
	}
	for _, p := range made.Permissions {
		details["access "+p.VersionID] = accessDetail(p)
	}
	if len(token.AllowedIPs) > 0 {
		details["allowed_ips"] = token.AllowedIPs
	}
	if len(made.people) > 0 {
		details["people"] = made.people
	}
	if len(token.Scopes) > 0 {
		details["scopes"] = token.Scopes
	}
	if err := tx.Record("token", token.ID, details, nil, nil); err != nil {
		return err
	}
	people, err := tokenPeople(tx, *token)
	if err != nil {
		return err
	}
	err = mailTo(tx, actor, people, Mail{Mail: MailTokenMade, Team: tokenTeam(*token), Path: tokenPath(actor, *token), Facts: MailFacts{
		Object: token.Name, By: actor.Account().Name,
	}})
	if err != nil || token.State != models.TokenPending {
		return err
	}
	return tellAdminsToken(tx, actor, *token, "asks for a token to be approved")
}

// tokenPath is where the owner of a token finds it.
func tokenPath(actor models.Actor, token models.Token) string {
	if token.Kind == models.TokenManagement {
		return "/t/" + actor.Tenant().Slug + "/admin/management-tokens"
	}
	return "/t/" + actor.Tenant().Slug + "/tokens/" + token.ID
}
