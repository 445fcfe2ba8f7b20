package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))

func key(t testing.TB, id string, fill byte) audit.Key {
	t.Helper()
	k, err := audit.NewKey(id, bytes.Repeat([]byte{fill}, audit.KeyLen))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// chain makes n linked events.
func chain(t testing.TB, k audit.Key, id string, n int) []audit.Event {
	t.Helper()
	var out []audit.Event
	head := audit.Genesis(id)
	for i := range n {
		out = append(out, link(t, k, head, i))
		head = out[i].Head()
	}
	return out
}

func link(t testing.TB, k audit.Key, head audit.Head, i int) audit.Event {
	t.Helper()
	e, err := audit.Link(k, head, audit.Event{
		At: start.Add(time.Duration(i) * time.Second), Actor: "u1", ActorName: "Partner", Action: "token.create",
		ObjectKind: "token", ObjectID: fmt.Sprint("t", i), Details: []byte(fmt.Sprintf(`{"name": "ci", "no": %d}`, i)),
		AfterDigest: []byte{1, 2, byte(i)}, RequestID: "r1", ClientIP: "192.0.2.1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func all(events []audit.Event) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func verify(t *testing.T, c audit.Check, events []audit.Event) audit.Report {
	t.Helper()
	r, err := audit.Verify(c, all(events))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// R122: the eight things that somebody with the database but without the key can do.
func TestEachWayOfTamperingNamesTheFirstBadEvent(t *testing.T) {
	k := key(t, "k1", 1)
	for _, tt := range []struct {
		name   string
		tamper func([]audit.Event) []audit.Event
		seq    uint64
		reason string
	}{
		{"an event is edited", func(es []audit.Event) []audit.Event { es[4].Actor = "u2"; return es }, 5, "content"},
		{"an event in the middle is deleted", func(es []audit.Event) []audit.Event { return slices.Delete(es, 4, 5) }, 5, "missing"},
		{"two events change places", func(es []audit.Event) []audit.Event {
			es[3], es[6] = es[6], es[3]
			es[3].Seq, es[6].Seq = 4, 7
			return es
		}, 4, "does not follow"},
		{"an event is inserted", func(es []audit.Event) []audit.Event { return slices.Insert(es, 4, es[3]) }, 4, "twice"},
		{"an event is edited and hashed again without the key", func(es []audit.Event) []audit.Event {
			es[4].Actor = "u2"
			forged := key(t, "k1", 9)
			for i := 4; i < len(es); i++ {
				es[i] = relink(t, forged, es[i-1].Head(), es[i])
			}
			return es
		}, 5, "content"},
		{"an event is given to another tenant", func(es []audit.Event) []audit.Event { es[4].ChainID = "rival"; return es }, 5, `chain "rival"`},
		{"the time of an event is changed", func(es []audit.Event) []audit.Event { es[4].At = es[4].At.Add(time.Microsecond); return es }, 5, "content"},
		{"the newest events are deleted", func(es []audit.Event) []audit.Event { return es[:7] }, 8, "missing"},
		{"the first events are deleted", func(es []audit.Event) []audit.Event { return es[2:] }, 1, "missing"},
		{"the details are changed", func(es []audit.Event) []audit.Event { es[4].Details = []byte(`{"name":"x"}`); return es }, 5, "content"},
		{"the key is named otherwise", func(es []audit.Event) []audit.Event { es[4].KeyID = "k9"; return es }, 5, "k9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events := chain(t, k, "acme", 10)
			head := events[9].Head()
			r := verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{k}, Head: &head}, tt.tamper(events))
			if r.Exit() != audit.ExitBroken || r.Broken.Seq != tt.seq || !strings.Contains(r.Broken.Reason, tt.reason) {
				t.Errorf("got exit %d, %s", r.Exit(), r)
			}
		})
	}
}

func relink(t *testing.T, k audit.Key, head audit.Head, e audit.Event) audit.Event {
	t.Helper()
	out, err := audit.Link(k, head, e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnUntouchedChainIsIntact(t *testing.T) {
	old, current := key(t, "k1", 1), key(t, "k2", 2)
	events := chain(t, old, "acme", 3)
	for i := 3; i < 6; i++ {
		events = append(events, link(t, current, events[i-1].Head(), i))
	}
	head := events[5].Head()
	r := verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{old, current}, Head: &head}, events)
	if r.Exit() != audit.ExitIntact || r.Head.Seq != 6 {
		t.Errorf("got %s", r)
	}
	if r := verify(t, audit.Check{ChainID: "acme"}, nil); r.Exit() != audit.ExitIntact {
		t.Errorf("an empty chain: %s", r)
	}
}

func TestAHeadThatWasMovedBackIsNotBelieved(t *testing.T) {
	k := key(t, "k1", 1)
	events := chain(t, k, "acme", 5)
	head := events[3].Head()
	if r := verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{k}, Head: &head}, events); r.Exit() != audit.ExitBroken {
		t.Errorf("got %s", r)
	}
}

