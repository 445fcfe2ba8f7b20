package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"gatehouse/internal/fault"
)

func TestFrom(t *testing.T) {
	missing := fault.Missing("token")
	for name, tt := range map[string]struct {
		err  error
		kind fault.Kind
		code string
	}{
		"a fault stays what it is":             {missing, fault.NotFound, "not_found"},
		"a wrapped fault is found":             {fmt.Errorf("reading: %w", missing), fault.NotFound, "not_found"},
		"what nobody classified is internal":   {io.ErrUnexpectedEOF, fault.Internal, "internal"},
		"the cause does not decide the kind":   {fault.New(fault.Unavailable, "db", "Later.").Because(io.EOF), fault.Unavailable, "db"},
		"no problem is no error":               {fault.Problems(nil).Err(), fault.Internal, ""},
		"noted problems are an invalid input":  {problems(true), fault.Invalid, "invalid_input"},
		"problems that are none are not noted": {problems(false), fault.Internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fault.Code(tt.err); got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
			if tt.err != nil && !fault.Is(tt.err, tt.kind) {
				t.Errorf("kind %v, want %v", fault.From(tt.err).Kind, tt.kind)
			}
		})
	}
}

func TestCauseStaysReachable(t *testing.T) {
	err := fault.New(fault.Unavailable, "db", "Later.").Because(io.EOF)
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	if fault.From(io.EOF).Message == io.EOF.Error() {
		t.Error("the text of an unclassified error would be shown")
	}
}

func problems(bad bool) error {
	var p fault.Problems
	p.Add(bad, "name", "Give it a name.")
	return p.Err()
}
