package usage

import (
	"context"
	"reflect"
	"testing"
	"time"

	"gatehouse/internal/clock"
	"gatehouse/internal/gateway"
)

// What a token called is told by operation, with the days on which it did; refused
// calls are none, and what is older than 90 days is forgotten.
func TestWhatATokenCalled(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dsn string) {
		ctx, clk := context.Background(), clock.NewManual(noon)
		u := open(t, dsn, t.TempDir(), clk)
		day := func(n int) time.Time { return noon.AddDate(0, 0, -n) }
		operation := func(name string) func(*gateway.Record) { return func(r *gateway.Record) { r.Operation = name } }
		for _, r := range []*gateway.Record{
			call(operation("daily"), at(day(2))), call(operation("daily"), at(day(1))), call(operation("daily"), at(day(0))), call(operation("daily"), at(day(0))),
			call(operation("monthly"), at(day(60))), call(operation("monthly"), at(day(30))),
			call(operation("first day"), at(day(89))), call(operation("long ago"), at(day(90))),
			call(operation("refused"), at(day(0)), refusal(403, "insufficient_scope")),
			call(operation("of another"), at(day(0)), token(1)),
		} {
			u.Spool.Record(r)
		}
		must(t, u.Folder.Flush(ctx))
		got, err := u.OperationsUsed(ctx, acme, key0)
		must(t, err)
		midnight := func(n int) time.Time { return day(n).Truncate(24 * time.Hour) }
		want := []OperationUse{{"daily", 4, 3, midnight(2), midnight(0)}, {"first day", 1, 1, midnight(89), midnight(89)}, {"monthly", 2, 2, midnight(60), midnight(30)}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		called, err := u.Called(ctx, acme, []string{key0, idText(id('k', 1)), idText(id('k', 9))})
		must(t, err)
		if len(called) != 2 || len(called[key0]) != 4 || !reflect.DeepEqual(called[idText(id('k', 1))], []string{"of another"}) {
			t.Errorf("called: %v", called)
		}
		if others, err := u.OperationsUsed(ctx, idText(id('t', 1)), key0); err != nil || len(others) != 0 {
			t.Errorf("another tenant sees %v (%v)", others, err)
		}
		n, err := u.DaysCounted(ctx, day(200))
		must(t, err)
		if n < 1 || n > 91 {
			t.Errorf("counted on %d days", n)
		}
	})
}
