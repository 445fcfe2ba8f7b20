package audit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit"
)

// moved is a chain of n events of another installation, which was imported here.
func moved(t *testing.T, n int) (events []audit.Event, here audit.Key) {
	t.Helper()
	here = key(t, "k-here", 2)
	events = chain(t, key(t, "k1", 1), "acme", n)
	return append(events, closing(t, here, events), closing(t, here, nil)), here
}

// closing is an event of ours behind events; it vouches for them where there are any.
func closing(t *testing.T, k audit.Key, events []audit.Event) audit.Event {
	t.Helper()
	var p audit.Prefix
	head := audit.Genesis("acme")
	for _, e := range events {
		p.Add(e)
		head = e.Head()
	}
	details, err := json.Marshal(p.Imported())
	if err != nil {
		t.Fatal(err)
	}
	return relink(t, k, head, audit.Event{At: start, Action: audit.ImportAction, Details: details})
}

// R122: what came with an archive is as tamper-evident here as what was made here,
// though the keys it was made with stayed where it came from.
func TestAnImportedPartOfAChainIsVouchedFor(t *testing.T) {
	events, here := moved(t, 6)
	events[7] = relink(t, here, events[6].Head(), audit.Event{At: start, Action: "tenant.resume"})
	check := func(change func([]audit.Event) []audit.Event) audit.Report {
		es := change(slices.Clone(events))
		head := es[len(es)-1].Head()
		return verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{here}, Head: &head}, es)
	}
	if r := check(func(es []audit.Event) []audit.Event { return es }); r.Exit() != audit.ExitIntact || r.Imported != 6 {
		t.Fatalf("untouched: %s", r)
	}
	for _, tt := range []struct {
		name, reason string
		change       func([]audit.Event) []audit.Event
	}{
		{"an imported event is edited", "not those that were imported", func(es []audit.Event) []audit.Event { es[2].ActorName = "x"; return es }},
		{"its time is changed", "not those that were imported", func(es []audit.Event) []audit.Event { es[2].At = start; return es }},
		{"its details are changed", "not those that were imported", func(es []audit.Event) []audit.Event { es[2].Details = []byte(`{}`); return es }},
		{"one is taken out", "missing", func(es []audit.Event) []audit.Event { return slices.Delete(es, 2, 3) }},
		{"all are stamped anew with a key of the forger's", "not those that were imported", func(es []audit.Event) []audit.Event {
			forged := key(t, "k1", 9)
			for i := range 6 {
				head := audit.Genesis("acme")
				if i > 0 {
					head = es[i-1].Head()
				}
				es[i] = relink(t, forged, head, es[i])
			}
			return es
		}},
		{"the event that vouches is edited", "content", func(es []audit.Event) []audit.Event { es[6].Details = []byte(`{}`); return es }},
		{"the event that vouches is taken out", "missing", func(es []audit.Event) []audit.Event { return slices.Delete(es, 6, 7) }},
		{"nothing of ours follows", "not at hand", func(es []audit.Event) []audit.Event { return es[:6] }},
		{"an event of ours follows that does not vouch", "does not say", func(es []audit.Event) []audit.Event {
			return append(es[:6], relink(t, here, es[5].Head(), audit.Event{At: start, Action: "tenant.resume"}))
		}},
		{"events of another key stand behind those of ours", "not at hand", func(es []audit.Event) []audit.Event {
			return append(es, link(t, key(t, "k1", 1), es[7].Head(), 9))
		}},
	} {
		r := check(tt.change)
		if r.Exit() != audit.ExitBroken || !strings.Contains(r.Broken.Reason, tt.reason) && !strings.Contains(r.Broken.Reason, "does not follow") {
			t.Errorf("%s: exit %d, %s", tt.name, r.Exit(), r)
		}
	}
}
