package portal_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/portal"
	"gatehouse/internal/spec"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// failing is a reader that cannot compare, or takes as long as it is asked to.
type failing struct {
	portal.Reader
	asked atomic.Int32
	wait  chan struct{}
}

func (f *failing) Compare(ctx context.Context, base, revision []byte) ([]spec.Change, error) {
	f.asked.Add(1)
	if f.wait != nil {
		<-f.wait
		return f.Reader.Compare(ctx, base, revision)
	}
	return nil, fault.New(fault.Invalid, "comparison_failed", "The two documents can't be compared: that takes longer than 55 seconds.")
}

// with is the shop with another reader for comparisons.
func (s *shop) with(o store.Options, f *failing) *portal.APIs {
	self := s.reader()
	f.Reader = self
	return portal.New(portal.Deps{Store: s.store, Keys: s.keys, Clock: o.Clock, Reader: f, Upstreams: &egress.Policy{OwnHosts: []string{"portal.example"}}}).APIs
}

// A comparison that fails is kept with its reason, asks twice before a publication
// and is tried again on demand, but not at once.
func TestAFailedComparison(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		f := &failing{}
		apis := s.with(o, f)
		s.publish("containers", "v1", "northquay-containers-v1.json")
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		s.must(apis.CompareNow(s.ctx, portal.CompareDocuments{Tenant: s.tenant.ID, Base: s.inForce("containers", "v1"), Revision: next.ID}))
		for range 3 {
			outlook, err := apis.OutlookOf(s.ctx, s.as("manager"), "containers", "v1", next.ID)
			if err != nil || !strings.Contains(outlook.Failure, "55 seconds") || !outlook.Asks() {
				t.Fatalf("%+v, %v", outlook, err)
			}
		}
		if n := f.asked.Load(); n != 1 {
			t.Errorf("compared %d times", n)
		}
		if _, err := apis.Publish(s.ctx, s.as("manager"), "containers", "v1", next.ID); fault.Code(err) != "breaking_changes" {
			t.Fatalf("published what nobody could compare: %v", err)
		}
		o.Clock.(*clock.Manual).Advance(11 * time.Minute)
		outlook, err := s.portal.APIs.OutlookOf(s.ctx, s.as("manager"), "containers", "v1", next.ID)
		if err != nil || outlook.Failure != "" || outlook.Removed == 0 {
			t.Errorf("not tried again: %+v, %v", outlook, err)
		}
	})
}

// Who does not wait is told so; the comparison goes on, once for all who ask.
func TestALongComparisonIsMadeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		f := &failing{wait: make(chan struct{})}
		apis := s.with(o, f)
		s.publish("containers", "v1", "northquay-containers-v1.json")
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		base := models.Revision{ID: s.inForce("containers", "v1"), VersionID: next.VersionID}
		for range 2 {
			ctx, cancel := context.WithTimeout(s.ctx, time.Second)
			_, err := apis.Comparison(ctx, s.as("manager"), base, next)
			cancel()
			if !fault.Is(err, fault.Unavailable) {
				t.Fatalf("a reader who does not wait: %v", err)
			}
		}
		close(f.wait)
		changes, err := apis.Comparison(s.ctx, s.as("manager"), base, next)
		if err != nil || len(changes) == 0 || f.asked.Load() != 1 {
			t.Errorf("%d changes, compared %d times, %v", len(changes), f.asked.Load(), err)
		}
	})
}

// R53: nobody compares what they may not read.
func TestComparisonsAreOfWhatOneMayRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.publish("containers", "v1", "northquay-containers-v1.json")
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		base := models.Revision{ID: s.inForce("containers", "v1"), VersionID: next.VersionID}
		for name, tt := range map[string]struct {
			actor          models.Actor
			base, revision models.Revision
			allowed        bool
		}{
			"a manager, a draft":      {s.as("manager"), base, next, true},
			"an auditor, a draft":     {s.as("auditor"), base, next, true},
			"a partner, a draft":      {s.as("partner"), base, next, false},
			"a partner, from a draft": {s.as("partner"), next, base, false},
			"a partner, the same":     {s.as("partner"), base, base, true},
			"a manager of another":    {s.in(s.rival, "manager"), base, next, false},
			"the wrong version":       {s.as("partner"), base, models.Revision{ID: next.ID, VersionID: models.NewID()}, false},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.portal.APIs.Comparison(s.ctx, tt.actor, tt.base, tt.revision)
				if (err == nil) != tt.allowed || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}

func (s *shop) inForce(api, version string) string {
	s.t.Helper()
	w, err := s.portal.APIs.Workbench(s.ctx, s.as("manager"), api, version)
	s.must(err)
	return *w.Version.PublishedID
}

// What was not compared is told apart by one word on both sides.
func TestTheRuleOfWhatWasNotCompared(t *testing.T) {
	if spec.RuleIncomplete != models.RuleIncomplete {
		t.Errorf("%q and %q", spec.RuleIncomplete, models.RuleIncomplete)
	}
}

// Publishing asks about what may stop callers however many documents came since the
// one in force, or since the one that is chosen.
func TestPublishingAsksBehindManyDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.publish("containers", "v1", "northquay-containers-v1.json")
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		s.must(s.store.Do(s.ctx, s.as("manager"), models.APIManage, func(tx *store.Tx) error {
			whole, err := tx.Revision(next.ID)
			for range store.PageMost {
				if err == nil {
					one := whole
					one.ID, one.PublishedAt = models.NewID(), nil
					err = tx.InsertRevision(&one, nil)
				}
			}
			if err != nil {
				return err
			}
			return tx.RecordAs("document.put", "version", next.VersionID, nil, nil, nil)
		}))
		if _, err := s.portal.APIs.Publish(s.ctx, s.as("manager"), "containers", "v1", next.ID); fault.Code(err) != "breaking_changes" {
			t.Errorf("published without a word: %v", err)
		}
		w, err := s.portal.APIs.Workbench(s.ctx, s.as("manager"), "containers", "v1")
		s.must(err)
		if _, err := s.portal.APIs.Publish(s.ctx, s.as("manager"), "containers", "v1", w.Revisions[0].ID); fault.Code(err) != "breaking_changes" {
			t.Errorf("the newest was published without a word: %v", err)
		}
		if _, ok := w.Published(); !ok {
			t.Error("the document in force is not shown")
		}
	})
}

// What was accepted of one document in force is not accepted of the next.
func TestAcceptingIsForWhatWasSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s := newShop(t, o)
		s.publish("containers", "v1", "northquay-containers-v1.json")
		next := s.upload("containers", "v1", "northquay-containers-v2.yaml")
		base := s.inForce("containers", "v1")
		publish := func(over string) error {
			_, err := s.portal.APIs.Accepting(over).Publish(s.ctx, s.as("manager"), "containers", "v1", next.ID)
			return err
		}
		if err := publish(models.NewID()); fault.Code(err) != "breaking_changes" {
			t.Errorf("accepted against another document: %v", err)
		}
		if err := publish(base); err != nil {
			t.Errorf("accepted against the one in force: %v", err)
		}
	})
}
