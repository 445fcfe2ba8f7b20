package audit_test

import (
	"crypto/ed25519"
	"os"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

// R123: what only a checkpoint can see.
func TestCheckpointsSeeWhatLinksCannot(t *testing.T) {
	k, signer := key(t, "k1", 1), ed25519.NewKeyFromSeed(make([]byte, 32))
	events := chain(t, k, "acme", 30)
	var marks []audit.Checkpoint
	for _, n := range []int{10, 20, 30} {
		marks = append(marks, audit.Sign(signer, events[n-1].Head(), start.Add(time.Duration(n)*time.Minute)))
	}
	other := audit.Sign(signer, chain(t, k, "rival", 2)[1].Head(), start)
	regrown := slices.Clone(events[:20])
	for i := 20; i < 30; i++ {
		regrown = append(regrown, link(t, k, regrown[i-1].Head(), i+100))
	}
	for _, tt := range []struct {
		name   string
		events []audit.Event
		marks  []audit.Checkpoint
		exit   int
		seq    uint64
	}{
		{"all agree", events, append(slices.Clone(marks), other), audit.ExitIntact, 0},
		{"the newest ten are deleted", events[:20], marks, audit.ExitContradicted, 30},
		{"ten are deleted and ten appended", regrown, marks, audit.ExitContradicted, 30},
		{"ten are deleted, ten appended, and the checkpoint of the new ones is there too", regrown,
			append(slices.Clone(marks), audit.Sign(signer, regrown[29].Head(), start.Add(time.Hour))), audit.ExitContradicted, 30},
		{"all are deleted", nil, marks, audit.ExitContradicted, 30},
		{"the checkpoints are in disorder", events, []audit.Checkpoint{marks[2], marks[0], marks[1]}, audit.ExitIntact, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := audit.Check{ChainID: "acme", Keys: []audit.Key{k}, Checkpoints: tt.marks}
			if n := len(tt.events); n > 0 {
				head := tt.events[n-1].Head()
				c.Head = &head // the head row was put right by the tamperer
			}
			r := verify(t, c, tt.events)
			if r.Exit() != tt.exit || tt.exit != 0 && r.Contradicted.Seq != tt.seq {
				t.Errorf("got exit %d, %s", r.Exit(), r)
			}
		})
	}
}

func tear(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
