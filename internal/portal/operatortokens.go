package portal

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// OperatorTokens are the use cases around tokens for programs that do what operators do.
type OperatorTokens struct {
	store *store.Store
	keys  *keyring.Keyring
}

// OperatorTokenRow is a token with its person.
type OperatorTokenRow struct {
	models.OperatorToken
	Owner models.User
}

// List shows those of all operators, the newest first: each sees what the others made.
func (o *OperatorTokens) List(ctx context.Context, actor models.Actor) (rows []OperatorTokenRow, err error) {
	if err := actor.May(models.OperatorTokenManage); err != nil {
		return nil, err
	}
	err = o.store.Survey(ctx, func(p store.Platform) error {
		tokens, err := p.OperatorTokens()
		if err != nil {
			return err
		}
		people, err := p.UsersByID(ids(tokens, func(t models.OperatorToken) string { return t.UserID }))
		for _, t := range tokens {
			rows = append(rows, OperatorTokenRow{t, people[t.UserID]})
		}
		return err
	})
	return rows, err
}

// NewOperatorToken is what an operator fills in to make one.
type NewOperatorToken struct {
	Name    string
	Expires string // days from now, or a date
	Scopes  []string
}

// Create makes a token and returns its secret, which nobody can ever see again. It
// demands a step-up (R24): what is done with the token needs no passkey any more.
func (o *OperatorTokens) Create(ctx context.Context, actor models.Actor, in NewOperatorToken) (token models.OperatorToken, secret keys.Secret, err error) {
	if err := actor.May(models.OperatorTokenManage); err != nil {
		return token, secret, err
	}
	now := o.store.Now()
	token = models.OperatorToken{ID: models.NewID(), UserID: actor.User(), Name: strings.TrimSpace(in.Name), Scopes: in.Scopes}
	var p fault.Problems
	end, ok := expiry(now, in.Expires, models.OperatorTokenDaysMost)
	if token.ExpiresAt = end; !ok {
		p.Add(true, "expires", "Choose how long it lives.")
		token.ExpiresAt = now.Add(time.Hour) // so that the rest is checked too
	}
	if err := token.Check(now); err != nil {
		p = append(p, fault.From(err).Fields...)
	}
	if err := p.Err(); err != nil {
		return token, secret, err
	}
	made := keys.Mint(keys.Operator, keys.OperatorCode)
	token.Hint = made.Hint()
	if token.Digest, err = o.keys.OperatorDigest(ctx, made.SHA256()); err != nil {
		return token, secret, err
	}
	err = o.store.Do(ctx, outside(actor), models.OperatorTokenManage, func(tx *store.Tx) error {
		operators, err := tx.LockOperators() // before the token refers to one of them
		if err != nil {
			return err
		}
		if err := tx.UseProof(""); err != nil {
			return err
		}
		if err := tx.InsertOperatorToken(&token); err != nil {
			return err
		}
		note := "It may use " + strings.Join(token.Scopes, ", ") + ", and lives until " + moment(token.ExpiresAt) + "."
		if err := tellOperators(tx, operators, "New token of an operator", note, token.Name, actor.Account().Name); err != nil {
			return err
		}
		return tx.RecordAs("operator_token.create", "operator_token", token.ID, map[string]any{"name": token.Name, "scopes": token.Scopes, "expires_at": token.ExpiresAt}, nil, nil)
	})
	if err != nil {
		return token, secret, err
	}
	return token, made, nil
}

// tellOperators tells all operators what became of a token that does what they do.
func tellOperators(tx *store.Tx, operators []models.User, outcome, note, name, by string) error {
	for _, o := range operators {
		mail := Mail{Mail: MailOperatorToken, Facts: MailFacts{Object: name, Outcome: outcome, Note: note, By: by}}
		if err := tellSelf(tx, o, outcome+": "+name, note, "/support/installation/tokens", mail); err != nil {
			return err
		}
	}
	return nil
}

// Revoke ends one for good, another operator's too. Doing it again changes nothing (R14).
func (o *OperatorTokens) Revoke(ctx context.Context, actor models.Actor, id string) (token models.OperatorToken, err error) {
	if err := actor.May(models.OperatorTokenManage); err != nil {
		return token, err
	}
	err = o.store.Do(ctx, outside(actor), models.OperatorTokenManage, func(tx *store.Tx) error {
		ended := false
		if token, ended, err = tx.RevokeOperatorToken(id); err != nil {
			return err
		}
		if !ended {
			return errNothingToDo
		}
		return tx.RecordAs("operator_token.revoke", "operator_token", id, map[string]any{"name": token.Name, "of": token.UserID}, nil, nil)
	})
	if err == errNothingToDo {
		err = nil
	}
	return token, err
}

// endOperatorTokens ends those of a person who is no operator any more.
func endOperatorTokens(tx *store.Tx, user string) error {
	n, err := tx.RevokeOperatorTokensOf(user)
	if err != nil || n == 0 {
		return err
	}
	return tx.RecordAs("operator_token.revoke", "user", user, map[string]any{"tokens": n}, nil, nil)
}

// OfOperatorToken is the actor of a token of an operator: what its person may do now,
// within the token's scopes, in no tenant. A person who is no operator any more has no
// such token.
func (a *Actors) OfOperatorToken(ctx context.Context, secret string, r models.Request) (models.Actor, error) {
	parsed, ok := keys.Parse(secret)
	if !ok || parsed.Kind != keys.Operator {
		return models.Actor{}, notValid()
	}
	token, err := operatorToken(ctx, a.store, a.keys, parsed.SHA256)
	if err != nil {
		return models.Actor{}, refusedIfMissing(err, notValid())
	}
	if !token.Live(a.clock.Now()) {
		return models.Actor{}, notValid()
	}
	standing, err := a.store.Standing(ctx, token.UserID, "")
	if err != nil {
		return models.Actor{}, err
	}
	if u := standing.User; u.State != models.UserActive || u.Staff != models.StaffOperator {
		return models.Actor{}, notValid()
	}
	_ = a.store.NoteOperatorTokenUsed(ctx, token, r.ClientIP, useEvery) // the next request is noted
	return models.NewActor(models.Standing{User: standing.User, Token: token.ID, Scopes: token.Scopes}, models.Tenant{}, r), nil
}

// operatorToken finds a token by the SHA-256 of its secret.
func operatorToken(ctx context.Context, s *store.Store, ring *keyring.Keyring, sha [32]byte) (token models.OperatorToken, err error) {
	digest, err := ring.OperatorDigest(ctx, sha)
	if err != nil {
		return token, err
	}
	err = s.Survey(ctx, func(p store.Platform) error {
		token, err = p.OperatorTokenByDigest(digest)
		return err
	})
	return token, err
}

// outside is an operator acting on the installation, by hand, by token or on the
// command line.
func outside(actor models.Actor) models.Actor { return inside(actor, models.Tenant{}) }

// inside is an operator acting from outside on a tenant, by hand, by token or on the
// command line: with no role in it, and no grant.
func inside(actor models.Actor, tenant models.Tenant) models.Actor {
	if actor.Job() != "" {
		return models.NewProgram(actor.Job(), tenant)
	}
	return models.NewActor(actor.AsStaff(), tenant, actor.Request()).WithProof(actor.Proof())
}

// useProof demands a step-up of a person. A program has none: its token was made with
// one, and who runs the command line could do anything.
func useProof(tx *store.Tx, actor models.Actor, object string) error {
	if actor.ManagementToken() != "" || actor.Job() != "" {
		return nil
	}
	return tx.UseProof(object)
}
