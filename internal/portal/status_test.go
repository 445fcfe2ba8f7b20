package portal

import (
	"testing"
	"time"

	"gatehouse/internal/usage"
)

func TestHealthNow(t *testing.T) {
	for name, tt := range map[string]struct {
		calls, refused, failed uint64
		want                   Health
	}{
		"nobody called":                    {0, 0, 0, HealthQuiet},
		"only refused ones":                {9, 9, 0, HealthQuiet},
		"all is well":                      {100, 50, 0, HealthUp},
		"below the threshold":              {1000, 0, 19, HealthUp},
		"at the threshold":                 {1000, 0, 20, HealthDegraded},
		"one mishap of one call":           {1, 0, 1, HealthUp},
		"both of two":                      {2, 0, 2, HealthDegraded},
		"all of three":                     {3, 0, 3, HealthDown},
		"one of twenty":                    {20, 0, 1, HealthUp},
		"half of many":                     {100, 0, 50, HealthDown},
		"half of those that were not idle": {200, 100, 50, HealthDown},
	} {
		if got := healthNow(usage.Counts{Calls: tt.calls, Refused: tt.refused, Failed: tt.failed}); got != tt.want {
			t.Errorf("%s: %s, not %s", name, got, tt.want)
		}
	}
}

func TestStandingOfDays(t *testing.T) {
	parts := make([]float64, 90)
	for i := range parts {
		parts[i] = -1
	}
	parts[0], parts[88], parts[89] = .4, .97, 1
	s := standingOf(usage.Counts{}, usage.Uptime{Share: .79, Known: true, Parts: parts}, time.Date(2026, 11, 26, 23, 59, 0, 0, time.UTC))
	if d := s.Days; d[0].Health != HealthDown || d[1].Health != HealthQuiet || d[88].Health != HealthDegraded || d[89].Health != HealthUp ||
		d[89].Start.Day() != 26 || d[88].Start.Day() != 25 {
		t.Errorf("%+v", d)
	}
	if share, known := s.Lately(CardDays); !known || share != (1+.97)/2 {
		t.Error(share, known)
	}
	if _, known := (Standing{Days: s.Days[1:80]}).Lately(CardDays); known {
		t.Error("something is known of days without calls")
	}
}
