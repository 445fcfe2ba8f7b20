package api

import (
	"encoding/json"
	"testing"
)

// Whatever arrives: an error or a value that is valid JSON with known fields, never a panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"slug":"a","name":"b"}`, `{"rates":[{"calls":1,"seconds":2}]}`, `{"a":1,"a":2}`, `[[[`, `{"name":null}`, "\xef\xbb\xbf{}", `{"a":{"b":[1,{"c":1e999}]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in newPlanJSON
		if parse(raw, &in) == nil && !json.Valid(raw) {
			t.Errorf("%q was read", raw)
		}
	})
}
