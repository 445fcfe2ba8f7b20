package portal

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/fault"
	"gatehouse/internal/keyring"
	"gatehouse/internal/keys"
	"gatehouse/internal/limit"
	"gatehouse/internal/store"
	"gatehouse/models"
)

// Leaks are the use cases around tokens that somebody found where they do not
// belong. Who holds a token has proved enough to end it; what became of it is
// told to its people alone.
type Leaks struct {
	store   *store.Store
	keys    *keyring.Keyring
	clock   clock.Clock
	reports *limit.Failures // by address: each report counts, since most are of strangers
	checks  *limit.Failures
}

// Limits of what strangers may ask (SECURITY 3.2).
const (
	LeakMost        = 1000 // tokens in a report, or in a question
	leakReportsHour = 60   // reports of one address an hour, and as many questions
)

func newLeaks(d Deps) *Leaks {
	now := d.Clock.Now()
	return &Leaks{d.Store, d.Keys, d.Clock, limit.NewFailures(leakReportsHour, time.Hour, now), limit.NewFailures(leakReportsHour, time.Hour, now)}
}

// Finding is a text that may be a token, and where it was found.
type Finding struct{ Secret, Where string }

// LeakReport is the later work of looking into what somebody found. It holds no
// secret: the digest of a token is made from its SHA-256.
type LeakReport struct {
	Reporter string
	Request  string // id
	Finds    []LeakFind
}

// Kind implements store.Job.
func (LeakReport) Kind() string { return "leak_report" }

// LeakFind is a token that somebody found.
type LeakFind struct {
	Code   string // of its tenant
	SHA256 []byte
	Where  string // the first place; it may be empty
	Places int64  // how many there were
}

// Report takes what a stranger found. It says nothing about any of it, now or
// later: whoever holds a token may end it, and learns nothing (R18).
func (l *Leaks) Report(ctx context.Context, actor models.Actor, found []Finding) error {
	if err := actor.May(models.TokenReport); err != nil {
		return err
	}
	if err := within(l.reports, actor, l.clock.Now()); err != nil {
		return err
	}
	finds, _ := findsOf(found)
	return l.keep(ctx, models.ReporterAnonymous, actor.Request().ID, finds)
}

// Receive takes what a scanner found whose signature was checked, and says of each
// whether it is one of our tokens, dead or alive.
func (l *Leaks) Receive(ctx context.Context, actor models.Actor, found []Finding) (ours []bool, err error) {
	if err := actor.May(models.TokenReport); err != nil {
		return nil, err
	}
	finds, each := findsOf(found)
	held := make([]Held, len(finds))
	for i, f := range finds {
		held[i] = Held{f.Code, [32]byte(f.SHA256)}
	}
	states, err := l.states(ctx, held)
	if err != nil {
		return nil, err
	}
	ours = make([]bool, len(found))
	for i, at := range each {
		ours[i] = at >= 0 && states[at] != models.LeakUnknown
	}
	var known []LeakFind // the others would only fill the queue
	for i, f := range finds {
		if states[i] != models.LeakUnknown {
			known = append(known, f)
		}
	}
	return ours, l.keep(ctx, actor.Reporter(), actor.Request().ID, known)
}

// Held is what somebody knows of a token that they hold, without giving it away.
type Held struct {
	Code   string // of its tenant
	SHA256 [32]byte
}

// Check says what tokens are worth to whoever holds them. That is no oracle: a
// token has 178 random bits, so only who holds it knows its SHA-256, and they could
// call an API with it as well.
func (l *Leaks) Check(ctx context.Context, actor models.Actor, held []Held) ([]models.LeakState, error) {
	if err := actor.May(models.TokenReport); err != nil {
		return nil, err
	}
	if len(held) == 0 || len(held) > LeakMost {
		return nil, fault.New(fault.Invalid, "invalid_input", "Ask about 1 to %d tokens.", LeakMost)
	}
	if err := within(l.checks, actor, l.clock.Now()); err != nil {
		return nil, err
	}
	return l.states(ctx, held)
}

