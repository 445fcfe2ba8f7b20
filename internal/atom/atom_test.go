package atom

import (
	"encoding/xml"
	"testing"
	"time"
)

// Whatever people wrote, the feed is XML and says it.
func TestAFeedIsXMLWhateverItSays(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	for said, want := range map[string]string{"a <b> & ]]> \"c\" 'd'": "a <b> & ]]> \"c\" 'd'", "x\x00y\x1bz": "x�y�z", "é 注 😀": "é 注 😀"} {
		body, err := Feed{ID: "urn:x:1", Title: said, Author: said, Began: at.Add(-time.Hour), Entries: []Entry{{ID: "urn:x:2", Title: said, At: at, Summary: said}}}.XML()
		if err != nil {
			t.Fatal(err)
		}
		var back feed
		if err := xml.Unmarshal(body, &back); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if back.Title != want || back.Author != want || back.Entries[0].Summary != want || back.Updated != "2026-01-31T11:00:00Z" {
			t.Errorf("%q became %+v", said, back)
		}
	}
}
