package app

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
	"gatehouse/internal/gateway"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// sightings carries what the gateway saw to where people hear of it. The gateway
// never waits: what finds no place is dropped and counted, for whoever makes so many
// refused calls makes more.
type sightings struct {
	queue   chan gateway.Sighting
	dropped atomic.Uint64
}

// sightingsKept is how many sightings may wait.
const sightingsKept = 1 << 12

func (s *sightings) tell(seen gateway.Sighting) {
	select {
	case s.queue <- seen:
	default:
		s.dropped.Add(1)
	}
}

// sightingsEvery is how long sightings of the same thing are gathered.
const sightingsEvery = time.Second

// sightingKey is what makes two sightings the same. A token that was paused and is
// revoked now is another sight: the first refused call of its receipt.
type sightingKey struct {
	kind  gateway.SightingKind
	token gateway.ID
	state gateway.TokenState
	ip    netip.Addr
	where string
}

// sum is several sightings of the same thing: the first one, and how many.
type sum struct {
	gateway.Sighting
	times int64
}

// watchSightings reports what the gateway saw until ctx ends.
func (a *App) watchSightings(ctx context.Context) error {
	tick := time.NewTicker(sightingsEvery)
	defer tick.Stop()
	gathered := map[sightingKey]sum{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-a.sightings.queue:
			key := sightingKey{s.Kind, s.Token.ID, s.Token.State, s.IP, s.Where}
			known, again := gathered[key]
			if !again {
				known.Sighting = s
			}
			known.times++
			gathered[key] = known
		case <-tick.C:
			for key, s := range gathered {
				delete(gathered, key)
				if err := a.report(ctx, s); err != nil && !fault.Is(err, fault.NotFound) {
					a.log.ErrorContext(ctx, "a sighting of a token could not be reported", "token_id", idOf(s.Token.ID), "error", err)
				}
			}
		}
	}
}

// report tells of a sighting what people have to hear.
func (a *App) report(ctx context.Context, s sum) error {
	seen := portal.Sighting{
		Tenant: idOf(s.Token.Tenant), Token: idOf(s.Token.ID), IP: s.IP.String(), UserAgent: s.UserAgent,
		RequestID: s.RequestID, At: s.At, Times: s.times,
	}
	if s.Kind == gateway.SeenExposed {
		seen.Kind, seen.Detail = models.AlertExposed, exposures[s.Where]
		return a.Portal.Alerts.Sight(ctx, seen)
	}
	replaced := s.Token.State == gateway.Replaced
	if replaced || s.Token.State == gateway.Revoked || !s.At.Before(s.Token.Expires) {
		err := a.Store.Platform(ctx, func(p store.Platform) error {
			return p.NoteRefused(seen.Tenant, seen.Token, s.RequestID, models.Time(s.At))
		})
		if err != nil || !replaced {
			return err
		}
		seen.Kind, seen.Detail = models.AlertRetired, "A newer token took its place, and something still uses the old one. Its calls are refused."
		return a.Portal.Alerts.Sight(ctx, seen)
	}
	return nil
}

// exposures say where a token was, and what follows from that.
var exposures = map[string]string{
	gateway.InAddress:   "It stood in the address of a call, which proxies, logs and browsers keep. The call was refused. Replace the token, and send it as Authorization: Bearer.",
	gateway.InHeader:    "It came in a header that proxies and logs do not take for a secret. The call was refused. Replace the token, and send it as Authorization: Bearer.",
	gateway.InCookie:    "It came in a cookie. The call was refused. Replace the token, and send it as Authorization: Bearer.",
	gateway.InForm:      "It came in a form, which logs may keep. The call was refused. Replace the token, and send it as Authorization: Bearer.",
	gateway.InPlainHTTP: "It was sent without encryption, so everybody on the way could read it. The call was refused. Replace the token.",
}

func idOf(id gateway.ID) string { return uuid.UUID(id).String() }
