// Package sarif writes what is wrong with a document in the Static Analysis Results
// Interchange Format 2.1.0 (OASIS), which code hosts and editors show at its lines.
package sarif

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"

	"gatehouse/internal/spec"
)

// Media is its media type.
const Media = "application/sarif+json"

type log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool       tool     `json:"tool"`
	ColumnKind string   `json:"columnKind"`
	Results    []result `json:"results"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text text   `json:"shortDescription"`
}

type text struct {
	Text string `json:"text"`
}

type result struct {
	RuleID     string            `json:"ruleId"`
	RuleIndex  int               `json:"ruleIndex"`
	Level      string            `json:"level"`
	Message    text              `json:"message"`
	Locations  []location        `json:"locations"`
	Properties map[string]string `json:"properties"`
}

type location struct {
	Physical physical  `json:"physicalLocation"`
	Logical  []logical `json:"logicalLocations,omitempty"`
}

type physical struct {
	Artifact artifact `json:"artifactLocation"`
	Region   *region  `json:"region,omitempty"`
}

type artifact struct {
	URI string `json:"uri"`
}

type region struct {
	Line   int `json:"startLine"`
	Column int `json:"startColumn,omitempty"`
}

type logical struct {
	Name string `json:"fullyQualifiedName"`
}

// Of writes the problems of a document. place says in which file one is, by its path.
func Of(problems []spec.Problem, place func(spec.Problem) string) ([]byte, error) {
	r := run{Tool: tool{driver{Name: "Gatehouse", Rules: []rule{}}}, ColumnKind: "unicodeCodePoints", Results: []result{}}
	index := map[string]int{}
	for _, p := range problems {
		id := ruleID(p.Kind)
		at, known := index[id]
		if !known {
			at = len(r.Tool.Driver.Rules)
			index[id] = at
			r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{id, p.Kind, text{p.Kind}})
		}
		one := result{RuleID: id, RuleIndex: at, Level: "error", Message: text{strings.TrimSpace(p.Message + " " + p.Repair)}, Properties: map[string]string{"grade": string(p.Severity)}}
		if p.Severity == spec.Warning {
			one.Level = "warning"
		}
		l := location{Physical: physical{Artifact: artifact{uri(place(p))}}}
		if p.Line > 0 {
			l.Physical.Region = &region{p.Line, p.Column}
		}
		if p.Pointer != "" {
			l.Logical = []logical{{p.Pointer}}
		}
		one.Locations = []location{l}
		r.Results = append(r.Results, one)
	}
	return json.MarshalIndent(log{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []run{r}}, "", "  ")
}

// ruleID is what a problem is about, as a name: "Types and formats" is types-and-formats.
func ruleID(kind string) string {
	if kind == "" {
		return "document"
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(kind), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}

// uri is a path as a reference, relative where the path is.
func uri(path string) string { return (&url.URL{Path: filepath.ToSlash(path)}).String() }
