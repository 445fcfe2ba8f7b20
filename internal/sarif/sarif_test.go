package sarif_test

import (
	"encoding/json"
	"slices"
	"testing"

	"gatehouse/internal/sarif"
	"gatehouse/internal/spec"
)

// What readers of the format rely on (SARIF 2.1.0 §3.13, §3.14, §3.27): the version, one
// run with its tool, and results whose rule is that of their index, whose level is one
// of the four, and whose lines and columns count from 1.
func TestWhatTheFormatDemands(t *testing.T) {
	raw, err := sarif.Of([]spec.Problem{
		{Severity: spec.Fault, Kind: "References", Line: 3, Column: 5, Pointer: "/paths/~1a", Message: "Nothing is there.", Repair: "Write /b."},
		{Severity: spec.Grave, Kind: "Access", Line: 4, Message: "Open to all."},
		{Severity: spec.Warning, Kind: "References", File: "schemas/a b.yaml", Message: "Odd."},
	}, func(p spec.Problem) string { return "api/" + p.File })
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn int }
					}
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("%s", raw)
	}
	run := log.Runs[0]
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || !slices.Contains([]string{"none", "note", "warning", "error"}, r.Level) || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Errorf("result %d: %+v", i, r)
		}
		if at := r.Locations[0].PhysicalLocation.Region; at != nil && at.StartLine < 1 {
			t.Errorf("result %d begins in line %d", i, at.StartLine)
		}
	}
	first, last := run.Results[0], run.Results[2]
	if at := first.Locations[0]; at.PhysicalLocation.Region.StartLine != 3 || at.PhysicalLocation.Region.StartColumn != 5 || at.LogicalLocations[0].FullyQualifiedName != "/paths/~1a" || first.Message.Text != "Nothing is there. Write /b." {
		t.Errorf("%+v", first)
	}
	if at := last.Locations[0]; last.Level != "warning" || at.PhysicalLocation.Region != nil || at.PhysicalLocation.ArtifactLocation.URI != "api/schemas/a%20b.yaml" || len(run.Tool.Driver.Rules) != 2 {
		t.Errorf("%+v", last)
	}
	if raw, err = sarif.Of(nil, nil); err != nil || json.Unmarshal(raw, &log) != nil || log.Runs[0].Results == nil {
		t.Errorf("no problems: %s %v", raw, err)
	}
}
