package portal_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// rotate has the partner rotate a token.
func (w *accessWorld) rotate(name, id, overlap string) (portal.Rotated, string, error) {
	out, secret, err := w.portal.Rotations.Rotate(w.ctx, w.proven(name, "port", models.TokenRotate, id), portal.NewRotation{Token: id, Overlap: overlap})
	return out, secret.Reveal(), err
}

// stored is a token as it is now.
func (w *accessWorld) stored(id string) (token models.Token) {
	w.t.Helper()
	w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) (err error) {
		token, _, err = r.Token(id)
		return err
	}))
	return token
}

// R17: the successor has everything that the old one had, but its secret, and the
// old one an end that is never past its own.
func TestASuccessorHasTheSameSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		old, _ := w.token("k")
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error { return tx.SetTokenPeople(old.ID, []string{w.users["colleague"].ID}) })
		w.clock.Advance(29 * 24 * time.Hour)
		made, secret, err := w.rotate("partner", old.ID, "72h")
		w.must(err)
		next := w.stored(made.New.ID)
		if next.Name != old.Name || next.UserID != old.UserID || *next.TeamID != *old.TeamID || next.Family != old.ID || *next.Replaces != old.ID || next.State != models.TokenActive ||
			next.Span() != old.Span() || !strings.HasSuffix(secret, next.Hint) || slices.Equal(next.Digest, old.Digest) {
			t.Errorf("the successor is %+v", next)
		}
		if until := w.stored(old.ID).Until(); !until.Equal(old.ExpiresAt) {
			t.Errorf("the old one goes on until %v, its own end is %v", until, old.ExpiresAt)
		}
		w.must(w.store.As(w.ctx, w.actor("partner", "port"), func(r store.Tenant) error {
			rights, err := r.PermissionsOf([]string{old.ID, next.ID})
			if a, b := rights[old.ID], rights[next.ID]; len(b) != 1 || a[0].VersionID != b[0].VersionID || a[0].Access != b[0].Access {
				t.Errorf("rights %+v became %+v", a, b)
			}
			people, _ := r.TokenPeople(next.ID)
			if fmt.Sprint(people[next.ID]) != fmt.Sprint([]string{w.users["colleague"].ID}) {
				t.Errorf("people %v", people)
			}
			return err
		}))
		if w.mails("partner", portal.MailTokenRotated) != 1 || w.mails("colleague", portal.MailTokenRotated) != 1 || w.inbox("colleague", models.NotifyToken) != 1 || w.inbox("partner", models.NotifyToken) != 0 {
			t.Error("not everybody was told, or who did it was told twice")
		}
		if w.audited("port", next.ID)["token.rotate"] != 1 {
			t.Error("no audit event")
		}
	})
}

// Who may rotate what, and who answers for the successor.
func TestWhoRotates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		old, _ := w.token("k")
		if _, _, err := w.portal.Rotations.Rotate(w.ctx, w.actor("partner", "port"), portal.NewRotation{Token: old.ID, Overlap: "1h"}); fault.Code(err) != "step_up_required" {
			t.Errorf("without a step-up: %v", err)
		}
		if _, _, err := w.portal.Rotations.Rotate(w.ctx, w.proven("partner", "port", models.TokenCreate, old.ID), portal.NewRotation{Token: old.ID, Overlap: "1h"}); fault.Code(err) != "step_up_required" {
			t.Errorf("with a step-up for something else: %v", err)
		}
		w.request("rival", "auto-true")
		for _, name := range []string{"rival", "admin"} {
			if _, _, err := w.rotate(name, old.ID, "1h"); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		made, _, err := w.rotate("colleague", old.ID, "1h")
		w.must(err)
		if made.New.UserID != w.users["partner"].ID {
			t.Error("the owner did not stay")
		}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			if err := tx.SetTeamRole(*old.TeamID, w.users["colleague"].ID, models.TeamOwner); err != nil {
				return err
			}
			return tx.DeleteMembership(*old.TeamID, w.users["partner"].ID)
		})
		made, _, err = w.rotate("colleague", made.New.ID, "0")
		w.must(err)
		if made.New.UserID != w.users["colleague"].ID {
			t.Error("the successor belongs to somebody who left")
		}
	})
}

