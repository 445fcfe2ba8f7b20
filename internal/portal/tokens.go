package portal

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/spec"
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

// NewToken is what somebody fills in to make a token; to edit one they fill in
// the same, but for its team, its end and the key.
type NewToken struct {
	Team                       string // id; it is the object of the step-up
	Name, Purpose, Description string
	Expires                    string // days from now, like 30, or a date, like 2027-02-12

	Access             map[string]models.Access // by version id; none is left out
	Scopes, Operations map[string][]string      // by version id, with custom: names, keys
	Ranges             string                   // addresses that it may be used from, as models.ParseRanges reads them
	People             []string                 // users besides the owner who get its notices

	Key string // the same for a repeated request (R5)
}

// ReachableAPI is an API that a team's tokens can call, or could once it asked.
type ReachableAPI struct {
	SubscriptionRow
	Operations []models.Operation // of the revision in force
	Scopes     map[string]string  // what their scopes mean, in words
}

// TokenForm is what somebody can choose who makes a token.
type TokenForm struct {
	Team   models.Team
	Teams  []models.Team  // all of the person's
	APIs   []ReachableAPI // with an approved subscription
	Others []models.API   // without
	Mocks  []string       // that any token of the team can call, "Berths v1"
	People []models.User  // of the team, besides the person
}

// Form shows what a new token of the team could be allowed. Without a team it is
// the person's first.
func (t *Tokens) Form(ctx context.Context, actor models.Actor, team string) (f TokenForm, err error) {
	if err := actor.May(models.TokenCreate); err != nil {
		return f, err
	}
	if team == "" {
		team = actor.Teams()[0]
	}
	if actor.TeamRole(team) == "" {
		return f, fault.Missing("team")
	}
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
		teams, err := r.Teams(actor.Teams())
		if err != nil {
			return err
		}
		for _, id := range actor.Teams() {
			f.Teams = append(f.Teams, teams[id])
		}
		f.Team = teams[team]
		if f.APIs, err = reachable(r, team); err != nil {
			return err
		}
		if f.People, err = colleagues(r, team, actor.User()); err != nil {
			return err
		}
		if f.Mocks, err = mocks(r); err != nil {
			return err
		}
		all, err := r.APIs("")
		for _, api := range all {
			if !slices.ContainsFunc(f.APIs, func(a ReachableAPI) bool { return a.API.ID == api.ID }) {
				f.Others = append(f.Others, api)
			}
		}
		return err
	})
	return f, err
}

// reachable are the versions that the team may call now.
func reachable(r store.Tenant, team string) ([]ReachableAPI, error) {
	subs, err := allSubscriptions(r, store.SubscriptionFilter{Teams: []string{team}, States: []models.SubscriptionState{models.SubscriptionApproved}})
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf(r, subs)
	if err != nil {
		return nil, err
	}
	var out []ReachableAPI
	for _, row := range rows {
		if !row.Version.Live() || row.Version.PublishedID == nil {
			continue
		}
		ops, err := r.Operations(*row.Version.PublishedID)
		if err != nil {
			return nil, err
		}
		one := ReachableAPI{SubscriptionRow: row, Operations: ops}
		if len(one.ScopeNames()) > 0 {
			if one.Scopes, err = wordsOf(r, row.Version); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	slices.Reverse(out) // the oldest first: the form keeps its order
	return out, nil
}

// wordsOf describe the scopes of a version that is in force.
func wordsOf(r store.Tenant, v models.Version) (map[string]string, error) {
	packed, err := r.Outline(*v.PublishedID)
	if err != nil {
		return nil, err
	}
	var d spec.Document
	if err := unpack(packed, &d); err != nil {
		return nil, err
	}
	return scopeWords(r, v.ID, d)
}

// Check says what is wrong with a token that somebody fills in, and makes nothing.
func (t *Tokens) Check(ctx context.Context, actor models.Actor, in NewToken) error {
	if err := actor.May(models.TokenCreate); err != nil {
		return err
	}
	_, _, err := t.draft(ctx, actor, in)
	return err
}

// Create makes a token of the team, and returns its secret, which nobody can
// ever see again. It demands a step-up for the team (R24). A repeated request
// makes nothing and gets no secret (R5). Where the tenant's policy wants that, the
// token works once an admin has approved it.
func (t *Tokens) Create(ctx context.Context, actor models.Actor, in NewToken) (models.Token, keys.Secret, error) {
	if err := actor.May(models.TokenCreate); err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	token, made, err := t.draft(ctx, actor, in)
	if err != nil {
		return token, keys.Secret{}, err
	}
	secret, err := mint(ctx, t.keys, actor, &token, keys.Access)
	if err != nil {
		return token, keys.Secret{}, err
	}
	err = t.store.Do(ctx, actor, models.TokenCreate, func(tx *store.Tx) error {
		return insertToken(tx, actor, &token, made, in.Key, in.Team)
	})
	if err != nil {
		return token, keys.Secret{}, err
	}
	return token, secret, nil
}

// draft is a new token as it was filled in, without its secret.
func (t *Tokens) draft(ctx context.Context, actor models.Actor, in NewToken) (models.Token, settled, error) {
	if actor.TeamRole(in.Team) == "" {
		return models.Token{}, settled{}, fault.Missing("team")
	}
	token := models.Token{Kind: models.TokenAccess, TeamID: &in.Team}
	in.words(&token)
	made, err := t.settle(ctx, actor, in)
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
func (t *Tokens) settle(ctx context.Context, actor models.Actor, in NewToken) (out settled, err error) {
	var p fault.Problems
	err = t.store.As(ctx, actor, func(r store.Tenant) error {
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
		out = settled{in.rights(&p, apis, models.Rights{}, len(mocks) > 0), in.people(&p, team, actor.User())}
		return err
	})
	return out, check(p, err)
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
	err = mailTo(tx, actor, append([]string{token.UserID}, made.people...), Mail{Mail: MailTokenMade, Team: tokenTeam(*token), Path: tokenPath(actor, *token), Facts: MailFacts{
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
