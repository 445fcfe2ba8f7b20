package portal

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Claims are the use cases around tokens that those who run a tenant, or its support,
// prepare for a partner and never see (R59): a one-time link leads the partner to the
// token, who makes it with their own passkey.
type Claims struct {
	store  *store.Store
	keys   *keyring.Keyring
	tokens *Tokens
}

// ClaimRow is a prepared token with the people it is about.
type ClaimRow struct {
	models.Claim
	For, By models.User
	Service models.ServiceAccount // whose token it becomes, or zero
}

func claimRows(r store.Tenant, team string) ([]ClaimRow, error) {
	claims, err := r.Claims(team)
	if err != nil {
		return nil, err
	}
	return rowsOfClaims(r, claims)
}

func rowsOfClaims(r store.Tenant, claims []models.Claim) ([]ClaimRow, error) {
	var people, services []string
	for _, c := range claims {
		people = append(people, c.UserID, c.PreparedBy)
		if c.ServiceID != nil {
			services = append(services, *c.ServiceID)
		}
	}
	users, err := r.Users(people)
	if err != nil {
		return nil, err
	}
	accounts, err := r.ServiceAccountsByID(services)
	rows := make([]ClaimRow, len(claims))
	for i, c := range claims {
		rows[i] = ClaimRow{Claim: c, For: users[c.UserID], By: users[c.PreparedBy]}
		if c.ServiceID != nil {
			rows[i].Service = accounts[*c.ServiceID]
		}
	}
	return rows, err
}

// Form shows what a token of somebody in a team could be allowed, to whoever
// prepares it for them.
func (c *Claims) Form(ctx context.Context, actor models.Actor, team, user, service string) (f TokenForm, person models.User, err error) {
	if err := actor.May(models.TokenPrepare); err != nil {
		return f, person, err
	}
	err = c.store.As(ctx, actor, func(r store.Tenant) error {
		place, err := r.Membership(team, user)
		if err != nil {
			return err
		}
		if person, err = r.User(user); err != nil {
			return err
		}
		if f.Team, err = r.Team(team); err != nil {
			return err
		}
		return f.reach(r, user, place.Role, service)
	})
	return f, person, err
}

// Check says what is wrong with a token that somebody prepares, and keeps nothing.
func (c *Claims) Check(ctx context.Context, actor models.Actor, user string, in NewToken) error {
	if err := actor.May(models.TokenPrepare); err != nil {
		return err
	}
	_, _, err := c.tokens.draft(ctx, actor, user, in)
	return err
}

// Prepare keeps the settings of a token for somebody in a team, as the rules for their
// own form allow, and sends them the link by which they make it.
func (c *Claims) Prepare(ctx context.Context, actor models.Actor, user string, in NewToken) (models.Claim, error) {
	claim := models.Claim{ID: models.NewID(), TeamID: in.Team, UserID: user, Name: in.Name, PreparedBy: actor.User()}
	if err := actor.May(models.TokenPrepare); err != nil {
		return claim, err
	}
	if user == actor.User() {
		return claim, fault.New(fault.Conflict, "prepared_for_self", "This is for somebody else. Make a token of your own under Tokens.")
	}
	if _, _, err := c.tokens.draft(ctx, actor, user, in); err != nil {
		return claim, err
	}
	if in.Service != "" {
		claim.ServiceID = &in.Service
	}
	in.Key = "" // of the form, not of the token
	var err error
	if claim.Settings, err = json.Marshal(in); err != nil {
		return claim, err
	}
	return claim, c.store.Do(ctx, actor, models.TokenPrepare, func(tx *store.Tx) error {
		person, err := tx.User(user)
		if err != nil {
			return err
		}
		if person.Staff != models.NotStaff || person.State != models.UserActive {
			return fault.New(fault.Conflict, "not_claimable", "%s belongs to the staff or has no account that works; prepare it for somebody else of the team.", person.Name)
		}
		nonce := rand.Text()
		claim.Hash, claim.ExpiresAt = keyring.LinkHash(c.keys.LinkSecret(nonce)), models.Time(tx.Now().Add(models.ClaimLifetime))
		if err := tx.InsertClaim(&claim); err != nil {
			return err
		}
		details := map[string]any{"team": in.Team, "for": user, "name": in.Name}
		if in.Service != "" {
			details["service_account"] = in.Service
		}
		for version, access := range in.Access {
			if access != models.AccessNone {
				details["access "+version] = access
			}
		}
		if err := tx.RecordAs("token.prepare", "claim", claim.ID, details, nil, nil); err != nil {
			return err
		}
		return c.tellPrepared(tx, actor, claim, nonce)
	})
}