// Twenty at once make one successor.
func TestParallelRotationsMakeOneSuccessor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		old, _ := w.token("k")
		const many = 20
		errs := make([]error, many)
		var actors []models.Actor
		for range many {
			actors = append(actors, w.proven("partner", "port", models.TokenRotate, old.ID))
		}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				_, _, errs[i] = w.portal.Rotations.Rotate(w.ctx, actors[i], portal.NewRotation{Token: old.ID, Overlap: "24h"})
			})
		}
		all.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if fault.Code(err) != "not_rotatable" {
				t.Error(err)
			}
		}
		w.must(w.store.As(w.ctx, w.actor("admin", "port"), func(r store.Tenant) error {
			family, err := r.Family(old.ID)
			if done != 1 || len(family) != 2 {
				t.Errorf("%d succeeded, the family has %d tokens", done, len(family))
			}
			return err
		}))
	})
}

// R17: whatever is done in whatever order, of a family two work at most, a chain has
// no forks, nothing lives past its end, and what had ended stays ended. A model of
// the family says after each step which tokens work.
func TestRotationsAgainstAModel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		tenant := w.actor("admin", "port").Tenant()
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			first, _ := w.token(fmt.Sprint("round ", round))
			m := family{{id: first.ID, expires: first.ExpiresAt, state: models.TokenActive}}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				now := w.clock.Now()
				i := rapid.IntRange(0, len(m)-1).Draw(rt, "token")
				switch op := rapid.SampledFrom([]string{"rotate", "retire", "revoke", "pause", "resume", "step", "finish", "age"}).Draw(rt, "op"); op {
				case "rotate":
					overlap := rapid.SampledFrom(models.Overlaps).Draw(rt, "overlap")
					made, _, err := w.rotate("partner", m[i].id, string(overlap))
					if want := m.rotate(i, overlap, now); want != (err == nil) {
						rt.Fatalf("rotating %d with %s: %v, the model says %v: %+v", i, overlap, err, want, m)
					}
					if err == nil {
						m = append(m, kin{id: made.New.ID, of: m[i].id, expires: made.New.ExpiresAt, state: models.TokenActive})
					}
				case "retire":
					if err := w.portal.Rotations.RetireNow(w.ctx, w.actor("partner", "port"), m[i].id); (err == nil) != (m[i].until != nil) {
						rt.Fatal(err)
					} else if err == nil {
						m[i].retire()
					}
				case "revoke":
					w.must(w.portal.Tokens.Revoke(w.ctx, w.actor("partner", "port"), m[i].id, models.CauseUnneeded, ""))
					m[i].end()
				case "pause", "age":
					if w.portal.Tokens.Pause(w.ctx, w.actor("partner", "port"), m[i].id, "") != nil {
						break
					}
					m[i].state = models.TokenPaused
					if m[i].aged = op == "age"; m[i].aged {
						w.do(tenant, func(tx *store.Tx) error {
							token, err := tx.LockToken(m[i].id)
							token.Cause = models.CauseAged
							w.must(err)
							return tx.UpdateToken(token)
						})
					}
				case "resume":
					if w.portal.Tokens.Resume(w.ctx, w.actor("partner", "port"), m[i].id) == nil {
						m[i].state, m[i].aged = models.TokenActive, false
					}
				case "step":
					w.clock.Advance(time.Duration(rapid.IntRange(1, 40*24*60).Draw(rt, "minutes")) * time.Minute)
				case "finish":
					w.must(w.portal.Rotations.Finish(w.ctx))
					for i := range m {
						if m[i].until != nil && !now.Before(*m[i].until) {
							m[i].retire()
						}
					}
				}
				m.check(rt, w)
			}
		})
	})
}

// kin is a token in the model of a family.
type kin struct {
	id, of  string // of: whose place it took
	expires time.Time
	until   *time.Time // set once it has a successor
	state   models.TokenState
	aged    bool
	retired bool // revoked because another took its place
}

type family []kin

func (k *kin) end() { k.state = models.TokenRevoked }

