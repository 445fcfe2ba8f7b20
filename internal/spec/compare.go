package spec

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// Change is one difference between two documents that concerns callers.
type Change struct {
	Operation string `json:"operation,omitempty"` // its key, in the revision unless it was removed; "" where it is of no single one
	Kind      string `json:"kind"`                // one of the kinds
	Breaking  bool   `json:"breaking,omitempty"`  // callers that worked may stop to
	Text      string `json:"text"`                // a sentence
	Rule      string `json:"rule"`                // the id of the rule that found it

	at   int    // where its operation stands, for the order
	name string // of the input that it is about
}

// The kinds of change: what became of an operation. What only touches a part of
// one changes it.
const (
	KindAdded      = "added"
	KindChanged    = "changed"
	KindDeprecated = "deprecated"
	KindRemoved    = "removed"
)

// RuleIncomplete marks the change that is none, but says that only operations
// and required inputs were compared, and why.
const RuleIncomplete = "comparison-incomplete"

// MaxChanges is how many changes one comparison lists, those that break callers
// before others.
const MaxChanges = 5000

// comparison is one line of what the child writes: first what our own comparison
// finds, then everything.
type comparison struct {
	Changes []Change `json:"changes"`
	Failed  string   `json:"failed,omitempty"` // our own mistake, for the log
}

// Compare lists what changed for callers from one document to another, both
// accepted by Read before, in an order that is always the same: what breaks
// callers first, then by operation. Where the whole comparison is too much, what
// is left is at least every removed operation and newly required input, and a
// change of the rule RuleIncomplete. The error is a fault: Unavailable when ctx
// ends, Invalid with the code comparison_failed otherwise.
func (r *Reader) Compare(ctx context.Context, base, revision []byte) ([]Change, error) {
	if bytes.Equal(base, revision) {
		return nil, nil
	}
	done, err := r.wait(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var got []comparison
	input := io.MultiReader(strings.NewReader(fmt.Sprintf("%d\n", len(base))), bytes.NewReader(base), bytes.NewReader(revision))
	err = r.supervise(ctx, taskCompare, input, func(stdout io.Reader) (err error) {
		got, err = receiveComparison(stdout)
		return err
	})
	if errors.Is(err, errStopped) {
		return nil, fault.New(fault.Unavailable, "document_stopped", "The documents were not compared to the end. Try again.").Because(err)
	}
	if len(got) == 0 || got[0].Failed != "" {
		why := "they make our comparison fail, which is our mistake"
		switch {
		case errors.Is(err, errHeavy):
			why = fmt.Sprintf("that takes more than %d MiB of memory", r.Memory>>20)
		case errors.Is(err, errSlow):
			why = fmt.Sprintf("that takes longer than %d seconds", int(r.Timeout.Seconds()))
		}
		f := fault.New(fault.Invalid, "comparison_failed", "The two documents can't be compared: %s.", why).Because(err)
		if len(got) > 0 {
			f = f.Because(errors.New(got[0].Failed))
		}
		return nil, f
	}
	if len(got) < 2 {
		why := "it fails on these documents"
		switch {
		case errors.Is(err, errHeavy):
			why = "it takes too much memory"
		case errors.Is(err, errSlow):
			why = "it takes too long"
		}
		return append(got[0].Changes, incomplete(why)), nil
	}
	return got[1].Changes, nil
}

// incomplete is the change that says what was not compared.
func incomplete(why string) Change {
	return Change{Kind: KindChanged, Rule: RuleIncomplete,
		Text: "Only operations and required inputs were compared: the comparison of every detail was left out, because " + why + "."}
}

// receiveComparison decodes the child's answer as far as it came.
func receiveComparison(stdout io.Reader) (got []comparison, err error) {
	defer func() { _, _ = io.Copy(io.Discard, stdout) }() // so that the child can end
	dec := json.NewDecoder(io.LimitReader(stdout, maxAnswer))
	for len(got) < 2 {
		var c comparison
		if err := dec.Decode(&c); err != nil {
			return got, err
		}
		if len(c.Changes) > MaxChanges+1 {
			return got, fmt.Errorf("%d changes", len(c.Changes))
		}
		got = append(got, c)
		if c.Failed != "" {
			break
		}
	}
	return got, nil
}

// compareChild is the child's side: what is sure comes first, so that it is
// there when the rest takes too much.
func compareChild(in *bufio.Reader, out *bufio.Writer) (code int) {
	var size int
	if _, err := fmt.Fscanf(in, "%d\n", &size); err != nil || size < 0 || size > MaxBytes {
		return 1
	}
	base := make([]byte, size)
	if _, err := io.ReadFull(in, base); err != nil {
		return 1
	}
	revision, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return 1
	}
	enc := json.NewEncoder(out)
	err = compare(base, revision, func(changes []Change) error {
		return errors.Join(enc.Encode(comparison{Changes: changes}), out.Flush())
	})
	if err != nil {
		_ = enc.Encode(comparison{Failed: err.Error()})
	}
	return 0
}

