package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/jobs"
	"gatehouse/internal/keys"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/models"
)

// about is a job that is about a tenant.
type about struct {
	Tenant string `json:"tenant"`
}

func (about) Kind() string { return "about" }

// A list of jobs is narrowed by kind, state and text, and goes on where its page ended,
// whatever is added meanwhile; what went wrong is shown without a token (R126).
func TestJobsAreFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		secret := keys.Mint(keys.Access, "aa").Reveal()
		s, j := open(t, o, func(r *jobs.Registry) {
			jobs.Define(r, func(_ context.Context, n note) error {
				if n.N%2 == 1 {
					return fmt.Errorf("the 100%% server said no to %s", secret)
				}
				return nil
			}, jobs.Settings{})
			jobs.Define(r, func(context.Context, about) error { return jobs.Hopeless(errors.New("Gone for good")) }, jobs.Settings{})
		})
		enqueue(t, s, note{1}, note{2}, note{3}, about{"tenant-7"})
		drain(t, j)
		find := func(f models.JobFilter) (ids []int64) {
			t.Helper()
			if f.Limit == 0 {
				f.Limit = 10
			}
			all, err := j.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range all {
				ids = append(ids, one.ID)
			}
			return ids
		}
		all := find(models.JobFilter{Shows: models.JobsAll})
		if len(all) != 4 || !slices.IsSortedFunc(all, func(a, b int64) int { return int(b - a) }) {
			t.Fatalf("all: %v", all)
		}
		gone, third, second, first := all[0], all[1], all[2], all[3]
		for name, tt := range map[string]struct {
			filter models.JobFilter
			want   []int64
		}{
			"failing":              {models.JobFilter{}, []int64{gone, third, first}},
			"of no such choice":    {models.JobFilter{Shows: "x"}, []int64{gone, third, first}},
			"done":                 {models.JobFilter{Shows: models.JobsDone}, []int64{second}},
			"given up":             {models.JobFilter{Shows: models.JobsGivenUp}, []int64{gone}},
			"running":              {models.JobFilter{Shows: models.JobsRunning}, nil},
			"of a kind":            {models.JobFilter{Kind: "note"}, []int64{third, first}},
			"by its number":        {models.JobFilter{Shows: models.JobsAll, Text: fmt.Sprint(second)}, []int64{second}},
			"by its reason":        {models.JobFilter{Text: "gone FOR"}, []int64{gone}},
			"by its kind":          {models.JobFilter{Text: "bou"}, []int64{gone}},
			"a wildcard is a text": {models.JobFilter{Text: "100% server"}, []int64{third, first}},
			"nothing like that":    {models.JobFilter{Text: "%x"}, nil},
			"the first page":       {models.JobFilter{Limit: 2}, []int64{gone, third}},
			"the next page":        {models.JobFilter{Limit: 2, Before: third}, []int64{first}},
		} {
			if got := find(tt.filter); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", name, got, tt.want)
			}
		}
		d, err := j.Find(t.Context(), gone)
		if err != nil || d.TenantID != "tenant-7" || len(d.Errors) != 1 || d.Errors[0].Attempt != 1 || d.CreatedAt.IsZero() || d.At.Before(d.CreatedAt) {
			t.Errorf("one job: %+v %v", d, err)
		}
		d, err = j.Find(t.Context(), first)
		if err != nil || d.LastError != "the 100% server said no to gth_…" || d.Errors[0].Text != d.LastError {
			t.Errorf("a token in its reason: %+v %v", d, err)
		}
		if _, err := j.Find(t.Context(), 999999); !fault.Is(err, fault.NotFound) {
			t.Errorf("one that is not there: %v", err)
		}
	})
}