// tellPrepared tells the person for whom a token is. The link is in the mail alone.
func (c *Claims) tellPrepared(tx *store.Tx, actor models.Actor, claim models.Claim, nonce string) error {
	tenant := actor.Tenant()
	err := tx.Notify(models.Notification{TeamID: claim.TeamID, Kind: models.NotifyToken, Title: "A token was prepared for you: " + claim.Name,
		Body: actor.Account().Name + " prepared it. The link to make it is only in the e-mail that you got; it works once, for 24 hours. Then you find the token here.", Link: "/t/" + tenant.Slug + "/tokens"}, claim.UserID)
	if err != nil {
		return err
	}
	return mailTo(tx, actor, []string{claim.UserID}, Mail{Mail: MailClaim, Team: claim.TeamID, Nonce: nonce, Path: ClaimPath(tenant.Slug, ""),
		Facts: MailFacts{Object: claim.Name, By: actor.Account().Name}})
}

// ClaimPath is where a prepared token waits for whoever it is for.
func ClaimPath(slug, secret string) string { return "/t/" + slug + "/claims/" + secret }

// Withdraw ends a prepared token that nobody made yet.
func (c *Claims) Withdraw(ctx context.Context, actor models.Actor, team, id string) error {
	if err := actor.May(models.TokenPrepare); err != nil {
		return err
	}
	return c.store.Do(ctx, actor, models.TokenPrepare, func(tx *store.Tx) error {
		claim, err := tx.Claim(team, id)
		if err != nil {
			return err
		}
		if err := tx.WithdrawClaim(id); err != nil {
			return err
		}
		if err := tx.RecordAs("token.withdraw_prepared", "claim", id, map[string]any{"team": team, "for": claim.UserID, "name": claim.Name}, nil, nil); err != nil {
			return err
		}
		return tx.Notify(models.Notification{TeamID: team, Kind: models.NotifyToken, Title: "A prepared token was withdrawn: " + claim.Name,
			Body: actor.Account().Name + " withdrew it; its link works no more.", Link: "/t/" + actor.Tenant().Slug + "/tokens"}, claim.UserID)
	})
}

// Prepared is what the person sees for whom a token was prepared.
type Prepared struct {
	ClaimRow
	In        NewToken
	ClaimTeam models.Team
	TokenRow
	Problem error // why it can't be made as things are now
}

// Show is a prepared token to the person it is for, and to nobody else: to others
// there is none, and staff become no partner (R59). It uses nothing up (R34).
func (c *Claims) Show(ctx context.Context, actor models.Actor, secret string) (p Prepared, err error) {
	if err := actor.May(models.TokenClaim); err != nil {
		return p, err
	}
	if actor.Staff() {
		return p, fault.New(fault.Forbidden, "staff_never_claim", "A token that was prepared for a partner is made by the partner. Staff never see its secret.")
	}
	err = c.store.As(ctx, actor, func(r store.Tenant) error {
		claim, err := r.ClaimByHash(keyring.LinkHash(secret))
		if err != nil {
			return err
		}
		if !claim.Open(c.store.Now()) {
			return fault.New(fault.Gone, "claim_over", "This prepared token was made already, withdrawn, or its 24 hours are over. Ask for another, or make one yourself under Tokens.")
		}
		rows, err := rowsOfClaims(r, []models.Claim{claim})
		if err != nil {
			return err
		}
		p.ClaimRow = rows[0]
		if err := json.Unmarshal(claim.Settings, &p.In); err != nil {
			return err
		}
		p.ClaimTeam, err = r.Team(claim.TeamID)
		return err
	})
	if err != nil {
		return p, err
	}
	token, made, err := c.tokens.draft(ctx, actor, actor.User(), p.In)
	if err != nil {
		p.Problem = err
		return p, nil
	}
	return p, c.store.As(ctx, actor, func(r store.Tenant) error {
		p.TokenRow.Token = token
		if p.TokenRow.Permissions, err = permissionRows(r, made.Permissions); err != nil {
			return err
		}
		_, err = openOperations(r, p.TokenRow.Permissions)
		return err
	})
}

// Make makes the prepared token, once, under the same rules as one's own form, and
// returns its secret, which nobody can ever see again. It demands a step-up for the
// prepared token (R24).
func (c *Claims) Make(ctx context.Context, actor models.Actor, secret string) (models.Token, keys.Secret, error) {
	if err := actor.May(models.TokenClaim); err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	p, err := c.Show(ctx, actor, secret)
	if err == nil {
		err = p.Problem
	}
	if err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	return c.tokens.create(ctx, actor, p.In, p.Claim.ID, func(tx *store.Tx, token models.Token) error {
		if err := tx.UseClaim(p.Claim.ID, token.ID); err != nil {
			return err
		}
		details := map[string]any{"token": token.ID, "prepared_by": p.PreparedBy, "team": p.Claim.TeamID}
		if err := tx.RecordAs("token.claim", "claim", p.Claim.ID, details, nil, nil); err != nil {
			return err
		}
		title := "Prepared token made: " + token.Name
		link := "/t/" + actor.Tenant().Slug + "/admin/tokens/" + token.ID
		if err := tx.Notify(models.Notification{Kind: models.NotifyToken, Title: title, Body: actor.Account().Name + " made it.", Link: link}, p.PreparedBy); err != nil {
			return err
		}
		return mailTo(tx, actor, []string{p.PreparedBy}, Mail{Mail: MailClaimOver, Path: link, Facts: MailFacts{Object: token.Name, By: actor.Account().Name}})
	})
}