func (k *kin) retire() {
	k.retired = k.retired || k.state != models.TokenRevoked
	k.end()
}

// forsaken reports whether whatever took the token's place was revoked, while it works itself.
func (m family) forsaken(k kin, now time.Time) bool {
	return k.until != nil && k.works(now) && !slices.ContainsFunc(m, func(n kin) bool { return n.of == k.id && (n.state != models.TokenRevoked || n.retired) })
}

func (k kin) works(now time.Time) bool {
	return k.state == models.TokenActive && now.Before(k.expires) && (k.until == nil || now.Before(*k.until))
}

// rotate is what should happen to the family, and whether anything should.
func (m family) rotate(i int, overlap models.Overlap, now time.Time) bool {
	k := &m[i]
	paused := k.state == models.TokenPaused && !k.aged
	if k.until != nil && !m.forsaken(*k, now) || k.state == models.TokenRevoked || paused || !now.Before(k.expires.AddDate(0, 0, 30)) || overlap != models.OverlapNone && !k.works(now) {
		return false
	}
	until := map[models.Overlap]time.Time{models.OverlapNone: now, models.OverlapHour: now.Add(time.Hour), models.OverlapDay: now.Add(24 * time.Hour),
		models.OverlapDays: now.Add(72 * time.Hour), models.OverlapQuiet: k.expires}[overlap].Truncate(time.Second)
	if until.After(k.expires) {
		until = k.expires
	}
	if k.until = &until; overlap == models.OverlapNone {
		k.retire()
	}
	for i := range m {
		if m[i].id == k.of {
			m[i].retire()
		}
	}
	return true
}

func (m family) check(rt *rapid.T, w *accessWorld) {
	now, work := w.clock.Now(), 0
	for i, k := range m {
		token := w.stored(k.id)
		if token.Live(now) != k.works(now) {
			rt.Fatalf("token %d of %d works: %v, the model says %v: %+v, %+v", i, len(m), token.Live(now), k.works(now), token, k)
		}
		if token.Live(now) {
			work++
		}
		if token.Until().After(token.ExpiresAt) {
			rt.Fatalf("token %d lives past its end", i)
		}
		if (i > 0) != (token.Replaces != nil) || i > 0 && *token.Replaces != k.of || token.Family != m[0].id {
			rt.Fatalf("token %d has no place in the chain: %+v", i, token)
		}
	}
	if work > 2 {
		rt.Fatalf("%d tokens of a family work", work)
	}
}

// R17: what a token lost since its successor was planned, the successor does not get back.
func TestAPlanToNarrowGivesNothingBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		version := w.request("partner", "auto-true").VersionID
		in := w.newToken("k")
		in.Access = map[string]models.Access{version: models.AccessWrite}
		old, _, err := w.portal.Tokens.Create(w.ctx, w.proven("partner", "port", models.TokenCreate, in.Team), in)
		w.must(err)
		var writes []string
		w.must(w.store.As(w.ctx, w.actor("partner", "port"), func(r store.Tenant) error {
			versions, err := r.VersionsByID([]string{version})
			if err != nil {
				return err
			}
			ops, err := r.Operations(*versions[version].PublishedID)
			for _, o := range ops {
				if o.Class != models.ClassRead {
					writes = append(writes, o.Key)
				}
			}
			return err
		}))
		w.must(w.portal.Tokens.Narrow(w.ctx, w.actor("partner", "port"), old.ID, map[string][]string{version: writes}, true, w.stored(old.ID).Revision))
		in.Access[version] = models.AccessRead
		w.must(second(w.portal.Tokens.Edit(w.ctx, w.actor("partner", "port"), old.ID, in, w.stored(old.ID).Revision)))
		made, _, err := w.rotate("partner", old.ID, "1h")
		w.must(err)
		w.must(w.store.As(w.ctx, w.actor("partner", "port"), func(r store.Tenant) error {
			rights, err := r.PermissionsOf([]string{made.New.ID})
			for _, p := range rights[made.New.ID] {
				if len(p.Operations) > 0 || p.Access == models.AccessWrite {
					t.Errorf("the successor of one that may read writes: %+v", p)
				}
			}
			return err
		}))
	})
}
