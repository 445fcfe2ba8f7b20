package traffic

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/internal/clock"
)

// Request is a concrete call of an operation.
type Request struct {
	Method string
	URL    string // absolute, at the gateway
	Header http.Header
	Body   []byte
}

// Live calls the gateway by real HTTP, with the profiles that are Live, in
// their rhythm.
type Live struct {
	Profiles []Profile
	// Secret is the token of a profile; false leaves the call out, for
	// instance because the token is no longer there.
	Secret func(ref string) (string, bool)
	// Request makes the nth call of an operation; wrong asks for something
	// that is not there. False leaves the call out.
	Request func(ref string, m Mix, n uint64, wrong bool) (Request, bool)

	Least, Most float64      // calls a second in all, quietest and busiest hour; 1 and 4 when zero
	AtOnce      int          // calls under way at most; 8 when zero
	Client      *http.Client // one with a time limit of 15 s when nil
	Clock       clock.Clock  // clock.System when nil
	Log         *slog.Logger // nil is silent; never told a secret
	Seed        uint64

	sent, failed atomic.Int64
}

// Sent is how many calls were answered, and how many got no answer at all.
func (l *Live) Sent() (answered, failed int64) { return l.sent.Load(), l.failed.Load() }

// Run calls until ctx is done, waits for the calls under way and returns nil.
func (l *Live) Run(ctx context.Context) error {
	l.defaults()
	profiles := l.live()
	if len(profiles) == 0 {
		return errors.New("live traffic: no profile is Live and makes calls")
	}
	rng := rand.New(rand.NewPCG(l.Seed, uint64(l.Clock.Now().Unix())))
	slots := make(chan struct{}, l.AtOnce)
	for n := uint64(rng.Uint32()); ; n++ {
		pause := time.Duration(rng.ExpFloat64() / l.rate(l.Clock.Now(), profiles) * float64(time.Second))
		if !sleep(ctx, min(pause, 10*time.Second)) {
			break
		}
		request, agent, ok := l.next(rng, profiles, n)
		if !ok {
			continue
		}
		select {
		case slots <- struct{}{}:
			go func() {
				defer func() { <-slots }()
				l.send(ctx, request, agent)
			}()
		default: // the gateway is slow: don't pile up
		}
	}
	for range l.AtOnce {
		slots <- struct{}{}
	}
	return nil
}

func (l *Live) defaults() {
	if l.Least == 0 {
		l.Least = 1
	}
	if l.Most == 0 {
		l.Most = 4
	}
	if l.AtOnce == 0 {
		l.AtOnce = 8
	}
	if l.Client == nil {
		l.Client = &http.Client{Timeout: 15 * time.Second}
	}
	if l.Clock == nil {
		l.Clock = clock.System
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
}

func (l *Live) live() (live []Profile) {
	for _, p := range l.Profiles {
		if p.Live && p.PerDay > 0 && len(p.Mix) > 0 {
			live = append(live, p)
		}
	}
	return live
}

// rate is how many calls a second are due: Least to Most, as busy as the
// profiles are at this time.
func (l *Live) rate(now time.Time, profiles []Profile) float64 {
	var due, mean float64
	for _, p := range profiles {
		due += p.PerDay * p.Shape.At(now)
		mean += p.PerDay
	}
	return min(l.Least+(l.Most-l.Least)*due/mean/2, l.Most)
}

func (l *Live) next(rng *rand.Rand, profiles []Profile, n uint64) (r Request, agent string, ok bool) {
	now := l.Clock.Now()
	weights := make([]Mix, len(profiles)) // drawn by the same rule as operations
	for i, p := range profiles {
		weights[i] = Mix{Operation: p.Ref, Weight: p.PerDay * (0.1 + p.Shape.At(now))}
	}
	ref := draw(rng, weights).Operation
	var p Profile
	for _, one := range profiles {
		if one.Ref == ref {
			p = one
		}
	}
	m := draw(rng, p.Mix)
	wrong := rng.Float64() < p.Missing && strings.Contains(m.Operation, "{")
	secret, there := l.Secret(ref)
	if !there {
		return r, "", false
	}
	if r, ok = l.Request(ref, m, n, wrong); !ok {
		return r, "", false
	}
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	return r, pick(rng, p.Agents), true
}

func (l *Live) send(ctx context.Context, r Request, agent string) {
	// A call that has begun may end: a stop should not look like a fault in the graphs.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		l.failed.Add(1)
		l.Log.Warn("live traffic: a request can't be made", "error", err)
		return
	}
	request.Header = r.Header
	request.Header.Set("User-Agent", agent)
	response, err := l.Client.Do(request)
	if err != nil {
		l.failed.Add(1)
		l.Log.Warn("live traffic: no answer", "error", err)
		return
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	l.sent.Add(1)
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
