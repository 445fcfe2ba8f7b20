package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"
)

// lineMaxLen bounds a line of an export: details, the texts with every byte escaped,
// and room to spare.
const lineMaxLen = DetailsMaxLen + 16*TextMaxLen*6

// LineError is a line of an export or of a checkpoint file that is not as we write it.
type LineError struct {
	Line   int // counted from 1
	Reason string
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// line is an event in the export, one to a line, in this order of fields.
type line struct {
	Chain      string          `json:"chain"`
	Seq        uint64          `json:"seq"`
	At         string          `json:"at"`
	Actor      string          `json:"actor"`
	ActorName  string          `json:"actor_name,omitempty"`
	ActingAs   string          `json:"acting_as,omitempty"`
	Action     string          `json:"action"`
	ObjectKind string          `json:"object_kind,omitempty"`
	ObjectID   string          `json:"object_id,omitempty"`
	Details    json.RawMessage `json:"details,omitempty"`
	Before     []byte          `json:"before,omitempty"`
	After      []byte          `json:"after,omitempty"`
	RequestID  string          `json:"request_id,omitempty"`
	ClientIP   string          `json:"client_ip,omitempty"`
	Prev       []byte          `json:"prev"`
	Hash       []byte          `json:"hash"`
	KeyID      string          `json:"key_id"`
}

const timeForm = "2006-01-02T15:04:05.000000Z"

// Encode writes one event as a line of JSON. Digests and hashes are base64.
func Encode(w io.Writer, e Event) error {
	text, err := encode(e)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

func encode(e Event) ([]byte, error) {
	return marshal(line{
		e.ChainID, e.Seq, e.At.UTC().Format(timeForm), e.Actor, e.ActorName, e.ActingAs, e.Action,
		e.ObjectKind, e.ObjectID, e.Details, e.BeforeDigest, e.AfterDigest,
		e.RequestID, e.ClientIP, e.Prev, e.Hash, e.KeyID,
	})
}

// Decode reads what Encode wrote, one event at a time. It ends after the first error;
// a *LineError says which line is not as Encode writes it.
func Decode(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 4096), lineMaxLen)
		n := 0
		for lines.Scan() {
			n++
			e, err := decode(lines.Bytes())
			if err != nil {
				yield(Event{}, &LineError{n, err.Error()})
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := lines.Err(); err == bufio.ErrTooLong {
			yield(Event{}, &LineError{n + 1, "it is longer than any event"})
		} else if err != nil {
			yield(Event{}, err)
		}
	}
}

func decode(text []byte) (Event, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Event{}, fmt.Errorf("it is not an event: %w", err)
	}
	at, err := time.Parse(timeForm, l.At)
	if err != nil {
		return Event{}, fmt.Errorf("its time %q is not in the form %s", l.At, timeForm)
	}
	e := Event{
		l.Chain, l.Seq, at.UTC(), l.Actor, l.ActorName, l.ActingAs, l.Action,
		l.ObjectKind, l.ObjectID, l.Details, l.Before, l.After,
		l.RequestID, l.ClientIP, l.Prev, l.Hash, l.KeyID,
	}
	// A second "actor", a field of its own, other escapes: another reader could see
	// in the line what we do not. So there is exactly one way to write an event.
	again, err := encode(e)
	if err != nil || !bytes.Equal(again, text) {
		return Event{}, fmt.Errorf("it is not written as Gatehouse writes events")
	}
	return e, nil
}
