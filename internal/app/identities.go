package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// identityChecks counts what came of asking OpenID providers about people.
type identityChecks struct{ there, gone, failed atomic.Int64 }

// checkIdentities asks OpenID providers who is still there, and says which of them do
// not answer.
func (a *App) checkIdentities(ctx context.Context) error {
	sum, err := a.Portal.Providers.Due(ctx)
	a.checked.there.Add(int64(sum.There))
	a.checked.gone.Add(int64(sum.Gone))
	a.checked.failed.Add(int64(sum.Failed))
	for _, s := range sum.Silent {
		a.log.Warn("an OpenID provider does not say who is still there", slog.String("provider", s.Provider), slog.String("tenant", s.Scope),
			slog.String("why", s.Why), slog.Duration("since", a.clock.Now().Sub(s.Since).Round(time.Second)))
	}
	return err
}