// compare gives tell first what our own comparison finds, then everything.
func compare(base, revision []byte, tell func([]Change) error) error {
	own, both, err := prepare(base, revision)
	if err != nil {
		return err
	}
	if err := tell(capped(own)); err != nil {
		return err
	}
	found, err := detailed(both)
	if err != nil {
		return tell(append(capped(own), incomplete("one of the documents is not strictly valid ("+firstLine(err)+")")))
	}
	return tell(capped(merged(found, own)))
}

// prepared is two documents as our copier writes them, and the operations they name.
type prepared struct {
	base, revision []byte
	places         map[string]keyed // by known
	known          func(key string) string
}

type keyed struct {
	key string
	at  int
}

// prepare reads both documents, compares them in our own way and writes them
// again as plain JSON without anything that leads out of them.
func prepare(base, revision []byte) (own []Change, both prepared, err error) {
	defer rescue(&err)
	a, err := accepted(base)
	if err != nil {
		return nil, prepared{}, err
	}
	b, err := accepted(revision)
	if err != nil {
		return nil, prepared{}, err
	}
	c := newComparer(a, b)
	own = c.compare()
	return own, prepared{c.entire(a), c.entire(b), c.places, c.known}, nil
}

// entire is the whole document as JSON with its references made good. Addresses
// that differ by the names of parameters alone get a mark that tells them apart:
// oasdiff refuses them otherwise.
func (c *comparer) entire(s *source) []byte {
	from := newCopier(s)
	from.all = true
	out := from.document(func(place) bool { return true })
	paths := out.get("paths")
	for i, template := range paths.keys {
		if c.twice[unnamed(template)] {
			paths.keys[i] = template + twiceMark + withoutBraces.Replace(template)
		}
	}
	return out.appendJSON(nil)
}

// twiceMark goes between an address and what tells it from another.
const twiceMark = "#gatehouse-"

var withoutBraces = strings.NewReplacer("{", "", "}", "")

// merged adds to what was found in detail what only we found.
func merged(found, own []Change) []Change {
	of := map[string][]Change{}
	for _, c := range found {
		of[c.Operation] = append(of[c.Operation], c)
	}
	for _, c := range own {
		if !slices.ContainsFunc(of[c.Operation], c.saidBy) {
			found = append(found, c)
		}
	}
	return found
}

// saidBy reports whether another change of the same operation says what one of
// ours says.
func (c Change) saidBy(other Change) bool {
	required := strings.Contains(other.Rule, "required")
	switch {
	case c.Rule == RuleIncomplete:
		return false
	case c.Kind != KindChanged:
		return other.Kind == c.Kind
	case c.Rule == ruleBody:
		return required && strings.Contains(other.Rule, "body")
	}
	return required && (strings.Contains(other.Text, `"`+c.name+`"`) || strings.Contains(other.Text, "/"+c.name+`"`))
}

// weight says what goes last where a list is cut: operations that were removed, then
// inputs that callers must send now.
func (c Change) weight() int {
	switch {
	case c.Kind == KindRemoved:
		return 0
	case c.Breaking && strings.Contains(c.Rule, "required"):
		return 1
	}
	return 2
}

// capped orders changes and keeps the first of them, those of weight before others.
func capped(changes []Change) []Change {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int {
		if a.Breaking != b.Breaking {
			if a.Breaking {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
	changes = slices.CompactFunc(changes, func(a, b Change) bool {
		return a.Operation == b.Operation && a.Rule == b.Rule && a.Text == b.Text
	})
	if more := len(changes) - MaxChanges; more > 0 {
		var room [3]int
		for _, c := range changes {
			room[c.weight()]++
		}
		left := MaxChanges
		for i := range room {
			room[i] = min(room[i], left)
			left -= room[i]
		}
		changes = append(slices.DeleteFunc(changes, func(c Change) bool { room[c.weight()]--; return room[c.weight()] < 0 }), Change{Kind: KindChanged, Rule: RuleIncomplete, Text: fmt.Sprintf("And %d more changes, which are not listed.", more)})
	}
	return changes
}
