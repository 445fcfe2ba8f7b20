package models

import "testing"

func TestAdviseVersion(t *testing.T) {
	breaking, added, deprecated, changed, none := Tally{Removed: 1, Breaking: 1}, Tally{Added: 2}, Tally{Deprecated: 1}, Tally{Changed: 3}, Tally{}
	for name, tt := range map[string]struct {
		before, after string
		changes       Tally
		fits          string
		semantic      bool
	}{
		"breaking in a patch":            {"1.4.0", "1.4.1", breaking, "2.0.0", true},
		"breaking in a minor version":    {"1.4.0", "1.5.0", breaking, "2.0.0", true},
		"breaking in a major version":    {"1.4.0", "2.0.0", breaking, "", true},
		"breaking in a beta":             {"0.4.0", "0.5.0", breaking, "", true},
		"breaking in a beta's patch":     {"0.4.0", "0.4.1", breaking, "0.5.0", true},
		"added in a patch":               {"1.4.0", "1.4.1", added, "1.5.0", true},
		"added in a minor version":       {"1.4.0", "1.5.0", added, "", true},
		"deprecated in a patch":          {"1.4.0", "1.4.1", deprecated, "1.5.0", true},
		"changed and the number not":     {"1.4.0", "1.4.0", changed, "1.4.1", true},
		"the number shorter":             {"1.4", "1.4.0", added, "1.5.0", true},
		"with a letter":                  {"v1", "v1.0.1", added, "v1.1.0", true},
		"nothing changed":                {"1.4.0", "1.4.0", none, "", true},
		"nothing changed, lower":         {"1.4.0", "1.3.0", none, "1.4.1", true},
		"lower":                          {"1.4.0", "1.3.0", added, "1.5.0", true},
		"the release of what was before": {"2.0.0-rc.1", "2.0.0", breaking, "", true},
		"a version before the release":   {"1.4.0", "2.0.0-rc.1", breaking, "", true},
		"a date":                         {"2024-01-01", "2024-02-01", breaking, "", false},
		"nothing":                        {"", "1.0.0", breaking, "", false},
		"a word":                         {"1.0.0", "latest", breaking, "", false},
		"too large a number":             {"1.0.0", "99999999999999999999.0.0", breaking, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := AdviseVersion(tt.before, tt.after, tt.changes)
			if a.Fits != tt.fits || a.Semantic != tt.semantic || (a.Text == "") != (tt.fits == "" && tt.semantic) {
				t.Errorf("got %+v, want %q", a, tt.fits)
			}
			t.Log(a.Text)
		})
	}
}

func FuzzAdviseVersion(f *testing.F) {
	f.Add("1.2.3", "v1.2.4-rc.1+b")
	f.Add("", "V1")
	f.Fuzz(func(t *testing.T, before, after string) { AdviseVersion(before, after, Tally{Breaking: 1, Added: 1}) })
}
