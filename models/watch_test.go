package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/models"
)

// began is when the tokens of these tests were made.
var began = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

func days(n float64) time.Time { return began.Add(time.Duration(n * float64(models.Day))) }

// watch lets the program look once an hour until the end, and says what it did on
// which day. Looks is whether the server is up.
func watch(p models.TokenPolicy, w models.Watched, end float64, looks func(day float64) bool, use ...float64) (done []string) {
	w.Told = map[string]time.Time{}
	for h := 0; float64(h)/24 <= end; h++ {
		day := float64(h) / 24
		if slices.Contains(use, day) {
			w.UsedAt = days(day)
		}
		if looks != nil && !looks(day) {
			continue
		}
		for _, d := range p.Duties(w, days(day)) {
			done = append(done, fmt.Sprintf("%.5g %s", day, d.Kind))
			switch d.Kind {
			case models.PauseAged, models.PauseUnused:
				w.State = models.TokenPaused
			case models.RevokeUnused:
				w.State = models.TokenRevoked
			case models.TellExpiry, models.TellAge:
				done[len(done)-1] = fmt.Sprintf("%.5g %s %d", day, d.Kind, d.Days)
				fallthrough
			default:
				if d.Notice == "" {
					panic("a notice that cannot be noted")
				}
				w.Told[d.Notice] = days(day)
			}
		}
	}
	return done
}

// R15, R19: what happens to a token of a span under a policy, day by day.
func TestWhatBecomesOfAToken(t *testing.T) {
	standard := models.DefaultTokenPolicy()
	rotate := standard
	rotate.RotateDays = 60
	swift := models.TokenPolicy{UnusedDays: 30, PauseDays: 7, RevokeDays: 60, Leak: models.LeakRevoke}
	tight := models.TokenPolicy{UnusedDays: 30, PauseDays: 14, RevokeDays: 45, Leak: models.LeakRevoke}
	down := func(from, to float64) func(float64) bool { return func(d float64) bool { return d < from || d >= to } }
	token := func(span int, change ...func(*models.Watched)) models.Watched {
		w := models.Watched{Token: models.Token{Kind: models.TokenAccess, State: models.TokenActive, CreatedAt: began, ExpiresAt: began.AddDate(0, 0, span)}}
		for _, c := range change {
			c(&w)
		}
		return w
	}
	for name, tt := range map[string]struct {
		policy models.TokenPolicy
		token  models.Watched
		end    float64
		up     func(float64) bool
		use    []float64
		want   []string
	}{
		"a token of 60 days gets each notice once":             {standard, token(60), 80, nil, nil, []string{"30 expiry 30", "46 expiry 14", "53 expiry 7", "59 expiry 1", "60 expiry 0"}},
		"one of 30 days hears nothing at birth":                {standard, token(30), 40, nil, nil, []string{"16 expiry 14", "23 expiry 7", "29 expiry 1", "30 expiry 0"}},
		"one of 7 days":                                        {standard, token(7), 20, nil, nil, []string{"6 expiry 1", "7 expiry 0"}},
		"one of a day":                                         {standard, token(1), 20, nil, nil, []string{"1 expiry 0"}},
		"after a standstill the latest notice only":            {standard, token(60), 80, down(20, 54), nil, []string{"54 expiry 7", "59 expiry 1", "60 expiry 0"}},
		"after a standstill beyond its end":                    {standard, token(60), 80, down(20, 62), nil, []string{"62 expiry 0"}},
		"after a standstill long beyond its end":               {standard, token(60), 80, down(20, 70), nil, nil},
		"one that is replaced ends with that":                  {standard, token(60, func(w *models.Watched) { w.RetireAt = new(days(3)) }), 80, nil, nil, nil},
		"a revoked one is at its end":                          {standard, token(60, func(w *models.Watched) { w.State = models.TokenRevoked }), 80, nil, nil, nil},
		"one that waits for approval":                          {standard, token(60, func(w *models.Watched) { w.State = models.TokenPending }), 80, nil, nil, nil},
		"a try token":                                          {standard, token(60, func(w *models.Watched) { w.Kind = models.TokenTry }), 80, nil, nil, nil},
		"unused: told, paused, told again, revoked":            {standard, token(400), 380, nil, nil, []string{"90 unused", "104 pause_unused", "351 ending", "365 revoke_unused"}},
		"a management token as well":                           {standard, token(400, func(w *models.Watched) { w.Kind = models.TokenManagement }), 110, nil, nil, []string{"90 unused", "104 pause_unused"}},
		"used once, the days begin anew":                       {standard, token(400), 200, nil, []float64{89}, []string{"179 unused", "193 pause_unused"}},
		"used between notice and pause":                        {standard, token(400), 200, nil, []float64{103}, []string{"90 unused", "193 unused"}},
		"unused, and it expires before the pause":              {standard, token(100), 110, nil, nil, []string{"70 expiry 30", "86 expiry 14", "93 expiry 7", "99 expiry 1", "100 expiry 0"}},
		"a standstill moves the pause, for the notice comes":   {standard, token(400), 200, down(60, 150), nil, []string{"150 unused", "164 pause_unused"}},
		"a standstill of a year moves everything":              {standard, token(800), 500, down(60, 400), nil, []string{"400 unused", "414 pause_unused", "414.04 ending", "428.04 revoke_unused"}},
		"a swift policy":                                       {swift, token(400), 90, nil, nil, []string{"30 unused", "37 pause_unused", "46 ending", "60 revoke_unused"}},
		"days so near that the last notice moves the end":      {tight, token(400), 90, nil, nil, []string{"30 unused", "44 pause_unused", "44.042 ending", "58.042 revoke_unused"}},
		"paused by somebody: one notice, then the end":         {swift, token(400, func(w *models.Watched) { w.State = models.TokenPaused }), 90, nil, nil, []string{"46 ending", "60 revoke_unused"}},
		"rotation: four notices, then a pause":                 {rotate, token(400), 70, nil, []float64{5, 50}, []string{"30 age 30", "46 age 14", "53 age 7", "59 age 1", "60 pause_aged"}},
		"rotation that the expiry outruns":                     {rotate, token(60), 61, nil, nil, []string{"30 expiry 30", "46 expiry 14", "53 expiry 7", "59 expiry 1", "60 expiry 0"}},
		"a policy that came later: two weeks after its notice": {rotate, token(400), 130, down(0, 100), []float64{100}, []string{"100 age 14", "107 age 7", "113 age 1", "114 pause_aged"}},
		"woken: two weeks more, with notices":                  {rotate, token(400, func(w *models.Watched) { w.KeptAt = days(70) }), 90, down(0, 70), []float64{70}, []string{"70 age 14", "77 age 7", "83 age 1", "84 pause_aged"}},
		"no demand of rotation":                                {standard, token(300), 88, nil, []float64{60}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := watch(tt.policy, tt.token, tt.end, tt.up, tt.use...); !slices.Equal(got, tt.want) {
				t.Errorf("%q\nwant %q", got, tt.want)
			}
		})
	}
}

