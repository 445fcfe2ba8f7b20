package models_test

import (
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
)

// R139: what may be announced of a version's end, and what may not.
func TestTheEndOfAVersion(t *testing.T) {
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(days int) *time.Time { d := now.AddDate(0, 0, days); return &d }
	published := models.Version{ID: "v1", State: models.VersionPublished}
	announced := published
	if err := announced.Deprecate(models.Ending{SunsetAt: at(60)}, now); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from models.Version
		end  models.Ending
		want string // code, or "" and
		is   models.VersionState
	}{
		"now, without a last day":          {published, models.Ending{}, "", models.VersionDeprecated},
		"from a day to come":               {published, models.Ending{DeprecatedAt: at(5)}, "", models.VersionPublished},
		"both on the same moment":          {published, models.Ending{DeprecatedAt: at(5), SunsetAt: at(5)}, "", models.VersionPublished},
		"an end before the deprecation":    {published, models.Ending{DeprecatedAt: at(5), SunsetAt: at(4)}, "invalid_input", ""},
		"an end that is over":              {published, models.Ending{SunsetAt: at(0)}, "invalid_input", ""},
		"an end in a lifetime":             {published, models.Ending{SunsetAt: at(9999)}, "invalid_input", ""},
		"deprecated long ago":              {published, models.Ending{DeprecatedAt: at(-1)}, "invalid_input", ""},
		"itself as the successor":          {published, models.Ending{SuccessorID: new("v1")}, "invalid_input", ""},
		"sooner than announced":            {announced, models.Ending{SunsetAt: at(59)}, "end_sooner", ""},
		"sooner than announced, confirmed": {announced, models.Ending{SunsetAt: at(59), Sooner: true}, "", models.VersionDeprecated},
		"later than announced":             {announced, models.Ending{SunsetAt: at(61)}, "", models.VersionDeprecated},
		"open again":                       {announced, models.Ending{}, "", models.VersionDeprecated},
		"the announced day again":          {announced, models.Ending{DeprecatedAt: announced.DeprecatedAt, SunsetAt: at(60)}, "", models.VersionDeprecated},
		"a draft":                          {models.Version{State: models.VersionDraft}, models.Ending{}, "not_published", ""},
		"what is retired":                  {models.Version{State: models.VersionRetired}, models.Ending{}, "version_retired", ""},
	} {
		v := c.from
		err := v.Deprecate(c.end, now.Add(10*time.Second)) // a form is sent later than it is read
		if fault.Code(err) != c.want && !(err == nil && c.want == "") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err == nil && v.State != c.is {
			t.Errorf("%s: %s", name, v.State)
		}
	}
	for _, c := range []struct {
		after int
		want  models.VersionState
		gone  bool
	}{{59, models.VersionDeprecated, false}, {60, models.VersionRetired, true}, {61, models.VersionRetired, true}} {
		if then := *at(c.after); announced.StateAt(then) != c.want || announced.Gone(then) != c.gone {
			t.Errorf("after %d days: %s", c.after, announced.StateAt(then))
		}
	}
	if announced.Closing(*at(29)) || !announced.Closing(*at(30)) || announced.Hurried(now) || !announced.Hurried(*at(54)) {
		t.Error("nobody subscribes in the last 30 days, and the last week is as good as now")
	}
	retired := announced
	if err := retired.Retire(*at(3)); err != nil || retired.State != models.VersionRetired {
		t.Fatal(err)
	}
	late := retired
	if err := late.Revive(*at(33)); fault.Code(err) != "version_retired" {
		t.Errorf("brought back after 30 days: %v", err)
	}
	if err := retired.Revive(*at(32)); err != nil || retired.State != models.VersionDeprecated || retired.SunsetAt != nil || retired.RetiredAt != nil {
		t.Errorf("brought back: %+v %v", retired, err)
	}
	if err := announced.Undeprecate(); err != nil || announced.DeprecatedAt != nil || announced.State != models.VersionPublished {
		t.Errorf("taken back: %+v %v", announced, err)
	}
}
