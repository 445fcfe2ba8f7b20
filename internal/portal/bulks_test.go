package portal_test

import (
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// A pause of many tokens that broke off goes on, also where somebody has resumed one
// of them meanwhile.
func TestAPauseOfManyGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		w := newAccessWorld(t, o)
		w.request("partner", "auto-true")
		resumed, _ := w.token("a")
		left, _ := w.token("b")
		bulk := models.TokenBulk{ID: models.NewID(), Verb: models.BulkPause, Reason: reason, Expected: 2, ShownAt: w.store.Now()}
		w.do(w.actor("admin", "port").Tenant(), func(tx *store.Tx) error {
			if err := tx.InsertBulk(&bulk); err != nil {
				return err
			}
			return tx.InsertBulkItem(models.TokenBulkItem{BulkID: bulk.ID, TokenID: resumed.ID, ChangeSeq: 1})
		})
		done, err := w.portal.AllTokens.GoOn(w.ctx, w.actor("admin", "port"), bulk.ID)
		if err != nil || done.FinishedAt == nil {
			t.Fatalf("%v: %+v", err, done)
		}
		for _, id := range []string{resumed.ID, left.ID} {
			if is := w.stored(id); is.State != models.TokenPaused {
				t.Errorf("one is %s", is.State)
			}
		}
		receipt, err := w.portal.AllTokens.Receipt(w.ctx, w.actor("admin", "port"), bulk.ID, "")
		if err != nil || len(receipt.Items) != 2 || receipt.Items[0].Seq == 1 {
			t.Errorf("%v: %+v", err, receipt.Items)
		}
	})
}
