package portal

import (
	"context"

	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// ManagementTokens are the use cases around one's own tokens for Gatehouse's API.
type ManagementTokens struct {
	store *store.Store
	keys  *keyring.Keyring
}

// NewManagementToken is what somebody fills in to make one.
type NewManagementToken struct {
	Name, Description string
	Expires           string // days from now, like 30, or a date, like 2027-02-12
	Scopes            []string
	Key               string // the same for a repeated request (R5)
}

// List shows one's own management tokens, the newest first.
func (m *ManagementTokens) List(ctx context.Context, actor models.Actor) ([]TokenRow, error) {
	if err := actor.May(models.ManagementTokenReadOwn); err != nil {
		return nil, err
	}
	var rows []TokenRow
	err := m.store.As(ctx, actor, func(r store.Tenant) error {
		tokens, err := r.Tokens(store.TokenFilter{Kinds: []models.TokenKind{models.TokenManagement}, User: actor.User(), Limit: store.PageMost})
		if err != nil {
			return err
		}
		rows, err = tokenRows(r, tokens)
		return err
	})
	return rows, err
}

// Create makes a management token and returns its secret, which nobody can ever
// see again. It gets no scope that its person could not use themselves (R7), and
// demands a step-up for the tenant (R24).
func (m *ManagementTokens) Create(ctx context.Context, actor models.Actor, in NewManagementToken) (models.Token, keys.Secret, error) {
	if err := actor.May(models.ManagementTokenCreate); err != nil {
		return models.Token{}, keys.Secret{}, err
	}
	token := models.Token{Kind: models.TokenManagement, Name: in.Name, Description: in.Description, Scopes: in.Scopes}
	var p fault.Problems
	for _, s := range in.Scopes {
		p.Add(!actor.CanUse(s), "scopes", "Your role has no use for the scope %q.", s)
	}
	if err := prepare(m.store.Now(), actor, &token, in.Expires, p.Err()); err != nil {
		return token, keys.Secret{}, err
	}
	secret, err := mint(ctx, m.keys, actor, &token, keys.Management)
	if err != nil {
		return token, keys.Secret{}, err
	}
	err = m.store.Do(ctx, actor, models.ManagementTokenCreate, func(tx *store.Tx) error {
		return insertToken(tx, actor, &token, settled{}, in.Key, actor.Tenant().ID)
	})
	if err != nil {
		return token, keys.Secret{}, err
	}
	return token, secret, nil
}

// Show is one of one's own management tokens.
func (m *ManagementTokens) Show(ctx context.Context, actor models.Actor, id string) (row TokenRow, err error) {
	if err := actor.May(models.ManagementTokenReadOwn); err != nil {
		return row, err
	}
	err = m.store.As(ctx, actor, func(r store.Tenant) error {
		token, _, err := r.Token(id)
		if err != nil {
			return err
		}
		row.Token = token
		return ofOneself(actor, token)
	})
	return row, err
}

// Revoke ends one's own management token for good. Doing it again changes nothing (R14).
func (m *ManagementTokens) Revoke(ctx context.Context, actor models.Actor, id string, cause models.TokenCause, reason string) error {
	if err := actor.May(models.ManagementTokenReadOwn); err != nil {
		return err
	}
	return changeToken(ctx, m.store, actor, tokenChange{right: models.ManagementTokenReadOwn, verb: "revoke", mine: ofOneself}, id, revokeToken(actor, cause, reason))
}

// Resume wakes one's own management token that the program paused for disuse or
// age, which demands a step-up for it (R24). One that an admin paused is the admins'.
func (m *ManagementTokens) Resume(ctx context.Context, actor models.Actor, id string) error {
	if err := actor.May(models.ManagementTokenReadOwn); err != nil {
		return err
	}
	return changeToken(ctx, m.store, actor, tokenChange{right: models.ManagementTokenReadOwn, verb: "resume", mine: ofOneself}, id, resumeOwn(actor))
}

// ofOneself is nil for one's own management tokens; others are not there.
func ofOneself(actor models.Actor, token models.Token) error {
	if token.Kind != models.TokenManagement || token.UserID != actor.User() {
		return fault.Missing("token")
	}
	return nil
}