// R19: whatever the policy and however it is changed, however the token is used and
// the server stands still: nothing is paused or revoked without its notice, as many
// days before as was promised in it; and the forecast knew.
func TestNothingHappensWithoutItsNotice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(rt, name) }
		policy := func() models.TokenPolicy {
			p := models.TokenPolicy{UnusedDays: draw("unused", 7, 120), PauseDays: draw("pause", 1, 30), Leak: models.LeakRevoke}
			p.RevokeDays = p.UnusedDays + p.PauseDays + draw("revoke", 1, 100)
			if rapid.Bool().Draw(rt, "rotation") {
				p.RotateDays = draw("rotate", models.RotateDaysMin, 200)
			}
			if err := p.Check(); err != nil {
				rt.Fatal(err)
			}
			return p
		}
		p, now := policy(), began
		w := models.Watched{Token: models.Token{Kind: models.TokenAccess, State: models.TokenActive, CreatedAt: began, ExpiresAt: began.AddDate(0, 0, 700)}, Told: map[string]time.Time{}}
		promised := map[models.DutyKind]time.Time{} // the earliest time that the first notice of this spell left open
		for range draw("steps", 10, 120) {
			now = now.Add(time.Duration(draw("hours", 1, 24*9)) * time.Hour)
			switch draw("what", 0, 12) {
			case 0:
				w.UsedAt = now
				delete(promised, models.TellUnused)
				delete(promised, models.TellEnding)
			case 1:
				p = p.Set(policy(), now)
				if p.UnusedFrom.Equal(now) {
					delete(promised, models.TellUnused)
					delete(promised, models.TellEnding)
				}
				if p.RotateFrom.Equal(now) {
					delete(promised, models.TellAge)
				}
			case 2:
				if w.Asleep() && w.Resume() == nil {
					w.KeptAt = now
					clear(promised)
				}
			}
			fate, soon := p.Fate(w, now, now.AddDate(3, 0, 0))
			for _, d := range p.Duties(w, now) {
				check := func(kind models.DutyKind, least time.Duration) {
					at, ok := promised[kind]
					if !ok || now.Sub(at) < least {
						rt.Fatalf("%s %v after the notice of %v (%v), want %v", d.Kind, now.Sub(at), at, ok, least)
					}
				}
				if d.Notice != "" {
					w.Told[d.Notice] = now
					if _, known := promised[d.Kind]; !known {
						promised[d.Kind] = now
					}
					continue
				}
				switch d.Kind {
				case models.PauseUnused:
					check(models.TellUnused, time.Duration(p.PauseDays)*models.Day)
					w.State, w.Cause = models.TokenPaused, models.CauseUnused
				case models.PauseAged:
					check(models.TellAge, models.NoticeLeast)
					w.State, w.Cause = models.TokenPaused, models.CauseAged
				case models.RevokeUnused:
					check(models.TellEnding, models.NoticeLeast)
					if now.Sub(w.Idle()) < time.Duration(p.RevokeDays)*models.Day {
						rt.Fatalf("revoked after %v of disuse", now.Sub(w.Idle()))
					}
					return
				}
				if !soon || fate.Pause.After(now) {
					rt.Fatalf("%s at %v, and the forecast was %v %+v", d.Kind, now, soon, fate)
				}
			}
		}
	})
}
