package store_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R14: a revoked token never lives again; the database refuses it, whoever asks
// and past every use case.
func TestARevokedTokenStaysRevoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a := storetest.Tenant(t, s, "aa")
		digest := sha256.Sum256([]byte("token"))
		team := models.Team{ID: models.NewID(), Name: "Ours"}
		token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: a.User(), TeamID: &team.ID, Name: "ours", Digest: digest[:], KeyID: "k1",
			State: models.TokenActive, ExpiresAt: s.Now().Add(time.Hour)}
		do(t, s, a, func(tx *store.Tx) error {
			if err := tx.InsertTeam(&team, a.User()); err != nil {
				return err
			}
			return tx.InsertToken(&token, nil)
		})
		read := func() (found models.Token) {
			t.Helper()
			do(t, s, a, func(tx *store.Tx) (err error) { found, err = tx.LockToken(token.ID); return err })
			return found
		}
		live := read()
		revoked, at := live, s.Now()
		revoked.State, revoked.RevokedAt, revoked.RevokedBy = models.TokenRevoked, &at, a.User()
		do(t, s, a, func(tx *store.Tx) error { return tx.UpdateToken(revoked) })
		for name, change := range map[string]func(*models.Token){
			"active again": func(k *models.Token) { k.State, k.RevokedAt = models.TokenActive, nil },
			"paused":       func(k *models.Token) { k.State, k.RevokedAt = models.TokenPaused, nil },
			"revoked later": func(k *models.Token) {
				later := at.Add(time.Hour)
				k.RevokedAt = &later
			},
		} {
			next := read()
			change(&next)
			err := s.Do(ctx, a, models.TokenCreate, func(tx *store.Tx) error {
				if err := tx.UpdateToken(next); err != nil {
					return err
				}
				return tx.Record("token", next.ID, nil, nil, nil)
			})
			if err == nil {
				t.Errorf("%s: it was stored", name)
			}
			if now := read(); now.State != models.TokenRevoked || now.RevokedAt == nil || !now.RevokedAt.Equal(at) {
				t.Errorf("%s: the token is %s since %v", name, now.State, now.RevokedAt)
			}
		}
	})
}