func TestAnEventThatCannotBeReadIsAnErrorAndNoVerdict(t *testing.T) {
	broken := errors.New("disk gone")
	_, err := audit.Verify(audit.Check{ChainID: "acme"}, func(yield func(audit.Event, error) bool) {
		yield(audit.Event{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestACheckpointFileIsAppendedToAndBelievedOnlyWhenSigned(t *testing.T) {
	signer, stranger := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	public := signer.Public().(ed25519.PublicKey)
	path := filepath.Join(t.TempDir(), "checkpoints.jsonl")
	events := chain(t, key(t, "k1", 1), "acme", 3)
	for i, e := range events {
		if i == 2 { // a crash in the middle of a line, longer than one block
			tear(t, path, strings.Repeat("x", 9000))
		}
		if err := audit.AppendCheckpoint(path, audit.Sign(signer, e.Head(), start)); err != nil {
			t.Fatal(err)
		}
	}
	tear(t, path, `{"chain":"ac`)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	marks, err := audit.ReadCheckpoints(bytes.NewReader(text), public)
	if err != nil || len(marks) != 3 || marks[2].Seq != 3 {
		t.Fatalf("got %d checkpoints, %v", len(marks), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}

	for name, bad := range map[string][]byte{
		"a number is changed":            bytes.Replace(text, []byte(`"seq":2`), []byte(`"seq":1`), 1),
		"a field is there twice":         bytes.Replace(text, []byte(`"seq":2`), []byte(`"seq":9,"seq":2`), 1),
		"a line is no checkpoint at all": bytes.Replace(text, []byte(`{"chain"`), []byte(`{`), 1),
		"another key signed":             audit.Sign(stranger, events[0].Head(), start).Line(),
		"the time is no time":            bytes.Replace(text, []byte(`"at":"2026`), []byte(`"at":"next`), 1),
	} {
		var at *audit.LineError
		good, err := audit.ReadCheckpoints(bytes.NewReader(bad), public)
		if !errors.As(err, &at) || len(good) != max(bytes.Count(bad, []byte("\n"))-1, 0) {
			t.Errorf("%s: got %d checkpoints, %v", name, len(good), err)
		}
	}
}

func TestEveryFieldOfAnEventCounts(t *testing.T) {
	k := key(t, "k1", 1)
	for name, change := range map[string]func(*audit.Event){
		"actor":       func(e *audit.Event) { e.Actor += "x" },
		"actor name":  func(e *audit.Event) { e.ActorName += "x" },
		"acting as":   func(e *audit.Event) { e.ActingAs += "x" },
		"action":      func(e *audit.Event) { e.Action += "x" },
		"object kind": func(e *audit.Event) { e.ObjectKind += "x" },
		"object id":   func(e *audit.Event) { e.ObjectID += "x" },
		"before":      func(e *audit.Event) { e.BeforeDigest = []byte{1} },
		"after":       func(e *audit.Event) { e.AfterDigest = nil },
		"request id":  func(e *audit.Event) { e.RequestID += "x" },
		"client ip":   func(e *audit.Event) { e.ClientIP += "x" },
		"hash":        func(e *audit.Event) { e.Hash = nil },
		"previous":    func(e *audit.Event) { e.Prev = nil },
	} {
		events := chain(t, k, "acme", 3)
		change(&events[1])
		if r := verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{k}}, events); r.Exit() != audit.ExitBroken || r.Broken.Seq != 2 {
			t.Errorf("%s: %s", name, r)
		}
	}
}

// R111: moving a letter from one field to its neighbour changes the hash.
func TestNoTwoEventsHaveTheSameInput(t *testing.T) {
	k := key(t, "k1", 1)
	seen := map[string]string{}
	for name, e := range map[string]audit.Event{
		"ab c":  {Action: "a", Actor: "ab", ActorName: "c"},
		"a bc":  {Action: "a", Actor: "a", ActorName: "bc"},
		"abc -": {Action: "a", Actor: "abc"},
		"- abc": {Action: "a", ActorName: "abc"},
		"kind":  {Action: "a", ObjectKind: "ab", ObjectID: "c"},
		"id":    {Action: "a", ObjectKind: "a", ObjectID: "bc"},
		"pre":   {Action: "a", BeforeDigest: []byte("ab"), AfterDigest: []byte("c")},
		"post":  {Action: "a", BeforeDigest: []byte("a"), AfterDigest: []byte("bc")},
	} {
		got, err := audit.Link(k, audit.Genesis("acme"), e)
		if err != nil {
			t.Fatal(err)
		}
		if twin, ok := seen[string(got.Hash)]; ok {
			t.Errorf("%q and %q have the same hash", name, twin)
		}
		seen[string(got.Hash)] = name
	}
	if bytes.Equal(audit.Genesis("a").Hash, audit.Genesis("b").Hash) {
		t.Error("two chains begin alike")
	}
}

func TestLinkRefusesWhatCouldNotBeStoredAndGivenBackUnchanged(t *testing.T) {
	k := key(t, "k1", 1)
	for name, e := range map[string]audit.Event{
		"no action":               {},
		"details that are a list": {Action: "a", Details: []byte(`[1]`)},
		"details that are broken": {Action: "a", Details: []byte(`{"a":`)},
		"two details":             {Action: "a", Details: []byte(`{} {}`)},
		"details without end":     {Action: "a", Details: []byte(`{"a":"` + strings.Repeat("x", audit.DetailsMaxLen) + `"}`)},
	} {
		if _, err := audit.Link(k, audit.Genesis("acme"), e); err == nil {
			t.Errorf("%s was linked", name)
		}
	}
	if _, err := audit.Link(k, audit.Head{}, audit.Event{Action: "a"}); err == nil {
		t.Error("an event was linked to nothing")
	}
	if _, err := audit.Link(audit.Key{}, audit.Genesis("acme"), audit.Event{Action: "a"}); err == nil {
		t.Error("an event was linked without a key")
	}
}

// R127, and both databases: what Link returns survives UTF-8 columns and microseconds.
func TestLinkTidiesWhatItHashes(t *testing.T) {
	e, err := audit.Link(key(t, "k1", 1), audit.Genesis("acme"), audit.Event{
		At: start, Action: "sign_in", ClientIP: "bad\xff\x00", ActorName: strings.Repeat("é", 1000),
		Details: []byte("{\"b\": 12345678901234567890,\n \"a\": \"<\u2028>\"}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.At.Format(time.RFC3339Nano); got != "2026-03-01T08:00:00.123456Z" {
		t.Errorf("time: %s", got)
	}
	if e.ClientIP != "bad\uFFFD\uFFFD" || len(e.ActorName) != audit.TextMaxLen {
		t.Errorf("text: %q, %d bytes", e.ClientIP, len(e.ActorName))
	}
	if want := `{"a":"<\u2028>","b":12345678901234567890}`; string(e.Details) != want {
		t.Errorf("details: %s", e.Details)
	}
}

func TestAKeyThatIsNoneVerifiesNothing(t *testing.T) {
	events := chain(t, key(t, "k1", 1), "acme", 1)
	events[0].KeyID = ""
	if r := verify(t, audit.Check{ChainID: "acme", Keys: []audit.Key{{}}}, events); r.Exit() != audit.ExitBroken {
		t.Errorf("got %s", r)
	}
	for id, text := range map[string][]byte{"": make([]byte, audit.KeyLen), "k": make([]byte, 31)} {
		if _, err := audit.NewKey(id, text); err == nil {
			t.Errorf("%q with %d bytes is a key", id, len(text))
		}
	}
}

func TestTheKeyDoesNotPrintItself(t *testing.T) {
	k := key(t, "k1", 'K')
	if s := fmt.Sprintf("%v %+v %#v %s %v %#v", k, k, k, k, struct{ k audit.Key }{k}, struct{ k audit.Key }{k}); strings.Contains(s, "KKKK") || strings.Contains(s, "75, 75") || strings.Contains(s, "75 75") || strings.Contains(s, "0x4b") {
		t.Error(s)
	}
}

func TestDigestTellsKindsAndStatesApart(t *testing.T) {
	type plan struct{ Name string }
	a, _ := audit.Digest("plan", plan{"x"})
	same, _ := audit.Digest("plan", map[string]any{"Name": "x"})
	kind, _ := audit.Digest("api", plan{"x"})
	state, _ := audit.Digest("plan", plan{"y"})
	if !bytes.Equal(a, same) || bytes.Equal(a, kind) || bytes.Equal(a, state) {
		t.Error("digests do not follow kind and state")
	}
	if _, err := audit.Digest("x", func() {}); err == nil {
		t.Error("a function has a digest")
	}
}

func BenchmarkVerify(b *testing.B) {
	k := key(b, "k1", 1)
	events := chain(b, k, "acme", 1000)
	for b.Loop() {
		if r, _ := audit.Verify(audit.Check{ChainID: "acme", Keys: []audit.Key{k}}, all(events)); r.Exit() != 0 {
			b.Fatal(r)
		}
	}
}
