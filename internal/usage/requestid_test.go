package usage

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// A call is found by its id alone, in small blocks and in merged ones, in the log of
// its token's tenant too, and in no other.
func TestACallIsFoundByItsID(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon.Add(time.Hour))
		u := open(t, dsn, t.TempDir(), clk)
		named := func(r *gateway.Record) { r.RequestID, r.Home = gateway.RequestID(r.Start), r.Tenant }
		var ids []string
		for i := range 40 { // more than sixteen blocks, so that some are merged
			start := noon.Add(time.Duration(i) * 1234567 * time.Microsecond)
			for range 3 {
				r := call(at(start), named)
				ids = append(ids, r.RequestID)
				u.Spool.Record(r)
			}
			must(t, u.Folder.Flush(ctx))
		}
		abroad := call(at(noon.Add(time.Minute)), named, refusal(403, "subscription_required"), func(r *gateway.Record) {
			r.Home, r.Refusal = id('t', 1), `{"after":3,"scope":"x"}`
		})
		u.Spool.Record(abroad)
		must(t, u.Folder.Flush(ctx))
		other := idText(id('t', 1))
		for _, id := range ids {
			got, err := u.Request(ctx, acme, id)
			if err != nil || got.RequestID != id || got.Home != acme {
				t.Fatalf("%s: %+v, %v", id, got, err)
			}
			if _, err := u.Request(ctx, other, id); !errors.Is(err, ErrNoRequest) {
				t.Fatalf("another tenant finds it: %v", err)
			}
		}
		for _, tenant := range []string{acme, other} {
			got, err := u.Request(ctx, tenant, abroad.RequestID)
			if err != nil || got.Home != other || got.Refusal.After != 3 || got.Refusal.Scope != "x" {
				t.Errorf("a call at another tenant's address: %+v, %v", got, err)
			}
		}
		for _, id := range []string{"", "hello", gateway.RequestID(noon), gateway.RequestID(noon.Add(-100 * 24 * time.Hour)), ids[0][:31], ids[0] + "0"} {
			if _, err := u.Request(ctx, acme, id); !errors.Is(err, ErrNoRequest) {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
}
