package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// R134: every order and filter of the inventory shows each token once, page by page,
// and none takes long: with GATEHOUSE_SOAK of 100,000 tokens, each page within 300 ms.
func TestPagesOfManyTokens(t *testing.T) {
	tokens, pages := 1000, 11
	long := os.Getenv("GATEHOUSE_SOAK") != ""
	if long {
		tokens, pages = 100_000, 20
	}
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, ctx := storetest.Open(t, o), context.Background()
		a := storetest.Tenant(t, s, "aa")
		team := models.Team{ID: models.NewID(), Name: "Team"}
		api := models.API{ID: models.NewID(), Slug: "orders", Name: "Orders"}
		v := models.Version{ID: models.NewID(), APIID: api.ID, Name: "v1", State: models.VersionDraft}
		do(t, s, a, func(tx *store.Tx) error {
			for _, err := range []error{tx.InsertTeam(&team, a.User()), tx.InsertAPI(&api), tx.InsertVersion(&v)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		for done := 0; done < tokens; {
			do(t, s, a, func(tx *store.Tx) error {
				for range min(2000, tokens) {
					i := done
					done++
					token := models.Token{ID: models.NewID(), Kind: models.TokenAccess, UserID: a.User(), TeamID: &team.ID, Name: fmt.Sprint("token ", i%997), Digest: fmt.Appendf(nil, "%032d", i), KeyID: "k1",
						State: models.TokenActive, ExpiresAt: storetest.Start.AddDate(0, 0, 1+i%300), UsedAt: storetest.Start.Add(-time.Duration(i%5000) * time.Hour)}
					access := []models.Access{models.AccessRead, models.AccessWrite}[i%2]
					if err := tx.InsertToken(&token, []models.Permission{{VersionID: v.ID, Access: access}}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if h, err := s.Handles(); err == nil && o.Postgres() { // as autovacuum does after a while
			_, _ = h.Write.Exec("ANALYZE tokens")
		}
		now := storetest.Start
		for name, f := range map[string]store.TokenFilter{
			"newest": {}, "oldest": {Order: store.TokensOldest}, "by name": {Order: store.TokensByName}, "by end": {Order: store.TokensByEndDown}, "by use": {Order: store.TokensByUseDown},
			"longest unused": {Order: store.TokensByUse}, "text": {Text: "ken 99"}, "owner": {More: store.TokenTraits{Owner: "admin"}}, "team": {Teams: []string{team.ID}},
			"writes": {More: store.TokenTraits{Risks: []models.TokenRisk{models.RiskWrites, models.RiskAnywhere}}}, "unused": {More: store.TokenTraits{Used: store.Span{Before: now.AddDate(0, 0, -90)}}},
			"used": {More: store.TokenTraits{Used: store.Span{Since: now.AddDate(0, 0, -1)}}, Order: store.TokensByUseDown}, "api": {API: api.ID},
		} {
			f.Limit = store.PageMost
			var worst, counting time.Duration
			seen := map[string]bool{}
			var n int64
			err := s.As(ctx, a, func(r store.Tenant) (err error) {
				begun := time.Now()
				n, err = r.CountTokens(f)
				counting = time.Since(begun)
				return err
			})
			for page := 0; err == nil && page < pages; page++ {
				var ts []models.Token
				begun := time.Now()
				err = s.As(ctx, a, func(r store.Tenant) (err error) { ts, err = r.Tokens(f); return err })
				worst = max(worst, time.Since(begun))
				for _, token := range ts {
					if seen[token.ID] {
						t.Errorf("%s: a token comes twice", name)
					}
					seen[token.ID] = true
					f.After = token.ID
				}
				if len(ts) < f.Limit {
					break
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := min(n, int64(pages*f.Limit)); int64(len(seen)) != want {
				t.Errorf("%s: %d tokens on its pages, want %d", name, len(seen), want)
			}
			if long {
				t.Logf("%s: %d tokens; counted in %v, slowest page %v", name, n, counting.Round(100*time.Microsecond), worst.Round(100*time.Microsecond))
				if most := 300 * time.Millisecond; worst > most {
					t.Errorf("%s takes longer than %v", name, most)
				}
			}
		}
	})
}
