package audit

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Exit codes of "gatehouse audit verify", the worst of its chains.
const (
	ExitIntact       = 0 // every link holds and every checkpoint agrees
	ExitBroken       = 1 // an event is not the one that was written
	ExitContradicted = 2 // every event is genuine, but a checkpoint saw another or a longer chain
	ExitUnknown      = 3 // nothing is known: the chains could not be read
)

// Check is what a chain is verified against.
type Check struct {
	ChainID string
	Name    string // what people call the chain's owner; may be empty
	Keys    []Key  // every audit key the chain was ever made with

	// Head is the newest event by the word of the database's own head row; nil for an export.
	Head *Head

	// Checkpoints are the verified checkpoints at hand, of any chain, in any order.
	// Without them the removal of the newest events cannot be seen.
	Checkpoints []Checkpoint
}

// Finding is the first thing wrong with a chain.
type Finding struct {
	Seq    uint64
	Reason string
}

// Report is what Verify found.
type Report struct {
	ChainID      string
	Name         string   // as in Check
	Head         Head     // the last event whose link holds
	Confirmed    int      // checkpoints that agree
	Imported     uint64   // events that were made elsewhere and are those that were imported
	Broken       *Finding // the first event that is not as it was written
	Contradicted *Finding // the first checkpoint that saw something else
}

// Exit is the exit code for this chain.
func (r Report) Exit() int {
	switch {
	case r.Broken != nil:
		return ExitBroken
	case r.Contradicted != nil:
		return ExitContradicted
	}
	return ExitIntact
}

// String is the report in one line for the operator.
func (r Report) String() string {
	switch {
	case r.Broken != nil:
		return fmt.Sprintf("chain %s is BROKEN at event %d: %s", r.chain(), r.Broken.Seq, r.Broken.Reason)
	case r.Contradicted != nil:
		return fmt.Sprintf("chain %s CONTRADICTS its checkpoint at event %d: %s", r.chain(), r.Contradicted.Seq, r.Contradicted.Reason)
	}
	if r.Imported > 0 {
		return fmt.Sprintf("chain %s is intact: %d events, the first %d of them imported, %d checkpoints agree", r.chain(), r.Head.Seq, r.Imported, r.Confirmed)
	}
	return fmt.Sprintf("chain %s is intact: %d events, %d checkpoints agree", r.chain(), r.Head.Seq, r.Confirmed)
}

func (r Report) chain() string {
	if r.Name == "" {
		return r.ChainID
	}
	return r.Name + " (" + r.ChainID + ")"
}

// Verify walks a whole chain in order, from its first event, holding one at a time.
// It stops at the first event whose link does not hold. An error means that the
// events could not be read, and says nothing about the chain.
func Verify(c Check, events iter.Seq2[Event, error]) (Report, error) {
	v := newVerifier(c)
	for e, err := range events {
		if bad, ok := errors.AsType[*LineError](err); ok {
			v.broken(v.report.Head.Seq+1, bad.Error())
			return v.report, nil
		}
		if err != nil {
			return v.report, fmt.Errorf("audit: chain %s after event %d: %w", c.ChainID, v.report.Head.Seq, err)
		}
		if !v.next(e) {
			return v.report, nil
		}
	}
	v.end()
	return v.report, nil
}

type verifier struct {
	report Report
	keys   map[string]Key
	head   *Head
	marks  []Checkpoint // of this chain, by Seq; those ahead of the walk

	elsewhere Prefix // what was made elsewhere, at the beginning
	unknown   string // the key of its first event
}

// open reports whether all events so far were made elsewhere and none vouches for them.
func (v *verifier) open() bool {
	return v.elsewhere.events > 0 && v.elsewhere.events == v.report.Head.Seq
}

func keyMissing(id string) string {
	return fmt.Sprintf("it was made with the key %q, which is not at hand", id)
}

func newVerifier(c Check) *verifier {
	v := &verifier{
		report: Report{ChainID: c.ChainID, Name: c.Name, Head: Genesis(c.ChainID)},
		keys:   map[string]Key{},
		head:   c.Head,
	}
	for _, k := range c.Keys {
		if k.text != nil {
			v.keys[k.id] = k
		}
	}
	for _, m := range c.Checkpoints {
		if m.ChainID == c.ChainID {
			v.marks = append(v.marks, m)
		}
	}
	slices.SortStableFunc(v.marks, func(a, b Checkpoint) int { return cmp.Compare(a.Seq, b.Seq) })
	v.witness()
	return v
}

// next checks one event and says whether to go on.
func (v *verifier) next(e Event) bool {
	want := v.report.Head.Seq + 1
	key, known := v.keys[e.KeyID]
	switch {
	case e.Seq > want:
		return v.broken(want, fmt.Sprintf("it is missing; event %d follows", e.Seq))
	case e.Seq < want:
		return v.broken(e.Seq, "it is there twice")
	case e.ChainID != v.report.ChainID:
		return v.broken(want, fmt.Sprintf("it belongs to chain %q", e.ChainID))
	case !bytes.Equal(e.Prev, v.report.Head.Hash):
		return v.broken(want, "it does not follow the event before it")
	case !known && v.elsewhere.events == v.report.Head.Seq:
		if v.elsewhere.Add(e); want == 1 {
			v.unknown = e.KeyID
		}
	case !known:
		return v.broken(want, keyMissing(e.KeyID))
	case !hmac.Equal(e.Hash, e.mac(key)):
		return v.broken(want, "its content is not what was written")
	case v.open():
		if reason := v.elsewhere.closedBy(e); reason != "" {
			return v.broken(want, reason)
		}
		v.report.Imported = v.report.Head.Seq
	}
	v.report.Head = e.Head()
	v.witness()
	return true
}

// witness compares the checkpoints for the event that was just reached.
func (v *verifier) witness() {
	for len(v.marks) > 0 && v.marks[0].Seq == v.report.Head.Seq {
		m := v.marks[0]
		v.marks = v.marks[1:]
		if m.Count != m.Seq || !bytes.Equal(m.Head, v.report.Head.Hash) {
			v.contradicted(m.Seq, "another event stood here at "+m.At.Format(timeForm)+"; events were removed and others written in their place")
			continue
		}
		v.report.Confirmed++
	}
}

// end looks at what should have followed.
func (v *verifier) end() {
	if v.open() {
		v.broken(1, keyMissing(v.unknown))
		return
	}
	last := v.report.Head.Seq
	if len(v.marks) > 0 {
		m := v.marks[len(v.marks)-1]
		v.contradicted(m.Seq, fmt.Sprintf("the chain had %d events at %s and has %d now; the newest were removed", m.Count, m.At.Format(timeForm), last))
	}
	switch {
	case v.head == nil:
	case v.head.Seq > last:
		v.broken(last+1, fmt.Sprintf("it is missing; the head says that there are %d events", v.head.Seq))
	case v.head.Seq < last || !bytes.Equal(v.head.Hash, v.report.Head.Hash):
		v.broken(last, fmt.Sprintf("it is not the one that the head names as the newest (event %d)", v.head.Seq))
	}
}

func (v *verifier) broken(seq uint64, reason string) bool {
	v.report.Broken = &Finding{seq, reason}
	return false
}

func (v *verifier) contradicted(seq uint64, reason string) {
	if v.report.Contradicted == nil {
		v.report.Contradicted = &Finding{seq, reason}
	}
}