// within counts an attempt of the actor's address.
func within(l *limit.Failures, actor models.Actor, now time.Time) error {
	address, _ := netip.ParseAddr(actor.Request().ClientIP)
	if wait := l.Failed(address, now); wait > 0 {
		return fault.New(fault.TooMany, "too_many_reports", "This address has sent %d of these within an hour. Wait as long as Retry-After says.", leakReportsHour).After(wait)
	}
	return nil
}

// findsOf are the tokens in what was found, each once, and for each of what was
// found its place among them, -1 where it is no token. What fails the checksum was
// never ours.
func findsOf(found []Finding) (finds []LeakFind, each []int) {
	index, each := map[[32]byte]int{}, make([]int, len(found))
	for i, f := range found {
		token, ok := keys.Parse(f.Secret)
		if !ok {
			each[i] = -1
			continue
		}
		at, again := index[token.SHA256]
		if !again {
			at = len(finds)
			index[token.SHA256] = at
			finds = append(finds, LeakFind{Code: token.Code, SHA256: token.SHA256[:], Where: wherePlain(f.Where)})
		}
		finds[at].Places++
		each[i] = at
	}
	return finds, each
}

// whereMost is how much is kept of where a token was found, in characters.
const whereMost = 300

// wherePlain is where a token was found, as a stranger described it, in one line
// and without a token: addresses hold them, too.
func wherePlain(where string) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(keys.Mask(where), "�")), " ")
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1 // controls, and what turns the direction of text around
		}
		return r
	}, line)
	if runes := []rune(line); len(runes) > whereMost {
		return string(runes[:whereMost]) + "…"
	}
	return line
}

// leakBatch is how many finds one piece of work holds.
const leakBatch = 25

// keep stores finds until somebody looks into them. That is nobody's change, so
// no tenant is entered: it has an event where something comes of it.
func (l *Leaks) keep(ctx context.Context, reporter, request string, finds []LeakFind) error {
	return l.store.Platform(ctx, func(p store.Platform) error {
		for some := range slices.Chunk(finds, leakBatch) {
			if err := p.Enqueue(LeakReport{reporter, request, some}); err != nil {
				return err
			}
		}
		return nil
	})
}

// states are what tokens are worth.
func (l *Leaks) states(ctx context.Context, held []Held) ([]models.LeakState, error) {
	states, byCode := make([]models.LeakState, len(held)), map[string][]int{}
	for i, h := range held {
		states[i] = models.LeakUnknown
		byCode[h.Code] = append(byCode[h.Code], i)
	}
	for code, these := range byCode {
		if code == keys.OperatorCode {
			for _, i := range these {
				token, err := operatorToken(ctx, l.store, l.keys, held[i].SHA256)
				switch {
				case err == nil && token.Live(l.clock.Now()):
					states[i] = models.LeakLive
				case err == nil:
					states[i] = models.LeakDead
				case !fault.Is(err, fault.NotFound):
					return nil, err
				}
			}
			continue
		}
		tenant, err := l.store.TenantByCode(ctx, code)
		if fault.Is(err, fault.NotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		peppers, err := l.keys.Peppers(ctx, tenant.ID)
		if err != nil {
			return nil, err
		}
		at, digests := map[[sha256.Size]byte][]int{}, [][]byte(nil)
		for _, i := range these {
			for _, p := range peppers {
				d := keys.Digest(p.Key, held[i].SHA256)
				at[d] = append(at[d], i)
				digests = append(digests, d[:])
			}
		}
		err = l.store.As(ctx, models.Stranger(tenant, models.Request{}), func(r store.Tenant) error {
			tokens, err := r.TokensByDigest(digests)
			for _, t := range tokens {
				for _, i := range at[[sha256.Size]byte(t.Digest)] {
					states[i] = models.LeakLive
					if ended(t, l.clock.Now()) {
						states[i] = models.LeakDead
					}
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return states, nil
}

// ended reports whether a token opens nothing any more, for good.
func ended(t models.Token, now time.Time) bool {
	return t.State == models.TokenRevoked || !now.Before(t.Until())
}
